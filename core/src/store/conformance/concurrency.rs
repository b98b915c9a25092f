//! Many at once: nothing lost, nothing twice, one winner, and no reader left behind.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::FutureExt as _;
use futures::future::{BoxFuture, join_all, poll_immediate};

use super::StoreUnderTest;
use super::drafts::{
    Draft, a_turn, accepted, commits, head, one, page, says, stream, whole_log, whole_stream,
};
use crate::store::{Commit, CommitError, EventStore, Position, RecordedCommit, Sequence};

/// The position of a commit that was accepted, `None` of one that conflicts. Any other answer ends the test.
async fn won(store: &dyn EventStore, commit: Commit) -> Option<Position> {
    match store.commit(commit).await {
        Ok(position) => Some(position),
        Err(CommitError::Conflict(conflict)) => {
            assert!(!conflict.0.is_empty(), "a conflict names what does not hold");
            assert!(conflict.0.iter().all(|mismatch| mismatch.expected != mismatch.actual), "{conflict}");
            None
        }
        Err(error) => panic!("the store answered: {error}"),
    }
}

async fn stands_at(store: &dyn EventStore, name: &str) -> u64 {
    whole_stream(store, name).await.len() as u64
}

/// Of many commits that expect the same, one is accepted, in each of several rounds. Guards against two winners, which is a
/// lost update, and against none, which is a store that stands still.
pub async fn one_of_many_rivals_wins(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    for round in 0..20 {
        let wins = Arc::new(AtomicU64::new(0));
        let mut tasks: Vec<BoxFuture<'static, ()>> = Vec::new();
        for rival in 0..8 {
            let (store, wins) = (Arc::clone(&store), Arc::clone(&wins));
            let rivalry = async move {
                if won(&*store, one("contested", round, rival)).await.is_some() {
                    wins.fetch_add(1, Ordering::SeqCst);
                }
            };
            tasks.push(rivalry.boxed());
        }
        harness.run(tasks).await;
        assert_eq!(wins.load(Ordering::SeqCst), 1, "round {round}");
    }
    assert_eq!(says(&*store, "contested").await.len(), 20);
}

/// Writers who try until they succeed all get everything in: nothing is lost, nothing is there twice, and every stream
/// has its sequences without a gap. Guards against commits that are acknowledged and not recorded, or recorded and refused.
pub async fn nothing_is_lost_and_nothing_comes_twice(harness: &dyn StoreUnderTest) {
    const WRITERS: u64 = 6;
    const COMMITS: u64 = 15;
    let store = harness.fresh().await;
    let mut tasks: Vec<BoxFuture<'static, ()>> = Vec::new();
    for writer in 0..WRITERS {
        let store = Arc::clone(&store);
        let writing = async move {
            for n in 0..COMMITS {
                loop {
                    let at = stands_at(&*store, "shared").await;
                    a_turn().await;
                    if won(&*store, one("shared", at, format!("{writer}.{n}"))).await.is_some() {
                        break;
                    }
                }
            }
        };
        tasks.push(writing.boxed());
    }
    harness.run(tasks).await;
    let mut all = says(&*store, "shared").await;
    for writer in 0..WRITERS {
        let own = all.iter().filter(|says| says.starts_with(&format!("{writer}.")));
        let expected: Vec<String> = (0..COMMITS).map(|n| format!("{writer}.{n}")).collect();
        assert!(own.eq(&expected), "every writer's commits are there in their order");
    }
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len() as u64, WRITERS * COMMITS);
    let sequences = whole_stream(&*store, "shared").await;
    let sequences = sequences.iter().map(|event| event.sequence.0);
    assert!(sequences.eq(1..=WRITERS * COMMITS));
}

/// Commits that name the same streams in opposite orders all come to an end, and each is whole. Guards against stores that
/// lock stream after stream, and wait for each other.
pub async fn crossed_commits_do_not_block_each_other(harness: &dyn StoreUnderTest) {
    const COMMITS: u64 = 15;
    let store = harness.fresh().await;
    let orders = [["a", "b", "c"], ["c", "b", "a"], ["b", "a", "c"], ["c", "a", "b"]];
    let mut tasks: Vec<BoxFuture<'static, ()>> = Vec::new();
    for (writer, order) in orders.into_iter().enumerate() {
        let store = Arc::clone(&store);
        let writing = async move {
            for n in 0..COMMITS {
                loop {
                    let at = stands_at(&*store, "a").await;
                    a_turn().await;
                    let mut draft = Draft::new(&format!("{writer}.{n}.{at}"));
                    for name in order {
                        draft = draft.on(name, at, format!("{writer}.{n}"));
                    }
                    if won(&*store, draft.done()).await.is_some() {
                        break;
                    }
                }
            }
        };
        tasks.push(writing.boxed());
    }
    harness.run(tasks).await;
    let a = says(&*store, "a").await;
    assert_eq!(a.len() as u64, 4 * COMMITS);
    assert_eq!(says(&*store, "b").await, a);
    assert_eq!(says(&*store, "c").await, a);
}

/// Two who each read what the other writes, and guard it, are never both accepted. Guards against write skew: each
/// decision was right on what it read, and both together are wrong.
pub async fn there_is_no_write_skew(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    for round in 0..20 {
        let (left, right) = (format!("left {round}"), format!("right {round}"));
        let wins = Arc::new(AtomicU64::new(0));
        let mut tasks: Vec<BoxFuture<'static, ()>> = Vec::new();
        for (own, other) in [(left.clone(), right.clone()), (right.clone(), left.clone())] {
            let (store, wins) = (Arc::clone(&store), Arc::clone(&wins));
            let going_off_duty = async move {
                if page(&*store, &other, 0, 1).await.is_empty() {
                    a_turn().await;
                    let commit = Draft::new(&own).on(&own, 0, "off duty").guard(&other, 0).done();
                    if won(&*store, commit).await.is_some() {
                        wins.fetch_add(1, Ordering::SeqCst);
                    }
                }
            };
            tasks.push(going_off_duty.boxed());
        }
        harness.run(tasks).await;
        assert_eq!(wins.load(Ordering::SeqCst), 1, "round {round}: one of the two stays on duty");
        let off_duty = stands_at(&*store, &left).await + stands_at(&*store, &right).await;
        assert_eq!(off_duty, 1);
    }
}

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
    harness.run(tasks).await;
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
    harness.run(tasks).await;
}

/// A commit whose future is dropped, before it began or half-way, is recorded as a whole or not at all; the store goes on,
/// and a later read finds out which it was. Guards against transactions that are half-way open, and half-written.
pub async fn a_dropped_commit_is_whole_or_nothing(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    for n in 0..60_u64 {
        let (a, b) = (stands_at(&*store, "a").await, stands_at(&*store, "b").await);
        let draft = Draft::new(&format!("dropped {n}")).on("a", a, n).on("b", b, n).on("a", a, n);
        let mut dropped = store.commit(draft.done());
        for _ in 0..n % 4 {
            if poll_immediate(&mut dropped).await.is_some() {
                break;
            }
        }
        drop(dropped);
        // Whatever was under way is behind this one, which goes through whether or not it landed.
        loop {
            let at = stands_at(&*store, "settled").await;
            if won(&*store, one("settled", at, n)).await.is_some() {
                break;
            }
        }
        let log = whole_log(&*store).await;
        let of_drafts = log.iter().filter(|commit| commit.header.id.as_str().starts_with("dropped"));
        for commit in of_drafts {
            assert_eq!(commit.events.len(), 3, "a commit is whole");
        }
    }
    assert_eq!(stands_at(&*store, "a").await, 2 * stands_at(&*store, "b").await);
}

/// Many commits that are begun together, on streams of their own, are all accepted and lie in the log in the order of their
/// positions. Guards against stores that take independent writers for rivals.
pub async fn independent_writers_are_no_rivals(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let mut answers = join_all((0..200).map(|n| {
        let store = Arc::clone(&store);
        async move { accepted(&*store, one(&format!("own {n}"), 0, n)).await }
    }))
    .await;
    answers.sort_unstable();
    let read: Vec<Position> = whole_log(&*store).await.iter().map(|commit| commit.position).collect();
    assert_eq!(read, answers);
    assert_eq!(head(&*store).await, answers[199]);
}

/// What is begun together and expects each other's outcome is decided in some order: a chain of commits on one stream, begun
/// at once, is accepted up to some point, and every one that was refused expected something that was not there. Guards against
/// stores that check a batch against what was before it.
pub async fn a_batch_is_checked_commit_by_commit(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let answers = join_all((0..50_u64).map(|n| {
        let store = Arc::clone(&store);
        async move { (n, won(&*store, one("chain", n, n)).await) }
    }))
    .await;
    let accepted: BTreeMap<u64, Position> =
        answers.into_iter().filter_map(|(n, answer)| Some((n, answer?))).collect();
    assert!(accepted.keys().copied().eq(0..accepted.len() as u64), "{accepted:?}");
    assert!(accepted.values().is_sorted());
    let events = store.read_stream(&stream("chain"), Sequence::NONE, 100).await;
    assert_eq!(events.map(|events| events.len()).ok(), Some(accepted.len()));
}
