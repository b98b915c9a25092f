use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use futures::future::BoxFuture;

/// Runs futures beside the engine: one for each task that runs, so that a runner that blocks stops nobody else.
///
/// Any function that takes a future is one, so that an executor is given in a line; tokio's, for example, as
/// `.spawn(|task: BoxFuture<'static, ()>| drop(tokio::spawn(task)))`.
///
/// ```
/// use cutover_engine::{BoxFuture, Engine};
/// use cutover_store_memory::MemoryStore;
///
/// # fn on_my_executor(task: BoxFuture<'static, ()>) {}
/// let engine = Engine::builder(MemoryStore::new()).spawn(|task: BoxFuture<'static, ()>| on_my_executor(task));
/// ```
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

/// Gives each future a thread of its own, so that runners may block, or wait for futures by themselves. Needs no executor.
#[derive(Debug, Clone, Copy, Default)]
pub struct ThreadSpawn;

impl Spawn for ThreadSpawn {
    fn spawn(&self, future: BoxFuture<'static, ()>) {
        let named = thread::Builder::new().name("cutover-task".to_owned());
        if let Err(error) = named.spawn(move || drive(future)) {
            tracing::error!(%error, "no thread could be started for a task");
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Polls the future on this thread until it is ready. The `futures` crate's own `block_on` would refuse to be called again by what
/// the future does.
fn drive(future: impl Future<Output = ()>) {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    while future.as_mut().poll(&mut context) == Poll::Pending {
        thread::park();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use futures::FutureExt;
    use futures::channel::oneshot;
    use futures::executor::block_on;

    use super::*;

    #[test]
    fn a_future_on_its_own_thread_may_wait_for_another_one_by_itself() {
        let (sender, receiver) = oneshot::channel();
        let (done, is_done) = mpsc::channel();
        let future = async move {
            let waited = receiver.await.unwrap_or(0);
            let blocked = block_on(async { waited + 1 });
            done.send(blocked).unwrap_or_default();
        };
        ThreadSpawn.spawn(future.boxed());
        sender.send(1).unwrap_or_default();
        assert_eq!(is_done.recv(), Ok(2));
    }
}
