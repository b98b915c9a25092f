//! The end of each case: whoever is asked says yes, every task succeeds, freezes are lifted, queues go on, agents are there, and time
//! passes. Then everything that can end has ended (I14), and every stream folds again from its first event (I15).

use cutover::deployment::InterventionAnswer;
use cutover::freeze::FreezesCommand;
use cutover::transaction::Command;
use cutover::{LocksCommand, QueueCommand, Release, ReleaseCommand, ReleaseState};

use super::plan::GROUPS;
use super::{Whole, chores, lock_group, machines};
use crate::ending::all_is_empty_and_folds_again;
use crate::model::Told;
use crate::seen;

/// More than any case needs.
const MOST_COMMANDS: usize = 6_000;

pub(super) fn bring_to_an_end(whole: &mut Whole) {
    for _ in 0..MOST_COMMANDS {
        match whole.end_a_little() {
            Ok(true) => {}
            Ok(false) => {
                return whole.everything_has_ended().unwrap_or_else(|what| whole.fail(&what));
            }
            Err(what) => whole.fail(&what),
        }
    }
    whole.fail("I14: it does not come to an end");
}

impl Whole {
    /// One thing more; none when there is none.
    fn end_a_little(&mut self) -> Result<bool, String> {
        let comment = String::new();
        self.now = self.time();
        let deadline = chores::deadlines(&self.world.live).into_iter().next();
        if let Some((_, deadline)) = deadline.filter(|(at, _)| *at <= self.now) {
            return self.ring(deadline).map(|()| true);
        }
        if let Some((freeze, _)) = self.world.freezes().iter().find(|(_, freeze)| !freeze.is_over(self.now)) {
            let command = FreezesCommand::Lift { freeze: freeze.clone(), comment };
            return self.ask("ann", Command::Freezes(command)).map(|_| true);
        }
        let paused = self.world.queues().find(|(_, queue)| queue.paused().is_some()).map(|(id, _)| id);
        if let Some(id) = paused {
            let command = Command::Queue(id, QueueCommand::Resume { comment });
            return self.ask("ann", command).map(|_| true);
        }
        let locks = self.world.locks();
        if let Some(group) = GROUPS.into_iter().map(lock_group).find(|it| locks.capacity_of(it).is_none()) {
            let capacity = std::num::NonZeroU32::MIN;
            return self.ask("ann", Command::Locks(LocksCommand::Define { group, capacity })).map(|_| true);
        }
        if let Some(command) = machines::what_is_missing(&self.world.live) {
            return self.ask("ann", command).map(|_| true);
        }
        if let Some(chore) = chores::chores(&self.world.live, self.now).into_iter().next() {
            return self.go_on(&chore, Told::Succeeded, 0b0101, 1).map(|()| true);
        }
        let draft = self.world.releases().find(|it| it.state() == ReleaseState::Draft);
        if let Some(id) = draft.and_then(Release::about).map(|about| about.id) {
            let command = Command::Release(id, ReleaseCommand::Start);
            return self.ask("ann", command).map(|_| true);
        }
        for (id, asked) in chores::open_approvals(&self.world.live) {
            if let Some(by) = chores::approvers(&self.world.live, id, &asked).1.first() {
                return self.ask(by, chores::answer(id, true, None)).map(|_| true);
            }
        }
        if let Some((task, people)) = chores::interventions(&self.world.live).into_iter().next() {
            let answer = InterventionAnswer::Resume;
            let command = ReleaseCommand::AnswerIntervention { task, answer, comment };
            return self.ask(people[0], Command::Release(task.deployment().release, command)).map(|_| true);
        }
        // Nobody may answer what is left, or a moment is waited for.
        let Some((at, deadline)) = deadline else { return Ok(false) };
        self.now = at;
        self.ring(deadline).map(|()| true)
    }

    fn everything_has_ended(&self) -> Result<(), String> {
        if let Some(deployment) = chores::going_on(&self.world.live).first() {
            return Err(format!("I14: {} never ends: {:?}", deployment.id, deployment.phase));
        }
        let pool = seen::pool(&self.world.live, &machines::pool_id());
        if pool.running().next().is_some() || pool.waiting().next().is_some() {
            return Err(format!("J11: nothing goes on, and the pool is {pool:?}"));
        }
        all_is_empty_and_folds_again(&self.world)
    }
}
