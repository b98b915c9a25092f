//! Every single call fails while a store is copied, or written anew: the store is as it was, a copy that has its name is whole, and the next
//! try succeeds.
#![expect(clippy::unwrap_used, reason = "a test ends where something goes wrong")]
#![allow(dead_code, reason = "each test needs its part of the world")]

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cutover::store::{EventStore as _, Position, Sequence, StreamId};
use cutover_store_file::disk::Disk as _;
use cutover_store_file::simulated::SimulatedDisk;
use cutover_store_file::{CopyError, FileStore, Left, OpenError, rewrite_on, verify_on};
use futures::executor::block_on;

mod world;

use world::{Dice, FOLDER, append, count, frames, open, options, rounds, segments, stream};

/// Enough for three segments.
const COMMITS: u64 = 19;
/// Where the copy goes: the folder above is not there yet either.
const COPIES: &str = "/copies";
const COPY: &str = "/copies/new";
const UNFINISHED: &str = "/copies/new.unfinished";

/// What a fault is.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// The call fails, a write after so many bytes.
    Fails(ErrorKind, usize),
    /// The process ends.
    Ends,
    /// The power fails; of what was not synced, all, nothing, or some is found.
    PowerFails(Found),
}

#[derive(Debug, Clone, Copy)]
enum Found {
    All,
    Nothing,
    Some(u64),
}

fn faults() -> Vec<Fault> {
    let mut faults = vec![
        Fault::Fails(ErrorKind::Other, 0),
        Fault::Fails(ErrorKind::StorageFull, 100),
        Fault::Fails(ErrorKind::Other, usize::MAX),
        Fault::Ends,
        Fault::PowerFails(Found::All),
        Fault::PowerFails(Found::Nothing),
    ];
    faults.extend((0..rounds(3, 60)).map(|seed| Fault::PowerFails(Found::Some(seed))));
    faults.extend(
        (0..rounds(0, 60)).map(|n| Fault::Fails(ErrorKind::StorageFull, 11 * usize::try_from(n).unwrap())),
    );
    faults
}

impl Fault {
    fn strikes(self, disk: &SimulatedDisk, call: u64) {
        match self {
            Self::Fails(kind, bytes) => disk.fail_at(call, kind, bytes),
            Self::Ends | Self::PowerFails(_) => disk.halt_at(call),
        }
    }

    fn passes(self, disk: &SimulatedDisk, call: u64) {
        match self {
            Self::Fails(..) | Self::Ends => disk.restart(),
            Self::PowerFails(found) => {
                let mut dice = Dice::new(call);
                disk.lose_power(|| match found {
                    Found::All => true,
                    Found::Nothing => false,
                    Found::Some(seed) => {
                        (dice.roll() ^ seed.wrapping_mul(0x9e37_79b9)).count_ones().is_multiple_of(2)
                    }
                });
            }
        }
    }
}

/// A store over three segments, that was closed.
fn store_on_a_disk() -> SimulatedDisk {
    let disk = SimulatedDisk::new();
    append(&open(&disk).unwrap(), 0, COMMITS);
    assert_eq!(segments(&disk).len(), 3);
    disk
}

/// The commits of the store, byte for byte.
fn log(disk: &SimulatedDisk) -> Vec<(PathBuf, Vec<u8>)> {
    let mut log = segments(disk);
    log.retain(|(path, _)| path.starts_with(FOLDER));
    for (_, bytes) in &mut log {
        let mut commits = frames(bytes)
            .into_iter()
            .filter(|(offset, _, _)| !bytes[offset + 18..].starts_with(br#"{"end""#));
        let end = commits.next_back().map_or(77, |(offset, length, _)| offset + length);
        bytes.truncate(end);
    }
    log
}

/// The commits of the store are as they were, whatever the closing mark behind them has become.
fn assert_untouched(disk: &SimulatedDisk, before: &[(PathBuf, Vec<u8>)], what: &str) {
    let mut now = segments(disk);
    now.retain(|(path, _)| path.starts_with(FOLDER));
    assert_eq!(now.len(), before.len(), "{what}");
    for ((path, now), (same_path, before)) in now.iter().zip(before) {
        assert!(path == same_path && now.starts_with(before), "{what}: {}", path.display());
    }
}

fn open_copy(disk: &SimulatedDisk) -> Result<FileStore, OpenError> {
    FileStore::open_on(Arc::new(disk.clone()), Path::new(COPY), options())
}

/// Whether the copy has its name. Then it is whole: `is_whole` says so of what opens there.
fn is_there(disk: &SimulatedDisk, is_whole: &dyn Fn(&FileStore), what: &str) -> bool {
    if disk.list(Path::new(COPY)).is_err() {
        let read = FileStore::open_read_only_on(Arc::new(disk.clone()), Path::new(COPY));
        assert!(matches!(read, Err(OpenError::NoStore { .. })), "{what}: {read:?}");
        return false;
    }
    let found = verify_on(disk, Path::new(COPY), None).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert!(found.is_sound(), "{what}: {found:#?}");
    let copy = open_copy(disk).unwrap_or_else(|error| panic!("{what}: {error}"));
    let report = copy.report();
    assert_eq!((report.left, report.head, &report.cut), (Left::Closed, Position(COMMITS), &None), "{what}");
    is_whole(&copy);
    true
}

/// Tries again, after the unfinished copy was removed as the error says.
fn succeeds_again(
    disk: &SimulatedDisk,
    try_to: &dyn Fn() -> Result<(), CopyError>,
    is_whole: &dyn Fn(&FileStore),
    what: &str,
) {
    if is_there(disk, is_whole, what) {
        assert!(matches!(try_to(), Err(CopyError::Exists { .. })), "{what}");
        return;
    }
    match try_to() {
        Ok(()) => {}
        Err(CopyError::Unfinished { folder }) => {
            assert_eq!(folder, Path::new(UNFINISHED), "{what}");
            disk.remove_folder(&folder);
            try_to().unwrap_or_else(|error| panic!("{what}: {error}"));
        }
        Err(error) => panic!("{what}: {error}"),
    }
    // Whoever was told that the copy is there finds it, whatever happens.
    disk.lose_power(|| false);
    assert!(is_there(disk, is_whole, what), "{what}: there is no copy");
}

fn whole_copy(copy: &FileStore) {
    assert_eq!(count(copy), COMMITS);
    append(copy, COMMITS, COMMITS + 2);
}

fn back_up(disk: &SimulatedDisk) -> Result<(), CopyError> {
    open(disk).unwrap().backup_to(COPY).map(drop)
}

/// A copy is made with a fault at this call, counted from its first one. Says whether there is such a call.
fn back_up_with(fault: Fault, call: u64) -> bool {
    let what = format!("{fault:?} at call {call}");
    let disk = store_on_a_disk();
    let (store, before) = (open(&disk).unwrap(), log(&disk));
    let begun = disk.calls();
    fault.strikes(&disk, begun + call);
    let outcome = store.backup_to(COPY);
    let is_struck = disk.calls() > begun + call;
    assert_eq!(outcome.is_err(), is_struck, "{what}: {outcome:?}");
    if matches!(fault, Fault::Fails(..)) {
        disk.restart();
        assert_untouched(&disk, &before, &what);
        assert_eq!(count(&store), COMMITS, "{what}");
        succeeds_again(&disk, &|| store.backup_to(COPY).map(drop), &whole_copy, &what);
        return is_struck;
    }
    drop(store);
    fault.passes(&disk, call);
    assert_untouched(&disk, &before, &what);
    assert_eq!(count(&open(&disk).unwrap()), COMMITS, "{what}");
    succeeds_again(&disk, &|| back_up(&disk), &whole_copy, &what);
    assert_untouched(&disk, &before, &what);
    is_struck
}

#[test]
fn any_call_may_fail_while_a_store_is_copied() {
    for fault in faults() {
        let mut calls = 0;
        while back_up_with(fault, calls) {
            calls += 1;
        }
        // Three segments: each made, written and synced; and what makes the folder durable.
        assert!(calls > 12, "{fault:?}: {calls} calls");
    }
}

#[test]
fn any_read_may_fail_while_a_store_is_copied() {
    for read in 0.. {
        let disk = store_on_a_disk();
        let (store, before) = (open(&disk).unwrap(), log(&disk));
        let begun = disk.reads();
        disk.fail_read_at(begun + read, ErrorKind::Other);
        let outcome = store.backup_to(COPY);
        let is_struck = disk.reads() > begun + read;
        assert_eq!(outcome.is_err(), is_struck, "read {read}: {outcome:?}");
        disk.restart();
        assert_untouched(&disk, &before, &format!("read {read}"));
        assert_eq!(count(&store), COMMITS, "read {read}");
        succeeds_again(&disk, &|| store.backup_to(COPY).map(drop), &whole_copy, &format!("read {read}"));
        if !is_struck {
            assert!(read > 10, "{read} reads");
            return;
        }
    }
}

/// Without the stream `b1`.
fn write_anew(disk: &SimulatedDisk) -> Result<(), CopyError> {
    let leave_out = |stream: &StreamId| stream.as_str() == "b1";
    let disk = Arc::new(disk.clone());
    block_on(rewrite_on(disk, Path::new(FOLDER), Path::new(COPY), options(), leave_out)).map(drop)
}

fn whole_without_b1(new: &FileStore) {
    let commits = block_on(new.read_all(Position::START, usize::MAX)).unwrap();
    assert_eq!(commits.len() as u64, COMMITS);
    let events =
        |name: &str| block_on(new.read_stream(&stream(name), Sequence::NONE, usize::MAX)).unwrap().len();
    assert_eq!((events("a"), events("b0"), events("b1"), events("b2")), (38, 7, 0, 6));
}

/// A store is written anew with a fault at this call. Says whether there is such a call.
fn write_anew_with(fault: Fault, call: u64) -> bool {
    let what = format!("{fault:?} at call {call}");
    let disk = store_on_a_disk();
    let (begun, before) = (disk.calls(), log(&disk));
    fault.strikes(&disk, begun + call);
    let outcome = write_anew(&disk);
    let is_struck = disk.calls() > begun + call;
    // What fails while the index is saved, or something is cleared up, keeps nothing from being done.
    assert!(outcome.is_ok() || is_struck, "{what}: {outcome:?}");
    fault.passes(&disk, call);
    if outcome.is_ok() {
        assert!(is_there(&disk, &whole_without_b1, &what), "{what}: there is no copy");
    }
    assert_untouched(&disk, &before, &what);
    assert_eq!(count(&open(&disk).unwrap()), COMMITS, "{what}");
    succeeds_again(&disk, &|| write_anew(&disk), &whole_without_b1, &what);
    assert_untouched(&disk, &before, &what);
    assert_eq!(count(&open(&disk).unwrap()), COMMITS, "{what}");
    is_struck
}

#[test]
fn any_call_may_fail_while_a_store_is_written_anew() {
    for fault in faults() {
        let mut calls = 0;
        while write_anew_with(fault, calls) {
            calls += 1;
        }
        assert!(calls > 30, "{fault:?}: {calls} calls");
    }
}

#[test]
fn any_read_may_fail_while_a_store_is_written_anew() {
    for read in 0.. {
        let disk = store_on_a_disk();
        let (begun, before) = (disk.reads(), log(&disk));
        disk.fail_read_at(begun + read, ErrorKind::Other);
        let outcome = write_anew(&disk);
        let is_struck = disk.reads() > begun + read;
        let what = format!("read {read}");
        assert!(outcome.is_ok() || is_struck, "{what}: {outcome:?}");
        disk.restart();
        assert_untouched(&disk, &before, &what);
        succeeds_again(&disk, &|| write_anew(&disk), &whole_without_b1, &what);
        if !is_struck {
            assert!(read > 10, "{read} reads");
            return;
        }
    }
}
