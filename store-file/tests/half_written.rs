//! Story: a reader filled its window up to the end of the log while the last frame there was being written. The frame was whole by
//! the time at which its place was looked up, and the window still held its first half: it was taken for damaged. So a reader looks at
//! nothing behind what is durable.
#![expect(clippy::unwrap_used, reason = "a test ends where something goes wrong")]
#![allow(dead_code, reason = "each test needs its part of the world")]

use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use cutover::store::{EventStore as _, Position, Sequence};
use cutover_store_file::disk::{Access, Disk, DiskFile, HeldLock, LockError};
use cutover_store_file::simulated::SimulatedDisk;
use cutover_store_file::{FileStore, FileStoreOptions};
use futures::executor::block_on;

mod world;

use world::{append, commit, rounds, stream};

const COMMITS: u64 = 100;

/// How far the writing of one frame has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It has not begun; nothing is held up.
    Idle,
    /// The next write stops half way.
    Armed,
    /// Half of it is there, from this offset on.
    Half(u64),
    /// The rest may follow.
    Go,
}

#[derive(Debug)]
struct Gate {
    stage: Mutex<Stage>,
    changed: Condvar,
    /// Of how many parts of the frame ...
    parts: usize,
    /// ... so many are there when the writing stops.
    written: usize,
}

impl Gate {
    fn set(&self, stage: Stage) {
        *self.stage.lock().unwrap() = stage;
        self.changed.notify_all();
    }

    fn get(&self) -> Stage {
        *self.stage.lock().unwrap()
    }

    fn wait_for(&self, is_there: impl Fn(Stage) -> bool) {
        let stage = self.stage.lock().unwrap();
        let _stage = self.changed.wait_while(stage, |stage| !is_there(*stage)).unwrap();
    }
}

/// A disk whose next write stops half way until a reader has seen that half.
struct HalfWriting {
    disk: SimulatedDisk,
    gate: Arc<Gate>,
}

struct HalfWritten {
    file: Box<dyn DiskFile>,
    gate: Arc<Gate>,
}

impl Disk for HalfWriting {
    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        self.disk.create_folder(folder)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        self.disk.list(folder)
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>> {
        let file = self.disk.open(path, access)?;
        Ok(Box::new(HalfWritten { file, gate: Arc::clone(&self.gate) }))
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

impl DiskFile for HalfWritten {
    fn bytes(&self) -> io::Result<u64> {
        self.file.bytes()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let filled = self.file.read_at(buffer, offset)?;
        if let Stage::Half(start) = self.gate.get() {
            assert!(offset + filled as u64 <= start, "the reader looks at what is half written");
        }
        Ok(filled)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        if self.gate.get() != Stage::Armed {
            return self.file.write_at(bytes, offset);
        }
        let half = bytes.len() * self.gate.written / self.gate.parts;
        self.file.write_at(&bytes[..half], offset)?;
        self.gate.set(Stage::Half(offset));
        self.gate.wait_for(|stage| stage == Stage::Go);
        self.file.write_at(&bytes[half..], offset + half as u64)
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync()
    }

    fn truncate(&self, bytes: u64) -> io::Result<()> {
        self.file.truncate(bytes)
    }
}

/// What `read` finds in a store with so many commits while one more is half written, and once that is acknowledged: the same wherever the writing stops.
fn read_while_one_is_half_written(read: impl Fn(&FileStore) -> usize) -> (usize, usize) {
    let parts = usize::try_from(rounds(2, 400)).unwrap();
    let mut found: Vec<_> =
        (1..parts).map(|written| read_while_a_part_is_written(&read, written, parts)).collect();
    found.dedup();
    assert_eq!(found.len(), 1, "{found:?}");
    found[0]
}

fn read_while_a_part_is_written(
    read: &impl Fn(&FileStore) -> usize,
    written: usize,
    parts: usize,
) -> (usize, usize) {
    let gate = Arc::new(Gate { stage: Mutex::new(Stage::Idle), changed: Condvar::new(), parts, written });
    let disk = HalfWriting { disk: SimulatedDisk::new(), gate: Arc::clone(&gate) };
    let options = FileStoreOptions::default().segment_bytes(16 << 20);
    let store = FileStore::open_on(Arc::new(disk), Path::new(world::FOLDER), options).unwrap();
    append(&store, 0, COMMITS);
    gate.set(Stage::Armed);
    thread::scope(|scope| {
        let writing = scope.spawn(|| block_on(store.commit(commit(COMMITS))).unwrap());
        gate.wait_for(|stage| matches!(stage, Stage::Half(_)));
        // The writing ends whatever the reader meets.
        let found = panic::catch_unwind(AssertUnwindSafe(|| read(&store)));
        gate.set(Stage::Go);
        assert_eq!(writing.join().unwrap(), Position(COMMITS + 1));
        (found.unwrap(), read(&store))
    })
}

#[test]
fn a_reader_of_the_log_does_not_look_at_what_is_half_written() {
    let read = |store: &FileStore| block_on(store.read_all(Position::START, usize::MAX)).unwrap().len();
    assert_eq!(read_while_one_is_half_written(read), (100, 101));
}

#[test]
fn nor_does_a_reader_of_one_stream() {
    let read = |store: &FileStore| {
        block_on(store.read_stream(&stream("a"), Sequence::NONE, usize::MAX)).unwrap().len()
    };
    assert_eq!(read_while_one_is_half_written(read), (200, 202));
}
