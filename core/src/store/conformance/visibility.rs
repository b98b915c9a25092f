//! What readers see while others write: whole commits, in order, and nothing that is taken back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::StoreUnderTest;
use super::drafts::{Draft, a_turn, accepted, commits, head, one, page, stands_at, together, whole_log};
use crate::store::{Position, RecordedCommit};

/// A reader who goes on from the last position it saw has seen every commit in the end, although writers overtake each
/// other. Guards against positions that are drawn before they are published: a commit that lands late, below what was read,
/// is skipped for ever.
pub async fn a_late_commit_is_never_skipped(harness: &dyn StoreUnderTest) {
    const WRITERS: u64 = 6;
    const COMMITS: u64 = 25;
    let store = harness.fresh().await;
    let written = Arc::new(AtomicU64::new(0));
    let mut tasks: Vec<BoxFuture<'static, ()>> = Vec::new();
    for writer in 0..WRITERS {
        let (store, written) = (Arc::clone(&store), Arc::clone(&written));
        let writing = async move {
            let name = format!("writer {writer}");
            for n in 0..COMMITS {
                accepted(&*store, one(&name, n, n)).await;
                written.fetch_add(1, Ordering::SeqCst);
                for _ in 0..writer {
                    a_turn().await;
                }
            }
        };
        tasks.push(writing.boxed());
    }
    for size in [1, 3, 100] {
        let (store, written) = (Arc::clone(&store), Arc::clone(&written));
        let reading = async move {
            let mut seen: Vec<RecordedCommit> = Vec::new();
            loop {
                let is_over = written.load(Ordering::SeqCst) == WRITERS * COMMITS;
                let after = seen.last().map_or(Position::START, |commit| commit.position);
                let page = commits(&*store, after, size).await;
                if page.is_empty() && is_over {
                    break;
                }
                seen.extend(page);
                a_turn().await;
            }
            assert_eq!(seen.len() as u64, WRITERS * COMMITS, "a commit was skipped");
            assert_eq!(seen, whole_log(&*store).await);
        };
        tasks.push(reading.boxed());
    }
    together(harness, tasks).await;
}

/// Whoever sees the one half of a commit sees the other: events of two streams that are always written together. Guards
/// against stores that publish stream after stream.
pub async fn nobody_sees_half_a_commit(harness: &dyn StoreUnderTest) {
    const COMMITS: u64 = 60;
    let store = harness.fresh().await;
    let mut tasks: Vec<BoxFuture<'static, ()>> = Vec::new();
    for (first, second) in [("a", "b"), ("b", "a")] {
        let store = Arc::clone(&store);
        let reading = async move {
            loop {
                let seen = stands_at(&*store, first).await;
                let other = stands_at(&*store, second).await;
                assert!(other >= seen, "{seen} events of {first}, and only {other} of {second}");
                for commit in whole_log(&*store).await {
                    assert_eq!(commit.events.len(), 2);
                }
                if seen == COMMITS {
                    break;
                }
                a_turn().await;
            }
        };
        tasks.push(reading.boxed());
    }
    tasks.push(
        async move {
            for n in 0..COMMITS {
                accepted(&*store, Draft::new(&format!("{n}")).on("a", n, n).on("b", n, n).done()).await;
                a_turn().await;
            }
        }
        .boxed(),
    );
    together(harness, tasks).await;
}

/// Nobody sees a part of a large commit, neither in the log nor on a stream, while it is written. Guards against commits that
/// are written in pieces.
pub async fn nobody_sees_a_part_of_a_large_commit(harness: &dyn StoreUnderTest) {
    const COMMITS: u64 = 6;
    const EVENTS: u64 = 400;
    let store = harness.fresh().await;
    let writer = Arc::clone(&store);
    let writing = async move {
        for n in 0..COMMITS {
            let mut draft = Draft::new(&format!("{n}"));
            for m in 0..EVENTS {
                draft = draft.on(if m % 2 == 0 { "a" } else { "b" }, n * EVENTS / 2, m);
            }
            accepted(&*writer, draft.done()).await;
            a_turn().await;
        }
    };
    let mut tasks: Vec<BoxFuture<'static, ()>> = vec![writing.boxed()];
    for name in ["a", "b"] {
        let store = Arc::clone(&store);
        let reading = async move {
            let mut seen = 0;
            while seen < COMMITS {
                let events = page(&*store, name, 0, usize::MAX).await.len() as u64;
                assert_eq!(events % (EVENTS / 2), 0, "{events} events of {name}");
                let log = commits(&*store, Position::START, usize::MAX).await;
                assert!(log.iter().all(|commit| commit.events.len() as u64 == EVENTS));
                assert!(log.len() as u64 * EVENTS / 2 >= events, "the log is behind the stream");
                seen = log.len() as u64;
                a_turn().await;
            }
        };
        tasks.push(reading.boxed());
    }
    together(harness, tasks).await;
}

/// The head never goes back, everything up to it can be read, and nothing that was read lies beyond it. Guards against a
/// head that is counted apart from what readers see.
pub async fn the_head_is_where_reading_ends(harness: &dyn StoreUnderTest) {
    const WRITERS: u64 = 3;
    const COMMITS: u64 = 30;
    let store = harness.fresh().await;
    let mut tasks: Vec<BoxFuture<'static, ()>> = Vec::new();
    for writer in 0..WRITERS {
        let store = Arc::clone(&store);
        let writing = async move {
            for n in 0..COMMITS {
                accepted(&*store, one(&format!("writer {writer}"), n, n)).await;
                a_turn().await;
            }
        };
        tasks.push(writing.boxed());
    }
    let reader = Arc::clone(&store);
    let reading = async move {
        let mut seen = 0;
        let mut last = Position::START;
        while seen < WRITERS * COMMITS {
            let before = head(&*reader).await;
            assert!(before >= last, "the head went back from {last} to {before}");
            let log = commits(&*reader, Position::START, usize::MAX).await;
            let end = log.last().map_or(Position::START, |commit| commit.position);
            assert!(end >= before, "the head is {before}, and reading ends at {end}");
            last = head(&*reader).await;
            assert!(last >= end, "the head is {last}, and {end} was read");
            seen = log.len() as u64;
            a_turn().await;
        }
    };
    tasks.push(reading.boxed());
    together(harness, tasks).await;
}

/// Whoever reads a stream again while it grows reads what it read before, and more. Guards against pages that are put
/// together from several looks.
pub async fn a_stream_only_ever_grows(harness: &dyn StoreUnderTest) {
    const COMMITS: u64 = 40;
    let store = harness.fresh().await;
    let writer = Arc::clone(&store);
    let writing = async move {
        for n in 0..COMMITS {
            accepted(&*writer, Draft::new(&format!("{n}")).on("a", 2 * n, n).on("a", 2 * n, n).done()).await;
            a_turn().await;
        }
    };
    let mut tasks: Vec<BoxFuture<'static, ()>> = vec![writing.boxed()];
    for size in [3, usize::MAX] {
        let store = Arc::clone(&store);
        let reading = async move {
            let mut before = 0;
            while before < 2 * COMMITS {
                let start = before.saturating_sub(2);
                let read = page(&*store, "a", start, size).await;
                let sequences = read.iter().map(|event| event.sequence.0);
                assert!(sequences.eq(start + 1..=start + read.len() as u64), "a page has a gap");
                assert!(start + read.len() as u64 >= before, "the stream got shorter");
                before = start + read.len() as u64;
                a_turn().await;
            }
        };
        tasks.push(reading.boxed());
    }
    together(harness, tasks).await;
}
