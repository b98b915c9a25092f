//! Why a stage is not running: what it waits for now, and what comes after that (E1, E2).
//!
//! An explanation is sound (when all of `now` is cleared, the deployment takes its next step) and complete (`now` is never empty for a
//! stage that waits). Read `explanation.rs` first, then `blocker.rs`, what there is to wait for. `now.rs` finds what is waited for (`running.rs`: while jobs run), `ahead.rs` what comes later, `tell.rs` puts it into words.

mod agents;
mod ahead;
mod blocker;
mod explanation;
mod now;
mod running;
mod tell;

pub use blocker::{
    Blocker, BlockerKind, Clearer, FailingGate, LackingGroup, Nature, OpenApproval, OpenGates, ServingAgent,
    TaskName, WantedAgent,
};
pub use explanation::{Cancelling, Explanation, Surroundings, explain, explain_waiting};
