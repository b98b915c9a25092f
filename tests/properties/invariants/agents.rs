//! Agents: who is granted which, and who runs where (J11).

use std::collections::BTreeMap;

use cutover::deployment::{Deployment, DeploymentEvent};
use cutover::{
    AgentId, BlockerKind, Capabilities, Demand, Event, Explanation, PoolEvent, PoolId, SliceId, TaskId,
};

use super::{Ledger, Verdict, has_event};
use crate::seen;
use crate::world::{Recorded, World};

/// The pools as their events tell.
#[derive(Default)]
pub(super) struct Pools {
    pools: BTreeMap<PoolId, Agents>,
}

#[derive(Default)]
struct Agents {
    agents: BTreeMap<AgentId, Agent>,
    /// In the order of arrival.
    waiting: Vec<(SliceId, Vec<Demand>)>,
}

#[derive(Default)]
struct Agent {
    capabilities: Capabilities,
    is_disabled: bool,
    runs: Option<SliceId>,
}

impl Agent {
    fn takes(&self, demands: &[Demand]) -> bool {
        let meets = |demand: &Demand| demand.is_met_by(self.capabilities.get(demand.name()));
        self.runs.is_none() && !self.is_disabled && demands.iter().all(meets)
    }
}

impl Pools {
    pub(super) fn note(&mut self, id: &PoolId, event: &PoolEvent, recorded: &Recorded) -> Verdict {
        let pool = self.pools.entry(id.clone()).or_default();
        match event {
            PoolEvent::Defined {} => {}
            PoolEvent::Removed {} => ensure!(false, "J11: nobody removes pool {id}"),
            PoolEvent::AgentSaved { agent, capabilities } => {
                pool.agents.entry(agent.clone()).or_default().capabilities = capabilities.clone();
            }
            PoolEvent::AgentRemoved { agent } => {
                let removed = pool.agents.remove(agent);
                let is_idle = removed.is_some_and(|agent| agent.runs.is_none());
                ensure!(is_idle, "J11: {agent} is removed, and runs a slice");
            }
            PoolEvent::AgentEnabled { agent } => pool.agent(agent)?.is_disabled = false,
            PoolEvent::AgentDisabled { agent, .. } => pool.agent(agent)?.is_disabled = true,
            PoolEvent::Asked { job, slices, demands } => {
                let asked =
                    slices.iter().map(|slice| (SliceId { job: *job, slice: *slice }, demands.clone()));
                pool.waiting.extend(asked);
            }
            PoolEvent::Granted { slice, agent } => pool.grants(*slice, agent, recorded)?,
            PoolEvent::Freed { job, slices } => {
                for slice in slices.iter().map(|slice| SliceId { job: *job, slice: *slice }) {
                    let waits = pool.waiting.iter().any(|(waiting, _)| *waiting == slice);
                    let agent = pool.agents.values_mut().find(|agent| agent.runs == Some(slice));
                    ensure!(waits != agent.is_some(), "J11: {slice} frees what it has not");
                    if let Some(agent) = agent {
                        agent.runs = None;
                    }
                    pool.waiting.retain(|(waiting, _)| *waiting != slice);
                }
            }
        }
        Ok(())
    }
}

impl Agents {
    fn agent(&mut self, id: &AgentId) -> Result<&mut Agent, String> {
        self.agents.get_mut(id).ok_or_else(|| format!("J11: there is no agent {id}"))
    }

    /// No agent runs two slices at once; the first that waits and can be served gets the agent that offers least; and it begins.
    fn grants(&mut self, slice: SliceId, id: &AgentId, recorded: &Recorded) -> Verdict {
        let place = self.waiting.iter().position(|(waiting, _)| *waiting == slice);
        let place = place.ok_or_else(|| format!("J11: {slice} gets {id}, and does not wait"))?;
        let (_, demands) = self.waiting.remove(place);
        let runs = self.agent(id)?.runs;
        ensure!(runs.is_none(), "J11: {slice} gets {id}, which runs {runs:?}");
        ensure!(self.agent(id)?.takes(&demands), "J11: {slice} gets {id}, which is not for it");
        for (earlier, demands) in &self.waiting[..place] {
            let is_served = self.agents.values().any(|agent| agent.takes(demands));
            ensure!(!is_served, "J11: {slice} gets {id} before {earlier}");
        }
        let able = self.agents.iter().filter(|(_, agent)| agent.takes(&demands));
        let least = able.min_by_key(|(id, agent)| (agent.capabilities.iter().len(), (*id).clone()));
        ensure!(least.is_some_and(|(least, _)| least == id), "J11: {slice} gets {id}, which offers more");
        self.agent(id)?.runs = Some(slice);
        let begins = has_event(recorded, |event| {
            matches!(event, DeploymentEvent::AgentGranted { slice: granted, agent }
                if *granted == slice && agent == id)
        });
        let is_freed = recorded.events.iter().any(|(_, event, _)| {
            matches!(event, Event::Pool(PoolEvent::Freed { job, slices })
                if *job == slice.job && slices.contains(&slice.slice))
        });
        ensure!(begins || is_freed, "J11: {slice} gets {id}, and does not begin");
        Ok(())
    }
}

impl Ledger {
    /// J11: at the commit's end whoever has an agent runs, whoever waits for one waits in its pool, and nobody waits for one that is free.
    pub(super) fn j11_who_has_an_agent_runs(&self, world: &World) -> Verdict {
        for (id, pool) in seen::pools(&world.live) {
            let known = self.pools.pools.get(&id);
            let run = |slice: SliceId| {
                let deployment = slice.deployment();
                world.release(deployment.release.0)?.deployment(deployment)?.slice(slice)
            };
            for (slice, agent) in pool.running() {
                let runs = run(slice).filter(|run| run.is_running()).and_then(|run| run.agent.as_ref());
                ensure!(runs.is_some_and(|it| it.agent == *agent), "J11: {agent} has {slice}, {runs:?} runs");
                let told = known.and_then(|pool| pool.agents.get(agent)).and_then(|agent| agent.runs);
                ensure!(told == Some(slice), "J11: {agent} runs {slice}, its events tell of {told:?}");
            }
            for wanted in pool.waiting() {
                let slice = wanted.slice;
                ensure!(run(slice).is_some_and(|it| it.is_queued()), "J11: {slice} waits, and is not queued");
            }
            // As many as wait here can be granted in one commit.
            ensure!(!pool.has_pending_work(), "J11: an agent is free, and somebody waits: {pool:?}");
        }
        for deployment in world.releases().flat_map(cutover::Release::going_on) {
            for (slice, run) in deployment.current_slices() {
                let pool = |id: &PoolId| seen::pool(&world.live, id);
                if let Some(at) = run.agent.as_ref().filter(|_| run.is_running()) {
                    let is_known = pool(&at.pool).agent_of(slice) == Some(&at.agent);
                    ensure!(is_known, "J11: {slice} runs on {}, and its pool does not know", at.agent);
                }
            }
            for (slice, _, id, _) in deployment.waiting_for_agents() {
                let waits = seen::pool(&world.live, id).wanted_by(slice).is_some();
                ensure!(waits, "J11: {slice} is queued, and its pool does not know");
            }
        }
        Ok(())
    }
}

/// E1: whatever runs in a slice is told, and so are those that wait for an agent.
pub(super) fn e1_every_slice_is_told(deployment: &Deployment, told: &Explanation) -> Verdict {
    let mut waiting = deployment.waiting_for_agents();
    if let Some((first, ..)) = waiting.next() {
        let more = waiting.count();
        let is_told = told.now.iter().any(|blocker| match &blocker.kind {
            BlockerKind::Agent(wanted) => wanted.slice == first && wanted.more == more,
            _ => false,
        });
        ensure!(is_told, "E1: {first} and {more} more wait for an agent, and {:?} is told", told.now);
    }
    for (task, _) in deployment.open_tasks() {
        let is_told = told.now.iter().any(|blocker| task_of(&blocker.kind) == Some(task));
        // What is only to be recorded is told once for all.
        let is_settled = told.now.iter().any(|blocker| matches!(blocker.kind, BlockerKind::Settling));
        ensure!(is_told || is_settled, "E1: {task} runs, and {:?} is told", told.now);
    }
    Ok(())
}

const fn task_of(kind: &BlockerKind) -> Option<TaskId> {
    match kind {
        BlockerKind::TaskToBegin { task, .. }
        | BlockerKind::TaskRunning { task, .. }
        | BlockerKind::RetryPause { task, .. }
        | BlockerKind::Intervention { task, .. }
        | BlockerKind::Delay { task, .. } => Some(*task),
        _ => None,
    }
}
