//! The core of Cutover, an embeddable release engine: what a release pipeline, a release and a deployment are, and every rule about
//! them, as pure functions from commands to events and from events to state.
//!
//! It behaves as Azure Pipelines' classic releases do. A *release* is a versioned set of artifacts with a frozen snapshot of its
//! pipeline; a *deployment* runs the tasks of one *stage*. Creating a release does not mean that it deploys: triggers, target stages,
//! queuing policies and approvals may each make it wait, and [`explain`] says which does.
//!
//! It is *not* a runner, a server or a store: it reads no clock, draws no numbers and does no I/O. The crate `cutover-engine` drives it,
//! an [`EventStore`](store::EventStore) keeps what it decides. The rules are numbered in `RULES.md`, and named by these numbers
//! everywhere.
//!
//! ```
//! use cutover::transaction::{Command, Folded, Progress, Transaction, World};
//! use cutover::{
//!     Actor, CommandId, CommitId, Context, PipelineCommand, PipelineDefinition, PipelineId, Stage, StageId, Task,
//! };
//!
//! let shop = PipelineDefinition::new("Web shop")
//!     .with_stage(Stage::new(StageId(1), "Dev").after_release().with_task(Task::command("./deploy.sh dev")))
//!     .with_stage(Stage::new(StageId(2), "Prod").after(&[StageId(1)]).with_task(Task::command("./deploy.sh prod")));
//! let create = Command::Pipeline(PipelineId(1), PipelineCommand::Create { definition: shop.into() });
//!
//! // All that the decision may know beyond state: the time, who acts, fresh ids.
//! let now = chrono::DateTime::UNIX_EPOCH;
//! let context = Context::new(now, Actor::user("ann")?, CommandId::new("create-1")?, CommitId::new("commit-1")?);
//! let transaction = Transaction::new(create, context);
//! let mut world = World::new();
//! let proposal = loop {
//!     match transaction.advance(&world)? {
//!         Progress::Needs(subjects) => subjects.into_iter().for_each(|it| world.insert(Folded::empty(it).into())),
//!         Progress::Ready(proposal) => break proposal, // for an event store, or to be looked at and thrown away
//!         Progress::AlreadySo | Progress::Repeated { .. } => return Ok(()),
//!     }
//! };
//! assert_eq!(proposal.commit.streams().len(), 2); // the pipeline, and the directory that knows its name
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Where to read on: [`flow`] holds the whole architecture as signatures, [`transaction`] how a command becomes a commit, [`store`] the
//! contract of event stores, [`deployment`] the life of a deployment.

mod actor;
mod aggregates;
pub mod approval;
pub mod artifact;
pub mod condition;
mod context;
mod cursor;
pub mod deployment;
pub mod difference;
mod digest;
mod directory;
mod event;
pub mod flow;
pub mod freeze;
pub mod gate;
mod ids;
pub mod limits;
mod locks;
pub mod notification;
pub mod permission;
mod pipeline;
mod pipeline_status;
mod pool;
mod queue;
mod release;
pub mod retention;
pub mod schedule;
mod scope;
mod snapshot;
pub mod status;
pub mod store;
mod subject;
mod targets;
mod text;
pub mod transaction;
pub mod trigger;
pub mod variable;
mod variable_group;
pub mod what_if;

pub use actor::Actor;
pub use aggregates::{Event, Subject};
pub use artifact::{ArtifactCommand, ArtifactEvent, ArtifactFeed, ArtifactRefusal};
pub(crate) use context::later;
pub use context::{Context, Identity, Timestamp};
pub use cursor::{Cursor, CursorCommand, CursorEvent, CursorRefusal};
pub use digest::Digest;
pub use directory::{Directory, DirectoryCommand, DirectoryEvent, DirectoryRefusal, IdKind};
pub use event::DecodeError;
pub use ids::{
    AgentId, ApprovalId, CommandId, CommitId, CursorId, DeploymentId, EngineId, FreezeId, GateId, GroupId,
    IncarnationId, InvalidId, JobId, LockGroupId, Moment, PipelineId, PoolId, QueueId, ReleaseId, ScheduleId,
    SliceId, SourceId, StageId, TargetGroupId, TargetId, TaskId, UserId, VariableGroupId,
};
pub use locks::{Locks, LocksCommand, LocksEvent, LocksHeld, LocksRefusal, LocksWanted};
pub use pipeline::*;
pub use pipeline_status::{
    Activity, DeletingWork, NotOver, PipelineStatus, PipelineStatusCommand, PipelineStatusEvent,
    PipelineStatusRefusal, work_of_deleting,
};
pub use pool::{
    Agent, AgentDisabled, AgentUse, AgentWanted, Capabilities, Demand, InvalidCapability, InvalidDemand,
    Pool, PoolCommand, PoolEvent, PoolRefusal,
};
pub use queue::{
    Conclusion, Declined, Pause, QueueCommand, QueueEvent, QueueRefusal, RollbackDeclined, ScheduledEntry,
    StageQueue,
};
pub use release::{
    About, ArtifactFilters, Blocker, BlockerKind, Cancelling, Clearer, CreatedRelease, DeployRequest,
    DraftEdit, Explanation, FailingGate, GateOrder, JobsToRun, LackingGroup, Nature, OpenApproval, OpenGates,
    OrderError, Release, ReleaseCommand, ReleaseEdit, ReleaseEvent, ReleaseRefusal, ReleaseState,
    RevisedSnapshot, RevisedStage, RevisionRefusal, ServingAgent, SnapshotRevision, StageEdit, Surroundings,
    TargetOrder, TaskName, TaskOrder, TriggerIgnored, WantedAgent, Work, deployed, explain, explain_waiting,
};
pub use scope::{Nearness, Scope, Site};
pub use snapshot::{Snapshot, SnapshotCommand, SnapshotEvent, SnapshotRefusal};
pub use targets::{
    Join, NewTargets, Presence, Target, Targets, TargetsCommand, TargetsEvent, TargetsRefusal,
};
pub use text::TextTooLong;
pub use variable_group::{VariableGroup, VariableGroupCommand, VariableGroupEvent, VariableGroupRefusal};
