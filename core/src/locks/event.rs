use std::collections::BTreeSet;
use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use crate::{DeploymentId, LockGroupId};

/// What becomes true of the lock groups (Q8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each field is what its name says; the variants say the rest")]
pub enum LocksEvent {
    /// The group exists, with this capacity from now on.
    #[serde(rename = "locks.group-defined")]
    GroupDefined { group: LockGroupId, capacity: NonZeroU32 },
    /// The group exists no longer.
    #[serde(rename = "locks.group-removed")]
    GroupRemoved { group: LockGroupId },
    /// A deployment waits for these groups, after all that wait already.
    #[serde(rename = "locks.asked")]
    Asked { deployment: DeploymentId, groups: BTreeSet<LockGroupId> },
    /// It holds all of them.
    #[serde(rename = "locks.granted")]
    Granted { deployment: DeploymentId },
    /// It neither holds them nor waits for them any more.
    #[serde(rename = "locks.freed")]
    Freed { deployment: DeploymentId },
}

impl LocksEvent {
    /// The stored names, fixed for ever.
    pub const NAMES: &'static [&'static str] =
        &["locks.group-defined", "locks.group-removed", "locks.asked", "locks.granted", "locks.freed"];
}
