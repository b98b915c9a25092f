//! The same data, opened twice: two processes, or two connections, are one store.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::FutureExt as _;
use futures::future::{BoxFuture, poll_immediate};

use super::StoreUnderTest;
use super::drafts::{
    Draft, a_turn, accepted, another, commits, conflict, head, mismatch, ok, one, page, says, soon, together,
    whole_log, won,
};
use crate::store::{EventStore, Position, RecordedCommit};

async fn two(harness: &dyn StoreUnderTest) -> [Arc<dyn EventStore>; 2] {
    let store = harness.fresh().await;
    let other = another(harness, &store).await;
    [store, other]
}

/// What one handle has acknowledged, the other reads at once. Guards against an index in memory that only its own process
/// keeps up to date.
pub async fn what_one_has_recorded_the_other_reads(harness: &dyn StoreUnderTest) {
    let handles = two(harness).await;
    for n in 0..20_u64 {
        let [writer, reader] = [&*handles[usize::from(n % 2 == 0)], &*handles[usize::from(n % 2 == 1)]];
        let position = accepted(writer, Draft::new(&format!("{n}")).on("a", n, n).on("b", n, n).done()).await;
        assert_eq!(head(reader).await, position);
        assert_eq!(page(reader, "a", n, 10).await[0].position, position);
        assert_eq!(whole_log(reader).await, whole_log(writer).await);
    }
}

/// A commit through one handle is judged by what was recorded through the other, its guards too. Guards against lost
/// updates between processes.
pub async fn both_are_judged_by_one_log(harness: &dyn StoreUnderTest) {
    let [here, there] = two(harness).await;
    accepted(&*here, one("a", 0, "here")).await;
    assert_eq!(conflict(&*there, one("a", 0, "there")).await, [mismatch("a", 0, 1)]);
    let guarded = Draft::new("guarded").on("b", 0, "there").guard("a", 0).done();
    assert_eq!(conflict(&*there, guarded).await, [mismatch("a", 0, 1)]);
    accepted(&*there, one("a", 1, "there")).await;
    assert_eq!(conflict(&*here, one("a", 1, "here")).await, [mismatch("a", 1, 2)]);
    assert_eq!(says(&*here, "a").await, ["here", "there"]);
}

/// Of rivals who come through different handles one wins. Guards against a check and a write that are two statements.
pub async fn one_of_the_rivals_of_both_wins(harness: &dyn StoreUnderTest) {
    let handles = two(harness).await;
    for round in 0..20 {
        let wins = Arc::new(AtomicU64::new(0));
        let tasks = (0..6_usize).map(|rival| -> BoxFuture<'static, ()> {
            let (store, wins) = (Arc::clone(&handles[rival % 2]), Arc::clone(&wins));
            let rivalry = async move {
                if won(&*store, one("contested", round, rival)).await.is_some() {
                    wins.fetch_add(1, Ordering::SeqCst);
                }
            };
            rivalry.boxed()
        });
        together(harness, tasks.collect()).await;
        assert_eq!(wins.load(Ordering::SeqCst), 1, "round {round}");
    }
}

/// A commit through one handle wakes who waits at the other. Guards against signals that stay within a process.
pub async fn a_commit_of_one_wakes_who_waits_at_the_other(harness: &dyn StoreUnderTest) {
    let [here, there] = two(harness).await;
    let mut last = Position::START;
    for n in 0..5 {
        let mut waiting = pin!(there.wait_past(last));
        assert!(poll_immediate(&mut waiting).await.is_none(), "there is nothing to wake for yet");
        last = accepted(&*here, one("a", n, n)).await;
        let woken = ok(soon(harness, "a wake-up at the other handle", waiting).await, "waiting");
        assert_eq!(woken, last);
    }
}

/// A reader at either handle who goes on from the last position it saw misses no commit of writers at both. Guards against
/// positions that are drawn in one transaction and shown in the order in which transactions end.
pub async fn no_commit_of_either_is_skipped(harness: &dyn StoreUnderTest) {
    const COMMITS: u64 = 20;
    let handles = two(harness).await;
    let written = Arc::new(AtomicU64::new(0));
    let mut tasks: Vec<BoxFuture<'static, ()>> = Vec::new();
    for writer in 0..4_usize {
        let (store, written) = (Arc::clone(&handles[writer % 2]), Arc::clone(&written));
        let writing = async move {
            for n in 0..COMMITS {
                accepted(&*store, one(&format!("writer {writer}"), n, n)).await;
                written.fetch_add(1, Ordering::SeqCst);
                a_turn().await;
            }
        };
        tasks.push(writing.boxed());
    }
    for store in &handles {
        let (store, written) = (Arc::clone(store), Arc::clone(&written));
        let reading = async move {
            let mut seen: Vec<RecordedCommit> = Vec::new();
            loop {
                let is_over = written.load(Ordering::SeqCst) == 4 * COMMITS;
                let after = seen.last().map_or(Position::START, |commit| commit.position);
                let page = commits(&*store, after, 5).await;
                if page.is_empty() && is_over {
                    break;
                }
                seen.extend(page);
                a_turn().await;
            }
            assert_eq!(seen.len() as u64, 4 * COMMITS, "a commit was skipped");
        };
        tasks.push(reading.boxed());
    }
    together(harness, tasks).await;
    assert_eq!(whole_log(&*handles[0]).await, whole_log(&*handles[1]).await);
}

/// A handle that goes away, with a wait begun, leaves the other as it was. Guards against locks and sessions that are left
/// behind.
pub async fn one_may_go_away(harness: &dyn StoreUnderTest) {
    let [here, there] = two(harness).await;
    accepted(&*there, one("a", 0, "there")).await;
    let begun = poll_immediate(there.wait_past(Position(u64::MAX))).await;
    assert!(begun.is_none());
    drop(there);
    accepted(&*here, one("a", 1, "here")).await;
    assert_eq!(says(&*here, "a").await, ["there", "here"]);
}
