//! The single step of a stage in exports from before jobs. It is read and never written: there is a shape for all that it says.

use cutover::{Job, JobKind, Task};

use crate::jobs::{MOST_MINUTES, demands, pool};
use crate::read::{Fields, Node};
use crate::{left_out, tasks};

/// What a stage of an export from before jobs says instead.
pub(crate) struct OldStep<'a> {
    node: Node<'a>,
    tasks: Vec<Task>,
    queue: Node<'a>,
    pool: String,
    demands: Node<'a>,
    options: Node<'a>,
    timeout_minutes: Option<u32>,
}

impl<'a> OldStep<'a> {
    /// Takes what a stage says.
    pub(crate) fn read(stage: &mut Fields<'a>) -> Self {
        let node = stage.take("deployStep");
        let tasks = node.object(left_out::DEPLOY_STEP, |step| tasks::read(&step.take("tasks")));
        let options = stage.take("runOptions");
        let timeout = options.object(left_out::NONE, |options| {
            options.lose_quietly(
                "environmentOwnerEmailNotificationType",
                "who is told what is the host's decision",
            );
            options.lose("skipArtifactsDownload", "whether artifacts are downloaded is the host's decision");
            options.take("timeoutInMinutes").within(0..=MOST_MINUTES)
        });
        let queue = stage.take("queueId");
        Self {
            node,
            tasks,
            pool: pool(&queue),
            queue,
            demands: stage.take("demands"),
            options,
            timeout_minutes: timeout,
        }
    }

    /// The one job that it stands for; `None` if it says nothing.
    pub(crate) fn into_job(self) -> Option<Job> {
        if self.tasks.is_empty() {
            if !self.demands.is_idle() {
                self.demands.warn("demands of a stage without tasks: left out");
            }
            if !self.pool.is_empty() {
                self.queue.note("a pool of a stage without tasks: left out");
            }
            if self.timeout_minutes.is_some_and(|minutes| minutes > 0) {
                self.options.note("a time-out of a stage without tasks: left out");
            }
            return None;
        }
        let mut job = Job::agent("Agent job");
        job.kind = JobKind::Agent { pool: self.pool, demands: demands(&self.demands) };
        job.timeout_minutes = self.timeout_minutes;
        job.tasks = self.tasks;
        Some(job)
    }

    /// Says what of it is left out, where the stage has jobs.
    pub(crate) fn report_unused(self) {
        if !self.tasks.is_empty() {
            self.node
                .warn("tasks of the stage beside those of its jobs: only those of the jobs are taken over");
        }
        if !self.pool.is_empty() {
            self.queue
                .note("a pool of the stage beside those of its jobs: only those of the jobs are taken over");
        }
        if !self.demands.is_idle() {
            self.demands
                .warn("demands of the stage beside those of its jobs: only those of the jobs are taken over");
        }
        if self.timeout_minutes.is_some_and(|minutes| minutes > 0) {
            self.options.warn(
                "a time-out of the stage beside those of its jobs: only those of the jobs are taken over",
            );
        }
    }
}
