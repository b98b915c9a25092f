//! Why a trigger made no release where it should have made one (A4, T2, T6).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::PipelineRefusal;
use crate::schedule::Occurrence;
use crate::{ScheduleId, SourceId};

/// What a trigger was asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each field is what its name says; the variants say the rest")]
pub enum Occasion {
    /// A publication on the feed of one of the pipeline's sources.
    Publication { alias: String, source: SourceId, publication: u64, version: String },
    /// An occurrence of a schedule.
    Occurrence { schedule: ScheduleId, occurrence: Occurrence },
}

/// Why there is no release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decline {
    /// Another source has no version to take (A4).
    NoArtifactVersion {
        /// The source's alias.
        alias: String,
    },
    /// Neither the pipeline nor a version has changed since the schedule's last release (T2).
    NothingChanged,
    /// Nobody was there to answer the schedule in time (X3).
    Missed,
    /// The release would have been refused by hand as well: the pipeline is disabled or deleted, for example (T6).
    Refused {
        /// Why.
        what: String,
    },
}

impl Decline {
    /// Why a trigger makes no release, from why it would be refused by hand; a refusal that is not the pipeline's doing stays one.
    pub(super) fn of(refusal: PipelineRefusal) -> Result<Self, PipelineRefusal> {
        match refusal {
            PipelineRefusal::NoArtifactVersion { alias } => Ok(Self::NoArtifactVersion { alias }),
            refusal @ (PipelineRefusal::NotFound
            | PipelineRefusal::ReleaseExists { .. }
            | PipelineRefusal::ReleaseIdMissing
            | PipelineRefusal::NotNextPublication { .. }
            | PipelineRefusal::Impossible(_)) => Err(refusal),
            refusal @ (PipelineRefusal::NotActive { .. }
            | PipelineRefusal::Exists
            | PipelineRefusal::Invalid(_)
            | PipelineRefusal::InvalidWithGroups(_)
            | PipelineRefusal::TooLarge { .. }
            | PipelineRefusal::UnknownVariableGroup { .. }
            | PipelineRefusal::StaleRevision { .. }
            | PipelineRefusal::UnknownRevision { .. }
            | PipelineRefusal::NotThatRevision { .. }
            | PipelineRefusal::TooManyRevisions { .. }
            | PipelineRefusal::UnknownArtifact { .. }
            | PipelineRefusal::ArtifactGivenTwice { .. }
            | PipelineRefusal::ArtifactRefused { .. }
            | PipelineRefusal::NeverStarts { .. }
            | PipelineRefusal::UnknownVariable { .. }
            | PipelineRefusal::VariableNotSettable { .. }
            | PipelineRefusal::SecretVariable { .. }
            | PipelineRefusal::Values(_)
            | PipelineRefusal::UnknownStage { .. }
            | PipelineRefusal::TextTooLong { .. }
            | PipelineRefusal::NotWritable { .. }) => Ok(Self::Refused { what: refusal.to_string() }),
        }
    }
}

impl fmt::Display for Decline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoArtifactVersion { alias } => write!(f, "artifact {alias:?} has no version to take"),
            Self::NothingChanged => f.write_str("nothing has changed since the last release"),
            Self::Missed => f.write_str("it came too long ago"),
            Self::Refused { what } => f.write_str(what),
        }
    }
}
