//! Closing and opening again: everything is there, and goes on as if nothing had been.

use super::StoreUnderTest;
use super::drafts::{
    Draft, accepted, conflict, head, json, mismatch, ok, one, page, says, stream, whole_log,
};
use crate::store::{Checkpoint, Position, Sequence};

/// Every commit is there after reopening, equal in every part. Guards against what was acknowledged from a cache.
pub async fn everything_is_there_after_reopening(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    for n in 0..50_u64 {
        let draft = Draft::new(&format!("{n}")).on("a", n, n).on(&format!("s{}", n % 5), n / 5, n);
        accepted(&*store, draft.done()).await;
    }
    let before = (head(&*store).await, whole_log(&*store).await, says(&*store, "s3").await);
    let Some(store) = harness.reopen(store).await else {
        return;
    };
    assert_eq!((head(&*store).await, whole_log(&*store).await, says(&*store, "s3").await), before);
}

/// Positions and sequences go on after reopening from where they were, each time. Guards against counters that live in
/// memory.
pub async fn numbers_go_on_after_reopening(harness: &dyn StoreUnderTest) {
    let mut store = harness.fresh().await;
    let mut last = Position::START;
    for n in 0..8 {
        let position = accepted(&*store, one("a", n, n)).await;
        assert!(position > last);
        last = position;
        let Some(opened) = harness.reopen(store).await else {
            return;
        };
        store = opened;
        assert_eq!(head(&*store).await, last);
    }
    assert_eq!(whole_log(&*store).await.len(), 8);
    assert_eq!(page(&*store, "a", 7, 10).await[0].sequence, Sequence(8));
}

/// Expectations and guards are checked after reopening against what was recorded before. Guards against an index that
/// begins empty.
pub async fn conflicts_are_found_after_reopening(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    accepted(&*store, Draft::new("1").on("a", 0, "x").on("a", 0, "y").on("g", 0, "z").done()).await;
    let Some(store) = harness.reopen(store).await else {
        return;
    };
    let wrong = Draft::new("2").on("a", 1, "wrong").guard("g", 0).done();
    assert_eq!(conflict(&*store, wrong).await, [mismatch("a", 1, 2), mismatch("g", 0, 1)]);
    assert_eq!(conflict(&*store, one("g", 0, "wrong")).await, [mismatch("g", 0, 1)]);
    accepted(&*store, Draft::new("3").on("a", 2, "right").guard("g", 1).done()).await;
    assert_eq!(says(&*store, "a").await, ["x", "y", "right"]);
}

/// Reopening without writing changes nothing, however often, and a store that holds nothing can be reopened too. Guards
/// against recovery that changes what it reads.
pub async fn reopening_changes_nothing(harness: &dyn StoreUnderTest) {
    let mut store = harness.fresh().await;
    for round in 0..3 {
        for _ in 0..3 {
            let before = (head(&*store).await, whole_log(&*store).await);
            let Some(opened) = harness.reopen(store).await else {
                return;
            };
            store = opened;
            assert_eq!((head(&*store).await, whole_log(&*store).await), before);
        }
        accepted(&*store, one("a", round, round)).await;
    }
}

/// A checkpoint that comes back after reopening is the last that was saved. Guards against one that is older than it says.
pub async fn checkpoints_are_right_or_gone_after_reopening(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    accepted(&*store, Draft::new("1").on("a", 0, "x").on("a", 0, "y").done()).await;
    let checkpoint = |sequence, text| Checkpoint { sequence: Sequence(sequence), fold: 3, state: json(text) };
    let last = checkpoint(2, r#"{ "b": 1.0 }"#);
    for saved in [checkpoint(1, "1"), last.clone()] {
        ok(store.save_checkpoint(&stream("a"), saved).await, "saving a checkpoint");
    }
    let Some(store) = harness.reopen(store).await else {
        return;
    };
    let read = ok(store.load_checkpoint(&stream("a")).await, "loading a checkpoint");
    assert!(read.is_none_or(|read| read == last));
    assert_eq!(ok(store.load_checkpoint(&stream("b")).await, "loading a checkpoint"), None);
}

/// Names of every kind are found after reopening. Guards against names that are folded on their way to the medium and back.
pub async fn names_are_exact_after_reopening(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let names = ["\u{e9}", "e\u{301}", "a\n", "a", "A", "\u{0}", "\"", "../a", "\u{1f680}"];
    for name in names {
        accepted(&*store, one(name, 0, name)).await;
    }
    let Some(store) = harness.reopen(store).await else {
        return;
    };
    for name in names {
        assert_eq!(says(&*store, name).await, [name]);
    }
}
