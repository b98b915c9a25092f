//! A store that is read only: beside a writer, behind a crash, and without changing a byte.
#![expect(clippy::unwrap_used, reason = "a test ends where something goes wrong")]
#![allow(dead_code, reason = "each test needs its part of the world")]

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use cutover::CommitId;
use cutover::store::{
    Checkpoint, Commit, CommitError, CommitHeader, EventStore as _, Json, Position, Sequence, StoreError,
};
use cutover_store_file::simulated::SimulatedDisk;
use cutover_store_file::{FileStore, FileStoreOptions, OpenError, ReadOnlyStore};
use futures::executor::block_on;
use futures::future::{join_all, poll_immediate};
use tempfile::TempDir;

mod world;

use world::{
    FOLDER, append, append_together, commit, count, count_in, frames, interrupted, last_segment, open,
    options, segments, stream, with, without_index,
};

fn open_read_only(disk: &SimulatedDisk) -> Result<ReadOnlyStore, OpenError> {
    FileStore::open_read_only_on(Arc::new(disk.clone()), Path::new(FOLDER))
}

#[test]
fn a_reader_beside_a_writer_sees_what_is_appended_also_in_new_segments() {
    let disk = SimulatedDisk::new();
    let store = open(&disk).unwrap();
    let reader = open_read_only(&disk).unwrap();
    assert_eq!(count_in(&reader), 0);
    for n in 0..40 {
        append(&store, n, n + 1);
        assert_eq!(block_on(reader.head()).unwrap(), Position(n + 1));
    }
    assert!(segments(&disk).len() >= 4);
    assert_eq!(count_in(&reader), 40);
    append(&store, 40, 80);
    let events = block_on(reader.read_stream(&stream("a"), Sequence(158), 10)).unwrap();
    assert_eq!(events.len(), 2, "every question looks for news");
    assert_eq!(count_in(&reader), 80);
    drop(store);
    assert_eq!(count_in(&reader), 80, "the mark of a clean close is no commit");
    let store = open(&disk).unwrap();
    append(&store, 80, 100);
    assert_eq!(count_in(&reader), 100);
    assert_eq!(count_in(&open_read_only(&disk).unwrap()), 100);
}

#[test]
fn a_commit_is_refused_and_nothing_is_changed() {
    let disk = SimulatedDisk::new();
    let store = open(&disk).unwrap();
    append(&store, 0, 30);
    let (calls, files) = (disk.calls(), disk.files());
    let reader = open_read_only(&disk).unwrap();
    let refused = block_on(reader.commit(commit(30))).unwrap_err();
    assert!(matches!(refused, CommitError::NotWritten(StoreError::ReadOnly { .. })), "{refused:?}");
    assert_eq!(count_in(&reader), 30);
    drop(reader);
    assert_eq!(disk.calls(), calls, "it makes no call that changes something");
    assert_eq!(disk.files(), files);
    append(&store, 30, 31);
}

#[test]
fn what_a_crash_left_unfinished_is_neither_read_nor_cut() {
    let (disk, commits) = interrupted(3, 3);
    let (path, segment) = last_segment(&disk);
    let frames = frames(&segment);
    let (last, length, _) = frames[frames.len() - 1];
    let mut torn = segment.clone();
    torn[last + length / 2..].fill(0);
    let disk = with(&disk, &path, torn);
    let (calls, files) = (disk.calls(), disk.files());
    let reader = open_read_only(&disk).unwrap();
    assert_eq!(count_in(&reader), commits - 1);
    assert_eq!((disk.calls(), disk.files()), (calls, files));
    // Whoever opens it to write cuts it off, and goes on.
    let store = open(&disk).unwrap();
    append(&store, commits - 1, commits + 20);
    assert_eq!(count_in(&reader), commits + 20);
}

/// Story: a reader that lived for long kept a checkpoint of every stream that it had met.
#[test]
fn no_more_checkpoints_are_kept_in_memory_than_a_writer_keeps() {
    let disk = SimulatedDisk::new();
    append(&open(&disk).unwrap(), 0, 1);
    let reader = open_read_only(&disk).unwrap();
    let name = |n: u32| stream(&format!("other-{n}"));
    let checkpoint = |n: u32| Checkpoint { sequence: Sequence::NONE, fold: 1, state: Json::of(&n).unwrap() };
    let save = |n: u32| block_on(reader.save_checkpoint(&name(n), checkpoint(n))).unwrap();
    let load = |n: u32| block_on(reader.load_checkpoint(&name(n))).unwrap();
    (0..16 * 1024).for_each(save);
    assert_eq!((load(0), load(1)), (Some(checkpoint(0)), Some(checkpoint(1))));
    save(0);
    save(16 * 1024);
    assert_eq!((load(0), load(1), load(2)), (Some(checkpoint(0)), None, Some(checkpoint(2))));
}

/// Story: while the disk was full, a reader saw commits that their writer then took back, and never saw those in their place.
#[test]
fn commits_that_were_seen_and_taken_back_are_forgotten() {
    let folder = TempDir::new().unwrap();
    let store = FileStore::open(folder.path(), options()).unwrap();
    append(&store, 0, 4);
    let segment = folder.path().join("00000000000000000001.log");
    let before = fs::read(&segment).unwrap();
    append(&store, 4, 6);
    let reader = FileStore::open_read_only(folder.path()).unwrap();
    assert_eq!(count_in(&reader), 6);
    drop(store);
    fs::remove_dir_all(folder.path().join("index")).unwrap();
    fs::write(&segment, before).unwrap();
    assert_eq!(block_on(reader.head()).unwrap(), Position(4));
    let store = FileStore::open(folder.path(), options()).unwrap();
    let taken = block_on(store.commit(other_than_commit(4))).unwrap();
    assert_eq!(taken, Position(5));
    assert_eq!(block_on(reader.head()).unwrap(), Position(5));
    let read = block_on(reader.read_all(Position(4), 10)).unwrap();
    assert_eq!(read[0].header.id.to_string(), "another");
    assert_eq!(block_on(reader.read_stream(&stream("a"), Sequence::NONE, 100)).unwrap().len(), 8);
}

fn other_than_commit(n: u64) -> Commit {
    let header = CommitHeader { id: CommitId::new("another").unwrap(), ..commit(n).header().clone() };
    let event = commit(n).events()[0].1.clone();
    Commit::builder(header).append(&stream("elsewhere"), Sequence::NONE, event).build().unwrap()
}

#[test]
fn a_half_written_batch_is_where_a_reader_stops_for_now() {
    let disk = SimulatedDisk::new();
    let store = open(&disk).unwrap();
    append(&store, 0, 2);
    let reader = open_read_only(&disk).unwrap();
    assert_eq!(count_in(&reader), 2);
    disk.hold();
    let mut first = store.commit(commit(2));
    assert!(block_on(poll_immediate(&mut first)).is_none());
    disk.wait_for_a_call();
    assert_eq!(count_in(&reader), 2, "it is not there yet, and nobody waits for the writer");
    disk.release();
    assert_eq!(block_on(first).unwrap(), Position(3));
    assert_eq!(count_in(&reader), 3);
}

#[test]
fn a_reader_stops_at_the_first_frame_that_is_not_valid_and_comes_back_later() {
    let (folder, written) = (TempDir::new().unwrap(), SimulatedDisk::new());
    // All but the first in one batch.
    append_together(&written, &open(&written).unwrap(), 0, 5);
    let (path, whole) = last_segment(&written);
    let segment = folder.path().join(path.file_name().unwrap());
    let frames = frames(&whole);
    let (third, fourth) = (frames[2].0, frames[3].0);
    let zeros = |from: usize, to: usize| {
        let mut bytes = whole.clone();
        bytes[from..to].fill(0);
        bytes
    };
    fs::write(&segment, zeros(third, whole.len())).unwrap();
    let reader = FileStore::open_read_only(folder.path()).unwrap();
    assert_eq!(count_in(&reader), 2);
    let mut damaged = whole.clone();
    damaged[third + 50] ^= 1;
    // Half of a frame, and one whose first part is missing, while later ones are there already.
    for unfinished in [zeros(third + 100, whole.len()), zeros(third, third + 20), damaged] {
        fs::write(&segment, unfinished).unwrap();
        assert_eq!(count_in(&reader), 2);
    }
    fs::write(&segment, zeros(fourth + 1, whole.len())).unwrap();
    assert_eq!(count_in(&reader), 3);
    fs::write(&segment, whole).unwrap();
    assert_eq!(count_in(&reader), 5);
}

#[test]
fn damage_is_refused_also_by_those_who_only_read() {
    let disk = SimulatedDisk::new();
    let store = open(&disk).unwrap();
    append(&store, 0, 24);
    drop(store);
    let disk = without_index(&disk);
    let (path, mut segment) = segments(&disk).swap_remove(0);
    let (offset, _, _) = frames(&segment)[1];
    segment[offset + 50] ^= 1;
    let error = open_read_only(&with(&disk, &path, segment)).unwrap_err();
    assert!(matches!(error, OpenError::Damaged(_)), "{error}");
}

#[test]
fn a_folder_without_a_store_is_refused_and_left_alone() {
    let folder = TempDir::new().unwrap();
    for path in [folder.path().to_owned(), folder.path().join("missing")] {
        let error = FileStore::open_read_only(&path).unwrap_err();
        assert!(matches!(error, OpenError::NoStore { .. }), "{error:?}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_reader_waits_for_the_next_commit() {
    let folder = TempDir::new().unwrap();
    let store = FileStore::open(folder.path(), options()).unwrap();
    append(&store, 0, 1);
    let reader = FileStore::open_read_only(folder.path()).unwrap();
    assert_eq!(block_on(reader.wait_past(Position::START)).unwrap(), Position(1));
    let waiting = thread::spawn(move || block_on(reader.wait_past(Position(1))));
    append(&store, 1, 2);
    assert_eq!(waiting.join().unwrap().unwrap(), Position(2));
}

/// Another store was renamed into the folder's place.
#[test]
fn a_folder_that_was_replaced_is_noticed() {
    let place = TempDir::new().unwrap();
    let [mine, other, gone] = ["mine", "other", "gone"].map(|name| place.path().join(name));
    for (folder, commits) in [(&mine, 3), (&other, 9)] {
        append(&FileStore::open(folder, FileStoreOptions::default()).unwrap(), 0, commits);
    }
    let reader = FileStore::open_read_only(&mine).unwrap();
    assert_eq!(block_on(reader.head()).unwrap(), Position(3));
    fs::rename(&mine, &gone).unwrap();
    fs::rename(&other, &mine).unwrap();
    let error = block_on(reader.head()).unwrap_err();
    assert!(
        matches!(&error, StoreError::Damaged { what } if what.contains("not the one that was opened")),
        "{error}"
    );
}

/// A thread writes as fast as it can, in small segments, with several commits in a batch, and closes and opens the store now and then.
#[test]
fn a_busy_writer_never_confuses_a_reader() {
    let folder = TempDir::new().unwrap();
    let options = FileStoreOptions::default().segment_bytes(16 * 1024);
    let store = FileStore::open(folder.path(), options.clone()).unwrap();
    append(&store, 0, 1);
    let reader = FileStore::open_read_only(folder.path()).unwrap();
    let path = folder.path().to_owned();
    let writer = thread::spawn(move || {
        let (mut store, mut next) = (store, 1);
        for round in 0..60 {
            let outcomes = block_on(join_all((next..next + 7).map(|n| store.commit(commit(n)))));
            next += 7;
            assert!(outcomes.into_iter().all(|outcome| outcome.is_ok()));
            if round % 20 == 19 {
                drop(store);
                store = FileStore::open(&path, options.clone()).unwrap();
            }
        }
        next
    });
    let mut seen = 0;
    while !writer.is_finished() {
        let head = block_on(reader.head()).unwrap().0;
        assert!(head >= seen);
        seen = head;
        if let Some(position) = head.checked_sub(3) {
            let read = block_on(reader.read_all(Position(position), 100)).unwrap();
            assert_eq!(read.first().unwrap().position, Position(position + 1));
        }
        let fresh = FileStore::open_read_only(folder.path()).unwrap();
        assert!(block_on(fresh.head()).unwrap().0 >= seen);
    }
    let written = writer.join().unwrap();
    assert_eq!(count_in(&reader), written);
    assert_eq!(count(&FileStore::open(folder.path(), FileStoreOptions::default()).unwrap()), written);
}
