use crate::flow::Impossible;
use crate::pipeline::Problems;
use crate::schedule::InvalidWindow;
use crate::text::TextTooLong;
use crate::{FreezeId, PipelineId, StageId, Timestamp};

/// Why the freezes refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FreezesRefusal {
    /// Another freeze has the id.
    #[error("there is another freeze {freeze}: give this one an id of its own, or lift that one")]
    Exists {
        /// The id.
        freeze: FreezeId,
    },
    /// There is no such freeze.
    #[error("there is no freeze {freeze}")]
    NotFound {
        /// The id.
        freeze: FreezeId,
    },
    /// Nobody can say when it would be closed.
    #[error(transparent)]
    InvalidWindow(#[from] InvalidWindow),
    /// It would be over already.
    #[error("the freeze would have been over at {until}")]
    Over {
        /// When it would have ended.
        until: Timestamp,
    },
    /// Nothing is frozen without a reason (F1).
    #[error("a freeze needs a reason: say why")]
    NoReason,
    /// The folder's path is none.
    #[error("the folder can't be: {0}")]
    InvalidFolder(Problems),
    /// There is no such pipeline.
    #[error("there is no pipeline {pipeline}")]
    UnknownPipeline {
        /// The pipeline.
        pipeline: PipelineId,
    },
    /// The pipeline never had such a stage.
    #[error("pipeline {pipeline} has no stage {stage}")]
    UnknownStage {
        /// The pipeline.
        pipeline: PipelineId,
        /// The stage.
        stage: StageId,
    },
    /// There are as many freezes as may be.
    #[error("there are {limit} freezes that are not over, the most that may be: lift some")]
    TooMany {
        /// How many there may be.
        limit: usize,
    },
    /// A text is longer than it may be.
    #[error(transparent)]
    TextTooLong(#[from] TextTooLong),
    /// A rule recorded what cannot be: a defect of the engine.
    #[error(transparent)]
    Impossible(#[from] Impossible),
}
