//! What is deployed in the place of what was rejected (D6).

use super::{QueueEvent, RollbackDeclined, StageQueue};
use crate::DeploymentId;
use crate::flow::{Decision, Impossible};

impl StageQueue {
    /// How a deployment stands among the others that were known, so that it can be told which are newer.
    pub(super) fn known_at(&self, deployment: DeploymentId) -> Option<u64> {
        let waits = || self.waiting.iter().find(|waiter| waiter.deployment == deployment);
        let place = self.holders.get(&deployment).copied().or_else(|| Some(waits()?.place));
        place.map(|place| place.entry).or_else(|| self.beside.get(&deployment).copied())
    }

    /// The last good one, or why it is not deployed again.
    fn rollback_of(&self, rejected: DeploymentId, known_at: u64) -> Result<DeploymentId, RollbackDeclined> {
        let is_newer = |(begun, at): (DeploymentId, u64)| begun != rejected && at > known_at;
        if !self.holders.is_empty() || !self.waiting.is_empty() {
            Err(RollbackDeclined::AnotherGoesOn)
        } else if self.last_touched.is_some_and(is_newer) {
            Err(RollbackDeclined::NewerBegun)
        } else {
            self.last_good().ok_or(RollbackDeclined::NothingSucceeded)
        }
    }
}

/// The deployment was rejected, and has left.
pub(super) fn roll_back(
    decision: &mut Decision<StageQueue>,
    rejected: DeploymentId,
    known_at: u64,
) -> Result<(), Impossible> {
    decision.record(match decision.state().rollback_of(rejected, known_at) {
        Ok(good) => QueueEvent::RollbackChosen { rejected, good },
        Err(because) => QueueEvent::RollbackDeclined { rejected, because },
    })
}
