//! Folded state that is saved to shorten a later start.

use serde::{Deserialize, Serialize};

use super::{Json, Sequence};

/// The state of a stream as it was after `sequence`, in a form that only its owner understands.
///
/// A checkpoint is a cache: losing it changes no answer, and one whose `fold` is not the reader's own is not used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The newest event that the state includes.
    pub sequence: Sequence,
    /// The version of the code that folded it, so that new code never trusts an old fold.
    pub fold: u32,
    /// The state.
    pub state: Json,
}
