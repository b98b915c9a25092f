//! Which deadline an event is the first of.

use crate::deployment::{Deadline, DeploymentEvent, Phase, SliceSkip, StopReason, TaskRun, Wait};
use crate::transaction::World;
use crate::{DeploymentId, JobId, SliceId, Subject, TaskId};

/// The deadline that an event which a deadline has caused is the first of. `before` is how everything stood.
pub(super) fn deadline_of(event: &DeploymentEvent, before: &World) -> Option<Deadline> {
    match event {
        DeploymentEvent::MomentCame { deployment, .. } => Some(Deadline::MomentComes(*deployment)),
        DeploymentEvent::Thawed { deployment } => Some(Deadline::FreezesEnd(*deployment)),
        // One that was not frozen before is told of it only because of something else.
        DeploymentEvent::Frozen { deployment, .. } => {
            is_frozen(*deployment, before).then_some(Deadline::FreezesEnd(*deployment))
        }
        DeploymentEvent::ApprovalTimedOut { approval } => Some(Deadline::ApprovalTimesOut(*approval)),
        DeploymentEvent::GatesTimedOut { deployment, moment } => {
            Some(Deadline::GatesTimeOut(*deployment, *moment))
        }
        DeploymentEvent::TaskStopAsked { task, because: StopReason::TimedOut, .. } => {
            Some(Deadline::TaskTimesOut(*task))
        }
        DeploymentEvent::JobTimedOut { job } => Some(Deadline::JobTimesOut(SliceId { job: *job, slice: 0 })),
        DeploymentEvent::SliceTimedOut { slice } => Some(Deadline::JobTimesOut(*slice)),
        DeploymentEvent::TaskEnded { task, .. } => end_of(*task, before),
        DeploymentEvent::TaskRetryDue { task } => Some(Deadline::PauseEnds(*task)),
        DeploymentEvent::SliceSkipped { job, because: SliceSkip::NoAgent, .. } => end_of_wait(*job, before),
        DeploymentEvent::Triggered(_)
        | DeploymentEvent::BroughtForward { .. }
        | DeploymentEvent::SnapshotTaken { .. }
        | DeploymentEvent::ChecksRestarted { .. }
        | DeploymentEvent::JobsKept { .. }
        | DeploymentEvent::Deferred { .. }
        | DeploymentEvent::SlotAsked { .. }
        | DeploymentEvent::SlotGranted { .. }
        | DeploymentEvent::ApprovalAsked { .. }
        | DeploymentEvent::ApprovalPassedAutomatically { .. }
        | DeploymentEvent::ApprovalApprovedBefore { .. }
        | DeploymentEvent::ApprovalReassigned { .. }
        | DeploymentEvent::ApprovalAnswered { .. }
        | DeploymentEvent::ApprovalDeferred { .. }
        | DeploymentEvent::ApprovalSkipped { .. }
        | DeploymentEvent::ApprovalCanceled { .. }
        | DeploymentEvent::FreezesOverridden { .. }
        | DeploymentEvent::GatesBegun { .. }
        | DeploymentEvent::GatesSampled { .. }
        | DeploymentEvent::GatesPassed { .. }
        | DeploymentEvent::GateIgnored { .. }
        | DeploymentEvent::InterventionAsked { .. }
        | DeploymentEvent::InterventionAnswered { .. }
        | DeploymentEvent::TaskDelayed { .. }
        | DeploymentEvent::LocksAsked { .. }
        | DeploymentEvent::LocksGranted { .. }
        | DeploymentEvent::Begun { .. }
        | DeploymentEvent::JobBegan { .. }
        | DeploymentEvent::JobSkipped { .. }
        | DeploymentEvent::JobEnded { .. }
        | DeploymentEvent::JobCouldNotBegin { .. }
        | DeploymentEvent::AgentAsked { .. }
        | DeploymentEvent::AgentGranted { .. }
        | DeploymentEvent::SliceBegan { .. }
        | DeploymentEvent::SliceSkipped { .. }
        | DeploymentEvent::SliceEnded { .. }
        | DeploymentEvent::TaskClaimed { .. }
        | DeploymentEvent::TaskReattached { .. }
        | DeploymentEvent::TaskSkipped { .. }
        | DeploymentEvent::TaskStopAsked { .. }
        | DeploymentEvent::TaskRetryPlanned { .. }
        | DeploymentEvent::TaskRetryDropped { .. }
        | DeploymentEvent::JobsEnded { .. }
        | DeploymentEvent::CancelAsked { .. }
        | DeploymentEvent::Over { .. } => None,
    }
}

fn is_frozen(deployment: DeploymentId, before: &World) -> bool {
    let release = before.get(&Subject::Release(deployment.release)).and_then(|it| it.state().as_release());
    let phase = release.and_then(|release| release.deployment(deployment)).map(|it| &it.phase);
    matches!(phase, Some(Phase::Frozen { .. }))
}

/// The first slice of the job whose time to wait for an agent was over.
fn end_of_wait(job: JobId, before: &World) -> Option<Deadline> {
    let id = job.deployment;
    let release = before.get(&Subject::Release(id.release))?.state().as_release()?;
    let slices = release.deployment(id)?.current_slices();
    let waits = slices.filter_map(|(slice, run)| Some((run.waits_until()?, slice)));
    waits.min().map(|(_, slice)| Deadline::WaitForAgentEnds(slice))
}

/// What a task waited for says which of its deadlines ended it.
fn end_of(task: TaskId, before: &World) -> Option<Deadline> {
    let id = task.deployment();
    let release = before.get(&Subject::Release(id.release))?.state().as_release()?;
    match release.deployment(id)?.open_task(task)? {
        TaskRun::Waiting { wait: Wait::Intervention(_), .. } => Some(Deadline::InterventionTimesOut(task)),
        TaskRun::Waiting { wait: Wait::Delay { until, times_out_at }, .. } => {
            let is_out_of_time = times_out_at.is_some_and(|at| at < *until);
            Some(if is_out_of_time { Deadline::TaskTimesOut(task) } else { Deadline::DelayEnds(task) })
        }
        TaskRun::Running { .. } => Some(Deadline::TaskIsGivenUp(task)),
        TaskRun::Pausing { .. } | TaskRun::ToRetry { .. } | TaskRun::Skipped(_) | TaskRun::Ended { .. } => {
            None
        }
    }
}
