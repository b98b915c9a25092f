//! A write that a crash cut short: whatever part of the last batch reached the disk, what was acknowledged before is there.
#![expect(clippy::unwrap_used, reason = "a test ends where something goes wrong")]
#![allow(dead_code, reason = "each test needs its part of the world")]

use cutover_store_file::Left;

mod world;

use world::{Dice, append, count, frames, interrupted, last_segment, open, rounds, with};

/// The segment as it was before the batch at `start`, and the bytes of that batch.
fn before_the_batch(segment: &[u8], start: usize, end: usize) -> (Vec<u8>, Vec<u8>) {
    let mut before = segment.to_vec();
    before[start..].fill(0);
    (before, segment[start..end].to_vec())
}

#[test]
fn a_write_torn_at_any_byte_leaves_whole_commits_and_loses_none_before_it() {
    let (disk, commits) = interrupted(3, rounds(6, 9));
    let (path, segment) = last_segment(&disk);
    let frames = frames(&segment);
    let (last, length, start) = frames[frames.len() - 1];
    let end = last + length;
    let in_the_batch = frames.iter().filter(|(_, _, batch)| *batch == start).count() as u64;
    let acknowledged = commits - in_the_batch;
    for torn in start..=end {
        let mut bytes = segment[..torn].to_vec();
        bytes.resize(segment.len(), 0);
        let disk = with(&disk, &path, bytes);
        let store = open(&disk).unwrap();
        let whole =
            frames.iter().filter(|(offset, length, batch)| *batch == start && offset + length <= torn);
        let found = count(&store);
        assert_eq!(found, acknowledged + whole.count() as u64, "torn at {torn}");
        assert_eq!(store.report().left, Left::Interrupted);
        let is_between = frames.iter().any(|(offset, _, _)| *offset == torn) || torn == end;
        assert_eq!(store.report().cut.is_none(), is_between, "torn at {torn}");
        // Opened again without having been closed, nothing is left to be done.
        disk.halt_at(disk.calls());
        drop(store);
        disk.restart();
        let before = disk.files();
        let store = open(&disk).unwrap();
        assert_eq!(disk.files(), before, "recovering twice changes nothing");
        assert!(store.report().cut.is_none());
        append(&store, found, found + 2);
        drop(store);
        let store = open(&disk).unwrap();
        assert_eq!((store.report().left, count(&store)), (Left::Closed, found + 2));
    }
}

#[test]
fn any_subset_of_the_sectors_of_an_unsynced_batch_leaves_what_was_acknowledged() {
    let (disk, commits) = interrupted(3, 8);
    let (path, segment) = last_segment(&disk);
    let frames = frames(&segment);
    let (last, length, start) = frames[frames.len() - 1];
    let end = last + length;
    let in_the_batch = frames.iter().filter(|(_, _, batch)| *batch == start).count() as u64;
    let acknowledged = commits - in_the_batch;
    let (before, _) = before_the_batch(&segment, start, end);
    for seed in 0..rounds(600, 10_000) {
        let mut dice = Dice::new(seed);
        let mut bytes = before.clone();
        for sector in (start / 512..=(end - 1) / 512).filter(|_| dice.is_heads()) {
            let until = ((sector + 1) * 512).min(segment.len());
            bytes[sector * 512..until].copy_from_slice(&segment[sector * 512..until]);
        }
        let disk = with(&disk, &path, bytes);
        let store = open(&disk).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let found = count(&store);
        assert!((acknowledged..=commits).contains(&found), "seed {seed}: {found} commits");
        append(&store, found, commits + 3);
        disk.halt_at(disk.calls());
        drop(store);
        disk.lose_power(|| dice.is_heads());
        let store = open(&disk).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert_eq!(count(&store), commits + 3, "seed {seed}");
    }
}

/// A valid frame can lie behind the damage: its sectors were written, those before it were not. Once the log was cut before
/// it, it must not come back when the space up to it is filled with frames of the same length.
#[test]
fn a_stale_frame_behind_a_cut_never_comes_back() {
    let (disk, commits) = interrupted(2, 8);
    let (path, segment) = last_segment(&disk);
    let frames = frames(&segment);
    let (_, _, start) = frames[frames.len() - 1];
    let first = frames.iter().position(|(offset, _, _)| *offset == start).unwrap();
    // The first frame of the batch did not reach the disk; those behind it did.
    let (offset, length, _) = frames[first];
    let mut bytes = segment.clone();
    bytes[offset..offset + length].fill(0);
    let disk = with(&disk, &path, bytes);
    let store = open(&disk).unwrap();
    let found = count(&store);
    assert_eq!(found, first as u64);
    assert!(found + 2 < commits);
    let cut = store.report().cut.clone().unwrap();
    assert_eq!(
        (cut.offset, cut.bytes),
        (
            start as u64,
            frames.iter().map(|(offset, length, _)| offset + length).max().unwrap() as u64 - start as u64
        )
    );
    // The same commit again takes the same bytes, so that the next stale frame would follow at once.
    append(&store, found, found + 1);
    disk.halt_at(disk.calls());
    drop(store);
    disk.lose_power(|| true);
    let store = open(&disk).unwrap();
    assert_eq!(count(&store), found + 1);
    assert!(store.report().cut.is_none());
}
