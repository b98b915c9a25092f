//! Checkpoints are kept over closing, crashes and power losses; and whatever happens to their files, what comes back is the last that was saved, or none.
#![expect(clippy::unwrap_used, reason = "a test ends where something goes wrong")]
#![allow(dead_code, reason = "each test needs its part of the world")]

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cutover::CommitId;
use cutover::store::{
    Checkpoint, Commit, CommitHeader, EventStore, Json, Position, Sequence, StoreError, StreamId,
};
use cutover_store_file::simulated::SimulatedDisk;
use cutover_store_file::{FileStore, rewrite_on, verify_on};
use futures::executor::block_on;

mod world;

use world::{Dice, FOLDER, append, commit, count, open, options, rounds, segments, stream, with};

/// The state of the stream `a` after so many events.
fn checkpoint(sequence: u64, state: &str) -> Checkpoint {
    Checkpoint { sequence: Sequence(sequence), fold: 3, state: Json::of(state).unwrap() }
}

fn save(store: &dyn EventStore, checkpoint: &Checkpoint) -> Result<(), StoreError> {
    block_on(store.save_checkpoint(&stream("a"), checkpoint.clone()))
}

fn load(store: &dyn EventStore) -> Option<Checkpoint> {
    block_on(store.load_checkpoint(&stream("a"))).unwrap()
}

/// The files of checkpoints, and what is in them.
fn files(disk: &SimulatedDisk, store: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(store).join("checkpoints");
    disk.files().into_iter().filter(|(path, _)| path.parent() == Some(&folder)).collect()
}

/// A store that was closed, with three commits and a checkpoint of the stream `a`.
fn saved() -> (SimulatedDisk, Checkpoint) {
    let disk = SimulatedDisk::new();
    let store = open(&disk).unwrap();
    append(&store, 0, 3);
    let checkpoint = checkpoint(6, "all six");
    save(&store, &checkpoint).unwrap();
    drop(store);
    (disk, checkpoint)
}

#[test]
fn a_checkpoint_is_there_after_closing_and_after_the_power_fails() {
    let disk = SimulatedDisk::new();
    for n in 0..3 {
        let store = open(&disk).unwrap();
        append(&store, n, n + 1);
        let last = checkpoint(2 * n + 2, "all of them");
        save(&store, &last).unwrap();
        disk.halt_at(disk.calls());
        drop(store);
        disk.lose_power(|| false);
        assert_eq!(load(&open(&disk).unwrap()), Some(last), "after {n}");
    }
}

#[test]
fn a_checkpoint_of_earlier_events_is_kept_while_the_stream_goes_on() {
    let (disk, saved) = saved();
    let store = open(&disk).unwrap();
    append(&store, 3, 60);
    let of_five = checkpoint(5, "five, in the middle of a commit");
    for kept in [saved, of_five, checkpoint(0, "nothing")] {
        save(&store, &kept).unwrap();
        assert_eq!(load(&store), Some(kept));
    }
}

/// What a process leaves that saves a second checkpoint with a fault at this call: its answer, and whether there is such a call.
fn save_with(fault: impl Fn(&SimulatedDisk, u64), call: u64) -> (SimulatedDisk, bool, bool) {
    let (disk, _) = saved();
    let store = open(&disk).unwrap();
    append(&store, 3, 4);
    let begun = disk.calls();
    fault(&disk, begun + call);
    let is_saved = save(&store, &checkpoint(8, "all eight")).is_ok();
    let is_struck = disk.calls() > begun + call;
    if is_struck {
        disk.halt_at(0);
    }
    drop(store);
    (disk, is_saved, is_struck)
}

fn assert_old_or_new_or_none(disk: &SimulatedDisk, is_saved: bool, what: &str) {
    let store = open(disk).unwrap();
    assert_eq!(count(&store), 4, "{what}");
    let (old, new) = (checkpoint(6, "all six"), checkpoint(8, "all eight"));
    match load(&store) {
        Some(found) => assert!(found == new || found == old && !is_saved, "{what}: {found:?}"),
        None => assert!(!is_saved, "{what}: what was saved is gone"),
    }
    save(&store, &old).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(load(&store), Some(old), "{what}");
    drop(store);
    assert_eq!(files(disk, FOLDER).len(), 1, "{what}: nothing unfinished stays");
}

#[test]
fn any_call_may_fail_while_a_checkpoint_is_saved() {
    for kind in [ErrorKind::Other, ErrorKind::StorageFull] {
        for bytes in [0, 100, usize::MAX] {
            for call in 0.. {
                let fail = |disk: &SimulatedDisk, call| disk.fail_at(call, kind, bytes);
                let (disk, is_saved, is_struck) = save_with(fail, call);
                assert_eq!(is_saved, !is_struck);
                disk.restart();
                assert_old_or_new_or_none(
                    &disk,
                    is_saved,
                    &format!("{kind} after {bytes} bytes at call {call}"),
                );
                if !is_struck {
                    assert!(call >= 5, "making, writing, syncing, naming it, syncing its name: {call} calls");
                    break;
                }
            }
        }
    }
}

#[test]
fn the_power_may_fail_at_any_call_while_a_checkpoint_is_saved() {
    for seed in 0..rounds(20, 1_000) {
        for call in 0.. {
            let (disk, is_saved, is_struck) = save_with(SimulatedDisk::halt_at, call);
            let mut dice = Dice::new(call * 10_000 + seed);
            disk.lose_power(|| dice.is_heads());
            assert_old_or_new_or_none(&disk, is_saved, &format!("power lost at call {call}, seed {seed}"));
            if !is_struck {
                break;
            }
        }
    }
}

/// A full disk, or one that fails, costs the checkpoint and nothing else.
#[test]
fn a_store_goes_on_when_a_checkpoint_could_not_be_saved() {
    let (disk, _) = saved();
    let store = open(&disk).unwrap();
    disk.fail_at(disk.calls() + 1, ErrorKind::Other, 10);
    let told = save(&store, &checkpoint(6, "again")).unwrap_err();
    assert!(matches!(told, StoreError::Unavailable { .. }), "{told}");
    assert_eq!(files(&disk, FOLDER).len(), 1, "what was begun takes no room");
    append(&store, 3, 9);
    assert_eq!(load(&store), Some(checkpoint(6, "all six")));
    let last = checkpoint(18, "all eighteen");
    save(&store, &last).unwrap();
    assert_eq!(load(&store), Some(last));
}

#[test]
fn a_file_that_is_damaged_or_cut_off_is_no_checkpoint() {
    let (disk, saved) = saved();
    let (path, file) = files(&disk, FOLDER).remove(0);
    let found = |bytes: Vec<u8>| load(&open(&with(&disk, &path, bytes)).unwrap());
    assert_eq!(found(file.clone()), Some(saved));
    for bit in 0..file.len() * 8 {
        let mut bytes = file.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(found(bytes), None, "bit {bit}");
    }
    for end in 0..file.len() {
        assert_eq!(found(file[..end].to_vec()), None, "{end} bytes");
    }
    assert_eq!(found([&file[..], &[0]].concat()), None);
}

/// The same events in a commit with another id, as after an older copy of the log was put back.
fn otherwise(n: u64) -> Commit {
    let same = commit(n);
    let header =
        CommitHeader { id: CommitId::new(format!("otherwise-{n}")).unwrap(), ..same.header().clone() };
    let events = same.events().iter().map(|(place, event)| (&same.streams()[*place], event.clone()));
    let commit =
        events.fold(Commit::builder(header), |commit, (of, event)| commit.append(&of.stream, of.at, event));
    commit.build().unwrap()
}

#[test]
fn a_checkpoint_of_what_is_not_in_the_log_is_none() {
    let (disk, _) = saved();
    let older = SimulatedDisk::new();
    for (path, bytes) in segments(&disk) {
        older.put(&path, bytes);
    }
    let store = open(&disk).unwrap();
    append(&store, 3, 5);
    let ahead = checkpoint(10, "all ten");
    save(&store, &ahead).unwrap();
    drop(store);
    let (path, bytes) = files(&disk, FOLDER).remove(0);
    for is_same in [false, true] {
        let disk = with(&older, &path, bytes.clone());
        let store = open(&disk).unwrap();
        assert_eq!(load(&store), None, "it is ahead of the log");
        for n in 3..5 {
            let next = if is_same { commit(n) } else { otherwise(n) };
            assert_eq!(load(&store), None);
            assert_eq!(block_on(store.commit(next)).unwrap(), Position(n + 1));
        }
        let of_the_log = is_same.then(|| ahead.clone());
        assert_eq!(load(&store), of_the_log, "is it the same history: {is_same}");
    }
}

#[test]
fn what_is_ahead_of_the_log_is_not_kept() {
    let (disk, _) = saved();
    let store = open(&disk).unwrap();
    save(&store, &checkpoint(8, "too early")).unwrap();
    assert_eq!((load(&store), files(&disk, FOLDER)), (None, Vec::new()), "nor what it took the place of");
    append(&store, 3, 9);
    assert_eq!(load(&store), None);
}

#[test]
fn the_checkpoint_of_another_store_or_stream_is_none() {
    let (disk, saved) = saved();
    let (path, bytes) = files(&disk, FOLDER).remove(0);
    let other = SimulatedDisk::new();
    append(&open(&other).unwrap(), 0, 3);
    assert_eq!(load(&open(&with(&other, &path, bytes.clone())).unwrap()), None);
    let store = open(&disk).unwrap();
    block_on(store.save_checkpoint(&stream("b0"), Checkpoint { sequence: Sequence(1), ..saved })).unwrap();
    drop(store);
    let (of_b0, _) = files(&disk, FOLDER).into_iter().find(|(other, _)| *other != path).unwrap();
    let store = open(&with(&disk, &of_b0, bytes)).unwrap();
    assert_eq!(block_on(store.load_checkpoint(&stream("b0"))).unwrap(), None);
}

#[test]
fn a_store_that_is_closed_keeps_no_more_of_them() {
    let (disk, saved) = saved();
    let store = open(&disk).unwrap();
    block_on(store.close()).unwrap();
    let (before, told) = (disk.files(), save(&store, &checkpoint(2, "late")));
    assert!(matches!(told, Err(StoreError::ReadOnly { .. })), "{told:?}");
    assert_eq!((load(&store), disk.files()), (Some(saved), before));
}

#[test]
fn who_only_reads_finds_them_and_changes_none() {
    let (disk, saved) = saved();
    let before = disk.files();
    let reader = FileStore::open_read_only_on(Arc::new(disk.clone()), Path::new(FOLDER)).unwrap();
    assert_eq!(load(&reader), Some(saved));
    let own = checkpoint(2, "mine");
    save(&reader, &own).unwrap();
    assert_eq!((load(&reader), disk.files()), (Some(own), before));
}

#[test]
fn they_are_neither_copied_nor_written_anew() {
    let (disk, saved) = saved();
    let store = open(&disk).unwrap();
    store.backup_to("/copy").unwrap();
    drop(store);
    let written = rewrite_on(
        Arc::new(disk.clone()),
        Path::new(FOLDER),
        Path::new("/new"),
        options(),
        |_: &StreamId| false,
    );
    block_on(written).unwrap();
    for folder in ["/copy", "/new"] {
        assert_eq!(files(&disk, folder), Vec::new());
        let store = FileStore::open_on(Arc::new(disk.clone()), Path::new(folder), options()).unwrap();
        assert_eq!((count(&store), load(&store)), (3, None));
    }
    assert_eq!(load(&open(&disk).unwrap()), Some(saved), "the store that was copied has its own");
    assert!(verify_on(&disk, Path::new(FOLDER), None).unwrap().is_sound());
}
