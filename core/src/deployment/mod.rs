//! A deployment: one attempt at one stage of one release, from its trigger until it is over.
//!
//! It is a state machine inside its release's stream: the release decides that it is triggered, the stage's queue when it gets a slot,
//! and what happens in between stands here. Read `state.rs` first ([`Phase`] is where it stands), then `life.rs` (how it goes
//! on from one step to the next), `approving.rs` (what people must agree to) `freezing.rs` (how it
//! waits for freezes) and `running.rs` (its jobs). `next.rs` says which
//! task, if any, comes next.
//!
//! Gates and lock groups have their place in `life.rs`, and come with files of their own; until then a pipeline that uses
//! them makes no release.

mod approving;
mod event;
mod evolve;
mod freezing;
mod life;
mod next;
mod result;
mod running;
mod state;
mod timing;

pub use event::{Answer, DeploymentEvent, Entry, First, SucceededBefore, Trigger};
pub use life::LifeStep;
pub use next::{Step, next_step};
pub use running::Report;
pub use state::{
    Approval, CancelReason, Claim, Deployment, DeploymentReason, End, JobResult, JobRun, Phase, Rejection,
    SkipReason, Standing, Stop, StopReason, TaskResult, TaskRun,
};
pub use timing::Deadline;

pub(crate) use approving::{answer, is_asked_now};
pub(crate) use freezing::{frost_at, look_again, override_freezes};
pub(crate) use life::{bring_forward, cancel, grant, life_of, take_snapshot, trigger};
pub(crate) use running::{claim, reattach, report, settle};
pub(crate) use timing::{earliest_deadline, reach};
