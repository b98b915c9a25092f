use serde::{Deserialize, Serialize};

use crate::{DeploymentId, QueuingPolicy, Timestamp};

/// What becomes true of a stage's queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each field is what its name says; the variants say the rest")]
pub enum QueueEvent {
    /// The policy of this revision is in force from now on (Q5).
    #[serde(rename = "queue.policy-adopted")]
    PolicyAdopted { revision: u32, policy: QueuingPolicy },
    /// The deployment was triggered, and wants no slot yet (P6).
    #[serde(rename = "queue.announced")]
    Announced { deployment: DeploymentId },
    /// The deployment waits for a slot (Q2).
    #[serde(rename = "queue.entered")]
    Entered { deployment: DeploymentId },
    /// The queue was full: the deployment was turned away (Q10).
    #[serde(rename = "queue.declined")]
    Declined { deployment: DeploymentId },
    /// The deployment holds a slot (Q2, Q3).
    #[serde(rename = "queue.slot-granted")]
    SlotGranted { deployment: DeploymentId },
    /// The first job of the deployment began (D8).
    #[serde(rename = "queue.deployment-begun")]
    DeploymentBegun { deployment: DeploymentId },
    /// The deployment freed its slot, and is not over (Q2).
    #[serde(rename = "queue.slot-freed")]
    SlotFreed { deployment: DeploymentId },
    /// The deployment waits no longer, since a newer one does (Q4).
    #[serde(rename = "queue.superseded")]
    Superseded { deployment: DeploymentId, by: DeploymentId },
    /// The deployment holds no slot and waits no longer, and will ask for one anew (R7).
    #[serde(rename = "queue.stepped-back")]
    SteppedBack { deployment: DeploymentId },
    /// The deployment is over: it holds no slot, and waits no longer (Q6).
    #[serde(rename = "queue.left")]
    Left {
        deployment: DeploymentId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        conclusion: Option<Conclusion>,
    },
}

impl QueueEvent {
    /// The stored names, fixed for ever.
    pub const NAMES: &'static [&'static str] = &[
        "queue.policy-adopted",
        "queue.announced",
        "queue.entered",
        "queue.declined",
        "queue.slot-granted",
        "queue.deployment-begun",
        "queue.slot-freed",
        "queue.superseded",
        "queue.stepped-back",
        "queue.left",
    ];
}

/// What a deployment that succeeded leaves on its stage (D8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conclusion {
    /// When its last job ended.
    pub ended_at: Timestamp,
    /// Whether it succeeded only partially.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partially: bool,
}
