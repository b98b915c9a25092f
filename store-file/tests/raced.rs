//! A reader, while the writer appends between any two of its reads.
#![expect(clippy::unwrap_used, reason = "a test ends where something goes wrong")]
#![allow(dead_code, reason = "each test needs its part of the world")]

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cutover::store::{EventStore as _, Position};
use cutover_store_file::disk::{Access, Disk, DiskFile, HeldLock, LockError, RealDisk};
use cutover_store_file::{FileStore, FileStoreOptions};
use futures::executor::block_on;
use tempfile::TempDir;

mod world;

use world::append;

/// So often the writer comes in between.
const TIMES: u64 = 400;

/// The writer of the store, which appends two batches whenever a reader has found that nothing follows.
struct Writer {
    store: FileStore,
    commits: AtomicU64,
}

impl Writer {
    fn come_in_between(&self) {
        let next = self.commits.load(Ordering::SeqCst);
        if next < 2 * TIMES {
            append(&self.store, next, next + 1);
            append(&self.store, next + 1, next + 2);
            self.commits.store(next + 2, Ordering::SeqCst);
        }
    }
}

struct Raced(Arc<Writer>);

struct RacedFile(Arc<Writer>, Box<dyn DiskFile>);

impl DiskFile for RacedFile {
    fn bytes(&self) -> io::Result<u64> {
        self.1.bytes()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let filled = self.1.read_at(buffer, offset)?;
        if buffer[..filled].iter().all(|byte| *byte == 0) {
            self.0.come_in_between();
        }
        Ok(filled)
    }

    fn write_at(&self, _: &[u8], _: u64) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn sync(&self) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn truncate(&self, _: u64) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }
}

impl Disk for Raced {
    fn create_folder(&self, _: &Path) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        RealDisk.list(folder)
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(RacedFile(Arc::clone(&self.0), RealDisk.open(path, access)?)))
    }

    fn rename(&self, _: &Path, _: &Path) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn remove(&self, _: &Path) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn try_lock(&self, _: &Path, _: &str) -> Result<Box<dyn HeldLock>, LockError> {
        Err(LockError::Io(io::ErrorKind::ReadOnlyFilesystem.into()))
    }
}

#[test]
fn a_log_that_grows_while_it_is_looked_at_is_not_taken_for_damaged() {
    let folder = TempDir::new().unwrap();
    let store = FileStore::open(folder.path(), FileStoreOptions::default()).unwrap();
    append(&store, 0, 2);
    let writer = Arc::new(Writer { store, commits: AtomicU64::new(2) });
    let reader = FileStore::open_read_only_on(Arc::new(Raced(Arc::clone(&writer))), folder.path()).unwrap();
    while block_on(reader.head()).unwrap() < Position(2 * TIMES) {}
    assert_eq!(writer.commits.load(Ordering::SeqCst), 2 * TIMES, "the writer came in between");
    assert_eq!(block_on(reader.read_all(Position::START, usize::MAX)).unwrap().len() as u64, 2 * TIMES);
}
