use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta};
use cutover::{EngineId, Timestamp};
use cutover_store_memory::MemoryStore;

use super::chance::Chance;
use super::checkers::Checker;
use super::engines::{Host, Slot};
use super::executor::Executor;
use super::gates::{GateAnswers, Probing};
use super::machines::Machines;
use super::people::People;
use super::record::Record;
use super::store::FailingStore;
use super::{Dice, Faults, Nobody, RandomGates, RandomTasks, Simulation, Tasks};
use crate::{ManualClock, limits};

/// Puts a simulation together.
pub struct Builder {
    seed: u64,
    start: Timestamp,
    engines: usize,
    tasks_at_once: usize,
    faults: Faults,
    tasks: Box<dyn Tasks>,
    people: Arc<dyn People>,
    gates: Arc<dyn GateAnswers>,
    checkers: Vec<Box<dyn Checker>>,
    is_checked: bool,
}

impl Builder {
    pub(super) fn of(seed: u64) -> Self {
        Self {
            seed,
            // A Monday.
            start: DateTime::UNIX_EPOCH + TimeDelta::days(20_003),
            engines: 1,
            tasks_at_once: limits::TASKS_AT_ONCE,
            faults: Faults::none(),
            tasks: Box::new(RandomTasks::lasting(TimeDelta::minutes(5))),
            people: Arc::new(Nobody),
            gates: Arc::new(RandomGates::failing(0.0)),
            checkers: Vec::new(),
            is_checked: true,
        }
    }

    /// When it begins. Without it: Monday, 7 October 2024, at midnight (UTC).
    #[must_use]
    pub const fn starting_at(mut self, start: Timestamp) -> Self {
        self.start = start;
        self
    }

    /// How many engines work on the store, each under a name of its own; one if nothing is said. Only several meet each other in
    /// conflicts often.
    #[must_use]
    pub const fn engines(mut self, engines: NonZeroUsize) -> Self {
        self.engines = engines.get();
        self
    }

    /// How many tasks an engine runs at once; 64 if nothing is said.
    #[must_use]
    pub const fn tasks_at_once(mut self, tasks: NonZeroUsize) -> Self {
        self.tasks_at_once = tasks.get();
        self
    }

    /// What goes wrong. Without it: nothing.
    #[must_use]
    pub fn faults(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }

    /// What becomes of tasks. Without it they take about five minutes, and succeed.
    #[must_use]
    pub fn tasks(mut self, tasks: impl Tasks) -> Self {
        self.tasks = Box::new(tasks);
        self
    }

    /// Who answers approvals and interventions. Without it: [`Nobody`].
    #[must_use]
    pub fn people(mut self, people: impl People) -> Self {
        self.people = Arc::new(people);
        self
    }

    /// What gates answer. Without it all succeed.
    #[must_use]
    pub fn gates(mut self, gates: impl GateAnswers) -> Self {
        self.gates = Arc::new(gates);
        self
    }

    /// Has something further checked, with each commit.
    #[must_use]
    pub fn check(mut self, checker: impl Checker) -> Self {
        self.checkers.push(Box::new(checker));
        self
    }

    /// Leaves out the invariants and explanations, and checks only that nothing that was acknowledged is lost: for those who
    /// want the numbers of long histories, and trust the engine.
    #[must_use]
    pub const fn unchecked(mut self) -> Self {
        self.is_checked = false;
        self
    }

    /// The simulation, at its beginning: an empty store, and engines that are about to begin.
    pub fn begin(self) -> Simulation {
        let mut dice = Dice::of(self.seed);
        let clock = ManualClock::at(self.start);
        let chance = Chance::new(clock.clone(), dice.split(), self.faults);
        let store = Arc::new(MemoryStore::new());
        let slots = (1..=self.engines).filter_map(|number| {
            let name = EngineId::new(format!("engine-{number}")).ok()?;
            Some(Slot::new(name, self.start))
        });
        let probing = Probing { answers: self.gates, dice: Arc::new(Mutex::new(dice.split())), clock };
        let host = Host {
            store: FailingStore::new(Arc::clone(&store), chance.clone()),
            machines: Machines::new(self.tasks, chance.clone(), dice.split()),
            chance,
            probing,
            people: self.people,
            tasks_at_once: NonZeroUsize::new(self.tasks_at_once).unwrap_or(NonZeroUsize::MIN),
            lives: 0,
        };
        let record = Record::of(Arc::clone(&store), self.checkers, self.is_checked);
        Simulation::new(self.seed, dice, store, host, slots.collect(), Executor::default(), record)
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("seed", &self.seed).finish_non_exhaustive()
    }
}
