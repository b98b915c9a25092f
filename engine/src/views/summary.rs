use std::collections::BTreeSet;
use std::sync::Arc;

use cutover::deployment::{Assignment, DeploymentReason, End};
use cutover::status::StageStatus;
use cutover::{
    Activity, Actor, ApprovalId, Approver, DeploymentId, PipelineId, QueueId, ReleaseId, ReleaseReason,
    ReleaseState, SlotSpan, StageId, TaskId, Timestamp,
};

/// A pipeline in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineSummary {
    /// Its id.
    pub id: PipelineId,
    /// Its folder.
    pub folder: String,
    /// Its name.
    pub name: String,
    /// Its present revision.
    pub revision: u32,
    /// The stages of its present revision, each with its name, in the order in which they are shown.
    pub stages: Vec<(StageId, String)>,
    /// How many releases were made from it.
    pub releases: u64,
    /// The release that was made from it last.
    pub newest_release: Option<ReleaseId>,
    /// Whether it is active, disabled or deleted (P6).
    pub activity: Activity,
}

/// A release in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseSummary {
    /// Its number.
    pub id: ReleaseId,
    /// Its name.
    pub name: String,
    /// Its pipeline.
    pub pipeline: PipelineId,
    /// The pipeline's revision that it froze.
    pub revision: u32,
    /// Draft, active or abandoned.
    pub state: ReleaseState,
    /// Why it was created.
    pub reason: ReleaseReason,
    /// Who created it.
    pub creator: Actor,
    /// When it was created.
    pub created_at: Timestamp,
    /// Since when it is deleted, if it is (K3).
    pub deleted_at: Option<Timestamp>,
    /// Whether retention leaves it alone (R6).
    pub is_kept_forever: bool,
    /// For people and searches (R6).
    pub tags: BTreeSet<String>,
    /// The version that it takes of each artifact source, by alias (A4).
    pub versions: Vec<ReleaseVersion>,
    /// The latest attempt at each stage that was triggered, by stage.
    pub stages: Vec<DeploymentSummary>,
}

/// The version of an artifact source that a release takes, in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseVersion {
    /// The source's name in the pipeline.
    pub alias: Arc<str>,
    /// The version's id within its source.
    pub id: Arc<str>,
    /// Its name for people.
    pub name: Arc<str>,
    /// The branch it was made from; empty if none.
    pub branch: Arc<str>,
}

/// A deployment in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeploymentSummary {
    /// Release, stage and attempt.
    pub id: DeploymentId,
    /// The pipeline.
    pub pipeline: PipelineId,
    /// How its stage shows.
    pub status: StageStatus,
    /// From when until when it holds its slot (Q2).
    pub span: SlotSpan,
    /// Why it was triggered.
    pub reason: DeploymentReason,
    /// Who triggered it.
    pub requested_by: Actor,
    /// When it was triggered.
    pub triggered_at: Timestamp,
    /// When it was over, and what came of it.
    pub over: Option<(Timestamp, End)>,
}

/// An approval that waits for an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingApproval {
    /// The approval; it names release, stage and attempt.
    pub id: ApprovalId,
    /// The pipeline.
    pub pipeline: PipelineId,
    /// Who is asked, as it was handed on (AP9).
    pub approver: Approver,
    /// Since when.
    pub since: Timestamp,
    /// Until when.
    pub due: Timestamp,
}

/// A manual intervention that waits for an answer (J8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingIntervention {
    /// The task; it names release, stage and attempt.
    pub task: TaskId,
    /// The pipeline.
    pub pipeline: PipelineId,
    /// Who may answer, and what they are told.
    pub asked: Assignment,
    /// Since when.
    pub since: Timestamp,
    /// Until when; then it is resumed or rejected, as was configured.
    pub due: Timestamp,
}

/// What is deployed on a stage (D8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployedAt {
    /// The pipeline.
    pub pipeline: PipelineId,
    /// The stage.
    pub stage: StageId,
    /// Its name.
    pub name: String,
    /// Of the deployments that succeeded, also partially, the one whose jobs ended last.
    pub current: Option<DeploymentId>,
    /// The name of its release.
    pub release: Option<String>,
    /// The versions that its release takes.
    pub versions: Vec<ReleaseVersion>,
    /// The same among those that succeeded fully.
    pub last_good: Option<DeploymentId>,
}

impl ReleaseSummary {
    /// How a stage shows: as its latest attempt does.
    pub fn status(&self, stage: StageId) -> StageStatus {
        let latest = self.stages.iter().find(|deployment| deployment.id.stage == stage);
        latest.map_or(StageStatus::NotStarted, |deployment| deployment.status)
    }

    /// Whether a deployment of it is not over.
    pub fn is_going_on(&self) -> bool {
        self.stages.iter().any(|deployment| deployment.over.is_none())
    }
}

impl DeploymentSummary {
    /// The stage of its pipeline.
    pub const fn queue(&self) -> QueueId {
        QueueId { pipeline: self.pipeline, stage: self.id.stage }
    }
}
