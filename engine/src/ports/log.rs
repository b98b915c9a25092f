use std::sync::Arc;

use cutover::{TaskId, Timestamp};

/// Takes what tasks write, line by line, in the order in which each task wrote it.
pub trait LogSink: Send + Sync + 'static {
    /// The task wrote this line (without its end) at about this time. Must return soon: the task waits for it.
    fn line(&self, task: TaskId, at: Timestamp, line: &str);
}

/// Drops every line.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoLog;

impl LogSink for NoLog {
    fn line(&self, _: TaskId, _: Timestamp, _: &str) {}
}

impl<L: LogSink + ?Sized> LogSink for Arc<L> {
    fn line(&self, task: TaskId, at: Timestamp, line: &str) {
        (**self).line(task, at, line);
    }
}
