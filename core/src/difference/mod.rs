//! What is not the same in two releases, in what is deployed on two stages, or in two revisions of a pipeline (E3, P1).
//!
//! It compares what is recorded and changes nothing. Stages are matched by their ids, jobs and tasks by their names, sources by their
//! aliases, so that something which only moved is told once as another order, and not as a change of everything behind it. Secrets are
//! compared by the names under which the host keeps them (V4).
//!
//! Read [`Change`] first; `walk.rs` finds them.

mod change;
mod walk;

use std::collections::BTreeMap;

use serde_json::{Value, json};

pub use change::{Area, Change, Difference, Kind, Part};

use crate::{ArtifactVersion, PipelineDefinition, Release};

/// What a release would deploy, or did.
#[derive(Debug, Clone, Copy)]
pub struct Contents<'a> {
    /// The version of each source, by alias.
    pub versions: &'a BTreeMap<String, ArtifactVersion>,
    /// Values that were given for variables of the release.
    pub values: &'a BTreeMap<String, String>,
    /// The definition that it deploys by.
    pub definition: &'a PipelineDefinition,
}

impl<'a> Contents<'a> {
    /// Those of a release with this snapshot; `None` if it does not exist.
    pub fn of(release: &'a Release, definition: &'a PipelineDefinition) -> Option<Self> {
        let about = release.about()?;
        Some(Self { versions: &about.artifacts, values: &about.variables, definition })
    }
}

/// What changes from one definition to another: two revisions of a pipeline, say.
///
/// ```
/// use cutover::difference::between_definitions;
/// use cutover::{PipelineDefinition, Stage, StageId, Task};
///
/// let shop = |script| {
///     let stage = Stage::new(StageId(1), "Dev").with_task(Task::command(script));
///     PipelineDefinition::new("Shop").with_stage(stage)
/// };
/// assert!(between_definitions(&shop("deploy"), &shop("deploy")).is_empty());
/// let mut other = shop("deploy");
/// other.stages[0].jobs[0].tasks[0].retry_count = 2;
/// let difference = between_definitions(&shop("deploy"), &other);
/// assert_eq!(difference.to_string(), "stages[Dev].jobs[Agent job].tasks[deploy].retry_count: 2 is new");
/// ```
pub fn between_definitions(was: &PipelineDefinition, is: &PipelineDefinition) -> Difference {
    Difference(walk::changes(&of_definition(was), &of_definition(is)))
}

/// What changes from one release to another: versions, values and everything in their snapshots.
pub fn between_releases(was: Contents<'_>, is: Contents<'_>) -> Difference {
    Difference(walk::changes(&of_release(was), &of_release(is)))
}

#[expect(clippy::expect_used, reason = "a definition has no map whose keys are not strings: it is JSON")]
fn of_definition(definition: &PipelineDefinition) -> Value {
    serde_json::to_value(definition).expect("a definition is JSON")
}

fn of_release(contents: Contents<'_>) -> Value {
    let mut of_release = of_definition(contents.definition);
    // The definition has no fields of these names.
    of_release["versions"] = json!(contents.versions);
    of_release["values"] = json!(contents.values);
    of_release
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
