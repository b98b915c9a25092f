//! Answers that are lost on the way: whoever sent a commit finds out what became of it, and does nothing twice.
//!
//! The tests put a [`FaultyStore`] around the store, which loses what the network between the two would lose.

use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::StoreUnderTest;
use super::drafts::{Draft, a_turn, accepted, commits, ok, one, page, says, stands_at, together, whole_log};
use super::faulty::{Call, Fault, FaultyStore, Rule};
use crate::store::{Commit, CommitError, EventStore, Position, RecordedCommit, StoreError};

/// The position that a commit has if it landed: its id is then on the event behind the expected sequence.
async fn landed(store: &dyn EventStore, commit: &Commit) -> Option<Position> {
    let expected = &commit.streams()[0];
    let next = page(store, expected.stream.as_str(), expected.at.0, 1).await;
    next.first().filter(|event| event.header.id == commit.header().id).map(|event| event.position)
}

/// Sends a commit until it is known what became of it: its position, or `None` if it conflicts with another.
async fn sent_until_known(store: &dyn EventStore, commit: &Commit) -> Option<Position> {
    loop {
        match store.commit(commit.clone()).await {
            Ok(position) => return Some(position),
            Err(CommitError::Conflict(_)) => return landed(store, commit).await,
            Err(CommitError::NotWritten(_) | CommitError::OutcomeUnknown(_)) => a_turn().await,
            Err(error @ CommitError::TooLarge { .. }) => panic!("the store answered: {error}"),
        }
    }
}

#[track_caller]
fn is_in_doubt(answer: &Result<Position, CommitError>) {
    assert!(matches!(answer, Err(CommitError::OutcomeUnknown(_))), "the answer was to be lost: {answer:?}");
}

/// A commit whose answer was lost is found by its id, at its position, on each of its streams. Guards against stores that
/// do not keep the id of a commit with its events.
pub async fn a_commit_whose_answer_was_lost_is_found_by_its_id(harness: &dyn StoreUnderTest) {
    let store = FaultyStore::new(harness.fresh().await);
    accepted(&store, one("a", 0, "before")).await;
    store.next_commits([Some(Fault::LostAnswer)]);
    let commit = Draft::new("in doubt").on("a", 1, "x").on("b", 0, "x").on("a", 1, "y").done();
    is_in_doubt(&store.commit(commit.clone()).await);
    let found = sent_until_known(&store, &commit).await;
    assert_eq!(found, store.head().await.ok());
    for (name, at) in [("a", 1), ("b", 0)] {
        let next = &page(&store, name, at, 1).await[0];
        assert_eq!((&next.header.id, Some(next.position)), (&commit.header().id, found));
    }
    assert_eq!(says(&store, "a").await, ["before", "x", "y"]);
    assert_eq!(whole_log(&store).await.len(), 2);
}

/// A commit that never reached the store is accepted when it is sent again, and found to be its sender's. Guards against
/// senders' ids that are taken for used.
pub async fn a_commit_that_was_lost_is_accepted_when_it_comes_again(harness: &dyn StoreUnderTest) {
    let store = FaultyStore::new(harness.fresh().await);
    store.next_commits([Some(Fault::LostCall), Some(Fault::NotDone), Some(Fault::LostAnswer)]);
    let commit = Draft::new("in doubt").on("a", 0, "x").on("b", 0, "x").done();
    is_in_doubt(&store.commit(commit.clone()).await);
    assert_eq!(landed(&store, &commit).await, None);
    let found = sent_until_known(&store, &commit).await;
    assert_eq!(found, store.head().await.ok());
    assert_eq!(whole_log(&store).await.len(), 1);
}

/// A commit in doubt that others have built upon is still found. Guards against stores that remember the last commit of a
/// stream only.
pub async fn a_commit_in_doubt_is_found_beneath_later_ones(harness: &dyn StoreUnderTest) {
    let store = FaultyStore::new(harness.fresh().await);
    store.next_commits([Some(Fault::LostAnswer)]);
    let commit = Draft::new("in doubt").on("a", 0, "x").on("b", 0, "x").done();
    is_in_doubt(&store.commit(commit.clone()).await);
    for n in 1..5 {
        accepted(&store, one("a", n, n)).await;
        accepted(&store, one("b", n, n)).await;
    }
    let found = sent_until_known(&store, &commit).await;
    assert_eq!(found, whole_log(&store).await.first().map(|commit| commit.position));
    assert_eq!(stands_at(&store, "a").await, 5);
}

/// Of rivals who all lose their answers one finds that it has won, and the others that they have not. Guards against ids
/// that are found where they were only tried.
pub async fn rivals_in_doubt_agree_on_who_has_won(harness: &dyn StoreUnderTest) {
    let store = FaultyStore::new(harness.fresh().await);
    for round in 0..5 {
        store.heal();
        store.next_commits(vec![Some(Fault::LostAnswer); 4]);
        let rivals: Vec<Commit> = (0..4)
            .map(|rival| Draft::new(&format!("{round}.{rival}")).on("contested", round, rival).done())
            .collect();
        for rival in &rivals {
            // The first is recorded and its answer lost; the others are refused, and a refusal comes back.
            let answer = store.commit(rival.clone()).await;
            assert!(answer.is_err(), "{answer:?}");
        }
        let mut winners = Vec::new();
        for rival in &rivals {
            winners.extend(sent_until_known(&store, rival).await);
        }
        assert_eq!(winners, [page(&store, "contested", round, 1).await[0].position]);
    }
}

/// Many writers on one stream, who lose calls and answers all the time and send again, get everything in, each once. Guards
/// against everything that makes a repeat count twice.
pub async fn writers_in_doubt_write_everything_once(harness: &dyn StoreUnderTest) {
    const WRITERS: u64 = 4;
    const COMMITS: u64 = 10;
    let store = FaultyStore::new(harness.fresh().await);
    for (seed, fault) in (0..).zip([Fault::LostAnswer, Fault::LostCall, Fault::NotDone]) {
        store.add(Rule::on(Call::Commit).one_in(4, seed).meets(fault));
    }
    let tasks = (0..WRITERS).map(|writer| -> BoxFuture<'static, ()> {
        let store = store.clone();
        let writing = async move {
            for n in 0..COMMITS {
                loop {
                    let at = stands_at(&store, "shared").await;
                    let says = format!("{writer}.{n}");
                    let commit = Draft::new(&format!("{says} at {at}")).on("shared", at, &says).on(
                        &format!("own {writer}"),
                        n,
                        &says,
                    );
                    if sent_until_known(&store, &commit.done()).await.is_some() {
                        break;
                    }
                    a_turn().await;
                }
            }
        };
        writing.boxed()
    });
    together(harness, tasks.collect()).await;
    store.heal();
    assert!(store.injected() > 0);
    let mut all = says(&store, "shared").await;
    assert_eq!(all.len() as u64, WRITERS * COMMITS);
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len() as u64, WRITERS * COMMITS);
    for writer in 0..WRITERS {
        let own = says(&store, &format!("own {writer}")).await;
        assert!(own.into_iter().eq((0..COMMITS).map(|n| format!("{writer}.{n}"))));
    }
}

/// A reader whose reads fail now and then, and who goes on from the last position it saw, sees everything once. Guards
/// against stores that keep a reader's place for it, and move it although the answer was lost.
pub async fn a_reader_goes_on_after_reads_that_failed(harness: &dyn StoreUnderTest) {
    const COMMITS: u64 = 60;
    let store = FaultyStore::new(harness.fresh().await);
    for (seed, call) in (0..).zip([Call::ReadAll, Call::WaitPast]) {
        store.add(Rule::on(call).one_in(3, seed).meets(Fault::LostAnswer));
        store.add(Rule::on(call).one_in(5, seed + 7).meets(Fault::NotDone));
    }
    let within: Arc<dyn EventStore> = Arc::clone(store.inner());
    let reading = async move {
        let mut seen: Vec<RecordedCommit> = Vec::new();
        while (seen.len() as u64) < COMMITS {
            let after = seen.last().map_or(Position::START, |commit| commit.position);
            let page: Result<Vec<RecordedCommit>, StoreError> = async {
                store.wait_past(after).await?;
                store.read_all(after, 7).await
            }
            .await;
            seen.extend(page.unwrap_or_default());
            a_turn().await;
        }
        store.heal();
        assert_eq!(seen, whole_log(&store).await);
    };
    let writing = {
        let store = within;
        async move {
            for n in 0..COMMITS {
                accepted(&*store, one("a", n, n)).await;
                a_turn().await;
            }
            let head = ok(store.head().await, "reading the head");
            assert_eq!(commits(&*store, head, 1).await, []);
        }
    };
    together(harness, vec![reading.boxed(), writing.boxed()]).await;
}
