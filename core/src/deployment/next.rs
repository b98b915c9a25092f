//! Which job or task comes next (J1, J4, J5).

use super::{Deployment, JobResult, JobRun, Phase, SkipReason, TaskRun, result};
use crate::condition::{Before, holds};
use crate::{Job, JobId, Stage, TaskId};

/// What comes next in a deployment whose jobs have begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A job begins.
    BeginJob(JobId),
    /// A job is passed over.
    SkipJob(JobId, SkipReason),
    /// A job has ended.
    EndJob(JobId, JobResult),
    /// An engine may claim this task and run it.
    Run(TaskId),
    /// This task runs.
    Await(TaskId),
    /// A task is passed over.
    SkipTask(TaskId, SkipReason),
    /// The last job has ended.
    EndJobs(JobResult),
}

/// What comes next; `None` unless its jobs run.
pub fn next_step(deployment: &Deployment, stage: &Stage) -> Option<Step> {
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
    let Some(job) = stage.jobs.get(place as usize) else {
        let result = if canceled { JobResult::Canceled } else { result::of_jobs(&deployment.jobs) };
        return Some(Step::EndJobs(result));
    };
    Some(match run {
        Some(JobRun::Began { timed_out, tasks, .. }) => next_in_job(id, job, tasks, *timed_out, canceled),
        Some(JobRun::Skipped(_)) | None => {
            let failed = result::of_jobs(&deployment.jobs) == JobResult::Failed;
            if holds(&job.condition, Before { failed, canceled }) {
                Step::BeginJob(id)
            } else {
                Step::SkipJob(id, SkipReason::Condition)
            }
        }
    })
}

fn next_in_job(id: JobId, job: &Job, tasks: &[TaskRun], timed_out: bool, canceled: bool) -> Step {
    let place = u32::try_from(tasks.len()).unwrap_or(u32::MAX);
    if let (Some(TaskRun::Running { .. }), Some(last)) = (tasks.last(), place.checked_sub(1)) {
        return Step::Await(TaskId { job: id, task: last });
    }
    let so_far = result::of_tasks(job, tasks);
    let Some(task) = job.tasks.get(tasks.len()) else {
        // Once a cancel is recorded the result is canceled, whatever the tasks report (D4).
        let result = if timed_out { JobResult::Failed } else { so_far };
        return Step::EndJob(id, if canceled { JobResult::Canceled } else { result });
    };
    let task_id = TaskId { job: id, task: place };
    let before = Before { failed: so_far == JobResult::Failed, canceled };
    if timed_out {
        Step::SkipTask(task_id, SkipReason::JobTimedOut)
    } else if !task.enabled {
        Step::SkipTask(task_id, SkipReason::Disabled)
    } else if holds(&task.condition, before) {
        Step::Run(task_id)
    } else {
        Step::SkipTask(task_id, SkipReason::Condition)
    }
}
