//! What is wrong with a definition: everything at once, each with its path (P5).
//!
//! It judges a definition as it stands. It does not say what depends on anything else: whether the name is taken, whether a user or a lock group exists.
//! A list that is too long is reported, and only its allowed part is looked into. Start reading in `stages.rs`.

mod artifacts_and_triggers;
mod checks;
mod conditions;
mod graph;
mod jobs;
mod names;
mod report;
mod schedules;
mod stages;
mod variables;

use std::collections::BTreeSet;
use std::fmt;

use super::place::Place;
use super::{PipelineDefinition, Variables};
use crate::limits;
use report::Report;

pub use names::fold;
pub use schedules::zone_named;
pub use variables::is_system_variable;
pub(crate) use variables::is_variable_name;

/// One thing that is wrong with a definition, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The place, such as `stages[2].jobs[0].tasks[1].timeout_minutes`.
    pub path: String,
    /// What is wrong there.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.what)
    }
}

/// Everything that is wrong with a definition, in the order of the definition, and then what a revision may not do (P3). Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, problem) in self.0.iter().enumerate() {
            let between = if place == 0 { "" } else { "; " };
            write!(f, "{between}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// Checks a definition as a whole (P5).
///
/// # Errors
/// Every problem at once, each with its path.
pub fn validate(definition: &PipelineDefinition) -> Result<(), Problems> {
    check(definition, false)
}

/// Checks a definition as a release freezes it: with what its variable groups say (V2).
pub(crate) fn validate_expanded(definition: &PipelineDefinition) -> Result<(), Problems> {
    check(definition, true)
}

/// Checks the variables of a group (V2).
pub(crate) fn check_group(of_group: &Variables) -> Result<(), Problems> {
    let mut report = Report::default();
    variables::of_group(&mut report, of_group);
    report.finish()
}

/// Checks what is said of a target of a deployment group (J3).
pub(crate) fn check_target(name: &str, own_tags: &BTreeSet<String>) -> Result<(), Problems> {
    let mut report = Report::default();
    names::display_name(&mut report, &Place::Definition.field("name"), name);
    names::tags(&mut report, &Place::Definition.field("tags"), own_tags);
    report.finish()
}

/// Checks the tags of a target of a deployment group (J3).
pub(crate) fn check_tags(own_tags: &BTreeSet<String>) -> Result<(), Problems> {
    let mut report = Report::default();
    names::tags(&mut report, &Place::Definition.field("tags"), own_tags);
    report.finish()
}

fn check(definition: &PipelineDefinition, is_expanded: bool) -> Result<(), Problems> {
    let mut report = Report::default();
    let root = Place::Definition;
    names::pipeline_name(&mut report, &root.field("name"), &definition.name);
    names::folder(&mut report, &root.field("folder"), &definition.folder);
    report.characters(&root.field("description"), &definition.description, limits::DESCRIPTION_CHARACTERS);
    names::tags(&mut report, &root.field("tags"), &definition.tags);
    artifacts_and_triggers::artifacts(&mut report, definition);
    artifacts_and_triggers::triggers(&mut report, definition);
    variables::scope(&mut report, &root, &definition.variables);
    variables::groups(&mut report, &root, &definition.variable_groups);
    variables::group_variables(&mut report, &root, &definition.group_variables, is_expanded);
    stages::stages(&mut report, definition, is_expanded);
    report.characters(
        &root.field("release_name_format"),
        &definition.release_name_format,
        limits::RELEASE_NAME_FORMAT_CHARACTERS,
    );
    schedules::zone(&mut report, &root.field("zone"), &definition.zone);
    names::texts(
        &mut report,
        &root,
        "properties",
        &definition.properties,
        limits::PROPERTIES,
        limits::VARIABLE_BYTES,
    );
    report.finish()
}

/// Checks the path of a folder (P1).
pub(crate) fn folder_problems(path: &str) -> Result<(), Problems> {
    let mut report = Report::default();
    names::folder(&mut report, &Place::Definition.field("folder"), path);
    report.finish()
}

#[cfg(test)]
mod tests;
