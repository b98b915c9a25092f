use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cutover::{Subject, Timestamp};

use super::Trouble;

/// What the engine could not do, by what it is about.
#[derive(Debug, Default)]
pub(crate) struct Troubles(Mutex<BTreeMap<Subject, Trouble>>);

impl Troubles {
    /// Nothing comes of what the engine does by itself. It is the same trouble until something does.
    pub(super) fn note(&self, about: &Subject, now: Timestamp, what: String) {
        let mut troubles = self.troubles();
        let since = troubles.get(about).map_or(now, |known| known.since);
        troubles.insert(about.clone(), Trouble { about: about.clone(), since, what });
    }

    /// Something came of it.
    pub(super) fn clear(&self, about: &Subject) {
        self.troubles().remove(about);
    }

    pub(super) fn forget_all(&self) {
        self.troubles().clear();
    }

    pub(crate) fn all(&self) -> Vec<Trouble> {
        self.troubles().values().cloned().collect()
    }

    fn troubles(&self) -> MutexGuard<'_, BTreeMap<Subject, Trouble>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
