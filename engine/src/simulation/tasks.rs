use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use chrono::TimeDelta;
use cutover::TaskOrder;
use cutover::deployment::Report;

use super::Dice;

/// What becomes of a task that begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// How long it runs, by the simulation's clock.
    pub lasts: TimeDelta,
    /// What it then comes to.
    pub report: Report,
    /// Whether it ends when it is asked to. One that is deaf runs on until its time, whoever gave it up.
    pub heeds_stop: bool,
}

impl Course {
    /// It succeeds after so long.
    pub const fn succeeding(lasts: TimeDelta) -> Self {
        Self { lasts, report: Report::Succeeded, heeds_stop: true }
    }

    /// It fails after so long.
    pub fn failing(lasts: TimeDelta) -> Self {
        let report = Report::Failed { message: "as simulated".to_owned() };
        Self { lasts, report, heeds_stop: true }
    }
}

/// Says what becomes of tasks. A closure does, too: `|order: &TaskOrder, dice: &mut Dice| Course::succeeding(..)`.
pub trait Tasks: Send + Sync + 'static {
    /// What becomes of this one. It is asked once for each try of a task.
    fn course(&self, order: &TaskOrder, dice: &mut Dice) -> Course;
}

impl<F> Tasks for F
where
    F: Fn(&TaskOrder, &mut Dice) -> Course + Send + Sync + 'static,
{
    fn course(&self, order: &TaskOrder, dice: &mut Dice) -> Course {
        self(order, dice)
    }
}

/// Tasks that last about as long as each other, and some of which fail.
#[derive(Debug, Clone, PartialEq)]
pub struct RandomTasks {
    mean: TimeDelta,
    failure_rate: f64,
    deafness: f64,
}

impl RandomTasks {
    /// Tasks that last between half of this and half as much again, all alike likely.
    pub const fn lasting(mean: TimeDelta) -> Self {
        Self { mean, failure_rate: 0.0, deafness: 0.0 }
    }

    /// Of which this part fails, from 0 to 1.
    #[must_use]
    pub const fn failing(mut self, rate: f64) -> Self {
        self.failure_rate = rate;
        self
    }

    /// Of which this part does not stop when it is asked to, from 0 to 1.
    #[must_use]
    pub const fn deaf(mut self, rate: f64) -> Self {
        self.deafness = rate;
        self
    }
}

impl Tasks for RandomTasks {
    fn course(&self, _: &TaskOrder, dice: &mut Dice) -> Course {
        let half = self.mean / 2;
        let lasts = dice.between(half, half + self.mean + TimeDelta::milliseconds(1));
        let course = if dice.happens(self.failure_rate) { Course::failing } else { Course::succeeding };
        Course { heeds_stop: !dice.happens(self.deafness), ..course(lasts) }
    }
}

/// Tasks by a script: by their names, one course after another.
///
/// ```
/// use chrono::TimeDelta;
/// use cutover_engine::simulation::{Course, RandomTasks, ScriptedTasks};
///
/// // The first try of "Migrate" fails, and all else takes some five minutes.
/// let tasks = ScriptedTasks::otherwise(RandomTasks::lasting(TimeDelta::minutes(5)))
///     .then("Migrate", Course::failing(TimeDelta::seconds(20)));
/// ```
pub struct ScriptedTasks {
    script: Mutex<BTreeMap<String, VecDeque<Course>>>,
    otherwise: Box<dyn Tasks>,
}

impl ScriptedTasks {
    /// What is said of tasks that no line of the script is left for.
    pub fn otherwise(tasks: impl Tasks) -> Self {
        Self { script: Mutex::default(), otherwise: Box::new(tasks) }
    }

    /// What becomes of the next task of this name that begins, after those of the lines before.
    #[must_use]
    pub fn then(mut self, name: impl Into<String>, course: Course) -> Self {
        let script = self.script.get_mut().unwrap_or_else(PoisonError::into_inner);
        script.entry(name.into()).or_default().push_back(course);
        self
    }
}

impl Tasks for ScriptedTasks {
    fn course(&self, order: &TaskOrder, dice: &mut Dice) -> Course {
        let mut script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
        let next = script.get_mut(&order.name).and_then(VecDeque::pop_front);
        drop(script);
        next.unwrap_or_else(|| self.otherwise.course(order, dice))
    }
}

impl std::fmt::Debug for ScriptedTasks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScriptedTasks").field("script", &self.script).finish_non_exhaustive()
    }
}
