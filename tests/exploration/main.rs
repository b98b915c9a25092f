//! Every way that a small world can go: each order of creating, approving, rejecting, finishing, failing, cancelling, abandoning and
//! deploying once more, of gates, freezes, lock groups, interventions and retries, for every queuing policy and slot span.
//!
//! `world.rs` is a state with the moves that lead on from it, `checks.rs` what must hold in each state and of each move. Two states that
//! look the same are one, so that what is walked is a graph; what cannot end would be a state from which no move leads on by itself.

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod agents;
mod checks;
mod explained;
mod new_targets;
mod slices;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use cutover::{
    ApprovalStep, Gate, Gates, Job, JobKind, Moment, PipelineDefinition, QueuingPolicy, SlotSpan, Stage,
    StageId, Task, TaskRef, UserId,
};

use world::{Bounds, World};

/// Walks every state that can be reached, and returns how many there are.
fn explore(definition: PipelineDefinition, bounds: Bounds) -> usize {
    explore_with(definition, bounds, |_| {})
}

/// The same, and looks at each state.
fn explore_with(definition: PipelineDefinition, bounds: Bounds, look: impl Fn(&World)) -> usize {
    explore_from(World::new(definition, bounds), look)
}

/// The same, from this state on.
fn explore_from(start: World, look: impl Fn(&World)) -> usize {
    let mut seen = BTreeSet::from([start.key()]);
    let mut open = vec![start];
    while let Some(world) = open.pop() {
        let moves = world.moves();
        checks::state(&world, &moves);
        look(&world);
        for (moved, next) in moves {
            checks::step(&world, &moved, &next);
            if seen.insert(next.key()) {
                open.push(next);
            }
        }
    }
    seen.len()
}

fn policies() -> [QueuingPolicy; 4] {
    let [one, two] = [1, 2].map(|count| NonZeroU32::new(count).expect("not zero"));
    [
        QueuingPolicy::Unlimited,
        QueuingPolicy::in_order(one),
        QueuingPolicy::only_latest(one),
        QueuingPolicy::only_latest(two),
    ]
}

fn step(name: &str) -> ApprovalStep {
    ApprovalStep::user(UserId::new(name).expect("a short name"))
}

fn task() -> Task {
    Task::command("deploy")
}

/// One stage with approvers on both sides: three releases.
fn one_stage(policy: QueuingPolicy, span: SlotSpan) -> PipelineDefinition {
    let mut stage = Stage::new(StageId(1), "QA")
        .after_release()
        .with_queuing(policy)
        .with_approval(Moment::Before, step("ann"))
        .with_approval(Moment::After, step("pat"))
        .with_task(task());
    stage.slot_span = span;
    PipelineDefinition::new("Shop").with_stage(stage)
}

/// Two stages, the second with an approver: two releases, and each stage may be deployed once more.
fn two_stages(policy: QueuingPolicy, span: SlotSpan) -> PipelineDefinition {
    let [dev, qa] = [1, 2].map(StageId);
    let mut first = Stage::new(dev, "Dev").after_release().with_queuing(policy).with_task(task());
    let mut second = Stage::new(qa, "QA")
        .after(&[dev])
        .with_queuing(policy)
        .with_approval(Moment::Before, step("ann"))
        .with_task(task());
    (first.slot_span, second.slot_span) = (span, span);
    PipelineDefinition::new("Shop").with_stage(first).with_stage(second)
}

/// One stage with gates on both sides, of which each is sampled twice before its time is over.
fn gated(policy: QueuingPolicy, span: SlotSpan) -> PipelineDefinition {
    let mut stage = Stage::new(StageId(1), "QA").after_release().with_queuing(policy).with_task(task());
    let gate = Gate {
        name: "health".to_owned(),
        task: TaskRef::new("probe"),
        inputs: BTreeMap::new(),
        enabled: true,
    };
    let gates = Gates {
        gates: vec![gate],
        delay_minutes: 0,
        sampling_interval_seconds: 45,
        timeout_minutes: 1,
        ..Gates::default()
    };
    (stage.before.gates, stage.after.gates) = (Some(gates.clone()), Some(gates));
    stage.slot_span = span;
    PipelineDefinition::new("Shop").with_stage(stage)
}

/// One stage with an approver, where the line is stopped.
fn stopped(policy: QueuingPolicy, span: SlotSpan) -> PipelineDefinition {
    let mut stage = Stage::new(StageId(1), "QA")
        .after_release()
        .with_queuing(policy)
        .with_approval(Moment::Before, step("ann"))
        .with_task(task());
    stage.slot_span = span;
    PipelineDefinition::new("Shop").with_stage(stage)
}

/// Two stages that start at once and exclude each other, the second one approved first.
fn locked(policy: QueuingPolicy, span: SlotSpan) -> PipelineDefinition {
    let stage = |id, name: &str| Stage::new(StageId(id), name).after_release().with_queuing(policy);
    let mut stages = [
        stage(1, "Europe").with_task(task()),
        stage(2, "Asia").with_approval(Moment::Before, step("ann")).with_task(task()),
    ];
    for stage in &mut stages {
        stage.slot_span = span;
        stage.lock_groups = vec!["database".to_owned()];
    }
    let [first, second] = stages;
    PipelineDefinition::new("Shop").with_stage(first).with_stage(second)
}

/// One stage that asks somebody between its tasks, and tries each of them once more.
fn intervened(policy: QueuingPolicy, span: SlotSpan) -> PipelineDefinition {
    let mut retried = task();
    retried.retry_count = 1;
    let mut server = Job::agent("Look");
    server.kind = JobKind::Server;
    server.tasks = vec![Task::new("Look", TaskRef::new(TaskRef::MANUAL_INTERVENTION))];
    let mut agent = Job::agent("Deploy");
    agent.tasks = vec![retried];
    let mut stage = Stage::new(StageId(1), "QA").after_release().with_queuing(policy);
    (stage.jobs, stage.slot_span) = (vec![server, agent], span);
    PipelineDefinition::new("Shop").with_stage(stage)
}

/// Walks a world under every policy and slot span; in each state that is looked at, explanations are tried out.
fn explore_each(
    what: &str,
    bounds: Bounds,
    least: usize,
    world: impl Fn(QueuingPolicy, SlotSpan) -> PipelineDefinition,
) {
    for policy in policies() {
        for span in SPANS {
            let states = explore_with(world(policy, span), bounds, explained::is_sound);
            println!("{what}, {policy:?}, {span:?}: {states} states");
            assert!(states > least, "so few states are not every way: {states}");
        }
    }
}

/// The larger worlds take minutes: they are walked where `CUTOVER_LONG` is set.
fn is_long() -> bool {
    std::env::var_os("CUTOVER_LONG").is_some()
}

const SPANS: [SlotSpan; 2] = [SlotSpan::ApprovalsAndJobs, SlotSpan::JobsOnly];

#[test]
fn three_releases_of_one_stage_with_approvers_go_every_way_and_end() {
    for policy in policies() {
        for span in SPANS {
            let states = explore(
                one_stage(policy, span),
                Bounds { releases: 3, attempts: 1, abandons: is_long(), freezes: 0 },
            );
            println!("three releases, one stage, {policy:?}, {span:?}: {states} states");
            assert!(states > 500, "so few states are not every way: {states}");
        }
    }
}

#[test]
fn two_releases_of_two_stages_go_every_way_and_end() {
    for policy in policies() {
        for span in SPANS {
            let attempts = if is_long() { 2 } else { 1 };
            let bounds = Bounds { releases: 2, attempts, abandons: true, freezes: 0 };
            let states = explore_with(two_stages(policy, span), bounds, explained::is_sound);
            println!("two releases, two stages, {policy:?}, {span:?}: {states} states");
            assert!(states > 400, "so few states are not every way: {states}");
        }
    }
}

#[test]
fn two_releases_of_one_stage_are_deployed_once_more_every_way_and_end() {
    // One slot is where attempts get in each other's way; with more of them the world is as large, and takes as long again.
    let policies = policies().into_iter().skip(1).take(if is_long() { 3 } else { 2 });
    for policy in policies {
        for span in SPANS {
            let abandons = is_long();
            let states =
                explore(one_stage(policy, span), Bounds { releases: 2, attempts: 2, abandons, freezes: 0 });
            println!("two releases, one stage, twice, {policy:?}, {span:?}: {states} states");
            assert!(states > 500, "so few states are not every way: {states}");
        }
    }
}

#[test]
fn two_releases_pass_gates_every_way_and_end() {
    let bounds = Bounds { releases: 2, attempts: 1, abandons: false, freezes: 0 };
    explore_each("gates", bounds, 100, gated);
}

#[test]
fn releases_are_frozen_and_thawed_every_way_and_end() {
    let releases = if is_long() { 3 } else { 2 };
    let freezes = if is_long() { 2 } else { 1 };
    let bounds = Bounds { releases, attempts: 1, abandons: false, freezes };
    explore_each("freezes", bounds, 100, stopped);
}

#[test]
fn two_releases_of_two_stages_that_exclude_each_other_go_every_way_and_end() {
    let bounds = Bounds { releases: 2, attempts: 1, abandons: false, freezes: usize::from(is_long()) };
    explore_each("lock groups", bounds, 100, locked);
}

#[test]
fn releases_are_intervened_in_and_tried_again_every_way_and_end() {
    let bounds = Bounds { releases: 2, attempts: 1, abandons: false, freezes: 0 };
    explore_each("interventions", bounds, 100, intervened);
}

#[test]
fn three_releases_of_two_stages_go_every_way_and_end() {
    if !is_long() {
        println!("skipped: set CUTOVER_LONG to walk three releases of two stages");
        return;
    }
    for policy in policies() {
        for span in SPANS {
            let states = explore(
                two_stages(policy, span),
                Bounds { releases: 3, attempts: 1, abandons: false, freezes: 0 },
            );
            println!("three releases, two stages, {policy:?}, {span:?}: {states} states");
        }
    }
}
