//! Cutover.
mod actor;
pub mod approval;
pub mod condition;
mod context;
pub mod deployment;
mod digest;
mod directory;
mod event;
pub mod flow;
mod ids;
pub mod limits;
mod pipeline;
mod queue;
mod release;
mod snapshot;
pub mod status;
pub mod store;
mod subject;
pub mod transaction;
pub mod trigger;
pub mod variable;

pub use actor::Actor;
pub use context::{Context, Timestamp};
pub use digest::Digest;
pub use directory::{Directory, DirectoryCommand, DirectoryEvent, DirectoryRefusal, IdKind};
pub use event::{DecodeError, Event};
pub use ids::{
    ApprovalId, CommandId, CommitId, DeploymentId, EngineId, GroupId, IncarnationId, InvalidId, JobId,
    Moment, PipelineId, QueueId, ReleaseId, StageId, TaskId, UserId,
};
pub use pipeline::*;
pub use queue::{Conclusion, QueueCommand, QueueEvent, QueueRefusal, StageQueue};
pub use release::{
    About, CreatedRelease, DraftEdit, OrderError, Release, ReleaseCommand, ReleaseEvent, ReleaseRefusal,
    ReleaseState, TaskOrder, Work,
};
pub use snapshot::{Snapshot, SnapshotCommand, SnapshotEvent, SnapshotRefusal};
pub use subject::Subject;
