//! What happens to a deployment by itself when a moment comes (AP5, G5, J7).

use super::running::{result_of_stop, settle, stop_task};
use super::{Deployment, DeploymentEvent, JobRun, Phase, StopReason, TaskRun, freezing, gating, life};
use crate::release::{Deciding, ReleaseRefusal};
use crate::{ApprovalId, DeploymentId, JobId, Moment, TaskId, Timestamp};

/// Something that happens by itself at a moment, unless something else happens before. Those of one moment and one deployment are
/// decided in this order, then in that of their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deadline {
    /// The moment comes that the deployment waits for (S4, S8, AP10).
    MomentComes(DeploymentId),
    /// The freezes that hold the deployment end, as far as was known (F1).
    FreezesEnd(DeploymentId),
    /// An approval is rejected, since nobody answered (AP5).
    ApprovalTimesOut(ApprovalId),
    /// The gates on this side fail, since they did not pass in time (G5).
    GatesTimeOut(DeploymentId, Moment),
    /// A task is asked to stop, since its time is over (J7).
    TaskTimesOut(TaskId),
    /// A job is asked to stop, since its time is over (J7).
    JobTimesOut(JobId),
    /// A task that was asked to stop and did not is given up (J7).
    TaskIsGivenUp(TaskId),
    /// The pause before a retry is over (J4).
    PauseEnds(TaskId),
}

/// The deployment's earliest deadline, with its moment.
pub(crate) fn earliest_deadline(deployment: &Deployment) -> Option<(Timestamp, Deadline)> {
    if deployment.is_over() {
        return None;
    }
    let approvals =
        deployment.open_approvals().map(|(approval, _, _, due)| (due, Deadline::ApprovalTimesOut(approval)));
    approvals.chain(of_phase(deployment)).chain(of_job(deployment)).chain(of_task(deployment)).min()
}

fn of_phase(deployment: &Deployment) -> Option<(Timestamp, Deadline)> {
    match deployment.phase {
        Phase::Scheduled { until, .. } | Phase::Deferred { until, .. } => {
            Some((until, Deadline::MomentComes(deployment.id)))
        }
        Phase::Frozen { until: Some(until), .. } => Some((until, Deadline::FreezesEnd(deployment.id))),
        Phase::Checking { .. } => {
            let (moment, run) = deployment.sampling_gates()?;
            Some((run.times_out_at(), Deadline::GatesTimeOut(deployment.id, moment)))
        }
        Phase::Queued { .. }
        | Phase::Frozen { until: None, .. }
        | Phase::Locking { .. }
        | Phase::Running { .. }
        | Phase::Cancelling { .. }
        | Phase::Over { .. } => None,
    }
}

fn of_job(deployment: &Deployment) -> Option<(Timestamp, Deadline)> {
    let (job, run) = deployment.running_job()?;
    match run {
        JobRun::Began { times_out_at: Some(at), timed_out: false, .. } => {
            Some((*at, Deadline::JobTimesOut(JobId { deployment: deployment.id, job })))
        }
        JobRun::Began { .. } | JobRun::Skipped(_) => None,
    }
}

fn of_task(deployment: &Deployment) -> Option<(Timestamp, Deadline)> {
    let (id, run) = deployment.open_task()?;
    match run {
        TaskRun::Running { stop: Some(stop), .. } => Some((stop.kill_at, Deadline::TaskIsGivenUp(id))),
        TaskRun::Running { times_out_at: Some(at), .. } => Some((*at, Deadline::TaskTimesOut(id))),
        TaskRun::Pausing { until, .. } => Some((*until, Deadline::PauseEnds(id))),
        TaskRun::Running { .. } | TaskRun::ToRetry { .. } | TaskRun::Skipped(_) | TaskRun::Ended { .. } => {
            None
        }
    }
}

/// The moment of a deadline has come.
pub(crate) fn reach(deciding: &mut Deciding<'_>, deadline: Deadline) -> Result<(), ReleaseRefusal> {
    match deadline {
        Deadline::MomentComes(deployment) => life::moment_came(deciding, deployment),
        Deadline::FreezesEnd(deployment) => freezing::look_again(deciding, deployment),
        Deadline::ApprovalTimesOut(approval) => {
            deciding.record(DeploymentEvent::ApprovalTimedOut { approval })?;
            life::go_on(deciding, approval.deployment)
        }
        Deadline::GatesTimeOut(deployment, moment) => gating::time_out(deciding, deployment, moment),
        Deadline::TaskTimesOut(task) => stop_task(deciding, task, StopReason::TimedOut),
        Deadline::JobTimesOut(job) => {
            let running = deciding.deployment(job.deployment)?.running_task().map(|(task, _)| task);
            deciding.record(DeploymentEvent::JobTimedOut { job })?;
            match running {
                Some(task) => stop_task(deciding, task, StopReason::JobTimedOut),
                None => settle(deciding, job.deployment),
            }
        }
        Deadline::TaskIsGivenUp(task) => {
            let running = deciding.deployment(task.deployment())?.running_task();
            let Some((_, TaskRun::Running { stop: Some(stop), .. })) = running else { return Ok(()) };
            let result = result_of_stop(stop.because);
            let message = "it did not stop in time and was given up".to_owned();
            deciding.record(DeploymentEvent::TaskEnded { task, result, message })?;
            settle(deciding, task.deployment())
        }
        Deadline::PauseEnds(task) => {
            deciding.record(DeploymentEvent::TaskRetryDue { task })?;
            settle(deciding, task.deployment())
        }
    }
}
