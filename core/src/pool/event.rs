use serde::{Deserialize, Serialize};

use super::{Capabilities, Demand};
use crate::{AgentId, JobId, SliceId};

/// What becomes true of a pool of agents (J11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each field is what its name says; the variants say the rest")]
pub enum PoolEvent {
    /// The pool exists.
    #[serde(rename = "pool.defined")]
    Defined {},
    /// The pool exists no longer, nor do its agents.
    #[serde(rename = "pool.removed")]
    Removed {},
    /// The agent exists, and has these capabilities from now on.
    #[serde(rename = "pool.agent-saved")]
    AgentSaved { agent: AgentId, capabilities: Capabilities },
    /// The agent exists no longer.
    #[serde(rename = "pool.agent-removed")]
    AgentRemoved { agent: AgentId },
    /// The agent takes slices again.
    #[serde(rename = "pool.agent-enabled")]
    AgentEnabled { agent: AgentId },
    /// The agent is given nothing new.
    #[serde(rename = "pool.agent-disabled")]
    AgentDisabled {
        agent: AgentId,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    /// Slices of a job wait for an agent each, in this order, after all that wait already.
    #[serde(rename = "pool.asked")]
    Asked {
        job: JobId,
        slices: Vec<u32>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        demands: Vec<Demand>,
    },
    /// A slice has one.
    #[serde(rename = "pool.granted")]
    Granted { slice: SliceId, agent: AgentId },
    /// Slices of a job neither have one nor wait for one any more.
    #[serde(rename = "pool.freed")]
    Freed { job: JobId, slices: Vec<u32> },
}

impl PoolEvent {
    /// The stored names, fixed for ever.
    pub const NAMES: &'static [&'static str] = &[
        "pool.defined",
        "pool.removed",
        "pool.agent-saved",
        "pool.agent-removed",
        "pool.agent-enabled",
        "pool.agent-disabled",
        "pool.asked",
        "pool.granted",
        "pool.freed",
    ];
}
