use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use chrono::NaiveDateTime;

use super::{ArtifactVersion, Decline, Occasion, PipelineDefinition, Taken, Watch};
use crate::schedule::{Missed, Occurrence};
use crate::snapshot::shared;
use crate::{Digest, ReleaseId, ScheduleId, SourceId, StageId, UserId, VariableGroupId};

/// What becomes true of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each field is what its name says; the variants say the rest")]
pub enum PipelineEvent {
    /// It exists, at revision 1 (P1).
    #[serde(rename = "pipeline.created")]
    Created {
        digest: Digest,
        #[serde(with = "shared")]
        definition: Arc<PipelineDefinition>,
    },
    /// It has another definition (P2).
    #[serde(rename = "pipeline.revised")]
    Revised {
        revision: u32,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        comment: String,
        /// The earlier revision whose definition it is again (P1).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        restores: Option<u32>,
        /// The stages that it removes (Q12).
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        removed: Vec<StageId>,
        /// The stages that an earlier revision removed and that are there again (Q12).
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        brought_back: Vec<StageId>,
        digest: Digest,
        #[serde(with = "shared")]
        definition: Arc<PipelineDefinition>,
    },
    /// Another name or folder came with the revision before (P1).
    #[serde(rename = "pipeline.renamed")]
    Renamed { folder: String, name: String },
    /// A release was made from it, with this number and name (R1, P7).
    #[serde(rename = "pipeline.release-numbered")]
    ReleaseNumbered(NumberedRelease),
    /// It observes these artifact feeds, and no others (T0).
    #[serde(rename = "pipeline.observing")]
    Observing { sources: BTreeMap<SourceId, Watch> },
    /// A new version makes a release (T1, T3). `trigger` is the trigger's place in the definition.
    #[serde(rename = "pipeline.trigger-fired")]
    TriggerFired {
        trigger: u32,
        alias: String,
        source: SourceId,
        publication: u64,
        version: String,
        release: ReleaseId,
    },
    /// A trigger makes no release where it should have made one (A4, T2, T6).
    #[serde(rename = "pipeline.trigger-declined")]
    TriggerDeclined { trigger: u32, occasion: Occasion, because: Decline },
    /// It has observed a publication: all triggers have answered it, or those before the one that is to be `asked` next (T0).
    #[serde(rename = "pipeline.publication-observed")]
    PublicationObserved {
        source: SourceId,
        publication: u64,
        /// How many publications before it the feed had forgotten before they were observed.
        #[serde(default, skip_serializing_if = "is_none")]
        forgotten: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asked: Option<u32>,
    },
    /// Its schedules wait for these occurrences, and no others (X2).
    #[serde(rename = "pipeline.schedules-armed")]
    SchedulesArmed { armed: BTreeMap<ScheduleId, Occurrence> },
    /// What a schedule waited for has come, and it waits for the next (X3).
    #[serde(rename = "pipeline.schedule-came")]
    ScheduleCame {
        schedule: ScheduleId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fires: Option<Occurrence>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        missed: Option<Missed>,
        past: NaiveDateTime,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<Occurrence>,
    },
    /// An occurrence that has come makes a release (T2).
    #[serde(rename = "pipeline.schedule-fired")]
    ScheduleFired { schedule: ScheduleId, occurrence: Occurrence, release: ReleaseId, taken: Taken },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes what it asks about by reference")]
const fn is_none(count: &u64) -> bool {
    *count == 0
}

impl PipelineEvent {
    /// The stored names, fixed for ever.
    pub const NAMES: &'static [&'static str] = &[
        "pipeline.created",
        "pipeline.revised",
        "pipeline.renamed",
        "pipeline.release-numbered",
        "pipeline.observing",
        "pipeline.trigger-fired",
        "pipeline.trigger-declined",
        "pipeline.publication-observed",
        "pipeline.schedules-armed",
        "pipeline.schedule-came",
        "pipeline.schedule-fired",
    ];
}

/// A release as its pipeline numbered and named it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberedRelease {
    /// Its number.
    pub release: ReleaseId,
    /// Its name.
    pub name: String,
    /// The name without its counter, and the counter's value, if its format has one (P7).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counter: Option<(String, u32)>,
    /// The pipeline's revision that it freezes.
    pub revision: u32,
    /// The digest of the definition that it freezes.
    pub digest: Digest,
    /// The variable groups that its definition names, each with the revision that it freezes (V2).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub groups: BTreeMap<VariableGroupId, u32>,
    /// Why it is created.
    pub reason: ReleaseReason,
    /// For people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// For whom it is created, if not for its creator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_for: Option<UserId>,
    /// The version of each source, by alias (A4).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub artifacts: BTreeMap<String, ArtifactVersion>,
    /// Values of settable variables (R4).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, String>,
    /// Stages that start only by hand in it (R3).
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub manual_stages: BTreeSet<StageId>,
    /// The stage up to which it deploys by itself (S6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<StageId>,
    /// Whether it is a draft (R2).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub draft: bool,
    /// The alias of the source whose new version makes it, if one does (T1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub triggered_by: Option<String>,
}

/// Why a release was created (T5).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReleaseReason {
    /// No reason was stated.
    None,
    /// By hand.
    #[default]
    Manual,
    /// A new version of an artifact (T1).
    ContinuousIntegration,
    /// A schedule (T2).
    Schedule,
    /// A pull request (T3).
    PullRequest,
}
