//! How states are shown: one word for a stage, one for a deployment, one for what it is doing (D2).
//!
//! These are views of the domain's own state for displays and for Azure's REST contract; no rule is decided by them but those that
//! name them.

use std::fmt;

use crate::deployment::{Deployment, End, JobResult, JobRun, Phase, Rejection, TaskRun};
use crate::{Moment, SlotSpan};

/// The state of a stage in a release: that of its latest attempt. Azure's `EnvironmentStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StageStatus {
    /// Nothing was triggered.
    NotStarted,
    /// It waits for a time.
    Scheduled,
    /// It waits for a slot.
    Queued,
    /// It holds a slot: approvals, jobs.
    InProgress,
    /// Everything succeeded.
    Succeeded,
    /// Something failed that was allowed to.
    PartiallySucceeded,
    /// It failed, or somebody said no.
    Rejected,
    /// It was cancelled.
    Canceled,
}

/// The state of a deployment's jobs. Azure's `DeploymentStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeploymentStatus {
    /// No job has begun.
    NotDeployed,
    /// Its jobs, or what comes after them, are going on.
    InProgress,
    /// Everything succeeded.
    Succeeded,
    /// Something failed that was allowed to.
    PartiallySucceeded,
    /// It failed.
    Failed,
}

/// What a deployment is doing. Azure's `DeploymentOperationStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OperationStatus {
    /// It waits for its moment.
    Scheduled,
    /// It waits for a slot.
    Queued,
    /// It waits for an approval.
    Pending,
    /// Its gates are sampled.
    EvaluatingGates,
    /// Its gates did not pass in time.
    GateFailed,
    /// Everything was approved, and it waits for a later moment, or for the end of a freeze.
    Deferred,
    /// Everything was approved.
    Approved,
    /// Somebody said no.
    Rejected,
    /// It waits for an engine to begin a task.
    QueuedForAgent,
    /// A job runs: a task of one of its slices, at least.
    PhaseInProgress,
    /// A manual intervention waits for an answer (J8).
    ManualInterventionPending,
    /// A job succeeded, and the next has not begun.
    PhaseSucceeded,
    /// A job succeeded partially, and the next has not begun.
    PhasePartiallySucceeded,
    /// A job failed and the next has not begun, or the jobs failed.
    PhaseFailed,
    /// The jobs are being stopped.
    Cancelling,
    /// It was cancelled after its jobs had begun.
    PhaseCanceled,
    /// It was cancelled before its jobs.
    Canceled,
}

/// How the stage shows whose latest attempt this is.
pub const fn stage_status(latest: Option<&Deployment>) -> StageStatus {
    let Some(deployment) = latest else { return StageStatus::NotStarted };
    match &deployment.phase {
        Phase::Scheduled { .. } => StageStatus::Scheduled,
        // Where slots are held for jobs only, it was in progress from its first approval on (D1).
        Phase::Queued { .. } => match deployment.span {
            SlotSpan::ApprovalsAndJobs => StageStatus::Queued,
            SlotSpan::JobsOnly => StageStatus::InProgress,
        },
        Phase::Checking { .. }
        | Phase::Deferred { .. }
        | Phase::Frozen { .. }
        | Phase::Locking { .. }
        | Phase::Running { .. }
        | Phase::Cancelling { .. } => StageStatus::InProgress,
        Phase::Over { end, .. } => match end {
            End::Succeeded => StageStatus::Succeeded,
            End::PartiallySucceeded => StageStatus::PartiallySucceeded,
            End::Rejected(_) => StageStatus::Rejected,
            End::Canceled(_) => StageStatus::Canceled,
        },
    }
}

/// How its jobs show.
pub const fn deployment_status(deployment: &Deployment) -> DeploymentStatus {
    match &deployment.phase {
        Phase::Scheduled { .. }
        | Phase::Queued { .. }
        | Phase::Checking { moment: Moment::Before, .. }
        | Phase::Deferred { .. }
        | Phase::Frozen { .. }
        | Phase::Locking { .. } => DeploymentStatus::NotDeployed,
        Phase::Checking { moment: Moment::After, .. } | Phase::Running { .. } | Phase::Cancelling { .. } => {
            DeploymentStatus::InProgress
        }
        Phase::Over { end: End::Succeeded, .. } => DeploymentStatus::Succeeded,
        Phase::Over { end: End::PartiallySucceeded, .. } => DeploymentStatus::PartiallySucceeded,
        Phase::Over { end: End::Rejected(_) | End::Canceled(_), .. } => {
            if deployment.begun_at.is_some() {
                DeploymentStatus::Failed
            } else {
                DeploymentStatus::NotDeployed
            }
        }
    }
}

/// What it is doing, or did last.
pub fn operation_status(deployment: &Deployment) -> OperationStatus {
    match &deployment.phase {
        Phase::Scheduled { .. } => OperationStatus::Scheduled,
        Phase::Queued { .. } | Phase::Locking { .. } => OperationStatus::Queued,
        Phase::Checking { .. } if deployment.sampling_gates().is_some() => OperationStatus::EvaluatingGates,
        Phase::Checking { .. } => OperationStatus::Pending,
        Phase::Deferred { .. } | Phase::Frozen { .. } => OperationStatus::Deferred,
        Phase::Running { .. } if deployment.interventions().next().is_some() => {
            OperationStatus::ManualInterventionPending
        }
        Phase::Running { .. } if deployment.open_tasks().any(|(_, task)| is_in_progress(task)) => {
            OperationStatus::PhaseInProgress
        }
        Phase::Running { .. } if deployment.running_job().is_none() => between_jobs(deployment),
        Phase::Running { .. } => OperationStatus::QueuedForAgent,
        Phase::Cancelling { .. } => OperationStatus::Cancelling,
        Phase::Over { end, .. } => match end {
            End::Succeeded | End::PartiallySucceeded => OperationStatus::Approved,
            End::Rejected(Rejection::JobsFailed) => OperationStatus::PhaseFailed,
            End::Rejected(Rejection::ApprovalRejected(_) | Rejection::ApprovalTimedOut(_)) => {
                OperationStatus::Rejected
            }
            End::Rejected(Rejection::GatesTimedOut(_)) => OperationStatus::GateFailed,
            End::Canceled(_) if deployment.begun_at.is_some() => OperationStatus::PhaseCanceled,
            End::Canceled(_) => OperationStatus::Canceled,
        },
    }
}

/// No job runs: as the last one ended that was not skipped. A commit that ends a job begins the next one too, so that this shows only where
/// that is left to another commit (D7).
fn between_jobs(deployment: &Deployment) -> OperationStatus {
    match deployment.jobs.iter().rev().find_map(JobRun::result) {
        None => OperationStatus::QueuedForAgent,
        Some(JobResult::Succeeded) => OperationStatus::PhaseSucceeded,
        Some(JobResult::PartiallySucceeded) => OperationStatus::PhasePartiallySucceeded,
        Some(JobResult::Failed) => OperationStatus::PhaseFailed,
        Some(JobResult::Canceled) => OperationStatus::PhaseCanceled,
    }
}

const fn is_in_progress(task: &TaskRun) -> bool {
    match task {
        TaskRun::Running { .. } | TaskRun::Waiting { .. } | TaskRun::Pausing { .. } => true,
        TaskRun::ToRetry { .. } | TaskRun::Skipped(_) | TaskRun::Ended { .. } => false,
    }
}

impl fmt::Display for StageStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NotStarted => "not started",
            Self::Scheduled => "scheduled",
            Self::Queued => "queued",
            Self::InProgress => "in progress",
            Self::Succeeded => "succeeded",
            Self::PartiallySucceeded => "partially succeeded",
            Self::Rejected => "rejected",
            Self::Canceled => "canceled",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::num::NonZeroU32;

    use super::*;
    use crate::deployment::{DeploymentEvent, DeploymentReason, Entry, Trigger};
    use crate::{
        Actor, DeploymentId, JobId, PipelineId, QueueId, QueuingPolicy, ReleaseId, StageId, Timestamp,
    };

    fn after(events: &[DeploymentEvent], deployment: DeploymentId, queue: QueueId) -> Deployment {
        let trigger = Trigger {
            deployment,
            reason: DeploymentReason::Manual,
            by: Actor::System,
            comment: String::new(),
            queue,
            entry: Entry { revision: 1, policy: QueuingPolicy::Unlimited },
            span: SlotSpan::ApprovalsAndJobs,
            until: None,
            occurrence: None,
            variables: BTreeMap::new(),
            succeeded_before: Vec::new(),
            only: None,
            overrides_filters: false,
        };
        let mut found = Deployment::triggered(&trigger, Timestamp::UNIX_EPOCH);
        for event in events {
            found.fold(event, Timestamp::UNIX_EPOCH).expect("it can have happened");
        }
        found
    }

    #[test]
    fn between_two_jobs_it_shows_how_the_last_one_ended() {
        let stage = StageId(1);
        let deployment = DeploymentId { release: ReleaseId(1), stage, attempt: NonZeroU32::MIN };
        let queue = QueueId { pipeline: PipelineId(1), stage };
        let job = JobId { deployment, job: 0 };
        let begun =
            [DeploymentEvent::SlotGranted { deployment }, DeploymentEvent::Begun { deployment, queue }];
        assert_eq!(
            operation_status(&after(&begun, deployment, queue)),
            OperationStatus::QueuedForAgent,
            "no job has ended"
        );
        for (result, expected) in [
            (JobResult::Succeeded, OperationStatus::PhaseSucceeded),
            (JobResult::PartiallySucceeded, OperationStatus::PhasePartiallySucceeded),
            (JobResult::Failed, OperationStatus::PhaseFailed),
        ] {
            let runs =
                DeploymentEvent::JobBegan { job, times_out_at: None, slices: Vec::new(), joined: None };
            let mut events = begun.to_vec();
            events.push(runs);
            assert_eq!(operation_status(&after(&events, deployment, queue)), OperationStatus::QueuedForAgent);
            events.push(DeploymentEvent::JobEnded { job, result });
            assert_eq!(operation_status(&after(&events, deployment, queue)), expected);
        }
    }
}
