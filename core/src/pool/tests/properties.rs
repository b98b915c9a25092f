//! The same beside a model that keeps nothing but the agents and the requests in their order.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Granted, NOBODY, agent, ask, defined, disable, enable, free, give, save};
use crate::pool::{Pool, PoolCommand};

/// What happens to a pool, in which capabilities are the bits of a number.
#[derive(Debug, Clone)]
enum Move {
    Ask(u8),
    /// Of all that run or wait, the one at this place.
    Free(prop::sample::Index),
    Save(u8, u8),
    Enable(u8),
    Disable(u8),
    Remove(u8),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let few =
        prop_oneof![3 => Just(0_u8), 2 => Just(1), 2 => Just(2), 1 => Just(4), 1 => Just(3), 1 => Just(6)];
    let one = prop_oneof![
        6 => few.clone().prop_map(Move::Ask),
        4 => any::<prop::sample::Index>().prop_map(Move::Free),
        3 => (0_u8..4, few).prop_map(|(agent, offers)| Move::Save(agent, offers)),
        1 => (0_u8..4).prop_map(Move::Enable),
        1 => (0_u8..4).prop_map(Move::Disable),
        1 => (0_u8..4).prop_map(Move::Remove),
    ];
    prop::collection::vec(one, 1..60)
}

/// An agent of the model.
#[derive(Debug, Clone, Copy, Default)]
struct ModelAgent {
    offers: u8,
    is_disabled: bool,
    runs: Option<u64>,
}

/// The agents by their numbers, and every request that was not freed, in the order of arrival.
#[derive(Debug, Default)]
struct Model {
    agents: BTreeMap<u8, ModelAgent>,
    requests: Vec<(u64, u8)>,
}

impl Model {
    fn waits(&self, release: u64) -> bool {
        self.agents.values().all(|agent| agent.runs != Some(release))
    }

    /// Who would be given this agent: the first one that waits and can use it.
    fn next_for(&self, number: u8) -> Option<u64> {
        let agent = self.agents.get(&number).filter(|agent| !agent.is_disabled && agent.runs.is_none())?;
        let can_use = |(release, wants): &&(u64, u8)| self.waits(*release) && wants & agent.offers == *wants;
        self.requests.iter().find(can_use).map(|(release, _)| *release)
    }

    fn grant(&mut self, granted: Granted) {
        for (release, agent) in granted {
            let number = agent.strip_prefix('a').and_then(|number| number.parse().ok()).expect("an agent");
            let first = self.next_for(number);
            assert_eq!(first, Some(release), "agent {number} went to another than the first: {self:?}");
            self.agents.get_mut(&number).expect("it is there").runs = Some(release);
        }
    }

    fn free(&mut self, release: u64) {
        self.requests.retain(|(it, _)| *it != release);
        for agent in self.agents.values_mut().filter(|agent| agent.runs == Some(release)) {
            agent.runs = None;
        }
    }
}

const BITS: [&str; 3] = ["x", "y", "z"];

fn bits(number: u8) -> Vec<&'static str> {
    (0..3).filter(|bit| number & (1 << bit) != 0).map(|bit| BITS[bit]).collect()
}

fn carry_out(pool: &mut Pool, model: &mut Model, release: u64, each: &Move) -> Granted {
    let name = |number: &u8| format!("a{number}");
    match each {
        Move::Ask(wants) => {
            model.requests.push((release, *wants));
            ask(pool, release, &bits(*wants))
        }
        Move::Free(_) if model.requests.is_empty() => NOBODY,
        Move::Free(place) => {
            let (freed, _) = model.requests[place.index(model.requests.len())];
            model.free(freed);
            free(pool, freed)
        }
        Move::Save(number, offers) => {
            model.agents.entry(*number).or_default().offers = *offers;
            let offers: Vec<_> = bits(*offers).into_iter().map(|bit| (bit, "")).collect();
            save(pool, &name(number), &offers)
        }
        Move::Enable(number) | Move::Disable(number) if !model.agents.contains_key(number) => NOBODY,
        Move::Enable(number) => {
            model.agents.get_mut(number).expect("it is there").is_disabled = false;
            enable(pool, &name(number))
        }
        Move::Disable(number) => {
            model.agents.get_mut(number).expect("it is there").is_disabled = true;
            disable(pool, &name(number))
        }
        Move::Remove(number) => {
            let is_in_use = model.agents.get(number).is_some_and(|agent| agent.runs.is_some());
            let removed = give(pool, &PoolCommand::RemoveAgent { agent: agent(&name(number)) });
            assert_eq!(removed.is_err(), is_in_use);
            if !is_in_use {
                model.agents.remove(number);
            }
            NOBODY
        }
    }
}

proptest! {
    /// Each agent goes to the first one that waits and can use it, no agent that somebody could use is left free, and in the end
    /// everybody has run for whom there is an agent.
    #[test]
    fn grants_are_those_of_the_model(moves in moves()) {
        let (mut pool, mut model) = (defined(), Model::default());
        for (release, each) in (1_u64..).zip(moves) {
            let granted = carry_out(&mut pool, &mut model, release, &each);
            model.grant(granted);
            for number in 0..4 {
                prop_assert_eq!(model.next_for(number), None, "agent {} is free: {:?}", number, model);
            }
        }
        let numbers: Vec<u8> = model.agents.keys().copied().collect();
        for number in numbers {
            let granted = carry_out(&mut pool, &mut model, 0, &Move::Enable(number));
            model.grant(granted);
        }
        while let Some(runs) = model.agents.values().find_map(|agent| agent.runs) {
            model.free(runs);
            let granted = free(&mut pool, runs);
            model.grant(granted);
        }
        let offers: Vec<u8> = model.agents.values().map(|agent| agent.offers).collect();
        for (release, wants) in &model.requests {
            let could_run = offers.iter().any(|offers| wants & offers == *wants);
            prop_assert!(!could_run, "{} is never granted anything: {:?}", release, model);
        }
        prop_assert_eq!(pool.waiting().len(), model.requests.len());
        prop_assert_eq!(pool.running().count(), 0);
    }
}
