//! A long stream is read page by page, and no page costs a walk from its end.
#![expect(clippy::unwrap_used, reason = "a test ends where something goes wrong")]
#![allow(dead_code, reason = "each test needs its part of the world")]

use std::path::Path;
use std::sync::Arc;

use cutover::store::{Commit, EventStore as _, RecordedEvent, Sequence};
use cutover_store_file::simulated::SimulatedDisk;
use cutover_store_file::{FileStore, FileStoreOptions};
use futures::executor::block_on;
use futures::future::join_all;

mod world;

use world::{FOLDER, commit, stream};

const FRAMES: u64 = 3_000;

/// A store in which the stream `long` has an event in each of many commits, and two in every tenth; others stand between.
fn long(disk: &SimulatedDisk) -> (FileStore, u64) {
    let options = FileStoreOptions::default().segment_bytes(64 * 1024);
    let store = FileStore::open_on(Arc::new(disk.clone()), Path::new(FOLDER), options).unwrap();
    let (long, mut sequence) = (stream("long"), 0);
    let mut commits = Vec::new();
    for n in 0..FRAMES {
        let event = || commit(n).events()[0].1.clone();
        let mut draft =
            Commit::builder(commit(n).header().clone()).append(&long, Sequence(sequence), event());
        sequence += 1;
        if n % 10 == 0 {
            draft = draft.append(&stream(&format!("other/{n}")), Sequence::NONE, event()).append(
                &long,
                Sequence(sequence - 1),
                event(),
            );
            sequence += 1;
        }
        commits.push(store.commit(draft.build().unwrap()));
    }
    assert!(block_on(join_all(commits)).iter().all(Result::is_ok));
    (store, sequence)
}

fn page(store: &FileStore, after: u64, limit: usize) -> Vec<RecordedEvent> {
    block_on(store.read_stream(&stream("long"), Sequence(after), limit)).unwrap()
}

#[test]
fn every_page_of_a_long_stream_is_a_part_of_the_whole() {
    let disk = SimulatedDisk::new();
    let (store, sequence) = long(&disk);
    let whole = page(&store, 0, usize::MAX);
    assert!(whole.iter().map(|event| event.sequence.0).eq(1..=sequence));
    drop(store);
    // Opened again it reads from the saved index, then with none of it.
    for index in ["with", "without"] {
        let disk = if index == "with" { disk.clone() } else { world::without_index(&disk) };
        let store = world::open(&disk).unwrap();
        assert_eq!(store.report().scanned.commits > 0, index == "without");
        let afters = (0..sequence + 3).step_by(97).chain([255, 256, 257, 281, 282, sequence - 1, sequence]);
        for after in afters {
            for limit in [0, 1, 2, 255, 256, 257, usize::MAX] {
                let start = usize::try_from(after.min(sequence)).unwrap();
                let end = start.saturating_add(limit).min(whole.len());
                assert_eq!(page(&store, after, limit), whole[start..end], "{limit} after {after}, {index}");
            }
        }
    }
}

#[test]
fn no_page_costs_more_than_256_frames_besides_its_own() {
    let disk = SimulatedDisk::new();
    let (store, sequence) = long(&disk);
    let bytes: usize = world::segments(&disk).iter().map(|(_, segment)| segment.len()).sum();
    let frame = bytes as u64 / FRAMES;
    for after in (0..sequence).step_by(131) {
        let before = disk.reads();
        assert!(!page(&store, after, 10).is_empty());
        // 256 frames, and what a window reads too much at both ends.
        let read = (disk.reads() - before) * 1_000;
        assert!(read < 300 * frame + 3 * 64 * 1024, "{read} bytes after {after}; a frame has {frame}");
        assert!(read < bytes as u64 / 3);
    }
}

#[test]
fn the_whole_of_a_long_stream_is_read_once() {
    let disk = SimulatedDisk::new();
    let (store, sequence) = long(&disk);
    let bytes: usize = world::segments(&disk).iter().map(|(_, segment)| segment.len()).sum();
    let before = disk.reads();
    assert_eq!(page(&store, 0, usize::MAX).len() as u64, sequence);
    let read = (disk.reads() - before) * 1_000;
    assert!(read < bytes as u64 * 2, "{read} bytes of {bytes}");
}
