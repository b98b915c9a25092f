use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::TimeDelta;
use cutover::deployment::Report;
use cutover::{ReleaseId, TaskId, Timestamp};

use super::RunningTask;
use crate::{Found, StopHandle, limits};

/// What is known here of a task that this engine has claimed.
#[derive(Debug, Clone)]
pub(super) enum Life {
    /// Its claim is on the way to the store.
    Claiming,
    /// Its runner is asked what became of it while no engine watched.
    Asked {
        /// How often it was asked before.
        before: u32,
    },
    /// Its runner could not say, or was not asked yet what became of it since nobody watches it.
    Unanswered {
        /// How often it was asked.
        searches: u32,
        /// When it is asked again; `None`: now.
        again_at: Option<Timestamp>,
        /// Why it could not.
        message: String,
    },
    /// Its runner has answered.
    Answered(Found),
    /// Its runner runs or watches it.
    Running { since: Timestamp, stop: StopHandle },
    /// Its runner has returned; what it says is not recorded yet.
    Ended(Report),
}

/// The tasks that this engine has claimed, runs, or has yet to report.
#[derive(Debug, Default)]
pub(crate) struct Tasks(Mutex<BTreeMap<TaskId, Life>>);

impl Tasks {
    pub(super) fn get(&self, task: TaskId) -> Option<Life> {
        self.lives().get(&task).cloned()
    }

    pub(super) fn set(&self, task: TaskId, life: Life) {
        self.lives().insert(task, life);
    }

    pub(super) fn remove(&self, task: TaskId) {
        self.lives().remove(&task);
    }

    /// The task's runner has returned. A task that was forgotten meanwhile stays so.
    pub(super) fn end(&self, task: TaskId, report: Report) {
        if let Some(life @ Life::Running { .. }) = self.lives().get_mut(&task) {
            *life = Life::Ended(report);
        }
    }

    /// Nobody watches the task any more, and it has not ended: its runner is asked what became of it, after a pause.
    pub(super) fn let_go(&self, task: TaskId, message: String, now: Timestamp) {
        if let Some(life @ Life::Running { .. }) = self.lives().get_mut(&task) {
            *life = Life::Unanswered { searches: 0, again_at: Some(now + pause_after(0)), message };
        }
    }

    /// An earlier life of the engine claimed the task: what became of it is to be asked. It has its place until that is known.
    pub(super) fn inherit(&self, task: TaskId) {
        let unasked = Life::Unanswered { searches: 0, again_at: None, message: String::new() };
        self.lives().entry(task).or_insert(unasked);
    }

    /// The task's runner is asked what became of it.
    pub(super) fn ask(&self, task: TaskId) {
        let mut lives = self.lives();
        let before = match lives.get(&task) {
            Some(Life::Unanswered { searches, .. }) => *searches,
            Some(
                Life::Claiming
                | Life::Asked { .. }
                | Life::Answered(_)
                | Life::Running { .. }
                | Life::Ended(_),
            )
            | None => 0,
        };
        lives.insert(task, Life::Asked { before });
    }

    /// The task's runner has said what became of it.
    pub(super) fn answer(&self, task: TaskId, found: Found, now: Timestamp) {
        if let Some(life) = self.lives().get_mut(&task)
            && let Life::Asked { before } = *life
        {
            *life = match found {
                Found::NotNow { message } => {
                    let (searches, again_at) = (before + 1, Some(now + pause_after(before)));
                    Life::Unanswered { searches, again_at, message }
                }
                Found::Begun | Found::Ended | Found::NeverBegan | Found::Lost { .. } => Life::Answered(found),
            };
        }
    }

    /// Nobody was asked what became of the task.
    pub(super) fn forget_search(&self, task: TaskId) {
        let mut lives = self.lives();
        if matches!(lives.get(&task), Some(Life::Asked { .. })) {
            lives.remove(&task);
        }
    }

    /// When a runner is asked again that could not say what became of a task.
    pub(super) fn next_alarm(&self) -> Option<Timestamp> {
        let lives = self.lives();
        let alarms = lives.values().filter_map(|life| match life {
            Life::Unanswered { again_at, .. } => *again_at,
            Life::Claiming
            | Life::Asked { .. }
            | Life::Answered(_)
            | Life::Running { .. }
            | Life::Ended(_) => None,
        });
        alarms.min()
    }

    /// The releases with a task that its runner is to be asked for again now.
    pub(super) fn ring(&self, now: Timestamp) -> Vec<ReleaseId> {
        let mut rung = Vec::new();
        for (task, life) in self.lives().iter_mut() {
            if let Life::Unanswered { again_at, .. } = life
                && again_at.take_if(|at| *at <= now).is_some()
            {
                rung.push(task.deployment().release);
            }
        }
        rung
    }

    /// Takes one of the places for tasks that run at once; `None` if all are taken.
    pub(super) fn take_place(&self, task: TaskId, places: usize) -> Option<Place<'_>> {
        let mut lives = self.lives();
        if taken(&lives) >= places {
            return None;
        }
        lives.insert(task, Life::Claiming);
        Some(Place { tasks: self, task })
    }

    /// How many more tasks may run at once.
    pub(super) fn places_left(&self, places: usize) -> usize {
        places.saturating_sub(taken(&self.lives()))
    }

    pub(super) fn of(&self, release: ReleaseId) -> Vec<(TaskId, Life)> {
        let lives = self.lives();
        let of_release = lives.iter().filter(|(task, _)| task.deployment().release == release);
        of_release.map(|(task, life)| (*task, life.clone())).collect()
    }

    /// The releases that a task is known of.
    pub(super) fn releases(&self) -> Vec<ReleaseId> {
        self.lives().keys().map(|task| task.deployment().release).collect()
    }

    /// Whether every task that ran here has ended and was reported.
    pub(super) fn is_quiet(&self) -> bool {
        self.lives()
            .values()
            .all(|life| matches!(life, Life::Asked { .. } | Life::Unanswered { .. } | Life::Answered(_)))
    }

    pub(crate) fn running(&self) -> Vec<RunningTask> {
        let lives = self.lives();
        let running = lives.iter().filter_map(|(task, life)| match life {
            Life::Running { since, stop } => {
                Some(RunningTask { task: *task, since: *since, stop: stop.signal().urgency() })
            }
            Life::Claiming
            | Life::Asked { .. }
            | Life::Unanswered { .. }
            | Life::Answered(_)
            | Life::Ended(_) => None,
        });
        running.collect()
    }

    fn lives(&self) -> MutexGuard<'_, BTreeMap<TaskId, Life>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn pause_after(searches: u32) -> TimeDelta {
    TimeDelta::milliseconds(limits::FIRST_PAUSE_MILLISECONDS << searches.min(16))
}

/// What runs, or may run as far as is known, has a place.
fn taken(lives: &BTreeMap<TaskId, Life>) -> usize {
    lives.values().filter(|life| !matches!(life, Life::Ended(_))).count()
}

/// A place that is taken by a claim on its way; free again when dropped, unless the task runs by then.
#[derive(Debug)]
pub(super) struct Place<'t> {
    tasks: &'t Tasks,
    task: TaskId,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut lives = self.tasks.lives();
        if matches!(lives.get(&self.task), Some(Life::Claiming)) {
            lives.remove(&self.task);
        }
    }
}
