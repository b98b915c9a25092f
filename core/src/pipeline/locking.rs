//! Whether the lock groups that a definition names are defined (Q8).

use super::place::Place;
use super::{PipelineDefinition, Problem, Problems, validate};
use crate::flow::Facts;
use crate::{LockGroupId, Locks, Subject, limits};

/// What a definition is judged by that names lock groups.
pub(crate) fn locks_for(definition: &PipelineDefinition) -> Option<Subject> {
    let names_some = definition.stages.iter().any(|stage| !stage.lock_groups.is_empty());
    names_some.then_some(Subject::Locks)
}

/// Each lock group that a stage names and nobody has defined.
pub(crate) fn unknown_lock_groups(definition: &PipelineDefinition, facts: &Facts<'_>) -> Vec<Problem> {
    unknown_among(definition, facts.locks())
}

/// Checks everything about a definition at once (P5): what [`validate`] checks, and whether the lock groups that it names are defined
/// (Q8). `locks` are those of the store.
///
/// # Errors
/// Every problem, each with its place.
pub fn validate_with_locks(definition: &PipelineDefinition, locks: &Locks) -> Result<(), Problems> {
    let mut problems = validate(definition).err().map_or_else(Vec::new, |problems| problems.0);
    problems.extend(unknown_among(definition, Some(locks)));
    if problems.is_empty() { Ok(()) } else { Err(Problems(problems)) }
}

fn unknown_among(definition: &PipelineDefinition, locks: Option<&Locks>) -> Vec<Problem> {
    let is_defined = |name: &str| match (LockGroupId::new(name), locks) {
        (Ok(group), Some(locks)) => locks.capacity_of(&group).is_some(),
        (Err(_), _) | (_, None) => false,
    };
    let mut problems = Vec::new();
    for (index, stage) in definition.stages.iter().enumerate() {
        let at = Place::Definition;
        let at = at.item("stages", index);
        for (index, name) in stage.lock_groups.iter().enumerate().take(limits::LOCK_GROUPS) {
            if !is_defined(name) {
                let path = at.item("lock_groups", index).to_string();
                problems.push(Problem { path, what: format!("there is no lock group {name:?}") });
            }
        }
    }
    problems
}
