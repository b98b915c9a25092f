//! Lock groups: no more deployments run at a time in the stages that name a group than it has room for, of any pipeline (Q8).
//!
//! One stream for all groups, since those of a deployment are granted together. It knows nothing of stages: deployments ask for groups, are
//! granted all of them at once, and give them back. Read `decide.rs` first; which request is granted next stands in `order.rs`.

mod command;
mod decide;
mod event;
mod evolve;
mod order;
mod refusal;
mod state;
#[cfg(test)]
mod tests;

pub use command::LocksCommand;
pub use event::LocksEvent;
pub use refusal::LocksRefusal;
pub use state::{Locks, LocksHeld, LocksWanted};
