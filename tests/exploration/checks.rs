//! What must hold in every state, and of every move, whatever led there (I1 to I5, I7, I10, I12 to I14,
//! F1, Q8).

use std::collections::BTreeSet;

use cutover::deployment::{Deployment, DeploymentEvent, End, Phase};
use cutover::{
    DeploymentId, Event, Moment, QueueEvent, QueuingPolicy, ReleaseEvent, ReleaseState, SlotSpan, Stage,
    StageQueue, Waiting,
};

use crate::explained::told;
use crate::world::{Move, World};

pub fn state(world: &World, moves: &[(Move, World)]) {
    for stage in &world.definition.stages {
        let Some(queue) = world.queue(stage.id) else { continue };
        i1_no_more_than_the_limit(queue);
        i3_only_the_newest_waits(queue);
        i5_no_free_slot_while_somebody_waits(queue);
    }
    q8_no_more_than_the_capacity_and_only_while_jobs_run(world);
    let known: BTreeSet<DeploymentId> = world
        .definition
        .stages
        .iter()
        .filter_map(|stage| world.queue(stage.id))
        .flat_map(StageQueue::going_on)
        .collect();
    let going_on: BTreeSet<DeploymentId> =
        world.releases().flat_map(|release| release.going_on().map(|it| it.id)).collect();
    assert_eq!(known, going_on, "I4, P6: what goes on is what the queues know");
    for release in world.releases() {
        if release.state() == ReleaseState::Abandoned {
            assert_eq!(release.going_on().count(), 0, "I7: an abandoned release deploys nothing");
        }
        for stage in &world.definition.stages {
            for deployment in release.attempts(stage.id) {
                i4_slots_are_of_what_goes_on(world, deployment);
                i10_jobs_begin_after_what_must_pass(stage, deployment);
            }
            let about = release.about().expect("it was created");
            let told = told(world, about.id, stage.id);
            let is_over = release.latest(stage.id).is_some_and(Deployment::is_over);
            assert_eq!(told.now.is_empty(), is_over, "E2: {told:?}");
        }
    }
    i14_what_goes_on_can_go_on(world, moves);
}

/// What happened on the way.
pub fn step(before: &World, moved: &Move, after: &World) {
    for event in &moved.events {
        match event {
            Event::Queue(QueueEvent::SlotGranted { deployment }) => {
                i2_nothing_overtakes(before, *deployment, moved);
            }
            Event::Release(ReleaseEvent::Deployment(DeploymentEvent::Begun { deployment, .. })) => {
                f1_no_jobs_begin_while_the_line_stands(after, *deployment, moved);
            }
            _ => {}
        }
    }
    i13_what_is_over_stays(before, moved, after);
}

fn limit(queue: &StageQueue) -> usize {
    match queue.policy() {
        QueuingPolicy::Unlimited => usize::MAX,
        QueuingPolicy::AtMost { deployments, .. } => deployments.get() as usize,
    }
}

fn i1_no_more_than_the_limit(queue: &StageQueue) {
    assert!(queue.holders().len() <= limit(queue), "I1: {queue:?}");
}

fn i3_only_the_newest_waits(queue: &StageQueue) {
    if matches!(queue.policy(), QueuingPolicy::AtMost { waiting: Waiting::OnlyLatest, .. }) {
        assert!(queue.waiting().len() <= 1, "I3: {queue:?}");
    }
}

fn i5_no_free_slot_while_somebody_waits(queue: &StageQueue) {
    let is_free = queue.holders().len() < limit(queue);
    assert!(!is_free || queue.waiting().len() == 0, "I5: {queue:?}");
}

/// I2: whoever waited before this move and is granted by it waited first, unless those before it left in the same move.
fn i2_nothing_overtakes(before: &World, granted: DeploymentId, moved: &Move) {
    let Some(queue) = before.queue(granted.stage) else { return };
    let Some(place) = queue.position_of(granted) else { return };
    let left_or_granted = |id: DeploymentId| {
        moved.events.iter().any(|event| match event {
            Event::Queue(
                QueueEvent::SlotGranted { deployment }
                | QueueEvent::Superseded { deployment, .. }
                | QueueEvent::Left { deployment, .. },
            ) => *deployment == id,
            _ => false,
        })
    };
    for (earlier, _) in queue.waiting().take(place) {
        assert!(left_or_granted(earlier), "I2: {granted} overtakes {earlier}: {}", moved.what);
    }
}

fn i4_slots_are_of_what_goes_on(world: &World, deployment: &Deployment) {
    let queue = world.queue(deployment.id.stage).expect("it was triggered");
    let holds = queue.holders().any(|(holder, _)| holder == deployment.id);
    assert_eq!(holds, deployment.holds_slot, "I4: {deployment:?}");
    assert!(!holds || !deployment.is_over(), "I4: {deployment:?}");
    let waits = queue.position_of(deployment.id).is_some();
    assert_eq!(waits, matches!(deployment.phase, Phase::Queued { .. }), "I4: {deployment:?}");
    if deployment.phase.has_jobs() {
        assert!(holds, "I4: jobs run without a slot: {deployment:?}");
    }
    if deployment.span == SlotSpan::JobsOnly && deployment.ended.is_some() {
        assert!(!holds, "Q2: a slot is held beyond the jobs: {deployment:?}");
    }
}

fn i10_jobs_begin_after_what_must_pass(stage: &Stage, deployment: &Deployment) {
    let approved = |moment: Moment| {
        deployment
            .approvals
            .iter()
            .filter(|(id, _)| id.moment == moment)
            .all(|(_, approval)| approval.standing.vote() == Some(cutover::approval::Vote::Approved))
    };
    let planned = |moment: Moment| stage.checks(moment).gates.is_some();
    let passed = |moment: Moment| {
        let run = deployment.gates.get(&moment);
        !planned(moment) || run.is_some_and(|run| run.standing() == cutover::gate::Standing::Passed)
    };
    for (moment, run) in &deployment.gates {
        // I12: with no minimum duration, the newest sample is all that counts.
        let is_good = run.last().is_some_and(|last| last.results.values().all(|it| it.is_success()));
        let has_passed = run.standing() == cutover::gate::Standing::Passed;
        assert_eq!(has_passed, is_good, "I12: {moment}: {deployment:?}");
    }
    if deployment.begun_at.is_some() {
        assert!(approved(Moment::Before) && passed(Moment::Before), "I10: {deployment:?}");
    }
    if let Phase::Over { end: End::Succeeded | End::PartiallySucceeded, .. } = &deployment.phase {
        let has_passed = approved(Moment::After) && passed(Moment::After);
        assert!(deployment.ended.is_some() && has_passed, "I10: {deployment:?}");
    }
}

/// F1: a deployment begins only where no freeze is in force, unless somebody overrode it.
fn f1_no_jobs_begin_while_the_line_stands(after: &World, begun: DeploymentId, moved: &Move) {
    let is_stopped = after.freezes().iter().next().is_some();
    let deployment = after.releases().find_map(|release| release.deployment(begun)).expect("it began");
    assert!(!is_stopped || deployment.overrides_freezes, "F1: {begun} begins: {}", moved.what);
}

/// Q8: each group is held by one at most here, while its jobs run; and nobody waits for what is free.
fn q8_no_more_than_the_capacity_and_only_while_jobs_run(world: &World) {
    let locks = world.locks();
    for (group, capacity) in locks.groups() {
        let holders = locks.holders_of(group).count();
        assert!(holders <= capacity.get() as usize, "Q8: {locks:?}");
    }
    assert!(!locks.has_pending_work(), "Q8: {locks:?}");
    for release in world.releases() {
        for deployment in release.going_on() {
            let holds = locks.holders().any(|(holder, _)| holder == deployment.id);
            assert_eq!(holds, deployment.holds_locks, "Q8: {deployment:?}");
            assert!(!holds || deployment.phase.has_jobs(), "Q8: {deployment:?}");
            let waits = locks.wanted_by(deployment.id).is_some();
            assert_eq!(waits, matches!(deployment.phase, Phase::Locking { .. }), "Q8: {deployment:?}");
        }
    }
}

fn i13_what_is_over_stays(before: &World, moved: &Move, after: &World) {
    for (old, new) in before.releases().zip(after.releases()) {
        for stage in &before.definition.stages {
            for deployment in old.attempts(stage.id).iter().filter(|it| it.is_over()) {
                assert_eq!(Some(&**deployment), new.deployment(deployment.id), "I13: {}", moved.what);
            }
        }
    }
}

/// I14: while anything goes on, somebody can bring it nearer to its end without stopping it. Such moves never lead back to an earlier
/// state, since each adds to what was recorded, so that everything that goes on can end.
fn i14_what_goes_on_can_go_on(world: &World, moves: &[(Move, World)]) {
    let goes_on = world.releases().any(|release| release.going_on().next().is_some());
    let can = moves.iter().any(|(moved, _)| moved.is_progress);
    assert!(!goes_on || can, "I14: nothing leads on by itself");
}
