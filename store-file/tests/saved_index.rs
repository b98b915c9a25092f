//! The saved index saves time and changes no answer: whatever has become of it, what is in the store is the same.
#![expect(clippy::unwrap_used, reason = "a test ends where something goes wrong")]
#![allow(dead_code, reason = "each test needs its part of the world")]

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use cutover::CommitId;
use cutover::store::{Commit, CommitHeader, EventStore as _, Expectation, Position};
use cutover_store_file::simulated::SimulatedDisk;
use cutover_store_file::{FileStore, Left};
use futures::executor::block_on;

mod world;

use world::{Dice, FOLDER, append, commit, count, is_of_index, open, rounds, segments, with, without_index};

/// Enough for some segments.
const COMMITS: u64 = 40;

/// A store that was closed, with the commits up to `commits`.
fn closed(commits: u64) -> SimulatedDisk {
    let disk = SimulatedDisk::new();
    append(&open(&disk).unwrap(), 0, commits);
    disk
}

fn files_of_index(disk: &SimulatedDisk) -> Vec<(PathBuf, Vec<u8>)> {
    disk.files().into_iter().filter(|(path, _)| is_of_index(path)).collect()
}

/// Ends the process without closing the store.
fn kill(disk: &SimulatedDisk, store: FileStore) {
    disk.halt_at(disk.calls());
    drop(store);
    disk.restart();
}

#[test]
fn after_a_clean_close_nothing_of_the_log_is_read() {
    let disk = closed(COMMITS);
    for _ in 0..3 {
        let store = open(&disk).unwrap();
        let report = store.report();
        assert_eq!((report.left, report.head, report.streams), (Left::Closed, Position(COMMITS), 4));
        assert_eq!((report.indexed, report.scanned.commits), (Position(COMMITS), 0));
        assert_eq!(report.ignored, []);
        assert_eq!(count(&store), COMMITS);
    }
}

#[test]
fn after_a_crash_the_last_segment_is_read_and_no_other() {
    for commits in 1..COMMITS {
        let disk = SimulatedDisk::new();
        let store = open(&disk).unwrap();
        append(&store, 0, commits);
        kill(&disk, store);
        let in_the_last = world::frames(&segments(&disk).pop().unwrap().1).len() as u64;
        let store = open(&disk).unwrap();
        let report = store.report();
        assert_eq!((report.left, report.head), (Left::Interrupted, Position(commits)));
        assert!(report.scanned.segments <= 1 && report.scanned.commits <= in_the_last, "{report:?}");
        assert_eq!(report.indexed.0 + report.scanned.commits, commits);
        assert_eq!(count(&store), commits);
    }
}

#[test]
fn without_it_only_more_is_read() {
    let disk = without_index(&closed(COMMITS));
    let store = open(&disk).unwrap();
    let report = store.report();
    assert_eq!(
        (report.left, report.indexed, report.scanned.commits),
        (Left::Closed, Position::START, COMMITS)
    );
    assert_eq!(report.scanned.segments, report.segments);
    assert_eq!(report.ignored, []);
    assert_eq!(count(&store), COMMITS);
    append(&store, COMMITS, COMMITS + 3);
    drop(store);
    let store = open(&disk).unwrap();
    assert_eq!((store.report().scanned.commits, count(&store)), (0, COMMITS + 3), "it was saved anew");
}

/// A store that is opened and closed often keeps few files, and each change is written again only a few times.
#[test]
fn its_files_stay_few() {
    let disk = SimulatedDisk::new();
    for n in 0..100 {
        let store = open(&disk).unwrap();
        assert_eq!(store.report().scanned.commits, 0);
        append(&store, n, n + 1);
        drop(store);
        assert!(files_of_index(&disk).len() <= 2, "{} files", files_of_index(&disk).len());
    }
    assert_eq!(count(&open(&disk).unwrap()), 100);
}

/// Opens the store, and finds everything there although these files of the index are of no use. They are gone then.
fn assert_ignored(disk: &SimulatedDisk, ignored: &[&Path], what: &str) {
    for is_first in [true, false] {
        let store = open(disk).unwrap_or_else(|error| panic!("{what}: {error}"));
        let found: Vec<&Path> = store.report().ignored.iter().map(|it| it.path.as_path()).collect();
        assert_eq!(found, if is_first { ignored } else { &[] }, "{what}");
        let commits = count(&store);
        append(&store, commits, commits + 1);
    }
    assert_eq!(open(disk).unwrap().report().scanned.commits, 0, "{what}");
}

#[test]
fn a_file_with_a_flipped_bit_is_ignored_and_reported() {
    let disk = closed(COMMITS);
    for (path, file) in files_of_index(&disk) {
        for byte in (0..file.len()).step_by(if rounds(0, 1) == 0 { 7 } else { 1 }) {
            let mut bytes = file.clone();
            bytes[byte] ^= 1 << (byte % 8);
            assert_ignored(
                &with(&disk, &path, bytes),
                &[&path],
                &format!("byte {byte} of {}", path.display()),
            );
        }
    }
}

#[test]
fn a_file_that_was_cut_short_or_went_on_is_ignored_and_reported() {
    let disk = closed(COMMITS);
    for (path, file) in files_of_index(&disk) {
        let lengths = (0..file.len()).step_by(7).chain([file.len() - 1, file.len() + 1, file.len() + 5_000]);
        for length in lengths {
            let mut bytes = file.clone();
            bytes.resize(length, 0);
            assert_ignored(
                &with(&disk, &path, bytes),
                &[&path],
                &format!("{length} bytes of {}", path.display()),
            );
        }
    }
}

#[test]
fn a_file_with_the_name_of_another_is_ignored_and_reported() {
    let disk = closed(COMMITS);
    let (path, file) = files_of_index(&disk).pop().unwrap();
    let name = format!("{FOLDER}/index/{:020}-{:020}.index", 0, COMMITS + 7);
    let renamed = with(&without_index(&disk), Path::new(&name), file);
    assert_ignored(&renamed, &[Path::new(&name)], &path.display().to_string());
}

/// Story: a log was restored from an older copy, and the newer index stayed.
#[test]
fn an_index_that_knows_more_than_the_log_is_ignored_and_reported() {
    for older in [3, 20] {
        let (disk, copy) = (closed(older), closed(older));
        append(&open(&disk).unwrap(), older, COMMITS);
        let store = segments(&disk)[0].1[..77].to_vec();
        let mixed = SimulatedDisk::new();
        // The copy is of the same store: the id in its headers tells stores apart, and the segments here are small.
        for (path, bytes) in files_of_index(&disk) {
            mixed.put(&path, bytes);
        }
        for (path, bytes) in segments(&copy) {
            mixed.put(&path, of_store(&store, bytes));
        }
        let newest = files_of_index(&disk).pop().unwrap().0;
        let opened = open(&mixed).unwrap();
        assert!(opened.report().ignored.iter().any(|ignored| ignored.path == newest));
        assert_eq!(count(&opened), older);
        // It goes on another way, as far as the index had known and further.
        append(&opened, older, COMMITS + 1);
        drop(opened);
        let opened = open(&mixed).unwrap();
        assert_eq!((opened.report().scanned.commits, count(&opened)), (0, COMMITS + 1));
    }
}

/// A segment as if it were that of the store with this header.
fn of_store(header: &[u8], mut segment: Vec<u8>) -> Vec<u8> {
    let mut line = segment[..68].to_vec();
    line[..46].copy_from_slice(&header[..46]);
    let checksum = format!("{:08x}\n", crc32c::crc32c(&line));
    segment[..68].copy_from_slice(&line);
    segment[68..77].copy_from_slice(checksum.as_bytes());
    segment
}

fn copy(disk: &SimulatedDisk) -> SimulatedDisk {
    with(disk, Path::new("/elsewhere"), Vec::new())
}

/// Story: as before, and the log had gone on another way by as many bytes.
#[test]
fn an_index_of_a_log_that_went_another_way_is_ignored_and_reported() {
    let disk = closed(19);
    let other = copy(&disk);
    append(&open(&disk).unwrap(), 19, 20);
    let header = CommitHeader { id: CommitId::new("another19").unwrap(), ..commit(19).header().clone() };
    let mut another = Commit::builder(header);
    let (first, all) = (commit(19).streams().to_vec(), commit(19));
    for (place, event) in all.events() {
        let Expectation { stream, at } = &first[*place];
        another = another.append(stream, *at, event.clone());
    }
    let store = open(&other).unwrap();
    block_on(store.commit(another.build().unwrap())).unwrap();
    drop(store);
    assert_eq!(segments(&disk).pop().unwrap().1.len(), segments(&other).pop().unwrap().1.len());
    let mut mixed = without_index(&other);
    for (path, bytes) in files_of_index(&disk) {
        mixed = with(&mixed, &path, bytes);
    }
    let store = open(&mixed).unwrap();
    let ignored = &store.report().ignored;
    assert!(
        ignored.iter().any(|it| it.reason.contains("does not hold the commit at position 20")),
        "{ignored:?}"
    );
    assert_eq!(block_on(store.head()).unwrap(), Position(20));
}

#[test]
fn a_file_that_goes_on_from_another_commit_is_ignored_and_reported() {
    let disk = closed(20);
    let (first, before) = files_of_index(&disk).pop().unwrap();
    append(&open(&disk).unwrap(), 20, 30);
    let (_, mut file) = files_of_index(&disk).pop().unwrap();
    // Its beginning is moved from position 0 to 20, and it names a checksum that no frame there has.
    file[32..40].copy_from_slice(&20_u64.to_le_bytes());
    file[48..52].copy_from_slice(&1_u32.to_le_bytes());
    let end = file.len() - 4;
    let checksum = crc32c::crc32c(&file[..end]).to_le_bytes();
    file[end..].copy_from_slice(&checksum);
    let second = PathBuf::from(format!("{FOLDER}/index/{:020}-{:020}.index", 20, 30));
    let mixed = with(&with(&without_index(&disk), &first, before), &second, file);
    let store = open(&mixed).unwrap();
    let ignored = &store.report().ignored;
    assert_eq!((ignored.len(), &ignored[0].path), (1, &second));
    assert_eq!(ignored[0].reason, "it does not go on from the one before it");
    assert_eq!((store.report().indexed, count(&store)), (Position(20), 30));
}

#[test]
fn the_index_of_another_store_is_ignored_and_reported() {
    let (disk, other) = (closed(COMMITS), closed(COMMITS));
    let mut mixed = without_index(&disk);
    for (path, bytes) in files_of_index(&other) {
        mixed = with(&mixed, &path, bytes);
    }
    let store = open(&mixed).unwrap();
    assert_eq!(store.report().ignored.len(), files_of_index(&other).len());
    assert_eq!((store.report().indexed, count(&store)), (Position::START, COMMITS));
}

/// The disk fails to read something while the store is opened: it opens with another part of the index or none, or says that the disk failed.
#[test]
fn a_read_that_fails_while_opening_changes_no_answer() {
    let disk = closed(COMMITS);
    let before = disk.reads();
    drop(open(&disk).unwrap());
    let reads = disk.reads() - before;
    let (mut opened, mut refused) = (0, 0);
    for read in 0..reads {
        let disk = copy(&disk);
        disk.fail_read_at(disk.reads() + read, ErrorKind::Other);
        match open(&disk) {
            Ok(store) => {
                opened += 1;
                assert_eq!(count(&store), COMMITS);
            }
            Err(_) => refused += 1,
        }
    }
    assert!(opened > 0 && refused > 0, "{opened} opened, {refused} refused");
}

/// Saving it fails, at every one of its calls, and the power fails after: what is left is right, or of no use.
#[test]
fn whatever_fails_while_it_is_saved_no_answer_changes() {
    let undisturbed = closed(COMMITS);
    for call in 0..undisturbed.calls() {
        for seed in 0..rounds(2, 20) {
            let mut dice = Dice::new(call * 1_000 + seed);
            let disk = SimulatedDisk::new();
            disk.halt_at(call);
            if let Ok(store) = open(&disk) {
                let outcomes = (0..COMMITS).map(|n| world::try_append(&store, n));
                let _acknowledged = outcomes.take_while(|written| *written).count();
            }
            disk.lose_power(|| dice.is_heads());
            let store = open(&disk).unwrap_or_else(|error| panic!("call {call}, seed {seed}: {error}"));
            let found = count(&store);
            assert_eq!(found, count(&open(&without_index(&disk)).unwrap()), "call {call}, seed {seed}");
            append(&store, found, COMMITS + 9);
            drop(store);
            let store = open(&disk).unwrap();
            assert_eq!((store.report().scanned.commits, count(&store)), (0, COMMITS + 9));
        }
    }
}
