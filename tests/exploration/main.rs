//! Every way that a small world can go: each order of creating, approving, rejecting, finishing, failing, cancelling, abandoning and
//! deploying once more, for every queuing policy and slot span.
//!
//! `world.rs` is a state with the moves that lead on from it, `checks.rs` what must hold in each state and of each move. Two states that
//! look the same are one, so that what is walked is a graph; what cannot end would be a state from which no move leads on by itself.

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod checks;
mod explained;
mod slices;
mod world;

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use cutover::{
    ApprovalStep, Moment, PipelineDefinition, QueuingPolicy, SlotSpan, Stage, StageId, Task, UserId,
};

use world::{Bounds, World};

/// Walks every state that can be reached, and returns how many there are.
fn explore(definition: PipelineDefinition, bounds: Bounds) -> usize {
    explore_with(definition, bounds, |_| {})
}

/// The same, and looks at each state.
fn explore_with(definition: PipelineDefinition, bounds: Bounds, look: impl Fn(&World)) -> usize {
    let start = World::new(definition, bounds);
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

/// The larger worlds take minutes: they are walked where `CUTOVER_LONG` is set.
fn is_long() -> bool {
    std::env::var_os("CUTOVER_LONG").is_some()
}

const SPANS: [SlotSpan; 2] = [SlotSpan::ApprovalsAndJobs, SlotSpan::JobsOnly];

#[test]
fn three_releases_of_one_stage_with_approvers_go_every_way_and_end() {
    for policy in policies() {
        for span in SPANS {
            let states =
                explore(one_stage(policy, span), Bounds { releases: 3, attempts: 1, abandons: is_long() });
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
            let bounds = Bounds { releases: 2, attempts, abandons: true };
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
            let states = explore(one_stage(policy, span), Bounds { releases: 2, attempts: 2, abandons });
            println!("two releases, one stage, twice, {policy:?}, {span:?}: {states} states");
            assert!(states > 500, "so few states are not every way: {states}");
        }
    }
}

#[test]
fn three_releases_of_two_stages_go_every_way_and_end() {
    if !is_long() {
        println!("skipped: set CUTOVER_LONG to walk three releases of two stages");
        return;
    }
    for policy in policies() {
        for span in SPANS {
            let states =
                explore(two_stages(policy, span), Bounds { releases: 3, attempts: 1, abandons: false });
            println!("three releases, two stages, {policy:?}, {span:?}: {states} states");
        }
    }
}
