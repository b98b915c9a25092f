//! The loop: futures have their turns until none was woken, then time goes on to the next moment that anybody waits for, and something may go
//! wrong.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::TimeDelta;
use cutover::Timestamp;

use super::engines::Slot;
use super::{FaultKind, Simulation};

/// Turns at one moment. Who needs more goes round in a circle.
const MOST_TURNS: u64 = 1_000_000;

/// How far a clock is set forward or back at most, how long a store is down, and how long an engine that is shut down awaits its tasks.
const CLOCK_STEP: TimeDelta = TimeDelta::hours(2);
const STORE_DOWN: TimeDelta = TimeDelta::minutes(2);
const SHUT_DOWN: std::time::Duration = std::time::Duration::from_mins(3);

impl Simulation {
    /// Goes on until then, or until it is enough at a quiet moment. Says whether it was.
    pub(super) fn go_until(
        &mut self,
        until: Timestamp,
        is_enough: impl Fn(&Self) -> bool,
    ) -> Result<bool, String> {
        loop {
            self.until_quiet()?;
            self.expect_watched()?;
            if is_enough(self) {
                return Ok(true);
            }
            let Some(next) = self.next_moment().filter(|next| *next <= until) else {
                self.host.chance.clock.set(until.max(self.now()));
                self.until_quiet()?;
                self.expect_watched()?;
                return Ok(is_enough(self));
            };
            self.host.chance.clock.set(next);
            self.strike();
        }
    }

    /// Whether engines watch what they claimed, at a quiet moment of a time in which nothing goes wrong.
    fn expect_watched(&mut self) -> Result<(), String> {
        let Some(calm) = self.calm_since else { return Ok(()) };
        let (now, machines) = (self.now(), &self.host.machines);
        self.record.watched.check((calm, now), &self.record.world, |task| machines.stands(task))
    }

    /// Whoever was woken has turns, one at a time, until nobody was.
    pub(super) fn until_quiet(&mut self) -> Result<(), String> {
        for _ in 0..MOST_TURNS {
            let is_begun = self.begin_what_is_due();
            if !self.turn()? && !is_begun && !self.people_look() {
                return Ok(());
            }
        }
        Err(format!("{MOST_TURNS} turns at one moment: it goes round in a circle"))
    }

    /// Has one future polled, and looks at what came of it. False if none was woken.
    fn turn(&mut self) -> Result<bool, String> {
        let polled = catch_unwind(AssertUnwindSafe(|| self.executor.poll_one(&mut self.dice)));
        let polled = polled.map_err(|panic| format!("a panic: {}", words_of(&*panic)))?;
        if !polled {
            return Ok(false);
        }
        if self.host.store.is_written() {
            let chance = &self.host.chance;
            self.record.catch_up(|what| chance.note(what))?;
        }
        self.hear_answers()?;
        for place in 0..self.slots.len() {
            let is_alive = self.slots[place].is_away_until().is_none();
            if is_alive && self.host.chance.strikes(FaultKind::Crash) {
                self.host.chance.count(FaultKind::Crash);
                self.crash(place);
            } else if self.slots[place].look(&self.host, &mut self.executor, &mut self.dice)? {
                self.ask_anew(place);
            }
        }
        match self.host.machines.begun_twice() {
            None => Ok(true),
            Some(task) => Err(format!("J6: {task} is begun a second time")),
        }
    }

    /// Ends an engine where it stands; what its callers asked for they ask again.
    pub(super) fn crash(&mut self, place: usize) {
        self.host.chance.note(&format!("crash: life {}", self.slots[place].life.0));
        self.slots[place].end(&self.host, &mut self.executor, &mut self.dice);
        self.ask_anew(place);
    }

    /// The first moment that anybody waits for.
    pub(super) fn next_moment(&self) -> Option<Timestamp> {
        let now = self.now();
        let asked = self.waiting.range((now, usize::MAX)..).next().map(|(at, _)| *at);
        let back = self.slots.iter().filter_map(Slot::is_away_until);
        let waits = self.host.chance.clock.next_alarm().into_iter().chain(asked).chain(back);
        // What is due and could not be done waits for something else.
        waits.filter(|at| *at > now).min()
    }

    /// Whatever may go wrong between two moments.
    fn strike(&mut self) {
        let now = self.now();
        let chance = self.host.chance.clone();
        let step = self.dice.between(TimeDelta::milliseconds(1), CLOCK_STEP);
        if chance.strikes(FaultKind::ClockForward) {
            chance.count(FaultKind::ClockForward);
            chance.clock.set(now + step);
            chance.note("clock forward");
        } else if chance.strikes(FaultKind::ClockBack) {
            chance.count(FaultKind::ClockBack);
            chance.clock.set(now - step);
            chance.note("clock back");
        }
        if chance.strikes(FaultKind::StoreDown) {
            chance.count(FaultKind::StoreDown);
            let until = self.now() + self.dice.between(TimeDelta::milliseconds(1), STORE_DOWN);
            self.host.store.goes_down(Some(until));
            chance.note(&format!("store down until {until}"));
        }
        if chance.strikes(FaultKind::TaskLost) && self.host.machines.lose_one() {
            chance.count(FaultKind::TaskLost);
        }
        for slot in &self.slots {
            if chance.strikes(FaultKind::Dropped) && self.executor.drop_one_beside(slot.life, &mut self.dice)
            {
                chance.count(FaultKind::Dropped);
                chance.note("dropped: what ran beside an engine");
            }
            if let Some(engine) = slot.engine().filter(|_| chance.strikes(FaultKind::Restart)) {
                chance.count(FaultKind::Restart);
                chance.note(&format!("restart: life {}", slot.life.0));
                engine.shut_down(SHUT_DOWN);
            }
        }
    }
}

/// What a panic said.
fn words_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("it did not say why")
}
