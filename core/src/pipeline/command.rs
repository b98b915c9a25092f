use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{ArtifactVersion, PipelineDefinition, ReleaseReason};
use crate::{ReleaseId, ScheduleId, SourceId, StageId, UserId};

/// What can be asked of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PipelineCommand {
    /// Creates it (P1).
    Create {
        /// What it is.
        definition: Arc<PipelineDefinition>,
    },
    /// Gives it another definition (P2).
    Revise {
        /// The revision that the change was made against.
        against: u32,
        /// What it shall be.
        definition: Arc<PipelineDefinition>,
        /// Why, for people.
        comment: String,
    },
    /// Gives it the definition of an earlier revision again, as a new revision (P1).
    Restore {
        /// The revision that the change was made against (P2).
        against: u32,
        /// The revision whose definition it shall have.
        revision: u32,
        /// That definition, as the pipeline's history has it.
        definition: Arc<PipelineDefinition>,
        /// Why, for people.
        comment: String,
    },
    /// Creates a release from its present revision (R1, T5).
    CreateRelease {
        /// The release's id, handed out by the directory.
        release: ReleaseId,
        /// What is asked for.
        request: NewRelease,
    },
    /// Observes the next publication of an artifact feed, and makes the release that the next of its triggers wants (T0). At most one:
    /// where several want one, the command is given again. The engine's own.
    Observe {
        /// The feed.
        source: SourceId,
        /// The publication's number.
        publication: u64,
        /// The id of the release, handed out by the directory; needed only where a trigger wants one.
        release: Option<ReleaseId>,
    },
    /// The moment of a schedule's occurrence has come (X2).
    ReachSchedule(ScheduleId),
    /// Makes the release of an occurrence that has come (T2). The engine's own.
    ReleaseOnSchedule {
        /// The schedule.
        schedule: ScheduleId,
        /// The release's id, handed out by the directory.
        release: ReleaseId,
    },
}

/// What somebody who creates a release may say. The default says nothing: all artifacts and values by default, every stage by
/// its own trigger, active at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewRelease {
    /// Why it is created; `None` for one by hand (T5).
    pub reason: Option<ReleaseReason>,
    /// For people.
    pub description: String,
    /// For whom it is created, if not for its creator.
    pub requested_for: Option<UserId>,
    /// Versions by alias, compared without case; they win over the default (A4). One of which nothing but the id is said is the one
    /// that was published under that id.
    pub artifacts: BTreeMap<String, ArtifactVersion>,
    /// Values of settable variables (R4).
    pub variables: BTreeMap<String, String>,
    /// Stages that start only by hand in this release, whatever the pipeline says (R3).
    pub manual_stages: BTreeSet<StageId>,
    /// The stage up to which it deploys by itself; `None`: everywhere (S6).
    pub target: Option<StageId>,
    /// Whether it waits, editable, until it is started (R2).
    pub draft: bool,
    /// The alias of the source whose new version makes it, if one does (T1).
    pub triggered_by: Option<String>,
}
