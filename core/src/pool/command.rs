use std::collections::{BTreeMap, BTreeSet};

use super::{Capabilities, Demand};
use crate::{AgentId, SliceId};

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
    /// A slice of a job wants an agent. A reaction of its release.
    Ask {
        /// The slice.
        slice: SliceId,
        /// What the agent must offer: all of it.
        demands: Vec<Demand>,
    },
    /// A slice needs no agent any longer, whether it runs on one or waits. A reaction of its release.
    Free(SliceId),
    /// Grants what is left to be granted. The engine's own.
    Settle,
}
