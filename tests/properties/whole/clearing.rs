//! A copy of a state in which what is waited for is cleared, by those who are named (E2).

use std::num::NonZeroU32;
use std::sync::Arc;

use cutover::deployment::InterventionAnswer;
use cutover::freeze::FreezesCommand;
use cutover::transaction::{Command, Progress, Transaction, World};
use cutover::{
    Blocker, BlockerKind, CommandId, CommitId, Context, DeployRequest, DeploymentId, Explanation,
    LocksCommand, Moment, QueueCommand, QueueId, Release, ReleaseCommand, Timestamp,
};

use super::chores::{self, Chore};
use super::explained::{Place, Stuck, step_of};
use crate::invariants::Sample;
use crate::model::Told;
use crate::world::advance;
use crate::{people, seen};

/// More than any stage takes to get where it is to get.
const MOST_STEPS: usize = 80;

#[derive(Clone)]
pub struct Sketch {
    pub(super) live: World,
    pub(super) now: Timestamp,
    commands: u64,
}

impl Sketch {
    pub fn new(live: &World, now: Timestamp) -> Self {
        Self { live: live.clone(), now, commands: 0 }
    }

    pub fn told(&self, (release, stage): Place) -> Result<Explanation, String> {
        seen::told(&self.live, release, stage).ok_or_else(|| "E1: a stage without explanation".to_owned())
    }

    fn release(&self, place: Place) -> Result<&Release, String> {
        seen::release(&self.live, place.0).ok_or_else(|| "a release that is nothing".to_owned())
    }

    /// How often the stage was deployed.
    pub fn attempt(&self, place: Place) -> usize {
        self.release(place).map_or(0, |release| release.attempts(place.1).len())
    }

    pub fn is_over(&self, place: Place) -> bool {
        self.release(place).is_ok_and(|release| release.latest(place.1).is_some_and(|it| it.is_over()))
    }

    /// The latest deployment of the stage.
    pub fn deployment(&self, place: Place) -> Option<&cutover::deployment::Deployment> {
        self.release(place).ok()?.latest(place.1)
    }

    fn latest(&self, place: Place) -> Result<DeploymentId, String> {
        let latest = self.release(place)?.latest(place.1).map(|latest| latest.id);
        latest.ok_or_else(|| format!("{place:?} was not deployed"))
    }

    pub(super) fn give(&mut self, by: &str, command: Command) -> Result<(), String> {
        self.commands += 1;
        let id = format!("sketch {}", self.commands);
        let (id, commit) = (CommandId::new(id.clone()), CommitId::new(id));
        let (id, commit) = (id.expect("a short name"), commit.expect("a short name"));
        let mut context = Context::new(self.now, people::actor(by), id, commit);
        context.groups = people::groups_of(by);
        let said = format!("{by}: {command:?}");
        match advance(&Transaction::new(command, context), &mut self.live) {
            Ok(Progress::Ready(proposal)) => {
                self.now = self.now.max(proposal.commit.header().time);
                proposal.states.iter().for_each(|state| self.live.insert(Arc::clone(state)));
                Ok(())
            }
            Ok(Progress::AlreadySo | Progress::Repeated { .. } | Progress::Needs(_)) => Ok(()),
            Err(refusal) => Err(format!("E2: {said} is refused, {refusal}")),
        }
    }

    fn of_release(&mut self, by: &str, place: Place, command: ReleaseCommand) -> Result<(), String> {
        self.give(by, Command::Release(place.0, command))
    }

    /// What engines do at once: what is due of this release, freezes that are others by now, what one commit could not hold.
    pub fn bring_up_to_now(&mut self, place: Place) -> Result<(), String> {
        for _ in 0..MOST_STEPS {
            let due = self.release(place)?.deadline().filter(|(at, _)| *at <= self.now);
            if let Some((_, deadline)) = due {
                self.give("system", chores::reach(deadline))?;
                continue;
            }
            let at_once = |chore: &Chore| match chore {
                Chore::Look(id) => id.release == place.0,
                Chore::SettleQueue(_) | Chore::SettleLocks | Chore::SettlePool => true,
                Chore::Claim(_)
                | Chore::Report(..)
                | Chore::Sample(..)
                | Chore::Settle(_)
                | Chore::Observe(_) => false,
            };
            let Some(chore) = chores::chores(&self.live, self.now).into_iter().find(at_once) else {
                return Ok(());
            };
            self.give("system", chore.command(Told::Succeeded, 1))?;
        }
        Err("E2: what is to be done at once does not end".to_owned())
    }

    pub(super) fn wait_until(&mut self, place: Place, at: Option<Timestamp>) -> Result<(), Stuck> {
        self.now = self.now.max(at.ok_or(Stuck::Wrong("E2: a moment that never comes".to_owned()))?);
        Ok(self.bring_up_to_now(place)?)
    }

    fn still_waits(&self, place: Place, blocker: &Blocker) -> Result<bool, String> {
        Ok(self.told(place)?.now.iter().any(|now| step_of(&now.kind) == step_of(&blocker.kind)))
    }

    /// What is waited for is cleared, by those who are named.
    pub fn clear(&mut self, place: Place, blocker: &Blocker) -> Result<(), Stuck> {
        let comment = String::new();
        match &blocker.kind {
            BlockerKind::Draft => self.of_release("system", place, ReleaseCommand::Start)?,
            BlockerKind::Abandoned => self.of_release("system", place, ReleaseCommand::Reactivate)?,
            BlockerKind::ManualOnly => self.deploy(place)?,
            BlockerKind::BeyondTarget => {
                let command = ReleaseCommand::DeployUpTo { target: place.1, comment };
                self.of_release("system", place, command)?;
            }
            BlockerKind::Stages(missing) => {
                for (stage, _) in missing {
                    self.bring_to_success((place.0, *stage))?;
                }
            }
            BlockerKind::Moment
            | BlockerKind::Deferred { .. }
            | BlockerKind::Delay { .. }
            | BlockerKind::RetryPause { .. } => self.wait_until(place, blocker.by_itself_at)?,
            BlockerKind::QueuePaused { .. } => {
                let queue = self.queue_of(place)?;
                self.give("ann", Command::Queue(queue, QueueCommand::Resume { comment }))?;
            }
            BlockerKind::Queued { .. } => self.free_a_slot(place)?,
            BlockerKind::Frozen { holds, .. } => {
                for hold in holds {
                    if !self.still_waits(place, blocker)? {
                        return Err(Stuck::Wrong(format!("E2: {place:?} begins, and {hold:?} holds it")));
                    }
                    let (freeze, comment) = (hold.freeze.clone(), comment.clone());
                    self.give("ann", Command::Freezes(FreezesCommand::Lift { freeze, comment }))?;
                    self.bring_up_to_now(place)?;
                }
            }
            BlockerKind::Locks { .. } => self.free_locks(place)?,
            BlockerKind::Approvals { moment, needed, .. } => self.approve(place, *moment, *needed)?,
            BlockerKind::Gates(_) => self.pass_gates(place, blocker)?,
            BlockerKind::TaskToBegin { task, .. } => {
                self.carry_out(place, blocker, |chore| matches!(chore, Chore::Claim(it) if it == task))?;
            }
            BlockerKind::TaskRunning { task, .. } => {
                self.carry_out(place, blocker, |chore| matches!(chore, Chore::Report(it, _) if it == task))?;
            }
            BlockerKind::Settling => {
                let id = self.latest(place)?;
                self.carry_out(place, blocker, |chore| matches!(chore, Chore::Settle(it) if *it == id))?;
            }
            BlockerKind::Agent(wanted) => self.find_an_agent(wanted.slice)?,
            BlockerKind::Intervention { task, .. } => {
                let all = chores::interventions(&self.live);
                let found = all.into_iter().find(|(known, _)| known == task);
                let (_, people) = found.ok_or_else(|| format!("E2: {blocker:?} is asked of nobody"))?;
                let answer = InterventionAnswer::Resume;
                let by = people.first().ok_or(Stuck::CannotBe)?;
                let command = ReleaseCommand::AnswerIntervention { task: *task, answer, comment };
                self.of_release(by, place, command)?;
            }
            other => {
                return Err(Stuck::Wrong(format!("E1: {place:?} waits for {other:?}, which is not here")));
            }
        }
        Ok(())
    }

    /// An engine does what there is to do, unless that has followed from something else that was cleared.
    fn carry_out(
        &mut self,
        place: Place,
        blocker: &Blocker,
        is_meant: impl Fn(&Chore) -> bool,
    ) -> Result<(), String> {
        if !self.still_waits(place, blocker)? {
            return Ok(());
        }
        let chore = chores::chores(&self.live, self.now).into_iter().find(is_meant);
        let chore = chore.ok_or_else(|| format!("E2: no engine has anything to do for {blocker:?}"))?;
        self.give("system", chore.command(Told::Succeeded, 1))
    }

    fn deploy(&mut self, place: Place) -> Result<(), String> {
        self.of_release("system", place, ReleaseCommand::Deploy(DeployRequest::new(place.1)))
    }

    fn queue_of(&self, place: Place) -> Result<QueueId, String> {
        let about = self.release(place)?.about().ok_or("a release that is nothing")?;
        Ok(QueueId { pipeline: about.pipeline, stage: place.1 })
    }

    /// As many more as are needed, and not one fewer.
    fn approve(&mut self, place: Place, moment: Moment, needed: usize) -> Result<(), Stuck> {
        for more in 0..needed {
            let id = self.latest(place)?;
            let open = chores::open_approvals(&self.live).into_iter();
            let mut open =
                open.filter(|(approval, _)| approval.deployment == id && approval.moment == moment);
            let found = open.find_map(|(approval, asked)| {
                let (_, may) = chores::approvers(&self.live, approval, &asked);
                Some((approval, *may.first()?))
            });
            let Some((approval, by)) = found else {
                // All that were asked at the same time have approved, and it goes on, or nobody is left who may.
                let is_early = more > 0 && chores::open_approvals(&self.live).is_empty();
                return if is_early { Ok(()) } else { Err(Stuck::CannotBe) };
            };
            self.give(by, chores::answer(approval, true, None))?;
        }
        Ok(())
    }

    /// Samples in which all succeed, at their times, until they pass or their time is over.
    fn pass_gates(&mut self, place: Place, blocker: &Blocker) -> Result<(), Stuck> {
        let mut counted: Option<(u32, u32, u32)> = None;
        for _ in 0..MOST_STEPS {
            if !self.still_waits(place, blocker)? {
                return Ok(());
            }
            let id = self.latest(place)?;
            let found = chores::found(&self.live, id).and_then(|(_, it)| it.sampling_gates());
            let (moment, run) = found.ok_or_else(|| format!("E2: {blocker:?} without gates"))?;
            let run = run.clone();
            let taken = counted.map(|(_, _, latest)| latest);
            let due = run.sample_due(self.now).filter(|due| taken.is_none_or(|taken| taken < due.0));
            let Some(due) = due else {
                self.wait_until(place, run.next_moment(self.now))?;
                continue;
            };
            let answers = run.gates().iter().map(|gate| (*gate, true)).collect();
            let given = Sample { deployment: id, moment, number: due.0, answers };
            let before = run.last().map(|last| last.sample.0);
            self.give("system", chores::sample(&run, &given, counted))?;
            let after = chores::found(&self.live, id).and_then(|(_, it)| it.gates.get(&moment));
            let recorded = after.and_then(|run| run.last()).map(|last| last.sample.0);
            counted = match (recorded == before, before) {
                (true, Some(before)) => Some((before, counted.map_or(1, |(_, count, _)| count + 1), due.0)),
                _ => None,
            };
        }
        Err(Stuck::Wrong(format!("E2: gates that always succeed never pass: {blocker:?}")))
    }

    /// Those before it wait no longer, and those that hold a slot are over.
    fn free_a_slot(&mut self, place: Place) -> Result<(), Stuck> {
        let id = self.latest(place)?;
        let queue = seen::queue(&self.live, self.queue_of(place)?).cloned().unwrap_or_default();
        let ahead = queue.position_of(id).unwrap_or_default();
        let ahead: Vec<_> = queue.waiting().take(ahead).map(|(id, _)| id).collect();
        let holders: Vec<_> = queue.holders().map(|(id, _)| id).collect();
        for other in ahead.into_iter().chain(holders) {
            self.end(other)?;
        }
        Ok(())
    }

    /// Those who hold what it wants or came before it are over, and what is not there is there.
    fn free_locks(&mut self, place: Place) -> Result<(), Stuck> {
        let id = self.latest(place)?;
        let locks = seen::locks(&self.live);
        let wanted = locks.wanted_by(id).ok_or_else(|| format!("Q8: {id} waits for no group"))?;
        let missing = wanted.groups.iter().filter(|group| locks.capacity_of(group).is_none());
        for group in missing.cloned().collect::<Vec<_>>() {
            let capacity = NonZeroU32::MIN;
            self.give("ann", Command::Locks(LocksCommand::Define { group, capacity }))?;
        }
        // One that a freeze holds by now declines what it is granted, and whoever comes next is granted it in a further commit.
        self.bring_up_to_now(place)?;
        for _ in 0..MOST_STEPS {
            let locks = seen::locks(&self.live);
            let Some(wanted) = locks.wanted_by(id) else { return Ok(()) };
            let held = wanted.groups.iter().flat_map(|group| locks.holders_of(group));
            let Some(other) = locks.ahead_of(id).into_iter().chain(held).next() else { return Ok(()) };
            self.end(other)?;
            self.bring_up_to_now(place)?;
        }
        Ok(())
    }

    /// A deployment is cancelled, and what runs of it ends.
    fn end(&mut self, id: DeploymentId) -> Result<(), Stuck> {
        let place = (id.release, id.stage);
        let has_ended = |sketch: &Self| chores::found(&sketch.live, id).is_none_or(|(_, it)| it.is_over());
        if has_ended(self) {
            return Ok(());
        }
        self.bring_up_to_now(place)?;
        if !has_ended(self) {
            let command = ReleaseCommand::Cancel { stage: id.stage, comment: String::new() };
            self.of_release("system", place, command)?;
        }
        for _ in 0..MOST_STEPS {
            if has_ended(self) {
                return Ok(());
            }
            self.clear_all(place)?;
        }
        Err(Stuck::Wrong(format!("D4: {id} was cancelled, and is not over")))
    }

    fn clear_all(&mut self, place: Place) -> Result<(), Stuck> {
        self.bring_up_to_now(place)?;
        for blocker in self.told(place)?.now {
            self.clear(place, &blocker)?;
        }
        Ok(())
    }

    fn bring_to_success(&mut self, place: Place) -> Result<(), Stuck> {
        for _ in 0..MOST_STEPS {
            self.bring_up_to_now(place)?;
            // What was deployed to new targets only makes no difference (D6).
            let stands = self.release(place)?.status_as_a_whole(place.1);
            if stands == cutover::status::StageStatus::Succeeded && self.is_over(place) {
                return Ok(());
            }
            if self.is_over(place) {
                if self.attempt(place) > 10 {
                    // Its jobs fail whatever is done.
                    return Err(Stuck::CannotBe);
                }
                self.deploy(place)?;
            }
            self.clear_all(place)?;
        }
        Err(Stuck::CannotBe)
    }
}
