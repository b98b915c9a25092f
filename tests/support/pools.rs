//! Steps about pools of agents (J11).

use cucumber::gherkin::Step;
use cucumber::{given, then, when};
use cutover::transaction::Command;
use cutover::{AgentId, Capabilities, Pool, PoolCommand, PoolId};

use super::spec::Spec;
use super::words::{self, rows};

fn id(name: &str) -> PoolId {
    PoolId::new(name).expect("a pool's name")
}

fn agent(name: &str) -> AgentId {
    AgentId::new(name).expect("an agent's id")
}

/// `java=17, Agent.OS=Linux`; a name alone has an empty value.
fn capabilities(text: &str) -> Capabilities {
    let entries = words::list(text);
    let entries = entries.iter().map(|entry| entry.split_once('=').unwrap_or((entry, "")));
    Capabilities::new(entries).expect("capabilities")
}

fn pool<'s>(spec: &'s Spec, name: &str) -> &'s Pool {
    let id = id(name);
    let known = spec.seen().pools().find(|(known, _)| **known == id);
    known.map(|(_, pool)| pool).unwrap_or_else(|| panic!("nothing was ever recorded of pool {name}"))
}

async fn give(spec: &mut Spec, who: &str, name: &str, command: PoolCommand) {
    spec.give(&words::actor(who), Command::Pool(id(name), command)).await;
}

#[given(regex = r"^pool (\S+) has agents (.+)$")]
async fn has_agents(spec: &mut Spec, name: String, agents: String) {
    give(spec, "eve", &name, PoolCommand::Define).await;
    let agents = words::list(&agents).iter().map(|it| (agent(it), Capabilities::default())).collect();
    give(spec, "eve", &name, PoolCommand::SaveAgents { agents }).await;
}

#[given(regex = r"^pool (\S+) has these agents:$")]
async fn has_these_agents(spec: &mut Spec, name: String, step: &Step) {
    give(spec, "eve", &name, PoolCommand::Define).await;
    let rows = rows(step, &["agent", "capabilities"]);
    let agents =
        rows.iter().map(|row| (agent(row.cell("agent")), capabilities(row.cell("capabilities")))).collect();
    give(spec, "eve", &name, PoolCommand::SaveAgents { agents }).await;
}

#[when(regex = r"^(\S+) defines pool (\S+)$")]
async fn defines(spec: &mut Spec, who: String, name: String) {
    give(spec, &who, &name, PoolCommand::Define).await;
}

#[when(regex = r"^(\S+) removes pool (\S+)$")]
async fn removes(spec: &mut Spec, who: String, name: String) {
    give(spec, &who, &name, PoolCommand::Remove).await;
}

#[when(regex = r"^(\S+) saves agents? (.+) of pool (\S+?)(?: with (.+))?$")]
async fn saves(spec: &mut Spec, who: String, agents: String, name: String, offers: String) {
    let agents = words::list(&agents).iter().map(|it| (agent(it), capabilities(&offers))).collect();
    give(spec, &who, &name, PoolCommand::SaveAgents { agents }).await;
}

#[when(regex = r"^(\S+) removes agent (\S+) of pool (\S+)$")]
async fn removes_agent(spec: &mut Spec, who: String, removed: String, name: String) {
    give(spec, &who, &name, PoolCommand::RemoveAgent { agent: agent(&removed) }).await;
}

#[when(regex = r#"^(\S+) disables agents? (.+) of pool (\S+), saying "(.*)"$"#)]
async fn disables(spec: &mut Spec, who: String, agents: String, name: String, reason: String) {
    let agents = words::list(&agents).iter().map(|it| agent(it)).collect();
    give(spec, &who, &name, PoolCommand::Disable { agents, reason }).await;
}

#[when(regex = r"^(\S+) enables agents? (.+) of pool (\S+)$")]
async fn enables(spec: &mut Spec, who: String, agents: String, name: String) {
    let agents = words::list(&agents).iter().map(|it| agent(it)).collect();
    give(spec, &who, &name, PoolCommand::Enable { agents }).await;
}

#[then(regex = r"^pool (\S+) has the agents (.+)$")]
fn has_the_agents(spec: &mut Spec, name: String, agents: String) {
    let found: Vec<_> = pool(spec, &name).agents().map(|(agent, _)| agent.to_string()).collect();
    assert_eq!(found, words::list(&agents));
}

#[then(regex = r"^agent (\S+) of pool (\S+) offers (.+)$")]
fn offers(spec: &mut Spec, name: String, of: String, expected: String) {
    let known = pool(spec, &of).agent(&agent(&name)).expect("the pool has the agent");
    assert_eq!(*known.capabilities, capabilities(if expected == "nothing" { "" } else { &expected }));
}

/// In the order of the agents.
#[then(regex = r"^pool (\S+) runs (nothing|R\d+(?:(?:, | and | to )R\d+)*)$")]
fn runs(spec: &mut Spec, name: String, releases: String) {
    let agents = pool(spec, &name).agents();
    let running = agents.filter_map(|(_, agent)| agent.runs).map(|runs| runs.slice.deployment().release);
    let found: Vec<String> = running.map(|release| spec.release_name(release)).collect();
    let expected = if releases == "nothing" { Vec::new() } else { words::list(&releases) };
    assert_eq!(found, expected, "{:?}", pool(spec, &name));
}

#[then(regex = r"^agent (\S+) of pool (\S+) runs (nothing|R\d+)$")]
fn agent_runs(spec: &mut Spec, name: String, of: String, release: String) {
    let known = pool(spec, &of).agent(&agent(&name)).expect("the pool has the agent");
    let found = known.runs.map(|runs| spec.release_name(runs.slice.deployment().release));
    assert_eq!(found.unwrap_or_else(|| "nothing".to_owned()), release);
}

/// In the order of arrival.
#[then(regex = r"^pool (\S+) is waited for by (nobody|R\d+(?:(?:, | and | to )R\d+)*)$")]
fn waited_for(spec: &mut Spec, name: String, releases: String) {
    let waiting = pool(spec, &name).waiting().map(|wanted| wanted.slice.deployment().release);
    let found: Vec<String> = waiting.map(|release| spec.release_name(release)).collect();
    let expected = if releases == "nobody" { Vec::new() } else { words::list(&releases) };
    assert_eq!(found, expected, "{:?}", pool(spec, &name));
}

#[then(regex = r"^pool (\S+) is not defined$")]
fn is_not_defined(spec: &mut Spec, name: String) {
    assert!(!spec.seen().pools().any(|(known, pool)| *known == id(&name) && pool.is_defined()));
}
