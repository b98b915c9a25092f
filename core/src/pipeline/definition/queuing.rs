//! How many releases a stage takes at once, and which go first (Q).

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

/// A stage's queuing policy, across the releases of its pipeline (Q1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QueuingPolicy {
    /// As many at once as there are.
    #[default]
    Unlimited,
    /// At most so many at once.
    AtMost {
        /// How many hold a slot at once: 1 to 1,000.
        deployments: NonZeroU32,
        /// What becomes of the others.
        waiting: Waiting,
    },
}

/// What becomes of deployments that find no free slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Waiting {
    /// They wait, and are granted in the order in which they entered (Q3).
    InOrder,
    /// Only the newest waits; the older ones that wait are cancelled (Q4).
    OnlyLatest,
}

/// From when until when a deployment holds its slot (Q2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SlotSpan {
    /// From before the pre-deployment approvals until after the post-deployment ones.
    #[default]
    ApprovalsAndJobs,
    /// Only while jobs run.
    JobsOnly,
}

impl SlotSpan {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl QueuingPolicy {
    /// At most `deployments` at once, in order.
    pub const fn in_order(deployments: NonZeroU32) -> Self {
        Self::AtMost { deployments, waiting: Waiting::InOrder }
    }

    /// At most `deployments` at once, only the latest.
    pub const fn only_latest(deployments: NonZeroU32) -> Self {
        Self::AtMost { deployments, waiting: Waiting::OnlyLatest }
    }
}
