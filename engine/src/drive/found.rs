use std::sync::{Mutex, MutexGuard, PoisonError};

use cutover::TaskId;

/// What the engine found when it began to drive: tasks that an earlier incarnation of it had claimed, and what became of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovery {
    /// How many releases were going on.
    pub releases: usize,
    /// Tasks whose runner is being asked what became of them.
    pub asked: Vec<TaskId>,
    /// Tasks that still ran, or had ended: they are watched again.
    pub reattached: Vec<TaskId>,
    /// Tasks that had not begun: they were begun now.
    pub begun: Vec<TaskId>,
    /// Tasks of which nobody knows what became; they count as failed.
    pub lost: Vec<TaskId>,
}

/// What was found so far.
#[derive(Debug, Default)]
pub(crate) struct Findings(Mutex<Recovery>);

impl Findings {
    pub(crate) fn begin(&self, releases: usize) {
        *self.recovery() = Recovery { releases, ..Recovery::default() };
    }

    pub(crate) fn so_far(&self) -> Recovery {
        self.recovery().clone()
    }

    pub(super) fn asked(&self, task: TaskId) {
        self.answered(task).asked.push(task);
    }

    pub(super) fn reattached(&self, task: TaskId) {
        self.answered(task).reattached.push(task);
    }

    pub(super) fn begun(&self, task: TaskId) {
        self.answered(task).begun.push(task);
    }

    pub(super) fn lost(&self, task: TaskId) {
        self.answered(task).lost.push(task);
    }

    fn answered(&self, task: TaskId) -> MutexGuard<'_, Recovery> {
        let mut recovery = self.recovery();
        recovery.asked.retain(|asked| *asked != task);
        recovery
    }

    fn recovery(&self) -> MutexGuard<'_, Recovery> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
