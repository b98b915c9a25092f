use crate::PipelineId;

/// Why the directory refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryRefusal {
    /// Another pipeline of the folder has the name (P1).
    #[error(
        "pipeline {pipeline} in folder {folder} has the name {name:?} already: choose another name or another folder"
    )]
    NameTaken {
        /// Which pipeline has it.
        pipeline: PipelineId,
        /// The folder's path.
        folder: String,
        /// The name as it was asked for.
        name: String,
    },
    /// The same command created this pipeline before.
    #[error("the same command created pipeline {pipeline} before")]
    CreatedBefore {
        /// The pipeline that it created.
        pipeline: PipelineId,
    },
    /// More ids at once than are handed out.
    #[error("{count} ids at once are too many: at most {limit} are handed out")]
    TooManyIds {
        /// How many were asked for.
        count: u32,
        /// How many are handed out.
        limit: u32,
    },
}
