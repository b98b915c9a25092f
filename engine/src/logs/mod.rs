//! A ready-made [`LogSink`](crate::LogSink): each task's log in a file of its own, with the time of each line.
//!
//! ```text
//! <folder>/17/2-1.0.3.log            what task 17/2#1.0.3 wrote
//! <folder>/17/2-1.0_1.3~2.log        task 17/2#1.0:1.3~2: the third try, in the job's second slice
//!
//!     2026-11-26T04:28:31.123Z what it wrote         a line of the task
//!     2026-11-26T04:29:00.000Z!cut 67108864          no more of it is kept: so many bytes were
//!     2026-11-26T04:29:10.456Z!ended                 the task has ended
//! ```
//!
//! What follows the time tells the task's own lines from the others, so that no task can write either mark. It is no place for events or
//! for what has to be kept for ever: what is lost of it, no release misses.
//!
//! Read [`FileLog`] first, then [`LogReader`].

mod entry;
mod file_log;
mod place;
mod reader;
mod writer;

pub use entry::LogEntry;
pub use file_log::FileLog;
pub use reader::LogReader;
