//! A disk whose driver panics takes the writer with it: nobody is left waiting, and nothing is called closed.
#![expect(clippy::unwrap_used, reason = "a test ends where something goes wrong")]
#![allow(dead_code, reason = "each test needs its part of the world")]

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cutover::store::{CommitError, EventStore as _, Position, StoreError};
use cutover_store_file::disk::{Access, Disk, DiskFile, HeldLock, LockError};
use cutover_store_file::simulated::SimulatedDisk;
use cutover_store_file::{FileStore, Left};
use futures::executor::block_on;
use futures::future::poll_immediate;

mod world;

use world::{FOLDER, append, commit, count, open, options};

/// A simulated disk that panics when it is told to sync a file.
#[derive(Clone, Default)]
struct PanickingDisk {
    disk: SimulatedDisk,
    panics: Arc<AtomicBool>,
}

struct PanickingFile(Box<dyn DiskFile>, Arc<AtomicBool>);

impl DiskFile for PanickingFile {
    fn bytes(&self) -> io::Result<u64> {
        self.0.bytes()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.0.write_at(bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        assert!(!self.1.load(Ordering::SeqCst), "a disk that panics");
        self.0.sync()
    }

    fn truncate(&self, bytes: u64) -> io::Result<()> {
        self.0.truncate(bytes)
    }
}

impl Disk for PanickingDisk {
    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        self.disk.create_folder(folder)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        self.disk.list(folder)
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(PanickingFile(self.disk.open(path, access)?, Arc::clone(&self.panics))))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.disk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.disk.remove(path)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.disk.sync_folder(folder)
    }

    fn try_lock(&self, path: &Path, holder: &str) -> Result<Box<dyn HeldLock>, LockError> {
        self.disk.try_lock(path, holder)
    }
}

/// Story: a writer that panicked left those who waited for the log to grow waiting for ever, and the store said that it was closed well.
#[test]
fn a_writer_that_panics_leaves_nobody_waiting_and_no_mark() {
    let disk = PanickingDisk::default();
    let store = FileStore::open_on(Arc::new(disk.clone()), Path::new(FOLDER), options()).unwrap();
    append(&store, 0, 3);
    let mut waiting = store.wait_past(Position(3));
    assert!(block_on(poll_immediate(&mut waiting)).is_none());
    disk.panics.store(true, Ordering::SeqCst);
    let outcome = block_on(store.commit(commit(3)));
    assert!(matches!(outcome, Err(CommitError::OutcomeUnknown(_))), "{outcome:?}");
    assert!(matches!(block_on(waiting), Err(StoreError::Poisoned { .. })));
    assert!(matches!(block_on(store.close()), Err(StoreError::Poisoned { .. })));
    let outcome = block_on(store.commit(commit(3)));
    assert!(matches!(outcome, Err(CommitError::NotWritten(StoreError::Poisoned { .. }))), "{outcome:?}");
    drop(store);
    let store = open(&disk.disk).unwrap();
    assert_eq!(store.report().left, Left::Interrupted);
    assert!((3..=4).contains(&count(&store)));
}
