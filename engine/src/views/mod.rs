//! Views: lists for people and programs, folded from the log and answered from memory.
//!
//! They are behind the log by as much as was not folded yet; [`Views::position`] says how far they are. Who has just written
//! something reads it with [`Views::at_least`] its position. What is *decided* never rests on them.
//!
//! `follow.rs` reads the log, `model.rs` folds it, `answers.rs` answers, `summary.rs` holds what the answers are made of.

mod answers;
mod follow;
mod model;
mod summary;
mod triggers;

pub use answers::ReleaseFilter;
pub use follow::Views;
pub use summary::{
    DeployedAt, DeploymentSummary, PendingApproval, PendingIntervention, PipelineSummary, ReleaseSummary,
};
pub use triggers::{Upcoming, Watcher};
