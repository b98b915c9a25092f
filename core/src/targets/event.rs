use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Join, Presence};
use crate::TargetId;

/// What becomes true of a deployment group (J3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each field is what its name says; the variants say the rest")]
pub enum TargetsEvent {
    /// There is this target. It has joined if it is online (D6).
    #[serde(rename = "targets.registered")]
    Registered {
        target: TargetId,
        name: String,
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        tags: BTreeSet<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        joined: Option<Join>,
    },
    /// It has these tags, and no others.
    #[serde(rename = "targets.retagged")]
    Retagged { target: TargetId, tags: BTreeSet<String> },
    /// It can be deployed to. It has joined by that if it was never online before (D6).
    #[serde(rename = "targets.came-online")]
    CameOnline {
        target: TargetId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        joined: Option<Join>,
    },
    /// It cannot be deployed to.
    #[serde(rename = "targets.went-offline")]
    WentOffline { target: TargetId },
    /// There is this target no longer.
    #[serde(rename = "targets.removed")]
    Removed { target: TargetId },
}

impl TargetsEvent {
    /// The stored names, fixed for ever.
    pub const NAMES: &'static [&'static str] = &[
        "targets.registered",
        "targets.retagged",
        "targets.came-online",
        "targets.went-offline",
        "targets.removed",
    ];

    /// By which number a target has joined by it.
    pub const fn joined(&self) -> Option<Join> {
        match self {
            Self::Registered { joined, .. } | Self::CameOnline { joined, .. } => *joined,
            Self::Retagged { .. } | Self::WentOffline { .. } | Self::Removed { .. } => None,
        }
    }

    /// Whether the target is online after it was registered so.
    pub(super) const fn presence(joined: Option<Join>) -> Presence {
        if joined.is_some() { Presence::Online } else { Presence::Offline }
    }
}
