//! What happens to a deployment by itself when a moment comes (AP5, G5, J7).

use super::running::{result_of_stop, settle};
use super::{
    Deployment, DeploymentEvent, Phase, Report, SliceRun, StopReason, TaskRun, Wait, agents, freezing,
    gating, life, waiting,
};
use crate::release::{Deciding, ReleaseRefusal};
use crate::{ApprovalId, DeploymentId, Moment, SliceId, TaskId, Timestamp};

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
    /// A slice of a job, or all of a job that runs once, is asked to stop, since its time is over (J2, J7).
    JobTimesOut(SliceId),
    /// A task that was asked to stop and did not is given up (J7).
    TaskIsGivenUp(TaskId),
    /// The pause before a retry is over (J4).
    PauseEnds(TaskId),
    /// A manual intervention counts as answered as was configured, since nobody answered (J8).
    InterventionTimesOut(TaskId),
    /// The delay is over (J9).
    DelayEnds(TaskId),
    /// Slices of what is cancelled wait for an agent no longer; one of them (D4).
    WaitForAgentEnds(SliceId),
}

impl Deadline {
    /// The deployment that it is about.
    pub const fn deployment(&self) -> DeploymentId {
        match self {
            Self::MomentComes(deployment)
            | Self::FreezesEnd(deployment)
            | Self::GatesTimeOut(deployment, _) => *deployment,
            Self::ApprovalTimesOut(approval) => approval.deployment,
            Self::TaskTimesOut(task)
            | Self::TaskIsGivenUp(task)
            | Self::PauseEnds(task)
            | Self::InterventionTimesOut(task)
            | Self::DelayEnds(task) => task.deployment(),
            Self::JobTimesOut(slice) | Self::WaitForAgentEnds(slice) => slice.deployment(),
        }
    }
}

impl Deployment {
    /// What happens to it by itself unless something else happens before, each with its moment, in no order; nothing if it is over. Once
    /// the first of it has happened, the others may be different.
    pub fn deadlines(&self) -> impl Iterator<Item = (Timestamp, Deadline)> + '_ {
        let approvals =
            self.open_approvals().map(|(approval, _, _, due)| (due, Deadline::ApprovalTimesOut(approval)));
        let slices = self.current_slices().filter_map(|(id, run)| of_slice(id, run));
        let tasks = self.open_tasks().filter_map(|(id, run)| of_task(id, run));
        let all = approvals.chain(of_phase(self)).chain(slices).chain(tasks);
        all.take(if self.is_over() { 0 } else { usize::MAX })
    }
}

/// The deployment's earliest deadline, with its moment.
pub(crate) fn earliest_deadline(deployment: &Deployment) -> Option<(Timestamp, Deadline)> {
    deployment.deadlines().min()
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

fn of_slice(id: SliceId, run: &SliceRun) -> Option<(Timestamp, Deadline)> {
    let of_wait = || run.waits_until().map(|at| (at, Deadline::WaitForAgentEnds(id)));
    run.ends_at().map(|at| (at, Deadline::JobTimesOut(id))).or_else(of_wait)
}

fn of_task(id: TaskId, run: &TaskRun) -> Option<(Timestamp, Deadline)> {
    match run {
        TaskRun::Running { stop: Some(stop), .. } => Some((stop.kill_at, Deadline::TaskIsGivenUp(id))),
        TaskRun::Running { times_out_at: Some(at), .. } => Some((*at, Deadline::TaskTimesOut(id))),
        TaskRun::Pausing { until, .. } => Some((*until, Deadline::PauseEnds(id))),
        TaskRun::Waiting { wait: Wait::Intervention(intervention), .. } => {
            Some((intervention.due, Deadline::InterventionTimesOut(id)))
        }
        TaskRun::Waiting { wait: Wait::Delay { until, times_out_at }, .. } => Some(match times_out_at {
            Some(at) if at < until => (*at, Deadline::TaskTimesOut(id)),
            Some(_) | None => (*until, Deadline::DelayEnds(id)),
        }),
        TaskRun::Running { .. } | TaskRun::ToRetry { .. } | TaskRun::Skipped(_) | TaskRun::Ended { .. } => {
            None
        }
    }
}

/// Up to which moment deadlines are decided before a report: what came due only after the task had ended comes after it. Of a task that was
/// asked to stop, that was decided before.
pub(crate) fn deadlines_before(
    deployment: &Deployment,
    task: TaskId,
    report: &Report,
    now: Timestamp,
) -> Timestamp {
    match (report.end(), deployment.open_task(task)) {
        (Some(end), Some(TaskRun::Running { since, stop: None, .. })) if (*since..=now).contains(&end) => end,
        (Some(_) | None, _) => now,
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
        Deadline::TaskTimesOut(task) => {
            waiting::stop(deciding, task, StopReason::TimedOut)?;
            settle(deciding, task.deployment())
        }
        Deadline::InterventionTimesOut(task) => waiting::time_out(deciding, task),
        Deadline::DelayEnds(task) => waiting::end_delay(deciding, task),
        Deadline::JobTimesOut(slice) => time_out(deciding, slice),
        Deadline::WaitForAgentEnds(slice) => agents::give_up_waiting(deciding, slice.job),
        Deadline::TaskIsGivenUp(task) => {
            let running = deciding.deployment(task.deployment())?.open_task(task);
            let Some(TaskRun::Running { stop: Some(stop), .. }) = running else { return Ok(()) };
            let result = result_of_stop(stop.because);
            let message = "it did not stop in time and was given up".to_owned();
            deciding.record(DeploymentEvent::TaskEnded { task, result, message, variables: Vec::new() })?;
            settle(deciding, task.deployment())
        }
        Deadline::PauseEnds(task) => {
            deciding.record(DeploymentEvent::TaskRetryDue { task })?;
            settle(deciding, task.deployment())
        }
    }
}

/// J7: nothing more of it begins, and what runs of it is asked to stop.
fn time_out(deciding: &mut Deciding<'_>, slice: SliceId) -> Result<(), ReleaseRefusal> {
    let deployment = deciding.deployment(slice.deployment())?;
    let is_cut = deployment.running_job().is_some_and(|(_, run)| run.is_cut());
    let open = deployment.open_tasks().map(|(task, _)| task).find(|task| task.slice() == slice);
    deciding.record(if is_cut {
        DeploymentEvent::SliceTimedOut { slice }
    } else {
        DeploymentEvent::JobTimedOut { job: slice.job }
    })?;
    if let Some(task) = open {
        waiting::stop(deciding, task, StopReason::JobTimedOut)?;
    }
    settle(deciding, slice.deployment())
}
