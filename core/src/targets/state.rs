use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{TargetId, fold};

/// A deployment group: its targets (J3).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Targets {
    pub(super) by_id: BTreeMap<TargetId, Target>,
    /// The number of the target that joined last, whether it is still there or not.
    pub(super) newest: Join,
    /// How many were ever registered: by that they stand in order.
    pub(super) count: u64,
}

/// A target of a deployment group: a machine mostly (J3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// For people.
    pub name: String,
    /// What jobs choose it by.
    pub tags: BTreeSet<String>,
    /// Whether it can be deployed to.
    pub presence: Presence,
    /// When it joined among the others: when it was online first. `None`: it never was (D6).
    pub joined: Option<Join>,
    /// Its place in the order in which they were registered.
    pub(super) place: u64,
}

/// Whether a target can be deployed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Presence {
    /// It can.
    Online,
    /// It can not.
    Offline,
}

/// Counts who joins a deployment group, from 1 and never again; 0: nobody has (D6). So it can be said who is new: whoever has a
/// greater number than was observed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Join(pub u64);

impl fmt::Display for Join {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Targets {
    /// A target.
    pub fn get(&self, target: &TargetId) -> Option<&Target> {
        self.by_id.get(target)
    }

    /// All targets, in the order in which they were registered.
    pub fn iter(&self) -> impl Iterator<Item = (&TargetId, &Target)> {
        let mut targets: Vec<_> = self.by_id.iter().collect();
        targets.sort_by_key(|(_, target)| target.place);
        targets.into_iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there are none: then nobody need ever have defined the group.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// The number of the target that joined last, whether it is still there or not.
    pub const fn newest(&self) -> Join {
        self.newest
    }

    /// The targets that joined after this and are still there, in the order in which they were registered (D6).
    pub fn joined_after(&self, observed: Join) -> impl Iterator<Item = (&TargetId, &Target)> {
        self.iter().filter(move |(_, target)| target.joined > Some(observed))
    }
}

impl Target {
    /// Whether it has all of these tags, compared without case (J3).
    pub fn has_all(&self, tags: &BTreeSet<String>) -> bool {
        let own: BTreeSet<String> = self.tags.iter().map(|tag| fold(tag)).collect();
        tags.iter().all(|tag| own.contains(&fold(tag)))
    }

    /// Whether it can be deployed to.
    pub const fn is_online(&self) -> bool {
        matches!(self.presence, Presence::Online)
    }
}
