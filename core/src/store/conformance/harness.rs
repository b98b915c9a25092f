//! What the suite asks of the one who runs it.

use std::sync::Arc;

use async_trait::async_trait;
use futures::future::BoxFuture;

use super::{Support, threads};
use crate::store::EventStore;

/// Opens the store that is tested, and says what it supports. Every test has a harness of its own.
///
/// Only [`fresh`](StoreUnderTest::fresh) must be written. A store that needs a runtime of its own writes
/// [`block_on`](StoreUnderTest::block_on) and [`run`](StoreUnderTest::run) too.
#[async_trait]
pub trait StoreUnderTest: Send + Sync {
    /// A store that holds nothing. Called once per harness.
    async fn fresh(&self) -> Arc<dyn EventStore>;

    /// What the store offers beyond what every store must: as provided nothing is stated, and the tests that need it are skipped.
    fn support(&self) -> Support {
        Support::new()
    }

    /// Closes the store that `fresh` made and opens it again on the same data. `store` is the only reference that is left.
    ///
    /// `None`, as provided, if that cannot be done. Needed for [`Ability::Reopening`](super::Ability::Reopening).
    async fn reopen(&self, store: Arc<dyn EventStore>) -> Option<Arc<dyn EventStore>> {
        drop(store);
        None
    }

    /// Ends the store as a crash does, without a chance to write what it still holds in memory, and opens it again on what is
    /// on the medium then. `store` is the only reference that is left.
    ///
    /// `None`, as provided, if that cannot be done. Needed for [`Ability::Crashing`](super::Ability::Crashing).
    async fn crash(&self, store: Arc<dyn EventStore>) -> Option<Arc<dyn EventStore>> {
        drop(store);
        None
    }

    /// Closes the store that `fresh` made, which others still hold. False, as provided, if that cannot be done.
    ///
    /// Needed for [`Ability::Closing`](super::Ability::Closing).
    async fn close(&self, store: &Arc<dyn EventStore>) -> bool {
        let _goes_on = store;
        false
    }

    /// Opens the data of the store that `fresh` made a second time, as another process or another connection does.
    ///
    /// `None`, as provided, if that cannot be done. Needed for [`Ability::SecondHandle`](super::Ability::SecondHandle).
    async fn another(&self, store: &Arc<dyn EventStore>) -> Option<Arc<dyn EventStore>> {
        let _alone = store;
        None
    }

    /// Runs the tasks until all are done, in parallel if it can. A panic in one of them must fail the test.
    ///
    /// As provided, each has a thread of its own ([`threads::on_threads`]). [`threads::by_turns`] is for one thread.
    async fn run(&self, tasks: Vec<BoxFuture<'static, ()>>) {
        threads::on_threads(tasks).await;
    }

    /// Returns after as long as anything may take that should come to an end by itself; the test then fails.
    ///
    /// As provided, after a minute. A store that is slow or far away takes more.
    fn patience(&self) -> BoxFuture<'static, ()> {
        threads::seconds(60)
    }

    /// Carries out a test. As provided on the test's own thread; a store that needs a runtime enters it here.
    fn block_on(&self, test: BoxFuture<'_, ()>) {
        futures::executor::block_on(test);
    }

    /// What the report calls the store. As provided, the name of the harness's type.
    fn name(&self) -> String {
        std::any::type_name::<Self>().to_owned()
    }
}
