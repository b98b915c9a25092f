//! A store that is tamper-evident: history that was rewritten is found, where the checksums are right.
#![expect(clippy::unwrap_used, reason = "a test ends where something goes wrong")]
#![allow(dead_code, reason = "each test needs its part of the world")]

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use cutover::Digest;
use cutover::store::{EventStore as _, Position};
use cutover_store_file::simulated::SimulatedDisk;
use cutover_store_file::{FileStore, HeadDigest, KnownDigest, KnownOutcome, LogEnd, Verified, verify_on};
use futures::executor::block_on;

mod world;

use world::{
    FOLDER, append, append_together, commit, count, frames, last_segment, options, rewritten, segments, with,
    without_index,
};

#[derive(Debug, Clone, Copy)]
enum Chain {
    On,
    Off,
}

fn open(disk: &SimulatedDisk, chain: Chain) -> FileStore {
    let options = options().tamper_evident(matches!(chain, Chain::On));
    FileStore::open_on(Arc::new(disk.clone()), Path::new(FOLDER), options).unwrap()
}

/// A closed store of several segments and 24 commits, each of them in the chain.
fn chained() -> SimulatedDisk {
    let disk = SimulatedDisk::new();
    let store = open(&disk, Chain::On);
    append(&store, 0, 10);
    append_together(&disk, &store, 10, 14);
    append(&store, 14, 24);
    drop(store);
    assert!(segments(&disk).len() >= 3);
    disk
}

fn verified(disk: &SimulatedDisk) -> Verified {
    verify_on(disk, Path::new(FOLDER), None).unwrap()
}

fn against(disk: &SimulatedDisk, HeadDigest { position, digest, .. }: HeadDigest) -> Verified {
    verify_on(disk, Path::new(FOLDER), Some(KnownDigest { position, digest })).unwrap()
}

/// Somebody's change to a commit, which leaves its length as it was.
fn forged(json: &str) -> String {
    let forged = json.replacen("first of", "FIRST OF", 1);
    assert_ne!(forged, json);
    forged
}

#[test]
fn every_commit_names_the_frame_before_over_batches_segments_and_openings() {
    let disk = chained();
    let found = verified(&disk);
    assert!(found.is_sound(), "{found:#?}");
    assert_eq!((found.commits, found.chained), (24, 24));
    assert_eq!(found.head.unwrap().covers_from, Position(1));
    // The digest is that of the last line as it stands, and the first commit names the header.
    let (_, segment) = last_segment(&disk);
    let (offset, length, _) = frames(&segment)[frames(&segment).len() - 2];
    assert_eq!(found.head.unwrap().digest, Digest::of(&segment[offset..offset + length]));
    let first = &segments(&disk)[0].1;
    let named = format!(r#""before":"{}""#, Digest::of(&first[..77]));
    let (offset, length, _) = frames(first)[0];
    assert!(String::from_utf8_lossy(&first[offset..offset + length]).contains(&named));

    let store = open(&disk, Chain::On);
    append(&store, 24, 27);
    disk.halt_at(disk.calls());
    drop(store);
    disk.restart();
    let store = open(&disk, Chain::On);
    assert_eq!(count(&store), 27);
    append(&store, 27, 40);
    drop(store);
    let found = verified(&disk);
    assert!(found.is_sound(), "{found:#?}");
    assert_eq!((found.chained, found.head.unwrap().covers_from), (40, Position(1)));
}

#[test]
fn a_store_is_not_tamper_evident_unless_it_is_asked_to() {
    let disk = SimulatedDisk::new();
    append(&open(&disk, Chain::Off), 0, 24);
    let found = verified(&disk);
    assert_eq!((found.chained, found.head.unwrap().covers_from), (0, Position(24)));
    assert!(!segments(&disk).iter().any(|(_, bytes)| String::from_utf8_lossy(bytes).contains("\"before\"")));
}

#[test]
fn a_rewritten_commit_with_a_right_checksum_is_found_by_the_chain_alone() {
    let unchained = SimulatedDisk::new();
    append(&open(&unchained, Chain::Off), 0, 24);
    for (disk, chain) in [(unchained, Chain::Off), (chained(), Chain::On)] {
        for (number, (path, segment)) in segments(&disk).into_iter().enumerate() {
            let frames = frames(&segment);
            let commits = frames.iter().filter(|(offset, ..)| segment[offset + 18..].starts_with(b"{\"pos"));
            for frame in 0..commits.count() {
                let changed = with(&without_index(&disk), &path, rewritten(&segment, frame, forged));
                let found = verified(&changed);
                let is_head = number + 1 == segments(&disk).len() && frame + 1 == frames.len() - 1;
                match chain {
                    // The history reads as if it had always been that.
                    Chain::Off => assert!(found.is_sound(), "{found:#?}"),
                    // Nothing in the log follows the newest.
                    Chain::On if is_head => assert!(found.is_sound(), "{found:#?}"),
                    Chain::On => {
                        let [problem] = &found.problems[..] else { panic!("{found:#?}") };
                        assert!(problem.expected.starts_with("the frame before it with the SHA-256 "));
                        let last = frames.get(frame + 1).is_none();
                        assert_eq!(problem.segment == path, !last, "frame {frame} of segment {number}");
                        assert_eq!(found.head.unwrap().covers_from, Position(problem.first));
                        assert_eq!(found.commits, 24);
                    }
                }
                block_on(open(&changed, chain).read_all(Position::START, 1_000)).unwrap();
            }
        }
    }
}

/// Whoever takes the digest away that would tell on them has changed another commit.
#[test]
fn a_link_that_was_taken_away_is_missed_by_the_commit_behind_it() {
    let disk = chained();
    let (path, segment) = segments(&disk).swap_remove(0);
    let bytes = rewritten(&segment, 1, forged);
    let bytes = rewritten(&bytes, 2, |json| json.replacen(r#""before":"#, r#""behind":"#, 1));
    let found = verified(&with(&without_index(&disk), &path, bytes));
    let [problem] = &found.problems[..] else { panic!("{found:#?}") };
    assert_eq!((problem.first, found.chained), (4, 22));
}

/// All of the log from a commit on, written anew as somebody would who knows how.
fn forged_from(disk: &SimulatedDisk, segment: usize, frame: usize) -> SimulatedDisk {
    let mut forged_disk = without_index(disk);
    let mut digest: Option<Digest> = None;
    for (path, mut bytes) in segments(disk).into_iter().skip(segment) {
        for (number, (offset, length, _)) in frames(&bytes).into_iter().enumerate() {
            if !bytes[offset + 18..].starts_with(b"{\"pos") || (digest.is_none() && number < frame) {
                continue;
            }
            bytes = rewritten(&bytes, number, |json| match digest {
                None => forged(json),
                Some(digest) => {
                    let (before, rest) = json.split_once(r#""before":""#).unwrap();
                    format!(r#"{before}"before":"{digest}{}"#, &rest[64..])
                }
            });
            digest = Some(Digest::of(&bytes[offset..offset + length]));
        }
        forged_disk = with(&forged_disk, &path, bytes);
    }
    forged_disk
}

#[test]
fn a_history_that_was_written_anew_is_found_by_a_digest_that_was_kept() {
    let disk = chained();
    let kept = verified(&disk).head.unwrap();
    let store = open(&disk, Chain::On);
    append(&store, 24, 40);
    drop(store);
    let found = against(&disk, kept);
    assert!(found.is_sound(), "{found:#?}");
    assert_eq!(found.known, Some(KnownOutcome::Same { covers_from: Position(1) }));
    assert_eq!(found.head.unwrap().position, Position(40));
    let newest = found.head.unwrap();

    for (segment, frame) in [(0, 0), (1, 2)] {
        let forged = forged_from(&disk, segment, frame);
        let found = verified(&forged);
        assert!(found.is_sound(), "by itself it is whole: {found:#?}");
        assert_eq!(found.chained, 40);
        let found = against(&forged, kept);
        assert!(matches!(found.known, Some(KnownOutcome::Other { .. })), "{found:#?}");
        assert!(!found.is_sound());
    }
    // What came after the digest that was kept is not for it to say; it is for the next one.
    let late = segments(&disk).len() - 1;
    let forged = forged_from(&disk, late, 0);
    assert!(against(&forged, kept).is_sound());
    assert!(matches!(against(&forged, newest).known, Some(KnownOutcome::Other { .. })));
}

#[test]
fn an_end_that_was_taken_away_is_found_by_a_digest_that_was_kept() {
    let disk = chained();
    let kept = verified(&disk).head.unwrap();
    let (path, segment) = last_segment(&disk);
    let frames = frames(&segment);
    let (last, _, _) = frames[frames.len() - 2];
    let cut = with(&without_index(&disk), &path, segment[..last].to_vec());
    let found = verified(&cut);
    assert!(found.is_sound(), "by itself it is whole: {found:#?}");
    assert_eq!((found.commits, &found.end), (23, &LogEnd::Open));
    let found = against(&cut, kept);
    assert_eq!(found.known, Some(KnownOutcome::Missing));
    assert!(!found.is_sound());
}

#[test]
fn the_chain_begins_where_it_is_turned_on_and_ends_where_it_is_turned_off() {
    let disk = SimulatedDisk::new();
    let covers_from = |disk: &SimulatedDisk| {
        let found = verified(disk);
        assert!(found.is_sound(), "{found:#?}");
        (found.chained, found.head.unwrap().covers_from)
    };
    append(&open(&disk, Chain::Off), 0, 12);
    assert_eq!(covers_from(&disk), (0, Position(12)));
    append(&open(&disk, Chain::On), 12, 24);
    assert_eq!(covers_from(&disk), (12, Position(12)), "the last one without is bound by the first with");
    let kept = verified(&disk).head.unwrap();
    append(&open(&disk, Chain::Off), 24, 30);
    assert_eq!(covers_from(&disk), (12, Position(30)));
    append(&open(&disk, Chain::On), 30, 36);
    assert_eq!(covers_from(&disk), (18, Position(30)));
    assert_eq!(against(&disk, kept).known, Some(KnownOutcome::Same { covers_from: Position(12) }));

    let (path, segment) = segments(&disk).swap_remove(0);
    let first = with(&without_index(&disk), &path, rewritten(&segment, 0, forged));
    assert!(against(&first, kept).is_sound(), "what was before the chain is not covered");
}

#[test]
fn a_full_disk_leaves_no_gap_in_the_chain() {
    let disk = SimulatedDisk::new();
    let store = open(&disk, Chain::On);
    append(&store, 0, 3);
    disk.fail_at(disk.calls(), ErrorKind::StorageFull, 100);
    block_on(store.commit(commit(3))).unwrap_err();
    append(&store, 3, 10);
    drop(store);
    let found = verified(&disk);
    assert!(found.is_sound(), "{found:#?}");
    assert_eq!(found.chained, 10);
}
