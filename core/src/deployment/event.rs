use serde::{Deserialize, Serialize};

use super::{CancelReason, Claim, DeploymentReason, End, JobResult, SkipReason, StopReason, TaskResult};
use crate::approval::Capacity;
use crate::queue::Conclusion;
use crate::{
    Actor, ApprovalId, Approver, DeploymentId, Digest, IncarnationId, JobId, QueueId, QueuingPolicy, TaskId,
    Timestamp,
};

/// What becomes true of a deployment. The events stand in the stream of its release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each field is what its name says; the variants say the rest")]
pub enum DeploymentEvent {
    /// It was triggered, and asks its stage's queue for a slot (D1, Q2).
    #[serde(rename = "deployment.queued")]
    Queued {
        deployment: DeploymentId,
        reason: DeploymentReason,
        by: Actor,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        comment: String,
        queue: QueueId,
        revision: u32,
        policy: QueuingPolicy,
    },
    /// It holds a slot of its stage (Q2).
    #[serde(rename = "deployment.slot-granted")]
    SlotGranted { deployment: DeploymentId },
    /// A step is open until it is answered or `due` comes (AP2, AP5).
    #[serde(rename = "approval.asked")]
    ApprovalAsked { approval: ApprovalId, approver: Approver, due: Timestamp },
    /// An automatic step approved itself (AP1).
    #[serde(rename = "approval.passed-automatically")]
    ApprovalPassedAutomatically { approval: ApprovalId },
    /// Somebody answered (AP11). `of` is the digest of what was approved: the frozen definition, the artifacts, the variables.
    #[serde(rename = "approval.answered")]
    ApprovalAnswered {
        approval: ApprovalId,
        answer: Answer,
        by: Actor,
        capacity: Capacity,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        comment: String,
        of: Digest,
    },
    /// Nobody answered in time (AP5).
    #[serde(rename = "approval.timed-out")]
    ApprovalTimedOut { approval: ApprovalId },
    /// Enough others approved (AP2).
    #[serde(rename = "approval.skipped")]
    ApprovalSkipped { approval: ApprovalId },
    /// The deployment was rejected or cancelled meanwhile (AP4).
    #[serde(rename = "approval.canceled")]
    ApprovalCanceled { approval: ApprovalId },
    /// Its first job may begin: everything before the jobs has passed (D1, I10).
    #[serde(rename = "deployment.begun")]
    Begun { deployment: DeploymentId },
    /// A job began (J1).
    #[serde(rename = "job.began")]
    JobBegan {
        job: JobId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        times_out_at: Option<Timestamp>,
    },
    /// A job does not run (J6). `why` is what an expression that is its condition came to; empty: there is nothing to say.
    #[serde(rename = "job.skipped")]
    JobSkipped {
        job: JobId,
        because: SkipReason,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        why: String,
    },
    /// A job's time is over (J7).
    #[serde(rename = "job.timed-out")]
    JobTimedOut { job: JobId },
    /// A job ended (J6).
    #[serde(rename = "job.ended")]
    JobEnded { job: JobId, result: JobResult },
    /// An engine is about to run the task (J6).
    #[serde(rename = "task.claimed")]
    TaskClaimed {
        task: TaskId,
        claim: Claim,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        times_out_at: Option<Timestamp>,
    },
    /// A later incarnation of the engine found the task still running, and watches it.
    #[serde(rename = "task.reattached")]
    TaskReattached { task: TaskId, incarnation: IncarnationId },
    /// The task does not run (J4, J5). `why` is as for a job.
    #[serde(rename = "task.skipped")]
    TaskSkipped {
        task: TaskId,
        because: SkipReason,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        why: String,
    },
    /// The task is asked to stop, and is given up at `kill_at` (D4, J7).
    #[serde(rename = "task.stop-asked")]
    TaskStopAsked { task: TaskId, because: StopReason, kill_at: Timestamp },
    /// The task ended (J6).
    #[serde(rename = "task.ended")]
    TaskEnded {
        task: TaskId,
        result: TaskResult,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        message: String,
    },
    /// The last job ended (D1).
    #[serde(rename = "deployment.jobs-ended")]
    JobsEnded { deployment: DeploymentId, result: JobResult },
    /// Somebody cancelled it while its jobs run (D4).
    #[serde(rename = "deployment.cancel-asked")]
    CancelAsked { deployment: DeploymentId, because: CancelReason },
    /// Nothing more will happen to it (D1, I13).
    #[serde(rename = "deployment.over")]
    Over {
        deployment: DeploymentId,
        end: End,
        queue: QueueId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        conclusion: Option<Conclusion>,
    },
}

impl DeploymentEvent {
    /// The stored names, fixed for ever.
    pub const NAMES: &'static [&'static str] = &[
        "deployment.queued",
        "deployment.slot-granted",
        "approval.asked",
        "approval.passed-automatically",
        "approval.answered",
        "approval.timed-out",
        "approval.skipped",
        "approval.canceled",
        "deployment.begun",
        "job.began",
        "job.skipped",
        "job.timed-out",
        "job.ended",
        "task.claimed",
        "task.reattached",
        "task.skipped",
        "task.stop-asked",
        "task.ended",
        "deployment.jobs-ended",
        "deployment.cancel-asked",
        "deployment.over",
    ];

    /// The deployment that it is about.
    pub const fn deployment(&self) -> DeploymentId {
        match self {
            Self::Queued { deployment, .. }
            | Self::SlotGranted { deployment }
            | Self::Begun { deployment }
            | Self::JobsEnded { deployment, .. }
            | Self::CancelAsked { deployment, .. }
            | Self::Over { deployment, .. } => *deployment,
            Self::ApprovalAsked { approval, .. }
            | Self::ApprovalPassedAutomatically { approval }
            | Self::ApprovalAnswered { approval, .. }
            | Self::ApprovalTimedOut { approval }
            | Self::ApprovalSkipped { approval }
            | Self::ApprovalCanceled { approval } => approval.deployment,
            Self::JobBegan { job, .. }
            | Self::JobSkipped { job, .. }
            | Self::JobTimedOut { job }
            | Self::JobEnded { job, .. } => job.deployment,
            Self::TaskClaimed { task, .. }
            | Self::TaskReattached { task, .. }
            | Self::TaskSkipped { task, .. }
            | Self::TaskStopAsked { task, .. }
            | Self::TaskEnded { task, .. } => task.deployment(),
        }
    }
}

/// An approver's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Yes.
    Approve,
    /// No; one is enough (AP4).
    Reject,
}
