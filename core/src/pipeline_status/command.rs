use std::collections::BTreeSet;

use crate::StageId;

/// What can be asked about whether a pipeline is active.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PipelineStatusCommand {
    /// Creates no releases from now on; those that exist go on (P6).
    Disable {
        /// Why, for people.
        comment: String,
    },
    /// Creates releases again.
    Enable,
    /// Creates no releases, and starts nothing from those that exist (P6).
    Delete {
        /// All stages that it ever had: their queues are looked at.
        stages: BTreeSet<StageId>,
        /// What becomes of deployments that are not over.
        not_over: NotOver,
        /// Why, for people. Must not be empty where deployments are cancelled.
        comment: String,
    },
    /// Is deleted once nothing of it goes on any more. Given by an engine.
    FinishDeleting {
        /// All stages that it ever had.
        stages: BTreeSet<StageId>,
    },
    /// Brings a deleted pipeline back, within 30 days (P6).
    Restore,
}

/// What becomes of deployments that are not over when their pipeline is deleted (P6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotOver {
    /// The pipeline is not deleted while there are any.
    Refuse,
    /// They are cancelled, and the pipeline is deleted once they are over.
    Cancel,
}
