//! A slice of a job that waits for an agent, in a copy of a state: it gets one by what goes on elsewhere (E2, J11).

use std::collections::BTreeSet;

use cutover::deployment::TaskRun;
use cutover::transaction::Command;
use cutover::{PoolCommand, SliceId, Timestamp};

use super::chores::{self, Chore};
use super::clearing::Sketch;
use super::explained::Stuck;
use super::machines::{self, pool_id};
use crate::model::Told;
use crate::seen;

/// More than all slices take that run on the agents, and all that came before one that waits.
const MOST_STEPS_OF_OTHERS: usize = 1_000;

impl Sketch {
    /// What runs on the agents that could serve it ends, and so does what came before it; or somebody adds one, or lets one go on.
    pub(super) fn find_an_agent(&mut self, slice: SliceId) -> Result<(), Stuck> {
        for _ in 0..MOST_STEPS_OF_OTHERS {
            let pool = seen::pool(&self.live, &pool_id());
            let Some(wanted) = pool.wanted_by(slice) else { return Ok(()) };
            let serving: Vec<_> = pool.agents_for(&wanted.demands).collect();
            let is_disabled = |(_, agent): &&(_, &cutover::Agent)| agent.disabled.is_some();
            let disabled: BTreeSet<_> =
                serving.iter().filter(is_disabled).map(|(id, _)| (*id).clone()).collect();
            if serving.is_empty() {
                let save = machines::what_is_missing(&self.live);
                let save = save.ok_or_else(|| format!("J11: {slice} waits, and nothing is missing"))?;
                self.give("ann", save)?;
            } else if !disabled.is_empty() {
                self.give("ann", Command::Pool(pool_id(), PoolCommand::Enable { agents: disabled }))?;
            } else if pool.has_pending_work() {
                self.give("system", Chore::SettlePool.command(Told::Succeeded, 1))?;
            } else {
                let runs = serving.iter().find_map(|(_, agent)| agent.runs);
                let runs = runs.ok_or_else(|| format!("J11: {slice} waits, and an agent is free"))?;
                self.go_on_with(runs.slice)?;
            }
        }
        Err(Stuck::Wrong(format!("J11: {slice} never gets an agent")))
    }

    /// A slice of a job takes its next step.
    fn go_on_with(&mut self, slice: SliceId) -> Result<(), Stuck> {
        let id = slice.deployment();
        let place = (id.release, id.stage);
        self.bring_up_to_now(place)?;
        let is_of = |chore: &Chore| match chore {
            Chore::Claim(task) | Chore::Report(task, _) => task.slice() == slice,
            Chore::Settle(of) => *of == id,
            Chore::Sample(..)
            | Chore::Look(_)
            | Chore::SettleQueue(_)
            | Chore::SettleLocks
            | Chore::SettlePool
            | Chore::Observe(_) => false,
        };
        if let Some(chore) = chores::chores(&self.live, self.now).into_iter().find(is_of) {
            return Ok(self.give("system", chore.command(Told::Succeeded, 1))?);
        }
        // It pauses before it is tried again, or it has ended meanwhile.
        let pause = self.pause_of(slice);
        match pause {
            Some(until) => self.wait_until(place, Some(until)),
            None => Ok(()),
        }
    }
    fn pause_of(&self, slice: SliceId) -> Option<Timestamp> {
        let (_, deployment) = chores::found(&self.live, slice.deployment())?;
        deployment.open_tasks().find_map(|(task, run)| match run {
            TaskRun::Pausing { until, .. } if task.slice() == slice => Some(*until),
            _ => None,
        })
    }
}
