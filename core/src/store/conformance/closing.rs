//! Closing: nobody is left waiting, and nothing is lost.

use std::pin::pin;

use futures::future::{join_all, poll_immediate};

use super::drafts::{accepted, closed, commits, one, page, reopened, soon, whole_log};
use super::{Ability, Statement, StoreUnderTest};
use crate::store::{CommitError, Position};

/// A closed store takes no commit, and says that nothing was written. Guards against commits that are acknowledged and go
/// nowhere.
pub async fn a_closed_store_takes_no_commit(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    accepted(&*store, one("a", 0, "x")).await;
    closed(harness, &store).await;
    for n in 1..4 {
        let answer = soon(harness, "the answer of a closed store", store.commit(one("a", n, "late"))).await;
        assert!(matches!(answer, Err(CommitError::NotWritten(_))), "a closed store answered: {answer:?}");
    }
    if let Ok(events) = store.read_stream(&super::drafts::stream("a"), crate::store::Sequence::NONE, 10).await
    {
        assert_eq!(events.len(), 1);
    }
}

/// Who waits when the store is closed is answered with an error, and so is who comes later. Guards against tasks that wait
/// for ever for a store that is gone.
pub async fn closing_ends_all_waiting(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let position = accepted(&*store, one("a", 0, "x")).await;
    let mut waiting: Vec<_> = (0..20).map(|n| store.wait_past(Position(position.0 + n))).collect();
    for waiting in &mut waiting {
        assert!(poll_immediate(waiting).await.is_none());
    }
    closed(harness, &store).await;
    for answer in soon(harness, "the end of all waiting", join_all(waiting)).await {
        assert!(answer.is_err(), "a wait was answered with {answer:?}");
    }
    let late = soon(harness, "the answer to a late wait", store.wait_past(position)).await;
    assert!(late.is_err(), "a late wait was answered with {late:?}");
}

/// A commit that is under way when the store is closed is answered; if it was acknowledged, it is there. Guards against
/// callers who are left without an answer.
pub async fn a_commit_under_way_is_answered(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let mut begun: Vec<_> =
        (0..20).map(|n| Box::pin(store.commit(one(&format!("s{n}"), 0, n)))).map(Some).collect();
    let mut answers: Vec<(usize, Result<Position, CommitError>)> = Vec::new();
    for (place, commit) in begun.iter_mut().enumerate() {
        if let Some(under_way) = commit
            && let Some(answer) = poll_immediate(under_way).await
        {
            answers.push((place, answer));
            *commit = None;
        }
    }
    closed(harness, &store).await;
    for (place, commit) in begun.into_iter().enumerate() {
        if let Some(commit) = commit {
            answers.push((place, soon(harness, "the answer to a commit under way", commit).await));
        }
    }
    assert_eq!(answers.len(), 20);
    let log = store.read_all(Position::START, usize::MAX).await;
    for (place, answer) in answers {
        match answer {
            Ok(position) => {
                if let Ok(log) = &log {
                    assert!(log.iter().any(|commit| commit.position == position), "s{place} is lost");
                }
            }
            Err(CommitError::NotWritten(_) | CommitError::OutcomeUnknown(_)) => {}
            Err(error @ (CommitError::Conflict(_) | CommitError::TooLarge { .. })) => {
                panic!("a commit under way was answered: {error}")
            }
        }
    }
}

/// Closing twice is closing once, and a store that was closed while idle can be closed. Guards against a second close that
/// waits for somebody who has gone.
pub async fn closing_twice_is_closing_once(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    closed(harness, &store).await;
    let mut again = pin!(closed(harness, &store));
    soon(harness, "the end of the second closing", &mut again).await;
}

/// What was acknowledged before the store was closed is there when it is opened again, if it can be. Guards against closing
/// that throws away what waits to be written.
pub async fn closing_keeps_what_was_acknowledged(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    for n in 0..10 {
        accepted(&*store, one("a", n, n)).await;
    }
    let before = whole_log(&*store).await;
    closed(harness, &store).await;
    if let Ok(read) = store.read_all(Position::START, usize::MAX).await {
        assert_eq!(read, before);
    }
    if harness.support().of(Ability::Reopening) == Statement::Has {
        let store = reopened(harness, store).await;
        assert_eq!(commits(&*store, Position::START, usize::MAX).await, before);
        accepted(&*store, one("a", 10, "after")).await;
        assert_eq!(page(&*store, "a", 9, 10).await.len(), 2);
    }
}
