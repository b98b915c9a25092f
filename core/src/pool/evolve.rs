use std::sync::Arc;

use super::{Agent, AgentDisabled, AgentUse, AgentWanted, Pool, PoolEvent};
use crate::flow::Impossible;
use crate::{AgentId, SliceId, Timestamp};

impl Pool {
    pub(super) fn fold(&mut self, event: &PoolEvent, at: Timestamp) -> Result<(), Impossible> {
        match event {
            PoolEvent::Defined {} => {
                if std::mem::replace(&mut self.is_defined, true) {
                    return Err(Impossible("a pool that is defined twice"));
                }
            }
            PoolEvent::Removed {} => {
                if !self.is_defined || !self.running.is_empty() || !self.waiting.is_empty() {
                    return Err(Impossible("a pool that is removed and in use, or not there"));
                }
                *self = Self::default();
            }
            PoolEvent::AgentSaved { agent, capabilities } => {
                self.agents.entry(agent.clone()).or_default().capabilities = Arc::new(capabilities.clone());
            }
            PoolEvent::AgentRemoved { agent } => {
                if self.agents.remove(agent).is_none_or(|removed| removed.runs.is_some()) {
                    return Err(Impossible("an agent that is removed and in use, or not there"));
                }
            }
            PoolEvent::AgentEnabled { agent } => self.agent_mut(agent)?.disabled = None,
            PoolEvent::AgentDisabled { agent, reason } => {
                self.agent_mut(agent)?.disabled = Some(AgentDisabled { since: at, reason: reason.clone() });
            }
            PoolEvent::Asked { slice, demands } => {
                if self.knows(*slice) {
                    return Err(Impossible("an agent that is asked for twice"));
                }
                let demands = demands.as_slice().into();
                self.waiting.push_back(AgentWanted { slice: *slice, demands, since: at });
            }
            PoolEvent::Granted { slice, agent } => self.grant(*slice, agent, at)?,
            PoolEvent::Freed { slice } => self.free(*slice)?,
        }
        Ok(())
    }

    fn agent_mut(&mut self, agent: &AgentId) -> Result<&mut Agent, Impossible> {
        self.agents.get_mut(agent).ok_or(Impossible("an event of an agent that is not there"))
    }

    fn grant(&mut self, slice: SliceId, agent: &AgentId, at: Timestamp) -> Result<(), Impossible> {
        self.withdraw(slice).ok_or(Impossible("an agent for a slice that does not wait for one"))?;
        if self.agent_mut(agent)?.runs.replace(AgentUse { slice, since: at }).is_some() {
            return Err(Impossible("an agent that is granted twice"));
        }
        self.running.insert(slice, agent.clone());
        Ok(())
    }

    fn free(&mut self, slice: SliceId) -> Result<(), Impossible> {
        let Some(agent) = self.running.remove(&slice) else {
            let withdrawn = self.withdraw(slice).map(drop);
            return withdrawn.ok_or(Impossible("an agent that is freed by who has none"));
        };
        self.agent_mut(&agent)?.runs = None;
        Ok(())
    }

    fn withdraw(&mut self, slice: SliceId) -> Option<AgentWanted> {
        let place = self.waiting.iter().position(|wanted| wanted.slice == slice)?;
        self.waiting.remove(place)
    }
}
