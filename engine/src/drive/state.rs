use std::sync::{Mutex, MutexGuard, PoisonError};

use cutover::Timestamp;

use super::Driving;
use crate::EngineError;

/// Whether the engine is driven, and whether it shall go on.
#[derive(Debug, Default)]
pub(crate) struct DriveState(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    is_driven: bool,
    /// Until when running tasks are awaited, once it was shut down.
    stop_by: Option<Timestamp>,
}

/// While it lives, the engine counts as driven.
#[derive(Debug)]
pub(super) struct Driven<'s>(&'s DriveState);

impl DriveState {
    pub(super) fn begin(&self) -> Result<Driven<'_>, EngineError> {
        let mut state = self.state();
        if std::mem::replace(&mut state.is_driven, true) {
            return Err(EngineError::AlreadyDriven);
        }
        Ok(Driven(self))
    }

    /// A second word only makes it sooner.
    pub(crate) fn shut_down(&self, by: Timestamp) {
        let mut state = self.state();
        state.stop_by = Some(state.stop_by.map_or(by, |before| before.min(by)));
    }

    pub(super) fn stop_by(&self) -> Option<Timestamp> {
        self.state().stop_by
    }

    /// Whether the engine was told to end, and begins nothing more.
    pub(super) fn is_shut_down(&self) -> bool {
        self.stop_by().is_some()
    }

    pub(crate) fn driving(&self) -> Driving {
        let State { is_driven, stop_by } = *self.state();
        match (is_driven, stop_by) {
            (true, None) => Driving::Driven,
            (true, Some(by)) => Driving::ShuttingDown { by },
            (false, None) => Driving::NotDriven,
            (false, Some(_)) => Driving::ShutDown,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Driven<'_> {
    fn drop(&mut self) {
        self.0.state().is_driven = false;
    }
}
