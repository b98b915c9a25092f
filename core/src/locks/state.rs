use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::num::NonZeroU32;

use crate::{DeploymentId, LockGroupId, Timestamp};

/// All lock groups of a store: what each has room for, who holds them, who waits (Q8).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Locks {
    pub(super) groups: BTreeMap<LockGroupId, NonZeroU32>,
    pub(super) holders: BTreeMap<DeploymentId, LocksHeld>,
    pub(super) waiting: VecDeque<LocksWanted>,
    /// How many hold each group; follows from the holders.
    pub(super) taken: BTreeMap<LockGroupId, u32>,
}

/// The lock groups that a deployment holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocksHeld {
    /// Which.
    pub groups: BTreeSet<LockGroupId>,
    /// Since when.
    pub since: Timestamp,
}

/// The lock groups that a deployment waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocksWanted {
    /// The deployment.
    pub deployment: DeploymentId,
    /// Which.
    pub groups: BTreeSet<LockGroupId>,
    /// Since when.
    pub since: Timestamp,
}

impl Locks {
    /// The groups that are defined, each with its capacity.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = (&LockGroupId, NonZeroU32)> {
        self.groups.iter().map(|(group, capacity)| (group, *capacity))
    }

    /// How many deployments may hold a group at a time; `None` if it is not defined.
    pub fn capacity_of(&self, group: &LockGroupId) -> Option<NonZeroU32> {
        self.groups.get(group).copied()
    }

    /// Who holds any groups, and which.
    pub fn holders(&self) -> impl ExactSizeIterator<Item = (DeploymentId, &LocksHeld)> {
        self.holders.iter().map(|(deployment, held)| (*deployment, held))
    }

    /// Who holds this group.
    pub fn holders_of<'a>(&'a self, group: &'a LockGroupId) -> impl Iterator<Item = DeploymentId> + 'a {
        self.holders().filter(move |(_, held)| held.groups.contains(group)).map(|(deployment, _)| deployment)
    }

    /// Who waits, in the order of arrival.
    pub fn waiting(&self) -> impl ExactSizeIterator<Item = &LocksWanted> {
        self.waiting.iter()
    }

    /// What the deployment waits for, if it waits.
    pub fn wanted_by(&self, deployment: DeploymentId) -> Option<&LocksWanted> {
        self.waiting.iter().find(|wanted| wanted.deployment == deployment)
    }

    /// Who waits for any of the groups that this one waits for, and came before it: also who goes first only once somebody defines the
    /// groups again that this one lacks.
    pub fn ahead_of(&self, deployment: DeploymentId) -> Vec<DeploymentId> {
        let Some(own) = self.wanted_by(deployment) else { return Vec::new() };
        let is_defined_then =
            |group: &LockGroupId| self.groups.contains_key(group) || own.groups.contains(group);
        let earlier = self.waiting.iter().take_while(|wanted| wanted.deployment != deployment);
        let conflicting = earlier.filter(|wanted| {
            wanted.groups.iter().all(is_defined_then) && !wanted.groups.is_disjoint(&own.groups)
        });
        conflicting.map(|wanted| wanted.deployment).collect()
    }

    pub(super) fn knows(&self, deployment: DeploymentId) -> bool {
        self.holders.contains_key(&deployment) || self.wanted_by(deployment).is_some()
    }

    pub(super) fn user_of(&self, group: &LockGroupId) -> Option<DeploymentId> {
        let waiting = self.waiting.iter().filter(|wanted| wanted.groups.contains(group));
        self.holders_of(group).chain(waiting.map(|wanted| wanted.deployment)).next()
    }
}
