//! Notifications read from the log: from a mark on, for who keeps their own, or by a cursor that the store keeps (E4).
//!
//! What there is to tell is said by [`cutover::notification`]. `telling.rs` reads the log and asks it, `answers.rs` answers with it,
//! `cursors.rs` has the commands on cursors; who drives delivers by `drive/notifying.rs`.

mod answers;
mod cursors;
mod telling;

pub use answers::Told;

pub(crate) use telling::{Progress, Telling};
