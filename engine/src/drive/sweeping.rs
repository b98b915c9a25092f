//! Tasks that run although no release wants them any more: they were given up, or their deployment went on without them, while no
//! engine watched them. Nobody would find them again, so they are killed.

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use cutover::TaskId;
use cutover::deployment::TaskRun;
use futures::FutureExt;
use tracing::Instrument;

use super::watch::words_of;
use crate::engine::Inner;
use crate::secrets::pause_after;
use crate::{Clock, EngineError, StillRunning, TaskRunner, limits};

/// Asks the runner what runs still, and has killed what no release wants. It takes its time beside the engine: where either can't be known
/// now it is asked again, for nobody else ends what runs unwanted.
pub(super) fn spawn_sweep(engine: &Arc<Inner>) {
    let inner = Arc::clone(engine);
    let future = async move {
        let (mut open, mut are_all) = (BTreeSet::new(), false);
        for looks in 1..=limits::SWEEP_LOOKS {
            if !are_all {
                let running = inner.still_running().await;
                open.extend(running.tasks);
                are_all = running.not_all.is_none();
                if let Some(why) = running.not_all {
                    tracing::warn!(why, "what runs still of earlier lives is not known, or not all of it");
                }
            }
            let mut unknown = BTreeSet::new();
            for task in open {
                match inner.is_wanted(task).await {
                    Ok(true) => {}
                    Ok(false) => inner.kill(task).await,
                    Err(error) => {
                        tracing::warn!(%task, %error, "whether the task is wanted still is not known");
                        unknown.insert(task);
                    }
                }
            }
            if (are_all && unknown.is_empty()) || inner.drive_state.is_shut_down() {
                return;
            }
            open = unknown;
            inner.clock.wait_until(inner.clock.now() + pause_after(looks)).await;
        }
    };
    spawn(engine, future);
}

/// Has a task killed that nobody watches.
pub(super) fn spawn_kill(engine: &Arc<Inner>, task: TaskId) {
    let inner = Arc::clone(engine);
    spawn(engine, async move { inner.kill(task).await });
}

fn spawn(engine: &Arc<Inner>, future: impl Future<Output = ()> + Send + 'static) {
    let caught = AssertUnwindSafe(future).catch_unwind().map(|outcome| {
        if outcome.is_err() {
            tracing::error!("a runner panicked when it was asked what runs still, or to kill it");
        }
    });
    engine.spawn.spawn(caught.instrument(tracing::info_span!("sweep")).boxed());
}

impl Inner {
    async fn still_running(&self) -> StillRunning {
        let asked = AssertUnwindSafe(async { self.runner.running().await }).catch_unwind().await;
        asked.unwrap_or_else(|panic| {
            let not_all = Some(format!("its runner panicked: {}", words_of(&*panic)));
            StillRunning { tasks: Vec::new(), not_all }
        })
    }

    async fn kill(&self, task: TaskId) {
        tracing::warn!(%task, "the task runs although it is not wanted any more: it is killed");
        self.runner.kill(task).await;
    }

    /// Whether the task runs as far as its release knows, whichever engine has it. One of a release that does not exist is another store's,
    /// and left alone.
    async fn is_wanted(&self, task: TaskId) -> Result<bool, EngineError> {
        let id = task.deployment();
        let at = self.newest_release(id.release).await?;
        let run = at.release().deployment(id).and_then(|deployment| deployment.open_task(task));
        Ok(matches!(run, Some(TaskRun::Running { .. })))
    }
}
