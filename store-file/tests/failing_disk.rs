//! Every single call fails, at every place of a store's life: what was acknowledged stays, and the answers are true.
#![expect(clippy::unwrap_used, reason = "a test ends where something goes wrong")]
#![allow(dead_code, reason = "each test needs its part of the world")]

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use cutover::store::{CommitError, EventStore as _, Position, StoreError};
use cutover_store_file::simulated::SimulatedDisk;
use cutover_store_file::{FileStore, FileStoreOptions, OpenError};
use futures::executor::block_on;
use futures::future::{join_all, poll_immediate};

mod world;

use world::{Dice, append, commit, count, is_of_index, open, rounds, segments};

/// Enough for two segments.
const COMMITS: u64 = 13;

/// What a process knows of its commits when it ends.
struct Known {
    acknowledged: u64,
    is_one_in_doubt: bool,
}

/// Appends up to `COMMITS`, one after the other. What was not written is sent again, once.
fn live(disk: &SimulatedDisk) -> Known {
    let mut known = Known { acknowledged: 0, is_one_in_doubt: false };
    let Ok(store) = open(disk) else {
        return known;
    };
    known.acknowledged = count(&store);
    'history: for n in known.acknowledged..COMMITS {
        for _ in 0..2 {
            match block_on(store.commit(commit(n))) {
                Ok(position) => {
                    assert_eq!(position, Position(n + 1));
                    known.acknowledged = n + 1;
                    continue 'history;
                }
                Err(CommitError::NotWritten(StoreError::Unavailable { .. })) => {}
                Err(CommitError::NotWritten(StoreError::Poisoned { .. })) => break 'history,
                Err(CommitError::OutcomeUnknown(_)) => {
                    known.is_one_in_doubt = true;
                    break 'history;
                }
                Err(error) => panic!("commit {n}: {error}"),
            }
        }
        break;
    }
    // Nothing that was not acknowledged, and is not in doubt, is ever visible.
    assert_eq!(count(&store), known.acknowledged);
    known
}

fn assert_kept(disk: &SimulatedDisk, known: &Known, what: &str) {
    for _ in 0..2 {
        let store = open(disk).unwrap_or_else(|error| panic!("{what}: {error}"));
        let found = count(&store);
        let is_right =
            found == known.acknowledged || known.is_one_in_doubt && found == known.acknowledged + 1;
        assert!(is_right, "{what}: {found} commits, {} acknowledged", known.acknowledged);
        // Not closed, so that the second opening recovers too.
        disk.halt_at(disk.calls());
        drop(store);
        disk.restart();
    }
    let store = open(disk).unwrap_or_else(|error| panic!("{what}: {error}"));
    let found = count(&store);
    append(&store, found, found + 3);
    drop(store);
    assert_eq!(count(&open(disk).unwrap()), found + 3, "{what}");
}

/// How many changing calls an undisturbed life makes.
fn calls() -> u64 {
    let disk = SimulatedDisk::new();
    assert_eq!(live(&disk).acknowledged, COMMITS);
    assert!(segments(&disk).len() >= 2, "the history goes over several segments");
    assert!(disk.files().keys().any(|path| is_of_index(path)), "its index is saved");
    disk.calls()
}

#[test]
fn any_call_may_fail_and_nothing_acknowledged_is_lost() {
    for call in 0..calls() {
        let bytes = (0..usize::try_from(rounds(1, 600)).unwrap()).step_by(9).chain([100, usize::MAX]);
        for (kind, bytes) in
            bytes.flat_map(|bytes| [(ErrorKind::Other, bytes), (ErrorKind::StorageFull, bytes)])
        {
            let disk = SimulatedDisk::new();
            disk.fail_at(call, kind, bytes);
            let known = live(&disk);
            disk.restart();
            assert_kept(&disk, &known, &format!("call {call} failed with {kind} after {bytes} bytes"));
        }
    }
}

#[test]
fn after_any_failed_call_the_power_may_fail_too() {
    for call in 0..calls() {
        for (seed, kind) in
            (0..rounds(4, 30)).zip([ErrorKind::Other, ErrorKind::StorageFull].into_iter().cycle())
        {
            let mut dice = Dice::new(call * 1_000 + seed);
            let disk = SimulatedDisk::new();
            let bytes = usize::try_from(dice.roll() % 600).unwrap();
            disk.fail_at(call, kind, bytes);
            let known = live(&disk);
            disk.lose_power(|| dice.is_heads());
            assert_kept(
                &disk,
                &known,
                &format!("call {call} failed with {kind} after {bytes} bytes, seed {seed}"),
            );
        }
    }
}

#[test]
fn the_power_may_fail_at_any_call() {
    for call in 0..calls() {
        for seed in 0..rounds(6, 30) {
            let mut dice = Dice::new(call * 1_000 + seed);
            let disk = SimulatedDisk::new();
            disk.halt_at(call);
            let known = live(&disk);
            disk.lose_power(|| dice.is_heads());
            assert_kept(&disk, &known, &format!("power lost at call {call}, seed {seed}"));
        }
    }
}

/// Story: a process ended between giving a new segment its name and syncing the folder. The next one read the segment, took its name for
/// durable, and acknowledged commits into it: a power loss then took the segment away with all of them.
#[test]
fn what_one_process_left_undone_the_next_one_makes_durable() {
    for call in 0..calls() {
        for fails in [None, Some(ErrorKind::Other)] {
            let disk = SimulatedDisk::new();
            match fails {
                None => disk.halt_at(call),
                Some(kind) => disk.fail_at(call, kind, 0),
            }
            live(&disk);
            disk.restart();
            let store = open(&disk).unwrap();
            let found = count(&store);
            append(&store, found, found + 2);
            disk.halt_at(disk.calls());
            drop(store);
            disk.lose_power(|| false);
            assert_eq!(count(&open(&disk).unwrap()), found + 2, "call {call}, {fails:?}");
        }
    }
}

#[test]
fn the_power_may_fail_while_recovering_from_a_power_failure() {
    for call in 10..30 {
        for seed in 0..rounds(6, 30) {
            let mut dice = Dice::new(call * 1_000 + seed);
            let disk = SimulatedDisk::new();
            disk.halt_at(call);
            let known = live(&disk);
            disk.lose_power(|| dice.is_heads());
            for recovering in 0..6 {
                disk.halt_at(disk.calls() + recovering);
                drop(open(&disk));
                disk.lose_power(|| dice.is_heads());
            }
            assert_kept(&disk, &known, &format!("power lost at call {call}, seed {seed}"));
        }
    }
}

#[test]
fn a_failed_sync_poisons_the_store_and_reads_go_on() {
    let disk = SimulatedDisk::new();
    let store = open(&disk).unwrap();
    append(&store, 0, 3);
    // A write, then its sync.
    disk.fail_at(disk.calls() + 1, ErrorKind::Other, 0);
    let outcome = block_on(store.commit(commit(3)));
    assert!(matches!(outcome, Err(CommitError::OutcomeUnknown(StoreError::Poisoned { .. }))), "{outcome:?}");
    let outcome = block_on(store.commit(commit(3)));
    assert!(matches!(outcome, Err(CommitError::NotWritten(StoreError::Poisoned { .. }))), "{outcome:?}");
    assert_eq!(count(&store), 3);
    let waiting = block_on(store.wait_past(Position(3)));
    assert!(matches!(waiting, Err(StoreError::Poisoned { .. })), "{waiting:?}");
    assert!(matches!(block_on(store.close()), Err(StoreError::Poisoned { .. })));
    drop(store);
    // The disk has forgotten the sectors of the failed sync. What was read back must be written again before it counts.
    let store = open(&disk).unwrap();
    let found = count(&store);
    append(&store, found, found + 2);
    disk.halt_at(disk.calls());
    drop(store);
    disk.lose_power(|| false);
    assert_eq!(count(&open(&disk).unwrap()), found + 2);
}

#[test]
fn a_full_disk_writes_nothing_and_the_store_goes_on_once_there_is_room() {
    for bytes in [0, 1, 17, 18, 300, usize::MAX] {
        let disk = SimulatedDisk::new();
        let store = open(&disk).unwrap();
        append(&store, 0, 3);
        disk.fail_at(disk.calls(), ErrorKind::StorageFull, bytes);
        let outcome = block_on(store.commit(commit(3)));
        assert!(
            matches!(outcome, Err(CommitError::NotWritten(StoreError::Unavailable { .. }))),
            "{outcome:?}"
        );
        assert_eq!(count(&store), 3);
        append(&store, 3, 6);
        disk.halt_at(disk.calls());
        drop(store);
        disk.lose_power(|| true);
        let store = open(&disk).unwrap();
        assert_eq!(count(&store), 6);
        assert!(store.report().cut.is_none());
    }
}

/// Story: the log grows by zeros, up to a megabyte at a time. On a nearly full disk a small commit was refused for want of room for them.
#[test]
fn a_disk_with_room_for_a_commit_but_not_for_zeros_takes_the_commit() {
    for bytes in [0, 100, 5_000] {
        let disk = SimulatedDisk::new();
        let roomy = FileStoreOptions::default().segment_bytes(1024 * 1024);
        let store = FileStore::open_on(Arc::new(disk.clone()), Path::new(world::FOLDER), roomy).unwrap();
        disk.fail_at(disk.calls(), ErrorKind::StorageFull, bytes);
        append(&store, 0, 3);
        disk.halt_at(disk.calls());
        drop(store);
        disk.lose_power(|| true);
        let store = open(&disk).unwrap();
        assert_eq!(count(&store), 3);
        assert!(store.report().cut.is_none());
    }
}

/// Story: a commit that was sent while the store was being closed was answered as one whose outcome is unknown, although the writer had never
/// seen it.
#[test]
fn a_commit_behind_the_closing_of_its_store_is_certainly_not_written() {
    let disk = SimulatedDisk::new();
    let store = open(&disk).unwrap();
    disk.hold();
    let mut first = store.commit(commit(0));
    assert!(block_on(poll_immediate(&mut first)).is_none());
    disk.wait_for_a_call();
    let mut closing = Box::pin(store.close());
    assert!(block_on(poll_immediate(&mut closing)).is_none());
    let mut late = store.commit(commit(1));
    assert!(block_on(poll_immediate(&mut late)).is_none());
    disk.release();
    block_on(first).unwrap();
    block_on(closing).unwrap();
    let outcome = block_on(late);
    assert!(matches!(outcome, Err(CommitError::NotWritten(StoreError::ReadOnly { .. }))), "{outcome:?}");
    block_on(store.close()).unwrap();
    drop(store);
    assert_eq!(count(&open(&disk).unwrap()), 1);
}

/// A full disk may have taken whole commits of a batch before it refused the rest. They were answered as not written: they
/// must not come back when the space before them is filled with as many bytes.
#[test]
fn what_a_full_disk_did_not_take_never_comes_back() {
    for more in [0, 1] {
        let disk = SimulatedDisk::new();
        let store = open(&disk).unwrap();
        append(&store, 0, 2);
        disk.hold();
        let mut first = store.commit(commit(2));
        assert!(block_on(poll_immediate(&mut first)).is_none());
        disk.wait_for_a_call();
        let mut others = join_all((3..6).map(|n| store.commit(commit(n))));
        assert!(block_on(poll_immediate(&mut others)).is_none());
        // The first commit is a write and a sync; then comes the write of the others.
        disk.fail_at(disk.calls() + 2, ErrorKind::StorageFull, usize::MAX);
        disk.release();
        block_on(first).unwrap();
        for outcome in block_on(others) {
            assert!(matches!(outcome, Err(CommitError::NotWritten(_))), "{outcome:?}");
        }
        append(&store, 3, 3 + more);
        disk.halt_at(disk.calls());
        drop(store);
        disk.lose_power(|| true);
        let store = open(&disk).unwrap();
        assert_eq!(count(&store), 3 + more);
        assert!(store.report().cut.is_none());
    }
}

#[test]
fn a_folder_that_may_not_be_written_is_refused_as_such() {
    let disk = SimulatedDisk::new();
    disk.fail_at(0, ErrorKind::PermissionDenied, 0);
    let error = open(&disk).unwrap_err();
    assert!(matches!(error, OpenError::NotWritable { .. }), "{error}");
    assert_eq!(error.to_string(), "/releases is not writable: give this user the right to write there");
}
