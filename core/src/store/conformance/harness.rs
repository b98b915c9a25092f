//! What the suite asks of the one who runs it.

use std::sync::Arc;

use async_trait::async_trait;
use futures::FutureExt as _;
use futures::future::{self, BoxFuture};

use crate::store::EventStore;

/// Opens the store that is tested. Every test has a harness of its own.
#[async_trait]
pub trait StoreUnderTest: Send + Sync {
    /// A store that holds nothing. Called once per harness.
    async fn fresh(&self) -> Arc<dyn EventStore>;

    /// Closes the store that `fresh` made and opens it again on the same data. `store` is the only reference that is left.
    ///
    /// `None` if the store keeps nothing beyond its own life: the tests of reopening then assert nothing.
    async fn reopen(&self, store: Arc<dyn EventStore>) -> Option<Arc<dyn EventStore>> {
        drop(store);
        None
    }

    /// Runs the tasks until all are done, in parallel if it can. A panic in one of them must fail the test.
    ///
    /// As provided it runs them by turns on the test's own thread. Threads find more.
    async fn run(&self, tasks: Vec<BoxFuture<'static, ()>>) {
        future::join_all(tasks).await;
    }

    /// Returns after as long as an answer may take that should come at once; the test then fails.
    ///
    /// As provided it never does, so that a wake-up that is missed hangs the test.
    fn patience(&self) -> BoxFuture<'static, ()> {
        future::pending().boxed()
    }
}
