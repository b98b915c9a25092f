//! Cursors: how far somebody who is told of notifications has been told (E4).
//!
//! A cursor is a small stream of its own, so that any store keeps it, and whoever reads by it goes on where it stands after a crash, or
//! on another machine. It only ever moves forward; closing it and opening it again is how somebody reads once more. A host that keeps
//! its own [`Mark`] needs none.

mod command;
mod decide;
mod event;
mod refusal;

pub use command::CursorCommand;
pub use event::CursorEvent;
pub use refusal::CursorRefusal;

use crate::notification::Mark;

/// A cursor as it stands (E4).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cursor {
    mark: Option<Mark>,
    openings: u64,
}

impl Cursor {
    /// How far what it is read by was acknowledged; `None` while it is not open.
    pub const fn mark(&self) -> Option<Mark> {
        self.mark
    }

    /// How often it was opened. One that was opened again may stand before what was acknowledged earlier.
    pub const fn openings(&self) -> u64 {
        self.openings
    }
}
