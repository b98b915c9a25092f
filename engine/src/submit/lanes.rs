use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use cutover::{PipelineId, Subject};
use futures::lock::{Mutex as AsyncMutex, OwnedMutexGuard};

/// What commands wait for each other about, so that within a process they don't conflict.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Lane {
    /// A pipeline, its releases and its stages' queues.
    Pipeline(PipelineId),
    /// One aggregate that is of no pipeline.
    Of(Subject),
}

/// The lanes that are in use, one command in each at a time.
#[derive(Debug, Default)]
pub(crate) struct Lanes(Mutex<HashMap<Lane, Weak<AsyncMutex<()>>>>);

/// The lanes that nobody uses are swept when there are more than this and twice as many as in use.
const FEW: usize = 64;

impl Lanes {
    /// Waits until no other command is in the lane. It is free again when the guard is dropped.
    pub(crate) async fn enter(&self, lane: Lane) -> OwnedMutexGuard<()> {
        self.lane(lane).lock_owned().await
    }

    fn lane(&self, lane: Lane) -> Arc<AsyncMutex<()>> {
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lanes.get(&lane).and_then(Weak::upgrade) {
            return known;
        }
        if lanes.len() >= FEW && lanes.len() == lanes.capacity() {
            lanes.retain(|_, lane| lane.strong_count() > 0);
        }
        let new = Arc::new(AsyncMutex::new(()));
        lanes.insert(lane, Arc::downgrade(&new));
        new
    }
}
