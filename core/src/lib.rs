//! Cutover.
mod actor;
mod ids;
pub mod limits;
mod pipeline;
pub mod store;

pub use actor::Actor;
pub use ids::{
    ApprovalId, CommandId, CommitId, DeploymentId, EngineId, GroupId, IncarnationId, InvalidId, JobId,
    Moment, PipelineId, QueueId, ReleaseId, StageId, TaskId, UserId,
};
pub use pipeline::*;
