//! Driving: what should be going on, by what is recorded, against what is going on here.
//!
//! `run.rs` is the loop: it follows the log, keeps the time, and looks at the releases that have changed. `reconcile.rs` looks at one
//! release: it claims tasks, reports what came of them, and stops those that should not run. `watch.rs` is what is spawned for a
//! task, `tasks.rs` what is known here of each; `inheriting.rs` looks at what earlier lives of the engine left, `sweeping.rs` ends what nobody
//! wants any more; `probing.rs` and `samplings.rs` are the
//! same for gates, `notifying.rs` and `deliveries.rs` for notifications. None of it is needed to find the way after a crash: all is derived
//! anew.

mod chores;
mod deadlines;
mod deleting;
mod deliveries;
mod feed;
mod found;
mod health;
mod inheriting;
mod notifying;
mod orders;
mod own;
mod probing;
mod reconcile;
mod resolving;
mod run;
mod samplings;
mod state;
mod sweeping;
mod tasks;
mod triggers;
mod troubles;
mod watch;

pub use deliveries::{Deliveries, Delivery};
pub use found::Recovery;
pub use health::{Driving, GateAnswer, Health, Namesake, RunningTask, Trouble};

pub(crate) use deadlines::Deadlines;
pub(crate) use deliveries::NotifierStates;
pub(crate) use feed::Feed;
pub(crate) use found::Findings;
pub(crate) use inheriting::Inherited;
pub(crate) use samplings::Samplings;
pub(crate) use state::DriveState;
pub(crate) use tasks::Tasks;
pub(crate) use troubles::Troubles;
