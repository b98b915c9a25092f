//! Whether a pipeline may make releases and deploy them: active, disabled, being deleted, deleted (P6).
//!
//! A small stream of its own beside the pipeline's, so that every release may rest on it: it is written when somebody disables or
//! deletes the pipeline, and not with every release. Read `decide.rs` first. What a deleted pipeline still has to cancel is not kept here: it
//! follows from what its stages' queues know, see `deleting.rs`.

mod command;
mod decide;
mod deleting;
mod event;
mod evolve;
mod refusal;
mod state;

pub use command::{NotOver, PipelineStatusCommand};
pub use deleting::{DeletingWork, work_of_deleting};
pub use event::PipelineStatusEvent;
pub use refusal::PipelineStatusRefusal;
pub use state::{Activity, PipelineStatus};
