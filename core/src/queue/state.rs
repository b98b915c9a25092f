use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::Conclusion;
use crate::{DeploymentId, QueuingPolicy, Timestamp};

/// One stage's queue, across the releases of its pipeline (Q).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StageQueue {
    pub(super) revision: u32,
    pub(super) policy: QueuingPolicy,
    pub(super) holders: BTreeMap<DeploymentId, Timestamp>,
    pub(super) waiting: VecDeque<(DeploymentId, Timestamp)>,
    /// Those that are not over, and neither wait nor hold a slot: not yet, or no longer.
    pub(super) beside: BTreeSet<DeploymentId>,
    pub(super) current: Option<(DeploymentId, Conclusion)>,
    pub(super) last_good: Option<(DeploymentId, Conclusion)>,
    pub(super) last_touched: Option<DeploymentId>,
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
        self.holders.iter().map(|(deployment, since)| (*deployment, *since))
    }

    /// Who waits, each with since when, in the order of entering.
    pub fn waiting(&self) -> impl ExactSizeIterator<Item = (DeploymentId, Timestamp)> + '_ {
        self.waiting.iter().copied()
    }

    /// The deployment's place among those that wait, from 0.
    pub fn position_of(&self, deployment: DeploymentId) -> Option<usize> {
        self.waiting.iter().position(|(waiting, _)| *waiting == deployment)
    }

    /// What is deployed on the stage: of the deployments that succeeded, also partially, the one whose jobs ended last (D8).
    pub fn current(&self) -> Option<DeploymentId> {
        self.current.map(|(deployment, _)| deployment)
    }

    /// The same among those that succeeded fully (D8).
    pub fn last_good(&self) -> Option<DeploymentId> {
        self.last_good.map(|(deployment, _)| deployment)
    }

    /// The deployment that began last, whatever came of it (D8).
    pub const fn last_touched(&self) -> Option<DeploymentId> {
        self.last_touched
    }

    /// Every deployment to the stage that is not over, from its trigger on (P6).
    pub fn going_on(&self) -> impl Iterator<Item = DeploymentId> + '_ {
        let waiting = self.waiting.iter().map(|(deployment, _)| deployment);
        self.holders.keys().chain(waiting).chain(&self.beside).copied()
    }

    /// Whether the deployment waits or holds a slot.
    pub(super) fn has_entered(&self, deployment: DeploymentId) -> bool {
        self.holders.contains_key(&deployment) || self.position_of(deployment).is_some()
    }

    pub(super) fn knows(&self, deployment: DeploymentId) -> bool {
        self.beside.contains(&deployment) || self.has_entered(deployment)
    }
}
