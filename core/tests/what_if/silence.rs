//! What nobody looked at for a while, since nobody drove.

use chrono::TimeDelta;
use cutover::deployment::Report;
use cutover::freeze::FreezesCommand;
use cutover::schedule::Window;
use cutover::transaction::Command;
use cutover::*;

use crate::bench::{Bench, shop};
use crate::{PIPELINE, PROD, deployment};

/// So many minutes from now; `until`: for ever.
fn freeze(bench: &Bench, id: &str, from: i64, until: Option<i64>) -> Command {
    let at = |minutes| bench.now + TimeDelta::minutes(minutes);
    let window = Window::Once { from: at(from), until: until.map(at) };
    let (freeze, scope) = (FreezeId::new(id).expect("an id"), Scope::Pipeline(PIPELINE));
    Command::Freezes(FreezesCommand::Declare { freeze, scope, window, reason: "the books".to_owned() })
}

fn lift(id: &str) -> Command {
    let freeze = FreezeId::new(id).expect("an id");
    Command::Freezes(FreezesCommand::Lift { freeze, comment: String::new() })
}

fn level(value: &str) -> Variables {
    Variables::from([("level".to_owned(), Variable::plain(value))])
}

fn give(bench: &mut Bench, command: Command) {
    bench.give("user:ann", command).expect("it is not refused");
}

/// Story: nobody drove when a freeze ended, and by the time that somebody did another one held: the replay began in between.
#[test]
fn what_was_frozen_again_before_anybody_looked_does_not_begin_in_between() {
    let mut bench = Bench::new(PipelineDefinition::new("Shop").with_stage(shop()));
    let declare = freeze(&bench, "year-end", 0, Some(40));
    bench.must("user:ann", declare);
    bench.release_of(PIPELINE);
    bench.wait(41);
    let declare = freeze(&bench, "audit", -10, Some(20));
    give(&mut bench, declare);
    bench.drive();
    bench.go(10);
    bench.expect_nothing_to_change();
    bench.go(20);
    bench.end(deployment(1), Report::Succeeded);
    bench.expect_nothing_to_change();
}

/// Story: of two freezes one ended first. Somebody looked at that later, and at the end of the other one later, too.
#[test]
fn the_ends_of_freezes_are_reached_when_they_were() {
    let mut bench = Bench::new(PipelineDefinition::new("Shop").with_stage(shop()));
    for (id, until) in [("year-end", 20), ("audit", 40)] {
        let declare = freeze(&bench, id, 0, Some(until));
        bench.must("user:ann", declare);
    }
    bench.release_of(PIPELINE);
    bench.wait(30);
    bench.drive();
    bench.wait(15);
    let declare = freeze(&bench, "move", -20, Some(20));
    give(&mut bench, declare);
    bench.drive();
    bench.go(1);
    bench.recorded_until_now();
    bench.expect_nothing_to_change();
}

/// Story: that other freezes hold a deployment was open from a moment on at which one began; then from a later one on, since that one was
/// over. That nobody had looked in between was not known, and the replay did.
#[test]
fn freezes_that_nobody_looked_at_are_not_looked_at() {
    let mut bench = Bench::new(PipelineDefinition::new("Shop").with_stage(shop()));
    for (id, from, until) in [("stop", 0, None), ("year-end", 10, Some(60))] {
        let declare = freeze(&bench, id, from, until);
        bench.must("user:ann", declare);
    }
    bench.release_of(PIPELINE);
    bench.wait(90);
    let declare = freeze(&bench, "audit", 10, Some(40));
    give(&mut bench, declare);
    give(&mut bench, lift("audit"));
    give(&mut bench, lift("stop"));
    bench.wait(5);
    bench.drive();
    bench.wait(5);
    bench.end(deployment(1), Report::Succeeded);
    bench.expect_nothing_to_change();
}

/// Story: a stage was edited at the time at which its gates had begun and were sampled first (R7). They began anew, and stood as before:
/// the replay took the second sample of their beginning for one that was given already.
#[test]
fn gates_that_begin_anew_at_once_are_sampled_anew() {
    let gate = Gate {
        name: "No alerts".to_owned(),
        task: TaskRef::new("probe"),
        inputs: std::collections::BTreeMap::new(),
        enabled: true,
    };
    let mut stage = shop();
    stage.before.gates = Some(Gates {
        enabled: true,
        gates: vec![gate],
        delay_minutes: 0,
        sampling_interval_seconds: 60,
        minimum_success_minutes: 0,
        timeout_minutes: 120,
    });
    let mut bench = Bench::new(PipelineDefinition::new("Shop").with_stage(stage));
    bench.healthy_from = Some(bench.now + TimeDelta::minutes(1));
    bench.release_of(PIPELINE);
    let edit = StageEdit { variables: Some(level("2")), ..StageEdit::of(PROD) };
    bench.must_tell("user:ann", 1, ReleaseCommand::ReviseStage(edit));
    bench.go(5);
    bench.end(deployment(1), Report::Succeeded);
    bench.expect_nothing_to_change();
}

/// Story: a task that could run was edited so that it would be skipped, and back again, before anybody claimed it: the replay claimed it
/// before the first edit, since it came back so short a time before it was claimed.
#[test]
fn what_could_run_twice_is_claimed_when_it_was() {
    let mut stage = shop();
    stage.variables = level("1");
    stage.jobs[0].tasks[0].condition = Condition::Expression("eq(variables['level'], '1')".to_owned());
    let mut bench = Bench::new(PipelineDefinition::new("Shop").with_stage(stage));
    bench.release();
    for value in ["2", "1"] {
        bench.wait(10);
        let edit = StageEdit { variables: Some(level(value)), ..StageEdit::of(PROD) };
        bench.tell("user:ann", ReleaseId(1), ReleaseCommand::ReviseStage(edit)).expect("it is not refused");
    }
    bench.wait(5);
    bench.drive();
    assert!(bench.deployment(deployment(1)).is_some_and(|it| it.running_tasks().next().is_some()));
    bench.go(5);
    bench.end(deployment(1), Report::Succeeded);
    bench.expect_nothing_to_change();
}
