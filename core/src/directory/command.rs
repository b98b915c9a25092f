use std::num::NonZeroU32;

use super::IdKind;
use crate::PipelineId;

/// What can be asked of the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DirectoryCommand {
    /// Hands out ids that nobody ever had before (R1).
    ReserveIds {
        /// For what.
        kind: IdKind,
        /// How many, at most [`limits::ID_BLOCK`](crate::limits::ID_BLOCK).
        count: NonZeroU32,
    },
    /// Gives a pipeline a name in a folder, in place of the one it had (P1). A reaction to the pipeline's creation, renaming or
    /// restoring.
    ClaimName {
        /// The pipeline.
        pipeline: PipelineId,
        /// The folder's path.
        folder: String,
        /// The name.
        name: String,
    },
    /// The pipeline has no name any more (P6). A reaction to its being deleted.
    FreeName {
        /// The pipeline.
        pipeline: PipelineId,
    },
}
