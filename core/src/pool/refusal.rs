use crate::flow::Impossible;
use crate::{AgentId, SliceId};

/// Why a change of a pool of agents is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PoolRefusal {
    /// Nobody has defined the pool.
    #[error("there is no such pool: define it first")]
    NotDefined,
    /// Somebody runs on one of its agents, or waits for one.
    #[error("the pool is in use: {}", users(running, waiting))]
    InUse {
        /// What runs, and on which agent.
        running: Vec<(SliceId, AgentId)>,
        /// What waits, in the order of arrival.
        waiting: Vec<SliceId>,
    },
    /// The pool has no such agent.
    #[error("the pool has no agent {agent}")]
    UnknownAgent {
        /// The agent.
        agent: AgentId,
    },
    /// Another agent's id differs only in case.
    #[error("the pool has an agent {existing} already, which {agent} could be taken for")]
    SpelledOtherwise {
        /// The id that was given.
        agent: AgentId,
        /// The agent that exists.
        existing: AgentId,
    },
    /// Something runs on the agent.
    #[error(
        "agent {agent} is in use: {slice} runs on it; disable the agent, and remove it when that has ended"
    )]
    AgentInUse {
        /// The agent.
        agent: AgentId,
        /// What runs on it.
        slice: SliceId,
    },
    /// The pool would have more agents than it may.
    #[error("a pool has at most {limit} agents")]
    TooManyAgents {
        /// How many it may have.
        limit: usize,
    },
    /// The reason is longer than it may be.
    #[error("the reason has {characters} characters, at most {limit} are allowed")]
    ReasonTooLong {
        /// How long it is.
        characters: usize,
        /// How long it may be.
        limit: usize,
    },
    /// A rule recorded what cannot be: a defect of the engine.
    #[error(transparent)]
    Impossible(#[from] Impossible),
}

/// A person reads no more than these.
const TOLD: usize = 10;

fn users(running: &[(SliceId, AgentId)], waiting: &[SliceId]) -> String {
    let runs = running.iter().map(|(slice, agent)| format!("{slice} runs on {agent}"));
    let waits = waiting.iter().map(|slice| format!("{slice} waits"));
    let mut told: Vec<_> = runs.chain(waits).take(TOLD).collect();
    let left = (running.len() + waiting.len()).saturating_sub(told.len());
    if left > 0 {
        told.push(format!("and {left} more"));
    }
    told.join(", ")
}
