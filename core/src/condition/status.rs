//! The status functions: whether something runs, given what came before it (J5).

use super::expression::Status;
use crate::deployment::JobResult;

/// What came before, in the same job for a task, in the same stage for a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Before {
    /// Something failed that was not allowed to.
    pub failed: bool,
    /// Something succeeded only partially: with issues, or by a failure that was allowed.
    pub with_issues: bool,
    /// The deployment is being cancelled.
    pub canceled: bool,
}

/// The variable that says the same as the status functions, folded.
pub(super) const JOB_STATUS: &str = "agent.jobstatus";

impl Before {
    /// What a result so far, and a cancel that is going on, are for what comes next.
    pub(crate) fn of(so_far: JobResult, canceled: bool) -> Self {
        Self {
            failed: so_far == JobResult::Failed,
            with_issues: so_far == JobResult::PartiallySucceeded,
            canceled,
        }
    }

    pub(super) const fn succeeded(self) -> bool {
        !self.failed && !self.canceled
    }

    pub(super) const fn succeeded_or_failed(self) -> bool {
        !self.canceled
    }

    pub(super) const fn failed(self) -> bool {
        self.failed && !self.canceled
    }

    /// The value of `Agent.JobStatus`, of which Azure's status functions are short forms.
    pub(super) const fn job_status(self) -> &'static str {
        match self {
            Self { canceled: true, .. } => "Canceled",
            Self { failed: true, .. } => "Failed",
            Self { with_issues: true, .. } => "SucceededWithIssues",
            Self { .. } => "Succeeded",
        }
    }
}

/// What a status function says. With `jobs` it asks for the results of those alone; a job that did not run has none. After a cancel
/// only `always` and `canceled` are true, whichever jobs are named.
pub(super) fn says(function: Status, before: Before, jobs: &[Option<JobResult>]) -> bool {
    let succeeded = |result: &Option<JobResult>| {
        matches!(result, Some(JobResult::Succeeded | JobResult::PartiallySucceeded))
    };
    let failed = |result: &Option<JobResult>| *result == Some(JobResult::Failed);
    match function {
        Status::Succeeded if jobs.is_empty() => before.succeeded(),
        Status::Succeeded => !before.canceled && jobs.iter().all(succeeded),
        Status::Failed if jobs.is_empty() => before.failed(),
        Status::Failed => !before.canceled && jobs.iter().any(failed),
        Status::SucceededOrFailed if jobs.is_empty() => before.succeeded_or_failed(),
        Status::SucceededOrFailed => {
            !before.canceled && jobs.iter().any(|result| succeeded(result) || failed(result))
        }
        Status::Canceled => before.canceled,
        Status::Always => true,
    }
}
