use std::collections::{BTreeMap, BTreeSet};

use crate::deployment::{Answer, Claim, Deadline, Report};
use crate::{
    ApprovalId, DeploymentId, EngineId, IncarnationId, NumberedRelease, PipelineId, StageId, TaskId,
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
    /// Deploys one stage by hand (S7).
    Deploy {
        /// The stage.
        stage: StageId,
        /// Why, for people.
        comment: String,
    },
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
