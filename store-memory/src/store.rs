//! The store: the log behind a lock, and the wake-up of those who wait for more.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard};

use async_trait::async_trait;
use cutover::store::{
    Checkpoint, Commit, CommitError, EventStore, Position, RecordedCommit, RecordedEvent, Sequence,
    StoreError, StreamId,
};
use event_listener::Event;

use crate::log::Log;

/// An event store that lives in memory. Nothing is kept once it is dropped.
///
/// Commits and reads take a lock for as long as they copy, and await nothing while they hold it.
#[derive(Debug, Default)]
pub struct MemoryStore {
    log: RwLock<Log>,
    recorded: Event,
    checkpoints: Mutex<HashMap<StreamId, Checkpoint>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    // A panic under the lock would be a defect of this crate, and no statement between two changes of the log can panic:
    // what the lock guards is whole, so its poison is not passed on.
    fn log(&self) -> RwLockReadGuard<'_, Log> {
        self.log.read().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl EventStore for MemoryStore {
    async fn commit(&self, commit: Commit) -> Result<Position, CommitError> {
        let position = {
            let mut log = self.log.write().unwrap_or_else(PoisonError::into_inner);
            log.append(commit).map_err(CommitError::Conflict)?
        };
        self.recorded.notify(usize::MAX);
        Ok(position)
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after: Sequence,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        Ok(self.log().read_stream(stream, after, limit))
    }

    async fn read_all(&self, after: Position, limit: usize) -> Result<Vec<RecordedCommit>, StoreError> {
        Ok(self.log().read_all(after, limit))
    }

    async fn head(&self) -> Result<Position, StoreError> {
        Ok(self.log().head())
    }

    async fn wait_past(&self, position: Position) -> Result<Position, StoreError> {
        loop {
            // Listens before it looks, so that a commit between the two is not missed.
            let recorded = self.recorded.listen();
            let head = self.log().head();
            if head > position {
                return Ok(head);
            }
            recorded.await;
        }
    }

    async fn load_checkpoint(&self, stream: &StreamId) -> Result<Option<Checkpoint>, StoreError> {
        let checkpoints = self.checkpoints.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(checkpoints.get(stream).cloned())
    }

    async fn save_checkpoint(&self, stream: &StreamId, checkpoint: Checkpoint) -> Result<(), StoreError> {
        let mut checkpoints = self.checkpoints.lock().unwrap_or_else(PoisonError::into_inner);
        checkpoints.insert(stream.clone(), checkpoint);
        Ok(())
    }
}
