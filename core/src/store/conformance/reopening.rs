//! Closing and opening again: everything is there, and goes on as if nothing had been.

use std::pin::pin;

use futures::future::poll_immediate;

use super::StoreUnderTest;
use super::drafts::{
    Draft, accepted, conflict, event, head, json, mismatch, ok, one, page, reopened, says, soon, stream,
    whole_log, whole_stream,
};
use crate::store::{Checkpoint, NewEvent, Position, Sequence};

/// Every commit is there after reopening, equal in every part. Guards against what was acknowledged from a cache.
pub async fn everything_is_there_after_reopening(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    for n in 0..50_u64 {
        let draft = Draft::new(&format!("{n}")).on("a", n, n).on(&format!("s{}", n % 5), n / 5, n);
        accepted(&*store, draft.done()).await;
    }
    let before = (head(&*store).await, whole_log(&*store).await, says(&*store, "s3").await);
    let store = reopened(harness, store).await;
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
        store = reopened(harness, store).await;
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
    let store = reopened(harness, store).await;
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
            store = reopened(harness, store).await;
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
    let store = reopened(harness, store).await;
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
    let store = reopened(harness, store).await;
    for name in names {
        assert_eq!(says(&*store, name).await, [name]);
    }
}

/// Payloads, headers and causes are read after reopening as they were before, byte for byte. Guards against a second way of
/// decoding, which only what was written by an earlier process meets.
pub async fn payloads_are_exact_after_reopening(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let payloads = [
        r#"{ "b": 1.00, "a": 2, "b": 3 }"#.to_owned(),
        r#""\u0041\/ \ud83d\ude80""#.to_owned(),
        "\"\u{e9} \u{2028} \u{1f680}\"".to_owned(),
        "123456789012345678901234567890".to_owned(),
        format!("\"{}\"", "x".repeat(100_000)),
    ];
    for (n, payload) in (0..).zip(&payloads) {
        let event = NewEvent { payload: json(payload), ..event("") };
        accepted(&*store, Draft::new(&format!("{n}")).event("a", n, event).on("b", n, n).done()).await;
    }
    let before = (whole_stream(&*store, "a").await, whole_log(&*store).await);
    let store = reopened(harness, store).await;
    assert_eq!((whole_stream(&*store, "a").await, whole_log(&*store).await), before);
    let read = whole_stream(&*store, "a").await;
    assert!(read.iter().map(|event| event.payload.as_str()).eq(payloads.iter().map(String::as_str)));
}

/// Every page of a stream and of the log is right after reopening. Guards against an index that is built another way when it
/// is read back than when it grows.
pub async fn pages_are_right_after_reopening(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    for n in 0..12_u64 {
        let draft = Draft::new(&format!("{n}")).on("a", 2 * n, n).on("b", n, n).on("a", 2 * n, n);
        accepted(&*store, draft.done()).await;
    }
    let (stream, log) = (page(&*store, "a", 0, usize::MAX).await, whole_log(&*store).await);
    let store = reopened(harness, store).await;
    for after in 0..=25 {
        for limit in [1, 2, 3, 24, usize::MAX] {
            let expected: Vec<_> = stream.iter().skip(after).take(limit).cloned().collect();
            assert_eq!(page(&*store, "a", after as u64, limit).await, expected, "{limit} after {after}");
        }
    }
    for (place, commit) in log.iter().enumerate() {
        let read = ok(store.read_all(commit.position, 3).await, "reading the log");
        assert!(read.iter().eq(log.iter().skip(place + 1).take(1)), "after position {}", commit.position);
    }
}

/// What was refused is not there after reopening either. Guards against a write that is taken back in memory only.
pub async fn what_was_refused_stays_away_after_reopening(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    accepted(&*store, one("a", 0, "x")).await;
    for n in 0..5 {
        conflict(&*store, Draft::new(&format!("wrong {n}")).on("new", 0, "y").on("a", 0, "y").done()).await;
    }
    let before = whole_log(&*store).await;
    let store = reopened(harness, store).await;
    assert_eq!(whole_log(&*store).await, before);
    assert_eq!(page(&*store, "new", 0, 10).await, []);
    accepted(&*store, Draft::new("right").on("new", 0, "y").on("a", 1, "y").done()).await;
}

/// Waiting goes on after reopening: for what was there before at once, and for what is new once it comes. Guards against a
/// signal that begins at zero again.
pub async fn waiting_goes_on_after_reopening(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let first = accepted(&*store, one("a", 0, "x")).await;
    let store = reopened(harness, store).await;
    let past = soon(harness, "what is there", store.wait_past(Position::START)).await;
    assert_eq!(ok(past, "waiting"), first);
    let mut waiting = pin!(store.wait_past(first));
    assert!(poll_immediate(&mut waiting).await.is_none(), "there is nothing to wake for yet");
    let second = accepted(&*store, one("a", 1, "y")).await;
    assert_eq!(ok(soon(harness, "a wake-up", waiting).await, "waiting"), second);
}

/// A commit that is sent again after reopening, since its answer was lost with the process, is found by its id. Guards
/// against ids that are kept in memory.
pub async fn a_commit_in_doubt_is_recognised_after_reopening(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let commit = Draft::new("in doubt").on("a", 0, "x").on("b", 0, "x").done();
    let position = accepted(&*store, commit.clone()).await;
    let store = reopened(harness, store).await;
    let id = commit.header().id.clone();
    assert_eq!(conflict(&*store, commit).await, [mismatch("a", 0, 1), mismatch("b", 0, 1)]);
    for name in ["a", "b"] {
        let next = &page(&*store, name, 0, 1).await[0];
        assert_eq!((&next.header.id, next.position), (&id, position));
    }
}
