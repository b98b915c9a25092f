//! Which job or task comes next (J1, J4, J5).

use super::{Deployment, JobResult, JobRun, Phase, SkipReason, TaskResult, TaskRun, result};
use crate::condition::{Before, Facts, holds};
use crate::variable::Resolved;
use crate::{Condition, Job, JobId, Stage, Task, TaskId, Timestamp};

/// What comes next in a deployment whose jobs have begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A job begins.
    BeginJob(JobId),
    /// A job is passed over; if an expression says so, with why.
    SkipJob(JobId, SkipReason, String),
    /// A job has ended.
    EndJob(JobId, JobResult),
    /// An engine may claim this task and run it.
    Run(TaskId),
    /// This task runs.
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

/// What comes next; `None` unless its jobs run. `variables` are those that a job of it sees.
pub fn next_step(
    deployment: &Deployment,
    stage: &Stage,
    variables: &dyn Fn(&Job) -> Resolved,
) -> Option<Step> {
    let canceled = match deployment.phase {
        Phase::Running { .. } => false,
        Phase::Cancelling { .. } => true,
        Phase::Scheduled { .. }
        | Phase::Queued { .. }
        | Phase::Checking { .. }
        | Phase::Deferred { .. }
        | Phase::Frozen { .. }
        | Phase::Locking { .. }
        | Phase::Over { .. } => return None,
    };
    let (place, run) = match deployment.running_job() {
        Some((place, run)) => (place, Some(run)),
        None => (u32::try_from(deployment.jobs.len()).ok()?, None),
    };
    let id = JobId { deployment: deployment.id, job: place };
    let Some(job) = deployment.planned_jobs(stage).get(place as usize) else {
        let result = if canceled { JobResult::Canceled } else { result::of_jobs(&deployment.jobs) };
        return Some(Step::EndJobs(result));
    };
    let ask = |condition: &Condition, before: Before| {
        let jobs = |name: &str| result_of_job(deployment, stage, name);
        why_not(condition, &Facts { before, variables: &|| variables(job), jobs: &jobs })
    };
    Some(match run {
        Some(JobRun::Began { timed_out, tasks, .. }) => {
            next_in_job(id, job, tasks, *timed_out, canceled, &ask)
        }
        Some(JobRun::Skipped(_)) | None => {
            let so_far = result::of_jobs(&deployment.jobs);
            let succeeded = deployment.succeeded_before.get(&place);
            match (succeeded, ask(&job.condition, Before::of(so_far, canceled))) {
                (Some(attempt), _) => {
                    Step::SkipJob(id, SkipReason::SucceededInAttempt(*attempt), String::new())
                }
                (None, None) => Step::BeginJob(id),
                (None, Some(why)) => Step::SkipJob(id, SkipReason::Condition, why),
            }
        }
    })
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
        JobRun::Began { result, .. } => *result,
        JobRun::Skipped(SkipReason::SucceededInAttempt(_)) => Some(JobResult::Succeeded),
        JobRun::Skipped(SkipReason::Disabled | SkipReason::Condition | SkipReason::JobTimedOut) => None,
    }
}

fn next_in_job(
    id: JobId,
    job: &Job,
    tasks: &[TaskRun],
    timed_out: bool,
    canceled: bool,
    ask: &dyn Fn(&Condition, Before) -> Option<String>,
) -> Step {
    let place = u32::try_from(tasks.len()).unwrap_or(u32::MAX);
    if let Some(step) = next_of_last(id, job, tasks, timed_out || canceled) {
        return step;
    }
    let so_far = result::of_tasks(job, tasks);
    let Some(task) = job.tasks.get(tasks.len()) else {
        // Once a cancel is recorded the result is canceled, whatever the tasks report (D4).
        let result = if timed_out { JobResult::Failed } else { so_far };
        return Step::EndJob(id, if canceled { JobResult::Canceled } else { result });
    };
    let task_id = TaskId { job: id, task: place, retry: 0 };
    let before = Before::of(so_far, canceled);
    if timed_out {
        Step::SkipTask(task_id, SkipReason::JobTimedOut, String::new())
    } else if !task.enabled {
        Step::SkipTask(task_id, SkipReason::Disabled, String::new())
    } else {
        match ask(&task.condition, before) {
            None => Step::Run(task_id),
            Some(why) => Step::SkipTask(task_id, SkipReason::Condition, why),
        }
    }
}

/// What the last task that began still needs; `None` if it is over. Once nothing more may begin, nothing is tried again.
fn next_of_last(job_id: JobId, job: &Job, tasks: &[TaskRun], stops: bool) -> Option<Step> {
    let place = tasks.len().checked_sub(1)?;
    let (task, run) = (job.tasks.get(place)?, tasks.get(place)?);
    let id = TaskId { job: job_id, task: u32::try_from(place).unwrap_or(u32::MAX), retry: run.retry() };
    match run {
        TaskRun::Running { .. } => Some(Step::Await(id)),
        TaskRun::Pausing { .. } | TaskRun::ToRetry { .. } if stops => Some(Step::DropRetry(id)),
        TaskRun::Pausing { until, .. } => Some(Step::Pause(id, *until)),
        TaskRun::ToRetry { .. } => Some(Step::Run(id)),
        TaskRun::Ended { result, .. } => {
            let again = !stops && id.retry < task.retry_count && may_be_tried_again(task, *result);
            again.then_some(Step::PlanRetry(id))
        }
        TaskRun::Skipped(_) => None,
    }
}

/// J4, J6: after a failure; after it was lost only if doing it twice is as good as once.
const fn may_be_tried_again(task: &Task, result: TaskResult) -> bool {
    match result {
        TaskResult::Failed | TaskResult::TimedOut => true,
        TaskResult::Lost => task.repeatable,
        TaskResult::Succeeded | TaskResult::SucceededWithIssues | TaskResult::Canceled => false,
    }
}
