use std::sync::Arc;

use cutover::{TaskId, Timestamp};

/// Takes what tasks write, line by line, in the order in which each task wrote it. [`FileLog`](crate::FileLog) keeps it in files.
pub trait LogSink: Send + Sync + 'static {
    /// The task wrote this line (without its end) at about this time. Must return soon: the task waits for it.
    fn line(&self, task: TaskId, at: Timestamp, line: &str);

    /// The engine knows that the task has ended, at about this time: it writes no more, unless its runner does not hear. After a crash it
    /// may be told again. Must return soon, too.
    ///
    /// A sink that does not care leaves this as it is.
    fn ended(&self, task: TaskId, at: Timestamp) {
        let _ = (task, at);
    }
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

    fn ended(&self, task: TaskId, at: Timestamp) {
        (**self).ended(task, at);
    }
}
