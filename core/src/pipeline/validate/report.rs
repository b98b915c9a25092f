//! Collects problems, and says the most common ones in one way.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::RangeInclusive;

use super::{Problem, Problems, fold};
use crate::pipeline::place::Place;

/// The problems that were found so far.
#[derive(Debug, Default)]
pub(super) struct Report {
    problems: Vec<Problem>,
}

impl Report {
    /// Something is wrong at a place.
    pub(super) fn add(&mut self, place: &Place<'_>, what: impl Into<String>) {
        let path = place.to_string();
        self.problems.push(Problem { path, what: what.into() });
    }

    /// A number must be in a range.
    pub(super) fn range(&mut self, place: &Place<'_>, value: u32, allowed: &RangeInclusive<u32>) -> bool {
        let is_allowed = allowed.contains(&value);
        if !is_allowed {
            self.add(place, format!("must be {} to {}, is {value}", allowed.start(), allowed.end()));
        }
        is_allowed
    }

    /// A list must not be longer than `most`.
    pub(super) fn length(&mut self, place: &Place<'_>, length: usize, most: usize) {
        if length > most {
            self.add(place, format!("must have at most {most} entries, has {length}"));
        }
    }

    /// A text must not have more than `most` characters.
    pub(super) fn characters(&mut self, place: &Place<'_>, text: &str, most: usize) {
        // A text has no more characters than bytes: most are never counted.
        if text.len() > most {
            let characters = text.chars().count();
            if characters > most {
                self.add(place, format!("must have at most {most} characters, has {characters}"));
            }
        }
    }

    /// A text must not have more than `most` bytes.
    pub(super) fn bytes(&mut self, place: &Place<'_>, text: &str, most: usize) {
        if text.len() > most {
            self.add(place, format!("must have at most {most} bytes, has {}", text.len()));
        }
    }

    /// A text must have something in it, and no more than `most` characters.
    pub(super) fn filled(&mut self, place: &Place<'_>, text: &str, most: usize) {
        if text.trim().is_empty() {
            self.add(place, "must not be empty");
        }
        self.characters(place, text, most);
    }

    /// What was found.
    pub(super) fn finish(self) -> Result<(), Problems> {
        if self.problems.is_empty() { Ok(()) } else { Err(Problems(self.problems)) }
    }
}

/// The names of a list that were seen so far, folded, each with its place and its spelling.
#[derive(Debug, Default)]
pub(super) struct Seen<'n>(BTreeMap<String, (usize, &'n str)>);

impl<'n> Seen<'n> {
    /// A name must not be that of an earlier part of the same list, compared without case; the empty name is none.
    pub(super) fn check(
        &mut self,
        report: &mut Report,
        place: &Place<'_>,
        list: &str,
        index: usize,
        name: &'n str,
    ) {
        if name.is_empty() {
            return;
        }
        match self.0.entry(fold(name)) {
            Entry::Vacant(entry) => {
                entry.insert((index, name));
            }
            Entry::Occupied(entry) => {
                let (earlier, spelled) = entry.get();
                let spelled = if *spelled == name { String::new() } else { format!(", spelled {spelled:?}") };
                report.add(place, format!("{name:?} is already that of {list}[{earlier}]{spelled}"));
            }
        }
    }
}
