use std::collections::{BTreeMap, BTreeSet};

use cutover::deployment::Deployment;
use cutover::permission::Permissions;
use cutover::transaction::World;
use cutover::{
    Explanation, Locks, Nature, PipelineStatus, Pool, PoolId, QueueId, Release, ReleaseId, StageId,
    StageQueue, Subject, Surroundings, explain,
};

use super::{Checker, Seen};

/// Every stage that is not over can say what it waits for, at every step (E1, I14): never nothing, and nothing that neither somebody can clear
/// nor time.
#[derive(Debug, Clone, Copy, Default)]
pub struct Explained;

impl Checker for Explained {
    fn recorded(&mut self, seen: &Seen, world: &World) -> Result<(), String> {
        for id in touched(seen, world) {
            let folded = world.get(&Subject::Release(id));
            if let Some(release) = folded.and_then(|folded| folded.state().as_release()) {
                of_release(release, world)?;
            }
        }
        Ok(())
    }
}

/// The releases of which anything may be told otherwise since the commit.
fn touched(seen: &Seen, world: &World) -> BTreeSet<ReleaseId> {
    let mut touched = BTreeSet::new();
    for happening in &seen.events {
        match &happening.subject {
            Subject::Release(id) => {
                touched.insert(*id);
            }
            Subject::Queue(id) => {
                let queue = queue(world, *id);
                let known = queue.iter().flat_map(|queue| queue.holders().chain(queue.waiting()));
                touched.extend(known.map(|(deployment, _)| deployment.release));
            }
            Subject::Pool(_)
            | Subject::Locks
            | Subject::Freezes
            | Subject::Permissions
            | Subject::PipelineStatus(_) => {
                let releases = world.iter().filter_map(|folded| folded.state().as_release());
                touched.extend(releases.filter_map(Release::about).map(|about| about.id));
            }
            Subject::Directory
            | Subject::Pipeline(_)
            | Subject::Snapshot(_)
            | Subject::Artifact(_)
            | Subject::VariableGroup(_)
            | Subject::Targets(_)
            | Subject::Cursor(_) => {}
        }
    }
    touched
}

fn of_release(release: &Release, world: &World) -> Result<(), String> {
    let Some(about) = release.about() else { return Ok(()) };
    let snapshot = world.get(&Subject::Snapshot(about.snapshot));
    let definition = snapshot.and_then(|folded| folded.state().as_snapshot()?.definition());
    let definition = definition.ok_or_else(|| format!("I9: release {} without a snapshot", about.id))?;
    for stage in &definition.stages {
        let (release_id, id) = (about.id, stage.id);
        let told = told(world, release, id);
        let told =
            told.ok_or_else(|| format!("E1: stage {id} of release {release_id} can't be explained"))?;
        let is_over = release.latest(id).is_some_and(Deployment::is_over);
        ensure!(is_over || !told.now.is_empty(), "E1: stage {id} of release {release_id} waits for nothing");
        ensure!(
            !is_over || told.now.is_empty(),
            "E1: stage {id} of {release_id} is over, and waits: {told:?}"
        );
        for blocker in &told.now {
            let is_final = blocker.nature == Nature::Final;
            let ends = is_final || !blocker.cleared_by.is_empty() || blocker.by_itself_at.is_some();
            ensure!(ends, "I14: neither somebody nor time clears {blocker:?} of release {release_id}");
        }
    }
    Ok(())
}

fn queue(world: &World, id: QueueId) -> Option<&StageQueue> {
    world.get(&Subject::Queue(id))?.state().as_queue()
}

/// What a stage waits for, as the world stands (E1).
pub(super) fn told(world: &World, release: &Release, stage: StageId) -> Option<Explanation> {
    let about = release.about()?;
    let snapshot = world.get(&Subject::Snapshot(about.snapshot))?;
    let waiting = release.going_on().flat_map(Deployment::waiting_for_agents);
    let pools: BTreeMap<PoolId, Pool> = waiting
        .filter_map(|(_, _, id, _)| {
            let pool = world.get(&Subject::Pool(id.clone()))?;
            Some((id.clone(), pool.state().as_pool()?.clone()))
        })
        .collect();
    let status = world.get(&Subject::PipelineStatus(about.pipeline));
    let locks = world.get(&Subject::Locks).and_then(|folded| folded.state().as_locks());
    let permissions = world.get(&Subject::Permissions).and_then(|folded| folded.state().as_permissions());
    let (no_queue, active) = (StageQueue::default(), PipelineStatus::default());
    let (no_locks, nobody) = (Locks::default(), Permissions::default());
    let around = Surroundings {
        definition: snapshot.state().as_snapshot()?.definition()?,
        queue: queue(world, QueueId { pipeline: about.pipeline, stage }).unwrap_or(&no_queue),
        pipeline: status.and_then(|folded| folded.state().as_pipeline_status()).unwrap_or(&active),
        locks: locks.unwrap_or(&no_locks),
        pools: &pools,
        permissions: permissions.unwrap_or(&nobody),
    };
    explain(release, &around, stage)
}
