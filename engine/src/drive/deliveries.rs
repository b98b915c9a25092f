use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cutover::notification::{Mark, NotificationId};
use cutover::{CursorId, Timestamp};

/// How far a notifier is (E4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deliveries {
    /// The cursor that it is told by.
    pub cursor: CursorId,
    /// Up to where everything was delivered by this engine, or acknowledged.
    pub delivered: Mark,
    /// Up to where that is recorded; what is beyond it is delivered again after a crash.
    pub acknowledged: Mark,
    /// The notification that is being delivered, if one is.
    pub current: Option<Delivery>,
}

/// A notification that is being delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Which.
    pub notification: NotificationId,
    /// Since when it is tried.
    pub since: Timestamp,
    /// How often it failed.
    pub failures: u32,
    /// Why it failed last, and when it is tried again; `None` while it is tried.
    pub failed: Option<(String, Timestamp)>,
}

/// What each notifier is doing.
#[derive(Debug, Default)]
pub(crate) struct NotifierStates(Mutex<BTreeMap<CursorId, Deliveries>>);

impl NotifierStates {
    pub(super) fn set(&self, state: Deliveries) {
        self.states().insert(state.cursor.clone(), state);
    }

    pub(crate) fn all(&self) -> Vec<Deliveries> {
        self.states().values().cloned().collect()
    }

    fn states(&self) -> MutexGuard<'_, BTreeMap<CursorId, Deliveries>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
