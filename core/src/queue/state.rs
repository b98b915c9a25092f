use std::collections::{BTreeMap, VecDeque};

use crate::schedule::OccurrenceId;
use crate::{Actor, DeploymentId, Join, QueuingPolicy, TargetGroupId, Timestamp};

/// One stage's queue, across the releases of its pipeline (Q).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StageQueue {
    pub(super) revision: u32,
    pub(super) policy: QueuingPolicy,
    /// Counts what enters, is announced and begins: it puts these in order, also where they come at the same time.
    pub(super) count: u64,
    pub(super) paused: Option<Pause>,
    /// The revision that removed the stage, as long as it is not there again (Q12).
    pub(super) removed: Option<u32>,
    /// Those of `beside` that are scheduled for an occurrence of the stage's schedule, in the order in which they became so (Q11).
    pub(super) scheduled: BTreeMap<OccurrenceId, Vec<DeploymentId>>,
    /// The newest revision of which anything was scheduled, and the policy that it says: it counts for what is scheduled, where
    /// nothing of a newer one has entered (Q11).
    pub(super) scheduling: (u32, QueuingPolicy),
    pub(super) holders: BTreeMap<DeploymentId, Place>,
    pub(super) waiting: VecDeque<Waiter>,
    /// Those that are not over, and neither wait nor hold a slot, not yet, or no longer: each with the count at which it was known.
    pub(super) beside: BTreeMap<DeploymentId, u64>,
    /// Those that are not over and have begun, each with the count at which it did.
    pub(super) begun: BTreeMap<DeploymentId, u64>,
    pub(super) current: Option<Concluded>,
    /// How far what is current is deployed to those that joined each of its deployment groups; none where the stage does not deploy to
    /// new ones, too (D6).
    pub(super) joins: BTreeMap<TargetGroupId, Join>,
    pub(super) last_good: Option<Concluded>,
    /// With the count at which it began.
    pub(super) last_touched: Option<(DeploymentId, u64)>,
}

/// Where a deployment stands that waits or holds a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) since: Timestamp,
    /// The count at which it entered.
    pub(super) entry: u64,
}

/// A deployment that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Waiter {
    pub(super) deployment: DeploymentId,
    pub(super) place: Place,
    /// Whether it supersedes nothing (D6).
    pub(super) yields: bool,
}

/// A deployment that succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Concluded {
    pub(super) deployment: DeploymentId,
    pub(super) ended_at: Timestamp,
    /// The count at which it began.
    pub(super) begun: u64,
}

/// Why nothing more is granted (Q9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// Since when.
    pub since: Timestamp,
    /// Who paused the queue.
    pub by: Actor,
    /// What they said.
    pub reason: String,
}

impl StageQueue {
    /// The policy in force: that of the newest revision that has entered (Q5).
    pub const fn policy(&self) -> QueuingPolicy {
        self.policy
    }

    /// The pipeline's revision that the policy is from; 0 before anything entered.
    pub const fn revision(&self) -> u32 {
        self.revision
    }

    /// Who holds a slot, each with since when.
    pub fn holders(&self) -> impl ExactSizeIterator<Item = (DeploymentId, Timestamp)> + '_ {
        self.holders.iter().map(|(deployment, place)| (*deployment, place.since))
    }

    /// Who waits, each with since when: in the order of entering, but for those that were moved to the front (Q9).
    pub fn waiting(&self) -> impl ExactSizeIterator<Item = (DeploymentId, Timestamp)> + '_ {
        self.waiting.iter().map(|waiter| (waiter.deployment, waiter.place.since))
    }

    /// The deployment's place among those that wait, from 0.
    pub fn position_of(&self, deployment: DeploymentId) -> Option<usize> {
        self.waiting.iter().position(|waiter| waiter.deployment == deployment)
    }

    /// What is deployed on the stage: of the deployments that succeeded, also partially, the one whose jobs ended last; of those that ended
    /// at the same instant, the one that began last (D8).
    pub fn current(&self) -> Option<DeploymentId> {
        self.current.map(|concluded| concluded.deployment)
    }

    /// How far what is deployed on the stage is deployed to those that joined each of its deployment groups, if it is deployed to new ones,
    /// too (D6).
    pub fn joins(&self) -> impl ExactSizeIterator<Item = (&TargetGroupId, Join)> {
        self.joins.iter().map(|(group, joined)| (group, *joined))
    }

    /// The same among those that succeeded fully (D8).
    pub fn last_good(&self) -> Option<DeploymentId> {
        self.last_good.map(|concluded| concluded.deployment)
    }

    /// The deployment that began last, whatever came of it (D8).
    pub fn last_touched(&self) -> Option<DeploymentId> {
        self.last_touched.map(|(deployment, _)| deployment)
    }

    /// The revision that removed the stage; `None` unless it is gone (Q12).
    pub const fn removed_by(&self) -> Option<u32> {
        self.removed
    }

    /// Why nothing more is granted; `None` unless the queue is paused (Q9).
    pub const fn paused(&self) -> Option<&Pause> {
        self.paused.as_ref()
    }

    /// Every deployment to the stage that is not over, from its trigger on (P6).
    pub fn going_on(&self) -> impl Iterator<Item = DeploymentId> + '_ {
        let waiting = self.waiting.iter().map(|waiter| &waiter.deployment);
        self.holders.keys().chain(waiting).chain(self.beside.keys()).copied()
    }

    /// Whether the deployment waits or holds a slot.
    pub(super) fn has_entered(&self, deployment: DeploymentId) -> bool {
        self.holders.contains_key(&deployment) || self.position_of(deployment).is_some()
    }

    pub(super) fn knows(&self, deployment: DeploymentId) -> bool {
        self.beside.contains_key(&deployment) || self.has_entered(deployment)
    }
}
