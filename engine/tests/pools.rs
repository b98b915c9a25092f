//! J11: pools of agents are defined, asked for and listed, and bound what runs.

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use common::*;
use cutover::deployment::Report;
use cutover::status::StageStatus;
use cutover::transaction::Command;
use cutover::*;
use cutover_engine::*;
use futures::executor::block_on;

fn web1() -> AgentId {
    AgentId::new("web1").expect("an id")
}

#[test]
fn pools_are_defined_asked_for_and_listed() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let farm = PoolId::new("Farm")?;
    let unknown = block_on(engine.pool(&farm));
    assert!(matches!(unknown, Err(EngineError::NotFound(Subject::Pool(id))) if id == farm));

    block_on(engine.define_pool(&ann(), farm.clone()))?;
    let capabilities = Capabilities::new([("java", "17")])?;
    let agents = BTreeMap::from([(web1(), capabilities.clone())]);
    block_on(engine.save_agents(&ann(), farm.clone(), agents))?;
    block_on(engine.disable_agents(&ann(), farm.clone(), BTreeSet::from([web1()]), "a new disk"))?;
    let found = block_on(engine.pool(&PoolId::new("FARM")?))?;
    let agent = found.agent(&web1()).expect("it was saved");
    assert_eq!(*agent.capabilities, capabilities);
    assert_eq!(agent.disabled.as_ref().map(|disabled| &*disabled.reason), Some("a new disk"));
    assert_eq!(block_on(engine.views().latest())?.pools(), BTreeMap::from([(farm.clone(), found)]));

    block_on(engine.enable_agents(&ann(), farm.clone(), BTreeSet::from([web1()])))?;
    assert!(block_on(engine.pool(&farm))?.agent(&web1()).is_some_and(Agent::is_free));
    block_on(engine.remove_agent(&ann(), farm.clone(), web1()))?;
    block_on(engine.remove_pool(&ann(), farm.clone()))?;
    assert!(block_on(engine.pool(&farm)).is_err());
    assert!(block_on(engine.views().latest())?.pools().is_empty());
    Ok(())
}

/// A pool `default` with this many agents: `web1` and so on.
fn with_agents(engine: &Engine, count: usize) -> PoolId {
    let pool = PoolId::new("default").expect("an id");
    block_on(engine.define_pool(&ann(), pool.clone())).expect("it is allowed");
    let named = |number| AgentId::new(format!("web{number}")).expect("an id");
    let agents = (1..=count).map(|number| (named(number), Capabilities::default())).collect();
    block_on(engine.save_agents(&ann(), pool.clone(), agents)).expect("it is allowed");
    pool
}

fn first_task(release: ReleaseId) -> TaskId {
    format!("{release}/1#1.0.0").parse().expect("an id")
}

#[test]
fn no_more_tasks_run_at_once_than_there_are_agents() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let pool = with_agents(&engine, 2);
    let driven = drive(&engine);
    let mut definition = one_stage(&[Script::HOLD]);
    definition.stages[0].queuing = QueuingPolicy::Unlimited;
    let (pipeline, first) = release_of(&engine, definition);
    let mut releases = vec![first];
    for _ in 0..3 {
        releases.push(block_on(engine.create_release(&ann(), pipeline, NewRelease::default()))?);
    }
    for (place, release) in releases.iter().enumerate() {
        bench.runner.until_ran((place + 2).min(releases.len()));
        bench.runner.end(first_task(*release), Report::Succeeded);
        until_status(&engine, *release, DEV, StageStatus::Succeeded);
    }
    assert_eq!(bench.runner.most_at_once(), 2);
    // The first two have agents at once, and are claimed in either order.
    let mut ran = bench.runner.ran();
    ran[..2].sort_unstable();
    assert_eq!(ran, releases.iter().copied().map(first_task).collect::<Vec<_>>());
    assert_eq!(block_on(engine.pool(&pool))?.running().count(), 0);
    Ok(driven.stop()?)
}

#[test]
fn what_waits_for_an_agent_is_explained_and_begins_when_a_pool_grows() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let pool = with_agents(&engine, 0);
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, one_stage(&["ok"]));
    let told = block_on(engine.explain(release, DEV))?;
    let BlockerKind::Agent(wanted) = &told.now[0].kind else { panic!("{told:?}") };
    assert_eq!((&wanted.pool, &*wanted.serving), (&pool, &[][..]));
    with_agents(&engine, 1);
    until_status(&engine, release, DEV, StageStatus::Succeeded);
    Ok(driven.stop()?)
}

/// Story: a pool was left and removed between two reads of an explanation, which then said that there is no pool.
#[test]
fn a_pool_that_is_removed_while_it_is_explained_is_left_out() -> Fallible {
    let bench = Bench::new();
    let store = FaultyStore::new(Arc::clone(&bench.store));
    let engine = block_on(bench.builder_on(store.clone()).build())?;
    let pool = with_agents(&engine, 0);
    let (_, release) = release_of(&engine, one_stage(&["ok"]));
    let (other, removed) = (bench.engine(), pool.clone());
    let reading = Rule::on(Call::ReadStream).with_stream(&Subject::Pool(pool).stream());
    store.add(reading.happens_first(async move {
        other.cancel(&ann(), release, DEV, "").await.expect("it is cancelled");
        other.remove_pool(&ann(), removed).await.expect("nobody waits in it");
    }));
    let told = block_on(engine.explain(release, DEV))?;
    assert!(matches!(&told.now[0].kind, BlockerKind::Agent(_)), "as it stood: {told:?}");
    Ok(())
}

#[test]
fn a_task_that_is_lost_in_a_crash_frees_its_agent_once_for_the_next() -> Fallible {
    let bench = Bench::new();
    let first = bench.engine();
    let pool = with_agents(&first, 1);
    let driven = drive(&first);
    let mut definition = one_stage(&[Script::HOLD]);
    definition.stages[0].queuing = QueuingPolicy::Unlimited;
    let (pipeline, lost) = release_of(&first, definition);
    let next = block_on(first.create_release(&ann(), pipeline, NewRelease::default()))?;
    bench.runner.until_ran(1);
    driven.stop()?;

    let runner = ScriptedRunner::new();
    let second = block_on(bench.builder().runner(runner.clone()).build())?;
    let driven = drive(&second);
    until_status(&second, lost, DEV, StageStatus::Rejected);
    runner.end(first_task(next), Report::Succeeded);
    until_status(&second, next, DEV, StageStatus::Succeeded);
    assert_eq!(block_on(second.pool(&pool))?.running().count(), 0);
    assert_eq!((count(&bench.store, "pool.granted"), count(&bench.store, "pool.freed")), (2, 2));
    Ok(driven.stop()?)
}

#[test]
fn nobody_asks_for_an_agent_but_a_release() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let farm = PoolId::new("farm")?;
    block_on(engine.define_pool(&ann(), farm.clone()))?;
    let ask = PoolCommand::Ask { job: "17/2#1.0".parse()?, slices: vec![0], demands: Vec::new() };
    let refused = block_on(engine.submit(&ann(), Command::Pool(farm.clone(), ask)));
    assert!(matches!(refused, Err(EngineError::Reaction(Subject::Pool(id))) if id == farm));
    assert_eq!(block_on(engine.pool(&farm))?.waiting().len(), 0);
    Ok(())
}
