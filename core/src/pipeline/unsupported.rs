//! What a definition may say that this version does not evaluate yet: a release of it is refused, so that nothing deploys past
//! a check that nobody makes.
//!
//! When a rule is built, its function goes, and its line in the list of its kind.

use std::fmt;

use super::place::Place;
use super::{Job, JobKind, PipelineDefinition};

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

const JOB_RULES: &[Rule<Job>] = &[demands];

fn demands(job: &Job, at: &Place<'_>, found: &mut Vec<Unsupported>) {
    let demanding = matches!(&job.kind, JobKind::Agent { demands, .. } if !demands.is_empty());
    note(found, demanding, &at.field("kind.agent.demands"), "J11: demands on agents");
}

fn note(found: &mut Vec<Unsupported>, is_needed: bool, place: &Place<'_>, what: &'static str) {
    if is_needed {
        let path = place.to_string();
        found.push(Unsupported { path, what });
    }
}

#[cfg(test)]
mod tests;
