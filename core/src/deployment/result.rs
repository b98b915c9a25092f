//! What came of a job, and of all jobs, from their parts (J6).

use super::{JobResult, JobRun, SkipReason, SliceRun, TaskResult, TaskRun};
use crate::{Job, Task};

/// How one task counts for its job: a failure that is allowed to happen counts as partial success.
const fn weight(task: &Task, result: TaskResult) -> JobResult {
    match result {
        TaskResult::Succeeded => JobResult::Succeeded,
        TaskResult::SucceededWithIssues => JobResult::PartiallySucceeded,
        TaskResult::Failed | TaskResult::TimedOut | TaskResult::Lost if task.continue_on_error => {
            JobResult::PartiallySucceeded
        }
        TaskResult::Failed | TaskResult::TimedOut | TaskResult::Lost => JobResult::Failed,
        TaskResult::Canceled => JobResult::Canceled,
    }
}

/// The result of the tasks so far: failed before cancelled before partially succeeded. A skipped task doesn't count, unless
/// its job's time was over.
pub(super) fn of_tasks(job: &Job, tasks: &[TaskRun]) -> JobResult {
    let weights = job.tasks.iter().zip(tasks).map(|(task, run)| match run {
        TaskRun::Ended { result, .. } => weight(task, *result),
        TaskRun::Skipped(SkipReason::JobTimedOut) => JobResult::Failed,
        TaskRun::Skipped(
            SkipReason::Disabled
            | SkipReason::Condition
            | SkipReason::SucceededInAttempt(_)
            | SkipReason::NoNewTarget,
        )
        | TaskRun::Running { .. }
        | TaskRun::Waiting { .. }
        | TaskRun::Pausing { .. }
        | TaskRun::ToRetry { .. } => JobResult::Succeeded,
    });
    worst(weights)
}

/// The result of the jobs so far, in the same order. A skipped job doesn't count.
pub(super) fn of_jobs(jobs: &[JobRun]) -> JobResult {
    worst(jobs.iter().filter_map(JobRun::result))
}

/// The result of a job from those of its slices, in the same order (J2). A skipped slice doesn't count: what kept it from running does.
pub(super) fn of_slices(slices: &[SliceRun]) -> JobResult {
    worst(slices.iter().filter_map(SliceRun::result))
}

fn worst(results: impl Iterator<Item = JobResult>) -> JobResult {
    let badness = |result: &JobResult| match result {
        JobResult::Succeeded => 0,
        JobResult::PartiallySucceeded => 1,
        JobResult::Canceled => 2,
        JobResult::Failed => 3,
    };
    results.max_by_key(badness).unwrap_or(JobResult::Succeeded)
}
