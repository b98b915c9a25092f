use std::sync::Arc;

use async_trait::async_trait;
use cutover::deployment::Report;
use cutover::{TaskId, TaskOrder};

use super::{LogSink, StopSignal};
use crate::SecretsAtHand;

/// Runs tasks. The host maps task ids to runners.
#[async_trait]
pub trait TaskRunner: Send + Sync + 'static {
    /// Runs the task to its end. It is called once per claim, after the claim was committed, and after the secrets that the task speaks
    /// of were resolved: [`TaskControl::secrets`] replaces what is left of them in its inputs (V4).
    ///
    /// When [`TaskControl::stop`] says so it stops the task, all of it, and returns; what it reports then does not matter. If it does not
    /// return in time, the engine goes on without it, says [`Urgency::AtOnce`](super::Urgency::AtOnce), and drops the future ten seconds later.
    ///
    /// It is driven by the host's [`Spawn`](super::Spawn), as `find` and `resume` are. If it panics the task is lost, which counts as failed.
    async fn run(&self, order: TaskOrder, control: TaskControl) -> Report;

    /// What became of a task that an earlier incarnation of the engine claimed and perhaps ran, or of one whose future the host's
    /// [`Spawn`](super::Spawn) dropped. After [`Found::NeverBegan`] it must
    /// be certain that it never will begin by that earlier doing. What keeps it from looking is [`Found::NotNow`], and no task is lost by it.
    ///
    /// A runner that can't tell leaves this as it is: the task is lost.
    async fn find(&self, order: &TaskOrder) -> Found {
        let _ = order;
        Found::Lost { message: "it was left, and its runner can't find it again".to_owned() }
    }

    /// Watches a task that [`TaskRunner::find`] found, until its end.
    async fn resume(&self, order: TaskOrder, control: TaskControl) -> Report {
        let _ = (order, control);
        Report::Lost { message: "its runner can't watch it again".to_owned() }
    }

    /// The tasks that it has begun, in this life of its host or an earlier one, and that may run still. An engine that begins to drive asks
    /// it, and then has those killed that no release wants any more: they were given up while no engine watched them. Where it can't say
    /// them all, or panics, it is asked again after pauses, for about an hour.
    ///
    /// A runner whose tasks end with it leaves this as it is: none.
    async fn running(&self) -> StillRunning {
        StillRunning::default()
    }

    /// Ends what runs of the task, at once, and sees to it that nothing of it begins any more; nothing if it does not run, or is none of its
    /// own. Nobody waits for a report.
    async fn kill(&self, task: TaskId) {
        let _ = task;
    }
}

/// The tasks of a runner that may run still.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StillRunning {
    /// Those that it knows of, in no particular order.
    pub tasks: Vec<TaskId>,
    /// Why there may be more of them; `None` if these are all.
    pub not_all: Option<String>,
}

impl From<Vec<TaskId>> for StillRunning {
    /// These are all.
    fn from(tasks: Vec<TaskId>) -> Self {
        Self { tasks, not_all: None }
    }
}

/// What became of a task while no engine watched it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It runs, or has ended: [`TaskRunner::resume`] says how.
    Begun,
    /// It has ended, and [`TaskRunner::resume`] says how without waiting; if it says when, too ([`Report::ended_at`]), a time-out that came
    /// after that does not count.
    Ended,
    /// It never began and never will: it can be run now.
    NeverBegan,
    /// It can't be said now. It is asked for again after pauses; if nothing else is said within a minute it is killed, and lost.
    NotNow {
        /// Why not.
        message: String,
    },
    /// Nobody can know.
    Lost {
        /// How that is known.
        message: String,
    },
}

/// What a runner has at hand while it runs a task.
#[derive(Clone)]
pub struct TaskControl {
    /// Says when the task should stop.
    pub stop: StopSignal,
    /// Takes what the task writes. Secrets that are at hand don't get through it.
    pub log: Arc<dyn LogSink>,
    /// The secrets that the task speaks of.
    pub secrets: SecretsAtHand,
}

impl TaskControl {
    /// For a task that has no secrets.
    pub fn new(stop: StopSignal, log: Arc<dyn LogSink>) -> Self {
        Self { stop, log, secrets: SecretsAtHand::none() }
    }

    /// The same, with secrets.
    #[must_use]
    pub fn with_secrets(self, secrets: SecretsAtHand) -> Self {
        Self { secrets, ..self }
    }
}

impl std::fmt::Debug for TaskControl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TaskControl").field("stop", &self.stop).finish_non_exhaustive()
    }
}

#[async_trait]
impl<R: TaskRunner + ?Sized> TaskRunner for Arc<R> {
    async fn run(&self, order: TaskOrder, control: TaskControl) -> Report {
        (**self).run(order, control).await
    }

    async fn find(&self, order: &TaskOrder) -> Found {
        (**self).find(order).await
    }

    async fn resume(&self, order: TaskOrder, control: TaskControl) -> Report {
        (**self).resume(order, control).await
    }

    async fn running(&self) -> StillRunning {
        (**self).running().await
    }

    async fn kill(&self, task: TaskId) {
        (**self).kill(task).await;
    }
}
