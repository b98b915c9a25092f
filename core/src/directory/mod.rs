//! The directory: which names pipelines have, and which ids are handed out.
//!
//! One small stream for the whole store. It is written when a pipeline is created or renamed and when an engine takes a block
//! of ids, never for each release. Read `decide.rs` first.

mod command;
mod decide;
mod event;
mod evolve;
mod refusal;
mod state;

pub use command::DirectoryCommand;
pub use event::{DirectoryEvent, IdKind};
pub use refusal::DirectoryRefusal;
pub use state::Directory;
