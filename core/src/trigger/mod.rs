//! What makes a release by itself, what starts a stage by itself, and how far a release goes by itself (T, S1, S2, S4-S6).
//!
//! Pure policy over a definition.

mod never;
mod reach;
mod release;
mod stage;

pub use never::{NeverStarts, never_starts};
pub use reach::{Reach, path_to};
pub use release::{alias_of, reason_for};
pub use stage::{followers_of, is_after_release, is_armed_with_release, is_ready_after};

pub(crate) use stage::is_met;
