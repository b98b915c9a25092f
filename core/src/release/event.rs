use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::deployment::DeploymentEvent;
use crate::trigger::Reach;
use crate::{Actor, ArtifactVersion, Digest, PipelineId, ReleaseId, ReleaseReason, StageId, UserId};

/// What becomes true of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each field is what its name says; the variants say the rest")]
pub enum ReleaseEvent {
    /// It exists (R1).
    #[serde(rename = "release.created")]
    Created(Box<CreatedRelease>),
    /// Something of the draft was changed (R2).
    #[serde(rename = "release.draft-edited")]
    DraftEdited {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        variables: Option<BTreeMap<String, String>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        manual_stages: Option<BTreeSet<StageId>>,
    },
    /// The draft is active (R2).
    #[serde(rename = "release.started")]
    Started {},
    /// Nothing is deployed from it any more (R5).
    #[serde(rename = "release.abandoned")]
    Abandoned {
        #[serde(default, skip_serializing_if = "String::is_empty")]
        comment: String,
    },
    /// It is active again (R5).
    #[serde(rename = "release.reactivated")]
    Reactivated {},
    /// A target was named by hand: it deploys by itself within `reach`, and `by_hand` of it whatever their triggers say (S6).
    #[serde(rename = "release.target-named")]
    TargetNamed { target: StageId, reach: Reach, by_hand: BTreeSet<StageId> },
    /// A stage was triggered, and nothing follows (S2).
    #[serde(rename = "stage.trigger-ignored")]
    TriggerIgnored { stage: StageId, because: TriggerIgnored },
    /// Something became true of one of its deployments.
    #[serde(untagged, skip_deserializing)]
    Deployment(DeploymentEvent),
}

/// Why nothing follows from a stage's trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TriggerIgnored {
    /// A deployment of the stage is not over (S2).
    DeploymentNotOver,
    /// The stage was deployed as often as may be.
    TooManyAttempts,
    /// The pipeline is deleted, or being deleted (P6).
    PipelineDeleted,
}

/// A release as it was created (R1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of `About`")]
pub struct CreatedRelease {
    pub release: ReleaseId,
    pub name: String,
    pub pipeline: PipelineId,
    pub revision: u32,
    pub snapshot: Digest,
    pub reason: ReleaseReason,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    pub creator: Actor,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_for: Option<UserId>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub artifacts: BTreeMap<String, ArtifactVersion>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub manual_stages: BTreeSet<StageId>,
    #[serde(default)]
    pub reach: Reach,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub draft: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub triggered_by: Option<String>,
}

impl ReleaseEvent {
    /// The stored names, fixed for ever; those of its deployments are [`DeploymentEvent::NAMES`].
    pub const NAMES: &'static [&'static str] = &[
        "release.created",
        "release.draft-edited",
        "release.started",
        "release.abandoned",
        "release.reactivated",
        "release.target-named",
        "stage.trigger-ignored",
    ];
}

impl From<DeploymentEvent> for ReleaseEvent {
    fn from(event: DeploymentEvent) -> Self {
        Self::Deployment(event)
    }
}
