use std::fmt;

use super::Activity;
use crate::flow::Impossible;
use crate::text::TextTooLong;
use crate::{DeploymentId, StageId, Timestamp};

/// Why a change of what a pipeline may do is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PipelineStatusRefusal {
    /// There is no such pipeline.
    #[error("there is no such pipeline")]
    NotFound,
    /// What the pipeline may do does not allow it.
    #[error("the pipeline is {activity}")]
    NotNow {
        /// What it may do.
        activity: Activity,
    },
    /// A deployment is not over (P6).
    #[error("deployment {deployment} is not over: wait for it, or delete the pipeline by force, saying why")]
    DeploymentNotOver {
        /// One of those that are not.
        deployment: DeploymentId,
    },
    /// Deployments are cancelled without saying why (P6).
    #[error("deployments that are not over are cancelled: say why")]
    CommentMissing,
    /// The queue of a stage was not looked at.
    #[error("the pipeline has a stage {stage}, whose queue was not looked at")]
    StageMissing {
        /// The stage.
        stage: StageId,
    },
    /// It was deleted too long ago (P6).
    #[error("the pipeline could be restored until {until}")]
    TooLate {
        /// Until when.
        until: Timestamp,
    },
    /// A text is longer than it may be.
    #[error(transparent)]
    TextTooLong(#[from] TextTooLong),
    /// A rule recorded what cannot be: a defect of the engine.
    #[error(transparent)]
    Impossible(#[from] Impossible),
}

impl fmt::Display for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Deleting => "being deleted",
            Self::Deleted { .. } => "deleted",
        })
    }
}
