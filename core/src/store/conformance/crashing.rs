//! Crashes: what was acknowledged is there, what was not is there as a whole or not at all.

use futures::future::poll_immediate;

use super::StoreUnderTest;
use super::drafts::{
    Draft, accepted, commits, conflict, crashed, head, mismatch, ok, one, page, says, stands_at, stream,
    whole_log,
};
use crate::store::{Checkpoint, Position, RecordedCommit, Sequence};

/// Every acknowledged commit is there after a crash, at its place and as it was. Guards against acknowledging what is only
/// in memory, or only in the cache of the system.
pub async fn what_was_acknowledged_survives(harness: &dyn StoreUnderTest) {
    let mut store = harness.fresh().await;
    for n in 0..8_u64 {
        let draft = Draft::new(&format!("{n}")).on("a", n, n).on(&format!("s{}", n % 3), n / 3, n);
        let position = accepted(&*store, draft.done()).await;
        let before = whole_log(&*store).await;
        store = crashed(harness, store).await;
        assert_eq!(whole_log(&*store).await, before, "after crash {n}");
        assert_eq!(head(&*store).await, position);
        assert_eq!(stands_at(&*store, "a").await, n + 1);
    }
}

/// A commit that was under way in a crash is there as a whole or not at all: of a commit over many streams, all of it or
/// nothing. Guards against several writes that a crash comes between.
pub async fn what_was_under_way_is_whole_or_nothing(harness: &dyn StoreUnderTest) {
    let mut store = harness.fresh().await;
    let mut acknowledged: Vec<RecordedCommit> = Vec::new();
    for round in 0..8_u64 {
        let mut under_way = Vec::new();
        for n in 0..=round {
            let mut draft = Draft::new(&format!("under way {round}.{n}"));
            for m in 0..20 {
                draft = draft.on(&format!("{round}.{n}.{m}"), 0, m);
            }
            under_way.push(store.commit(draft.done()));
        }
        for commit in &mut under_way {
            let _answered = poll_immediate(commit).await;
        }
        drop(under_way);
        store = crashed(harness, store).await;
        let log = whole_log(&*store).await;
        assert_eq!(log[..acknowledged.len()], acknowledged, "after crash {round}");
        assert!(log.iter().all(|commit| commit.events.len() == 20 || commit.events.len() == 1));
        for n in 0..=round {
            let mut there = 0;
            for m in 0..20 {
                there += stands_at(&*store, &format!("{round}.{n}.{m}")).await;
            }
            assert!(there == 0 || there == 20, "{there} of 20 events of a commit");
        }
        accepted(&*store, one("acknowledged", round, round)).await;
        acknowledged = whole_log(&*store).await;
    }
}

/// After a crash sequences and positions go on, and no position that was answered or read is given to another commit.
/// Guards against counters that are saved now and then.
pub async fn numbers_are_not_given_twice(harness: &dyn StoreUnderTest) {
    let mut store = harness.fresh().await;
    let mut last = Position::START;
    for n in 0..6 {
        let position = accepted(&*store, one("a", n, n)).await;
        assert!(position > last, "{position} was given after {last}");
        last = position;
        store = crashed(harness, store).await;
        let expected = [mismatch("a", n, n + 1)];
        assert_eq!(conflict(&*store, one("a", n, "again")).await, expected);
    }
    let positions: Vec<Position> = whole_log(&*store).await.iter().map(|commit| commit.position).collect();
    assert!(positions.is_sorted_by(|earlier, later| earlier < later), "{positions:?}");
    assert_eq!(says(&*store, "a").await, ["0", "1", "2", "3", "4", "5"]);
}

/// A crash right after a crash, and one of an empty store, change nothing. Guards against recovery that is itself not safe
/// from a crash.
pub async fn crashing_again_changes_nothing(harness: &dyn StoreUnderTest) {
    let mut store = crashed(harness, harness.fresh().await).await;
    assert_eq!(commits(&*store, Position::START, 10).await, []);
    for n in 0..3 {
        accepted(&*store, one("a", n, n)).await;
    }
    let before = whole_log(&*store).await;
    for _ in 0..4 {
        store = crashed(harness, store).await;
        assert_eq!((head(&*store).await, whole_log(&*store).await), (before[2].position, before.clone()));
    }
    accepted(&*store, one("a", 3, "after")).await;
}

/// A checkpoint that comes back after a crash is one that was saved, whole, and not ahead of its stream. Guards against a
/// cache that survives what it was made from.
pub async fn checkpoints_are_right_or_gone(harness: &dyn StoreUnderTest) {
    let mut store = harness.fresh().await;
    for n in 0..6 {
        accepted(&*store, one("a", n, n)).await;
        let state = super::drafts::json(&format!("\"{}\"", n.to_string().repeat(3_000)));
        let saved = Checkpoint { sequence: Sequence(n + 1), fold: 1, state };
        ok(store.save_checkpoint(&stream("a"), saved.clone()).await, "saving a checkpoint");
        store = crashed(harness, store).await;
        let read = ok(store.load_checkpoint(&stream("a")).await, "loading a checkpoint");
        if let Some(read) = read {
            let digit = read.sequence.0.saturating_sub(1).to_string();
            assert_eq!(read.state.as_str(), format!("\"{}\"", digit.repeat(3_000)));
            assert!(read.sequence.0 <= stands_at(&*store, "a").await, "it is ahead of its stream");
        }
        assert_eq!(page(&*store, "a", 0, usize::MAX).await.len() as u64, n + 1);
    }
}
