use crate::directory::DirectoryRefusal;
use crate::pipeline::PipelineRefusal;
use crate::queue::QueueRefusal;
use crate::release::ReleaseRefusal;
use crate::snapshot::SnapshotRefusal;
use crate::{InvalidId, limits};

/// Why a command is refused. Nothing was recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// By the directory.
    #[error(transparent)]
    Directory(#[from] DirectoryRefusal),
    /// By a pipeline.
    #[error(transparent)]
    Pipeline(#[from] PipelineRefusal),
    /// By a snapshot.
    #[error(transparent)]
    Snapshot(#[from] SnapshotRefusal),
    /// By a release.
    #[error(transparent)]
    Release(#[from] ReleaseRefusal),
    /// By a stage's queue.
    #[error(transparent)]
    Queue(#[from] QueueRefusal),
    /// An id that no stream can be named by.
    #[error(transparent)]
    InvalidId(#[from] InvalidId),
    /// More follows from it than one commit may hold: a defect of the engine.
    #[error("more than {} events follow from the command", limits::COMMIT_EVENTS)]
    TooManyEvents,
    /// What was decided can't be written or folded: a defect of the engine.
    #[error("what was decided can't be recorded: {what}")]
    NotRecordable {
        /// Why.
        what: String,
    },
}
