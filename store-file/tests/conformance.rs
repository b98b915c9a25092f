//! The file store is held to the contract of all stores.

use std::sync::Arc;

use async_trait::async_trait;
use cutover::store::EventStore;
use cutover::store::conformance::StoreUnderTest;
use cutover_store_file::{FileStore, FileStoreOptions};
use tempfile::TempDir;

/// Small segments, so that every test goes over several.
struct File {
    folder: TempDir,
}

impl File {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    fn open(&self) -> Arc<dyn EventStore> {
        let options = FileStoreOptions::default().segment_bytes(4096);
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
}

cutover::conformance_tests!(File::new());
