//! What a release pipeline is, as data: the shape that people write, importers make and releases freeze (P1).
//!
//! It is plain data that may be wrong; [`validate`](crate::validate) says everything that is wrong with it at once, and a
//! pipeline only takes one with which nothing is. Read [`PipelineDefinition`] first, then [`Stage`], [`Job`] and [`Task`].

mod approvals;
mod artifact;
mod gates;
mod job;
mod queuing;
mod retention;
mod schedule;
mod secret;
mod stage;
mod task;
mod trigger;
mod variable;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{StageId, fold};

pub use approvals::{ApprovalOrder, ApprovalStep, Approvals, Approver, CheckOrder, Required};
pub use artifact::{
    ArtifactKind, ArtifactSource, ArtifactVersion, DefaultVersion, PullRequest, VersionFilter,
};
pub use gates::{Gate, Gates};
pub use job::{Job, JobKind, Parallelism, TargetLimit};
pub use queuing::{QueuingPolicy, SlotSpan, Waiting};
pub use retention::Retention;
pub use schedule::{ClockChanges, Schedule, Weekday};
pub use secret::{SecretRef, SecretVersion};
pub use stage::{AfterStage, Checks, Redeploy, Stage, StageArtifactFilter, StageTrigger};
pub use task::{Condition, OwnTask, Task, TaskRef};
pub use trigger::{ReleaseTrigger, TriggerKind};
pub use variable::{Variable, VariableValue, Variables};

/// A release pipeline as it is written, and as a release freezes it (P1).
///
/// ```
/// use cutover::{PipelineDefinition, Stage, StageId, Task};
///
/// let pipeline = PipelineDefinition::new("Web shop")
///     .with_stage(Stage::new(StageId(1), "Dev").after_release().with_task(Task::command("./deploy.sh dev")))
///     .with_stage(Stage::new(StageId(2), "Prod").after(&[StageId(1)]).with_task(Task::command("./deploy.sh prod")));
/// assert!(cutover::validate(&pipeline).is_ok());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PipelineDefinition {
    /// 1 to 256 characters, none of `" : < > \ / | ? *`, no dot or space at either end; unique in its folder without case.
    pub name: String,
    /// The folder's path; `\` is the root.
    #[serde(default = "root_folder", skip_serializing_if = "is_root_folder")]
    pub folder: String,
    /// For people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// For people and searches.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<String>,
    /// Where its releases take what they deploy from (A1).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub artifacts: Vec<ArtifactSource>,
    /// What creates releases by itself (T).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub triggers: Vec<ReleaseTrigger>,
    /// Variables of every stage (V1).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: Variables,
    /// Groups of variables that every stage sees, by name; later ones win (V1).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variable_groups: Vec<String>,
    /// What its groups said when a release froze them (V2). Only in snapshots: a pipeline can not be saved with it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub group_variables: Variables,
    /// The stages in the order in which they are shown (their rank), 1 to 100 of them (P3).
    pub stages: Vec<Stage>,
    /// How releases are named (P7); empty means `Release-$(rev:r)`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub release_name_format: String,
    /// The zone of `$(Date:...)` in names, by its IANA name; empty means UTC (P7).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub zone: String,
    /// What hosts and importers keep with it; the engine reads none of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, String>,
}

fn root_folder() -> String {
    "\\".to_owned()
}

fn is_root_folder(folder: &str) -> bool {
    folder == "\\"
}

impl PipelineDefinition {
    /// A pipeline without stages yet, in the root folder.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            folder: root_folder(),
            description: String::new(),
            tags: BTreeSet::new(),
            artifacts: Vec::new(),
            triggers: Vec::new(),
            variables: Variables::new(),
            variable_groups: Vec::new(),
            group_variables: Variables::new(),
            stages: Vec::new(),
            release_name_format: String::new(),
            zone: String::new(),
            properties: BTreeMap::new(),
        }
    }

    /// Adds a stage behind the others.
    #[must_use]
    pub fn with_stage(mut self, stage: Stage) -> Self {
        self.stages.push(stage);
        self
    }

    /// Adds a variable of every stage.
    #[must_use]
    pub fn with_variable(mut self, name: impl Into<String>, variable: Variable) -> Self {
        self.variables.insert(name.into(), variable);
        self
    }

    /// The stage with this id.
    pub fn stage(&self, id: StageId) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.id == id)
    }

    /// The stage with this name, compared without case.
    pub fn stage_named(&self, name: &str) -> Option<&Stage> {
        let name = name.to_lowercase();
        self.stages.iter().find(|stage| stage.name.to_lowercase() == name)
    }

    /// The artifact source with this alias, compared without case.
    pub fn artifact(&self, alias: &str) -> Option<&ArtifactSource> {
        let alias = fold(alias);
        self.artifacts.iter().find(|source| fold(&source.alias) == alias)
    }

    /// The stage's place in the order of display, from 0.
    pub fn rank_of(&self, id: StageId) -> Option<usize> {
        self.stages.iter().position(|stage| stage.id == id)
    }
}
