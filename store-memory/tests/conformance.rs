//! The memory store is held to the contract of all stores: by turns on one thread, and on several threads.

use std::sync::Arc;

use async_trait::async_trait;
use cutover::store::EventStore;
use cutover::store::conformance::StoreUnderTest;
use cutover_store_memory::MemoryStore;
use futures::future::BoxFuture;

mod threads;

struct ByTurns;

#[async_trait]
impl StoreUnderTest for ByTurns {
    async fn fresh(&self) -> Arc<dyn EventStore> {
        Arc::new(MemoryStore::new())
    }
}

struct OnThreads;

#[async_trait]
impl StoreUnderTest for OnThreads {
    async fn fresh(&self) -> Arc<dyn EventStore> {
        Arc::new(MemoryStore::new())
    }

    async fn run(&self, tasks: Vec<BoxFuture<'static, ()>>) {
        threads::run(tasks).await;
    }

    fn patience(&self) -> BoxFuture<'static, ()> {
        threads::patience()
    }
}

mod by_turns {
    cutover::conformance_tests!(crate::ByTurns);
}

mod on_threads {
    cutover::conformance_tests!(crate::OnThreads);
}
