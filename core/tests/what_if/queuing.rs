//! Another queuing policy, and what is answered where nothing is on record.

use std::sync::Arc;

use chrono::TimeDelta;
use cutover::deployment::{CancelReason, End, Report};
use cutover::what_if::{self, Change, Milestone, WhatIfError, what_if};
use cutover::*;

use crate::bench::{Bench, at_most, queued};
use crate::{PIPELINE, PROD, deployment};

fn shop(policy: QueuingPolicy) -> PipelineDefinition {
    let prod = Stage::new(PROD, "Prod").after_release().with_queuing(policy).with_task(Task::command("ship"));
    PipelineDefinition::new("Shop").with_stage(prod)
}

/// A release every ten minutes, each of which takes 50 minutes, one after another.
fn five_releases() -> Bench {
    let mut bench = Bench::new(shop(QueuingPolicy::in_order(at_most(1))));
    let begin = bench.now;
    for _ in 0..5 {
        bench.release();
        if bench.releases == 1 {
            bench.work_on(0, Report::Succeeded);
        }
        bench.wait(10);
    }
    for release in 1..=5_i64 {
        bench.now = begin + TimeDelta::minutes(50 * release);
        bench.work_on(0, Report::Succeeded);
        bench.work_on(0, Report::Succeeded);
    }
    bench
}

#[test]
fn five_releases_of_which_only_the_latest_would_wait() {
    let bench = five_releases();
    let answer = bench.ask(&queued(QueuingPolicy::only_latest(at_most(1))));
    for release in [2, 3, 4] {
        let by = ReleaseId(release + 1);
        let (_, end) = answer.would_be.deployments[&deployment(release)].over.clone().expect("it is over");
        assert_eq!(end, End::Canceled(CancelReason::Superseded { by }));
    }
    let told: Vec<_> = answer.differences.iter().map(ToString::to_string).collect();
    assert!(
        told.contains(&"release 2, Prod: would be superseded by release 3 (was: succeeded)".to_owned()),
        "{told:#?}"
    );
    assert!(told.contains(&"release 5, Prod: would begin 2 h 30 min earlier".to_owned()), "{told:#?}");
    assert!(!told.iter().any(|told| told.starts_with("release 1,")), "{told:#?}");
    assert_eq!((answer.assumed, answer.refused), (Vec::new(), Vec::new()));
}

#[test]
fn two_at_a_time_begin_earlier_and_take_as_long() {
    let bench = five_releases();
    let answer = bench.ask(&queued(QueuingPolicy::in_order(at_most(2))));
    let second = &answer.would_be.deployments[&deployment(2)];
    assert_eq!(second.begun, Some(second.triggered));
    let lasted = |course: &what_if::Course| {
        let milestones = &course.deployments[&deployment(2)];
        milestones.ended.expect("it ended") - milestones.begun.expect("it began")
    };
    assert_eq!(lasted(&answer.was), lasted(&answer.would_be));
    let moves = answer.differences.iter().find(|it| {
        it.deployment == deployment(2)
            && matches!(it.change, Change::Moves { milestone: Milestone::Begun, .. })
    });
    assert_eq!(moves.expect("it moves").to_string(), "release 2, Prod: would begin 40 min earlier");
    assert_eq!(answer.assumed, []);
}

/// Story of the other way round: what was superseded runs, and nobody knows how long it would have taken.
#[test]
fn what_was_superseded_runs_as_the_newest_before_it_did() {
    let mut bench = Bench::new(shop(QueuingPolicy::only_latest(at_most(1))));
    bench.release();
    bench.work_on(0, Report::Succeeded);
    bench.wait(10);
    bench.release();
    bench.wait(10);
    bench.release();
    bench.wait(10);
    bench.work_on(0, Report::Failed { message: "no".to_owned() });
    bench.work_on(0, Report::Succeeded);
    bench.wait(50);
    bench.work_on(0, Report::Succeeded);
    let answer = bench.ask(&queued(QueuingPolicy::in_order(at_most(1))));
    let second = &answer.would_be.deployments[&deployment(2)];
    assert_eq!(second.ended.expect("it ends") - second.begun.expect("it begins"), TimeDelta::minutes(30));
    let (_, end) = second.over.clone().expect("it is over");
    assert_eq!(end.to_string(), "its jobs failed");
    let [assumed] = &answer.assumed[..] else { panic!("{:?}", answer.assumed) };
    assert_eq!(assumed.like, Some(deployment(1)));
}

#[test]
fn what_has_no_example_succeeds_at_once_and_is_told() {
    let mut bench = Bench::new(shop(QueuingPolicy::in_order(at_most(1))));
    bench.release();
    bench.wait(10);
    bench.work_on(0, Report::Succeeded);
    bench.wait(10);
    bench.work_on(0, Report::Succeeded);
    let ann = UserId::new("ann").expect("an id");
    let with_approval = |mut definition: PipelineDefinition| {
        let stage = definition.stages.remove(0);
        definition.with_stage(stage.with_approval(Moment::Before, ApprovalStep::user(ann.clone())))
    };
    let answer = bench.ask(&with_approval);
    assert_eq!(answer.differences, []);
    let [assumed] = &answer.assumed[..] else { panic!("{:?}", answer.assumed) };
    assert_eq!(assumed.like, None);
}

#[test]
fn what_would_be_refused_is_noted() {
    let mut bench = Bench::new(shop(QueuingPolicy::in_order(at_most(1))));
    bench.release();
    bench.wait(30);
    let cancel = ReleaseCommand::Cancel { stage: PROD, comment: String::new() };
    bench.tell("user:eve", ReleaseId(1), cancel).expect("it goes on");
    let by_hand = |mut definition: PipelineDefinition| {
        definition.stages[0].trigger = StageTrigger::Manual;
        definition
    };
    let answer = bench.ask(&by_hand);
    assert_eq!(answer.differences.len(), 1);
    assert_eq!(answer.differences[0].to_string(), "release 1, Prod: would not exist");
    assert_eq!(answer.refused.len(), 1);
}

#[test]
fn what_can_not_be_replayed_is_an_error() {
    let bench = five_releases();
    let gated = |mut definition: PipelineDefinition| {
        definition.stages[0].name = String::new();
        definition
    };
    let refused = what_if(PIPELINE, &bench.history, &gated);
    assert!(matches!(refused, Err(WhatIfError::DefinitionRefused { revision: 1, .. })), "{refused:?}");
    let mut torn = bench.history.clone();
    torn.remove(2);
    let torn = what_if(PIPELINE, &torn, &|definition| definition);
    assert!(matches!(torn, Err(WhatIfError::NotWhole { .. })), "{torn:?}");
    let mut reversed = bench.history.clone();
    let last = Arc::make_mut(&mut reversed.last_mut().expect("there are commits").header);
    last.time -= TimeDelta::days(1);
    let reversed = what_if(PIPELINE, &reversed, &|definition| definition);
    assert!(matches!(reversed, Err(WhatIfError::NotWhole { .. })), "{reversed:?}");
    let triggered = |mut definition: PipelineDefinition| {
        let kind = TriggerKind::Scheduled(Schedule::daily(ScheduleId(1), 3, 0));
        definition.triggers.push(ReleaseTrigger { enabled: true, kind });
        definition
    };
    let triggered = what_if(PIPELINE, &bench.history, &triggered);
    assert!(matches!(triggered, Err(WhatIfError::NotReplayable { .. })), "{triggered:?}");
}

/// Story: two engines whose clocks differ by a little drove releases of one pipeline, and what-if answered nothing.
#[test]
fn a_clock_that_stepped_back_between_what_does_not_matter_for_one_another_is_put_in_order() {
    let mut bench = Bench::new(shop(QueuingPolicy::Unlimited));
    bench.release();
    bench.release();
    bench.wait(10);
    bench.work_on(0, Report::Succeeded);
    bench.now -= TimeDelta::seconds(2);
    bench.work_on(1, Report::Succeeded);
    bench.wait(10);
    bench.work_on(0, Report::Succeeded);
    let times: Vec<_> = bench.history.iter().map(|commit| commit.header.time).collect();
    assert!(!times.is_sorted(), "{times:?}");
    bench.expect_nothing_to_change();
    let mut frozen = bench.history.clone();
    bench.now -= TimeDelta::minutes(5);
    let window = schedule::Window::Once { from: bench.now, until: None };
    let declare = freeze::FreezesCommand::Declare {
        freeze: FreezeId::new("stop").expect("an id"),
        scope: Scope::Store,
        window,
        reason: "smoke".to_owned(),
    };
    bench.give("user:eve", transaction::Command::Freezes(declare)).expect("it is declared");
    // Whether what was recorded before, at a later time, has seen the freeze is not on record.
    frozen.extend(bench.history.last().cloned());
    let refused = what_if(PIPELINE, &frozen, &|definition| definition);
    assert!(matches!(refused, Err(WhatIfError::NotReplayable { .. })), "{refused:?}");
}
