//! Whether the lock groups that a definition names are defined (Q8).

use super::place::Place;
use super::{PipelineDefinition, Problem};
use crate::flow::Facts;
use crate::{LockGroupId, Subject, limits};

/// What a definition is judged by that names lock groups.
pub(super) fn locks_for(definition: &PipelineDefinition) -> Option<Subject> {
    let names_some = definition.stages.iter().any(|stage| !stage.lock_groups.is_empty());
    names_some.then_some(Subject::Locks)
}

/// Each lock group that a stage names and nobody has defined.
pub(super) fn unknown_lock_groups(definition: &PipelineDefinition, facts: &Facts<'_>) -> Vec<Problem> {
    let is_defined = |name: &str| match (LockGroupId::new(name), facts.locks()) {
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
