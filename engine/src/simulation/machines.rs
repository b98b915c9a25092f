//! The machines that tasks run on. They are no part of any engine: what runs on them runs on when an engine crashes, and is found again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use cutover::deployment::Report;
use cutover::{TaskId, TaskOrder, Timestamp};
use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::select_all;

use super::chance::Chance;
use super::checkers::Standing;
use super::{Course, Dice, FaultKind, Tasks};
use crate::{Clock, Found, StillRunning, TaskControl, TaskRunner, Urgency};

/// Runs tasks in virtual time. Clones are the same machines.
#[derive(Clone)]
pub(super) struct Machines(Arc<Park>);

struct Park {
    tasks: Box<dyn Tasks>,
    chance: Chance,
    state: Mutex<State>,
}

struct State {
    dice: Dice,
    machines: BTreeMap<TaskId, Machine>,
    /// One that was begun a second time.
    twice: Option<TaskId>,
}

/// One task, from its beginning on for ever.
struct Machine {
    course: Course,
    ends_at: Timestamp,
    is_lost: bool,
    /// Those who watch it hear here that its end is another.
    watching: Vec<oneshot::Sender<()>>,
}

impl Machine {
    fn runs(&self, now: Timestamp) -> bool {
        !self.is_lost && self.ends_at > now
    }

    fn ends(&mut self, at: Timestamp) {
        self.ends_at = at;
        // Who does not watch any more hears nothing.
        for watching in self.watching.drain(..) {
            let _gone = watching.send(());
        }
    }
}

impl Machines {
    pub(super) fn new(tasks: Box<dyn Tasks>, chance: Chance, dice: Dice) -> Self {
        let state = State { dice, machines: BTreeMap::new(), twice: None };
        Self(Arc::new(Park { tasks, chance, state: Mutex::new(state) }))
    }

    /// Some task is gone with its machine. False if none runs.
    pub(super) fn lose_one(&self) -> bool {
        let now = self.0.chance.clock.now();
        let mut state = self.state();
        let running: Vec<_> =
            state.machines.iter().filter(|(_, machine)| machine.runs(now)).map(|(task, _)| *task).collect();
        let Some(task) = state.dice.one_of(&running).copied() else { return false };
        if let Some(machine) = state.machines.get_mut(&task) {
            machine.is_lost = true;
            machine.ends(now);
        }
        drop(state);
        self.0.chance.note(&format!("task lost: {task}"));
        true
    }

    /// A task that was begun a second time.
    pub(super) fn begun_twice(&self) -> Option<TaskId> {
        self.state().twice
    }

    /// How a task stands, as the machines know it.
    pub(super) fn stands(&self, task: TaskId) -> Standing {
        let now = self.0.chance.clock.now();
        match self.state().machines.get(&task) {
            None => Standing::NeverBegan,
            Some(machine) if machine.runs(now) => Standing::Runs,
            Some(machine) => Standing::Ended(machine.ends_at),
        }
    }

    fn begin(&self, order: &TaskOrder) {
        let now = self.0.chance.clock.now();
        let mut state = self.state();
        let course = self.0.tasks.course(order, &mut state.dice);
        let machine = Machine { ends_at: now + course.lasts, course, is_lost: false, watching: Vec::new() };
        if state.machines.insert(order.id, machine).is_some() {
            state.twice = Some(order.id);
        }
    }

    /// Until the task has ended, by itself or since it was asked to.
    async fn watch(&self, task: TaskId, control: TaskControl) -> Report {
        loop {
            let (sender, changed) = oneshot::channel();
            let (ends_at, heeds_stop) = {
                let now = self.0.chance.clock.now();
                let mut state = self.state();
                let Some(machine) = state.machines.get_mut(&task) else { return lost() };
                if machine.is_lost {
                    return lost();
                }
                if machine.ends_at <= now {
                    return machine.course.report.clone().ended_at(machine.ends_at);
                }
                machine.watching.push(sender);
                (machine.ends_at, machine.course.heeds_stop)
            };
            let ended = self.0.chance.clock.wait_until(ends_at);
            let mut waits = vec![ended.boxed(), changed.map(drop).boxed()];
            if heeds_stop {
                waits.push(control.stop.stopped(Urgency::Gently).boxed());
            }
            let is_stopped = select_all(waits).await.1 == 2;
            if is_stopped && let Some(machine) = self.state().machines.get_mut(&task) {
                let stopped = Report::Failed { message: "it was stopped".to_owned() };
                machine.course.report = stopped;
                machine.ends(self.0.chance.clock.now());
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn lost() -> Report {
    Report::Lost { message: "its machine is gone".to_owned() }
}

#[async_trait]
impl TaskRunner for Machines {
    async fn run(&self, order: TaskOrder, control: TaskControl) -> Report {
        self.begin(&order);
        self.watch(order.id, control).await
    }

    async fn find(&self, order: &TaskOrder) -> Found {
        let chance = &self.0.chance;
        if chance.strikes(FaultKind::RunnerSilent) {
            chance.count(FaultKind::RunnerSilent);
            chance.note(&format!("runner silent: asked for {}", order.id));
            return Found::NotNow { message: "the machines can't be reached".to_owned() };
        }
        match self.state().machines.get(&order.id) {
            None => Found::NeverBegan,
            Some(machine) if machine.is_lost => Found::Lost { message: "its machine is gone".to_owned() },
            Some(machine) if machine.runs(chance.clock.now()) => Found::Begun,
            Some(_) => Found::Ended,
        }
    }

    async fn resume(&self, order: TaskOrder, control: TaskControl) -> Report {
        self.watch(order.id, control).await
    }

    async fn running(&self) -> StillRunning {
        let now = self.0.chance.clock.now();
        let state = self.state();
        let running = state.machines.iter().filter(|(_, machine)| machine.runs(now));
        running.map(|(task, _)| *task).collect::<Vec<_>>().into()
    }

    async fn kill(&self, task: TaskId) {
        let now = self.0.chance.clock.now();
        if let Some(machine) = self.state().machines.get_mut(&task).filter(|machine| machine.runs(now)) {
            machine.is_lost = true;
            machine.ends(now);
        }
    }
}
