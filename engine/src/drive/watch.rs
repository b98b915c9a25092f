//! What is spawned for a task, beside the engine.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use chrono::TimeDelta;
use cutover::deployment::Report;
use cutover::{TaskId, TaskOrder};
use futures::FutureExt;
use futures::future::{Either, select};
use tracing::Instrument;

use super::orders::Order;
use super::resolving::Resolved;
use super::tasks::Life;
use crate::engine::Inner;
use crate::secrets::{MaskedLog, Masks, without_secrets};
use crate::{Clock, Found, StopHandle, StopSignal, TaskControl, TaskRunner, Urgency, limits};

/// Whether a task is begun, or one that was found is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    Run,
    Resume,
}

/// Runs or watches the task until its runner returns, panics, or was told to stop at once and did not in time.
pub(super) fn spawn_task(engine: &Arc<Inner>, order: Order, start: Start) {
    let TaskOrder { id: task, name, stage, release, task: run_by, .. } = &order.task;
    let span = tracing::info_span!("task", %task, runner = run_by.id, name, stage, release);
    let (task, stop) = (*task, StopHandle::new());
    let masks = Arc::new(Masks::after(engine.declarations.of(task.slice())));
    engine.tasks.set(task, Life::Running { since: engine.now(), stop: stop.clone() });
    let signal = stop.signal();
    let ending = Ending { engine: Arc::clone(engine), task, is_done: false };
    let future = async move {
        let ending = ending;
        tracing::info!(?start, "the task begins");
        let engine = Arc::clone(&ending.engine);
        let running = AssertUnwindSafe(run(engine, order, start, stop.signal(), Arc::clone(&masks)));
        let clock = Arc::clone(&ending.engine.clock);
        let given_up = async {
            signal.stopped(Urgency::AtOnce).await;
            clock.wait_until(clock.now() + TimeDelta::seconds(limits::GRACE_SECONDS)).await;
        };
        let report = match select(running.catch_unwind().boxed(), given_up.boxed()).await {
            Either::Left((Ok(report), _)) => report,
            Either::Left((Err(panic), _)) => {
                let message = format!("its runner panicked: {}", words_of(&*panic));
                Some(masks.in_report(Report::Lost { message }))
            }
            Either::Right(((), _)) => {
                Some(Report::Lost { message: "it did not stop, and was left".to_owned() })
            }
        };
        let Some(report) = report else { return ending.leave() };
        tracing::info!(report = ?report.outcome(), "the task ended");
        ending.with(report);
    };
    engine.spawn.spawn(future.instrument(span).boxed());
}

/// Resolves the task's secrets and hands it to its runner; `None` if it was left before that, since the engine is shut down.
async fn run(
    engine: Arc<Inner>,
    order: Order,
    start: Start,
    stop: StopSignal,
    masks: Arc<Masks>,
) -> Option<Report> {
    let task = order.task.id;
    let log = Arc::new(MaskedLog::new(Arc::clone(&engine.log), Arc::clone(&masks)));
    let secrets = match engine.secrets_of_task(&order, start, &stop, &masks).await {
        Resolved::Ready(secrets) => secrets,
        Resolved::Failed(message) => return Some(Report::Failed { message }),
        Resolved::Left => return None,
    };
    let control = TaskControl { stop, log: Arc::<MaskedLog>::clone(&log), secrets: secrets.clone() };
    let report = match start {
        Start::Run => engine.runner.run(order.task, control).await,
        Start::Resume => engine.runner.resume(order.task, control).await,
    };
    let report = without_secrets(report, &secrets, &*log, task, engine.now()).await;
    log.finish();
    Some(report)
}

/// Asks the runner what became of the task.
pub(super) fn spawn_search(engine: &Arc<Inner>, order: TaskOrder) {
    let task = order.id;
    engine.tasks.ask(task);
    engine.findings.asked(task);
    let search = Search { engine: Arc::clone(engine), task, found: None };
    let runner = Arc::clone(&engine.runner);
    let future = async move {
        let mut search = search;
        let asked = AssertUnwindSafe(async { runner.find(&order).await }).catch_unwind().await;
        search.found = Some(asked.unwrap_or_else(|panic| Found::NotNow {
            message: format!("its runner panicked when it was asked for it: {}", words_of(&*panic)),
        }));
    };
    engine.spawn.spawn(future.instrument(tracing::info_span!("search", %task)).boxed());
}

/// Sees to it that the engine hears of the task's end, also if its future is dropped.
struct Ending {
    engine: Arc<Inner>,
    task: TaskId,
    is_done: bool,
}

impl Ending {
    fn with(mut self, report: Report) {
        self.is_done = true;
        // First, so that whoever sees that the task is over finds its log ended.
        self.engine.end_log(self.task);
        self.engine.tasks.end(self.task, report);
    }

    /// It never began, and the engine is shut down: it is the next incarnation's.
    fn leave(self) {
        self.engine.tasks.remove(self.task);
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        // While the engine is shut down, an executor that ends takes its futures with it: the next incarnation looks for the task.
        if !self.is_done && !self.engine.drive_state.is_shut_down() {
            tracing::warn!(task = %self.task, "the executor dropped the task before it ended: its runner is asked what became of it");
            let message = "the executor dropped it before it ended".to_owned();
            self.engine.tasks.let_go(self.task, message, self.engine.now());
        }
        self.engine.feed.note_release(self.task.deployment().release);
    }
}

impl Inner {
    /// Says to the log that the task writes no more.
    pub(super) fn end_log(&self, task: TaskId) {
        let told = AssertUnwindSafe(|| self.log.ended(task, self.clock.now()));
        if catch_unwind(told).is_err() {
            tracing::error!(%task, "the log panicked when it was told that the task has ended");
        }
    }
}

/// Sees to it that the engine hears an answer.
struct Search {
    engine: Arc<Inner>,
    task: TaskId,
    found: Option<Found>,
}

impl Drop for Search {
    fn drop(&mut self) {
        match self.found.take() {
            Some(found) => self.engine.tasks.answer(self.task, found, self.engine.now()),
            // As with a task that is dropped: nobody has answered, and the next incarnation asks again.
            None if self.engine.drive_state.is_shut_down() => self.engine.tasks.forget_search(self.task),
            None => {
                let message = "the executor dropped the search for it".to_owned();
                self.engine.tasks.answer(self.task, Found::NotNow { message }, self.engine.now());
            }
        }
        self.engine.feed.note_release(self.task.deployment().release);
    }
}

/// What a panic said.
pub(super) fn words_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("it did not say why")
}
