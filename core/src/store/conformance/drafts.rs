//! Short ways to write commits and to look at what came of them.

use std::fmt::Display;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use chrono::DateTime;
use futures::future::{self, BoxFuture, Either};

use super::StoreUnderTest;
use crate::store::{
    Cause, Commit, CommitBuilder, CommitError, CommitHeader, EventStore, Json, Mismatch, NewEvent, Position,
    RecordedCommit, RecordedEvent, Sequence, StreamId,
};
use crate::{Actor, CommandId, CommitId};

/// The value, or the end of the test.
#[track_caller]
pub(super) fn ok<T, E: Display>(result: Result<T, E>, what: &str) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{what}: {error}"),
    }
}

pub(super) fn stream(name: &str) -> StreamId {
    ok(StreamId::new(name), "a stream's name")
}

pub(super) fn json(text: &str) -> Json {
    ok(Json::parse(text), "a payload")
}

pub(super) fn header(id: &str) -> CommitHeader {
    CommitHeader {
        id: ok(CommitId::new(id), "a commit's id"),
        command: ok(CommandId::new(format!("command of {id}")), "a command's id"),
        actor: Actor::System,
        time: DateTime::UNIX_EPOCH,
    }
}

/// An event that says `says`.
pub(super) fn event(says: impl Display) -> NewEvent {
    NewEvent {
        name: "test.noted".into(),
        schema: 1,
        cause: Cause::Command,
        payload: ok(Json::of(&says.to_string()), "a payload"),
    }
}

/// What an event made by [`event`] says.
pub(super) fn said(event: &RecordedEvent) -> String {
    ok(serde_json::from_str(event.payload.as_str()), "the payload of an event")
}

/// A commit in the making, written as a list of what it holds.
pub(super) struct Draft(CommitBuilder);

impl Draft {
    pub(super) fn new(id: &str) -> Self {
        Self(Commit::builder(header(id)))
    }

    /// An event for `name`, which stands at `at` before the commit.
    pub(super) fn on(self, name: &str, at: u64, says: impl Display) -> Self {
        Self(self.0.append(&stream(name), Sequence(at), event(says)))
    }

    pub(super) fn event(self, name: &str, at: u64, event: NewEvent) -> Self {
        Self(self.0.append(&stream(name), Sequence(at), event))
    }

    pub(super) fn guard(self, name: &str, at: u64) -> Self {
        Self(self.0.guard(&stream(name), Sequence(at)))
    }

    pub(super) fn done(self) -> Commit {
        ok(self.0.build(), "a commit")
    }
}

/// A commit of one event on one stream.
pub(super) fn one(name: &str, at: u64, says: impl Display) -> Commit {
    let id = format!("{name} {at} {says}");
    // An id holds no control character and at most 256 bytes; a stream's name may.
    let id: String = id.chars().filter(|c| !c.is_control()).take(60).collect();
    Draft::new(&id).on(name, at, says).done()
}

/// The commit is accepted.
pub(super) async fn accepted(store: &dyn EventStore, commit: Commit) -> Position {
    ok(store.commit(commit).await, "the commit")
}

/// The commit is refused, with these mismatches.
pub(super) async fn conflict(store: &dyn EventStore, commit: Commit) -> Vec<Mismatch> {
    match store.commit(commit).await {
        Err(CommitError::Conflict(conflict)) => conflict.0,
        Err(error) => panic!("the commit conflicts, and the store answered: {error}"),
        Ok(position) => panic!("the commit conflicts, and the store accepted it at position {position}"),
    }
}

pub(super) fn mismatch(name: &str, expected: u64, actual: u64) -> Mismatch {
    Mismatch { stream: stream(name), expected: Sequence(expected), actual: Sequence(actual) }
}

pub(super) async fn head(store: &dyn EventStore) -> Position {
    ok(store.head().await, "reading the head")
}

pub(super) async fn page(store: &dyn EventStore, name: &str, after: u64, limit: usize) -> Vec<RecordedEvent> {
    let events = store.read_stream(&stream(name), Sequence(after), limit).await;
    ok(events, "reading a stream")
}

pub(super) async fn commits(store: &dyn EventStore, after: Position, limit: usize) -> Vec<RecordedCommit> {
    ok(store.read_all(after, limit).await, "reading the log")
}

/// Everything in a stream, read in pages.
pub(super) async fn whole_stream(store: &dyn EventStore, name: &str) -> Vec<RecordedEvent> {
    let mut events: Vec<RecordedEvent> = Vec::new();
    loop {
        let after = events.last().map_or(0, |event| event.sequence.0);
        let more = page(store, name, after, 100).await;
        let Some(first) = more.first() else { return events };
        assert_eq!(first.sequence.0, after + 1, "a page of {name:?} after {after} begins elsewhere");
        events.extend(more);
    }
}

/// Everything in the log, read in pages.
pub(super) async fn whole_log(store: &dyn EventStore) -> Vec<RecordedCommit> {
    let mut all: Vec<RecordedCommit> = Vec::new();
    loop {
        let after = all.last().map_or(Position::START, |commit| commit.position);
        let more = commits(store, after, 100).await;
        let Some(first) = more.first() else { return all };
        assert!(first.position > after, "a page after {after} begins at {}", first.position);
        all.extend(more);
    }
}

/// What the events of a stream say, in order.
pub(super) async fn says(store: &dyn EventStore, name: &str) -> Vec<String> {
    whole_stream(store, name).await.iter().map(said).collect()
}

/// The answer, which should come within the harness's patience.
pub(super) async fn soon<T>(harness: &dyn StoreUnderTest, what: &str, answer: impl Future<Output = T>) -> T {
    match future::select(pin!(answer), harness.patience()).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => panic!("{what} did not come"),
    }
}

/// Runs the tasks until all are done, which should come within the harness's patience.
pub(super) async fn together(harness: &dyn StoreUnderTest, tasks: Vec<BoxFuture<'static, ()>>) {
    soon(harness, "the end of all tasks", harness.run(tasks)).await;
}

/// What the harness says that it can do, and must then.
#[track_caller]
fn able<T>(done: Option<T>, what: &str) -> T {
    match done {
        Some(done) => done,
        None => panic!("the harness states {what}, and its method for it did nothing"),
    }
}

pub(super) async fn reopened(
    harness: &dyn StoreUnderTest,
    store: Arc<dyn EventStore>,
) -> Arc<dyn EventStore> {
    able(harness.reopen(store).await, "reopening")
}

pub(super) async fn crashed(harness: &dyn StoreUnderTest, store: Arc<dyn EventStore>) -> Arc<dyn EventStore> {
    able(harness.crash(store).await, "crashing")
}

pub(super) async fn closed(harness: &dyn StoreUnderTest, store: &Arc<dyn EventStore>) {
    able(soon(harness, "the end of closing", harness.close(store)).await.then_some(()), "closing");
}

pub(super) async fn another(
    harness: &dyn StoreUnderTest,
    store: &Arc<dyn EventStore>,
) -> Arc<dyn EventStore> {
    able(harness.another(store).await, "a second handle")
}

/// The position of a commit that was accepted, `None` of one that conflicts. Any other answer ends the test.
pub(super) async fn won(store: &dyn EventStore, commit: Commit) -> Option<Position> {
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

pub(super) async fn stands_at(store: &dyn EventStore, name: &str) -> u64 {
    whole_stream(store, name).await.len() as u64
}

/// Lets the other tasks have their turn.
pub(super) async fn a_turn() {
    let mut is_over = false;
    future::poll_fn(|context| {
        if is_over {
            return Poll::Ready(());
        }
        is_over = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
