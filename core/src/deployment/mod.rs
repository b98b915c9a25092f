//! A deployment: one attempt at one stage of one release, from its trigger until it is over.
//!
//! It is a state machine inside its release's stream: the release decides that it is triggered, the stage's queue when it gets a slot,
//! and what happens in between stands here. Read `state.rs` first ([`Phase`] is the life of a deployment), then `approving.rs`
//! (what must pass before and after its jobs) and `running.rs` (its jobs). `next.rs` says which task, if any, comes next.
//!
//! Gates, deferral, freezes and lock groups will stand between the grant and the first job, in files of their own; until then a
//! pipeline that uses them makes no release.

mod approving;
mod event;
mod evolve;
mod next;
mod result;
mod running;
mod state;
mod timing;

pub use event::{Answer, DeploymentEvent};
pub use next::{Step, next_step};
pub use running::Report;
pub use state::{
    Approval, CancelReason, Claim, Deployment, DeploymentReason, End, JobResult, JobRun, Phase, Rejection,
    SkipReason, Standing, Stop, StopReason, TaskResult, TaskRun,
};
pub use timing::Deadline;

pub(crate) use approving::{answer, grant};
pub(crate) use running::{cancel, claim, reattach, report, settle};
pub(crate) use timing::{earliest_deadline, reach};
