//! A release: a versioned set of artifacts with a frozen snapshot of its pipeline, and every deployment of it.
//!
//! Read `state.rs` first, then `decide.rs`, which lists what can be asked. `triggering.rs` holds what starts a stage by itself, `by_hand.rs`
//! what a person starts (S), and the folder `deployment/` what happens once it is started. `revising.rs` is what changes
//! in a release after it was created (R2, R6, R7). What the engine should do is `work.rs`, when something happens by itself
//! is [`Release::deadline`], and why a stage is not running is `explain/`.

mod by_hand;
mod command;
mod decide;
mod deciding;
mod deleting;
mod drafting;
mod event;
mod evolve;
mod explain;
mod gate_order;
mod joining;
mod order;
mod reads;
mod redeploying;
mod refusal;
mod revising;
mod revision_refusal;
mod state;
mod system_variables;
mod triggering;
mod work;

pub use command::{
    ArtifactFilters, DeployRequest, DraftEdit, JobsToRun, ReleaseCommand, ReleaseEdit, StageEdit,
};
pub use deleting::deployed;
pub use event::{CreatedRelease, ReleaseEvent, RevisedSnapshot, RevisedStage, TriggerIgnored};
pub use explain::{
    Blocker, BlockerKind, Cancelling, Clearer, Explanation, FailingGate, LackingGroup, Nature, OpenApproval,
    OpenGates, ServingAgent, Surroundings, TaskName, WantedAgent, explain, explain_waiting,
};
pub use gate_order::GateOrder;
pub use order::{OrderError, TargetOrder, TaskOrder};
pub use refusal::ReleaseRefusal;
pub use revision_refusal::RevisionRefusal;
pub use state::{About, Release, ReleaseState, SnapshotRevision};
pub use work::Work;

pub(crate) use deciding::Deciding;
