use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use cutover::{PipelineId, Subject};
use futures::lock::{Mutex as AsyncMutex, OwnedMutexGuard};

/// What commands wait for each other about, so that within a process they don't conflict, or not twice about the same thing. Who takes
/// several takes them in this order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Lane {
    /// A pipeline, its releases and its stages' queues.
    Pipeline(PipelineId),
    /// One aggregate that is of no pipeline: the lock groups, a pool ...
    Of(Subject),
}

/// The lanes that are in use, one command in each at a time.
#[derive(Debug, Default)]
pub(crate) struct Lanes(Mutex<HashMap<Lane, Weak<AsyncMutex<()>>>>);

/// From so many on, lanes that nobody uses are swept before there is room made for more.
const FEW: usize = 64;

impl Lanes {
    /// Waits until no other command is in any of the lanes. They are free again when the guards are dropped: by whoever needs further ones,
    /// too, before it enters all of them, so that nobody waits for each other for ever.
    pub(crate) async fn enter(&self, lanes: &BTreeSet<Lane>) -> Vec<OwnedMutexGuard<()>> {
        let mut guards = Vec::with_capacity(lanes.len());
        for lane in lanes {
            guards.push(self.lane(lane.clone()).lock_owned().await);
        }
        guards
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
