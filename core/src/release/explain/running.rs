//! What a deployment whose jobs run waits for: in each slice of its job something of its own (J2).

use super::now::by_engine;
use super::{Blocker, BlockerKind, Clearer, Nature};
use crate::deployment::{Deployment, Intervention, Step, TaskRun, Wait, next_steps};
use crate::permission::Permission;
use crate::variable::Resolved;
use crate::{SliceId, Stage, TaskId, Timestamp};

/// One for each slice that runs; one for all that is only to be recorded.
pub(super) fn blockers(
    deployment: &Deployment,
    stage: &Stage,
    since: Timestamp,
    variables: &dyn Fn(SliceId) -> Resolved,
) -> Vec<Blocker> {
    let steps = next_steps(deployment, stage, variables);
    let mut blockers: Vec<_> = steps.iter().filter_map(|step| of_step(deployment, step, since)).collect();
    if blockers.is_empty() || steps.iter().any(Step::is_to_record) {
        blockers.push(by_engine(BlockerKind::Settling, Some(since), None));
    }
    blockers
}

fn of_step(deployment: &Deployment, step: &Step, since: Timestamp) -> Option<Blocker> {
    match step {
        Step::Run(task) => {
            Some(by_engine(BlockerKind::TaskToBegin(*task), Some(since), ends_at(deployment, *task)))
        }
        Step::Await(task) => open(deployment, *task),
        Step::Pause(task, until) => Some(pause(deployment, *task, *until, since)),
        Step::BeginJob(_)
        | Step::SkipJob(..)
        | Step::EndJob(..)
        | Step::BeginSlice(_)
        | Step::SkipSlice(..)
        | Step::EndSlice(..)
        | Step::SkipTask(..)
        | Step::Wait(_)
        | Step::PlanRetry(_)
        | Step::DropRetry(_)
        | Step::EndJobs(_) => None,
    }
}

/// When the time is over of the slice that the task belongs to (J7).
fn ends_at(deployment: &Deployment, task: TaskId) -> Option<Timestamp> {
    deployment.slice(task.slice())?.ends_at()
}

fn open(deployment: &Deployment, task: TaskId) -> Option<Blocker> {
    let ends_at = ends_at(deployment, task);
    match deployment.open_task(task)? {
        TaskRun::Running { since, times_out_at, stop, .. } => {
            let by_itself_at = match stop {
                Some(stop) => Some(stop.kill_at),
                None => (*times_out_at).into_iter().chain(ends_at).min(),
            };
            let stop = stop.map(|stop| stop.because);
            Some(by_engine(BlockerKind::TaskRunning { task, stop }, Some(*since), by_itself_at))
        }
        TaskRun::Waiting { since, wait: Wait::Delay { until, times_out_at }, .. } => Some(Blocker {
            kind: BlockerKind::Delay { task, until: *until },
            since: Some(*since),
            cleared_by: Vec::new(),
            by_itself_at: Some(*until).into_iter().chain(*times_out_at).chain(ends_at).min(),
            nature: Nature::Timed,
        }),
        TaskRun::Waiting { since, wait: Wait::Intervention(open), .. } => {
            Some(intervention(task, *since, open, ends_at))
        }
        TaskRun::Pausing { .. } | TaskRun::ToRetry { .. } | TaskRun::Skipped(_) | TaskRun::Ended { .. } => {
            None
        }
    }
}

/// J8: one of those it is assigned to, or whoever may resume interventions.
fn intervention(task: TaskId, since: Timestamp, open: &Intervention, ends_at: Option<Timestamp>) -> Blocker {
    let users = open.asked.users.iter().cloned().map(Clearer::User);
    let mut cleared_by: Vec<_> = users.chain(open.asked.groups.iter().cloned().map(Clearer::Group)).collect();
    if cleared_by.is_empty() {
        cleared_by.push(Clearer::Holder(Permission::ResumeInterventions));
    }
    Blocker {
        by_itself_at: Some(open.due).into_iter().chain(ends_at).min(),
        kind: BlockerKind::Intervention { task, open: open.clone() },
        since: Some(since),
        cleared_by,
        nature: Nature::Clearable,
    }
}

fn pause(deployment: &Deployment, task: TaskId, until: Timestamp, since: Timestamp) -> Blocker {
    let failed_at = deployment.open_task(task).and_then(|run| run.earlier().last()).map(|it| it.at);
    Blocker {
        kind: BlockerKind::RetryPause { task, until },
        since: failed_at.or(Some(since)),
        cleared_by: Vec::new(),
        by_itself_at: Some(until).into_iter().chain(ends_at(deployment, task)).min(),
        nature: Nature::Timed,
    }
}
