use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::{Capabilities, Demand};
use crate::{AgentId, JobId, SliceId, Timestamp};

/// A pool of agents: what each has to offer, who runs on which, who waits for one (J11).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pool {
    pub(super) is_defined: bool,
    pub(super) agents: BTreeMap<AgentId, Agent>,
    pub(super) waiting: VecDeque<AgentWanted>,
}

/// An agent of a pool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agent {
    /// What it has to offer.
    pub capabilities: Arc<Capabilities>,
    /// Whether it is given nothing new, and why.
    pub disabled: Option<AgentDisabled>,
    /// What runs on it.
    pub runs: Option<AgentUse>,
}

/// That an agent is given nothing new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentDisabled {
    /// Since when.
    pub since: Timestamp,
    /// Why, for people; empty: nobody said.
    pub reason: String,
}

/// That a slice of a job runs on an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AgentUse {
    /// The slice.
    pub slice: SliceId,
    /// Since when.
    pub since: Timestamp,
}

/// A slice of a job that waits for an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentWanted {
    /// The slice.
    pub slice: SliceId,
    /// What the agent must offer: all of it.
    pub demands: Arc<[Demand]>,
    /// Since when.
    pub since: Timestamp,
}

impl Agent {
    /// Whether it takes a slice: nothing runs on it, and it is not disabled.
    pub const fn is_free(&self) -> bool {
        self.runs.is_none() && self.disabled.is_none()
    }
}

impl Pool {
    /// Whether somebody defined it. A pool that nobody defined bounds nothing and meets every demand.
    pub const fn is_defined(&self) -> bool {
        self.is_defined
    }

    /// Its agents, in the order of their ids.
    pub fn agents(&self) -> impl ExactSizeIterator<Item = (&AgentId, &Agent)> {
        self.agents.iter()
    }

    /// An agent of it.
    pub fn agent(&self, id: &AgentId) -> Option<&Agent> {
        self.agents.get(id)
    }

    /// Who waits for an agent, in the order of arrival.
    pub fn waiting(&self) -> impl ExactSizeIterator<Item = &AgentWanted> {
        self.waiting.iter()
    }

    /// What runs on its agents, in their order.
    pub fn running(&self) -> impl Iterator<Item = (SliceId, &AgentId)> {
        self.agents.iter().filter_map(|(id, agent)| Some((agent.runs?.slice, id)))
    }

    /// The agent that a slice runs on, if it runs on one.
    pub fn agent_of(&self, slice: SliceId) -> Option<&AgentId> {
        self.running().find(|(running, _)| *running == slice).map(|(_, agent)| agent)
    }

    /// What a slice waits for, if it waits.
    pub fn wanted_by(&self, slice: SliceId) -> Option<&AgentWanted> {
        self.waiting.iter().find(|wanted| wanted.slice == slice)
    }

    /// The slices of a job that run on its agents, or wait for one.
    pub(super) fn known_of(&self, job: JobId) -> BTreeSet<u32> {
        let running = self.running().map(|(slice, _)| slice);
        let known = running.chain(self.waiting.iter().map(|wanted| wanted.slice));
        known.filter(|slice| slice.job == job).map(|slice| slice.slice).collect()
    }
}
