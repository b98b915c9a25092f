//! What is said about an import that went well: warnings, and notes of what was left out on purpose.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use crate::{Problem, ProblemKind};

/// Something of the file that the pipeline does not have, or not in the same way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The place in the file, such as `environments[2].deployPhases[0].workflowTasks[1].timeoutInMinutes`. Empty: of none in particular.
    pub path: String,
    /// What became of it. Never the value of a variable or of a task's input.
    pub what: String,
    /// Further places of the same kind, which differ in their indexes only.
    pub also: Vec<String>,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.also.as_slice() {
            [] if self.path.is_empty() => f.write_str(&self.what),
            [] => write!(f, "{}: {}", self.path, self.what),
            [other] => write!(f, "{} and {other}: {}", self.path, self.what),
            others => write!(f, "{} and {} more places: {}", self.path, others.len(), self.what),
        }
    }
}

/// Places that are named. Ours: nobody reads more, and a file can be made of nothing but oddities.
const PLACES: usize = 10_000;

/// Problems that are named. Ours: more than anybody puts right before trying again.
const PROBLEMS: usize = 1_000;

/// Warnings in the order in which they were found, with those of one kind together.
#[derive(Default)]
struct Grouped {
    warnings: Vec<Warning>,
    by_kind: BTreeMap<(String, String), usize>,
    places: usize,
}

impl Grouped {
    fn add(&mut self, path: &str, what: String) {
        self.places += 1;
        if self.places > PLACES {
            return;
        }
        let kind = (without_indexes(path), what);
        if let Some(warning) = self.by_kind.get(&kind).and_then(|&place| self.warnings.get_mut(place)) {
            warning.also.push(path.to_owned());
            return;
        }
        self.warnings.push(Warning { path: path.to_owned(), what: kind.1.clone(), also: Vec::new() });
        self.by_kind.insert(kind, self.warnings.len() - 1);
    }

    fn finish(mut self) -> Vec<Warning> {
        if let Some(more @ 1..) = self.places.checked_sub(PLACES) {
            let what = format!("{more} more places are not named");
            self.warnings.push(Warning { path: String::new(), what, also: Vec::new() });
        }
        self.warnings
    }
}

/// The path with `[]` for every `[12]`.
fn without_indexes(path: &str) -> String {
    let mut pattern = String::with_capacity(path.len());
    let mut is_index = false;
    for character in path.chars() {
        is_index = character == '[' || (is_index && character.is_ascii_digit());
        if !is_index || character == '[' {
            pattern.push(character);
        }
    }
    pattern
}

#[derive(Default)]
struct Said {
    warnings: Grouped,
    notes: Grouped,
    problems: Vec<Problem>,
    cut_off: Vec<String>,
    /// What the pipeline has no place for and an export gives back, in lists.
    kept: BTreeMap<String, Vec<Value>>,
}

/// Collects what is said while a file is read. Shared by all readers of it.
#[derive(Default)]
pub(crate) struct Report(RefCell<Said>);

/// All that was said.
pub(crate) struct Findings {
    pub(crate) warnings: Vec<Warning>,
    pub(crate) notes: Vec<Warning>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) cut_off: Vec<String>,
}

impl Report {
    /// Something is not in the pipeline, or not in the same way, and somebody should know.
    pub(crate) fn warn(&self, path: &str, what: impl Into<String>) {
        self.0.borrow_mut().warnings.add(path, what.into());
    }

    /// Something was left out on purpose, and no deployment runs differently for it.
    pub(crate) fn note(&self, path: &str, what: impl Into<String>) {
        self.0.borrow_mut().notes.add(path, what.into());
    }

    /// No pipeline can be made of the file.
    pub(crate) fn problem(&self, path: impl Into<String>, what: ProblemKind) {
        let problems = &mut self.0.borrow_mut().problems;
        if problems.len() < PROBLEMS {
            problems.push(Problem { path: path.into(), what });
        }
    }

    /// A text stands where `PowerShell` has cut off an object or a list.
    pub(crate) fn cut_off(&self, path: &str) {
        let cut_off = &mut self.0.borrow_mut().cut_off;
        if cut_off.len() < PLACES {
            cut_off.push(path.to_owned());
        }
    }

    /// Keeps what stands in the file for an export.
    pub(crate) fn keep(&self, list: impl Into<String>, value: Value) {
        self.0.borrow_mut().kept.entry(list.into()).or_default().push(value);
    }

    /// What was kept until now.
    pub(crate) fn take_kept(&self) -> BTreeMap<String, Vec<Value>> {
        std::mem::take(&mut self.0.borrow_mut().kept)
    }

    pub(crate) fn finish(self) -> Findings {
        let said = self.0.into_inner();
        Findings {
            warnings: said.warnings.finish(),
            notes: said.notes.finish(),
            problems: said.problems,
            cut_off: said.cut_off,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_that_differ_in_their_indexes_only_are_one_warning() {
        let report = Report::default();
        for stage in [0, 1, 12] {
            report.warn(&format!("environments[{stage}].owner"), "names nobody: it has no owner");
        }
        report.warn("environments[3].owner", "something else");
        report.warn("environments[0].rank", "names nobody: it has no owner");

        let found = report.finish().warnings;

        assert_eq!(found.len(), 3);
        assert_eq!(
            found[0].to_string(),
            "environments[0].owner and 2 more places: names nobody: it has no owner"
        );
        assert_eq!(found[0].also, ["environments[1].owner", "environments[12].owner"]);
        assert_eq!(found[1].to_string(), "environments[3].owner: something else");
    }
}
