use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::deployment::{Answer, Claim, Deadline, InterventionAnswer, Report};
use crate::gate::{Taken, Unrecorded};
use crate::{
    AgentId, ApprovalId, ArtifactVersion, Declined, DeploymentId, EngineId, GateId, IncarnationId, Job,
    Moment, NewTargets, NumberedRelease, PipelineDefinition, PipelineId, SliceId, StageId, TaskId, Timestamp,
    UserId, Variables,
};

/// What can be asked of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReleaseCommand {
    /// Exists from now on, and triggers its first stages unless it is a draft (R2, S1). A reaction to its being numbered.
    Create {
        /// Its pipeline.
        pipeline: PipelineId,
        /// What its pipeline decided.
        numbered: NumberedRelease,
    },
    /// Changes a draft (R2).
    EditDraft(DraftEdit),
    /// Makes a draft active, once (R2).
    Start,
    /// Changes what is said of it, at any time (R6).
    Edit(ReleaseEdit),
    /// Excludes it from retention (R6).
    KeepForever {
        /// Why, for people.
        comment: String,
    },
    /// Ends that: its days are counted again, from now on (R6, K1).
    LetGo {
        /// Why, for people.
        comment: String,
    },
    /// Changes the variables or the jobs of one stage, in a revision of the snapshot (R7).
    ReviseStage(StageEdit),
    /// Deploys one stage by hand (S7, S8).
    Deploy(DeployRequest),
    /// Deploys by hand as far as this stage: starts what comes first on the paths to it, and goes on along them and no further (S6).
    DeployUpTo {
        /// The last stage.
        target: StageId,
        /// Why, for people.
        comment: String,
    },
    /// Cancels what goes on in one stage (D4).
    Cancel {
        /// The stage.
        stage: StageId,
        /// Why, for people.
        comment: String,
    },
    /// Answers an approval (AP).
    Answer {
        /// The approval.
        approval: ApprovalId,
        /// Yes or no.
        answer: Answer,
        /// Why, for people.
        comment: String,
    },
    /// Says yes to an approval before the jobs, and that they are not to begin before a moment (AP10).
    ApproveForLater {
        /// The approval.
        approval: ApprovalId,
        /// The moment.
        until: Timestamp,
        /// Why, for people.
        comment: String,
    },
    /// Hands an open approval on to another user (AP9).
    Reassign {
        /// The approval.
        approval: ApprovalId,
        /// To whom.
        to: UserId,
        /// Why, for people.
        comment: String,
    },
    /// Starts at once what was approved for later (AP10).
    StartDeferred {
        /// The deployment.
        deployment: DeploymentId,
        /// Why, for people.
        comment: String,
    },
    /// Ignores a gate: from now on it counts as succeeded in its deployment (G6).
    IgnoreGate {
        /// The gate.
        gate: GateId,
        /// Why, for people; it must say something.
        comment: String,
    },
    /// An engine has taken a sample of gates (G2).
    SampleGates {
        /// The deployment.
        deployment: DeploymentId,
        /// The side of its jobs.
        moment: Moment,
        /// When the gates began: those that started again since take nothing of it (R7).
        begun_at: Timestamp,
        /// What the gates answered.
        taken: Taken,
    },
    /// An engine that stops says which samples it has counted and not recorded, so that the next one goes on from there (G8).
    CatchUpGates {
        /// The deployment.
        deployment: DeploymentId,
        /// The side of its jobs.
        moment: Moment,
        /// When the gates began: those that started again since take nothing of it (R7).
        begun_at: Timestamp,
        /// The samples.
        counted: Unrecorded,
    },
    /// Ends the release for good: nothing is deployed from it any more (R5).
    Abandon {
        /// Why, for people.
        comment: String,
    },
    /// Deletes it, unless something protects it (K2, K3).
    Delete {
        /// Why, for people.
        comment: String,
    },
    /// Brings a deleted release back, within 14 days (K3).
    Restore,
    /// Brings an abandoned release back, and starts nothing (R5).
    Reactivate,
    /// An engine is about to run a task (J6).
    ClaimTask {
        /// The task.
        task: TaskId,
        /// The engine.
        claim: Claim,
    },
    /// A later incarnation of the engine takes a task up: it was found running or ended, or never began.
    ReattachTask {
        /// The task.
        task: TaskId,
        /// The engine.
        engine: EngineId,
        /// Which of its lives.
        incarnation: IncarnationId,
        /// Which of its lives had it when its runner was asked; refused if another one has taken it up since. `None`: whichever.
        from: Option<IncarnationId>,
    },
    /// An engine says what came of a task (J6).
    ReportTask {
        /// The task.
        task: TaskId,
        /// The engine that claimed it.
        engine: EngineId,
        /// What came of it.
        report: Report,
    },
    /// Somebody resumes or rejects a manual intervention (J8).
    AnswerIntervention {
        /// The task.
        task: TaskId,
        /// What they say.
        answer: InterventionAnswer,
        /// Why.
        comment: String,
    },
    /// Records that a deployment has ended in which there is nothing to run (D7).
    Settle(DeploymentId),
    /// The moment of this deadline has come.
    Reach(Deadline),
    /// A frozen deployment begins its jobs although freezes hold it (F2).
    OverrideFreezes {
        /// The deployment.
        deployment: DeploymentId,
        /// Why, for people; never empty.
        comment: String,
    },
    /// The freezes that hold the deployment may be others by now (F1).
    LookAtFreezes(DeploymentId),
    /// The deployment holds a slot. A reaction of its stage's queue.
    GrantSlot(DeploymentId),
    /// The deployment holds the lock groups of its stage (Q8). A reaction of the lock groups.
    GrantLocks(DeploymentId),
    /// A slice of a job was granted this agent (J11). A reaction of its pool.
    GrantAgent {
        /// The slice.
        slice: SliceId,
        /// The agent.
        agent: AgentId,
    },
    /// The deployment waits no longer, since a newer one does (Q4). A reaction of its stage's queue.
    Supersede {
        /// The older one.
        deployment: DeploymentId,
        /// The newer one.
        by: DeploymentId,
    },
    /// Deploys a stage again, in the place of a deployment that was rejected (D6). A reaction of its stage's queue.
    Redeploy(StageId),
    /// Deploys a stage again, to targets that joined its deployment group (D6). A reaction of its stage's queue.
    RedeployTo {
        /// The stage.
        stage: StageId,
        /// The targets.
        only: NewTargets,
    },
    /// The pipeline is deleted by force: what is not over is cancelled (P6). Given by an engine.
    CancelSinceDeleted(DeploymentId),
    /// The deployment was turned away by its stage's queue (Q10, Q12). A reaction of that queue.
    TurnAway {
        /// The deployment.
        deployment: DeploymentId,
        /// Why.
        because: Declined,
    },
}

/// One stage that is to be deployed by hand (S7, S8).
///
/// ```
/// use cutover::{DeployRequest, StageId};
///
/// let request = DeployRequest::new(StageId(2)).saying("the fix for the checkout");
/// assert_eq!(request.at, None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployRequest {
    /// The stage.
    pub stage: StageId,
    /// Why, for people.
    pub comment: String,
    /// The moment that it waits for; `None`, or one that has passed: it does not wait.
    pub at: Option<Timestamp>,
    /// Values of the stage's settable variables, for this deployment (V1).
    pub variables: BTreeMap<String, String>,
    /// Which of its jobs run (D5).
    pub jobs: JobsToRun,
    /// Whether the stage's artifact filters hold for it (S5).
    pub filters: ArtifactFilters,
}

/// Whether a stage's artifact filters hold for a deployment by hand (S5).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ArtifactFilters {
    /// What they don't let pass is refused.
    #[default]
    Hold,
    /// Somebody with the permission to override artifact filters deploys the release's versions all the same, and says why.
    Overridden,
}

impl ArtifactFilters {
    /// As a trigger records it.
    pub(crate) const fn overridden_if(is_overridden: bool) -> Self {
        if is_overridden { Self::Overridden } else { Self::Hold }
    }
}

/// Which jobs of a stage a redeploy runs (D5).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum JobsToRun {
    /// All of them.
    #[default]
    All,
    /// Those that did not succeed in the stage's last attempt, whose jobs failed. One that succeeded only partially runs again.
    Failed,
}

impl DeployRequest {
    /// The stage at once, with nothing said.
    pub const fn new(stage: StageId) -> Self {
        Self {
            stage,
            comment: String::new(),
            at: None,
            variables: BTreeMap::new(),
            jobs: JobsToRun::All,
            filters: ArtifactFilters::Hold,
        }
    }

    /// The same request with a comment.
    #[must_use]
    pub fn saying(mut self, comment: impl Into<String>) -> Self {
        self.comment = comment.into();
        self
    }

    /// The same request for a later moment.
    #[must_use]
    pub const fn at(mut self, moment: Timestamp) -> Self {
        self.at = Some(moment);
        self
    }

    /// The same request for the jobs that failed in the last attempt only (D5).
    #[must_use]
    pub const fn failed_jobs_only(mut self) -> Self {
        self.jobs = JobsToRun::Failed;
        self
    }

    /// The same request in spite of the stage's artifact filters, with why (S5).
    ///
    /// ```
    /// use cutover::{ArtifactFilters, DeployRequest, StageId};
    ///
    /// let request = DeployRequest::new(StageId(3)).overriding_artifact_filters("the fix is on a branch");
    /// assert_eq!(request.filters, ArtifactFilters::Overridden);
    /// ```
    #[must_use]
    pub fn overriding_artifact_filters(mut self, comment: impl Into<String>) -> Self {
        self.filters = ArtifactFilters::Overridden;
        self.saying(comment)
    }

    /// The same request with a value for a variable of the stage.
    #[must_use]
    pub fn with_variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }
}

/// What changes in a draft; what is `None` stays (R2).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DraftEdit {
    /// For people.
    pub description: Option<String>,
    /// Values of variables, in place of all that were given before. In a draft, any variable of the pipeline or of a stage may be set.
    pub variables: Option<BTreeMap<String, String>>,
    /// Stages that start only by hand, in place of those named before (R3).
    pub manual_stages: Option<BTreeSet<StageId>>,
    /// Versions by alias, in place of all that it has: one of each source.
    pub artifacts: Option<BTreeMap<String, ArtifactVersion>>,
    /// A whole snapshot in place of the one that it has. It may change and leave out stages, and add none: a stage's id and its queue are
    /// the pipeline's.
    pub snapshot: Option<Arc<PipelineDefinition>>,
    /// Why the snapshot changes, for people.
    pub comment: String,
}

/// What changes of what is said of a release; what is `None` stays (R6).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReleaseEdit {
    /// Its name, 1 to 256 characters.
    pub name: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// For people and searches, in place of those that it has.
    pub tags: Option<BTreeSet<String>>,
}

/// What changes in one stage of an active release; what is `None` stays (R7).
///
/// ```
/// use cutover::{Stage, StageEdit, StageId, Variable};
///
/// let mut variables = Stage::new(StageId(2), "QA").variables;
/// variables.insert("replicas".to_owned(), Variable::plain("4"));
/// let edit = StageEdit { variables: Some(variables), ..StageEdit::of(StageId(2)) };
/// assert_eq!(edit.jobs, None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageEdit {
    /// The stage.
    pub stage: StageId,
    /// Its variables, in place of all that it has. They win over values that were given for the release.
    pub variables: Option<Variables>,
    /// Its jobs, in place of all that it has.
    pub jobs: Option<Vec<Job>>,
    /// Why, for people.
    pub comment: String,
}

impl StageEdit {
    /// Nothing of this stage yet.
    pub const fn of(stage: StageId) -> Self {
        Self { stage, variables: None, jobs: None, comment: String::new() }
    }
}
