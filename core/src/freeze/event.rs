use serde::{Deserialize, Serialize};

use crate::schedule::Window;
use crate::{Actor, FreezeId, Scope};

/// What becomes true of the freezes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each field is what its name says; the variants say the rest")]
pub enum FreezesEvent {
    /// No jobs begin there while its window is closed (F1).
    #[serde(rename = "freeze.declared")]
    Declared { freeze: FreezeId, scope: Scope, window: Window, reason: String, by: Actor },
    /// It holds nothing back any more (F1).
    #[serde(rename = "freeze.lifted")]
    Lifted {
        freeze: FreezeId,
        by: Actor,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        comment: String,
    },
}

impl FreezesEvent {
    /// The stored names, fixed for ever.
    pub const NAMES: &'static [&'static str] = &["freeze.declared", "freeze.lifted"];
}
