//! What starts a stage by itself, and how far a release goes by itself (S1, S2, S4, S6).
//!
//! Pure policy over a definition. What creates releases by itself (T) will have its place beside it.

mod reach;
mod stage;

pub use reach::{Reach, path_to};
pub use stage::{followers_of, is_after_release, is_armed_with_release, is_ready_after};

pub(crate) use stage::is_met;
