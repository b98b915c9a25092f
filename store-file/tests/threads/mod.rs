//! What the conformance suite asks of a harness beyond the store: threads, and an end to patience.

use std::thread;
use std::time::Duration;

use futures::FutureExt as _;
use futures::channel::oneshot;
use futures::executor::ThreadPool;
use futures::future::{BoxFuture, join_all};
use futures::task::SpawnExt as _;

/// Runs the tasks on four threads. A panic in one of them comes through here.
#[expect(clippy::unwrap_used, reason = "a test ends where something goes wrong")]
pub(crate) async fn run(tasks: Vec<BoxFuture<'static, ()>>) {
    let pool = ThreadPool::builder().pool_size(4).create().unwrap();
    join_all(tasks.into_iter().map(|task| pool.spawn_with_handle(task).unwrap())).await;
}

/// Ends after half a minute, which is for ever for an answer that should come at once.
pub(crate) fn patience() -> BoxFuture<'static, ()> {
    let (end, ended) = oneshot::channel();
    thread::spawn(move || {
        thread::sleep(Duration::from_secs(30));
        let _nobody_waits = end.send(());
    });
    ended.map(|_| ()).boxed()
}
