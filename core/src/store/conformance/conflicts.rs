//! Optimistic concurrency: a commit that rests on something old is refused, completely and with reasons.

use super::StoreUnderTest;
use super::drafts::{Draft, accepted, conflict, head, mismatch, one, page, says, whole_log};
use crate::CommitId;
use crate::store::Position;

/// A commit that expects a stream where it stood before is refused, with where it stands now. Guards against a check that is missing, by which
/// one of two writers overwrites what the other decided.
pub async fn a_stream_that_moved_on_is_a_conflict(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    accepted(&*store, one("a", 0, "first")).await;
    accepted(&*store, one("a", 1, "second")).await;
    assert_eq!(conflict(&*store, one("a", 1, "late")).await, [mismatch("a", 1, 2)]);
    assert_eq!(says(&*store, "a").await, ["first", "second"]);
}

/// A commit that expects a stream further than it is gets refused. Guards against stores that compare with "at least", and
/// against gaps in a stream.
pub async fn a_stream_that_is_not_there_yet_is_a_conflict(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    accepted(&*store, one("a", 0, "first")).await;
    assert_eq!(conflict(&*store, one("a", 2, "early")).await, [mismatch("a", 2, 1)]);
    assert_eq!(conflict(&*store, one("a", u64::MAX, "early")).await, [mismatch("a", u64::MAX, 1)]);
    assert_eq!(conflict(&*store, one("b", 1, "early")).await, [mismatch("b", 1, 0)]);
    assert_eq!(says(&*store, "a").await, ["first"]);
    assert_eq!(page(&*store, "b", 0, 10).await, []);
}

/// A stream that must not exist yet, and does, is a conflict: this is how names are claimed once. Guards against stores that
/// take "expected 0" for "don't care".
pub async fn a_stream_that_exists_already_is_a_conflict(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    accepted(&*store, one("name/web", 0, "mine")).await;
    assert_eq!(conflict(&*store, one("name/web", 0, "mine too")).await, [mismatch("name/web", 0, 1)]);
    assert_eq!(says(&*store, "name/web").await, ["mine"]);
}

/// The expectation of every stream is checked, whichever place it has. Guards against stores that check the first only.
pub async fn every_stream_of_a_commit_is_checked(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let names = ["a", "b", "c", "d"];
    for name in names {
        accepted(&*store, one(name, 0, "first")).await;
    }
    for stale in names {
        let mut draft = Draft::new(&format!("stale {stale}"));
        for name in names {
            draft = draft.on(name, u64::from(name != stale), "wrong");
        }
        assert_eq!(conflict(&*store, draft.done()).await, [mismatch(stale, 0, 1)]);
    }
    for name in names {
        assert_eq!(says(&*store, name).await, ["first"]);
    }
}

/// A conflict names every stream that stands elsewhere, and no other, in the order of the commit: first those it appends
/// to, then its guards. Guards against reporting only the first, which costs its caller a try per stream.
pub async fn a_conflict_reports_every_mismatch_in_order(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    accepted(
        &*store,
        Draft::new("1").on("z", 0, "z").on("z", 0, "z").on("g", 0, "g").on("ok", 0, "ok").done(),
    )
    .await;
    let wrong = Draft::new("wrong")
        .on("z", 1, "x")
        .on("new", 0, "x")
        .on("a", 5, "x")
        .on("ok", 1, "x")
        .guard("g", 3)
        .guard("fine", 0)
        .guard("absent", 7);
    let mut found = conflict(&*store, wrong.done()).await;
    let guards = found.split_off(2);
    assert_eq!(found, [mismatch("z", 1, 2), mismatch("a", 5, 0)]);
    assert_eq!(guards, [mismatch("absent", 7, 0), mismatch("g", 3, 1)]);
}

/// A conflict leaves no trace: no event in any stream, no stream that came to be, no commit in the log, no move of the
/// head. Guards against stores that write stream by stream and stop half-way.
pub async fn a_conflict_writes_nothing(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    accepted(&*store, one("stale", 0, "first")).await;
    let before = (head(&*store).await, whole_log(&*store).await);
    let wrong = Draft::new("wrong").on("new", 0, "x").on("stale", 0, "x").on("newer", 0, "x");
    conflict(&*store, wrong.done()).await;
    assert_eq!((head(&*store).await, whole_log(&*store).await), before);
    for name in ["new", "newer"] {
        assert_eq!(page(&*store, name, 0, 10).await, [], "{name}");
    }
    accepted(&*store, Draft::new("right").on("new", 0, "y").on("newer", 0, "y").on("stale", 1, "y").done())
        .await;
    assert_eq!(says(&*store, "stale").await, ["first", "y"]);
}

/// Sending a commit again that landed is a conflict, and the event behind the expected sequence bears the commit's id: that
/// is how a commit in doubt is recognised. Guards against stores that write it twice, and against those that answer a repeat
/// with success but forget to say where.
pub async fn a_commit_sent_twice_lands_once_and_is_recognised(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let commit = Draft::new("in doubt").on("a", 0, "a").on("b", 0, "b").done();
    let position = accepted(&*store, commit.clone()).await;
    assert_eq!(conflict(&*store, commit).await, [mismatch("a", 0, 1), mismatch("b", 0, 1)]);
    let next = &page(&*store, "a", 0, 1).await[0];
    assert_eq!(Ok(next.header.id.clone()), CommitId::new("in doubt"));
    assert_eq!(next.position, position);
    assert_eq!(whole_log(&*store).await.len(), 1);
}

/// After a conflict the store goes on, and the commit that is decided anew is accepted. Guards against transactions left open.
pub async fn a_conflict_leaves_the_store_in_order(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let mut last = Position::START;
    for n in 0..20 {
        conflict(&*store, one("a", n + 1, "wrong")).await;
        let position = accepted(&*store, one("a", n, n)).await;
        assert!(position > last);
        last = position;
    }
    assert_eq!(says(&*store, "a").await.len(), 20);
}

/// A commit that was refused as too early is accepted when it is sent again unchanged and fits. Guards against stores that
/// remember the ids of what they refused.
pub async fn a_refused_commit_is_accepted_once_it_fits(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let early = Draft::new("early").on("a", 1, "second").guard("b", 1).done();
    assert_eq!(conflict(&*store, early.clone()).await, [mismatch("a", 1, 0), mismatch("b", 1, 0)]);
    accepted(&*store, Draft::new("1").on("a", 0, "first").on("b", 0, "x").done()).await;
    accepted(&*store, early).await;
    assert_eq!(says(&*store, "a").await, ["first", "second"]);
}
