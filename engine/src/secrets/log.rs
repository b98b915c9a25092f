use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cutover::{TaskId, Timestamp};

use super::Masks;
use crate::LogSink;

/// Hands over what a task writes, without what is hidden.
pub(crate) struct MaskedLog {
    log: Arc<dyn LogSink>,
    masks: Arc<Masks>,
    /// Whether it was said that nothing is shown.
    is_said: AtomicBool,
}

impl MaskedLog {
    pub(crate) fn new(log: Arc<dyn LogSink>, masks: Arc<Masks>) -> Self {
        Self { log, masks, is_said: AtomicBool::new(false) }
    }
}

impl LogSink for MaskedLog {
    fn line(&self, task: TaskId, at: Timestamp, line: &str) {
        match self.masks.instead() {
            None => self.log.line(task, at, &self.masks.mask(line)),
            // Once is enough.
            Some(instead) => {
                if !self.is_said.swap(true, Ordering::Relaxed) {
                    self.log.line(task, at, &instead);
                }
            }
        }
    }
}
