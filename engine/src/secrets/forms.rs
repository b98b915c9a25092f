//! The texts that a value is looked for in, and where they stand in others.

use std::collections::BTreeMap;

/// A line of a secret that has several lines is hidden by itself from this many characters on: a brace alone tells nothing, and
/// hiding each would make the log unreadable. What is shorter makes no secret of what it is a part of, either.
const TELLING_CHARACTERS: usize = 3;

/// The texts that are looked for.
#[derive(Default)]
pub(super) struct Forms {
    by_text: BTreeMap<Vec<u8>, Form>,
    /// Bytes of all of them.
    bytes: usize,
    longest: usize,
}

/// What there is to know of a text that is looked for.
struct Form {
    /// For each length of what was found so far, how much of it is also a beginning: so that every place is found in one pass,
    /// whatever the text and the secret are. A text has at most 4 GiB.
    falls_back: Vec<u32>,
    is_telling: bool,
}

impl Forms {
    /// Looks for a value from now on: as a whole, each of its lines, and as error messages and commands of tasks would write them.
    pub(super) fn add(&mut self, value: &str) {
        let whole = value.trim();
        let lines = whole.lines().map(str::trim).filter(|line| is_telling(line));
        for text in std::iter::once(whole).chain(lines).filter(|text| !text.is_empty()) {
            for form in written(text) {
                self.look_for(&form, is_telling(text));
            }
        }
    }

    fn look_for(&mut self, text: &str, is_telling: bool) {
        if !self.by_text.contains_key(text.as_bytes()) {
            self.bytes += text.len();
            self.longest = self.longest.max(text.len());
            let form = Form { falls_back: falls_back(text.as_bytes()), is_telling };
            self.by_text.insert(text.as_bytes().to_vec(), form);
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.by_text.len()
    }

    /// Their bytes altogether.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Bytes of the longest.
    pub(super) const fn longest(&self) -> usize {
        self.longest
    }

    /// Every place at which one of them stands, in no particular order.
    pub(super) fn places<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = (usize, usize)> + 'a {
        self.by_text.iter().flat_map(move |(form, known)| known.places(form, text))
    }

    /// How much of the end of the text is the beginning of one of them, of those and of so much that tell something.
    pub(super) fn begun_at_end(&self, text: &str) -> usize {
        let telling = self.by_text.iter().filter(|(_, known)| known.is_telling);
        let begun = telling.map(|(form, known)| known.begun_at_end(form, text.as_bytes()));
        let is_whole = |begun: &usize| text.get(text.len() - begun..).is_some_and(is_telling);
        begun.filter(is_whole).max().unwrap_or(0)
    }

    /// How much of the end of the text is the beginning of one of them that tells something: what follows may be the rest.
    pub(super) fn may_go_on_at_end(&self, text: &str) -> usize {
        let from = text.len().saturating_sub(self.longest);
        let end = text.as_bytes().get(from..).unwrap_or_default();
        let telling = self.by_text.iter().filter(|(_, known)| known.is_telling);
        telling.map(|(form, known)| known.begun_at_end(form, end)).max().unwrap_or(0)
    }

    /// Whether the text is one of them.
    pub(super) fn is(&self, text: &str) -> bool {
        self.by_text.contains_key(text.trim().as_bytes())
    }

    /// Whether one of them stands in the text that is long enough to tell something.
    pub(super) fn tell_in(&self, text: &str) -> bool {
        let mut telling = self.by_text.iter().filter(|(_, known)| known.is_telling);
        telling.any(|(form, known)| known.places(form, text.as_bytes()).next().is_some())
    }
}

fn is_telling(text: &str) -> bool {
    text.chars().nth(TELLING_CHARACTERS - 1).is_some()
}

/// The text as it is, as error messages write it, and as commands of tasks do.
fn written(text: &str) -> [String; 5] {
    let debugged = format!("{text:?}");
    let debugged = debugged.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    [
        text.to_owned(),
        debugged.to_owned(),
        // With an apostrophe escaped as well, as some write it.
        text.escape_debug().to_string(),
        in_command(text),
        in_command(&text.replace('%', "%AZP25")),
    ]
}

fn in_command(text: &str) -> String {
    text.replace(';', "%3B").replace('\r', "%0D").replace('\n', "%0A").replace(']', "%5D")
}

fn falls_back(text: &[u8]) -> Vec<u32> {
    let mut falls_back = vec![0_u32; text.len()];
    let mut matched = 0;
    for place in 1..text.len() {
        while matched > 0 && text[place] != text[matched] {
            matched = falls_back[matched - 1] as usize;
        }
        if text[place] == text[matched] {
            matched += 1;
        }
        falls_back[place] = u32::try_from(matched).unwrap_or(u32::MAX);
    }
    falls_back
}

impl Form {
    /// Every place at which it stands, also those that overlap.
    fn places<'a>(&'a self, form: &'a [u8], text: &'a [u8]) -> impl Iterator<Item = (usize, usize)> + 'a {
        let mut matched = 0;
        text.iter().enumerate().filter_map(move |(place, byte)| {
            matched = self.go_on(form, matched, *byte);
            (matched == form.len()).then(|| (place + 1 - matched, place + 1))
        })
    }

    /// How much of it the text ends with, without all of it.
    fn begun_at_end(&self, form: &[u8], text: &[u8]) -> usize {
        let matched = text.iter().fold(0, |matched, byte| self.go_on(form, matched, *byte));
        if matched == form.len() { 0 } else { matched }
    }

    /// How much of it ends with this byte, by how much of it ended before.
    fn go_on(&self, form: &[u8], mut matched: usize, byte: u8) -> usize {
        while matched > 0 && (matched == form.len() || form[matched] != byte) {
            matched = self.falls_back[matched - 1] as usize;
        }
        if form[matched] == byte { matched + 1 } else { matched }
    }
}
