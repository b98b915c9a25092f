//! A stage's queue, across the releases of its pipeline: who holds a slot, who waits, and what is deployed there.
//!
//! It knows nothing of approvals or jobs: deployments enter, are granted a slot or superseded, and leave. Read `decide.rs`
//! first; which waiting deployment goes first stands in `order.rs`, what people do with a queue in
//! `steering.rs`, what follows from a rejection in `rollback.rs`, and what from targets that join in `new_targets.rs`.

mod command;
mod decide;
mod event;
mod evolve;
mod new_targets;
mod order;
mod refusal;
mod rollback;
mod state;
mod steering;

pub use command::QueueCommand;
pub use event::{Conclusion, Declined, QueueEvent, RollbackDeclined, ScheduledEntry};
pub use refusal::QueueRefusal;
pub use state::{Pause, StageQueue};
