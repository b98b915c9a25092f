//! What `explain` says is true of every state (E2): whoever it names can clear what is waited for, and once all of it is cleared, and
//! not before, the deployment takes a later step.

use cutover::deployment::{Answer, Deployment, Report};
use cutover::permission::Permissions;
use cutover::transaction::Command;
use cutover::{
    Blocker, BlockerKind, DeploymentId, Explanation, Locks, PipelineStatus, ReleaseCommand, ReleaseId,
    StageId, StageQueue, Surroundings, explain,
};

use crate::world::World;

/// What a stage of a release waits for.
pub fn told(world: &World, release: ReleaseId, stage: StageId) -> Explanation {
    let empty = StageQueue::default();
    let around = Surroundings {
        definition: &world.definition,
        queue: world.queue(stage).unwrap_or(&empty),
        pipeline: &PipelineStatus::default(),
        locks: &Locks::default(),
        permissions: &Permissions::default(),
    };
    let state = world.releases().find(|it| it.about().is_some_and(|about| about.id == release));
    explain(state.expect("it was created"), &around, stage).expect("the stage is there")
}

/// Clears what each deployment waits for, by those who are named, and looks whether it then takes a later step.
pub fn is_sound(world: &World) {
    let going_on: Vec<DeploymentId> =
        world.releases().flat_map(|release| release.going_on().map(|it| it.id)).collect();
    for id in going_on {
        let blockers = told(world, id.release, id.stage).now;
        // Only tasks of several slices are waited for side by side (J2): each of them is a step of its own.
        let are_tasks = blockers.iter().all(|it| matches!(it.kind, BlockerKind::TaskRunning { .. }));
        assert!(blockers.len() == 1 || are_tasks && !blockers.is_empty(), "E2: {id} waits for {blockers:?}");
        for blocker in &blockers {
            clears(world, id, blocker);
        }
    }
}

fn clears(world: &World, id: DeploymentId, blocker: &Blocker) {
    assert!(!blocker.cleared_by.is_empty(), "E2: nobody can clear {blocker:?}");
    match &blocker.kind {
        BlockerKind::Approvals { open, needed, .. } => {
            let mut world = world.clone();
            for _ in 0..*needed {
                assert!(still_waits(&world, id, blocker), "E2: {id} goes on before all is cleared");
                let approval = open.first().expect("somebody is asked").id;
                world = after(&world, |command| {
                    matches!(command, ReleaseCommand::Answer { approval: answered, answer: Answer::Approve, .. }
                        if *answered == approval)
                });
            }
            assert!(!still_waits(&world, id, blocker), "E2: {id} still waits for {blocker:?}");
        }
        BlockerKind::TaskRunning { task, .. } => {
            let next = after(world, |command| {
                matches!(command, ReleaseCommand::ReportTask { task: ended, report: Report::Succeeded, .. }
                    if ended == task)
            });
            assert!(!still_waits(&next, id, blocker), "E2: {id} still waits for {blocker:?}");
        }
        BlockerKind::Queued { ahead: 0, holders, .. } => {
            let mut world = world.clone();
            for holder in holders {
                assert!(still_waits(&world, id, blocker), "E2: {id} goes on before a slot is free");
                world = ended(&world, *holder);
            }
            assert!(!still_waits(&world, id, blocker), "E2: {id} still waits for {blocker:?}");
        }
        // In a small world nobody waits behind others for long: each of them is looked at in its own turn.
        BlockerKind::Queued { .. } => {}
        other => panic!("E1: {id} waits for {other:?} in a world without it"),
    }
}

/// Whether the deployment still waits for the same kind of thing, at the same step of its life.
fn still_waits(world: &World, id: DeploymentId, blocker: &Blocker) -> bool {
    let told = told(world, id.release, id.stage);
    let is_over = deployment(world, id).is_none_or(Deployment::is_over);
    !is_over && told.now.iter().any(|now| step_of(&now.kind) == step_of(&blocker.kind))
}

/// The step of a deployment's life that a blocker stands before, as text.
fn step_of(kind: &BlockerKind) -> String {
    match kind {
        BlockerKind::Approvals { moment, .. } => format!("approvals {moment}"),
        BlockerKind::TaskRunning { task, .. } => format!("task {task}"),
        BlockerKind::Queued { .. } => "queued".to_owned(),
        other => format!("{other:?}"),
    }
}

fn deployment(world: &World, id: DeploymentId) -> Option<&Deployment> {
    world.releases().find_map(|release| release.deployment(id))
}

/// The state after the one move that fits.
fn after(world: &World, fits: impl Fn(&ReleaseCommand) -> bool) -> World {
    let moves = world.moves().into_iter();
    let found = moves.map(|(moved, next)| (moved.command, next)).find_map(|(command, next)| match command {
        Command::Release(_, command) if fits(&command) => Some(next),
        _ => None,
    });
    found.expect("whoever can clear it may do so")
}

/// The state after the deployment was cancelled and its task, if it ran one, has stopped.
fn ended(world: &World, id: DeploymentId) -> World {
    let cancelled = world.moves().into_iter().find_map(|(moved, next)| match moved.command {
        Command::Release(release, ReleaseCommand::Cancel { stage, .. })
            if (release, stage) == (id.release, id.stage) =>
        {
            Some(next)
        }
        _ => None,
    });
    // One that is cancelling already is not cancelled once more.
    let cancelled = cancelled.unwrap_or_else(|| world.clone());
    if deployment(&cancelled, id).is_none_or(Deployment::is_over) {
        return cancelled;
    }
    after(
        &cancelled,
        |command| matches!(command, ReleaseCommand::ReportTask { task, .. } if task.deployment() == id),
    )
}
