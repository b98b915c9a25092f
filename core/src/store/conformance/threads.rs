//! Ways to run tasks at once, and to lose patience, that need no runtime.

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use futures::FutureExt as _;
use futures::channel::oneshot;
use futures::executor::block_on;
use futures::future::{BoxFuture, join_all, lazy};

/// Runs each task on a thread of its own until all are done. A panic in one of them comes through here.
pub async fn on_threads(tasks: Vec<BoxFuture<'static, ()>>) {
    let running = tasks.into_iter().map(|task| {
        let (ended, end) = oneshot::channel();
        start(move || {
            let outcome = block_on(AssertUnwindSafe(task).catch_unwind());
            let _test_is_over = ended.send(outcome);
        });
        end
    });
    for end in join_all(running).await {
        match end {
            Ok(Ok(())) => {}
            Ok(Err(panic)) => resume_unwind(panic),
            Err(oneshot::Canceled) => panic!("a thread of the test ended early"),
        }
    }
}

/// Runs the tasks by turns on the caller's own thread until all are done.
pub async fn by_turns(tasks: Vec<BoxFuture<'static, ()>>) {
    join_all(tasks).await;
}

/// Returns after that many seconds, counted from when it is first waited for.
pub fn seconds(seconds: u64) -> BoxFuture<'static, ()> {
    let sleeping = lazy(move |_| {
        let (end, ended) = oneshot::channel();
        let (stop, stopped) = mpsc::channel::<()>();
        start(move || {
            // Ends early when nobody waits any more: `stop` is gone then.
            if stopped.recv_timeout(Duration::from_secs(seconds)) == Err(mpsc::RecvTimeoutError::Timeout) {
                let _nobody_waits = end.send(());
            }
        });
        async move {
            let _while_somebody_waits = stop;
            let _over = ended.await;
        }
    });
    sleeping.flatten().boxed()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the suite is no part of the core's rules: it tests stores, on threads"
)]
fn start(work: impl FnOnce() + Send + 'static) {
    let _runs_by_itself = thread::spawn(work);
}
