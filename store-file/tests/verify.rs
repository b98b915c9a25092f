//! Everything in a store is checked, every problem is found and placed, and nothing is changed.
#![expect(clippy::unwrap_used, reason = "a test ends where something goes wrong")]
#![allow(dead_code, reason = "each test needs its part of the world")]

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;

use cutover::store::{EventStore as _, Position};
use cutover_store_file::disk::{Access, Disk, DiskFile, HeldLock, LockError};
use cutover_store_file::simulated::SimulatedDisk;
use cutover_store_file::{
    FileStore, FileStoreOptions, LogEnd, OpenError, SavedIndex, Verified, verify, verify_on,
};
use futures::executor::block_on;
use futures::future::join_all;
use tempfile::TempDir;

mod world;

use world::{
    FOLDER, append, commit, frames, interrupted, is_of_index, last_segment, open, options, rewritten,
    segments, with, without_index,
};

fn verified(disk: &SimulatedDisk) -> Verified {
    let (calls, files) = (disk.calls(), disk.files());
    let verified = verify_on(disk, Path::new(FOLDER), None).unwrap();
    assert_eq!((disk.calls(), disk.files()), (calls, files), "it changes nothing");
    verified
}

/// A closed store of several segments and 24 commits.
fn closed() -> SimulatedDisk {
    let disk = SimulatedDisk::new();
    let store = open(&disk).unwrap();
    append(&store, 0, 24);
    drop(store);
    assert!(segments(&disk).len() >= 3);
    disk
}

/// What is wrong, as offset, first and last position, in this segment.
fn problems(verified: &Verified, path: &Path) -> Vec<(usize, u64, Option<u64>)> {
    let problems = verified.problems.iter().inspect(|problem| assert_eq!(problem.segment, path));
    problems.map(|problem| (usize::try_from(problem.offset).unwrap(), problem.first, problem.last)).collect()
}

#[test]
fn a_sound_store_is_counted() {
    let disk = closed();
    let found = verified(&disk);
    assert!(found.is_sound(), "{found:?}");
    assert_eq!((found.commits, found.events, found.streams, found.chained), (24, 72, 4, 0));
    assert_eq!(found.segments, segments(&disk).len());
    let bytes: usize = segments(&disk).iter().map(|(_, bytes)| bytes.len()).sum();
    assert_eq!(found.bytes, bytes as u64);
    assert_eq!(found.end, LogEnd::Closed);
    assert_eq!(found.index, SavedIndex::Agrees { up_to: Position(24) });
    let head = found.head.unwrap();
    assert_eq!((head.position, head.covers_from), (Position(24), Position(24)));

    let store = open(&disk).unwrap();
    append(&store, 24, 30);
    let found = verified(&disk);
    assert!(found.is_sound(), "{found:?}");
    assert_eq!((found.commits, &found.end), (30, &LogEnd::Open));
    drop(store);
    let found = verified(&without_index(&disk));
    assert!(found.is_sound(), "{found:?}");
    assert_eq!(found.index, SavedIndex::Missing);
}

#[test]
fn every_byte_that_is_flipped_in_a_closed_log_is_found_and_placed() {
    let disk = without_index(&closed());
    for (number, (path, segment)) in segments(&disk).iter().enumerate() {
        let frames = frames(segment);
        for place in (0..segment.len()).step_by(7) {
            let mut bytes = segment.clone();
            bytes[place] ^= 1;
            let flipped = with(&disk, path, bytes);
            let found = match verify_on(&flipped, Path::new(FOLDER), None) {
                Err(OpenError::LaterFormat { .. }) => continue,
                found => found.unwrap(),
            };
            let frame = frames.iter().find(|(offset, length, _)| (*offset..offset + length).contains(&place));
            let Some((offset, _, _)) = frame else {
                assert_eq!(problems(&found, path)[0].0, 0, "byte {place} of the header");
                assert_eq!(found.commits, 24);
                continue;
            };
            if number + 1 == segments(&disk).len() && *offset == frames[frames.len() - 1].0 {
                assert!(matches!(found.end, LogEnd::Unfinished(_)), "byte {place} of the mark: {found:?}");
                assert!(found.is_sound());
                continue;
            }
            // This commit is missing, and nothing that follows is blamed for it.
            assert_eq!(problems(&found, path).len(), 1, "byte {place}: {found:?}");
            assert_eq!(problems(&found, path)[0].0, *offset);
            assert_eq!(found.problems[0].last, Some(found.problems[0].first));
            assert_eq!(found.commits, 23);
            assert!(!found.is_sound());
        }
    }
}

#[test]
fn all_problems_are_listed_not_only_the_first() {
    let disk = closed();
    let mut changed = without_index(&disk);
    let mut expected = Vec::new();
    for (path, segment) in &segments(&disk) {
        let mut bytes = segment.clone();
        let frames = frames(segment);
        for (offset, _, _) in [frames[0], frames[2]] {
            bytes[offset + 60] ^= 4;
            expected.push((path.clone(), offset as u64));
        }
        changed = with(&changed, path, bytes);
    }
    let found = verified(&changed);
    let places: Vec<(PathBuf, u64)> =
        found.problems.iter().map(|problem| (problem.segment.clone(), problem.offset)).collect();
    assert_eq!(places, expected, "{found:#?}");
    assert_eq!(found.commits, 24 - expected.len() as u64);
    assert_eq!(found.end, LogEnd::Closed);
}

#[test]
fn the_list_of_problems_has_an_end() {
    let disk = SimulatedDisk::new();
    let roomy = FileStoreOptions::default();
    let store = FileStore::open_on(Arc::new(disk.clone()), Path::new(FOLDER), roomy).unwrap();
    append(&store, 0, 221);
    drop(store);
    let (path, mut bytes) = last_segment(&disk);
    for (offset, _, _) in frames(&bytes.clone()).into_iter().take(220).step_by(2) {
        bytes[offset + 40] ^= 1;
    }
    let found = verified(&with(&without_index(&disk), &path, bytes));
    assert_eq!((found.problems.len(), found.further_problems), (Verified::PROBLEMS, 10));
    assert_eq!(found.commits, 111);
}

#[test]
fn numbers_that_do_not_go_on_are_found_though_the_checksum_is_right() {
    let disk = without_index(&closed());
    let (path, segment) = segments(&disk).swap_remove(0);
    let (offset, _, batch) = frames(&segment)[2];
    for (from, to, what) in [
        (r#""position":3"#.to_owned(), r#""position":4"#.to_owned(), "position 3"),
        (format!(r#""batch":{batch}"#), format!(r#""batch":{}"#, batch - 1), "a batch that begins at "),
        (r#""first":5"#.to_owned(), r#""first":6"#.to_owned(), "events of stream a from sequence 5"),
        (r#""previous":[1,"#.to_owned(), r#""previous":[2,"#.to_owned(), "a pointer from stream a to "),
        (r#"{"stream":1,"#.to_owned(), r#"{"stream":7,"#.to_owned(), "a commit"),
        (r#""actor":"system""#.to_owned(), r#""actor":"sustem""#.to_owned(), "a commit that can be read"),
    ] {
        let changed = rewritten(&segment, 2, |json| json.replacen(&from, &to, 1));
        assert_ne!(changed, segment, "{from}");
        let found = verified(&with(&disk, &path, changed));
        let first = &found.problems[0];
        assert_eq!((first.segment.as_path(), first.offset), (path.as_path(), offset as u64), "{found:?}");
        assert!(first.expected.starts_with(what), "{from}: {first}");
    }
}

/// Only what points into something that cannot be read is believed.
#[test]
fn a_stream_that_goes_on_from_nowhere_is_a_problem() {
    let disk = without_index(&closed());
    let (path, segment) = segments(&disk).swap_remove(0);
    let changed = rewritten(&segment, 2, |json| {
        json.replacen(r#""first":5"#, r#""first":7"#, 1).replacen(r#""previous":[1,"#, r#""previous":[9,"#, 1)
    });
    let found = verified(&with(&disk, &path, changed));
    assert!(found.problems[0].expected.starts_with("events of stream a from sequence 5"), "{found:#?}");
    assert!(found.problems[1].expected.starts_with("a pointer from stream a to "), "{found:#?}");
}

#[test]
fn a_frame_that_is_no_commit_is_one_problem() {
    let disk = without_index(&closed());
    let (path, segment) = segments(&disk).swap_remove(0);
    let changed = rewritten(&segment, 2, |json| json.replacen(r#""position":3"#, r#""positiom":3"#, 1));
    let found = verified(&with(&disk, &path, changed));
    assert_eq!(problems(&found, &path), [(frames(&segment)[2].0, 3, Some(3))]);
    assert_eq!((found.problems[0].expected.as_str(), found.commits), ("a commit", 23));
}

#[test]
fn something_behind_the_mark_of_a_clean_close_is_a_problem() {
    let disk = without_index(&closed());
    let (path, mut segment) = last_segment(&disk);
    let mark = frames(&segment).pop().unwrap().0;
    segment.extend_from_slice(b"more");
    let found = verified(&with(&disk, &path, segment));
    assert_eq!(problems(&found, &path), [(mark, 25, None)]);
    assert_eq!(found.problems[0].found, "the mark of a clean close");
}

#[test]
fn a_segment_of_another_store_is_a_problem() {
    let (disk, other) = (without_index(&closed()), closed());
    let (path, segment) = last_segment(&other);
    let found = verified(&with(&disk, &path, segment));
    assert_eq!(problems(&found, &path)[0].0, 0);
    assert!(found.problems[0].expected.starts_with("a segment of store "), "{found:#?}");
}

/// A disk on which somebody writes on: what is in the last segment at the first look is not all that is there at the next.
struct WrittenOn {
    before: SimulatedDisk,
    after: SimulatedDisk,
    looks: AtomicU64,
}

impl Disk for WrittenOn {
    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        self.after.create_folder(folder)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        self.after.list(folder)
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>> {
        let is_first = self.looks.fetch_add(1, Ordering::Relaxed) == 0;
        if is_first { &self.before } else { &self.after }.open(path, access)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.after.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.after.remove(path)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.after.sync_folder(folder)
    }

    fn try_lock(&self, path: &Path, holder: &str) -> Result<Box<dyn HeldLock>, LockError> {
        self.after.try_lock(path, holder)
    }
}

#[test]
fn what_somebody_was_just_writing_is_looked_at_again() {
    let written = SimulatedDisk::new();
    append(&open(&written).unwrap(), 0, 6);
    let after = without_index(&written);
    let (path, whole) = last_segment(&after);
    let (third, length, _) = frames(&whole)[2];
    let mut half_written = whole.clone();
    half_written[third + 100..].fill(0);
    // The sectors of a batch may be seen in any order, and those of later ones with them.
    let mut with_later = whole.clone();
    with_later[third..third + length / 2].fill(0);
    let (mark, _, _) = frames(&whole)[6];
    let mut closed_before = whole[..frames(&whole)[2].0].to_vec();
    closed_before.extend_from_slice(&whole[mark..]);
    for seen in [half_written, with_later, closed_before] {
        let before = with(&after, &path, seen);
        let disk = WrittenOn { before, after: after.clone(), looks: AtomicU64::new(0) };
        let found = verify_on(&disk, Path::new(FOLDER), None).unwrap();
        assert!(found.is_sound(), "{found:#?}");
        assert_eq!((found.commits, found.end), (6, LogEnd::Closed));
    }
}

#[test]
fn a_segment_that_is_missing_is_one_problem() {
    let disk = closed();
    let all = segments(&disk);
    for (missing, segment) in &all[..all.len() - 1] {
        let copy = SimulatedDisk::new();
        for (path, bytes) in without_index(&disk).files() {
            if path != *missing {
                copy.put(&path, bytes);
            }
        }
        let found = verified(&copy);
        assert_eq!(found.problems.len(), 1, "{found:#?}");
        assert!(found.problems[0].expected.contains("a segment that begins at position "), "{found:?}");
        assert_eq!(found.commits, 24 - frames(segment).len() as u64);
    }
}

#[test]
fn an_end_that_is_cut_off_between_frames_is_found_where_the_next_segment_begins() {
    let disk = without_index(&closed());
    let all = segments(&disk);
    let (path, segment) = &all[0];
    let frames = frames(segment);
    let (offset, _, _) = frames[frames.len() - 2];
    let found = verified(&with(&disk, path, segment[..offset].to_vec()));
    let first = frames.len() as u64 - 1;
    assert_eq!(problems(&found, &all[1].0), [(0, first, Some(first + 1))]);
}

#[test]
fn an_unfinished_end_is_said_to_be_that_and_no_problem() {
    let (disk, commits) = interrupted(3, 3);
    let found = verified(&disk);
    assert_eq!((found.commits, found.end), (commits, LogEnd::Open));
    let (path, segment) = last_segment(&disk);
    let frames = frames(&segment);
    let (last, length, _) = frames[frames.len() - 1];
    let mut torn = segment.clone();
    torn[last + length / 2..].fill(0);
    let found = verified(&with(&disk, &path, torn));
    assert!(found.is_sound(), "{found:?}");
    assert_eq!(found.commits, commits - 1);
    let LogEnd::Unfinished(cut) = found.end else { panic!("{:?}", found.end) };
    assert_eq!((cut.segment, cut.offset, cut.after), (path, last as u64, Position(commits - 1)));
}

#[test]
fn a_segment_that_was_never_finished_is_an_unfinished_end() {
    let disk = closed();
    let (last, mut segment) = last_segment(&disk);
    let mark = frames(&segment).pop().unwrap();
    segment.truncate(mark.0);
    disk.put(&last, segment);
    disk.put(&Path::new(FOLDER).join("00000000000000000025.log"), vec![0; 4096]);
    let found = verified(&disk);
    assert!(found.is_sound(), "{found:?}");
    assert_eq!((found.commits, found.segments), (24, segments(&disk).len() - 1));
    assert!(matches!(found.end, LogEnd::Unfinished(_)), "{:?}", found.end);
}

#[test]
fn a_saved_index_that_says_something_else_than_the_log_is_found() {
    let disk = closed();
    let index: Vec<_> = disk.files().into_iter().filter(|(path, _)| is_of_index(path)).collect();
    let mut differ = 0;
    for (path, bytes) in index {
        for place in 0..bytes.len() - 4 {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            let end = changed.len() - 4;
            let checksum = crc32c::crc32c(&changed[..end]).to_le_bytes();
            changed[end..].copy_from_slice(&checksum);
            let found = verified(&with(&disk, &path, changed));
            match &found.index {
                SavedIndex::Differs { .. } => {
                    assert!(!found.is_sound());
                    differ += 1;
                }
                SavedIndex::Missing | SavedIndex::Agrees { .. } => {
                    // Either it is of no use, and that is said, or the byte only says how much room is needed.
                    assert!(!found.ignored.is_empty() || found.index != SavedIndex::Missing, "byte {place}");
                }
                SavedIndex::NotCompared => panic!("byte {place}: {found:?}"),
            }
            assert!(found.problems.is_empty());
        }
        let mut damaged = bytes;
        damaged[50] ^= 1;
        let found = verified(&with(&disk, &path, damaged));
        assert_eq!(found.ignored.len(), 1);
    }
    assert!(differ > 50, "{differ}");
}

#[test]
fn a_folder_without_a_store_is_no_sound_store() {
    let folder = TempDir::new().unwrap();
    assert!(matches!(verify(folder.path()), Err(OpenError::NoStore { .. })));
    assert!(matches!(verify(folder.path().join("missing")), Err(OpenError::NoStore { .. })));
}

#[test]
fn beside_a_busy_writer_everything_is_sound() {
    let folder = TempDir::new().unwrap();
    let small = options().segment_bytes(16 * 1024);
    let store = FileStore::open(folder.path(), small.clone()).unwrap();
    append(&store, 0, 1);
    let path = folder.path().to_owned();
    let rounds = Arc::new(AtomicUsize::new(0));
    let verified = Arc::clone(&rounds);
    let writer = thread::spawn(move || {
        let (mut store, mut next) = (store, 1);
        for round in 0..80 {
            // So that it is looked at often enough, however slow that is.
            while round / 8 > verified.load(Ordering::Acquire) {
                thread::yield_now();
            }
            let outcomes = block_on(join_all((next..next + 9).map(|n| store.commit(commit(n)))));
            next += 9;
            assert!(outcomes.into_iter().all(|outcome| outcome.is_ok()));
            if round % 20 == 19 {
                drop(store);
                store = FileStore::open(&path, small.clone()).unwrap();
            }
        }
        next
    });
    let mut seen = 0;
    while !writer.is_finished() {
        let found = verify(folder.path()).unwrap();
        assert!(found.is_sound(), "{found:#?}");
        assert!(found.commits >= seen);
        seen = found.commits;
        rounds.fetch_add(1, Ordering::AcqRel);
    }
    assert!(rounds.load(Ordering::Acquire) > 8);
    let written = writer.join().unwrap();
    assert_eq!(verify(folder.path()).unwrap().commits, written);
}
