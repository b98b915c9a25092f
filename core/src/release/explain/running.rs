//! What a deployment whose jobs run waits for: in each slice of its job something of its own (J2).

use std::collections::BTreeMap;

use super::agents;
use super::now::by_engine;
use super::{Blocker, BlockerKind, Clearer, Nature, TaskName};
use crate::deployment::{Deployment, Intervention, Step, TaskRun, Wait, next_steps};
use crate::permission::Permission;
use crate::variable::Resolved;
use crate::{Job, Pool, PoolId, SliceId, Stage, TaskId, Timestamp};

/// One for each slice that runs; one for all that wait for an agent, and one for all that is only to be recorded.
pub(super) fn blockers(
    deployment: &Deployment,
    stage: &Stage,
    since: Timestamp,
    pools: &BTreeMap<PoolId, Pool>,
    variables: &dyn Fn(SliceId) -> Resolved,
) -> Vec<Blocker> {
    let steps = next_steps(deployment, stage, variables);
    let jobs = Jobs { deployment, planned: deployment.planned_jobs(stage) };
    let mut blockers: Vec<_> = steps.iter().filter_map(|step| jobs.of_step(step, since)).collect();
    let waits = |step: &Step| if let Step::AwaitAgent(slice) = step { Some(*slice) } else { None };
    let waiting: Vec<_> = steps.iter().filter_map(waits).collect();
    if let [slice, more @ ..] = &waiting[..] {
        let name = jobs.name_of_slice(*slice);
        blockers.extend(agents::blocker(deployment, (*slice, name), more.len(), pools));
    }
    if blockers.is_empty() || steps.iter().any(Step::is_to_record) {
        blockers.push(by_engine(BlockerKind::Settling, Some(since), None));
    }
    blockers
}

/// The deployment, with the jobs that it runs: it may have kept others than its release's snapshot has now (R7).
#[derive(Clone, Copy)]
struct Jobs<'a> {
    deployment: &'a Deployment,
    planned: &'a [Job],
}

impl Jobs<'_> {
    fn name_of(self, task: TaskId) -> TaskName {
        let job = self.planned.get(task.job.job as usize);
        let planned = job.and_then(|job| job.tasks.get(task.task as usize));
        TaskName {
            name: planned.map(|task| task.name.clone()).unwrap_or_default(),
            slice: self.name_of_slice(task.slice()),
        }
    }

    /// One that is all of a job that runs once has no name.
    fn name_of_slice(self, slice: SliceId) -> Option<String> {
        let name = &self.deployment.slice(slice)?.slice.as_ref()?.name;
        (!name.is_empty()).then(|| name.clone())
    }

    fn of_step(self, step: &Step, since: Timestamp) -> Option<Blocker> {
        match step {
            Step::Run(task) => {
                let (task, name) = (*task, self.name_of(*task));
                let kind = BlockerKind::TaskToBegin { task, name };
                Some(by_engine(kind, Some(since), self.ends_at(task)))
            }
            Step::Await(task) => self.open(*task),
            Step::Pause(task, until) => Some(self.pause(*task, *until, since)),
            // One for all slices that wait for one.
            Step::AwaitAgent(_)
            | Step::BeginJob(_)
            | Step::SkipJob(..)
            | Step::EndJob(..)
            | Step::BeginSlice(_)
            | Step::SkipSlices(..)
            | Step::EndSlice(..)
            | Step::SkipTask(..)
            | Step::Wait(_)
            | Step::PlanRetry(_)
            | Step::DropRetry(_)
            | Step::EndJobs(_) => None,
        }
    }

    /// When the time is over of the slice that the task belongs to (J7).
    fn ends_at(self, task: TaskId) -> Option<Timestamp> {
        self.deployment.slice(task.slice())?.ends_at()
    }

    fn open(self, task: TaskId) -> Option<Blocker> {
        let (ends_at, name) = (self.ends_at(task), self.name_of(task));
        match self.deployment.open_task(task)? {
            TaskRun::Running { since, times_out_at, stop, .. } => {
                let by_itself_at = match stop {
                    Some(stop) => Some(stop.kill_at),
                    None => (*times_out_at).into_iter().chain(ends_at).min(),
                };
                let stop = stop.map(|stop| stop.because);
                Some(by_engine(BlockerKind::TaskRunning { task, name, stop }, Some(*since), by_itself_at))
            }
            TaskRun::Waiting { since, wait: Wait::Delay { until, times_out_at }, .. } => Some(Blocker {
                kind: BlockerKind::Delay { task, name, until: *until },
                since: Some(*since),
                cleared_by: Vec::new(),
                by_itself_at: Some(*until).into_iter().chain(*times_out_at).chain(ends_at).min(),
                nature: Nature::Timed,
            }),
            TaskRun::Waiting { since, wait: Wait::Intervention(open), .. } => {
                let kind = BlockerKind::Intervention { task, name, open: (**open).clone() };
                Some(intervention(kind, *since, open, ends_at))
            }
            TaskRun::Pausing { .. }
            | TaskRun::ToRetry { .. }
            | TaskRun::Skipped(_)
            | TaskRun::Ended { .. } => None,
        }
    }

    fn pause(self, task: TaskId, until: Timestamp, since: Timestamp) -> Blocker {
        let failed_at = self.deployment.open_task(task).and_then(|run| run.earlier().last()).map(|it| it.at);
        Blocker {
            kind: BlockerKind::RetryPause { task, name: self.name_of(task), until },
            since: failed_at.or(Some(since)),
            cleared_by: Vec::new(),
            by_itself_at: Some(until).into_iter().chain(self.ends_at(task)).min(),
            nature: Nature::Timed,
        }
    }
}

/// J8: one of those it is assigned to, or whoever may resume interventions.
fn intervention(
    kind: BlockerKind,
    since: Timestamp,
    open: &Intervention,
    ends_at: Option<Timestamp>,
) -> Blocker {
    let users = open.asked.users.iter().cloned().map(Clearer::User);
    let mut cleared_by: Vec<_> = users.chain(open.asked.groups.iter().cloned().map(Clearer::Group)).collect();
    if cleared_by.is_empty() {
        cleared_by.push(Clearer::Holder(Permission::ResumeInterventions));
    }
    Blocker {
        by_itself_at: Some(open.due).into_iter().chain(ends_at).min(),
        kind,
        since: Some(since),
        cleared_by,
        nature: Nature::Clearable,
    }
}
