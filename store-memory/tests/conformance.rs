//! The memory store is held to the contract of all stores.

use std::sync::Arc;

use async_trait::async_trait;
use cutover::store::EventStore;
use cutover::store::conformance::StoreUnderTest;
use cutover_store_memory::MemoryStore;

struct Memory;

#[async_trait]
impl StoreUnderTest for Memory {
    async fn fresh(&self) -> Arc<dyn EventStore> {
        Arc::new(MemoryStore::new())
    }
}

cutover::conformance_tests!(Memory);
