use serde::{Deserialize, Serialize};

use crate::notification::Mark;

/// What becomes true of a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each field is what its name says; the variants say the rest")]
pub enum CursorEvent {
    /// It is read by, from there on.
    #[serde(rename = "cursor.opened")]
    Opened { at: Mark },
    /// What is up to there was delivered.
    #[serde(rename = "cursor.acknowledged")]
    Acknowledged { up_to: Mark },
    /// It stands there, whatever was acknowledged.
    #[serde(rename = "cursor.moved")]
    Moved { to: Mark },
    /// It is read by no more.
    #[serde(rename = "cursor.closed")]
    Closed {},
}

impl CursorEvent {
    /// The stored names, fixed for ever.
    pub const NAMES: &'static [&'static str] =
        &["cursor.opened", "cursor.acknowledged", "cursor.moved", "cursor.closed"];
}
