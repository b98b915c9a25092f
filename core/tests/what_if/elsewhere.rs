//! What is shared with other pipelines: lock groups, agents, targets.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use cutover::deployment::Report;
use cutover::transaction::Command;
use cutover::what_if::{WhatIfError, what_if};
use cutover::*;

use crate::bench::{Bench, shop, with_prod};
use crate::{PIPELINE, deployment};

const OTHER: PipelineId = PipelineId(2);

fn told(differences: &[what_if::Difference]) -> Vec<String> {
    differences.iter().map(ToString::to_string).collect()
}

fn locked(mut stage: Stage) -> Stage {
    stage.lock_groups = vec!["database".to_owned()];
    stage
}

/// Two pipelines, of which each releases once, in this order; each stage takes half an hour of its own.
fn two_pipelines(first: Stage, second: Stage, shared: Vec<Command>) -> Bench {
    let mut bench = Bench::empty();
    for command in shared {
        bench.must("user:eve", command);
    }
    bench.create(PIPELINE, PipelineDefinition::new("Shop").with_stage(first));
    bench.create(OTHER, PipelineDefinition::new("Books").with_stage(second));
    bench.release_of(PIPELINE);
    bench.go(10);
    bench.release_of(OTHER);
    for _ in 0..8 {
        bench.go(10);
        let runs = |release: u64| {
            let begun = bench.deployment(deployment(release))?.running_tasks().next()?.1;
            let deployment::TaskRun::Running { since, .. } = begun else { return None };
            (bench.now - *since >= chrono::TimeDelta::minutes(30)).then_some(release)
        };
        let over: Vec<_> = [1, 2].into_iter().filter_map(runs).collect();
        for release in over {
            bench.end(deployment(release), Report::Succeeded);
        }
    }
    bench
}

fn lock_groups() -> Vec<Command> {
    let group = LockGroupId::new("database").expect("an id");
    vec![Command::Locks(LocksCommand::Define { group, capacity: NonZeroU32::MIN })]
}

fn one_agent() -> Vec<Command> {
    let pool = PoolId::new("default").expect("an id");
    let agents = BTreeMap::from([(AgentId::new("web1").expect("an id"), Capabilities::default())]);
    vec![
        Command::Pool(pool.clone(), PoolCommand::Define),
        Command::Pool(pool, PoolCommand::SaveAgents { agents }),
    ]
}

#[test]
fn without_a_lock_group_neither_pipeline_waits_for_the_other() {
    let bench = two_pipelines(locked(shop()), locked(shop()), lock_groups());
    bench.expect_nothing_to_change();
    let unlocked = with_prod(|mut stage| {
        stage.lock_groups.clear();
        stage
    });
    let answer = bench.ask(&unlocked);
    assert_eq!(told(&answer.differences), Vec::<String>::new());
    assert_eq!(
        told(&answer.elsewhere[&OTHER]),
        [
            "release 2, Prod: would begin 20 min earlier",
            "release 2, Prod: would end its jobs 20 min earlier",
            "release 2, Prod: would be over 20 min earlier",
        ]
    );
    let other = what_if(OTHER, &bench.history, &unlocked).expect("it can be replayed");
    assert_eq!(told(&other.differences), told(&answer.elsewhere[&OTHER]));
    assert!(other.elsewhere.is_empty());
}

#[test]
fn with_a_lock_group_that_it_did_not_have_a_pipeline_waits_for_another() {
    let bench = two_pipelines(locked(shop()), shop(), lock_groups());
    let other = what_if(OTHER, &bench.history, &with_prod(locked)).expect("it can be replayed");
    assert_eq!(told(&other.differences)[0], "release 2, Prod: would begin 20 min later");
}

#[test]
fn with_another_pool_there_is_an_agent_for_each() {
    let mut bench = two_pipelines(shop(), shop(), one_agent());
    let pool = PoolId::new("default").expect("an id");
    let agents = BTreeSet::from([AgentId::new("web1").expect("an id")]);
    let disable = PoolCommand::Disable { agents: agents.clone(), reason: "it is old".to_owned() };
    bench.must("user:eve", Command::Pool(pool.clone(), disable));
    bench.release_of(PIPELINE);
    bench.go(10);
    bench.must("user:eve", Command::Pool(pool, PoolCommand::Enable { agents }));
    bench.go(10);
    bench.expect_nothing_to_change();
    let answer = bench.ask(&with_prod(|mut stage| {
        stage.jobs[0].kind = JobKind::Agent { pool: "farm".to_owned(), demands: Vec::new() };
        stage
    }));
    assert_eq!(
        told(&answer.elsewhere[&OTHER]),
        [
            "release 2, Prod: would end its jobs 20 min earlier",
            "release 2, Prod: would be over 20 min earlier",
        ]
    );
    // A pool that nobody defined bounds nothing.
    assert_eq!(told(&answer.differences), Vec::<String>::new());
}

#[test]
fn a_history_without_those_who_hold_what_it_waits_for_is_not_whole() {
    let bench = two_pipelines(locked(shop()), locked(shop()), lock_groups());
    let is_of_other = |it: &transaction::Happening| it.subject == Subject::Pipeline(OTHER);
    let mut part = bench.history.clone();
    part.retain(|commit| !commit.events.iter().any(is_of_other));
    let refused = what_if(PIPELINE, &part, &|definition| definition);
    assert!(matches!(refused, Err(WhatIfError::NotWhole { .. })), "{refused:?}");
}

fn register(name: &str) -> Command {
    let command = TargetsCommand::Register {
        target: TargetId::new(name).expect("an id"),
        name: name.to_owned(),
        tags: BTreeSet::new(),
        presence: Presence::Online,
    };
    Command::Targets(TargetGroupId::new("web").expect("an id"), command)
}

fn on_targets() -> Stage {
    let mut stage = shop();
    let group = "web".to_owned();
    stage.jobs[0].kind = JobKind::DeploymentGroup { group, tags: BTreeSet::new(), at_once: TargetLimit::One };
    stage.redeploy = Some(Redeploy::NewTargets);
    stage
}

#[test]
fn targets_are_deployed_to_as_they_join() {
    let mut bench = Bench::empty();
    for name in ["web1", "web2"] {
        bench.must("user:eve", register(name));
    }
    bench.create(PIPELINE, PipelineDefinition::new("Shop").with_stage(on_targets()));
    bench.release_of(PIPELINE);
    for _ in 0..2 {
        bench.go(20);
        bench.end(deployment(1), Report::Succeeded);
    }
    bench.go(30);
    bench.must("user:eve", register("web3"));
    let again = DeploymentId { attempt: NonZeroU32::MIN.saturating_add(1), ..deployment(1) };
    bench.go(20);
    bench.end(again, Report::Succeeded);
    bench.expect_nothing_to_change();
    let answer = bench.ask(&with_prod(|mut stage| {
        if let JobKind::DeploymentGroup { at_once, .. } = &mut stage.jobs[0].kind {
            *at_once = TargetLimit::Percent(NonZeroU32::new(100).expect("not zero"));
        }
        stage.redeploy = None;
        stage
    }));
    assert_eq!(
        told(&answer.differences),
        [
            "release 1, Prod: would end its jobs 20 min earlier",
            "release 1, Prod: would be over 20 min earlier",
            "release 1, Prod (attempt 2): would not exist",
        ]
    );
}
