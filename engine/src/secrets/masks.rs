//! What hides values in texts.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::declared::{Declared, is_too_much};
use super::forms::Forms;
use crate::Secret;

/// What stands in place of a secret.
const MASK: &str = "***";
const TOO_MUCH: &str = "what it says is not shown any more: more was declared secret than can be looked for";

/// The values that are hidden.
#[derive(Default)]
pub(crate) struct Masks {
    known: RwLock<Known>,
    declared: Arc<Declared>,
}

/// What the engine knows by itself.
#[derive(Default)]
struct Known {
    forms: Forms,
    /// Said in place of everything, once not everything that is to be hidden is known.
    instead: Option<String>,
}

impl Masks {
    /// Nothing but what tasks of the same slice have declared so far.
    pub(crate) fn after(declared: Arc<Declared>) -> Self {
        Self { known: RwLock::default(), declared }
    }

    /// Hides a value that the engine resolved, from now on: as a whole, each of its lines, and as error messages and commands of tasks
    /// would write them.
    pub(crate) fn hide(&self, secret: &Secret) {
        self.write().forms.add(secret.reveal());
    }

    /// The same for a value that the task says is one. What follows in its slice does not show it, either.
    pub(crate) fn declare(&self, secret: &Secret) {
        self.declared.add(secret);
    }

    /// From now on says this in place of everything: not all that must be hidden is known.
    pub(crate) fn hide_everything(&self, instead: String) {
        self.write().instead.get_or_insert(instead);
    }

    /// What is said in place of everything, where nothing is shown at all.
    pub(crate) fn instead(&self) -> Option<String> {
        let instead = self.read().instead.clone();
        instead.or_else(|| is_too_much(&self.declared()).then(|| TOO_MUCH.to_owned()))
    }

    /// The text without what is hidden.
    pub(crate) fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if let Some(instead) = self.instead() {
            return if text.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(instead) };
        }
        let spans = self.spans(text.as_bytes());
        if spans.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(without(text, &spans)) }
    }

    /// Whether a value is a secret since it is one, or holds one that is long enough to tell something.
    pub(crate) fn makes_secret(&self, value: &str) -> bool {
        let (known, declared) = (self.read(), self.declared());
        [&known.forms, &*declared].into_iter().any(|forms| forms.is(value) || forms.tell_in(value))
    }

    /// Whether a secret stands in a name, of those that are long enough to tell something.
    pub(crate) fn is_told_by(&self, name: &str) -> bool {
        let (known, declared) = (self.read(), self.declared());
        known.forms.tell_in(name) || declared.tell_in(name)
    }

    /// Bytes that must be seen beyond a place to know that nothing hidden goes across it.
    #[cfg_attr(not(all(unix, feature = "process")), expect(dead_code, reason = "who reads pieces of lines"))]
    pub(crate) fn longest(&self) -> usize {
        self.read().forms.longest().max(self.declared().longest())
    }

    /// Where to cut these bytes so that nothing hidden is cut in two: at `end`, or before what goes across it, or behind that where
    /// nothing stands before.
    #[cfg_attr(not(all(unix, feature = "process")), expect(dead_code, reason = "who reads pieces of lines"))]
    pub(crate) fn cut(&self, bytes: &[u8], end: usize) -> usize {
        let across = self.spans(bytes).into_iter().find(|(from, to)| *from < end && end < *to);
        match across {
            None => end,
            Some((0, to)) => to,
            Some((from, _)) => from,
        }
    }

    /// The text without the beginning of a secret at its end, for what may be cut off there.
    #[cfg_attr(not(all(unix, feature = "process")), expect(dead_code, reason = "who reads pieces of lines"))]
    pub(crate) fn without_half<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let begun = self.begun_at_end(text);
        match text.get(..text.len() - begun) {
            Some(shown) if begun > 0 => Cow::Owned(format!("{shown}{MASK}")),
            Some(_) | None => Cow::Borrowed(text),
        }
    }

    /// How much of the end of the text is so much of the beginning of a secret that it tells something.
    pub(super) fn begun_at_end(&self, text: &str) -> usize {
        self.read().forms.begun_at_end(text).max(self.declared().begun_at_end(text))
    }

    /// How much of the end of the text may be the beginning of a secret whose rest comes in the next line.
    pub(super) fn may_go_on_at_end(&self, text: &str) -> usize {
        self.read().forms.may_go_on_at_end(text).max(self.declared().may_go_on_at_end(text))
    }

    /// The places of everything that is hidden, in order. Those that touch are one, so that of two secrets of which one begins with
    /// the other nothing is left.
    pub(super) fn spans(&self, text: &[u8]) -> Vec<(usize, usize)> {
        let (known, declared) = (self.read(), self.declared());
        let mut found: Vec<_> = known.forms.places(text).chain(declared.places(text)).collect();
        found.sort_unstable();
        let mut spans: Vec<(usize, usize)> = Vec::new();
        for (start, end) in found {
            match spans.last_mut() {
                Some((_, last)) if start <= *last => *last = end.max(*last),
                Some(_) | None => spans.push((start, end)),
            }
        }
        spans
    }

    fn declared(&self) -> RwLockReadGuard<'_, Forms> {
        self.declared.forms.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Known> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The text with `***` in these places, which are in order.
pub(super) fn without(text: &str, spans: &[(usize, usize)]) -> String {
    let mut masked = String::new();
    let mut shown = 0;
    for &(start, end) in spans {
        // What is found begins and ends with a character: it is one text of UTF-8 in another.
        masked.push_str(text.get(shown..start).unwrap_or_default());
        masked.push_str(MASK);
        shown = end;
    }
    masked.push_str(text.get(shown..).unwrap_or_default());
    masked
}

impl fmt::Debug for Masks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let forms = self.read().forms.count() + self.declared().count();
        f.debug_struct("Masks").field("forms", &forms).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits;

    fn hiding(secrets: &[&str]) -> Masks {
        let masks = Masks::default();
        for secret in secrets {
            masks.hide(&Secret::new(*secret));
        }
        masks
    }

    #[test]
    fn a_secret_is_hidden_wherever_it_stands() {
        let masks = hiding(&["hunter2"]);
        assert_eq!(masks.mask("hunter2 and xhunter2hunter2."), "*** and x***.");
        assert_eq!(masks.mask("Hunter2 hunter"), "Hunter2 hunter");
        assert!(masks.makes_secret("a hunter2") && !masks.makes_secret("a hunter"));
    }

    #[test]
    fn of_secrets_that_overlap_nothing_is_left() {
        let masks = hiding(&["abc", "abcdef", "efgh", "aa"]);
        assert_eq!(masks.mask("abcdefgh-abcd-aaa"), "***-***d-***");
        // A walk that does not fall back far enough misses the second.
        assert_eq!(hiding(&["aab"]).mask("aaab"), "a***");
    }

    #[test]
    fn each_line_of_a_secret_is_hidden_but_for_those_that_tell_nothing() {
        let masks = hiding(&["{\n  first line\r\nsecond\n}\n"]);
        assert_eq!(masks.mask("{ first line, second }"), "{ ***, *** }");
        assert_eq!(hiding(&["x\n"]).mask("x-1"), "***-1", "as a whole it is hidden however short it is");
    }

    /// Story: of a value with an apostrophe the form was not the one that messages write.
    #[test]
    fn a_secret_is_hidden_as_messages_and_commands_write_it() {
        let secret = "a'\"b;c]d%\n";
        let masks = hiding(&[secret]);
        for text in [
            format!("{:?}", secret.trim()),
            secret.trim().escape_debug().to_string(),
            "a'\"b%3Bc%5Dd%".to_owned(),
            "a'\"b%3Bc%5Dd%AZP25".to_owned(),
        ] {
            let masked = masks.mask(&text);
            assert!(masked == MASK || masked == format!("\"{MASK}\""), "{text}: {masked}");
        }
    }

    /// Story: a secret that is `1` made a secret of `v1.1`, and a variable named `step1` was dropped.
    #[test]
    fn a_short_secret_makes_a_secret_of_itself_alone() {
        let masks = hiding(&["1", "no", "yes"]);
        for (text, makes, told) in
            [("1", true, false), (" no\n", true, false), ("v1.1", false, false), ("yes-1", true, true)]
        {
            assert_eq!((masks.makes_secret(text), masks.is_told_by(text)), (makes, told), "{text}");
        }
    }

    #[test]
    fn what_a_task_declares_is_hidden_in_its_slice_and_in_bounds() {
        let declared = Arc::new(Declared::default());
        let first = Masks::after(Arc::clone(&declared));
        first.hide(&Secret::new("hunter2"));
        first.declare(&Secret::new("token"));
        let second = Masks::after(Arc::clone(&declared));
        assert_eq!(first.mask("hunter2 token"), "*** ***");
        assert_eq!(second.mask("hunter2 token"), "hunter2 ***");
        assert!(second.makes_secret("a token") && second.longest() == 5);
        for _ in 0..2 * limits::DECLARED_FORMS {
            first.declare(&Secret::new("token"));
        }
        assert_eq!(second.instead(), None);
        for number in 1..limits::DECLARED_FORMS {
            first.declare(&Secret::new(format!("a{number}.")));
        }
        assert_eq!(
            (second.instead(), declared.forms.read().unwrap().count()),
            (None, limits::DECLARED_FORMS)
        );
        for number in 0..9 {
            first.declare(&Secret::new(format!("b{number}")));
        }
        assert_eq!(second.mask("hunter2"), TOO_MUCH);
        assert_eq!(declared.forms.read().unwrap().count(), limits::DECLARED_FORMS + 1, "it is bounded");
        let long = Masks::default();
        long.declare(&Secret::new("x".repeat(limits::DECLARED_BYTES)));
        assert_eq!(long.instead(), None);
        long.declare(&Secret::new("y"));
        assert_eq!(long.mask("z"), TOO_MUCH);
    }

    #[test]
    fn nothing_is_hidden_by_a_secret_that_is_empty() {
        assert_eq!(hiding(&["", " \n"]).mask("all of it"), "all of it");
    }

    #[test]
    fn what_is_cut_is_not_cut_within_a_secret() {
        let masks = hiding(&["hunter2"]);
        let text = b"a hunter2 b";
        assert_eq!([1, 2, 5, 9, 10].map(|end| masks.cut(text, end)), [1, 2, 2, 9, 10]);
        assert_eq!(masks.cut(b"hunter2 b", 3), 7);
        assert_eq!(masks.longest(), 7);
    }

    #[test]
    fn what_is_cut_off_shows_no_half_of_a_secret() {
        let masks = hiding(&["hunter2", "ab"]);
        for (text, shown) in [
            ("token=hunter", "token=***"),
            ("token=hun", "token=***"),
            ("token=hu", "token=hu"),
            ("hunhunt", "hun***"),
            ("hunter2", "hunter2"),
            ("hunt.", "hunt."),
            ("", ""),
        ] {
            assert_eq!(masks.without_half(text), shown);
        }
        assert_eq!(hiding(&["żółć"]).without_half("żół"), "***");
    }

    #[test]
    fn where_not_everything_is_known_nothing_is_shown() {
        let masks = hiding(&["a"]);
        masks.hide_everything("not shown".to_owned());
        assert_eq!(masks.mask("b"), "not shown");
        assert_eq!(masks.mask(""), "");
        assert_eq!(masks.instead().as_deref(), Some("not shown"));
    }

    #[test]
    fn no_debug_text_tells_it() {
        assert_eq!(format!("{:?}", hiding(&["hunter2"])), "Masks { forms: 1, .. }");
    }
}
