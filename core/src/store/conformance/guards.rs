//! Guards: streams that a decision only read, and that must not have moved since.

use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::StoreUnderTest;
use super::drafts::{Draft, accepted, conflict, head, mismatch, one, page, says, together, won};
use crate::store::{Position, Sequence};

/// A guard that holds lets the commit pass, as often as it holds. Guards against stores that take guards for writes.
pub async fn a_guard_that_holds_lets_the_commit_pass(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    accepted(&*store, one("rules", 0, "rule")).await;
    for n in 0..3 {
        accepted(&*store, Draft::new(&format!("{n}")).on("a", n, n).guard("rules", 1).done()).await;
    }
    assert_eq!(says(&*store, "a").await, ["0", "1", "2"]);
}

/// A guard on a stream that moved on refuses the commit. Guards against write skew: a decision that rests on what is no
/// longer true.
pub async fn a_guard_that_moved_on_is_a_conflict(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    accepted(&*store, one("rules", 0, "rule")).await;
    accepted(&*store, one("rules", 1, "another rule")).await;
    let commit = Draft::new("1").on("a", 0, "x").guard("rules", 1).done();
    assert_eq!(conflict(&*store, commit).await, [mismatch("rules", 1, 2)]);
    assert_eq!(page(&*store, "a", 0, 10).await, []);
}

/// A guard on a stream that does not exist holds while it does not, and refuses once it does. Guards against stores that
/// lock rows, and have no row to lock here.
pub async fn a_guard_on_an_absent_stream_is_kept(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    accepted(&*store, Draft::new("1").on("a", 0, "x").guard("freezes", 0).done()).await;
    accepted(&*store, one("freezes", 0, "frozen")).await;
    let commit = Draft::new("2").on("a", 1, "y").guard("freezes", 0).done();
    assert_eq!(conflict(&*store, commit).await, [mismatch("freezes", 0, 1)]);
    let commit = Draft::new("3").on("a", 1, "y").guard("nowhere", 1).done();
    assert_eq!(conflict(&*store, commit).await, [mismatch("nowhere", 1, 0)]);
}

/// A guard writes nothing: the guarded stream neither moves nor comes to be. Guards against stores that touch what they lock.
pub async fn a_guard_writes_nothing(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    accepted(&*store, one("rules", 0, "rule")).await;
    let commit = Draft::new("1").on("a", 0, "x").guard("rules", 1).guard("absent", 0).done();
    let position = accepted(&*store, commit).await;
    assert_eq!(head(&*store).await, position);
    assert_eq!(says(&*store, "rules").await, ["rule"]);
    assert_eq!(page(&*store, "absent", 0, 10).await, []);
    accepted(&*store, one("absent", 0, "now")).await;
    accepted(&*store, one("rules", 1, "another")).await;
}

/// Each of several guards is checked. Guards against stores that check the first only.
pub async fn every_guard_is_checked(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let names = ["g1", "g2", "g3"];
    for name in names {
        accepted(&*store, one(name, 0, "x")).await;
    }
    for stale in names {
        let mut draft = Draft::new(&format!("stale {stale}")).on("a", 0, "x");
        for name in names {
            draft = draft.guard(name, u64::from(name != stale));
        }
        assert_eq!(conflict(&*store, draft.done()).await, [mismatch(stale, 0, 1)]);
    }
    let mut draft = Draft::new("fine").on("a", 0, "x");
    for name in names {
        draft = draft.guard(name, 1);
    }
    accepted(&*store, draft.done()).await;
}

/// A guard on a stream that the commit appends to is the stream's own expectation, and no second one. Guards against stores
/// that check guards after they wrote.
pub async fn a_guard_on_what_is_appended_to_is_its_expectation(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    accepted(&*store, Draft::new("1").guard("a", 0).on("a", 0, "x").on("a", 0, "y").done()).await;
    accepted(&*store, Draft::new("2").on("a", 2, "z").guard("a", 2).done()).await;
    assert_eq!(says(&*store, "a").await, ["x", "y", "z"]);
}

/// A guarded commit that is begun at once with a commit to the guarded stream, and is accepted, stands before it in the log.
/// Guards against guards that are judged at one moment, and recorded at another.
pub async fn a_guard_holds_where_its_commit_stands(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    for round in 0..30_u64 {
        let answers: Arc<Mutex<[Option<Position>; 2]>> = Arc::default();
        let guarding = Draft::new(&format!("guarding {round}")).on("a", round, round).guard("g", round);
        let commits = [guarding.done(), one("g", round, round)];
        let tasks = commits.into_iter().enumerate().map(|(place, commit)| -> BoxFuture<'static, ()> {
            let (store, answers) = (Arc::clone(&store), Arc::clone(&answers));
            let sending = async move {
                let answer = won(&*store, commit).await;
                answers.lock().unwrap_or_else(PoisonError::into_inner)[place] = answer;
            };
            sending.boxed()
        });
        let mut tasks: Vec<_> = tasks.collect();
        if round % 2 == 1 {
            tasks.reverse();
        }
        together(harness, tasks).await;
        let [guarding, moving] = *answers.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(moving.is_some(), "nothing stands in the way of the other");
        match guarding {
            Some(guarding) => assert!(Some(guarding) < moving, "round {round}: a guard that had moved held"),
            None => {
                accepted(&*store, one("a", round, round)).await;
            }
        }
        assert_eq!(page(&*store, "a", round, 2).await[0].sequence, Sequence(round + 1));
    }
}
