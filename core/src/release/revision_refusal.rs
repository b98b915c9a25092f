use crate::{Problems, StageId, limits};

/// Why a release's snapshot is not changed (R2, R7).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RevisionRefusal {
    /// The snapshot that was given does not validate (P5).
    #[error("the snapshot is not valid: {0}")]
    Invalid(Problems),
    /// The snapshot that was given is larger than [`limits::DEFINITION_BYTES`] (P5).
    #[error("the snapshot has {bytes} bytes: at most {} are kept", limits::DEFINITION_BYTES)]
    TooLarge {
        /// Its size as JSON.
        bytes: usize,
    },
    /// A release's snapshot has a stage that it had not: its id and its queue would be nobody's (R2, P3).
    #[error("a release's snapshot may leave out stages, and not add stage {stage}: add it to the pipeline")]
    StageAdded {
        /// The stage.
        stage: StageId,
    },
    /// A release stays in the folder that it froze (R2, F1, U3).
    #[error("a release stays in the folder of its pipeline that it was created in")]
    FolderChanged,
    /// What a release froze of variable groups is not edited, nor which groups it names (R2, V2).
    #[error("{path}: the variable groups of a release stay as it froze them")]
    GroupsChanged {
        /// Where: the pipeline, or the stage.
        path: String,
    },
    /// A queuing policy is across releases, and so not one release's to change (R2, Q5).
    #[error("the queuing policy of stage {stage} is the pipeline's: change it there")]
    QueuingChanged {
        /// The stage.
        stage: StageId,
    },
    /// The snapshot was changed as often as may be (R7).
    #[error("the release's snapshot has {limit} revisions, no more are kept: create another release")]
    TooManyRevisions {
        /// How many it may have.
        limit: u32,
    },
}
