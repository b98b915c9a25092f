//! What comes next in the jobs of a deployment, and in each slice of the job that runs (J1, J2, J4, J5).

use std::collections::BTreeMap;

use super::cutting::{at_once, continues_on_error};
use super::{
    Deployment, JobResult, JobRun, Phase, SkipReason, SliceRun, SliceSkip, SliceState, TaskResult, TaskRun,
    result,
};
use crate::condition::{Before, Facts, holds};
use crate::variable::Resolved;
use crate::{Condition, Job, JobId, SliceId, Stage, Task, TaskId, Timestamp};

/// Something that comes next in a deployment whose jobs have begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A job begins.
    BeginJob(JobId),
    /// A job is passed over; if an expression says so, with why.
    SkipJob(JobId, SkipReason, String),
    /// A job has ended.
    EndJob(JobId, JobResult),
    /// A slice of a job begins, or waits for an agent first (J2, J11).
    BeginSlice(SliceId),
    /// A slice of a job waits for an agent (J11).
    AwaitAgent(SliceId),
    /// Slices of a job are passed over (J2).
    SkipSlices(JobId, SliceSkip, Vec<u32>),
    /// A slice of a job has ended (J2).
    EndSlice(SliceId, JobResult),
    /// An engine may claim this task and run it.
    Run(TaskId),
    /// This task, which no runner carries out, begins to wait (J8, J9).
    Wait(TaskId),
    /// This task runs, or waits for a person or a moment.
    Await(TaskId),
    /// This task failed, and is tried again after a pause.
    PlanRetry(TaskId),
    /// This retry waits for the end of its pause.
    Pause(TaskId, Timestamp),
    /// This retry does not take place.
    DropRetry(TaskId),
    /// A task is passed over; if an expression says so, with why.
    SkipTask(TaskId, SkipReason, String),
    /// The last job has ended.
    EndJobs(JobResult),
}

impl Step {
    /// Whether it is taken by being recorded. Else something outside must happen first.
    pub const fn is_to_record(&self) -> bool {
        match self {
            Self::Run(_) | Self::Await(_) | Self::Pause(..) | Self::AwaitAgent(_) => false,
            Self::BeginJob(_)
            | Self::SkipJob(..)
            | Self::EndJob(..)
            | Self::BeginSlice(_)
            | Self::SkipSlices(..)
            | Self::EndSlice(..)
            | Self::Wait(_)
            | Self::PlanRetry(_)
            | Self::DropRetry(_)
            | Self::SkipTask(..)
            | Self::EndJobs(_) => true,
        }
    }
}

/// What comes next, in the order of the slices of the job that runs; nothing unless jobs run. Once one of these steps is taken, the others
/// are to be asked for anew. `variables` are those that a slice of a job sees: the first one, where the job has not begun.
pub fn next_steps(
    deployment: &Deployment,
    stage: &Stage,
    variables: &dyn Fn(SliceId) -> Resolved,
) -> Vec<Step> {
    let Some(is_canceled) = is_canceled(deployment) else { return Vec::new() };
    let next = u32::try_from(deployment.jobs.len()).unwrap_or(u32::MAX);
    let place = deployment.running_job().map_or(next, |(place, _)| place);
    let id = JobId { deployment: deployment.id, job: place };
    let Some(job) = deployment.planned_jobs(stage).get(place as usize) else {
        let result = if is_canceled { JobResult::Canceled } else { result::of_jobs(&deployment.jobs) };
        return vec![Step::EndJobs(result)];
    };
    let asking = Asking { deployment, stage, variables, id, job, is_canceled };
    match deployment.running_job() {
        Some((_, run)) => asking.in_job(run),
        None => vec![asking.before_job()],
    }
}

/// Why this slice of the job that runs, which has not begun, never will; `None`: it may.
pub(super) fn why_never(
    deployment: &Deployment,
    stage: &Stage,
    variables: &dyn Fn(SliceId) -> Resolved,
    slice: SliceId,
) -> Option<SliceSkip> {
    let is_canceled = is_canceled(deployment)?;
    let (_, run) = deployment.running_job()?;
    let job = deployment.planned_jobs(stage).get(slice.job.job as usize)?;
    let asking = Asking { deployment, stage, variables, id: slice.job, job, is_canceled };
    asking.why_never(&Room::of(job, run.slices()), slice, deployment.slice(slice)?)
}

/// Whether its jobs are being stopped; `None`: no jobs run.
const fn is_canceled(deployment: &Deployment) -> Option<bool> {
    match deployment.phase {
        _ if deployment.ended.is_some() => None,
        Phase::Running { .. } => Some(false),
        Phase::Cancelling { .. } => Some(true),
        Phase::Scheduled { .. }
        | Phase::Queued { .. }
        | Phase::Checking { .. }
        | Phase::Deferred { .. }
        | Phase::Frozen { .. }
        | Phase::Locking { .. }
        | Phase::Over { .. } => None,
    }
}

/// What is asked about the job that runs or is next.
struct Asking<'a> {
    deployment: &'a Deployment,
    stage: &'a Stage,
    variables: &'a dyn Fn(SliceId) -> Resolved,
    id: JobId,
    job: &'a Job,
    is_canceled: bool,
}

impl Asking<'_> {
    /// Why the condition does not hold in a slice; `None` if it does.
    fn why_not(&self, condition: &Condition, slice: SliceId, before: Before) -> Option<String> {
        let jobs = |name: &str| result_of_job(self.deployment, self.stage, name);
        why_not(condition, &Facts { before, variables: &|| (self.variables)(slice), jobs: &jobs })
    }

    /// Why the job's own condition does not hold, as one of its slices sees it.
    fn why_not_job(&self, slice: SliceId) -> Option<String> {
        let so_far = result::of_jobs(&self.deployment.jobs);
        self.why_not(&self.job.condition, slice, Before::of(so_far, self.is_canceled))
    }

    fn before_job(&self) -> Step {
        let id = self.id;
        let succeeded = self.deployment.succeeded_before.get(&id.job);
        match (succeeded, self.why_not_job(SliceId { job: id, slice: 0 })) {
            (Some(attempt), _) => Step::SkipJob(id, SkipReason::SucceededInAttempt(*attempt), String::new()),
            (None, None) => Step::BeginJob(id),
            (None, Some(why)) => Step::SkipJob(id, SkipReason::Condition, why),
        }
    }

    fn in_job(&self, run: &JobRun) -> Vec<Step> {
        let slices = run.slices();
        let mut room = Room::of(self.job, slices);
        let mut never: BTreeMap<SliceSkip, Vec<u32>> = BTreeMap::new();
        let mut steps = Vec::new();
        for (place, slice) in (0..).zip(slices) {
            let id = SliceId { job: self.id, slice: place };
            match &slice.state {
                SliceState::ToBegin | SliceState::Queued { .. } => {
                    if let Some(because) = self.why_never(&room, id, slice) {
                        never.entry(because).or_default().push(place);
                    } else if slice.is_queued() {
                        steps.push(Step::AwaitAgent(id));
                    } else if room.take(slice) {
                        steps.push(Step::BeginSlice(id));
                    }
                }
                SliceState::Began { timed_out, tasks, result: None, .. } => {
                    steps.push(self.in_slice(id, tasks, *timed_out, run.is_cut()));
                }
                SliceState::Began { result: Some(_), .. } | SliceState::Skipped(_) => {}
            }
        }
        if slices.iter().all(SliceRun::is_over) {
            steps.push(Step::EndJob(self.id, self.or_canceled(result::of_slices(slices))));
        }
        // First, so that nobody gives an agent to one of them.
        let never = never.into_iter().map(|(because, slices)| Step::SkipSlices(self.id, because, slices));
        steps.splice(0..0, never);
        steps
    }

    /// Why a slice that has not begun never will; `None`: it may.
    fn why_never(&self, room: &Room, id: SliceId, slice: &SliceRun) -> Option<SliceSkip> {
        if self.is_canceled && self.why_not_job(id).is_some() {
            return Some(SliceSkip::Canceled);
        }
        room.never(slice)
    }

    /// Once a cancel is recorded the result is canceled, whatever the tasks report (D4).
    const fn or_canceled(&self, result: JobResult) -> JobResult {
        if self.is_canceled { JobResult::Canceled } else { result }
    }

    fn in_slice(&self, id: SliceId, tasks: &[TaskRun], timed_out: bool, is_cut: bool) -> Step {
        if let Some(step) = next_of_last(id, self.job, tasks, timed_out || self.is_canceled) {
            return step;
        }
        let so_far = result::of_tasks(self.job, tasks);
        let Some(task) = self.job.tasks.get(tasks.len()) else {
            let result = self.or_canceled(if timed_out { JobResult::Failed } else { so_far });
            return if is_cut { Step::EndSlice(id, result) } else { Step::EndJob(id.job, result) };
        };
        let task_id = id.task(u32::try_from(tasks.len()).unwrap_or(u32::MAX));
        if timed_out {
            Step::SkipTask(task_id, SkipReason::JobTimedOut, String::new())
        } else if !task.enabled {
            Step::SkipTask(task_id, SkipReason::Disabled, String::new())
        } else {
            match self.why_not(&task.condition, id, Before::of(so_far, self.is_canceled)) {
                None => begin(task, task_id),
                Some(why) => Step::SkipTask(task_id, SkipReason::Condition, why),
            }
        }
    }
}

/// Which of the slices that have not begun may begin (J2).
struct Room {
    /// How many more; `None`: as many as there are.
    left: Option<usize>,
    /// A slice failed, and the others do not go on then.
    is_over: bool,
    /// The first batch that is not over: no later one begins.
    batch: Option<u32>,
    /// The first batch in which a slice failed.
    failed_batch: Option<u32>,
}

impl Room {
    fn of(job: &Job, slices: &[SliceRun]) -> Self {
        let has_failed = |slice: &&SliceRun| slice.result() == Some(JobResult::Failed);
        let taken = slices.iter().filter(|slice| slice.is_running() || slice.is_queued()).count();
        let failed_batch = slices.iter().filter(has_failed).map(SliceRun::batch).min();
        Self {
            left: at_once(job).map(|most| most.saturating_sub(taken)),
            is_over: failed_batch.is_some() && !continues_on_error(job),
            batch: slices.iter().filter(|slice| !slice.is_over()).map(SliceRun::batch).min(),
            failed_batch,
        }
    }

    /// Why a slice that has not begun never will.
    fn never(&self, slice: &SliceRun) -> Option<SliceSkip> {
        if self.is_over {
            return Some(SliceSkip::SliceFailed);
        }
        let is_behind = self.failed_batch.is_some_and(|failed| failed < slice.batch());
        is_behind.then_some(SliceSkip::BatchFailed)
    }

    /// Whether it is the turn of a slice that may begin. If it is, there is less room for others.
    fn take(&mut self, slice: &SliceRun) -> bool {
        if self.batch.is_some_and(|batch| batch < slice.batch()) || self.left == Some(0) {
            return false;
        }
        self.left = self.left.map(|left| left - 1);
        true
    }
}

/// Why a condition does not hold; `None` if it does. What a ready-made condition says needs no words.
fn why_not(condition: &Condition, facts: &Facts<'_>) -> Option<String> {
    let verdict = holds(condition, facts);
    if verdict.holds() {
        return None;
    }
    Some(match condition {
        Condition::Succeeded | Condition::SucceededOrFailed | Condition::Always | Condition::Failed => {
            String::new()
        }
        Condition::Expression(_) => verdict.to_string(),
    })
}

/// What came of the job with this name; a job goes by its reference name, or by its name.
fn result_of_job(deployment: &Deployment, stage: &Stage, name: &str) -> Option<JobResult> {
    let runs = deployment.planned_jobs(stage).iter().zip(&deployment.jobs);
    let mut named = runs.filter(|(job, _)| job.goes_by(name));
    match named.next()?.1 {
        run @ (JobRun::Began { .. } | JobRun::CouldNotBegin { .. }) => run.result(),
        JobRun::Skipped(SkipReason::SucceededInAttempt(_)) => Some(JobResult::Succeeded),
        JobRun::Skipped(
            SkipReason::Disabled | SkipReason::Condition | SkipReason::JobTimedOut | SkipReason::NoNewTarget,
        ) => None,
    }
}

fn begin(task: &Task, id: TaskId) -> Step {
    match task.task.own() {
        Some(_) => Step::Wait(id),
        None => Step::Run(id),
    }
}

/// What the last task that began still needs; `None` if it is over. Once nothing more may begin, nothing is tried again.
fn next_of_last(slice: SliceId, job: &Job, tasks: &[TaskRun], stops: bool) -> Option<Step> {
    let place = tasks.len().checked_sub(1)?;
    let (task, run) = (job.tasks.get(place)?, tasks.get(place)?);
    let id = TaskId { retry: run.retry(), ..slice.task(u32::try_from(place).unwrap_or(u32::MAX)) };
    match run {
        TaskRun::Running { .. } | TaskRun::Waiting { .. } => Some(Step::Await(id)),
        TaskRun::Pausing { .. } | TaskRun::ToRetry { .. } if stops => Some(Step::DropRetry(id)),
        TaskRun::Pausing { until, .. } => Some(Step::Pause(id, *until)),
        TaskRun::ToRetry { .. } => Some(begin(task, id)),
        TaskRun::Ended { result, is_given_up, .. } => {
            let may = may_be_tried_again(task, *result, *is_given_up);
            let again = !stops && id.retry < task.retry_count && may;
            again.then_some(Step::PlanRetry(id))
        }
        TaskRun::Skipped(_) => None,
    }
}

/// J4, J6: after a failure; after it was lost, or given up and may run still, only if doing it twice is as good as once.
const fn may_be_tried_again(task: &Task, result: TaskResult, is_given_up: bool) -> bool {
    match result {
        TaskResult::Failed | TaskResult::TimedOut => task.repeatable || !is_given_up,
        TaskResult::Lost => task.repeatable,
        TaskResult::Succeeded | TaskResult::SucceededWithIssues | TaskResult::Canceled => false,
    }
}

#[cfg(test)]
mod tests;
