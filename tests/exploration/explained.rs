//! What `explain` says is true of every state (E2): whoever it names can clear what is waited for, and once all of it is cleared, and
//! not before, the deployment takes a later step.

use cutover::deployment::{Answer, Deployment, InterventionAnswer, Report};
use cutover::freeze::FreezesCommand;
use cutover::gate::Answer as Answered;
use cutover::permission::Permissions;
use cutover::transaction::Command;
use cutover::{
    Blocker, BlockerKind, DeploymentId, Explanation, PipelineStatus, PoolId, ReleaseCommand, ReleaseId,
    StageId, StageQueue, Surroundings, explain,
};

use crate::world::World;

/// What a stage of a release waits for.
pub fn told(world: &World, release: ReleaseId, stage: StageId) -> Explanation {
    let empty = StageQueue::default();
    let pools = world.pool().map(|pool| (PoolId::new("default").expect("an id"), pool.clone()));
    let around = Surroundings {
        definition: &world.definition,
        queue: world.queue(stage).unwrap_or(&empty),
        pipeline: &PipelineStatus::default(),
        locks: &world.locks(),
        pools: &pools.into_iter().collect(),
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
        // Only what several slices do is waited for side by side (J2): each of it is a step of its own.
        let is_of_slice = |blocker: &Blocker| {
            matches!(blocker.kind, BlockerKind::TaskRunning { .. } | BlockerKind::Agent(_))
        };
        let are_of_slices = blockers.iter().all(is_of_slice) && !blockers.is_empty();
        assert!(blockers.len() == 1 || are_of_slices, "E2: {id} waits for {blockers:?}");
        for blocker in &blockers {
            clears(world, id, blocker);
        }
    }
}

fn clears(world: &World, id: DeploymentId, blocker: &Blocker) {
    let ends = !blocker.cleared_by.is_empty() || blocker.by_itself_at.is_some();
    assert!(ends, "E2: nobody can clear {blocker:?}, and it does not end by itself");
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
        BlockerKind::Agent(wanted) if wanted.ahead.is_empty() => {
            let mut world = world.clone();
            // Whichever of these agents becomes free.
            let holder = wanted.serving.iter().find_map(|agent| agent.runs);
            assert!(still_waits(&world, id, blocker), "E2: {id} waits for an agent and says otherwise");
            world = ended(&world, holder.expect("somebody runs on it").deployment());
            assert!(!still_waits(&world, id, blocker), "E2: {id} still waits for {blocker:?}");
        }
        BlockerKind::Agent(_) => {}
        BlockerKind::Gates(_) => {
            let passed = |command: &ReleaseCommand| {
                matches!(command, ReleaseCommand::SampleGates { deployment, taken, .. }
                    if *deployment == id && taken.answers.values().all(|it| *it == Answered::Succeeded))
            };
            // What was given is on record, or time goes on to the next sample, or to the time-out.
            let next = find(world, passed).unwrap_or_else(|| later(world));
            let is_over = deployment(&next, id).is_none_or(Deployment::is_over);
            let goes_on = !still_waits(&next, id, blocker) || is_over;
            assert!(goes_on || find(&next, passed).is_some() || next.now > world.now, "E2: {blocker:?}");
        }
        BlockerKind::Frozen { .. } => {
            let lifted = world.moves().into_iter().find(|(moved, _)| {
                matches!(moved.command, Some(Command::Freezes(FreezesCommand::Lift { .. })))
            });
            let (_, next) = lifted.expect("whoever can lift it may do so");
            assert!(!still_waits(&next, id, blocker), "E2: {id} still waits for {blocker:?}");
        }
        BlockerKind::Locks { lacking, ahead } => {
            let mut world = world.clone();
            for other in ahead.iter().chain(lacking.iter().flat_map(|lacking| &lacking.holders)) {
                assert!(still_waits(&world, id, blocker), "E2: {id} goes on before the groups are free");
                world = ended(&world, *other);
            }
            assert!(!still_waits(&world, id, blocker), "E2: {id} still waits for {blocker:?}");
        }
        BlockerKind::Intervention { task, .. } => {
            let next = after(world, |command| {
                matches!(command, ReleaseCommand::AnswerIntervention { task: asked, answer, .. }
                    if asked == task && *answer == InterventionAnswer::Resume)
            });
            assert!(!still_waits(&next, id, blocker), "E2: {id} still waits for {blocker:?}");
        }
        BlockerKind::RetryPause { until, .. } => {
            let mut world = world.clone();
            while world.now < *until {
                assert!(still_waits(&world, id, blocker), "E2: {id} is tried again before its pause is over");
                world = later(&world);
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
        BlockerKind::Agent(wanted) => format!("an agent for {}", wanted.slice),
        BlockerKind::Gates(open) => format!("gates {}", open.moment),
        BlockerKind::Locks { .. } => "locks".to_owned(),
        BlockerKind::Frozen { .. } => "frozen".to_owned(),
        other => format!("{other:?}"),
    }
}

fn deployment(world: &World, id: DeploymentId) -> Option<&Deployment> {
    world.releases().find_map(|release| release.deployment(id))
}

/// The state after the one move that fits.
fn after(world: &World, fits: impl Fn(&ReleaseCommand) -> bool) -> World {
    find(world, fits).expect("whoever can clear it may do so")
}

fn find(world: &World, fits: impl Fn(&ReleaseCommand) -> bool) -> Option<World> {
    world.moves().into_iter().find_map(|(moved, next)| match moved.command {
        Some(Command::Release(_, command)) if fits(&command) => Some(next),
        _ => None,
    })
}

/// The state after time went on.
fn later(world: &World) -> World {
    let moves = world.moves().into_iter();
    moves.filter(|(moved, _)| moved.command.is_none()).map(|(_, next)| next).next().expect("time goes on")
}

/// The state after the deployment was cancelled and its task, if it ran one, has stopped.
fn ended(world: &World, id: DeploymentId) -> World {
    let cancelled = world.moves().into_iter().find_map(|(moved, next)| match moved.command {
        Some(Command::Release(release, ReleaseCommand::Cancel { stage, .. }))
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
