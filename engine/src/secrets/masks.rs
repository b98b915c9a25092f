//! What hides values in texts.

use std::borrow::Cow;
use std::fmt;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::Secret;

/// What stands in place of a secret.
const MASK: &str = "***";
/// A line of a secret that has several lines is hidden by itself from this many characters on: a brace alone tells nothing, and
/// hiding each would make the log unreadable.
const LINE_CHARACTERS: usize = 3;

/// The values that are hidden, in all the forms in which they are looked for.
#[derive(Default)]
pub(crate) struct Masks(RwLock<Hidden>);

#[derive(Default)]
struct Hidden {
    forms: Vec<Form>,
    /// Said in place of everything, once not everything that is to be hidden is known.
    instead: Option<String>,
}

/// A text that is looked for.
struct Form {
    text: Vec<u8>,
    /// For each length of what was found so far, how much of it is also a beginning: so that every place is found in one pass,
    /// whatever the text and the secret are.
    falls_back: Vec<usize>,
}

impl Masks {
    /// Hides a value from now on: as a whole, each of its lines, and as error messages and commands of tasks would write them.
    pub(crate) fn hide(&self, secret: &Secret) {
        let whole = secret.reveal().trim();
        let lines = whole.lines().map(str::trim).filter(|line| line.chars().count() >= LINE_CHARACTERS);
        let mut hidden = self.write();
        for text in std::iter::once(whole).chain(lines).filter(|text| !text.is_empty()) {
            let debugged = text.escape_debug().to_string();
            let in_command =
                text.replace(';', "%3B").replace('\r', "%0D").replace('\n', "%0A").replace(']', "%5D");
            let in_newer_command = text.replace('%', "%AZP25");
            let in_newer_command = in_newer_command
                .replace(';', "%3B")
                .replace('\r', "%0D")
                .replace('\n', "%0A")
                .replace(']', "%5D");
            for form in [text, &debugged, &in_command, &in_newer_command] {
                if !hidden.forms.iter().any(|known| known.text == form.as_bytes()) {
                    hidden.forms.push(Form::new(form));
                }
            }
        }
    }

    /// From now on says this in place of everything: not all that must be hidden is known.
    pub(crate) fn hide_everything(&self, instead: String) {
        self.write().instead.get_or_insert(instead);
    }

    /// Whether nothing is shown at all.
    pub(crate) fn hides_everything(&self) -> bool {
        self.read().instead.is_some()
    }

    /// The text without what is hidden.
    pub(crate) fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let hidden = self.read();
        if let Some(instead) = &hidden.instead {
            return if text.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(instead.clone()) };
        }
        let spans = hidden.spans(text.as_bytes());
        if spans.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut masked = String::new();
        let mut shown = 0;
        for (start, end) in spans {
            // What is found begins and ends with a character: it is one text of UTF-8 in another.
            masked.push_str(text.get(shown..start).unwrap_or_default());
            masked.push_str(MASK);
            shown = end;
        }
        masked.push_str(text.get(shown..).unwrap_or_default());
        Cow::Owned(masked)
    }

    /// Whether something hidden stands in the text.
    pub(crate) fn touches(&self, text: &str) -> bool {
        let hidden = self.read();
        hidden.instead.is_some()
            || hidden.forms.iter().any(|form| form.places(text.as_bytes()).next().is_some())
    }

    /// Bytes that must be seen beyond a place to know that nothing hidden goes across it.
    #[cfg_attr(not(all(unix, feature = "process")), expect(dead_code, reason = "who reads pieces of lines"))]
    pub(crate) fn longest(&self) -> usize {
        self.read().forms.iter().map(|form| form.text.len()).max().unwrap_or(0)
    }

    /// Where to cut these bytes so that nothing hidden is cut in two: at `end`, or before what goes across it, or behind that where
    /// nothing stands before.
    #[cfg_attr(not(all(unix, feature = "process")), expect(dead_code, reason = "who reads pieces of lines"))]
    pub(crate) fn cut(&self, bytes: &[u8], end: usize) -> usize {
        let across = self.read().spans(bytes).into_iter().find(|(from, to)| *from < end && end < *to);
        match across {
            None => end,
            Some((0, to)) => to,
            Some((from, _)) => from,
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Hidden> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Hidden> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hidden {
    /// The places of everything that is hidden, in order. Those that touch are one, so that of two secrets of which one begins with
    /// the other nothing is left.
    fn spans(&self, text: &[u8]) -> Vec<(usize, usize)> {
        let mut found: Vec<_> = self.forms.iter().flat_map(|form| form.places(text)).collect();
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
}

impl Form {
    fn new(text: &str) -> Self {
        let text = text.as_bytes().to_vec();
        let mut falls_back = vec![0; text.len()];
        let mut matched = 0;
        for place in 1..text.len() {
            while matched > 0 && text[place] != text[matched] {
                matched = falls_back[matched - 1];
            }
            if text[place] == text[matched] {
                matched += 1;
            }
            falls_back[place] = matched;
        }
        Self { text, falls_back }
    }

    /// Every place at which it stands, also those that overlap.
    fn places<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = (usize, usize)> + 'a {
        let mut matched = 0;
        text.iter().enumerate().filter_map(move |(place, byte)| {
            while matched > 0 && (matched == self.text.len() || self.text[matched] != *byte) {
                matched = self.falls_back[matched - 1];
            }
            if self.text[matched] == *byte {
                matched += 1;
            }
            (matched == self.text.len()).then(|| (place + 1 - matched, place + 1))
        })
    }
}

impl fmt::Debug for Masks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Masks").field("forms", &self.read().forms.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert!(masks.touches("a hunter2") && !masks.touches("a hunter"));
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

    #[test]
    fn a_secret_is_hidden_as_messages_and_commands_write_it() {
        let secret = "a\"b;c]d%\n";
        let masks = hiding(&[secret]);
        for text in
            [format!("{:?}", secret.trim()), "a\"b%3Bc%5Dd%".to_owned(), "a\"b%3Bc%5Dd%AZP25".to_owned()]
        {
            let masked = masks.mask(&text);
            assert!(masked.trim_matches('"') == MASK, "{text}: {masked}");
        }
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
    fn where_not_everything_is_known_nothing_is_shown() {
        let masks = hiding(&["a"]);
        masks.hide_everything("not shown".to_owned());
        assert_eq!(masks.mask("b"), "not shown");
        assert_eq!(masks.mask(""), "");
        assert!(masks.touches("b"));
    }

    #[test]
    fn no_debug_text_tells_it() {
        assert_eq!(format!("{:?}", hiding(&["hunter2"])), "Masks { forms: 1, .. }");
    }
}
