//! What a definition may say that this version does not evaluate yet: a release of it is refused, so that nothing deploys past
//! a check that nobody makes.
//!
//! At present there is nothing of the kind. A rule that a definition may name before it is built gets a function here, and a line in the
//! list of its kind; when it is built, both go.

use std::fmt;

use super::place::Place;
use super::{Job, PipelineDefinition};

/// Something that a release would need and that is not supported yet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unsupported {
    /// The place, such as `stages[2].schedules`.
    pub path: String,
    /// What it is, with the rule's number, such as `S4: schedules of stages`.
    pub what: &'static str,
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: not supported yet ({})", self.path, self.what)
    }
}

/// Everything that a release of this definition would need and that this version does not evaluate, in the definition's order
/// of stages, sides and jobs. Empty: it can be released.
///
/// Release triggers and retention are not among it: a release that is made by hand needs neither. Nor is what is not in force:
/// a demand on approvers where nobody is asked.
pub fn unsupported(definition: &PipelineDefinition) -> Vec<Unsupported> {
    let mut found = Vec::new();
    let root = Place::Definition;
    for (index, stage) in definition.stages.iter().enumerate() {
        let at = root.item("stages", index);
        for (index, job) in stage.jobs.iter().enumerate() {
            let at = at.item("jobs", index);
            for rule in JOB_RULES {
                rule(job, &at, &mut found);
            }
        }
    }
    found
}

/// Looks for one rule in one part of a definition.
type Rule<Part> = fn(&Part, &Place<'_>, &mut Vec<Unsupported>);

const JOB_RULES: &[Rule<Job>] = &[];

#[cfg(test)]
mod tests;
