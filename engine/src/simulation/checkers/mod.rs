//! What is checked of a history, apart from whoever caused it: none of these knows what was asked, or what went wrong.
//!
//! [`Invariants`] and [`Explained`] look at each commit, and [`Acknowledged`] holds what callers were told against the log; all three are
//! with every simulation. `watched.rs` holds what engines claimed against the machines. [`going_on`] says what has not come to an end.
//! Add your own with [`Builder::check`](super::Builder::check): the rules of your own pipelines, for example.

macro_rules! ensure {
    ($holds:expr, $($what:tt)*) => {
        if !$holds {
            return Err(format!($($what)*));
        }
    };
}

mod acknowledged;
mod ending;
mod explained;
mod invariants;
mod watched;

use cutover::Timestamp;
use cutover::store::RecordedCommit;
use cutover::transaction::{Happening, World};

pub use acknowledged::Acknowledged;
pub(super) use ending::is_all_over;
pub use ending::{GoingOn, going_on};
pub use explained::Explained;
pub use invariants::{Invariants, invariants_hold};
pub(super) use watched::{Standing, Watched};

/// A commit, read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// As it is stored.
    pub commit: RecordedCommit,
    /// Its events, decoded.
    pub events: Vec<Happening>,
    /// The newest time in any of the streams that it was written to, before it.
    pub newest_before: Option<Timestamp>,
}

/// Looks at what is recorded.
pub trait Checker: Send + 'static {
    /// A commit was recorded; `world` is what all streams come to with it.
    ///
    /// # Errors
    /// What does not hold, with its rule: the simulation ends with that.
    fn recorded(&mut self, seen: &Seen, world: &World) -> Result<(), String>;
}

impl<F> Checker for F
where
    F: FnMut(&Seen, &World) -> Result<(), String> + Send + 'static,
{
    fn recorded(&mut self, seen: &Seen, world: &World) -> Result<(), String> {
        self(seen, world)
    }
}
