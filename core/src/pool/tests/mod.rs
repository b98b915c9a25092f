//! Who is granted which agent (J11).

mod properties;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use super::{Capabilities, Pool, PoolCommand, PoolEvent, PoolRefusal};
use crate::flow::{Aggregate, Facts};
use crate::{
    Actor, AgentId, CommandId, CommitId, Context, DeploymentId, JobId, ReleaseId, SliceId, StageId,
    Timestamp, limits,
};

fn slice(release: u64) -> SliceId {
    let deployment =
        DeploymentId { release: ReleaseId(release), stage: StageId(1), attempt: NonZeroU32::MIN };
    SliceId { job: JobId { deployment, job: 0 }, slice: 0 }
}

fn agent(name: &str) -> AgentId {
    AgentId::new(name).expect("a short text")
}

fn give(pool: &mut Pool, command: &PoolCommand) -> Result<Vec<PoolEvent>, PoolRefusal> {
    let at = Timestamp::UNIX_EPOCH;
    let id = CommandId::new("c").expect("a short text");
    let context = Context::new(at, Actor::System, id, CommitId::new("k").expect("a short text"));
    let events = pool.decide(command, &context, &Facts::default())?;
    for event in &events {
        pool.evolve(event, at).expect("it was just decided");
    }
    Ok(events)
}

/// The releases whose slices were granted an agent, each with the agent.
type Granted = Vec<(u64, String)>;

fn granted(events: &[PoolEvent]) -> Granted {
    let granted = events.iter().filter_map(|event| match event {
        PoolEvent::Granted { slice, agent } => Some((slice.deployment().release.0, agent.to_string())),
        PoolEvent::Defined {}
        | PoolEvent::Removed {}
        | PoolEvent::AgentSaved { .. }
        | PoolEvent::AgentRemoved { .. }
        | PoolEvent::AgentEnabled { .. }
        | PoolEvent::AgentDisabled { .. }
        | PoolEvent::Asked { .. }
        | PoolEvent::Freed { .. } => None,
    });
    granted.collect()
}

fn expect(pool: &mut Pool, command: &PoolCommand) -> Granted {
    granted(&give(pool, command).expect("it is not refused"))
}

fn defined() -> Pool {
    let mut pool = Pool::default();
    expect(&mut pool, &PoolCommand::Define);
    pool
}

fn save(pool: &mut Pool, name: &str, capabilities: &[(&str, &str)]) -> Granted {
    let capabilities = Capabilities::new(capabilities.iter().copied()).expect("capabilities");
    expect(pool, &PoolCommand::SaveAgents { agents: BTreeMap::from([(agent(name), capabilities)]) })
}

fn ask(pool: &mut Pool, release: u64, demands: &[&str]) -> Granted {
    let demands = demands.iter().map(|demand| demand.parse().expect("a demand")).collect();
    expect(pool, &PoolCommand::Ask { job: slice(release).job, slices: vec![0], demands })
}

fn free(pool: &mut Pool, release: u64) -> Granted {
    expect(pool, &PoolCommand::Free { job: slice(release).job, slices: vec![0] })
}

fn named(names: &[&str]) -> BTreeSet<AgentId> {
    names.iter().copied().map(agent).collect()
}

fn disable(pool: &mut Pool, name: &str) -> Granted {
    let (agents, reason) = (named(&[name]), "a new disk".to_owned());
    expect(pool, &PoolCommand::Disable { agents, reason })
}

fn enable(pool: &mut Pool, name: &str) -> Granted {
    expect(pool, &PoolCommand::Enable { agents: named(&[name]) })
}

fn to(release: u64, agent: &str) -> Granted {
    vec![(release, agent.to_owned())]
}

const NOBODY: Granted = Vec::new();

#[test]
fn an_agent_runs_one_slice_at_a_time_and_who_came_first_is_next() {
    let mut pool = defined();
    assert_eq!(ask(&mut pool, 1, &[]), NOBODY, "there is no agent");
    assert_eq!(save(&mut pool, "web1", &[]), to(1, "web1"));
    assert_eq!(ask(&mut pool, 2, &[]), NOBODY);
    assert_eq!(ask(&mut pool, 3, &[]), NOBODY);
    assert_eq!(free(&mut pool, 1), to(2, "web1"));
    assert_eq!(free(&mut pool, 1), NOBODY, "it is already so");
    assert_eq!(save(&mut pool, "web2", &[]), to(3, "web2"));
    assert_eq!(pool.agent_of(slice(3)), Some(&agent("web2")));
    assert_eq!(pool.running().count(), 2);
}

#[test]
fn only_an_agent_that_meets_all_demands_will_do() {
    let mut pool = defined();
    save(&mut pool, "old", &[("java", "11"), ("Agent.OS", "Linux")]);
    save(&mut pool, "win", &[("java", "17"), ("Agent.OS", "Windows")]);
    let demands = ["Java -gtVersion 17", "agent.os -equals linux"];
    assert_eq!(ask(&mut pool, 1, &demands), NOBODY);
    assert_eq!(save(&mut pool, "new", &[("java", "17.0.1"), ("Agent.OS", "Linux")]), to(1, "new"));
}

#[test]
fn an_agents_own_id_can_be_demanded() {
    let mut pool = defined();
    save(&mut pool, "Web1", &[]);
    save(&mut pool, "Web2", &[("Agent.Name", "web1")]);
    assert_eq!(ask(&mut pool, 1, &["Agent.Name -equals web2"]), to(1, "Web2"));
    assert_eq!(ask(&mut pool, 2, &["agent.name"]), to(2, "Web1"));
}

#[test]
fn who_waits_is_passed_over_only_for_an_agent_that_it_could_not_use() {
    let mut pool = defined();
    save(&mut pool, "plain", &[]);
    save(&mut pool, "java", &[("java", "17")]);
    ask(&mut pool, 1, &["java"]);
    assert_eq!(ask(&mut pool, 2, &["java"]), NOBODY);
    assert_eq!(ask(&mut pool, 3, &[]), to(3, "plain"), "the first one that waits could not use it");
    assert_eq!(ask(&mut pool, 4, &[]), NOBODY);
    assert_eq!(pool.ahead_of(slice(4)), [slice(2)], "it would take the other agent first");
    assert_eq!(pool.ahead_of(slice(2)), []);
    assert_eq!(free(&mut pool, 1), to(2, "java"), "4 could use it, too");
    assert_eq!(free(&mut pool, 3), to(4, "plain"));
}

#[test]
fn agents_with_more_to_offer_are_left_for_who_needs_them() {
    let mut pool = defined();
    save(&mut pool, "a", &[("java", "17"), ("node", "20")]);
    save(&mut pool, "b", &[("java", "17")]);
    save(&mut pool, "c", &[("node", "20")]);
    assert_eq!(ask(&mut pool, 1, &["java"]), to(1, "b"));
    assert_eq!(ask(&mut pool, 2, &[]), to(2, "c"));
    assert_eq!(ask(&mut pool, 3, &["java", "node"]), to(3, "a"));
}

#[test]
fn a_disabled_agent_is_given_nothing_new_and_what_runs_on_it_goes_on() {
    let mut pool = defined();
    save(&mut pool, "web1", &[]);
    ask(&mut pool, 1, &[]);
    disable(&mut pool, "web1");
    assert_eq!(pool.agent_of(slice(1)), Some(&agent("web1")));
    assert_eq!(ask(&mut pool, 2, &[]), NOBODY);
    assert_eq!(free(&mut pool, 1), NOBODY);
    assert_eq!(save(&mut pool, "web1", &[("java", "17")]), NOBODY, "what it offers makes no difference");
    assert_eq!(enable(&mut pool, "web1"), to(2, "web1"));
    let again = give(&mut pool, &PoolCommand::Enable { agents: named(&["web1"]) });
    assert_eq!(again, Ok(Vec::new()), "it is already so");
}

#[test]
fn other_capabilities_count_from_the_next_slice_on() {
    let mut pool = defined();
    save(&mut pool, "web1", &[("java", "17")]);
    ask(&mut pool, 1, &["java"]);
    assert_eq!(save(&mut pool, "web1", &[("node", "20")]), NOBODY);
    assert_eq!(pool.agent_of(slice(1)), Some(&agent("web1")));
    assert_eq!(ask(&mut pool, 2, &["java"]), NOBODY);
    assert_eq!(ask(&mut pool, 3, &["node"]), NOBODY);
    assert_eq!(free(&mut pool, 1), to(3, "web1"));
}

#[test]
fn who_waits_no_longer_is_not_granted_anything() {
    let mut pool = defined();
    save(&mut pool, "web1", &[]);
    for release in 1..=3 {
        ask(&mut pool, release, &[]);
    }
    assert_eq!(free(&mut pool, 2), NOBODY);
    assert_eq!(free(&mut pool, 1), to(3, "web1"));
}

#[test]
fn a_pool_in_use_is_not_removed() {
    let mut pool = defined();
    save(&mut pool, "web1", &[]);
    ask(&mut pool, 1, &[]);
    ask(&mut pool, 2, &[]);
    let refused = give(&mut pool, &PoolCommand::Remove).expect_err("it is in use").to_string();
    assert_eq!(refused, "the pool is in use: 1/1#1.0:0 runs on web1, 2/1#1.0:0 waits");
    for release in 3..=20 {
        ask(&mut pool, release, &[]);
    }
    let refused = give(&mut pool, &PoolCommand::Remove).expect_err("it is in use").to_string();
    assert!(refused.ends_with("10/1#1.0:0 waits, and 10 more"), "{refused}");
    for release in 1..=20 {
        free(&mut pool, release);
    }
    assert_eq!(give(&mut pool, &PoolCommand::Remove), Ok(vec![PoolEvent::Removed {}]));
    assert_eq!(pool, Pool::default());
    assert_eq!(give(&mut pool, &PoolCommand::Remove), Ok(Vec::new()), "it is already so");
}

#[test]
fn an_agent_in_use_is_not_removed() {
    let mut pool = defined();
    save(&mut pool, "web1", &[]);
    ask(&mut pool, 1, &[]);
    let remove = PoolCommand::RemoveAgent { agent: agent("web1") };
    let refused = give(&mut pool, &remove).expect_err("it is in use");
    assert_eq!(refused, PoolRefusal::AgentInUse { agent: agent("web1"), slice: slice(1) });
    free(&mut pool, 1);
    assert_eq!(give(&mut pool, &remove).expect("nothing runs on it").len(), 1);
    assert_eq!(give(&mut pool, &remove), Ok(Vec::new()), "it is already so");
    assert_eq!(ask(&mut pool, 2, &[]), NOBODY);
}

#[test]
fn agents_of_a_pool_that_nobody_defined_and_unknown_agents_are_refused() {
    let agents = BTreeMap::from([(agent("web1"), Capabilities::default())]);
    let mut pool = Pool::default();
    let refused = give(&mut pool, &PoolCommand::SaveAgents { agents });
    assert_eq!(refused, Err(PoolRefusal::NotDefined));
    let mut pool = defined();
    let unknown = Err(PoolRefusal::UnknownAgent { agent: agent("web9") });
    assert_eq!(give(&mut pool, &PoolCommand::Enable { agents: named(&["web9"]) }), unknown);
    let disable = PoolCommand::Disable { agents: named(&["web9"]), reason: String::new() };
    assert_eq!(give(&mut pool, &disable), unknown);
    assert_eq!(give(&mut pool, &PoolCommand::Define), Ok(Vec::new()), "it is already so");
}

#[test]
fn ids_of_agents_that_differ_only_in_case_are_refused() {
    let mut pool = defined();
    save(&mut pool, "web1", &[]);
    let spelled = |names: &[&str]| {
        let agents = names.iter().map(|name| (agent(name), Capabilities::default())).collect();
        PoolCommand::SaveAgents { agents }
    };
    let refused = give(&mut pool, &spelled(&["WEB1"])).expect_err("web1 exists").to_string();
    assert_eq!(refused, "the pool has an agent web1 already, which WEB1 could be taken for");
    assert!(give(&mut pool, &spelled(&["WEB2", "web2"])).is_err(), "in the same command");
    assert_eq!(pool.agents().len(), 1);
}

#[test]
fn a_pool_has_at_most_1000_agents() {
    let mut pool = defined();
    let numbered = |numbers: std::ops::Range<usize>| {
        let agents = numbers.map(|number| (agent(&format!("a{number}")), Capabilities::default())).collect();
        PoolCommand::SaveAgents { agents }
    };
    assert!(give(&mut pool, &numbered(0..limits::AGENTS)).is_ok());
    let refused = give(&mut pool, &numbered(0..limits::AGENTS + 1));
    assert_eq!(refused, Err(PoolRefusal::TooManyAgents { limit: limits::AGENTS }));
    assert_eq!(give(&mut pool, &numbered(0..limits::AGENTS)), Ok(Vec::new()), "it is already so");
}

#[test]
fn a_reason_has_at_most_4000_characters() {
    let mut pool = defined();
    save(&mut pool, "web1", &[]);
    let disable =
        |characters| PoolCommand::Disable { agents: named(&["web1"]), reason: "ü".repeat(characters) };
    assert!(give(&mut pool, &disable(limits::TEXT_CHARACTERS)).is_ok());
    assert!(give(&mut pool, &disable(limits::TEXT_CHARACTERS + 1)).is_err());
}

#[test]
fn no_commit_grants_to_more_slices_than_the_fan_out_limit() {
    let mut pool = defined();
    for release in 1..=150 {
        ask(&mut pool, release, &[]);
    }
    let agents = (0..1_000).map(|number| (agent(&format!("a{number}")), Capabilities::default())).collect();
    assert_eq!(expect(&mut pool, &PoolCommand::SaveAgents { agents }).len(), limits::FAN_OUT);
    assert!(pool.has_pending_work());
    assert_eq!(ask(&mut pool, 151, &[]), NOBODY, "what is left over goes before it");
    assert_eq!(free(&mut pool, 1), NOBODY, "what is left over goes before it");
    let settle = |pool: &mut Pool| expect(pool, &PoolCommand::Settle).len();
    assert_eq!((settle(&mut pool), settle(&mut pool)), (limits::FAN_OUT, 151 - 2 * limits::FAN_OUT));
    assert!(!pool.has_pending_work());
}
