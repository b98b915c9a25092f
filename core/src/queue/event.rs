use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::schedule::OccurrenceId;
use crate::{Actor, DeploymentId, Join, QueuingPolicy, TargetGroupId, TargetId, Timestamp};

/// What becomes true of a stage's queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each field is what its name says; the variants say the rest")]
pub enum QueueEvent {
    /// The policy of this revision is in force from now on (Q5).
    #[serde(rename = "queue.policy-adopted")]
    PolicyAdopted { revision: u32, policy: QueuingPolicy },
    /// The deployment was triggered, and wants no slot yet (P6).
    #[serde(rename = "queue.announced")]
    Announced {
        deployment: DeploymentId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scheduled: Option<ScheduledEntry>,
    },
    /// The deployment was scheduled, and waits for its occurrence no longer (Q11).
    #[serde(rename = "queue.deployment-started")]
    DeploymentStarted { deployment: DeploymentId },
    /// The deployment waits for a slot (Q2). One that `yields` supersedes nothing (D6).
    #[serde(rename = "queue.entered")]
    Entered {
        deployment: DeploymentId,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        yields: bool,
    },
    /// The deployment was turned away: the queue was full (Q10), or the stage was removed (Q12).
    #[serde(rename = "queue.declined")]
    Declined {
        deployment: DeploymentId,
        #[serde(default, skip_serializing_if = "Declined::is_full")]
        because: Declined,
    },
    /// The deployment holds a slot (Q2, Q3).
    #[serde(rename = "queue.slot-granted")]
    SlotGranted { deployment: DeploymentId },
    /// The first job of the deployment began (D8).
    #[serde(rename = "queue.deployment-begun")]
    DeploymentBegun { deployment: DeploymentId },
    /// The deployment freed its slot, and is not over (Q2).
    #[serde(rename = "queue.slot-freed")]
    SlotFreed { deployment: DeploymentId },
    /// The deployment waits no longer for a slot, or for its occurrence, since a newer one does (Q4, Q11).
    #[serde(rename = "queue.superseded")]
    Superseded { deployment: DeploymentId, by: DeploymentId },
    /// A revision removed the stage: nothing is granted any more (Q12).
    #[serde(rename = "queue.stage-removed")]
    StageRemoved { revision: u32 },
    /// The stage is there again (Q12).
    #[serde(rename = "queue.stage-brought-back")]
    StageBroughtBack {},
    /// The deployment waits no longer, since its stage was removed (Q12).
    #[serde(rename = "queue.withdrawn")]
    Withdrawn { deployment: DeploymentId },
    /// The deployment holds no slot and waits no longer, and will ask for one anew (R7).
    #[serde(rename = "queue.stepped-back")]
    SteppedBack { deployment: DeploymentId },
    /// The deployment is over: it holds no slot, and waits no longer (Q6). `joins`: how far those are deployed to that joined each
    /// deployment group, where the stage deploys to new ones, too (D6).
    #[serde(rename = "queue.left")]
    Left {
        deployment: DeploymentId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        conclusion: Option<Conclusion>,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        joins: BTreeMap<TargetGroupId, Join>,
    },
    /// Targets joined the group, up to `joined`: the current deployment's release is deployed to those that are still there, too (D6).
    #[serde(rename = "queue.targets-observed")]
    TargetsObserved {
        group: TargetGroupId,
        joined: Join,
        current: DeploymentId,
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        targets: BTreeSet<TargetId>,
    },
    /// The deployment was rejected, and this one, the last that succeeded, is to be deployed again (D6).
    #[serde(rename = "queue.rollback-chosen")]
    RollbackChosen { rejected: DeploymentId, good: DeploymentId },
    /// The deployment was rejected, and nothing is deployed in its place (D6).
    #[serde(rename = "queue.rollback-declined")]
    RollbackDeclined { rejected: DeploymentId, because: RollbackDeclined },
    /// Nothing more is granted (Q9).
    #[serde(rename = "queue.paused")]
    Paused {
        by: Actor,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    /// Slots are granted again (Q9).
    #[serde(rename = "queue.resumed")]
    Resumed {
        by: Actor,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        comment: String,
    },
    /// The deployment waits before all others from now on (Q9).
    #[serde(rename = "queue.moved-to-front")]
    MovedToFront {
        deployment: DeploymentId,
        by: Actor,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        comment: String,
    },
}

/// The occurrence that a deployment is scheduled for, and what its release says of the queue (Q11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduledEntry {
    /// The occurrence.
    pub occurrence: OccurrenceId,
    /// The pipeline's revision that its release froze.
    pub revision: u32,
    /// The policy that its release froze.
    pub policy: QueuingPolicy,
}

/// Why a deployment was turned away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Declined {
    /// The queue was full (Q10).
    #[default]
    Full,
    /// A revision removed the stage (Q12).
    StageRemoved,
}

impl Declined {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes what it asks about by reference")]
    const fn is_full(&self) -> bool {
        matches!(self, Self::Full)
    }
}

/// Why nothing is deployed in the place of what was rejected (D6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RollbackDeclined {
    /// Nothing has succeeded there.
    NothingSucceeded,
    /// Another deployment holds or waits for a slot.
    AnotherGoesOn,
    /// A newer deployment has begun.
    NewerBegun,
}

impl QueueEvent {
    /// The stored names, fixed for ever.
    pub const NAMES: &'static [&'static str] = &[
        "queue.policy-adopted",
        "queue.announced",
        "queue.deployment-started",
        "queue.stage-removed",
        "queue.stage-brought-back",
        "queue.withdrawn",
        "queue.entered",
        "queue.declined",
        "queue.slot-granted",
        "queue.deployment-begun",
        "queue.slot-freed",
        "queue.superseded",
        "queue.stepped-back",
        "queue.left",
        "queue.targets-observed",
        "queue.rollback-chosen",
        "queue.rollback-declined",
        "queue.paused",
        "queue.resumed",
        "queue.moved-to-front",
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
