//! Which waiting deployment is granted, and which is superseded (Q3, Q4, Q5).

use super::StageQueue;
use crate::{DeploymentId, QueuingPolicy, Waiting};

/// The next thing that the policy asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// The oldest waiting one is cancelled in favour of the newest.
    Supersede { deployment: DeploymentId, by: DeploymentId },
    /// The oldest waiting one gets a slot.
    Grant(DeploymentId),
}

impl StageQueue {
    /// What follows from the policy now; nothing more when `None`.
    ///
    /// Superseding goes before granting: after a change to *only the latest*, nothing else is granted before all the older
    /// ones are gone (Q5).
    pub(super) fn next(&self) -> Option<Next> {
        let (oldest, _) = *self.waiting.front()?;
        let (newest, _) = *self.waiting.back()?;
        match self.policy {
            QueuingPolicy::AtMost { waiting: Waiting::OnlyLatest, .. } if oldest != newest => {
                Some(Next::Supersede { deployment: oldest, by: newest })
            }
            QueuingPolicy::AtMost { .. } | QueuingPolicy::Unlimited => {
                self.has_free_slot().then_some(Next::Grant(oldest))
            }
        }
    }

    /// Whether there is more to grant or to supersede than one commit could hold (Q5): the engine then asks to settle it.
    pub fn has_pending_work(&self) -> bool {
        self.next().is_some()
    }

    fn has_free_slot(&self) -> bool {
        match self.policy {
            QueuingPolicy::Unlimited => true,
            QueuingPolicy::AtMost { deployments, .. } => {
                usize::try_from(deployments.get()).is_ok_and(|limit| self.holders.len() < limit)
            }
        }
    }
}
