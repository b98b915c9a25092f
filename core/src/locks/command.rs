use std::collections::BTreeSet;
use std::num::NonZeroU32;

use crate::{DeploymentId, LockGroupId};

/// What can be asked of the lock groups (Q8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LocksCommand {
    /// Defines a group, or gives it another capacity. Nothing is taken away from who holds it.
    Define {
        /// The group.
        group: LockGroupId,
        /// How many deployments may hold it at a time.
        capacity: NonZeroU32,
    },
    /// Removes a group that nobody holds or waits for.
    Remove {
        /// The group.
        group: LockGroupId,
    },
    /// A deployment wants these groups, all together. A reaction of its release.
    Ask {
        /// The deployment.
        deployment: DeploymentId,
        /// The groups.
        groups: BTreeSet<LockGroupId>,
    },
    /// A deployment needs its groups no longer, whether it holds them or waits for them. A reaction of its release.
    Free(DeploymentId),
    /// A deployment cannot use what it was just granted, since a freeze holds it (F1). What it leaves is granted to others in another
    /// commit: they may be frozen too. A reaction of its release.
    Decline(DeploymentId),
    /// Grants what is left to be granted. The engine's own.
    Settle,
}
