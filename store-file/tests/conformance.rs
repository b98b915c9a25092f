//! The file store is held to the contract of all stores: in one segment, over many, and on a disk that loses power.
#![expect(clippy::unwrap_used, reason = "a test ends where something goes wrong")]

use std::path::Path;
use std::sync::{Arc, Mutex, Weak};

use async_trait::async_trait;
use cutover::store::EventStore;
use cutover::store::conformance::{Ability, StoreUnderTest, Support};
use cutover_store_file::simulated::SimulatedDisk;
use cutover_store_file::{FileStore, FileStoreOptions};
use tempfile::TempDir;

fn support() -> Support {
    Support::new()
        .has(Ability::Reopening)
        .has(Ability::Closing)
        .has(Ability::KeptCheckpoints)
        .has(Ability::DensePositions)
        .has(Ability::CommitLimit)
        .lacks(Ability::SecondHandle, "one process at a time holds the lock of a store's folder")
}

/// The store that is open, for closing it; it is not kept alive by this.
type Opened = Mutex<Weak<FileStore>>;

fn opened(opened: &Opened, store: FileStore) -> Arc<dyn EventStore> {
    let store = Arc::new(store);
    *opened.lock().unwrap() = Arc::downgrade(&store);
    store
}

async fn closed(opened: &Opened) -> bool {
    let store = opened.lock().unwrap().upgrade();
    match store {
        Some(store) => store.close().await.is_ok(),
        None => false,
    }
}

/// In a folder of this machine.
struct File {
    folder: TempDir,
    segment_bytes: u64,
    opened: Opened,
}

impl File {
    fn new(segment_bytes: u64) -> Self {
        Self { folder: TempDir::new().unwrap(), segment_bytes, opened: Opened::default() }
    }

    fn open(&self) -> Arc<dyn EventStore> {
        // Small segments, with a chain over them.
        let is_small = self.segment_bytes < FileStoreOptions::DEFAULT_SEGMENT_BYTES;
        let options = FileStoreOptions::default().segment_bytes(self.segment_bytes).tamper_evident(is_small);
        opened(&self.opened, FileStore::open(self.folder.path(), options).unwrap())
    }
}

#[async_trait]
impl StoreUnderTest for File {
    async fn fresh(&self) -> Arc<dyn EventStore> {
        self.open()
    }

    fn support(&self) -> Support {
        support().lacks(
            Ability::Crashing,
            "a real disk is not made to lose power: see `on_a_disk_that_loses_power`",
        )
    }

    async fn reopen(&self, store: Arc<dyn EventStore>) -> Option<Arc<dyn EventStore>> {
        drop(store);
        Some(self.open())
    }

    async fn close(&self, _store: &Arc<dyn EventStore>) -> bool {
        closed(&self.opened).await
    }

    fn name(&self) -> String {
        format!("a file store in segments of {} KiB", self.segment_bytes / 1024)
    }
}

/// On a disk in memory, where a crash is a power failure that takes with it everything that was not synced.
#[derive(Default)]
struct Simulated {
    disk: SimulatedDisk,
    opened: Opened,
}

impl Simulated {
    fn open(&self) -> Arc<dyn EventStore> {
        let options = FileStoreOptions::default().segment_bytes(64 * 1024);
        opened(
            &self.opened,
            FileStore::open_on(Arc::new(self.disk.clone()), Path::new("/releases"), options).unwrap(),
        )
    }
}

#[async_trait]
impl StoreUnderTest for Simulated {
    async fn fresh(&self) -> Arc<dyn EventStore> {
        self.open()
    }

    fn support(&self) -> Support {
        support().has(Ability::Crashing)
    }

    async fn reopen(&self, store: Arc<dyn EventStore>) -> Option<Arc<dyn EventStore>> {
        drop(store);
        Some(self.open())
    }

    async fn crash(&self, store: Arc<dyn EventStore>) -> Option<Arc<dyn EventStore>> {
        // From here on nothing gets through, so that dropping the store closes nothing.
        self.disk.halt_at(self.disk.calls());
        drop(store);
        self.disk.lose_power(|| false);
        Some(self.open())
    }

    async fn close(&self, _store: &Arc<dyn EventStore>) -> bool {
        closed(&self.opened).await
    }

    fn name(&self) -> String {
        "a file store on a disk that loses power".to_owned()
    }
}

mod in_one_segment {
    cutover::conformance_tests!(crate::File::new(64 * 1024 * 1024));
}

mod over_many_segments {
    cutover::conformance_tests!(crate::File::new(4 * 1024));
}

mod on_a_disk_that_loses_power {
    cutover::conformance_tests!(crate::Simulated::default());
}
