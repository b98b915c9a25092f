use serde::{Deserialize, Serialize};

use crate::PipelineId;

/// What becomes true of whether a pipeline is active.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each field is what its name says; the variants say the rest")]
pub enum PipelineStatusEvent {
    /// It makes no releases (P6).
    #[serde(rename = "pipeline-status.disabled")]
    Disabled {
        #[serde(default, skip_serializing_if = "String::is_empty")]
        comment: String,
    },
    /// It makes releases again.
    #[serde(rename = "pipeline-status.enabled")]
    Enabled {},
    /// It starts nothing any more, and what is not over is cancelled (P6).
    #[serde(rename = "pipeline-status.deleting-begun")]
    DeletingBegun { comment: String },
    /// It is deleted, and its name is free (P6).
    #[serde(rename = "pipeline-status.deleted")]
    Deleted {
        pipeline: PipelineId,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        comment: String,
    },
    /// It is back, under the name that it had.
    #[serde(rename = "pipeline-status.restored")]
    Restored { pipeline: PipelineId, folder: String, name: String },
}

impl PipelineStatusEvent {
    /// The stored names, fixed for ever.
    pub const NAMES: &'static [&'static str] = &[
        "pipeline-status.disabled",
        "pipeline-status.enabled",
        "pipeline-status.deleting-begun",
        "pipeline-status.deleted",
        "pipeline-status.restored",
    ];
}
