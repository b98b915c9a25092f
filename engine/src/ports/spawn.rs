use std::thread;

use futures::executor::block_on;
use futures::future::BoxFuture;

/// Runs futures beside the engine: one for each task that runs, so that a runner that blocks stops nobody else.
///
/// Any function that takes a future is one, so that an executor is given in a line:
/// `.spawn(|task| { tokio::spawn(task); })`.
pub trait Spawn: Send + Sync + 'static {
    /// Drives the future to its end, and returns at once. A future that cannot be driven is dropped; it notices that itself.
    fn spawn(&self, future: BoxFuture<'static, ()>);
}

impl<F> Spawn for F
where
    F: Fn(BoxFuture<'static, ()>) + Send + Sync + 'static,
{
    fn spawn(&self, future: BoxFuture<'static, ()>) {
        self(future);
    }
}

/// Gives each future a thread of its own, so that runners may block. Needs no executor.
#[derive(Debug, Clone, Copy, Default)]
pub struct ThreadSpawn;

impl Spawn for ThreadSpawn {
    fn spawn(&self, future: BoxFuture<'static, ()>) {
        let named = thread::Builder::new().name("cutover-task".to_owned());
        if let Err(error) = named.spawn(move || block_on(future)) {
            tracing::error!(%error, "no thread could be started for a task");
        }
    }
}
