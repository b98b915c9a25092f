use std::collections::{BTreeMap, BTreeSet};

use super::{Capabilities, Demand};
use crate::{AgentId, JobId};

/// What can be asked of a pool of agents (J11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PoolCommand {
    /// The pool exists from now on, without agents: jobs that name it wait for one.
    Define,
    /// Removes the pool with its agents, while nobody runs on them or waits for one: it bounds nothing any more.
    Remove,
    /// Adds agents, or changes what they have to offer; what runs on them goes on.
    SaveAgents {
        /// Each with its capabilities.
        agents: BTreeMap<AgentId, Capabilities>,
    },
    /// Removes an agent on which nothing runs.
    RemoveAgent {
        /// The agent.
        agent: AgentId,
    },
    /// The agents take slices of jobs again.
    Enable {
        /// The agents.
        agents: BTreeSet<AgentId>,
    },
    /// The agents are given nothing new, since they are serviced or offline, say; what runs on them goes on.
    Disable {
        /// The agents.
        agents: BTreeSet<AgentId>,
        /// Why, for people.
        reason: String,
    },
    /// Slices of a job want an agent each. A reaction of their release.
    Ask {
        /// The job.
        job: JobId,
        /// Its slices, in the order in which they wait.
        slices: Vec<u32>,
        /// What each agent must offer: all of it.
        demands: Vec<Demand>,
    },
    /// Slices of a job need no agent any longer, whether they run on one or wait. A reaction of their release.
    Free {
        /// The job.
        job: JobId,
        /// Its slices.
        slices: Vec<u32>,
    },
    /// Grants what is left to be granted. The engine's own.
    Settle,
}
