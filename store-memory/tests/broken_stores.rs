//! The suite is known to be able to fail: stores that are broken on purpose, each in a way that real ones are, are caught.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use cutover::store::conformance::{StoreUnderTest, block_on, concurrency, conflicts, guards, paging, waking};
use cutover::store::{
    Checkpoint, Commit, CommitError, EventStore, Position, RecordedCommit, RecordedEvent, Sequence,
    StoreError, StreamId,
};
use cutover_store_memory::MemoryStore;
use futures::FutureExt as _;
use futures::future::{self, BoxFuture};

/// How the store is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// It looks at the first stream of a commit only, and at no guard.
    ChecksTheFirstStreamOnly,
    /// It checks what is appended to and forgets what was only read.
    ForgetsGuards,
    /// It draws a position, and publishes the commit only later: others may have overtaken it by then.
    PublishesLate,
    /// It looks, and falls asleep afterwards: what comes in between wakes nobody.
    MissesWakeUps,
    /// It takes a limit of 0 for none.
    ZeroIsNoLimit,
    /// It loses an event where a page begins.
    SkipsAtThePagesEdge,
}

/// A memory store with a fault in front of it.
struct Broken {
    fault: Fault,
    inner: MemoryStore,
    turns: AtomicU64,
}

impl Broken {
    /// The commit without the expectations that this store does not look at: they are put right.
    async fn overlooking(&self, commit: &Commit) -> Result<Commit, StoreError> {
        let mut builder = Commit::builder(commit.header().clone());
        for (place, event) in commit.events() {
            let expectation = &commit.streams()[*place];
            let is_overlooked = *place > 0 && self.fault == Fault::ChecksTheFirstStreamOnly;
            let at = if is_overlooked {
                let events = self.inner.read_stream(&expectation.stream, Sequence::NONE, usize::MAX).await?;
                Sequence(events.len() as u64)
            } else {
                expectation.at
            };
            builder = builder.append(&expectation.stream, at, event.clone());
        }
        builder.build().map_err(|error| StoreError::unavailable("building the commit", error))
    }

    /// With the fault `PublishesLate`, every fourth commit is not visible while this many others are.
    fn hides(&self, position: Position) -> bool {
        let is_late = position.0 % 4 == 1 && self.turns.fetch_add(1, Ordering::Relaxed) % 64 < 48;
        self.fault == Fault::PublishesLate && is_late
    }
}

#[async_trait]
impl EventStore for Broken {
    async fn commit(&self, commit: Commit) -> Result<Position, CommitError> {
        let commit = match self.fault {
            Fault::ChecksTheFirstStreamOnly | Fault::ForgetsGuards => {
                self.overlooking(&commit).await.map_err(CommitError::NotWritten)?
            }
            Fault::PublishesLate
            | Fault::MissesWakeUps
            | Fault::ZeroIsNoLimit
            | Fault::SkipsAtThePagesEdge => commit,
        };
        self.inner.commit(commit).await
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after: Sequence,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        let is_unlimited = limit == 0 && self.fault == Fault::ZeroIsNoLimit;
        let limit = if is_unlimited { usize::MAX } else { limit };
        let is_off = after > Sequence(3) && self.fault == Fault::SkipsAtThePagesEdge;
        let after = if is_off { after.plus(1) } else { after };
        self.inner.read_stream(stream, after, limit).await
    }

    async fn read_all(&self, after: Position, limit: usize) -> Result<Vec<RecordedCommit>, StoreError> {
        let mut page = self.inner.read_all(after, limit).await?;
        page.retain(|commit| !self.hides(commit.position));
        Ok(page)
    }

    async fn head(&self) -> Result<Position, StoreError> {
        self.inner.head().await
    }

    async fn wait_past(&self, position: Position) -> Result<Position, StoreError> {
        if self.fault == Fault::MissesWakeUps && self.inner.head().await? <= position {
            // Sleeps until the next commit but one.
            return self.inner.wait_past(Position(position.0 + 1)).await;
        }
        self.inner.wait_past(position).await
    }

    async fn load_checkpoint(&self, stream: &StreamId) -> Result<Option<Checkpoint>, StoreError> {
        self.inner.load_checkpoint(stream).await
    }

    async fn save_checkpoint(&self, stream: &StreamId, checkpoint: Checkpoint) -> Result<(), StoreError> {
        self.inner.save_checkpoint(stream, checkpoint).await
    }
}

#[async_trait]
impl StoreUnderTest for Fault {
    async fn fresh(&self) -> Arc<dyn EventStore> {
        Arc::new(Broken { fault: *self, inner: MemoryStore::new(), turns: AtomicU64::new(0) })
    }

    /// A short one: everything here comes at once or not at all.
    fn patience(&self) -> BoxFuture<'static, ()> {
        let mut turns = 0;
        future::poll_fn(move |context| {
            turns += 1;
            if turns > 10_000 {
                return std::task::Poll::Ready(());
            }
            context.waker().wake_by_ref();
            std::task::Poll::Pending
        })
        .boxed()
    }
}

#[test]
#[should_panic(expected = "the commit conflicts, and the store accepted it")]
fn a_store_that_checks_the_first_stream_only_is_caught() {
    block_on(conflicts::every_stream_of_a_commit_is_checked(&Fault::ChecksTheFirstStreamOnly));
}

#[test]
#[should_panic(expected = "the commit conflicts, and the store accepted it")]
fn a_store_that_forgets_guards_is_caught() {
    block_on(guards::a_guard_that_moved_on_is_a_conflict(&Fault::ForgetsGuards));
}

#[test]
#[should_panic(expected = "one of the two stays on duty")]
fn a_store_with_write_skew_is_caught() {
    block_on(concurrency::there_is_no_write_skew(&Fault::ForgetsGuards));
}

#[test]
#[should_panic(expected = "a commit was skipped")]
fn a_store_that_publishes_a_commit_late_is_caught() {
    block_on(concurrency::a_late_commit_is_never_skipped(&Fault::PublishesLate));
}

#[test]
#[should_panic(expected = "a wake-up did not come")]
fn a_store_that_misses_wake_ups_is_caught() {
    block_on(waking::a_commit_wakes_who_waits(&Fault::MissesWakeUps));
}

#[test]
#[should_panic(expected = "the last wake-up did not come")]
fn a_store_that_misses_the_last_wake_up_is_caught() {
    block_on(waking::a_wake_up_is_never_missed(&Fault::MissesWakeUps));
}

#[test]
#[should_panic(expected = "left == right")]
fn a_store_that_takes_zero_for_no_limit_is_caught() {
    block_on(paging::a_limit_of_zero_gives_nothing(&Fault::ZeroIsNoLimit));
}

#[test]
#[should_panic(expected = "left == right")]
fn a_store_that_loses_an_event_at_a_pages_edge_is_caught() {
    block_on(paging::a_page_of_a_stream_is_right_at_every_boundary(&Fault::SkipsAtThePagesEdge));
}
