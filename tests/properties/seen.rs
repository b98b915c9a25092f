//! What can be read from a state, whoever keeps it.

use std::collections::BTreeMap;
use std::sync::Arc;

use cutover::freeze::Freezes;
use cutover::permission::Permissions;
use cutover::transaction::World;
use cutover::{
    Digest, Explanation, Locks, PipelineDefinition, PipelineId, PipelineStatus, Pool, PoolId, QueueId,
    Release, ReleaseId, StageId, StageQueue, Subject, Surroundings, TargetGroupId, Targets, explain,
};

pub fn release(world: &World, id: ReleaseId) -> Option<&Release> {
    world.get(&Subject::Release(id))?.state().as_release()
}

pub fn releases(world: &World) -> impl Iterator<Item = &Release> {
    world.iter().filter_map(|folded| folded.state().as_release()).filter(|it| it.about().is_some())
}

pub fn queue(world: &World, id: QueueId) -> Option<&StageQueue> {
    world.get(&Subject::Queue(id))?.state().as_queue()
}

pub fn queues(world: &World) -> impl Iterator<Item = (QueueId, &StageQueue)> {
    world.iter().filter_map(|folded| match folded.subject() {
        Subject::Queue(id) => Some((*id, folded.state().as_queue()?)),
        _ => None,
    })
}

pub fn freezes(world: &World) -> Freezes {
    let known = world.get(&Subject::Freezes).and_then(|folded| folded.state().as_freezes());
    known.cloned().unwrap_or_default()
}

pub fn locks(world: &World) -> Locks {
    world.get(&Subject::Locks).and_then(|folded| folded.state().as_locks()).cloned().unwrap_or_default()
}

pub fn pools(world: &World) -> BTreeMap<PoolId, Pool> {
    let all = world.iter().filter_map(|folded| match folded.subject() {
        Subject::Pool(id) => Some((id.clone(), folded.state().as_pool()?.clone())),
        _ => None,
    });
    all.collect()
}

/// Whether a pipeline is active.
pub fn status(world: &World, id: PipelineId) -> PipelineStatus {
    let known = world.get(&Subject::PipelineStatus(id));
    known.and_then(|folded| folded.state().as_pipeline_status()).cloned().unwrap_or_default()
}

/// The grants that are in force.
pub fn permissions(world: &World) -> Permissions {
    let known = world.get(&Subject::Permissions).and_then(|folded| folded.state().as_permissions());
    known.cloned().unwrap_or_default()
}

/// A pool of agents, also one that nobody defined.
pub fn pool(world: &World, id: &PoolId) -> Pool {
    let known = world.get(&Subject::Pool(id.clone())).and_then(|folded| folded.state().as_pool());
    known.cloned().unwrap_or_default()
}

/// A deployment group, also one without targets.
pub fn targets(world: &World, id: &TargetGroupId) -> Targets {
    let known = world.get(&Subject::Targets(id.clone())).and_then(|folded| folded.state().as_targets());
    known.cloned().unwrap_or_default()
}

/// The definition that a release froze, from the snapshot's stream.
pub fn definition_of<'a>(world: &'a World, release: &Release) -> Option<&'a Arc<PipelineDefinition>> {
    snapshot(world, release.about()?.snapshot)
}

/// The definition with this digest.
pub fn snapshot(world: &World, digest: Digest) -> Option<&Arc<PipelineDefinition>> {
    world.get(&Subject::Snapshot(digest))?.state().as_snapshot()?.definition()
}

/// What a stage of a release waits for (E1).
pub fn told(world: &World, id: ReleaseId, stage: StageId) -> Option<Explanation> {
    let release = release(world, id)?;
    let empty = StageQueue::default();
    let pipeline = release.about()?.pipeline;
    let around = Surroundings {
        definition: definition_of(world, release)?,
        queue: queue(world, QueueId { pipeline, stage }).unwrap_or(&empty),
        pipeline: &status(world, pipeline),
        locks: &locks(world),
        pools: &pools(world),
        permissions: &permissions(world),
    };
    explain(release, &around, stage)
}
