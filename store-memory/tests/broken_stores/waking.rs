//! Stores that let who waits sleep, or wake them for nothing.

use std::future::poll_fn;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Poll, Waker};

use async_trait::async_trait;
use cutover::store::{Commit, CommitError, EventStore as _, Position, RecordedCommit, StoreError};
use event_listener::Event;
use futures::future::pending;

use crate::breaking::{Breaks, Within, a_turn, locked};

type Head = Result<Position, StoreError>;

/// It sleeps until the next commit but one.
#[derive(Default)]
pub(crate) struct MissesACommit;

#[async_trait]
impl Breaks for MissesACommit {
    async fn wait_past(&self, within: &Within, position: Position) -> Head {
        if within.head().await? <= position {
            return within.wait_past(Position(position.0.saturating_add(1))).await;
        }
        within.wait_past(position).await
    }
}

/// It looks, and begins to listen a little later.
#[derive(Default)]
pub(crate) struct LooksThenSleeps(Event);

#[async_trait]
impl Breaks for LooksThenSleeps {
    async fn commit(&self, within: &Within, commit: Commit) -> Result<Position, CommitError> {
        let position = within.commit(commit).await?;
        self.0.notify(usize::MAX);
        Ok(position)
    }

    async fn wait_past(&self, within: &Within, position: Position) -> Head {
        loop {
            let head = within.head().await?;
            if head > position {
                return Ok(head);
            }
            a_turn().await;
            self.0.listen().await;
        }
    }
}

/// It listens for what is new, also if what was asked for is there.
#[derive(Default)]
pub(crate) struct WakesForNewOnesOnly;

#[async_trait]
impl Breaks for WakesForNewOnesOnly {
    async fn wait_past(&self, within: &Within, position: Position) -> Head {
        let head = within.head().await?;
        within.wait_past(position.max(head)).await
    }
}

/// It forgets when it is opened again what there was to wake for.
#[derive(Default)]
pub(crate) struct WakesForNewOnesOnceReopened;

#[async_trait]
impl Breaks for WakesForNewOnesOnceReopened {
    async fn wait_past(&self, within: &Within, position: Position) -> Head {
        let head = if within.was_reopened { within.head().await? } else { position };
        within.wait_past(position.max(head)).await
    }
}

/// A commit wakes one of those who wait.
#[derive(Default)]
pub(crate) struct WakesOne(Event);

#[async_trait]
impl Breaks for WakesOne {
    async fn commit(&self, within: &Within, commit: Commit) -> Result<Position, CommitError> {
        let position = within.commit(commit).await?;
        self.0.notify(1);
        Ok(position)
    }

    async fn wait_past(&self, within: &Within, position: Position) -> Head {
        loop {
            let listening = self.0.listen();
            let head = within.head().await?;
            if head > position {
                return Ok(head);
            }
            listening.await;
        }
    }
}

/// Those who wait draw numbers, which they keep when they go away; a commit calls one, who calls the next.
#[derive(Default)]
pub(crate) struct CallsTheGone(Mutex<Numbers>);

#[derive(Default)]
struct Numbers {
    drawn: u64,
    called: u64,
    wakers: Vec<Waker>,
}

impl Numbers {
    fn call(&mut self) {
        self.called = self.drawn.min(self.called + 1);
        self.wakers.drain(..).for_each(Waker::wake);
    }
}

#[async_trait]
impl Breaks for CallsTheGone {
    async fn commit(&self, within: &Within, commit: Commit) -> Result<Position, CommitError> {
        let position = within.commit(commit).await?;
        locked(&self.0).call();
        Ok(position)
    }

    async fn wait_past(&self, within: &Within, position: Position) -> Head {
        let mut number = None;
        poll_fn(|context| {
            let head = within.whole_log().last().map_or(Position::START, |commit| commit.position);
            let mut numbers = locked(&self.0);
            let is_called = number.is_none_or(|number| numbers.called >= number);
            if head > position && is_called {
                numbers.call();
                return Poll::Ready(Ok(head));
            }
            if is_called {
                numbers.drawn += 1;
                number = Some(numbers.drawn);
            }
            numbers.wakers.push(context.waker().clone());
            Poll::Pending
        })
        .await
    }
}

/// Every commit wakes everybody, whatever they wait for.
#[derive(Default)]
pub(crate) struct WakesTooEarly;

#[async_trait]
impl Breaks for WakesTooEarly {
    async fn wait_past(&self, within: &Within, position: Position) -> Head {
        let head = within.head().await?;
        within.wait_past(position.min(head)).await
    }
}

/// It waits for the next position, in 64 bits.
#[derive(Default)]
pub(crate) struct WrapsAroundWaiting;

#[async_trait]
impl Breaks for WrapsAroundWaiting {
    async fn wait_past(&self, within: &Within, position: Position) -> Head {
        let next = position.0.wrapping_add(1);
        if next == 0 {
            return within.head().await;
        }
        within.wait_past(position).await
    }
}

/// It keeps the waker of the first poll.
#[derive(Default)]
pub(crate) struct KeepsTheFirstWaker(Mutex<Vec<Waker>>);

#[async_trait]
impl Breaks for KeepsTheFirstWaker {
    async fn commit(&self, within: &Within, commit: Commit) -> Result<Position, CommitError> {
        let position = within.commit(commit).await?;
        let wakers = std::mem::take(&mut *locked(&self.0));
        wakers.into_iter().for_each(Waker::wake);
        Ok(position)
    }

    async fn wait_past(&self, within: &Within, position: Position) -> Head {
        let mut is_listed = false;
        poll_fn(|context| {
            let head = within.whole_log().last().map_or(Position::START, |commit| commit.position);
            if head > position {
                return Poll::Ready(Ok(head));
            }
            if !std::mem::replace(&mut is_listed, true) {
                locked(&self.0).push(context.waker().clone());
            }
            Poll::Pending
        })
        .await
    }
}

/// A commit that is refused wakes those who wait.
#[derive(Default)]
pub(crate) struct WakesOnAConflict {
    tries: AtomicU64,
    tried: Event,
}

#[async_trait]
impl Breaks for WakesOnAConflict {
    async fn commit(&self, within: &Within, commit: Commit) -> Result<Position, CommitError> {
        let answer = within.commit(commit).await;
        self.tries.fetch_add(1, Ordering::SeqCst);
        self.tried.notify(usize::MAX);
        answer
    }

    async fn wait_past(&self, within: &Within, position: Position) -> Head {
        let before = self.tries.load(Ordering::SeqCst);
        let listening = self.tried.listen();
        let head = within.head().await?;
        if head > position {
            return Ok(head);
        }
        listening.await;
        assert!(self.tries.load(Ordering::SeqCst) > before);
        within.head().await
    }
}

/// It wakes those who wait, and shows what it woke them for a little later.
#[derive(Default)]
pub(crate) struct WakesBeforeItShows(AtomicU64);

#[async_trait]
impl Breaks for WakesBeforeItShows {
    async fn commit(&self, within: &Within, commit: Commit) -> Result<Position, CommitError> {
        let position = within.commit(commit).await?;
        a_turn().await;
        a_turn().await;
        self.0.store(position.0, Ordering::SeqCst);
        Ok(position)
    }

    async fn read_all(
        &self,
        within: &Within,
        after: Position,
        limit: usize,
    ) -> Result<Vec<RecordedCommit>, StoreError> {
        let mut page = within.read_all(after, limit).await?;
        page.retain(|commit| commit.position.0 <= self.0.load(Ordering::SeqCst));
        Ok(page)
    }
}

/// Everybody who waits has one of a hundred connections, and so has every commit.
#[derive(Default)]
pub(crate) struct HasAHundredConnections(AtomicU64);

#[async_trait]
impl Breaks for HasAHundredConnections {
    async fn commit(&self, within: &Within, commit: Commit) -> Result<Position, CommitError> {
        if self.0.load(Ordering::SeqCst) > 100 {
            pending::<()>().await;
        }
        within.commit(commit).await
    }

    async fn wait_past(&self, within: &Within, position: Position) -> Head {
        self.0.fetch_add(1, Ordering::SeqCst);
        let head = within.wait_past(position).await;
        self.0.fetch_sub(1, Ordering::SeqCst);
        head
    }
}
