//! Folded state, kept in memory for as long as the store is open. It is a cache, so that losing it costs only time.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cutover::store::{Checkpoint, StoreError, StreamId};

#[derive(Debug, Default)]
pub(crate) struct Checkpoints(Mutex<HashMap<StreamId, Checkpoint>>);

impl Checkpoints {
    fn all(&self) -> MutexGuard<'_, HashMap<StreamId, Checkpoint>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn load(&self, stream: &StreamId) -> Option<Checkpoint> {
        self.all().get(stream).cloned()
    }

    #[expect(clippy::unnecessary_wraps, reason = "what keeps them elsewhere can fail")]
    pub(crate) fn save(&self, stream: &StreamId, checkpoint: Checkpoint) -> Result<(), StoreError> {
        self.all().insert(stream.clone(), checkpoint);
        Ok(())
    }
}
