use std::collections::BTreeSet;

use super::Presence;
use crate::TargetId;

/// What can be asked of a deployment group (J3). The first target that is registered makes the group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetsCommand {
    /// There is this target from now on.
    Register {
        /// What the host knows it by.
        target: TargetId,
        /// For people; no other target of the group may have it, compared without case.
        name: String,
        /// What jobs choose it by, compared without case.
        tags: BTreeSet<String>,
        /// Whether it can be deployed to. One that is offline joins when it comes online first (D6).
        presence: Presence,
    },
    /// Gives a target these tags in place of those that it has. It does not join by that.
    Retag {
        /// The target.
        target: TargetId,
        /// All its tags.
        tags: BTreeSet<String>,
    },
    /// Says whether a target can be deployed to.
    SetPresence {
        /// The target.
        target: TargetId,
        /// Whether it can.
        presence: Presence,
    },
    /// There is this target no longer. What runs on it goes on; registered again, it is a new one.
    Remove {
        /// The target.
        target: TargetId,
    },
}
