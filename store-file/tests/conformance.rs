//! The file store is held to the contract of all stores, on several threads.
#![expect(clippy::unwrap_used, reason = "a test ends where something goes wrong")]

use std::sync::Arc;

use async_trait::async_trait;
use cutover::store::EventStore;
use cutover::store::conformance::StoreUnderTest;
use cutover_store_file::{FileStore, FileStoreOptions};
use futures::future::BoxFuture;
use tempfile::TempDir;

mod threads;

struct File {
    folder: TempDir,
    segment_bytes: u64,
}

impl File {
    fn new(segment_bytes: u64) -> Self {
        let folder = TempDir::new().unwrap();
        Self { folder, segment_bytes }
    }

    fn open(&self) -> Arc<dyn EventStore> {
        let options = FileStoreOptions::default().segment_bytes(self.segment_bytes);
        Arc::new(FileStore::open(self.folder.path(), options).unwrap())
    }
}

#[async_trait]
impl StoreUnderTest for File {
    async fn fresh(&self) -> Arc<dyn EventStore> {
        self.open()
    }

    async fn reopen(&self, store: Arc<dyn EventStore>) -> Option<Arc<dyn EventStore>> {
        drop(store);
        Some(self.open())
    }

    async fn run(&self, tasks: Vec<BoxFuture<'static, ()>>) {
        threads::run(tasks).await;
    }

    fn patience(&self) -> BoxFuture<'static, ()> {
        threads::patience()
    }
}

mod in_one_segment {
    cutover::conformance_tests!(crate::File::new(64 * 1024 * 1024));
}

mod over_many_segments {
    cutover::conformance_tests!(crate::File::new(4 * 1024));
}
