use crate::schedule::Window;
use crate::{FreezeId, Scope};

/// What can be asked of the freezes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FreezesCommand {
    /// No jobs begin in this part of the store while the window is closed (F1).
    Declare {
        /// What it is called; no other freeze that is not over may have the id.
        freeze: FreezeId,
        /// Where.
        scope: Scope,
        /// When.
        window: Window,
        /// Why, for people; never empty.
        reason: String,
    },
    /// The emergency stop: no jobs begin in this part of the store from now on, until it is lifted (F2).
    StopTheLine {
        /// What it is called; no other freeze that is not over may have the id.
        freeze: FreezeId,
        /// Where.
        scope: Scope,
        /// Why, for people; never empty.
        reason: String,
    },
    /// Ends a freeze for good; what waits for it is looked at again (F1).
    Lift {
        /// The freeze.
        freeze: FreezeId,
        /// Why, for people.
        comment: String,
    },
}
