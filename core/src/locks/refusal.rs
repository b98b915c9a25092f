use crate::flow::Impossible;
use crate::{DeploymentId, LockGroupId};

/// Why a change of the lock groups is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LocksRefusal {
    /// Another group's name differs only in case.
    #[error("lock group {group} is already defined, spelled {existing}")]
    SpelledOtherwise {
        /// The name that was given.
        group: LockGroupId,
        /// The group that exists.
        existing: LockGroupId,
    },
    /// As many are defined as may be.
    #[error("{limit} lock groups are defined, the most that may be: remove one that nobody names")]
    TooMany {
        /// How many there may be.
        limit: usize,
    },
    /// The group is held or waited for.
    #[error("lock group {group} is in use: deployment {deployment} holds it or waits for it")]
    InUse {
        /// The group.
        group: LockGroupId,
        /// One that holds it or waits for it.
        deployment: DeploymentId,
    },
    /// A rule recorded what cannot be: a defect of the engine.
    #[error(transparent)]
    Impossible(#[from] Impossible),
}
