//! Deployment groups: the targets, machines mostly, that the jobs of a group run on (J3).
//!
//! A group is a stream of its own. It says which targets there are, which tags they have, and whether they are online; it knows nothing of
//! jobs: those read it when they begin, and stages that deploy to new targets observe who has joined (D6). Read `decide.rs` first;
//! which targets a job runs on stands in `choosing.rs`.

mod choosing;
mod command;
mod decide;
mod event;
mod evolve;
mod refusal;
mod state;
#[cfg(test)]
mod tests;

pub use choosing::NewTargets;
pub(crate) use choosing::{Choice, Chosen};
pub use command::TargetsCommand;
pub use event::TargetsEvent;
pub use refusal::TargetsRefusal;
pub use state::{Join, Presence, Target, Targets};
