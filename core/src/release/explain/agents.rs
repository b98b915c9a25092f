//! What slices of a job wait for that wait for an agent (J11).

use std::collections::{BTreeMap, BTreeSet};

use super::{Blocker, BlockerKind, Clearer, Nature, ServingAgent, WantedAgent};
use crate::deployment::Deployment;
use crate::limits::WAITED_FOR_TOLD;
use crate::permission::Permission;
use crate::{Pool, PoolId, SliceId};

/// One for all of them, since they wait for the same: the first, with its name, and how many more there are. Cleared by those who run on the agents that could serve them, and those who came
/// before; by whoever administers agents where one is disabled, or there is none.
pub(super) fn blocker(
    deployment: &Deployment,
    (slice, name): (SliceId, Option<String>),
    more: usize,
    pools: &BTreeMap<PoolId, Pool>,
) -> Option<Blocker> {
    let (_, since, id, demands) = deployment.waiting_for_agents().find(|(waits, ..)| *waits == slice)?;
    let none = Pool::default();
    let pool = pools.get(id).unwrap_or(&none);
    let serving = pool.agents_for(demands).take(WAITED_FOR_TOLD).map(|(agent, known)| ServingAgent {
        agent: agent.clone(),
        runs: known.runs.map(|runs| runs.slice),
        disabled: known.disabled.as_ref().map(|disabled| disabled.reason.clone()),
    });
    let mut ahead = pool.ahead_of(slice);
    let ahead_count = ahead.len();
    ahead.truncate(WAITED_FOR_TOLD);
    let wanted = WantedAgent {
        slice,
        name,
        more,
        pool: id.clone(),
        demands: demands.to_vec(),
        serving: serving.collect(),
        serving_count: pool.agents_for(demands).count(),
        ahead,
        ahead_count,
    };
    let by_itself_at = deployment.slice(slice)?.waits_until();
    Some(Blocker {
        cleared_by: cleared_by(&wanted, pool).into_iter().collect(),
        kind: BlockerKind::Agent(wanted),
        since: Some(since),
        by_itself_at,
        nature: if by_itself_at.is_some() { Nature::Timed } else { Nature::Clearable },
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
