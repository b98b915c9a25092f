//! Which waiting deployment is granted, which is superseded (Q3, Q4, Q5, Q9, Q11), and which is cancelled (Q12).

use super::StageQueue;
use super::state::Waiter;
use crate::{DeploymentId, QueuingPolicy, Waiting};

const fn is_only_latest(policy: QueuingPolicy) -> bool {
    matches!(policy, QueuingPolicy::AtMost { waiting: Waiting::OnlyLatest, .. })
}

/// The next thing that the policy asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// The first waiting one that is not the newest is cancelled in favour of that.
    Supersede { deployment: DeploymentId, by: DeploymentId },
    /// The first waiting one is cancelled, since the stage was removed.
    Withdraw(DeploymentId),
    /// The first waiting one gets a slot.
    Grant(DeploymentId),
}

impl StageQueue {
    /// What follows from the policy now; nothing more when `None`.
    ///
    /// Superseding goes before granting: after a change to *only the latest*, nothing else is granted before all the older
    /// ones are gone (Q5).
    pub(super) fn next(&self) -> Option<Next> {
        self.next_scheduled().or_else(|| self.next_waiting())
    }

    /// Q11: of those that are scheduled for one occurrence, only the newest is left under *only the latest*.
    fn next_scheduled(&self) -> Option<Next> {
        let newest_revision = |(revision, _): &(u32, QueuingPolicy)| *revision;
        let known = [self.scheduling, (self.revision, self.policy)];
        let (_, policy) = known.into_iter().max_by_key(newest_revision)?;
        if !is_only_latest(policy) {
            return None;
        }
        let mut several = self.scheduled.values().filter(|waiting| waiting.len() > 1);
        let waiting = several.next()?;
        Some(Next::Supersede { deployment: *waiting.first()?, by: *waiting.last()? })
    }

    fn next_waiting(&self) -> Option<Next> {
        let first = self.waiting.front()?.deployment;
        if self.removed.is_some() {
            return Some(Next::Withdraw(first));
        }
        if is_only_latest(self.policy) && self.waiting.len() > 1 {
            let by = self.newest()?;
            let older = self.waiting.iter().find(|waiter| waiter.deployment != by)?;
            return Some(Next::Supersede { deployment: older.deployment, by });
        }
        (self.paused.is_none() && self.has_free_slot()).then_some(Next::Grant(first))
    }

    /// Of those that wait, the one that entered last, wherever it was moved (Q4, Q9); one that supersedes nothing (D6) only if it is alone.
    fn newest(&self) -> Option<DeploymentId> {
        let rank = |waiter: &&Waiter| (!waiter.yields, waiter.place.entry);
        self.waiting.iter().max_by_key(rank).map(|waiter| waiter.deployment)
    }

    /// Whether there is more to grant or to supersede than one commit could hold (Q5): the engine then asks to settle it.
    pub fn has_pending_work(&self) -> bool {
        self.next().is_some()
    }

    fn has_free_slot(&self) -> bool {
        self.free_slots().is_none_or(|free| free > 0)
    }

    /// How many more may hold a slot; `None`: as many as there are.
    pub(crate) fn free_slots(&self) -> Option<usize> {
        match self.policy {
            QueuingPolicy::Unlimited => None,
            QueuingPolicy::AtMost { deployments, .. } => {
                let limit = usize::try_from(deployments.get()).unwrap_or(usize::MAX);
                Some(limit.saturating_sub(self.holders.len()))
            }
        }
    }
}
