//! Permissions: who may do what in which part of the store (U).
//!
//! The grants are one state machine for the whole store. `required.rs` says of every command which permissions it needs and where; the
//! transaction asks for them before the command is decided, in one place. Read `state.rs` for which grant counts.

mod command;
mod decide;
mod event;
mod evolve;
mod named;
mod refusal;
mod required;
mod state;
#[cfg(test)]
mod tests;

pub use command::PermissionsCommand;
pub use event::PermissionsEvent;
pub use named::Permission;
pub use refusal::{Denied, PermissionsRefusal};
pub use required::Need;
pub use state::{Effect, Grant, Grantee, Permissions};

pub(crate) use required::{read_for, required};
