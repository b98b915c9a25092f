use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Agent, AgentDisabled, AgentUse, AgentWanted, Pool, PoolEvent};
use crate::flow::Impossible;
use crate::{AgentId, JobId, SliceId, Timestamp};

impl Pool {
    pub(super) fn fold(&mut self, event: &PoolEvent, at: Timestamp) -> Result<(), Impossible> {
        match event {
            PoolEvent::Defined {} => {
                if std::mem::replace(&mut self.is_defined, true) {
                    return Err(Impossible("a pool that is defined twice"));
                }
            }
            PoolEvent::Removed {} => {
                let is_in_use = self.running().next().is_some() || !self.waiting.is_empty();
                if !self.is_defined || is_in_use {
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
            PoolEvent::Asked { job, slices, demands } => {
                let known = self.known_of(*job);
                if slices.iter().any(|slice| known.contains(slice)) {
                    return Err(Impossible("an agent that is asked for twice"));
                }
                let demands: Arc<[_]> = demands.as_slice().into();
                self.waiting.extend(slices.iter().map(|slice| AgentWanted {
                    slice: SliceId { job: *job, slice: *slice },
                    demands: Arc::clone(&demands),
                    since: at,
                }));
            }
            PoolEvent::Granted { slice, agent } => self.grant(*slice, agent, at)?,
            PoolEvent::Freed { job, slices } => self.free(*job, slices)?,
        }
        Ok(())
    }

    fn agent_mut(&mut self, agent: &AgentId) -> Result<&mut Agent, Impossible> {
        self.agents.get_mut(agent).ok_or(Impossible("an event of an agent that is not there"))
    }

    fn grant(&mut self, slice: SliceId, agent: &AgentId, at: Timestamp) -> Result<(), Impossible> {
        let place = self.waiting.iter().position(|wanted| wanted.slice == slice);
        let wanted = place.and_then(|place| self.waiting.remove(place));
        wanted.ok_or(Impossible("an agent for a slice that does not wait for one"))?;
        if self.agent_mut(agent)?.runs.replace(AgentUse { slice, since: at }).is_some() {
            return Err(Impossible("an agent that is granted twice"));
        }
        Ok(())
    }

    fn free(&mut self, job: JobId, slices: &[u32]) -> Result<(), Impossible> {
        let freed: BTreeSet<_> = slices.iter().map(|slice| SliceId { job, slice: *slice }).collect();
        let mut left = freed.len();
        for agent in self.agents.values_mut() {
            if agent.runs.is_some_and(|runs| freed.contains(&runs.slice)) {
                agent.runs = None;
                left = left.saturating_sub(1);
            }
        }
        if left > 0 {
            let before = self.waiting.len();
            self.waiting.retain(|wanted| !freed.contains(&wanted.slice));
            left = left.saturating_sub(before - self.waiting.len());
        }
        if left == 0 { Ok(()) } else { Err(Impossible("an agent that is freed by who has none")) }
    }
}
