//! What a slice of a job waits for that waits for an agent (J11).

use std::collections::{BTreeMap, BTreeSet};

use super::{Blocker, BlockerKind, Clearer, Nature, ServingAgent, WantedAgent};
use crate::deployment::Deployment;
use crate::permission::Permission;
use crate::{Pool, PoolId, SliceId};

/// Cleared by those who run on the agents that could serve it, and those who came before it; by whoever administers agents where one
/// is disabled, or there is none.
pub(super) fn blocker(
    deployment: &Deployment,
    slice: SliceId,
    number: Option<u64>,
    pools: &BTreeMap<PoolId, Pool>,
) -> Option<Blocker> {
    let (_, since, id, demands) = deployment.waiting_for_agents().find(|(waiting, ..)| *waiting == slice)?;
    let none = Pool::default();
    let pool = pools.get(id).unwrap_or(&none);
    let serving = pool.agents_for(demands).map(|(agent, known)| ServingAgent {
        agent: agent.clone(),
        runs: known.runs.map(|runs| runs.slice),
        disabled: known.disabled.as_ref().map(|disabled| disabled.reason.clone()),
    });
    let wanted = WantedAgent {
        slice,
        number,
        pool: id.clone(),
        demands: demands.to_vec(),
        serving: serving.collect(),
        ahead: pool.ahead_of(slice),
    };
    Some(Blocker {
        cleared_by: cleared_by(&wanted, pool).into_iter().collect(),
        kind: BlockerKind::Agent(wanted),
        since: Some(since),
        by_itself_at: None,
        nature: Nature::Clearable,
    })
}

fn cleared_by(wanted: &WantedAgent, pool: &Pool) -> BTreeSet<Clearer> {
    let running = wanted.serving.iter().filter_map(|agent| agent.runs);
    let others = running.chain(wanted.ahead.iter().copied());
    let mut cleared_by: BTreeSet<_> = others.map(|slice| Clearer::Deployment(slice.deployment())).collect();
    if wanted.serving.is_empty() || wanted.serving.iter().any(|agent| agent.disabled.is_some()) {
        cleared_by.insert(Clearer::Holder(Permission::ManageQueues));
    }
    if pool.has_pending_work() {
        cleared_by.insert(Clearer::Engine);
    }
    cleared_by
}
