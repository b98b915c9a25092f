//! One file of folded state: a line that says what it is, and one frame, as in the log. FORMAT.md has the layout.

use cutover::CommitId;
use cutover::store::{Checkpoint, Position, StreamId};
use serde::{Deserialize, Serialize};

use crate::frame::{self, MAX_FRAME_BYTES};
use crate::header::StoreId;

/// What the file begins with: what it is, and the number of its format.
const LINE: &[u8] = b"cutover-checkpoint 1\n";

/// No file is longer.
pub(super) const LONGEST_BYTES: u64 = (LINE.len() + MAX_FRAME_BYTES) as u64;

/// The commit that holds the last event of a state.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CommitName {
    pub(super) position: Position,
    pub(super) id: CommitId,
}

/// What is in a file.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Saved {
    store: String,
    stream: StreamId,
    /// None for the state before the first event.
    pub(super) commit: Option<CommitName>,
    pub(super) checkpoint: Checkpoint,
}

impl Saved {
    pub(super) fn new(
        store: StoreId,
        stream: &StreamId,
        commit: Option<CommitName>,
        checkpoint: Checkpoint,
    ) -> Self {
        Self { store: store.to_string(), stream: stream.clone(), commit, checkpoint }
    }

    pub(super) fn is_of(&self, store: StoreId, stream: &StreamId) -> bool {
        self.store == store.to_string() && self.stream == *stream
    }

    /// `None` if it is too large for a file.
    pub(super) fn encode(&self) -> Option<Vec<u8>> {
        let json = serde_json::to_vec(self).ok()?;
        let mut bytes = LINE.to_vec();
        frame::write(&mut bytes, |buffer| buffer.extend_from_slice(&json));
        (bytes.len() as u64 <= LONGEST_BYTES).then_some(bytes)
    }

    /// What a file holds; `None` if it is not as it was written.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(LINE)?;
        let framed = frame::read(rest).ok().filter(|framed| framed.bytes() == rest.len())?;
        serde_json::from_slice(framed.json).ok()
    }
}
