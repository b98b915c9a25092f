//! What a store gives back: events and commits that are recorded.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Cause, CommitHeader, Json, Position, Sequence, StreamId};

/// An event as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedEvent {
    /// Its stream.
    pub stream: StreamId,
    /// Its number within the stream, from 1.
    pub sequence: Sequence,
    /// The commit that it was recorded in.
    pub position: Position,
    /// Its place among the commit's events, from 0.
    pub index: u32,
    /// Who caused the commit, and when.
    pub header: Arc<CommitHeader>,
    /// What it followed from.
    pub cause: Cause,
    /// The stored name of its kind.
    pub name: Cow<'static, str>,
    /// The version of its payload's shape.
    pub schema: u32,
    /// What it says.
    pub payload: Json,
}

/// A commit as it was recorded: all of its events, in the order in which they were decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedCommit {
    /// Its number within the log.
    pub position: Position,
    /// Who caused it, and when.
    pub header: Arc<CommitHeader>,
    /// Its events; [`RecordedEvent::index`] is the place in this list. None if all were left out when the store was rewritten (K3).
    pub events: Vec<RecordedEvent>,
}
