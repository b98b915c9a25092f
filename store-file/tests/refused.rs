//! What is refused when a store is opened: with a reason that a person can act on, and without changing anything.
#![expect(clippy::unwrap_used, reason = "a test ends where something goes wrong")]
#![allow(dead_code, reason = "each test needs its part of the world")]

use std::fs;
use std::path::Path;

use cutover::store::{Commit, EventStore as _, Position, Sequence, StoreError};
use cutover_store_file::simulated::SimulatedDisk;
use cutover_store_file::{FileStore, FileStoreOptions, Left, OpenError};
use futures::executor::block_on;
use tempfile::TempDir;

mod world;

use world::{
    FOLDER, SEGMENT_BYTES, append, commit, count, frames, last_segment, open, segments, stream, with,
    without_index,
};

/// A closed store of three segments.
fn closed() -> SimulatedDisk {
    let disk = SimulatedDisk::new();
    let store = open(&disk).unwrap();
    append(&store, 0, 24);
    drop(store);
    assert!(segments(&disk).len() >= 3);
    disk
}

/// The same with a segment changed, and without the saved index: all of the log is read when it is opened.
fn changed(disk: &SimulatedDisk, path: &Path, bytes: Vec<u8>) -> SimulatedDisk {
    without_index(&with(disk, path, bytes))
}

fn assert_refused(disk: &SimulatedDisk, is_expected: impl Fn(&OpenError) -> bool) -> String {
    let before = disk.files();
    let error = open(disk).unwrap_err();
    assert!(is_expected(&error), "{error}");
    assert_eq!(disk.files(), before, "a log that is refused is left as it was");
    error.to_string()
}

fn is_damage(error: &OpenError) -> bool {
    matches!(error, OpenError::Damaged(_))
}

#[test]
fn damage_in_the_middle_is_refused_with_segment_offset_and_positions() {
    let disk = SimulatedDisk::new();
    let store = open(&disk).unwrap();
    append(&store, 0, 5);
    disk.halt_at(disk.calls());
    drop(store);
    disk.restart();
    let (path, mut segment) = last_segment(&disk);
    let (offset, length, _) = frames(&segment)[1];
    segment[offset + 100] ^= 1;
    segment[offset + length + 30] ^= 1;
    let message = assert_refused(&with(&disk, &path, segment), is_damage);
    let expected = format!(
        "/releases/00000000000000000001.log is damaged at offset {offset}, where positions 2 to 3 should be: expected bytes with the checksum "
    );
    assert!(message.starts_with(&expected), "{message}");
    assert!(message.ends_with("restore the file from a copy"), "{message}");
}

#[test]
fn damage_at_the_end_of_a_closed_log_is_refused() {
    let disk = closed();
    let (path, mut segment) = last_segment(&disk);
    let frames = frames(&segment);
    let (offset, _, _) = frames[frames.len() - 2];
    segment[offset + 40] ^= 1;
    assert_refused(&with(&disk, &path, segment), is_damage);
}

#[test]
fn an_end_that_is_missing_from_a_segment_before_the_last_is_refused() {
    let disk = closed();
    let (path, segment) = &segments(&disk)[0];
    let (offset, _, _) = frames(segment)[2];
    for bytes in [offset, offset + 20] {
        assert_refused(&changed(&disk, path, segment[..bytes].to_vec()), is_damage);
    }
}

#[test]
fn zeros_at_the_end_of_a_segment_before_the_last_are_legal() {
    let disk = closed();
    let (path, segment) = &segments(&disk)[0];
    let mut zeros = segment.clone();
    zeros.resize(usize::try_from(SEGMENT_BYTES).unwrap(), 0);
    for disk in [with(&disk, path, zeros.clone()), changed(&disk, path, zeros)] {
        assert_eq!(count(&open(&disk).unwrap()), 24);
    }
}

#[test]
fn a_segment_that_is_missing_is_refused() {
    let disk = closed();
    for (missing, _) in &segments(&disk)[..2] {
        let copy = SimulatedDisk::new();
        for (path, bytes) in disk.files().iter().filter(|(path, _)| *path != missing) {
            copy.put(path, bytes.clone());
        }
        let message = assert_refused(&copy, is_damage);
        assert!(message.contains("expected a segment that begins at position "), "{message}");
    }
}

#[test]
fn a_segment_of_another_store_is_refused() {
    let (disk, other) = (closed(), closed());
    let (path, segment) = last_segment(&other);
    let message = assert_refused(&with(&disk, &path, segment), is_damage);
    assert!(message.contains("expected a segment of store "), "{message}");
}

#[test]
fn a_later_format_is_refused_by_its_number() {
    let disk = SimulatedDisk::new();
    let path = Path::new(FOLDER).join("00000000000000000001.log");
    disk.put(&path, b"cutover-log 2 and whatever a later release writes\n".to_vec());
    let message =
        assert_refused(&disk, |error| matches!(error, OpenError::LaterFormat { found: 2, known: 1, .. }));
    assert_eq!(
        message,
        "/releases/00000000000000000001.log was written in format 2 of the log, and this release knows formats up to 1: open it with a later release"
    );
}

#[test]
fn a_last_segment_that_was_never_finished_is_removed_and_reported() {
    let disk = closed();
    for unfinished in [vec![], vec![0; 4096], b"cutover-l".to_vec(), {
        let mut torn = vec![0; 4096];
        torn[..20].copy_from_slice(b"cutover-log 1 00abcd");
        torn
    }] {
        let path = Path::new(FOLDER).join("00000000000000000025.log");
        let disk = with(&disk, &path, unfinished);
        // Whoever was creating it had taken the closing mark away.
        let (last, mut segment) = segments(&disk).into_iter().nth_back(1).unwrap();
        let frames = frames(&segment);
        segment.truncate(frames[frames.len() - 1].0);
        disk.put(&last, segment);
        let store = open(&disk).unwrap();
        assert_eq!(store.report().removed.as_deref(), Some(path.as_path()));
        assert_eq!(store.report().left, Left::Interrupted);
        assert!(!disk.files().contains_key(&path));
        assert_eq!(count(&store), 24);
        append(&store, 24, 40);
    }
}

#[test]
fn a_last_segment_without_a_header_but_with_something_in_it_is_refused() {
    let disk = closed();
    let (path, mut segment) = last_segment(&disk);
    segment[..20].fill(0);
    assert_refused(&with(&disk, &path, segment), is_damage);
    let mut strange = vec![0; 4096];
    strange[3_000] = 7;
    assert_refused(&with(&disk, &path, strange), is_damage);
}

/// What the saved index covers is not read when the store is opened. Damage there is refused by whoever reads it.
#[test]
fn damage_that_was_not_looked_for_is_found_when_it_is_read() {
    let disk = closed();
    let (path, segment) = &segments(&disk)[0];
    let (offset, length, _) = frames(segment)[2];
    let mut flipped = segment.clone();
    flipped[offset + 100] ^= 1;
    let mut other_header = segment.clone();
    other_header[..77].copy_from_slice(&segments(&closed())[0].1[..77]);
    for (damaged, at) in [
        (segment[..offset + 20].to_vec(), offset),
        (segment[..offset].to_vec(), offset),
        (flipped, offset),
        ([&segment[..offset], &segment[offset + length..]].concat(), offset),
        (other_header, 0),
    ] {
        let store = open(&with(&disk, path, damaged)).unwrap();
        assert_eq!(store.report().scanned.commits, 0);
        let all = block_on(store.read_all(Position::START, usize::MAX)).map(|read| read.len());
        let Err(StoreError::Damaged { what }) = all else { panic!("{all:?}") };
        assert!(what.starts_with(&format!("{} at offset {at}: expected ", path.display())), "{what}");
        for outcome in [
            block_on(store.read_all(Position(1), usize::MAX)).map(|read| read.len()),
            block_on(store.read_stream(&stream("a"), Sequence::NONE, usize::MAX)).map(|read| read.len()),
        ] {
            let Err(StoreError::Damaged { what }) = outcome else { panic!("{outcome:?}") };
            assert!(what.starts_with(&path.display().to_string()), "{what}");
        }
        assert_eq!(block_on(store.read_all(Position(23), 10)).unwrap().len(), 1, "the rest can be read");
    }
}

/// Story: a reader looked for ever for events that a frame did not hold, although its checksum was right.
#[test]
fn a_frame_without_the_events_that_were_found_there_before_is_damage() {
    let (disk, other) = (SimulatedDisk::new(), SimulatedDisk::new());
    let (store, replacing) = (open(&disk).unwrap(), open(&other).unwrap());
    append(&store, 0, 1);
    let event = commit(0).events()[0].1.clone();
    let elsewhere = Commit::builder(commit(0).header().clone());
    let elsewhere = elsewhere.append(&stream("elsewhere"), Sequence::NONE, event).build().unwrap();
    block_on(replacing.commit(elsewhere)).unwrap();
    disk.put(&last_segment(&disk).0, last_segment(&other).1);
    let read = block_on(store.read_stream(&stream("a"), Sequence::NONE, 10));
    assert!(matches!(read, Err(StoreError::Damaged { .. })), "{read:?}");
}

#[test]
fn a_store_that_is_open_elsewhere_is_refused_by_name() {
    let folder = TempDir::new().unwrap();
    let store = FileStore::open(folder.path(), FileStoreOptions::default()).unwrap();
    let error = FileStore::open(folder.path(), FileStoreOptions::default()).unwrap_err();
    assert!(matches!(error, OpenError::OpenElsewhere { .. }), "{error}");
    let message = error.to_string();
    assert!(message.contains(&format!("(process {} on ", std::process::id())), "{message}");
    block_on(store.close()).unwrap();
    let store_again = FileStore::open(folder.path(), FileStoreOptions::default()).unwrap();
    assert_eq!(store_again.report().left, Left::Closed);
    drop(store);
    drop(store_again);
}

#[test]
fn a_path_that_is_a_file_is_refused() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "not a store").unwrap();
    for path in [file.clone(), file.join("below")] {
        let error = FileStore::open(&path, FileStoreOptions::default()).unwrap_err();
        assert!(matches!(error, OpenError::NotAFolder { .. }), "{error:?}");
        assert_eq!(
            error.to_string(),
            format!("{} is not a folder: a store is a folder of its own", path.display())
        );
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "not a store");
}
