use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cutover::notification::{Mark, NotificationId};
use cutover::{CursorId, Timestamp};
use futures::lock::{Mutex as TurnMutex, OwnedMutexGuard};

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
pub(crate) struct NotifierStates {
    states: Mutex<BTreeMap<CursorId, Deliveries>>,
    /// Held by the delivery that is on its way: it goes on when the engine is driven no more.
    turns: Mutex<BTreeMap<CursorId, Arc<TurnMutex<()>>>>,
}

/// While it lives, nothing else is delivered by the cursor.
pub(super) type DeliveryTurn = OwnedMutexGuard<()>;

impl NotifierStates {
    /// Waits until nothing is delivered by the cursor: driving that was dropped may have left a delivery.
    pub(super) async fn turn(&self, cursor: &CursorId) -> DeliveryTurn {
        let turn = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(turns.entry(cursor.clone()).or_default())
        };
        turn.lock_owned().await
    }

    pub(super) fn set(&self, state: Deliveries) {
        self.states().insert(state.cursor.clone(), state);
    }

    pub(crate) fn all(&self) -> Vec<Deliveries> {
        self.states().values().cloned().collect()
    }

    fn states(&self) -> MutexGuard<'_, BTreeMap<CursorId, Deliveries>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
