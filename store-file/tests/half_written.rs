//! Story: a reader filled its window up to the end of the log while the last frame there was being written. The frame was whole by
//! the time at which its place was looked up, and the window still held its first half: it was taken for damaged.
#![expect(clippy::unwrap_used, reason = "a test ends where something goes wrong")]
#![allow(dead_code, reason = "each test needs its part of the world")]

use std::io;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use cutover::store::{EventStore as _, Position, Sequence};
use cutover_store_file::disk::{Access, Disk, DiskFile, HeldLock, LockError};
use cutover_store_file::simulated::SimulatedDisk;
use cutover_store_file::{FileStore, FileStoreOptions};
use futures::executor::block_on;

mod world;

use world::{append, commit, stream};

/// As many as a reader looks up at once: it looks again after them.
const PAGE: u64 = 1_000;

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
    /// The commit was acknowledged.
    Acknowledged,
}

#[derive(Debug)]
struct Gate {
    stage: Mutex<Stage>,
    changed: Condvar,
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

    /// Once it has given away the first half of the frame, the rest is written and acknowledged before the reader goes on.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let filled = self.file.read_at(buffer, offset)?;
        if let Stage::Half(start) = self.gate.get()
            && offset < start
            && offset + filled as u64 > start
        {
            self.gate.set(Stage::Go);
            self.gate.wait_for(|stage| stage == Stage::Acknowledged);
        }
        Ok(filled)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        if self.gate.get() != Stage::Armed {
            return self.file.write_at(bytes, offset);
        }
        let half = bytes.len() / 2;
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

/// A store with a page of commits, while `read` reads it and one more is half written.
fn read_while_one_is_half_written(read: impl FnOnce(&FileStore) -> usize) -> usize {
    let gate = Arc::new(Gate { stage: Mutex::new(Stage::Idle), changed: Condvar::new() });
    let disk = HalfWriting { disk: SimulatedDisk::new(), gate: Arc::clone(&gate) };
    let options = FileStoreOptions::default().segment_bytes(16 << 20);
    let store = FileStore::open_on(Arc::new(disk), Path::new(world::FOLDER), options).unwrap();
    append(&store, 0, PAGE);
    gate.set(Stage::Armed);
    thread::scope(|scope| {
        scope.spawn(|| {
            assert_eq!(block_on(store.commit(commit(PAGE))).unwrap(), Position(PAGE + 1));
            gate.set(Stage::Acknowledged);
        });
        gate.wait_for(|stage| matches!(stage, Stage::Half(_)));
        let found = read(&store);
        assert_eq!(gate.get(), Stage::Acknowledged, "the reader has seen the half");
        found
    })
}

#[test]
fn a_reader_of_the_log_does_not_take_for_damaged_what_was_half_written_when_it_filled_its_window() {
    let found = read_while_one_is_half_written(|store| {
        block_on(store.read_all(Position::START, usize::MAX)).unwrap().len()
    });
    assert_eq!(found as u64, PAGE + 1);
}

#[test]
fn nor_does_a_reader_of_one_stream() {
    // Two events of each commit are on it, so that a page of them is half as many commits.
    let found = read_while_one_is_half_written(|store| {
        let after = Sequence(2 * PAGE - 1);
        1 + block_on(store.read_stream(&stream("a"), after, usize::MAX)).unwrap().len()
    });
    assert_eq!(found, 4);
}
