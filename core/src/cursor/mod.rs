//! Cursors: how far somebody who is told of notifications has been told (E4).
//!
//! A cursor is a small stream of its own, so that any store keeps it, and whoever reads by it goes on where it stands after a crash, or
//! on another machine. What is acknowledged only ever moves it forward; who wants to read once more moves it
//! back by hand. A host that keeps
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
    epoch: u64,
}

impl Cursor {
    /// How far what it is read by was acknowledged; `None` while it is not open.
    pub const fn mark(&self) -> Option<Mark> {
        self.mark
    }

    /// Grows by one each time that it is opened or moved by hand: it may stand anywhere then.
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }
}
