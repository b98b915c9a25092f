//! A bit that flipped is harmless, cut off as an unfinished end, or reported. It is never a wrong answer.
#![expect(clippy::unwrap_used, reason = "a test ends where something goes wrong")]
#![allow(dead_code, reason = "each test needs its part of the world")]

use cutover::store::{EventStore as _, Position, StoreError};
use cutover_store_file::OpenError;
use cutover_store_file::simulated::SimulatedDisk;
use futures::executor::block_on;

mod world;

use world::{append, count, frames, interrupted, last_segment, open, rounds, with, without_index};

fn is_reported(error: &OpenError) -> bool {
    matches!(error, OpenError::Damaged(_) | OpenError::LaterFormat { .. })
}

#[test]
fn a_bit_that_flips_in_a_closed_log_is_reported_unless_it_is_in_the_closing_mark() {
    let disk = SimulatedDisk::new();
    let store = open(&disk).unwrap();
    let commits = rounds(2, 7);
    append(&store, 0, commits);
    drop(store);
    let disk = without_index(&disk);
    let (path, segment) = last_segment(&disk);
    let (mark, _, _) = *frames(&segment).last().unwrap();
    for bit in 0..segment.len() * 8 {
        let mut bytes = segment.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let flipped = with(&disk, &path, bytes.clone());
        match open(&flipped) {
            Ok(store) => {
                assert!(bit / 8 >= mark, "bit {bit} flipped before the mark");
                assert_eq!(count(&store), commits, "bit {bit}");
                assert!(store.report().cut.is_some(), "bit {bit}");
            }
            Err(error) => {
                assert!(is_reported(&error), "bit {bit}: {error}");
                assert!(bit / 8 < mark, "bit {bit}: {error}");
                assert_eq!(last_segment(&flipped).1, bytes, "a log that is refused is left as it was");
            }
        }
    }
}

/// The saved index covers all of a closed log, so that most flips are only met by who reads there.
#[test]
fn a_bit_that_flips_in_a_log_with_a_saved_index_is_reported_to_whoever_reads_it() {
    let disk = SimulatedDisk::new();
    let store = open(&disk).unwrap();
    append(&store, 0, rounds(4, 7));
    drop(store);
    let (path, segment) = last_segment(&disk);
    let frames = frames(&segment);
    let ((last, _, _), (mark, _, _)) = (frames[frames.len() - 2], frames[frames.len() - 1]);
    for bit in 0..mark * 8 {
        let mut bytes = segment.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        match open(&with(&disk, &path, bytes)) {
            Ok(store) => {
                assert!((77..last).contains(&(bit / 8)), "bit {bit}");
                let read = block_on(store.read_all(Position::START, usize::MAX));
                assert!(matches!(read, Err(StoreError::Damaged { .. })), "bit {bit}");
            }
            Err(error) => {
                assert!(is_reported(&error), "bit {bit}: {error}");
                assert!(!(77..last).contains(&(bit / 8)), "bit {bit}: {error}");
            }
        }
    }
}

#[test]
fn a_bit_that_flips_after_a_crash_costs_the_last_batch_at_most() {
    let (disk, commits) = interrupted(1, rounds(2, 8));
    let (path, mut segment) = last_segment(&disk);
    let frames = frames(&segment);
    let (last, length, start) = frames[frames.len() - 1];
    let before = frames.iter().filter(|(offset, _, _)| *offset < start).count() as u64;
    segment.truncate(last + length + 64);
    for bit in 0..segment.len() * 8 {
        let mut bytes = segment.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let flipped = with(&disk, &path, bytes.clone());
        match open(&flipped) {
            Ok(store) => {
                assert!(bit / 8 >= start, "bit {bit} flipped in a batch that was synced");
                let found = count(&store);
                assert!((before..=commits).contains(&found), "bit {bit}");
                assert!(store.report().cut.is_some(), "bit {bit}");
            }
            Err(error) => {
                assert!(is_reported(&error), "bit {bit}: {error}");
                assert!(bit / 8 < start, "bit {bit}: {error}");
                assert_eq!(last_segment(&flipped).1, bytes, "a log that is refused is left as it was");
            }
        }
    }
}
