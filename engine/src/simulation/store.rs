//! The store as the simulated engines see it: others have turns before and after each call, and calls fail as the seed says.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use async_trait::async_trait;
use cutover::Timestamp;
use cutover::store::conformance::faulty::{Call, Fault, FaultyStore, Rule};
use cutover::store::{
    Checkpoint, Commit, CommitError, EventStore, Position, RecordedCommit, RecordedEvent, Sequence,
    StoreError, StreamId,
};
use cutover_store_memory::MemoryStore;

use super::FaultKind;
use super::chance::Chance;
use crate::Clock;

/// Turns that others have before or after a call, at most; and before a commit that is held up.
const TURNS: u64 = 1;
const HELD_UP: u64 = 24;

/// A memory store with faults. Clones are the same store.
#[derive(Clone)]
pub(super) struct FailingStore {
    faulty: FaultyStore<Arc<MemoryStore>>,
    chance: Chance,
    down_until: Arc<Mutex<Option<Timestamp>>>,
    is_written: Arc<AtomicBool>,
}

impl FailingStore {
    pub(super) fn new(store: Arc<MemoryStore>, chance: Chance) -> Self {
        Self {
            faulty: FaultyStore::new(store),
            chance,
            down_until: Arc::default(),
            is_written: Arc::default(),
        }
    }

    /// Every call fails until then; `None`: it is there again.
    pub(super) fn goes_down(&self, until: Option<Timestamp>) {
        *self.down_until.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }

    /// Whether anything may have been written since this was asked last.
    pub(super) fn is_written(&self) -> bool {
        self.is_written.swap(false, Ordering::Relaxed)
    }

    fn is_down(&self) -> bool {
        let until = *self.down_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| self.chance.clock.now() < until)
    }

    /// What the call meets.
    fn fault(&self, call: Call) -> Option<Fault> {
        if self.is_down() {
            return Some(Fault::NotDone);
        }
        let of_commits =
            [(FaultKind::LostAnswer, Fault::LostAnswer), (FaultKind::LostCommit, Fault::LostCall)];
        let of_commits = of_commits.into_iter().filter(|_| call == Call::Commit);
        let of_all = [(FaultKind::StoreFails, Fault::NotDone)];
        let (kind, fault) = of_commits.chain(of_all).find(|(kind, _)| self.chance.strikes(*kind))?;
        self.chance.count(kind);
        self.chance.note(&format!("{kind}: {call:?}"));
        Some(fault)
    }

    async fn others_have_turns(&self, most: u64) {
        for _ in 0..self.chance.below(most + 1) {
            let mut is_over = false;
            poll_fn(|context| {
                if std::mem::replace(&mut is_over, true) {
                    return Poll::Ready(());
                }
                context.waker().wake_by_ref();
                Poll::Pending
            })
            .await;
        }
    }

    async fn carry_out<T, E>(
        &self,
        call: Call,
        done: impl Future<Output = Result<T, E>> + Send,
    ) -> Result<T, E> {
        self.others_have_turns(TURNS).await;
        // Nothing comes between this and the call, which is looked at when it is polled first.
        self.faulty.heal();
        if let Some(fault) = self.fault(call) {
            self.faulty.add(Rule::on(call).meets(fault));
        }
        self.is_written.fetch_or(call == Call::Commit, Ordering::Relaxed);
        let answer = done.await;
        self.others_have_turns(TURNS).await;
        answer
    }
}

#[async_trait]
impl EventStore for FailingStore {
    async fn commit(&self, commit: Commit) -> Result<Position, CommitError> {
        if self.chance.strikes(FaultKind::Conflict) {
            self.others_have_turns(HELD_UP).await;
        }
        let answer = self.carry_out(Call::Commit, self.faulty.commit(commit)).await;
        if let Err(CommitError::Conflict(conflict)) = &answer {
            self.chance.count(FaultKind::Conflict);
            self.chance.note(&conflict.to_string());
        }
        answer
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after: Sequence,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        self.carry_out(Call::ReadStream, self.faulty.read_stream(stream, after, limit)).await
    }

    async fn read_all(&self, after: Position, limit: usize) -> Result<Vec<RecordedCommit>, StoreError> {
        self.carry_out(Call::ReadAll, self.faulty.read_all(after, limit)).await
    }

    async fn head(&self) -> Result<Position, StoreError> {
        self.carry_out(Call::Head, self.faulty.head()).await
    }

    async fn wait_past(&self, position: Position) -> Result<Position, StoreError> {
        self.carry_out(Call::WaitPast, self.faulty.wait_past(position)).await
    }

    async fn load_checkpoint(&self, stream: &StreamId) -> Result<Option<Checkpoint>, StoreError> {
        self.carry_out(Call::LoadCheckpoint, self.faulty.load_checkpoint(stream)).await
    }

    async fn save_checkpoint(&self, stream: &StreamId, checkpoint: Checkpoint) -> Result<(), StoreError> {
        self.carry_out(Call::SaveCheckpoint, self.faulty.save_checkpoint(stream, checkpoint)).await
    }
}
