//! Gates, interventions, and who answers approvals.

use std::num::NonZeroU32;

use chrono::TimeDelta;
use cutover::deployment::{Answer, InterventionAnswer, Report};
use cutover::permission::{Grant, Grantee, Permission, PermissionsCommand};
use cutover::transaction::Command;
use cutover::what_if::{Assumption, Milestone};
use cutover::*;

use crate::bench::{Bench, shop, with_prod};
use crate::{PIPELINE, PROD, deployment};

fn gates(minimum_success_minutes: u32) -> Gates {
    let gate = Gate {
        name: "No alerts".to_owned(),
        task: TaskRef::new("probe"),
        inputs: std::collections::BTreeMap::new(),
        enabled: true,
    };
    Gates {
        enabled: true,
        gates: vec![gate],
        delay_minutes: 0,
        sampling_interval_seconds: 60,
        minimum_success_minutes,
        timeout_minutes: 120,
    }
}

fn gated(minutes: u32) -> Stage {
    let mut stage = shop();
    stage.before.gates = Some(gates(minutes));
    stage
}

fn steady_for(minutes: u32) -> impl Fn(PipelineDefinition) -> PipelineDefinition {
    with_prod(move |mut stage| {
        stage.before.gates = Some(gates(minutes));
        stage
    })
}

/// One release, whose gate fails for seven minutes.
fn seven_bad_minutes() -> Bench {
    let mut bench = Bench::new(PipelineDefinition::new("Shop").with_stage(gated(5)));
    bench.healthy_from = Some(bench.now + TimeDelta::minutes(7));
    bench.release_of(PIPELINE);
    bench.go(30);
    bench.end(deployment(1), Report::Succeeded);
    bench.go(60);
    bench.must_tell("user:eve", 1, ReleaseCommand::Deploy(DeployRequest::new(PROD)));
    bench
}

#[test]
fn gates_that_are_to_be_steady_for_longer_pass_later() {
    let bench = seven_bad_minutes();
    bench.expect_nothing_to_change();
    let answer = bench.ask(&steady_for(10));
    let (was, would_be) =
        (&answer.was.deployments[&deployment(1)], &answer.would_be.deployments[&deployment(1)]);
    assert_eq!(was.begun.expect("it began") - was.triggered, TimeDelta::minutes(12));
    assert_eq!(would_be.begun.expect("it begins") - would_be.triggered, TimeDelta::minutes(17));
    // Nobody asked the gate after it had passed.
    let assumed: Vec<_> = answer.assumed.iter().map(ToString::to_string).collect();
    assert_eq!(assumed[0], "gate 1/2#1-pre-gate.0 succeeds, as in 1/2#1");
}

#[test]
fn gates_that_are_to_be_steady_for_less_pass_earlier_and_rest_on_the_record_alone() {
    let bench = seven_bad_minutes();
    let answer = bench.ask(&steady_for(2));
    let would_be = &answer.would_be.deployments[&deployment(1)];
    assert_eq!(would_be.begun.expect("it begins") - would_be.triggered, TimeDelta::minutes(9));
    let of_gates = answer
        .assumed
        .iter()
        .filter(|it| matches!(it.what, Assumption::Gate(gate, _) if gate.deployment == deployment(1)));
    assert_eq!(of_gates.count(), 0, "{:?}", answer.assumed);
}

/// Story: a gate that failed all the time was found failing also where it began earlier than anybody asked it.
#[test]
fn a_gate_answers_as_it_did_next_before_anybody_asked_it() {
    let mut waits = gated(0);
    waits.queuing = QueuingPolicy::in_order(NonZeroU32::MIN);
    let mut bench = Bench::new(PipelineDefinition::new("Shop").with_stage(waits));
    bench.release_of(PIPELINE);
    bench.release_of(PIPELINE);
    bench.go(30);
    bench.healthy_from = Some(bench.now + TimeDelta::days(1));
    bench.end(deployment(1), Report::Succeeded);
    bench.go(150);
    bench.expect_nothing_to_change();
    let told = bench.told(&with_prod(|mut stage| {
        stage.queuing = QueuingPolicy::in_order(NonZeroU32::MIN.saturating_add(1));
        stage
    }));
    assert_eq!(
        told,
        [
            "release 2, Prod: would get its slot 30 min earlier",
            "release 2, Prod: would be over 30 min earlier",
        ]
    );
}

/// Story: the engine was down until gates had timed out, and the replay sampled them all the same: they passed.
#[test]
fn while_nobody_drove_nothing_was_sampled() {
    for minutes in [30, 130] {
        let mut bench = Bench::new(PipelineDefinition::new("Shop").with_stage(gated(5)));
        bench.release_of(PIPELINE);
        bench.wait(minutes);
        bench.go(10);
        let was = &bench.ask(&|definition| definition).was.deployments[&deployment(1)];
        let begun = was.begun.map(|begun| begun - was.triggered);
        assert_eq!(begun, (minutes == 30).then_some(TimeDelta::minutes(35)));
        bench.expect_nothing_to_change();
    }
}

#[test]
fn gates_that_nobody_had_are_assumed_to_succeed() {
    let mut bench = Bench::new(PipelineDefinition::new("Shop").with_stage(shop()));
    bench.release_of(PIPELINE);
    bench.go(30);
    bench.end(deployment(1), Report::Succeeded);
    let answer = bench.ask(&steady_for(5));
    let told: Vec<_> = answer.differences.iter().map(ToString::to_string).collect();
    assert_eq!(told[0], "release 1, Prod: would begin 5 min later");
    assert_eq!(answer.assumed[0].like, None);
}

#[test]
fn a_gate_that_is_ignored_is_ignored_then_too() {
    let mut bench = Bench::new(PipelineDefinition::new("Shop").with_stage(gated(0)));
    bench.healthy_from = Some(bench.now + TimeDelta::days(1));
    bench.release_of(PIPELINE);
    bench.go(9);
    bench.now += TimeDelta::seconds(30);
    let gate = GateId { deployment: deployment(1), moment: Moment::Before, gate: 0 };
    bench.must_tell("user:ann", 1, ReleaseCommand::IgnoreGate { gate, comment: "it lies".to_owned() });
    bench.go(5);
    bench.recorded_until_now();
    bench.expect_nothing_to_change();
    assert_eq!(bench.told(&steady_for(3)), ["release 1, Prod: would begin 3 min later"]);
}

fn with_intervention(groups: &str) -> PipelineDefinition {
    let look = Task::new("Look", TaskRef::new(TaskRef::MANUAL_INTERVENTION)).with_input("groups", groups);
    let mut job = Job::agent("Look").with_task(look);
    job.kind = JobKind::Server;
    let mut stage = shop();
    stage.jobs.insert(0, job);
    stage.queuing = QueuingPolicy::in_order(NonZeroU32::MIN);
    PipelineDefinition::new("Shop").with_stage(stage)
}

#[test]
fn an_intervention_is_answered_as_long_after_it_was_asked() {
    let mut bench = Bench::new(with_intervention("ops"));
    for _ in 0..3 {
        bench.release_of(PIPELINE);
    }
    for (release, answer) in [(1, InterventionAnswer::Resume), (2, InterventionAnswer::Reject)] {
        bench.go(20);
        let waiting = bench.deployment(deployment(release)).expect("it goes on").interventions().next();
        let (task, ..) = waiting.expect("it is asked");
        let comment = String::new();
        bench.must_tell("user:ann", release, ReleaseCommand::AnswerIntervention { task, answer, comment });
        if answer == InterventionAnswer::Resume {
            bench.go(10);
            bench.end(deployment(release), Report::Succeeded);
        }
    }
    bench.go(30);
    bench.expect_nothing_to_change();
    let answer = bench.ask(&with_prod(|mut stage| {
        stage.queuing = QueuingPolicy::Unlimited;
        stage
    }));
    let over = |release| {
        let milestones = &answer.would_be.deployments[&deployment(release)];
        milestones.at(Milestone::Over).expect("it is over") - milestones.triggered
    };
    assert_eq!([over(1), over(2)], [TimeDelta::minutes(30), TimeDelta::minutes(20)]);
    // Nobody answered the third one: it goes as the first.
    assert_eq!(over(3), TimeDelta::minutes(30));
    let assumed: Vec<_> = answer.assumed.iter().map(|it| (&it.what, it.like)).collect();
    let [(Assumption::Intervention(_, InterventionAnswer::Resume), Some(like)), (Assumption::Task(..), _)] =
        assumed[..]
    else {
        panic!("{assumed:?}");
    };
    assert_eq!(like, deployment(1));
}

#[test]
fn an_answer_on_behalf_is_given_on_behalf() {
    let ann = UserId::new("ann").expect("an id");
    let stage = shop().with_approval(Moment::Before, ApprovalStep::user(ann));
    let mut bench = Bench::new(PipelineDefinition::new("Shop").with_stage(stage));
    for (to, permission) in [
        ("boss", Permission::AdministerPermissions),
        ("eve", Permission::CreateReleases),
        ("boss", Permission::ManageReleaseApprovers),
    ] {
        let to = Grantee::User(UserId::new(to).expect("an id"));
        let grant = Grant::allow(to, permission, Scope::Store);
        bench.must("user:boss", Command::Permissions(PermissionsCommand::Give(grant)));
    }
    bench.release_of(PIPELINE);
    bench.go(15);
    let approval = bench.open_approvals()[0];
    let command = ReleaseCommand::Answer { approval, answer: Answer::Approve, comment: String::new() };
    bench.must_tell("user:boss", 1, command);
    bench.expect_nothing_to_change();
    let told = bench.told(&with_prod(|mut stage| {
        stage.before.approvals.timeout_minutes = 10;
        stage
    }));
    assert_eq!(
        told[0],
        "release 1, Prod: would end otherwise: an approval was not answered in time (was not over)"
    );
}
