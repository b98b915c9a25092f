//! Delays, schedules of stages, freezes, and what tasks set.

use chrono::TimeDelta;
use cutover::deployment::{Report, SetVariable};
use cutover::freeze::FreezesCommand;
use cutover::schedule::Window;
use cutover::transaction::Command;
use cutover::what_if::Refused;
use cutover::*;

use crate::bench::{Bench, shop, with_prod};
use crate::{PIPELINE, PROD, deployment};

fn delay(minutes: u32) -> Job {
    let wait = Task::new("Wait", TaskRef::new(TaskRef::DELAY)).with_input("minutes", minutes.to_string());
    let mut job = Job::agent("Wait").with_task(wait);
    job.kind = JobKind::Server;
    job
}

#[test]
fn another_delay_takes_another_time() {
    let mut stage = shop();
    stage.jobs.push(delay(10));
    let mut bench = Bench::new(PipelineDefinition::new("Shop").with_stage(stage));
    bench.release_of(PIPELINE);
    bench.go(5);
    bench.end(deployment(1), Report::Succeeded);
    bench.go(60);
    bench.recorded_until_now();
    bench.expect_nothing_to_change();
    let told = bench.told(&with_prod(|mut stage| {
        stage.jobs[1] = delay(25);
        stage
    }));
    assert_eq!(
        told,
        ["release 1, Prod: would end its jobs 15 min later", "release 1, Prod: would be over 15 min later",]
    );
}

#[test]
fn a_stage_begins_when_its_schedule_says() {
    let mut stage = shop();
    // It is midnight.
    stage.schedules = vec![Schedule::daily(ScheduleId(1), 2, 0)];
    let mut bench = Bench::new(PipelineDefinition::new("Shop").with_stage(stage));
    bench.release_of(PIPELINE);
    bench.go(150);
    bench.end(deployment(1), Report::Succeeded);
    bench.expect_nothing_to_change();
    let told = bench.told(&with_prod(|mut stage| {
        stage.schedules[0].hour = 1;
        stage
    }));
    assert_eq!(told[1], "release 1, Prod: would begin 1 h earlier");
}

fn freeze(bench: &Bench, from: i64, until: i64) -> Command {
    let at = |minutes| bench.now + TimeDelta::minutes(minutes);
    let window = Window::Once { from: at(from), until: Some(at(until)) };
    let (freeze, scope) = (FreezeId::new("year-end").expect("an id"), Scope::Pipeline(PIPELINE));
    Command::Freezes(FreezesCommand::Declare { freeze, scope, window, reason: "the books".to_owned() })
}

#[test]
fn what_would_begin_later_runs_into_a_freeze() {
    let mut bench = Bench::new(PipelineDefinition::new("Shop").with_stage(shop()));
    let declare = freeze(&bench, 10, 60);
    bench.must("user:ann", declare);
    bench.release_of(PIPELINE);
    bench.go(50);
    bench.end(deployment(1), Report::Succeeded);
    bench.go(40);
    bench.recorded_until_now();
    bench.expect_nothing_to_change();
    let told = bench.told(&with_prod(|mut stage| {
        stage.schedules = vec![Schedule::daily(ScheduleId(1), 0, 30)];
        stage
    }));
    assert_eq!(
        told,
        [
            "release 1, Prod: would get its slot 30 min later",
            "release 1, Prod: would begin 1 h later",
            "release 1, Prod: would not end its jobs",
            "release 1, Prod: would not be over",
        ]
    );
}

#[test]
fn freezes_are_lifted_and_overridden_when_they_were() {
    let mut bench = Bench::new(PipelineDefinition::new("Shop").with_stage(shop()));
    let declare = freeze(&bench, 0, 600);
    bench.must("user:ann", declare);
    for _ in 0..2 {
        bench.release_of(PIPELINE);
    }
    bench.go(20);
    let comment = "it burns".to_owned();
    let over = ReleaseCommand::OverrideFreezes { deployment: deployment(1), comment };
    bench.must_tell("user:ann", 1, over);
    bench.go(20);
    let freeze = FreezeId::new("year-end").expect("an id");
    bench.must("user:ann", Command::Freezes(FreezesCommand::Lift { freeze, comment: String::new() }));
    bench.go(20);
    bench.end(deployment(1), Report::Succeeded);
    bench.expect_nothing_to_change();
    // By hand, neither would have begun: what was overridden then is not there.
    let answer = bench.ask(&with_prod(|mut stage| {
        stage.trigger = StageTrigger::Manual;
        stage
    }));
    assert!(matches!(answer.refused[..], [Refused { .. }]), "{:?}", answer.refused);
    assert_eq!(answer.would_be.deployments.len(), 0);
}

#[test]
fn a_stage_that_asks_later_looks_at_the_freezes_of_then() {
    let mut stage = shop();
    stage.before.approvals.timeout_minutes = 90;
    let stage = stage.with_approval(Moment::Before, ApprovalStep::user(UserId::new("ann").expect("an id")));
    let mut bench = Bench::new(PipelineDefinition::new("Shop").with_stage(stage));
    bench.release_of(PIPELINE);
    bench.go(30);
    let approval = bench.open_approvals()[0];
    let (answer, comment) = (deployment::Answer::Approve, String::new());
    bench.must_tell("user:ann", 1, ReleaseCommand::Answer { approval, answer, comment });
    let declare = freeze(&bench, 5, 50);
    bench.must("user:ann", declare);
    bench.go(40);
    bench.end(deployment(1), Report::Succeeded);
    let stop = FreezesCommand::StopTheLine {
        freeze: FreezeId::new("stop").expect("an id"),
        scope: Scope::Stage { pipeline: PIPELINE, stage: PROD },
        reason: "smoke".to_owned(),
    };
    bench.must("user:ann", Command::Freezes(stop));
    bench.go(30);
    bench.recorded_until_now();
    bench.expect_nothing_to_change();
    let told = bench.told(&with_prod(|mut stage| {
        stage.schedules = vec![Schedule::daily(ScheduleId(1), 0, 45)];
        stage
    }));
    assert_eq!(
        told,
        [
            "release 1, Prod: would get its slot 45 min later",
            "release 1, Prod: would not begin",
            "release 1, Prod: would not end its jobs",
            "release 1, Prod: would not be over",
        ]
    );
}

#[test]
fn what_a_task_set_decides_what_follows() {
    let mut stage = shop();
    stage.jobs[0].reference_name = "make".to_owned();
    stage.jobs[0].tasks[0].reference_name = "ship".to_owned();
    let tell = Task::command("tell");
    let mut job = Job::agent("Tell").with_task(tell);
    job.condition = Condition::Expression("eq(variables['make.ship.risk'], 'high')".to_owned());
    stage.jobs.push(job);
    let mut bench = Bench::new(PipelineDefinition::new("Shop").with_stage(stage));
    bench.release_of(PIPELINE);
    bench.go(10);
    let set = Report::Succeeded.setting(vec![SetVariable::output("risk", "high")]);
    bench.end(deployment(1), set);
    bench.go(20);
    bench.end(deployment(1), Report::Succeeded);
    bench.expect_nothing_to_change();
    let told = bench.told(&with_prod(|mut stage| {
        stage.jobs[1].condition = Condition::Expression("eq(variables['make.ship.risk'], 'low')".to_owned());
        stage
    }));
    assert_eq!(
        told,
        [
            "release 1, Prod: would end its jobs 20 min earlier",
            "release 1, Prod: would be over 20 min earlier",
        ]
    );
}
