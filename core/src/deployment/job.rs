//! A job of a deployment, as far as it went, and what it is doing (J1, J2).

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use super::{Deployment, Intervention, SliceRun, TaskRun, Wait};
use crate::{JobId, Join, SliceId, TaskId, Timestamp};

/// A job of a deployment, as far as it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobRun {
    /// It does not run (J6).
    Skipped(SkipReason),
    /// It should have begun, and what it would be cut into can't be said: it has failed (J2).
    CouldNotBegin {
        /// When.
        at: Timestamp,
        /// Why not.
        why: String,
    },
    /// It began.
    Began {
        /// When.
        at: Timestamp,
        /// Its slices, in order: one without a name for a job that runs once.
        slices: Vec<SliceRun>,
        /// The number by which the last target had joined its deployment group when it began (D6).
        joined: Option<Join>,
        /// What came of it, once it ended.
        result: Option<JobResult>,
    },
}

/// Why a task or a job does not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SkipReason {
    /// It is disabled (J4).
    Disabled,
    /// Its condition does not hold (J5).
    Condition,
    /// Its job's time is over (J7).
    JobTimedOut,
    /// Only the jobs that failed are repeated, and it succeeded in this attempt (D5).
    SucceededInAttempt(NonZeroU32),
    /// The release is deployed to new targets only, and the job runs on none of them (D6).
    NoNewTarget,
}

/// What came of a job, or of all jobs together (J6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JobResult {
    /// Everything succeeded.
    Succeeded,
    /// Something failed that was allowed to, or complained.
    PartiallySucceeded,
    /// Something failed.
    Failed,
    /// It was cancelled.
    Canceled,
}

impl JobRun {
    /// Its slices, in order: one for a job that runs once, none for one that did not begin.
    pub fn slices(&self) -> &[SliceRun] {
        match self {
            Self::Began { slices, .. } => slices,
            Self::Skipped(_) | Self::CouldNotBegin { .. } => &[],
        }
    }

    /// The tasks of a job that runs once, or of the first slice of another.
    pub fn tasks(&self) -> &[TaskRun] {
        self.slices().first().map_or(&[], SliceRun::tasks)
    }

    /// Whether it is cut into slices, be it only one (J2).
    pub fn is_cut(&self) -> bool {
        self.slices().first().is_some_and(|first| first.slice.is_some())
    }

    /// What came of it; `None` if it is not over, or did not run.
    pub const fn result(&self) -> Option<JobResult> {
        match self {
            Self::Began { result, .. } => *result,
            Self::CouldNotBegin { .. } => Some(JobResult::Failed),
            Self::Skipped(_) => None,
        }
    }
}

impl Deployment {
    /// The job that runs, by its place.
    pub fn running_job(&self) -> Option<(u32, &JobRun)> {
        let place = self.jobs.len().checked_sub(1)?;
        let job = &self.jobs[place];
        let is_running = matches!(job, JobRun::Began { result: None, .. });
        is_running.then_some((u32::try_from(place).unwrap_or(u32::MAX), job))
    }

    /// A slice of a job that began.
    pub fn slice(&self, id: SliceId) -> Option<&SliceRun> {
        self.jobs.get(usize::try_from(id.job.job).ok()?)?.slices().get(usize::try_from(id.slice).ok()?)
    }

    /// The slices of the job that runs, in order.
    pub fn current_slices(&self) -> impl Iterator<Item = (SliceId, &SliceRun)> {
        self.running_job().into_iter().flat_map(|(job, run)| {
            let job = JobId { deployment: self.id, job };
            (0..).zip(run.slices()).map(move |(slice, run)| (SliceId { job, slice }, run))
        })
    }

    /// The tasks that began and are not over, one of each slice at most: each runs, waits, or is to be tried again.
    pub fn open_tasks(&self) -> impl Iterator<Item = (TaskId, &TaskRun)> {
        self.current_slices().filter(|(_, slice)| slice.is_running()).filter_map(|(id, slice)| {
            let place = slice.tasks().len().checked_sub(1)?;
            let run = slice.tasks().get(place).filter(|run| run.is_open())?;
            Some((TaskId { retry: run.retry(), ..id.task(u32::try_from(place).ok()?) }, run))
        })
    }

    /// This try of a task, if it began and is not over.
    pub fn open_task(&self, id: TaskId) -> Option<&TaskRun> {
        let slice = self.slice(id.slice()).filter(|slice| slice.is_running())?;
        let place = slice.tasks().len().checked_sub(1)?;
        let run = slice.tasks().last().filter(|run| run.is_open() && run.retry() == id.retry)?;
        (usize::try_from(id.task) == Ok(place) && self.id == id.deployment()).then_some(run)
    }

    /// The tasks that run.
    pub fn running_tasks(&self) -> impl Iterator<Item = (TaskId, &TaskRun)> {
        self.open_tasks().filter(|(_, run)| matches!(run, TaskRun::Running { .. }))
    }

    /// The tasks that wait for a person or a moment, each with since when, and for what (J8, J9).
    pub fn waiting_tasks(&self) -> impl Iterator<Item = (TaskId, Timestamp, &Wait)> {
        self.open_tasks().filter_map(|(task, run)| match run {
            TaskRun::Waiting { since, wait, .. } => Some((task, *since, wait)),
            TaskRun::Running { .. }
            | TaskRun::Pausing { .. }
            | TaskRun::ToRetry { .. }
            | TaskRun::Skipped(_)
            | TaskRun::Ended { .. } => None,
        })
    }

    /// The manual interventions that wait for an answer: the task, since when it waits, and for whom (J8).
    pub fn interventions(&self) -> impl Iterator<Item = (TaskId, Timestamp, &Intervention)> {
        self.waiting_tasks().filter_map(|(task, since, wait)| match wait {
            Wait::Intervention(intervention) => Some((task, since, &**intervention)),
            Wait::Delay { .. } => None,
        })
    }

    /// The manual intervention of this task, if it waits for an answer (J8).
    pub fn intervention(&self, task: TaskId) -> Option<&Intervention> {
        match self.open_task(task)? {
            TaskRun::Waiting { wait: Wait::Intervention(intervention), .. } => Some(intervention),
            TaskRun::Waiting { wait: Wait::Delay { .. }, .. }
            | TaskRun::Running { .. }
            | TaskRun::Pausing { .. }
            | TaskRun::ToRetry { .. }
            | TaskRun::Skipped(_)
            | TaskRun::Ended { .. } => None,
        }
    }
}
