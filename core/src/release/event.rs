use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::deployment::DeploymentEvent;
use crate::snapshot::shared;
use crate::trigger::Reach;
use crate::{
    Actor, ArtifactVersion, Digest, PipelineDefinition, PipelineId, ReleaseId, ReleaseReason, StageId, UserId,
};

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
        #[serde(default, skip_serializing_if = "Option::is_none")]
        artifacts: Option<BTreeMap<String, ArtifactVersion>>,
    },
    /// It has another snapshot (R2, R7).
    #[serde(rename = "release.snapshot-revised")]
    SnapshotRevised(Box<RevisedSnapshot>),
    /// Something else is said of it (R6).
    #[serde(rename = "release.edited")]
    Edited {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tags: Option<BTreeSet<String>>,
    },
    /// Retention leaves it alone from now on (R6).
    #[serde(rename = "release.kept-forever")]
    KeptForever {
        #[serde(default, skip_serializing_if = "String::is_empty")]
        comment: String,
    },
    /// Retention counts its days again, from now on (R6, K1).
    #[serde(rename = "release.let-go")]
    LetGo {
        #[serde(default, skip_serializing_if = "String::is_empty")]
        comment: String,
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
    /// It is deleted: hidden, and nothing is asked of it but to be restored (K3).
    #[serde(rename = "release.deleted")]
    Deleted {
        #[serde(default, skip_serializing_if = "String::is_empty")]
        comment: String,
    },
    /// It is back as it was before it was deleted (K3).
    #[serde(rename = "release.restored")]
    Restored {},
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
    /// The release is deleted (D6).
    ReleaseDeleted,
    /// The release is abandoned (D6).
    ReleaseAbandoned,
    /// None of the targets that joined has the tags and is online (D6).
    NoNewTarget,
    /// The stage's schedule has no occurrence that is still to come (S4).
    NoOccurrence,
    /// The stage does not take the release: somebody has overridden its artifact filters, and nobody does now (S5, D6).
    NeverStarts,
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

/// A revision of a release's snapshot (R2, R7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevisedSnapshot {
    /// From 2: the first is what the release froze when it was created.
    pub revision: u32,
    /// The one stage whose variables or jobs changed (R7); `None`: the whole snapshot of a draft did (R2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<RevisedStage>,
    /// What was said of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub comment: String,
    /// The stages that start by themselves from now on, where the path to its target is another one (S6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reach: Option<Reach>,
    /// The digest of the definition.
    pub digest: Digest,
    /// What it is now.
    #[serde(with = "shared")]
    pub definition: Arc<PipelineDefinition>,
}

/// What changed in the one stage that a revision of a release's snapshot is about (R7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevisedStage {
    /// The stage.
    pub stage: StageId,
    /// Its variables that have another value now, or are new, by their folded names.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub variables: BTreeSet<String>,
    /// Whether its jobs are others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub jobs: bool,
}

impl ReleaseEvent {
    /// The stored names, fixed for ever; those of its deployments are [`DeploymentEvent::NAMES`].
    pub const NAMES: &'static [&'static str] = &[
        "release.created",
        "release.draft-edited",
        "release.snapshot-revised",
        "release.edited",
        "release.kept-forever",
        "release.let-go",
        "release.started",
        "release.abandoned",
        "release.deleted",
        "release.restored",
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
