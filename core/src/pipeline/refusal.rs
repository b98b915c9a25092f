use super::Problems;
use crate::flow::Impossible;
use crate::text::TextTooLong;
use crate::trigger::NeverStarts;
use crate::variable::ValuesRefusal;
use crate::{Activity, ArtifactRefusal, ReleaseId, StageId, limits};

/// Why a pipeline refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PipelineRefusal {
    /// There is no such pipeline.
    #[error("there is no such pipeline")]
    NotFound,
    /// It makes no releases at present (P6).
    #[error("the pipeline is {activity}: no releases are made from it")]
    NotActive {
        /// What it may do.
        activity: Activity,
    },
    /// The pipeline exists already.
    #[error("the pipeline exists already")]
    Exists,
    /// The definition does not validate (P5).
    #[error("the definition is not valid: {0}")]
    Invalid(Problems),
    /// The change was made against another revision (P2).
    #[error(
        "stale revision: the change was made against revision {against}, the pipeline is at revision {current}"
    )]
    StaleRevision {
        /// The revision that the change was made against.
        against: u32,
        /// The pipeline's revision.
        current: u32,
    },
    /// The pipeline has no such revision (P1).
    #[error("the pipeline has no revision {revision}: the newest is {current}")]
    UnknownRevision {
        /// The revision that was named.
        revision: u32,
        /// The pipeline's revision.
        current: u32,
    },
    /// The definition that was given for a revision is not that revision's (P1).
    #[error("the definition that was given is not that of revision {revision}")]
    NotThatRevision {
        /// The revision that was named.
        revision: u32,
    },
    /// The pipeline was changed as often as may be (P1).
    #[error("the pipeline has {limit} revisions, no more are kept: create another pipeline")]
    TooManyRevisions {
        /// How many it may have.
        limit: u32,
    },
    /// No version of a source is named, and none can be taken by default (A4).
    #[error("artifact {alias:?} has no version to take: name one")]
    NoArtifactVersion {
        /// The source's alias.
        alias: String,
    },
    /// A version was named of a source that the pipeline has not (A4).
    #[error("the pipeline has no artifact {alias:?}")]
    UnknownArtifact {
        /// The alias that was named.
        alias: String,
    },
    /// Two versions were named of one source, under aliases that differ only in case (A4).
    #[error("more than one version of artifact {alias:?} is named")]
    ArtifactGivenTwice {
        /// The source's alias.
        alias: String,
    },
    /// What was named is no version of the source: it is another one under a known id, or does not fit (A2, A4).
    #[error("artifact {alias:?}: {because}")]
    ArtifactRefused {
        /// The source's alias.
        alias: String,
        /// Why.
        because: ArtifactRefusal,
    },
    /// A stage on the path to the target can never start in the release (S6).
    #[error("stage {stage} is on the path to the target, and {because}")]
    NeverStarts {
        /// The stage.
        stage: StageId,
        /// Why it never starts.
        because: NeverStarts,
    },
    /// The publication is not the next one that the pipeline observes (T0).
    #[error("publication {publication} is not the next one to observe")]
    NotNextPublication {
        /// The publication's number.
        publication: u64,
    },
    /// A trigger wants a release, and no id for one was given.
    #[error("a trigger wants a release, and no id was given for it")]
    ReleaseIdMissing,
    /// A variable group that the pipeline or a stage names was never saved (V2).
    #[error("{path}: there is no variable group {group:?}")]
    UnknownVariableGroup {
        /// The place that names it, such as `stages[2].variable_groups[0]`.
        path: String,
        /// The group.
        group: String,
    },
    /// The definition is larger than [`limits::DEFINITION_BYTES`], with the variables of its groups where a release takes them (V2).
    #[error(
        "the definition has {bytes} bytes with the variables of its groups: at most {} are kept",
        limits::DEFINITION_BYTES
    )]
    TooLarge {
        /// Its size as JSON.
        bytes: usize,
    },
    /// The definition does not validate together with what its variable groups say at present (C3, V2).
    #[error("the definition is not valid with the variables of its groups: {0}")]
    InvalidWithGroups(Problems),
    /// A value was given for a variable that the pipeline has not (R4).
    #[error("the pipeline has no variable {name:?}")]
    UnknownVariable {
        /// The variable.
        name: String,
    },
    /// A value was given for a variable that is not settable at release time (R4).
    #[error("variable {name:?} is not settable when a release is created")]
    VariableNotSettable {
        /// The variable.
        name: String,
    },
    /// A value was given for a secret: it would be recorded (V4).
    #[error("variable {name:?} is a secret: its value belongs with the host's secrets, not into a release")]
    SecretVariable {
        /// The variable.
        name: String,
    },
    /// Values that were given for variables (R4).
    #[error(transparent)]
    Values(#[from] ValuesRefusal),
    /// The pipeline has no such stage.
    #[error("the pipeline has no stage {stage}")]
    UnknownStage {
        /// The stage that was named.
        stage: StageId,
    },
    /// The release's number is used already.
    #[error("release {release} exists already")]
    ReleaseExists {
        /// The number.
        release: ReleaseId,
    },
    /// A text is longer than it may be.
    #[error(transparent)]
    TextTooLong(#[from] TextTooLong),
    /// The definition can't be written as JSON.
    #[error("the definition can't be written: {what}")]
    NotWritable {
        /// Why.
        what: String,
    },
    /// A rule recorded what cannot be: a defect of the engine.
    #[error(transparent)]
    Impossible(#[from] Impossible),
}
