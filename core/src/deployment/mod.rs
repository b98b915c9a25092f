//! A deployment: one attempt at one stage of one release, from its trigger until it is over.
//!
//! It is a state machine inside its release's stream: the release decides that it is triggered, the stage's queue when it gets a slot,
//! and what happens in between stands here. Read `state.rs` first ([`Phase`] is where it stands; `job.rs`, `slice.rs` and `task.rs`:
//! how far its jobs are), then `life.rs` (how it goes on from one step to the next), `approving.rs` (what people must agree to;
//! `approved_before.rs`, `reassigning.rs` and `deferring.rs` are about what they may do beside answering), `gating.rs` (what must be
//! healthy), `freezing.rs` (how it waits for freezes) and `running.rs` (its jobs; `outputs.rs`: the variables that their tasks set).
//! `next.rs` says what comes next in each slice of a job, `cutting.rs` what a job is cut into, `targeting.rs` on which targets of a
//! deployment group it runs, and `agents.rs` how slices wait for agents.

mod agents;
mod approved_before;
mod approving;
mod asked;
mod cutting;
mod deferring;
mod event;
mod evolve;
mod freezing;
mod gating;
mod job;
mod life;
mod next;
mod outputs;
mod reassigning;
mod report;
mod result;
mod running;
mod slice;
mod state;
mod targeting;
mod task;
mod timing;
mod trigger;
mod waiting;

pub use asked::{Answer, Approval, Reassignment, Standing};
pub use event::DeploymentEvent;
pub use job::{JobResult, JobRun, SkipReason};
pub use life::LifeStep;
pub use next::{Step, next_steps};
pub use outputs::{Complaints, SetVariable};
pub use report::Report;
pub use slice::{Slice, SliceAgent, SliceRun, SliceSkip, SliceState};
pub use state::{CancelReason, Deployment, DeploymentReason, End, Phase, Rejection};
pub use task::{Claim, Stop, StopReason, TaskResult, TaskRun, Try};
pub use timing::Deadline;
pub use trigger::{Entry, First, SucceededBefore, Trigger};
pub use waiting::{Assignment, Intervention, InterventionAnswer, Wait};

pub(crate) use agents::{grant_agent, pools_to_see};
pub(crate) use approving::{Given, answer, barred, is_asked_now};
pub(crate) use cutting::values_in;
pub(crate) use deferring::{approvers, start_deferred};
pub(crate) use freezing::{frost_at, look_again, override_freezes};
pub(crate) use gating::{catch_up, ignore, sample};
pub(crate) use life::{Jobs, bring_forward, cancel, grant, grant_locks, life_of, take_snapshot, trigger};
pub(crate) use reassigning::reassign;
pub(crate) use running::{claim, reattach, report, settle};
pub(crate) use timing::{deadlines_before, earliest_deadline, reach};
pub(crate) use waiting::{answer_intervention, problem_of};
