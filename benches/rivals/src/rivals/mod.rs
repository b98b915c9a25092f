//! Those that are measured, one in each file.

pub mod bare;
pub mod cqrs;
pub mod cutover;
pub mod eventcore;
pub mod fjall;
pub mod redb;
pub mod sqlite;
pub mod tephra;
pub mod umadb;

use crate::workload::Prepared;

/// Appends a commit and returns when it is durable.
pub type Append = Box<dyn FnMut(&Prepared) + Send>;

/// Keeps events in streams.
pub trait Rival {
    /// For one thread of its own.
    fn appender(&self) -> Append;
    /// Closes it cleanly.
    fn close(self: Box<Self>);
}
