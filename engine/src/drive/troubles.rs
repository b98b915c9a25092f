use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::TimeDelta;
use cutover::{Subject, Timestamp};

use super::Trouble;
use crate::limits;

/// What the engine could not do, by what it is about.
#[derive(Debug, Default)]
pub(crate) struct Troubles(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    troubles: BTreeMap<Subject, Trouble>,
    /// When it is looked at again: what kept it from happening may be over, and have changed nothing there.
    again_at: BTreeMap<Subject, Timestamp>,
}

impl Troubles {
    /// Nothing comes of what the engine does by itself. It is the same trouble until something does, and is looked at again after a while.
    pub(super) fn note(&self, about: &Subject, now: Timestamp, what: String) {
        let Table { troubles, again_at } = &mut *self.table();
        let since = troubles.get(about).map_or(now, |known| known.since);
        troubles.insert(about.clone(), Trouble { about: about.clone(), since, what });
        again_at.insert(about.clone(), now + TimeDelta::seconds(limits::LOOK_AGAIN_SECONDS));
    }

    /// Something came of it. There may be more about the same, which is looked at all the same.
    pub(super) fn clear(&self, about: &Subject) {
        self.table().troubles.remove(about);
    }

    pub(super) fn includes(&self, about: &Subject) -> bool {
        self.table().troubles.contains_key(about)
    }

    pub(super) fn forget_all(&self) {
        *self.table() = Table::default();
    }

    /// When something is looked at again next.
    pub(super) fn next_alarm(&self) -> Option<Timestamp> {
        self.table().again_at.values().min().copied()
    }

    /// What is to be looked at again now.
    pub(super) fn ring(&self, now: Timestamp) -> Vec<Subject> {
        let mut rung = Vec::new();
        self.table().again_at.retain(|about, at| {
            if *at <= now {
                rung.push(about.clone());
            }
            *at > now
        });
        rung
    }

    pub(crate) fn all(&self) -> Vec<Trouble> {
        self.table().troubles.values().cloned().collect()
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
