//! What the lines of an export look like.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Content;
use crate::store::{
    Cause, CommitHeader, Json, Position, RecordedCommit, RecordedEvent, Sequence, StoreError, StreamId,
};
use crate::{Actor, CommandId, CommitId, Digest};

/// The version of the format that is written, and the newest that is read.
pub const VERSION: u32 = 1;

pub(super) const FORMAT: &str = "cutover-export";

/// What the line of a commit begins with.
pub(super) const COMMIT: &str = r#"{"position":"#;

#[derive(Serialize, Deserialize)]
pub(super) struct FirstLine {
    pub(super) format: String,
    pub(super) version: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LastLine {
    pub(super) commits: u64,
    pub(super) events: u64,
    pub(super) content: Digest,
    /// Of all lines before, each with its newline.
    pub(super) lines: Digest,
}

impl LastLine {
    pub(super) const fn content(&self) -> Content {
        Content { commits: self.commits, events: self.events, digest: self.content }
    }
}

#[derive(Serialize)]
struct CommitToWrite<'a> {
    id: &'a CommitId,
    command: &'a CommandId,
    actor: &'a Actor,
    time: &'a DateTime<Utc>,
    events: Vec<EventToWrite<'a>>,
}

#[derive(Serialize)]
struct EventToWrite<'a> {
    stream: &'a StreamId,
    sequence: Sequence,
    name: &'a str,
    schema: u32,
    cause: Cause,
    payload: &'a Json,
}

/// The commit without its position.
pub(super) fn content(commit: &RecordedCommit) -> serde_json::Result<String> {
    let CommitHeader { id, command, actor, time } = &*commit.header;
    let events = commit.events.iter().map(|event| EventToWrite {
        stream: &event.stream,
        sequence: event.sequence,
        name: &event.name,
        schema: event.schema,
        cause: event.cause,
        payload: &event.payload,
    });
    serde_json::to_string(&CommitToWrite { id, command, actor, time, events: events.collect() })
}

/// The whole line of a commit with this content.
pub(super) fn of_commit(position: Position, content: &str) -> String {
    let rest = content.strip_prefix('{').unwrap_or(content);
    format!("{COMMIT}{position},{rest}")
}

pub(super) fn unwritten(error: serde_json::Error) -> StoreError {
    StoreError::unavailable("writing a line of the export", error)
}

/// A line as it is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CommitRead {
    position: Position,
    id: CommitId,
    command: CommandId,
    actor: Actor,
    time: DateTime<Utc>,
    events: Vec<EventRead>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventRead {
    stream: StreamId,
    sequence: Sequence,
    name: String,
    schema: u32,
    cause: Cause,
    payload: Json,
}

impl CommitRead {
    /// The commit as the store had recorded it that was exported.
    pub(super) fn recorded(self) -> RecordedCommit {
        let Self { position, id, command, actor, time, events } = self;
        let header = Arc::new(CommitHeader { id, command, actor, time });
        let events = (0..).zip(events).map(|(index, event)| RecordedEvent {
            stream: event.stream,
            sequence: event.sequence,
            position,
            index,
            header: Arc::clone(&header),
            cause: event.cause,
            name: event.name.into(),
            schema: event.schema,
            payload: event.payload,
        });
        RecordedCommit { position, events: events.collect(), header: Arc::clone(&header) }
    }
}
