//! Who is granted which agent next (J11).

use std::collections::{BTreeMap, BTreeSet};

use super::{Agent, Demand, Pool};
use crate::{AgentId, SliceId, fold};

/// The capability that every agent has: its own id.
const AGENT_NAME: &str = "agent.name";

impl Pool {
    /// The first slice, in the order of arrival, for which there is a free agent that meets all its demands; and of these agents the one
    /// with the fewest capabilities, so that those that offer more are left for who needs them.
    ///
    /// An agent is thus never given to a slice while an earlier one waits that could run on it. Who waits is passed over only by those
    /// that take an agent which could not serve it, and which therefore keep nothing away from it.
    pub(super) fn next(&self) -> Option<(SliceId, AgentId)> {
        let mut free: Vec<_> = self.agents().filter(|(_, agent)| agent.is_free()).collect();
        free.sort_by_key(|(_, agent)| agent.capabilities.iter().len());
        if free.is_empty() {
            return None;
        }
        // Many wait for the same: what no free agent meets is looked for once.
        let mut unmet: BTreeSet<&[Demand]> = BTreeSet::new();
        for wanted in &self.waiting {
            let demands = &*wanted.demands;
            if unmet.contains(demands) {
                continue;
            }
            if let Some((id, _)) = free.iter().find(|(id, agent)| meets(id, agent, demands)) {
                return Some((wanted.slice, (*id).clone()));
            }
            unmet.insert(demands);
        }
        None
    }

    /// Whether there is more to grant than one commit could hold: the engine then asks to settle it.
    pub fn has_pending_work(&self) -> bool {
        self.next().is_some()
    }

    /// The agents that meet all these demands, whether they are free or not.
    pub fn agents_for<'a>(&'a self, demands: &'a [Demand]) -> impl Iterator<Item = (&'a AgentId, &'a Agent)> {
        self.agents().filter(|(id, agent)| meets(id, agent, demands))
    }

    /// The slices that came before this one and wait, too, for some agent that could serve it: they go first there.
    pub fn ahead_of(&self, slice: SliceId) -> Vec<SliceId> {
        let Some(own) = self.wanted_by(slice) else { return Vec::new() };
        let serving: Vec<_> = self.agents_for(&own.demands).collect();
        // Many wait for the same: whether one of these agents meets it is looked for once.
        let mut known: BTreeMap<&[Demand], bool> = BTreeMap::new();
        let mut rivals = Vec::new();
        for wanted in self.waiting.iter().take_while(|wanted| wanted.slice != slice) {
            let is_met = || serving.iter().any(|(id, agent)| meets(id, agent, &wanted.demands));
            if *known.entry(&wanted.demands).or_insert_with(is_met) {
                rivals.push(wanted.slice);
            }
        }
        rivals
    }
}

fn meets(id: &AgentId, agent: &Agent, demands: &[Demand]) -> bool {
    let value = |name: &str| {
        if fold(name) == AGENT_NAME { Some(id.as_str()) } else { agent.capabilities.get(name) }
    };
    demands.iter().all(|demand| demand.is_met_by(value(demand.name())))
}
