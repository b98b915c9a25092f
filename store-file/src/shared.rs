//! What the writer and the readers share.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use cutover::store::StoreError;
use event_listener::Event;

use crate::disk::Disk;
use crate::header::StoreId;
use crate::index::Index;

/// The index holds only what is durable: what a reader sees cannot be lost any more.
pub(crate) struct Shared {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) folder: PathBuf,
    pub(crate) store: StoreId,
    pub(crate) changed: Event,
    index: RwLock<Index>,
    failure: OnceLock<String>,
    is_closed: AtomicBool,
}

impl Shared {
    pub(crate) fn new(disk: Arc<dyn Disk>, folder: PathBuf, store: StoreId, index: Index) -> Self {
        Self {
            disk,
            folder,
            store,
            changed: Event::new(),
            index: RwLock::new(index),
            failure: OnceLock::new(),
            is_closed: AtomicBool::new(false),
        }
    }

    // A panic while the index was being changed ends the writer, and with it every further change.
    pub(crate) fn index(&self) -> RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn index_to_change(&self) -> RwLockWriteGuard<'_, Index> {
        self.index.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on the store takes no commit, because of `what`.
    pub(crate) fn poison(&self, what: String) {
        // The first failure is the one to report.
        let _later_failure = self.failure.set(what);
        self.changed.notify(usize::MAX);
    }

    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        self.changed.notify(usize::MAX);
    }

    /// Whether the writer has ended as it should: then everything that it took was answered.
    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }

    /// Why the store takes no commits any more, if it does not.
    pub(crate) fn refusal(&self) -> Option<StoreError> {
        if let Some(what) = self.failure.get() {
            return Some(StoreError::Poisoned { what: what.clone() });
        }
        self.is_closed().then(closed)
    }
}

pub(crate) fn closed() -> StoreError {
    StoreError::ReadOnly { what: "it is closed".to_owned() }
}
