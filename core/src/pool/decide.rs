use std::collections::BTreeMap;

use super::{Agent, Capabilities, Pool, PoolCommand, PoolEvent, PoolRefusal};
use crate::flow::{Aggregate, Decision, Facts, Impossible};
use crate::{AgentId, Context, Subject, Timestamp, fold, limits};

impl Aggregate for Pool {
    type Command = PoolCommand;
    type Event = PoolEvent;
    type Refusal = PoolRefusal;

    fn needs(&self, _: &Subject, _: &PoolCommand) -> Vec<Subject> {
        Vec::new()
    }

    fn decide(
        &self,
        command: &PoolCommand,
        context: &Context,
        _: &Facts<'_>,
    ) -> Result<Vec<PoolEvent>, PoolRefusal> {
        let mut decision = Decision::from(self, context.now);
        match command {
            PoolCommand::Define => {
                if !self.is_defined {
                    decision.record(PoolEvent::Defined {})?;
                }
            }
            PoolCommand::Remove => {
                if self.is_defined {
                    self.expect_unused()?;
                    decision.record(PoolEvent::Removed {})?;
                }
            }
            PoolCommand::SaveAgents { agents } => save(&mut decision, agents)?,
            PoolCommand::RemoveAgent { agent } => {
                if let Some(known) = self.agents.get(agent) {
                    expect_idle(agent, known)?;
                    decision.record(PoolEvent::AgentRemoved { agent: agent.clone() })?;
                }
            }
            PoolCommand::Enable { agents } => {
                for agent in agents {
                    if self.expect_agent(agent)?.disabled.is_some() {
                        decision.record(PoolEvent::AgentEnabled { agent: agent.clone() })?;
                    }
                }
            }
            PoolCommand::Disable { agents, reason } => {
                expect_fitting(reason)?;
                for agent in agents {
                    let disabled = self.expect_agent(agent)?.disabled.as_ref();
                    if disabled.is_none_or(|disabled| disabled.reason != *reason) {
                        let (agent, reason) = (agent.clone(), reason.clone());
                        decision.record(PoolEvent::AgentDisabled { agent, reason })?;
                    }
                }
            }
            PoolCommand::Ask { job, slices, demands } => {
                let known = self.known_of(*job);
                let slices: Vec<u32> = slices.iter().copied().filter(|it| !known.contains(it)).collect();
                if !slices.is_empty() {
                    decision.record(PoolEvent::Asked { job: *job, slices, demands: demands.clone() })?;
                }
            }
            PoolCommand::Free { job, slices } => {
                let known = self.known_of(*job);
                let slices: Vec<u32> = slices.iter().copied().filter(|it| known.contains(it)).collect();
                if !slices.is_empty() {
                    decision.record(PoolEvent::Freed { job: *job, slices })?;
                }
            }
            PoolCommand::Settle => {
                settle(&mut decision)?;
                return Ok(decision.into_events());
            }
        }
        // What an earlier commit left over has commits of its own: nothing else is granted before it, and no commit grows by it.
        if !self.has_pending_work() {
            settle(&mut decision)?;
        }
        Ok(decision.into_events())
    }

    /// Whoever needs an agent of a pool that is defined asks it, and so records something in it. Others pass it by only where nobody has
    /// defined it: nothing that they decide rests on who runs on its agents.
    fn is_guarded(&self) -> bool {
        !self.is_defined
    }

    fn evolve(&mut self, event: &PoolEvent, at: Timestamp) -> Result<(), Impossible> {
        self.fold(event, at)
    }
}

impl Pool {
    fn expect_unused(&self) -> Result<(), PoolRefusal> {
        let running: Vec<_> = self.running().map(|(slice, agent)| (slice, agent.clone())).collect();
        if running.is_empty() && self.waiting.is_empty() {
            return Ok(());
        }
        let waiting = self.waiting.iter().map(|wanted| wanted.slice).collect();
        Err(PoolRefusal::InUse { running, waiting })
    }

    fn expect_agent(&self, agent: &AgentId) -> Result<&Agent, PoolRefusal> {
        self.agents.get(agent).ok_or_else(|| PoolRefusal::UnknownAgent { agent: agent.clone() })
    }

    /// Names that differ only in case would be taken for one another.
    fn expect_spelling(&self, agent: &AgentId) -> Result<(), PoolRefusal> {
        if self.agents.contains_key(agent) {
            return Ok(());
        }
        let folded = fold(agent.as_str());
        match self.agents.keys().find(|existing| fold(existing.as_str()) == folded) {
            Some(existing) => {
                Err(PoolRefusal::SpelledOtherwise { agent: agent.clone(), existing: existing.clone() })
            }
            None => Ok(()),
        }
    }
}

fn save(decision: &mut Decision<Pool>, agents: &BTreeMap<AgentId, Capabilities>) -> Result<(), PoolRefusal> {
    if !decision.state().is_defined {
        return Err(PoolRefusal::NotDefined);
    }
    for (agent, capabilities) in agents {
        decision.state().expect_spelling(agent)?;
        let is_so = |known: &Agent| *known.capabilities == *capabilities;
        if !decision.state().agent(agent).is_some_and(is_so) {
            let (agent, capabilities) = (agent.clone(), capabilities.clone());
            decision.record(PoolEvent::AgentSaved { agent, capabilities })?;
        }
        if decision.state().agents.len() > limits::AGENTS {
            return Err(PoolRefusal::TooManyAgents { limit: limits::AGENTS });
        }
    }
    Ok(())
}

/// What runs on an agent ends by itself, and frees it: until then it is only kept from taking more.
fn expect_idle(id: &AgentId, agent: &Agent) -> Result<(), PoolRefusal> {
    match agent.runs {
        Some(runs) => Err(PoolRefusal::AgentInUse { agent: id.clone(), slice: runs.slice }),
        None => Ok(()),
    }
}

fn expect_fitting(reason: &str) -> Result<(), PoolRefusal> {
    let characters = reason.chars().count();
    if characters > limits::TEXT_CHARACTERS {
        return Err(PoolRefusal::ReasonTooLong { characters, limit: limits::TEXT_CHARACTERS });
    }
    Ok(())
}

/// Grants what can be granted in the same commit, to up to [`limits::FAN_OUT`] releases; the rest is pending work.
fn settle(decision: &mut Decision<Pool>) -> Result<(), Impossible> {
    for _ in 0..limits::FAN_OUT {
        let Some((slice, agent)) = decision.state().next() else { break };
        decision.record(PoolEvent::Granted { slice, agent })?;
    }
    Ok(())
}
