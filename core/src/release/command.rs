use std::collections::{BTreeMap, BTreeSet};

use crate::deployment::{Answer, Claim, Deadline, Report};
use crate::{
    ApprovalId, DeploymentId, EngineId, IncarnationId, NumberedRelease, PipelineId, StageId, TaskId,
    Timestamp,
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
    /// Ends the release for good: nothing is deployed from it any more (R5).
    Abandon {
        /// Why, for people.
        comment: String,
    },
    /// Brings an abandoned release back, and starts nothing (R5).
    Reactivate,
    /// An engine is about to run a task (J6).
    ClaimTask {
        /// The task.
        task: TaskId,
        /// The engine.
        claim: Claim,
    },
    /// A later incarnation of the engine found a task still running.
    ReattachTask {
        /// The task.
        task: TaskId,
        /// The engine.
        engine: EngineId,
        /// Which of its lives.
        incarnation: IncarnationId,
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
    /// The deployment waits no longer, since a newer one does (Q4). A reaction of its stage's queue.
    Supersede {
        /// The older one.
        deployment: DeploymentId,
        /// The newer one.
        by: DeploymentId,
    },
    /// The deployment was turned away by a full queue (Q10). A reaction of its stage's queue.
    TurnAway(DeploymentId),
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
}

impl DeployRequest {
    /// The stage at once, with nothing said.
    pub const fn new(stage: StageId) -> Self {
        Self { stage, comment: String::new(), at: None, variables: BTreeMap::new() }
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
}
