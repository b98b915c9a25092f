//! Who only reads, while the writer appends between any two of its reads.
#![expect(clippy::unwrap_used, reason = "a test ends where something goes wrong")]
#![allow(dead_code, reason = "each test needs its part of the world")]

use std::io;
use std::mem;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use cutover::store::{EventStore as _, Position};
use cutover_store_file::disk::{Access, Disk, DiskFile, HeldLock, LockError, RealDisk};
use cutover_store_file::{FileStore, FileStoreOptions, verify_on};
use futures::executor::block_on;
use tempfile::TempDir;

mod world;

use world::{append, rounds};

/// So often the writer comes in between.
fn times() -> u64 {
    rounds(400, 4_000)
}

/// The writer of the store, which appends two batches whenever a reader has found that nothing follows.
struct Writer {
    store: FileStore,
    commits: AtomicU64,
}

impl Writer {
    fn come_in_between(&self) {
        let next = self.commits.load(Ordering::SeqCst);
        if next < 2 * times() {
            append(&self.store, next, next + 1);
            append(&self.store, next + 1, next + 2);
            self.commits.store(next + 2, Ordering::SeqCst);
        }
    }
}

impl Writer {
    /// Comes in between when a reader reads nothing but zeros.
    fn racing(self: &Arc<Self>) -> Watched {
        let writer = Arc::clone(self);
        Watched(Box::new(move || {
            let writer = Arc::clone(&writer);
            Box::new(move |file, buffer, offset| {
                let filled = file.read_at(buffer, offset)?;
                if buffer[..filled].iter().all(|byte| *byte == 0) {
                    writer.come_in_between();
                }
                Ok(filled)
            })
        }))
    }
}

/// How a file is read.
type Read = Box<dyn Fn(&dyn DiskFile, &mut [u8], u64) -> io::Result<usize> + Send + Sync>;

/// A disk that nobody may write to. It says how each file is read when that is opened.
struct Watched(Box<dyn Fn() -> Read + Send + Sync>);

struct WatchedFile {
    file: Box<dyn DiskFile>,
    read: Read,
}

impl DiskFile for WatchedFile {
    fn bytes(&self) -> io::Result<u64> {
        self.file.bytes()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        (self.read)(&*self.file, buffer, offset)
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

impl Disk for Watched {
    fn create_folder(&self, _: &Path) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        RealDisk.list(folder)
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(WatchedFile { file: RealDisk.open(path, access)?, read: (self.0)() }))
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
    let reader = FileStore::open_read_only_on(Arc::new(writer.racing()), folder.path()).unwrap();
    while block_on(reader.head()).unwrap() < Position(2 * times()) {}
    assert_eq!(writer.commits.load(Ordering::SeqCst), 2 * times(), "the writer came in between");
    assert_eq!(block_on(reader.read_all(Position::START, usize::MAX)).unwrap().len() as u64, 2 * times());
}

/// How much one of its reads reads.
const PIECE_BYTES: usize = 4 * 1024;

/// What happens while the segment is read once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meanwhile {
    Nothing,
    /// Behind the last frame the reader sees the beginning of one that is being written.
    HalfSeen,
    /// When the piece was read in which the log ends, the writer goes on from there into the next one.
    Appended,
}

/// A disk whose files are read piece by piece; `looks` is what happens each time that one is opened.
fn piecewise(store: &Arc<FileStore>, commits: &Arc<AtomicU64>, looks: &[Meanwhile]) -> Watched {
    let (store, commits) = (Arc::clone(store), Arc::clone(commits));
    let looks = Mutex::new(looks.iter().rev().copied().collect::<Vec<_>>());
    Watched(Box::new(move || {
        let (store, commits) = (Arc::clone(&store), Arc::clone(&commits));
        let meanwhile = Mutex::new(looks.lock().unwrap().pop().unwrap_or(Meanwhile::Nothing));
        Box::new(move |file, buffer, offset| {
            let bytes = buffer.len().min(PIECE_BYTES);
            let filled = file.read_at(&mut buffer[..bytes], offset)?;
            if buffer[..filled].ends_with(&[0; 64]) {
                mem::replace(&mut *meanwhile.lock().unwrap(), Meanwhile::Nothing)
                    .happens(&store, &commits, buffer);
            }
            Ok(filled)
        })
    }))
}

impl Meanwhile {
    /// To a piece that was read, or behind it.
    fn happens(self, store: &FileStore, commits: &AtomicU64, buffer: &mut [u8]) {
        match self {
            Self::Nothing => {}
            Self::HalfSeen => {
                let end = 1 + buffer.iter().rposition(|byte| *byte != 0).unwrap();
                buffer[end..end + 18].copy_from_slice(b"00000100 89abcdef ");
            }
            Self::Appended => {
                // Batches of one commit each, until one begins in the next piece.
                for _ in 0..12 {
                    let next = commits.fetch_add(1, Ordering::SeqCst);
                    append(store, next, next + 1);
                }
            }
        }
    }
}

/// Story: the check read the log up to its end and looked once more, as it did wherever no frame was. While it read that second time, the writer
/// wrote a batch where the check had just been and others behind it: those seemed to follow damage, and it did not look a third time.
#[test]
fn a_log_that_grows_while_all_of_it_is_checked_is_not_taken_for_damaged() {
    let folder = TempDir::new().unwrap();
    let store = Arc::new(FileStore::open(folder.path(), FileStoreOptions::default()).unwrap());
    append(&store, 0, 2);
    let commits = Arc::new(AtomicU64::new(2));
    for looks in [
        &[Meanwhile::Appended][..],
        &[Meanwhile::Nothing, Meanwhile::Appended],
        &[Meanwhile::HalfSeen, Meanwhile::Appended],
        &[Meanwhile::Appended, Meanwhile::Appended],
        &[Meanwhile::HalfSeen, Meanwhile::HalfSeen],
        &[Meanwhile::Appended, Meanwhile::HalfSeen, Meanwhile::Appended],
    ] {
        let before = commits.load(Ordering::SeqCst);
        let disk = piecewise(&store, &commits, looks);
        let found = verify_on(&disk, folder.path(), None).unwrap();
        assert!(found.is_sound(), "{looks:?}: {found:#?}");
        assert!((before..=commits.load(Ordering::SeqCst)).contains(&found.commits), "{looks:?}");
    }
}
