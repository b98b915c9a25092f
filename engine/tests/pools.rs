//! J11: pools of agents are defined, asked for and listed.

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::*;
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

#[test]
fn nobody_asks_for_an_agent_but_a_release() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let farm = PoolId::new("farm")?;
    block_on(engine.define_pool(&ann(), farm.clone()))?;
    let ask = PoolCommand::Ask { slice: "17/2#1.0:0".parse()?, demands: Vec::new() };
    let refused = block_on(engine.submit(&ann(), Command::Pool(farm.clone(), ask)));
    assert!(matches!(refused, Err(EngineError::Reaction(Subject::Pool(id))) if id == farm));
    assert_eq!(block_on(engine.pool(&farm))?.waiting().len(), 0);
    Ok(())
}
