use std::sync::Arc;

use cutover::{TaskId, Timestamp};

use super::Masks;
use crate::LogSink;

/// Hands over what a task writes, without what is hidden.
pub(crate) struct MaskedLog {
    pub(crate) log: Arc<dyn LogSink>,
    pub(crate) masks: Arc<Masks>,
}

impl LogSink for MaskedLog {
    fn line(&self, task: TaskId, at: Timestamp, line: &str) {
        // That nothing is shown was said once.
        if !self.masks.hides_everything() {
            self.log.line(task, at, &self.masks.mask(line));
        }
    }
}
