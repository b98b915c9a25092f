use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::schedule::{Standing, Window, standing};
use crate::{Actor, FreezeId, Scope, Site, Timestamp};

/// The freezes of the store that are not over (F).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Freezes {
    pub(super) known: BTreeMap<FreezeId, Freeze>,
    /// The last that were lifted or have ended, the newest last: at most as many as may be known.
    pub(super) over: VecDeque<FreezeId>,
}

/// A freeze (F1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freeze {
    /// Where no jobs begin.
    pub scope: Scope,
    /// When.
    pub window: Window,
    /// Why, for people.
    pub reason: String,
    /// Who declared it.
    pub by: Actor,
    /// When it was declared.
    pub since: Timestamp,
}

/// A freeze that holds something back, as it is told of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// The freeze.
    pub freeze: FreezeId,
    /// Why, for people.
    pub reason: String,
}

impl Freeze {
    /// How it stands at an instant.
    pub fn standing(&self, now: Timestamp) -> Standing {
        standing(&self.window, now)
    }

    /// Whether it holds nothing back from now on.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.standing(now) == Standing::ALWAYS_OPEN
    }
}

impl Freezes {
    /// Each freeze, by id. Those that end by themselves stay until another one is declared after that.
    pub fn iter(&self) -> impl Iterator<Item = (&FreezeId, &Freeze)> {
        self.known.iter()
    }

    /// A freeze.
    pub fn get(&self, freeze: &FreezeId) -> Option<&Freeze> {
        self.known.get(freeze)
    }

    /// Whether it was there, and was lifted or has ended by itself; of the last 1,000 that were, that is remembered.
    pub(super) fn is_over(&self, freeze: &FreezeId, now: Timestamp) -> bool {
        match self.get(freeze) {
            Some(known) => known.is_over(now),
            None => self.over.contains(freeze),
        }
    }

    /// How all freezes together stand at a site (F1).
    pub fn standing(&self, site: &Site, now: Timestamp) -> Standing {
        self.at(site).map(|(_, freeze)| freeze.standing(now)).fold(Standing::ALWAYS_OPEN, Standing::and)
    }

    /// Those that hold back what is at a site now.
    pub fn holds(&self, site: &Site, now: Timestamp) -> Vec<Hold> {
        let closed = self.at(site).filter(|(_, freeze)| freeze.standing(now).is_closed());
        closed.map(|(id, it)| Hold { freeze: id.clone(), reason: it.reason.clone() }).collect()
    }

    /// When the first of the freezes there begins or ends after `now`.
    pub(crate) fn next_change(&self, site: &Site, now: Timestamp) -> Option<Timestamp> {
        let changes = self.at(site).filter_map(|(_, freeze)| match freeze.standing(now) {
            Standing::Open { until } | Standing::Closed { until } => until,
        });
        changes.filter(|at| *at > now).min()
    }

    fn at(&self, site: &Site) -> impl Iterator<Item = (&FreezeId, &Freeze)> {
        self.known.iter().filter(|(_, freeze)| freeze.scope.covers(site))
    }
}
