//! Pools of agents: which there are, and which agents take jobs (J11).

use std::collections::{BTreeMap, BTreeSet};

use cutover::transaction::Command;
use cutover::{Actor, AgentId, Capabilities, PoolCommand, PoolId};

use crate::{Engine, EngineError, Outcome};

impl Engine {
    /// Defines a pool (J11). From then on, jobs that name it wait for one of its agents; it has none yet.
    ///
    /// # Errors
    /// As [`Engine::submit`].
    pub async fn define_pool(&self, actor: &Actor, pool: PoolId) -> Result<Outcome, EngineError> {
        self.submit(actor, Command::Pool(pool, PoolCommand::Define)).await
    }

    /// Removes a pool with its agents (J11). Jobs that name it don't wait for agents any more.
    ///
    /// # Errors
    /// As [`Engine::submit`]; refused while something runs on one of its agents or waits for one.
    pub async fn remove_pool(&self, actor: &Actor, pool: PoolId) -> Result<Outcome, EngineError> {
        self.submit(actor, Command::Pool(pool, PoolCommand::Remove)).await
    }

    /// Adds agents to a pool, or changes what they have to offer (J11). What runs on them goes on.
    ///
    /// # Errors
    /// As [`Engine::submit`]; refused if nobody defined the pool, if it would have too many agents, or if it has one whose id differs
    /// only in case.
    pub async fn save_agents(
        &self,
        actor: &Actor,
        pool: PoolId,
        agents: BTreeMap<AgentId, Capabilities>,
    ) -> Result<Outcome, EngineError> {
        self.submit(actor, Command::Pool(pool, PoolCommand::SaveAgents { agents })).await
    }

    /// Removes an agent from its pool (J11).
    ///
    /// # Errors
    /// As [`Engine::submit`]; refused while something runs on it: [disable](Engine::disable_agents) it first.
    pub async fn remove_agent(
        &self,
        actor: &Actor,
        pool: PoolId,
        agent: AgentId,
    ) -> Result<Outcome, EngineError> {
        self.submit(actor, Command::Pool(pool, PoolCommand::RemoveAgent { agent })).await
    }

    /// Gives agents nothing new, since they are serviced or offline, say (J11). What runs on them goes on. The reason is shown by
    /// [`Engine::explain`].
    ///
    /// # Errors
    /// As [`Engine::submit`]; refused if the pool has no such agent.
    pub async fn disable_agents(
        &self,
        actor: &Actor,
        pool: PoolId,
        agents: BTreeSet<AgentId>,
        reason: &str,
    ) -> Result<Outcome, EngineError> {
        let reason = reason.to_owned();
        self.submit(actor, Command::Pool(pool, PoolCommand::Disable { agents, reason })).await
    }

    /// Lets agents take jobs again (J11).
    ///
    /// # Errors
    /// As [`Engine::submit`]; refused if the pool has no such agent.
    pub async fn enable_agents(
        &self,
        actor: &Actor,
        pool: PoolId,
        agents: BTreeSet<AgentId>,
    ) -> Result<Outcome, EngineError> {
        self.submit(actor, Command::Pool(pool, PoolCommand::Enable { agents })).await
    }
}
