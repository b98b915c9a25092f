use crate::approval::Capacity;
use crate::deployment::{Assignment, CancelReason, DeploymentReason, InterventionAnswer, TaskResult};
use crate::{
    Actor, ApprovalId, Approver, DeploymentId, JobId, Moment, PipelineId, ReleaseId, ReleaseReason,
    ReleaseState, TaskId, Timestamp, UserId,
};

use super::NotificationId;

/// Something that somebody may want to hear of (E4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Where it stands in the log: the same each time that it is delivered.
    pub id: NotificationId,
    /// When it became true.
    pub at: Timestamp,
    /// Who caused it; the system where a moment came.
    pub by: Actor,
    /// The release that it is about.
    pub release: ToldRelease,
    /// What it is.
    pub news: News,
}

/// A release in a notification, by its number and by its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldRelease {
    /// Its number.
    pub id: ReleaseId,
    /// Its name, as it was then.
    pub name: String,
    /// Its pipeline.
    pub pipeline: PipelineId,
    /// The pipeline's folder, as the release froze it.
    pub folder: String,
    /// The pipeline's name, as the release froze it.
    pub pipeline_name: String,
}

/// What a notification tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// The release exists (R1).
    ReleaseCreated {
        /// Active, or a draft that nothing is deployed from before somebody starts it.
        state: ReleaseState,
        /// Why.
        reason: ReleaseReason,
        /// What is said of it.
        description: String,
        /// For whom, if not for its creator.
        requested_for: Option<UserId>,
    },
    /// It was a draft, and is active (R2).
    ReleaseStarted,
    /// Nothing is deployed from it any more (R5).
    ReleaseAbandoned {
        /// Why.
        comment: String,
    },
    /// Something of one of its deployments.
    Deployment {
        /// Release, stage and attempt.
        id: DeploymentId,
        /// The stage's name.
        stage: String,
        /// What.
        news: DeploymentNews,
    },
}

/// What a notification tells of a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeploymentNews {
    /// It is in progress: it has left the queue, and what must pass before its jobs begins (D1). One that never does tells nothing of
    /// that.
    Started {
        /// Why it was triggered.
        reason: DeploymentReason,
        /// Who triggered it.
        requested_by: Actor,
        /// What they said.
        comment: String,
    },
    /// It is over, and did not fail.
    Completed(Completion),
    /// It failed, or somebody said no (D3).
    Failed(Failure),
    /// Somebody is asked to approve it, or is asked instead of another (AP2, AP9). A step without notification tells nothing of that (AP1).
    ApprovalAsked {
        /// What to answer.
        approval: ApprovalId,
        /// Who is asked.
        approver: Approver,
        /// Until when; then it counts as rejected (AP5).
        due: Timestamp,
        /// How it came to them, if it was handed on.
        handed_on: Option<HandedOn>,
    },
    /// Somebody answered an approval, or nobody will (AP4, AP5). Everyone who was told that they are asked is told this.
    ApprovalAnswered {
        /// Which.
        approval: ApprovalId,
        /// Who was asked.
        approver: Approver,
        /// What came of it.
        outcome: Outcome,
    },
    /// A manual intervention waits for somebody (J8).
    InterventionAsked {
        /// What to answer.
        task: TaskId,
        /// The task's name.
        name: String,
        /// Who may answer, and what they are told.
        asked: Assignment,
        /// Until when.
        due: Timestamp,
        /// What it counts as then.
        on_timeout: InterventionAnswer,
    },
}

/// How a deployment was over that did not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completion {
    /// All of it succeeded.
    Succeeded,
    /// Something failed that was allowed to.
    PartiallySucceeded,
    /// It was cancelled (D4), whether it had started or not.
    Canceled(CancelReason),
}

/// What failed in a deployment, and why (D3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// A job.
    JobsFailed {
        /// The jobs that could not begin (J2).
        unbegun: Vec<UnbegunJob>,
        /// The tasks that it failed by, the first one first: at most 10.
        tasks: Vec<FailedTask>,
    },
    /// An approver said no.
    ApprovalRejected {
        /// To what.
        approval: ApprovalId,
        /// Who.
        by: Actor,
        /// What they said.
        comment: String,
    },
    /// An approver did not answer in time.
    ApprovalTimedOut {
        /// What.
        approval: ApprovalId,
        /// Who was asked.
        approver: Approver,
    },
    /// The gates on this side did not pass in time (G5).
    GatesTimedOut {
        /// Before the jobs or after them.
        moment: Moment,
        /// The names of those that failed, as far as samples were recorded.
        failing: Vec<String>,
    },
}

/// A job that should have begun, and could not (J2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnbegunJob {
    /// The job.
    pub job: JobId,
    /// Its name.
    pub name: String,
    /// Why not.
    pub why: String,
}

/// A task that failed, in its last try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedTask {
    /// The task.
    pub task: TaskId,
    /// Its name.
    pub name: String,
    /// How it ended.
    pub result: TaskResult,
    /// What its runner said.
    pub message: String,
}

/// How an approval came to who is asked now (AP9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedOn {
    /// Who was asked until then.
    pub from: Approver,
    /// Who handed it on.
    pub by: Actor,
    /// What they said.
    pub comment: String,
}

/// What came of an approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Somebody said yes.
    Approved {
        /// Who.
        by: Actor,
        /// As what.
        capacity: Capacity,
        /// What they said.
        comment: String,
    },
    /// Somebody said no.
    Rejected {
        /// Who.
        by: Actor,
        /// As what.
        capacity: Capacity,
        /// What they said.
        comment: String,
    },
    /// Nobody said anything in time, which counts as no (AP5).
    TimedOut,
    /// Enough others approved (AP2).
    NotNeeded,
    /// The deployment was rejected or cancelled meanwhile, or its checks started again (AP4, R7).
    Withdrawn,
}

impl News {
    /// The deployment that it is about, if it is about one.
    pub const fn deployment(&self) -> Option<DeploymentId> {
        match self {
            Self::Deployment { id, .. } => Some(*id),
            Self::ReleaseCreated { .. } | Self::ReleaseStarted | Self::ReleaseAbandoned { .. } => None,
        }
    }
}
