//! The segment that a store was opened on gets its zeros while it is written, and they never come where a commit is.
#![expect(clippy::unwrap_used, reason = "a test ends where something goes wrong")]
#![allow(dead_code, reason = "each test needs its part of the world")]

use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use cutover::CommitId;
use cutover::store::{Commit, CommitHeader, EventStore as _, Json, NewEvent, Position, Sequence};
use cutover_store_file::disk::{Access, Disk, DiskFile, HeldLock, LockError, RealDisk};
use cutover_store_file::simulated::SimulatedDisk;
use cutover_store_file::{FileStore, FileStoreOptions, OpenError, verify};
use futures::executor::block_on;
use tempfile::TempDir;

mod world;

use world::{Dice, FOLDER, commit, last_segment, rounds, stream};

const MEBIBYTE: u64 = 1024 * 1024;
const SEGMENT_BYTES: u64 = 3 * MEBIBYTE;
/// More than half a mebibyte of these, and a store takes it that much is being written.
const LARGE_BYTES: usize = 100_000;

fn open(disk: &SimulatedDisk) -> Result<FileStore, OpenError> {
    let options = FileStoreOptions::default().segment_bytes(SEGMENT_BYTES);
    FileStore::open_on(Arc::new(disk.clone()), Path::new(FOLDER), options)
}

/// The commit with the number `n`, from 0.
fn large(n: u64) -> Commit {
    let header =
        CommitHeader { id: CommitId::new(format!("large-{n}")).unwrap(), ..commit(0).header().clone() };
    let text = char::from(b'a' + u8::try_from(n % 26).unwrap()).to_string().repeat(LARGE_BYTES);
    let event = NewEvent { payload: Json::of(&text).unwrap(), ..commit(0).events()[0].1.clone() };
    Commit::builder(header).append(&stream("a"), Sequence(n), event).build().unwrap()
}

fn append(store: &FileStore, from: u64, to: u64) {
    for n in from..to {
        assert_eq!(block_on(store.commit(large(n))).unwrap(), Position(n + 1));
    }
}

/// How many commits there are, all of them as they were.
fn count(store: &FileStore) -> u64 {
    let log = block_on(store.read_all(Position::START, usize::MAX)).unwrap();
    for (n, recorded) in (0..).zip(&log) {
        let expected = large(n);
        assert_eq!((&*recorded.header, recorded.events.len()), (expected.header(), 1));
        assert!(recorded.events[0].payload == expected.events()[0].1.payload, "commit {n}");
    }
    log.len() as u64
}

fn length(disk: &SimulatedDisk) -> u64 {
    last_segment(disk).1.len() as u64
}

#[test]
fn a_segment_that_much_is_appended_to_is_filled_and_grows_no_more() {
    let disk = SimulatedDisk::new();
    append(&open(&disk).unwrap(), 0, 3);
    let store = open(&disk).unwrap();
    append(&store, 3, 7);
    assert_eq!(length(&disk), MEBIBYTE, "whoever appends little writes few zeros");
    // On this disk the zeros are written behind the commit that brings them about, before the next.
    append(&store, 7, 10);
    assert_eq!(length(&disk), SEGMENT_BYTES);
    let calls = disk.calls();
    append(&store, 10, 15);
    assert_eq!((disk.calls() - calls, length(&disk)), (2 * 5, SEGMENT_BYTES), "a write and a sync for each");
    assert_eq!(count(&store), 15);
    drop(store);
    assert!(length(&disk) < 15 * 110_000, "closing takes the zeros away");
    assert_eq!(count(&open(&disk).unwrap()), 15);
}

/// A store is opened and appended to, with a fault at this call behind the one that begins to write zeros: how many were acknowledged, and whether one is in doubt.
fn fill_with(disk: &SimulatedDisk, fault: impl Fn(&SimulatedDisk, u64)) -> (u64, bool) {
    let store = open(disk).unwrap();
    append(&store, 0, 5);
    fault(disk, disk.calls());
    for n in 5..12 {
        if let Err(error) = block_on(store.commit(large(n))) {
            let is_in_doubt = matches!(error, cutover::store::CommitError::OutcomeUnknown(_));
            return (n, is_in_doubt);
        }
    }
    (12, false)
}

#[test]
fn any_call_may_fail_and_the_power_too_while_zeros_are_written() {
    for call in 0.. {
        let mut is_struck = true;
        for seed in 0..rounds(3, 12) {
            let (disk, mut dice) = (SimulatedDisk::new(), Dice::new(call * 100 + seed));
            let before = std::cell::Cell::new(0);
            let (acknowledged, is_in_doubt) = fill_with(&disk, |disk, calls| {
                before.set(calls);
                match seed % 3 {
                    0 => disk.fail_at(calls + call, ErrorKind::Other, 1_000),
                    1 => disk.fail_at(calls + call, ErrorKind::StorageFull, 1_000),
                    _ => disk.halt_at(calls + call),
                }
            });
            is_struck &= disk.calls() > before.get() + call;
            disk.lose_power(|| dice.is_heads());
            let store = open(&disk).unwrap_or_else(|error| panic!("call {call}, seed {seed}: {error}"));
            let found = count(&store);
            let is_right = found == acknowledged || is_in_doubt && found == acknowledged + 1;
            assert!(is_right, "call {call}, seed {seed}: {found} commits, {acknowledged} acknowledged");
            append(&store, found, found + 1);
        }
        // Seven commits, the zeros, and the closing of the store.
        if !is_struck || call == rounds(9, 40) {
            assert!(call >= 9, "{call} calls");
            break;
        }
    }
}

/// Whether zeros may be written.
#[derive(Default)]
struct Gate {
    is_open: Mutex<bool>,
    changed: Condvar,
}

/// The disk of this machine, on which zeros are late.
struct LateZeros(Arc<Gate>);

struct LateFile(Box<dyn DiskFile>, Arc<Gate>);

impl DiskFile for LateFile {
    fn bytes(&self) -> io::Result<u64> {
        self.0.bytes()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        if thread::current().name() == Some("cutover-zeros") {
            let is_open = self.1.is_open.lock().unwrap();
            let _is_open = self.1.changed.wait_while(is_open, |is_open| !*is_open).unwrap();
        }
        self.0.write_at(bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync()
    }

    fn truncate(&self, bytes: u64) -> io::Result<()> {
        self.0.truncate(bytes)
    }
}

impl Disk for LateZeros {
    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        RealDisk.create_folder(folder)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        RealDisk.list(folder)
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(LateFile(RealDisk.open(path, access)?, Arc::clone(&self.0))))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealDisk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove(path)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        RealDisk.sync_folder(folder)
    }

    fn try_lock(&self, path: &Path, holder: &str) -> Result<Box<dyn HeldLock>, LockError> {
        RealDisk.try_lock(path, holder)
    }
}

/// The writer comes to the place where zeros are late. It must not pass it: they would come over what it has written.
#[test]
fn zeros_that_come_late_come_over_no_commit() {
    let folder = TempDir::new().unwrap();
    let gate = Arc::new(Gate::default());
    let options = FileStoreOptions::default().segment_bytes(SEGMENT_BYTES);
    let store = FileStore::open_on(Arc::new(LateZeros(Arc::clone(&gate))), folder.path(), options).unwrap();
    thread::scope(|scope| {
        let writing = scope.spawn(|| append(&store, 0, 20));
        // Time enough for a writer that does not wait to come far. One that waits, waits however long this takes.
        for _ in 0..40 {
            thread::sleep(Duration::from_millis(10));
            if writing.is_finished() {
                break;
            }
        }
        *gate.is_open.lock().unwrap() = true;
        gate.changed.notify_all();
        writing.join().unwrap();
    });
    assert_eq!(count(&store), 20);
    drop(store);
    let found = verify(folder.path()).unwrap();
    assert!(found.is_sound() && found.commits == 20, "{found:#?}");
}
