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

impl Table {
    fn look_again(&mut self, about: &Subject, now: Timestamp) {
        self.again_at.insert(about.clone(), now + TimeDelta::seconds(limits::LOOK_AGAIN_SECONDS));
    }
}

impl Troubles {
    /// Nothing comes of what the engine does by itself. It is the same trouble until something does, and is looked at again after a while.
    pub(super) fn note(&self, about: &Subject, now: Timestamp, what: String) {
        let mut table = self.table();
        let since = table.troubles.get(about).map_or(now, |known| known.since);
        table.troubles.insert(about.clone(), Trouble { about: about.clone(), since, what });
        table.look_again(about, now);
    }

    /// The same where it is not known why: what is known of it already says more.
    pub(super) fn note_in_vain(&self, about: &Subject, now: Timestamp, what: &str) {
        let mut table = self.table();
        let trouble = || Trouble { about: about.clone(), since: now, what: what.to_owned() };
        table.troubles.entry(about.clone()).or_insert_with(trouble);
        table.look_again(about, now);
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

    /// What is to be looked at again now. What is a trouble still is so once more after a while, whatever comes of that.
    pub(super) fn ring(&self, now: Timestamp) -> Vec<Subject> {
        let mut table = self.table();
        let due = table.again_at.iter().filter(|(_, at)| **at <= now);
        let rung: Vec<_> = due.map(|(about, _)| about.clone()).collect();
        for about in &rung {
            if table.troubles.contains_key(about) {
                table.look_again(about, now);
            } else {
                table.again_at.remove(about);
            }
        }
        rung
    }

    pub(crate) fn all(&self) -> Vec<Trouble> {
        self.table().troubles.values().cloned().collect()
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
