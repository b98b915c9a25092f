//! Freezes: windows of time during which no jobs begin in a part of the store (F).
//!
//! They are one state machine for the whole store, read by whatever may begin jobs. It knows nothing of deployments: how one waits for
//! a freeze and goes on after it stands in `deployment/freezing.rs`, when a window is closed in `schedule/window.rs`.

mod command;
mod decide;
mod event;
mod evolve;
mod refusal;
mod state;

pub use command::FreezesCommand;
pub use event::FreezesEvent;
pub use refusal::FreezesRefusal;
pub use state::{Freeze, Freezes, Hold};
