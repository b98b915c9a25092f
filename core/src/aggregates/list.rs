use crate::artifact::{ArtifactCommand, ArtifactEvent, ArtifactFeed, ArtifactRefusal};
use crate::cursor::{Cursor, CursorCommand, CursorEvent, CursorRefusal};
use crate::deployment::DeploymentEvent;
use crate::directory::{Directory, DirectoryCommand, DirectoryEvent, DirectoryRefusal};
use crate::freeze::{Freezes, FreezesCommand, FreezesEvent, FreezesRefusal};
use crate::locks::{Locks, LocksCommand, LocksEvent, LocksRefusal};
use crate::permission::{Permissions, PermissionsCommand, PermissionsEvent, PermissionsRefusal};
use crate::pipeline::{Pipeline, PipelineCommand, PipelineEvent, PipelineRefusal};
use crate::pipeline_status::{
    PipelineStatus, PipelineStatusCommand, PipelineStatusEvent, PipelineStatusRefusal,
};
use crate::queue::{QueueCommand, QueueEvent, QueueRefusal, StageQueue};
use crate::release::{Release, ReleaseCommand, ReleaseEvent, ReleaseRefusal};
use crate::snapshot::{Snapshot, SnapshotCommand, SnapshotEvent, SnapshotRefusal};
use crate::variable_group::{VariableGroup, VariableGroupCommand, VariableGroupEvent, VariableGroupRefusal};
use crate::{CursorId, Digest, PipelineId, QueueId, ReleaseId, SourceId, VariableGroupId};

// Each with its id (none if there is only one), what its streams' names begin with, and what it is called in documentation; then its types.
// `+` names events that are stored in its streams under names of their own.
aggregates! {
    /// `directory`: the names of pipelines, and the ids that are handed out.
    Directory in "directory", "the directory":
        Directory, as_directory, DirectoryCommand, DirectoryEvent, DirectoryRefusal;
    /// `pipeline/{id}`: a release pipeline.
    Pipeline(id: PipelineId) in "pipeline", "a pipeline":
        Pipeline, as_pipeline, PipelineCommand, PipelineEvent, PipelineRefusal;
    /// `pipeline-status/{id}`: whether a pipeline is active, disabled or deleted.
    PipelineStatus(id: PipelineId) in "pipeline-status", "whether a pipeline is active":
        PipelineStatus, as_pipeline_status, PipelineStatusCommand, PipelineStatusEvent, PipelineStatusRefusal;
    /// `snapshot/{digest}`: a definition as releases froze it, kept once however many they are.
    Snapshot(digest: Digest) in "snapshot", "a snapshot":
        Snapshot, as_snapshot, SnapshotCommand, SnapshotEvent, SnapshotRefusal;
    /// `release/{id}`: a release, with its deployments.
    Release(id: ReleaseId) in "release", "a release":
        Release, as_release, ReleaseCommand, ReleaseEvent + DeploymentEvent, ReleaseRefusal;
    /// `queue/{pipeline}/{stage}`: the queue of one stage, across releases.
    Queue(id: QueueId) in "queue", "a stage's queue":
        StageQueue, as_queue, QueueCommand, QueueEvent, QueueRefusal;
    /// `freezes`: when no jobs begin where.
    Freezes in "freezes", "the freezes":
        Freezes, as_freezes, FreezesCommand, FreezesEvent, FreezesRefusal;
    /// `permissions`: who may do what where.
    Permissions in "permissions", "the permissions":
        Permissions, as_permissions, PermissionsCommand, PermissionsEvent, PermissionsRefusal;
    /// `artifact/{source}`: the versions of one artifact source, whichever pipelines name it.
    Artifact(source: SourceId) in "artifact", "an artifact feed":
        ArtifactFeed, as_artifact_feed, ArtifactCommand, ArtifactEvent, ArtifactRefusal;
    /// `variables/{group}`: a variable group, whichever pipelines and stages name it.
    VariableGroup(group: VariableGroupId) in "variables", "a variable group":
        VariableGroup, as_variable_group, VariableGroupCommand, VariableGroupEvent, VariableGroupRefusal;
    /// `locks`: the lock groups of the store, who holds them and who waits.
    Locks in "locks", "the lock groups":
        Locks, as_locks, LocksCommand, LocksEvent, LocksRefusal;
    /// `cursor/{name}`: how far somebody was told of notifications.
    Cursor(id: CursorId) in "cursor", "a cursor":
        Cursor, as_cursor, CursorCommand, CursorEvent, CursorRefusal;
}
