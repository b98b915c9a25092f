//! A command and all that follows from it, as one commit.
//!
//! A command is decided, its events are folded, the folded events cause further commands on other aggregates (`react.rs`, the whole
//! protocol on one screen), and so on until nothing more follows. All of it is one [`Commit`](crate::store::Commit). It is sans-I/O:
//! [`Transaction::advance`] says which subjects it has to see, and its caller loads them into a [`World`].

mod folded;
mod memory;
mod react;
mod run;
mod world;

pub use folded::{FoldError, Folded};
pub use run::{Happening, Progress, Proposal, Transaction};
pub use world::World;

pub use crate::aggregates::{Command, Refusal, State};
