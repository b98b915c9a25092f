//! Futures that are dropped half-way: they take nothing along but themselves.

use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::{BoxFuture, poll_immediate};

use super::StoreUnderTest;
use super::drafts::{
    Draft, a_turn, accepted, ok, one, page, says, soon, stands_at, stream, together, whole_log, won,
};
use crate::store::{CommitError, EventStore, Position, Sequence};

/// Where the streams stand once whatever was under way is behind a commit that goes through.
async fn settled(store: &dyn EventStore, says: u64) {
    loop {
        let at = stands_at(store, "settled").await;
        if won(store, one("settled", at, says)).await.is_some() {
            return;
        }
        a_turn().await;
    }
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
        soon(harness, "the commit after a dropped one", settled(&*store, n)).await;
        let log = whole_log(&*store).await;
        let of_drafts = log.iter().filter(|commit| commit.header.id.as_str().starts_with("dropped"));
        for commit in of_drafts {
            assert_eq!(commit.events.len(), 3, "a commit is whole");
        }
    }
    assert_eq!(stands_at(&*store, "a").await, 2 * stands_at(&*store, "b").await);
}

/// Of many commits that are begun together and half of them dropped, the other half is accepted and recorded. Guards against
/// batches whose first member does the work for all, and takes it along.
pub async fn a_dropped_commit_takes_no_other_along(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    for round in 0..10_u64 {
        let mut begun: Vec<_> = (0..12).map(|n| store.commit(one(&format!("s{n}.{round}"), 0, n))).collect();
        let mut answers = Vec::new();
        for commit in &mut begun {
            answers.push(poll_immediate(commit).await);
        }
        for ((place, commit), answer) in (0_u64..).zip(begun).zip(answers) {
            // The first is dropped in every other round.
            let is_dropped = place % 2 == round % 2;
            let answer = match answer {
                Some(answer) => answer,
                None if is_dropped => {
                    drop(commit);
                    continue;
                }
                None => soon(harness, "the answer to a commit", commit).await,
            };
            let position = ok(answer, "a commit beside dropped ones");
            let read = page(&*store, &format!("s{place}.{round}"), 0, 10).await;
            assert_eq!(read.iter().map(|event| event.position).collect::<Vec<_>>(), [position]);
        }
        soon(harness, "the commit after dropped ones", settled(&*store, round)).await;
    }
}

/// A read that is begun and dropped changes nothing and holds nothing up. Guards against connections and locks that are
/// lost with it.
pub async fn a_read_that_is_dropped_changes_nothing(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    accepted(&*store, one("a", 0, "x")).await;
    let before = whole_log(&*store).await;
    for _ in 0..100 {
        drop(store.read_all(Position::START, 10));
        let _begun = poll_immediate(store.read_all(Position::START, 10)).await;
        let _begun = poll_immediate(store.read_stream(&stream("a"), Sequence::NONE, 10)).await;
        let _begun = poll_immediate(store.head()).await;
        let _begun = poll_immediate(store.wait_past(Position(u64::MAX))).await;
        let _begun = poll_immediate(store.load_checkpoint(&stream("a"))).await;
    }
    let going_on = async {
        assert_eq!(whole_log(&*store).await, before);
        accepted(&*store, one("a", 1, "y")).await;
    };
    soon(harness, "what comes after dropped reads", going_on).await;
}

/// Writers whose commits are dropped again and again, and who look for what became of them, get everything in once.
/// Guards against a dropped commit that lands later, behind its owner's back.
pub async fn who_drops_and_looks_again_writes_everything_once(harness: &dyn StoreUnderTest) {
    const WRITERS: u64 = 4;
    const COMMITS: u64 = 10;
    let store = harness.fresh().await;
    let tasks = (0..WRITERS).map(|writer| -> BoxFuture<'static, ()> {
        let store = Arc::clone(&store);
        let writing = async move {
            let name = format!("writer {writer}");
            for n in 0..COMMITS {
                // Dropped after some polls. Whether it landed, the same commit sent again says: it conflicts if it did.
                let commit = one(&name, n, n);
                let mut dropped = store.commit(commit.clone());
                for _ in 0..(n + writer) % 3 {
                    if poll_immediate(&mut dropped).await.is_some() {
                        break;
                    }
                    a_turn().await;
                }
                drop(dropped);
                match store.commit(commit).await {
                    Ok(_) | Err(CommitError::Conflict(_)) => {}
                    Err(error) => panic!("the store answered: {error}"),
                }
            }
        };
        writing.boxed()
    });
    together(harness, tasks.collect()).await;
    let expected: Vec<String> = (0..COMMITS).map(|n| n.to_string()).collect();
    for writer in 0..WRITERS {
        assert_eq!(says(&*store, &format!("writer {writer}")).await, expected);
    }
    assert_eq!(whole_log(&*store).await.len() as u64, WRITERS * COMMITS);
}
