//! Pools of agents: which agents there are, what each has to offer, who runs on which, and who waits for one (J11).
//!
//! One stream for each pool. It knows nothing of jobs: slices of jobs ask for an agent that meets their demands, are granted one, and
//! give it back. A pool that nobody defined has no stream, bounds nothing and meets every demand: that is for a release to see before it
//! asks. Read `decide.rs` first; who is granted which agent next stands in `order.rs`, what a demand says in `demand.rs`.

mod capabilities;
mod command;
mod decide;
mod demand;
mod event;
mod evolve;
mod order;
mod refusal;
mod state;
#[cfg(test)]
mod tests;

pub use capabilities::{Capabilities, InvalidCapability};
pub use command::PoolCommand;
pub use demand::{Demand, InvalidDemand};
pub use event::PoolEvent;
pub use refusal::PoolRefusal;
pub use state::{Agent, AgentDisabled, AgentUse, AgentWanted, Pool};
