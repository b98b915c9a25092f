//! What is handed to a store: one commit, over one or several streams.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Json, Sequence, StreamId};
use crate::{Actor, CommandId, CommitId};

/// Who caused a commit, and when: the same for all of its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitHeader {
    /// Tells this attempt to commit from every other, so that a commit in doubt can be recognised.
    pub id: CommitId,
    /// The command that it carries out.
    pub command: CommandId,
    /// Who gave the command.
    pub actor: Actor,
    /// When it was decided.
    pub time: DateTime<Utc>,
}

/// What an event followed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The commit's command, addressed to this event's stream.
    Command,
    /// A deadline of this event's stream that had passed.
    Deadline,
    /// A reaction to another event of the same commit, given by its place in [`Commit::events`]. Its own place, if that event was left out when the
    /// store was rewritten (K3).
    Event(u32),
}

/// An event that is not recorded yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// The stored name of its kind, `"deployment.queued"` for example.
    pub name: Cow<'static, str>,
    /// The version of its payload's shape, from 1.
    pub schema: u32,
    /// What it followed from.
    pub cause: Cause,
    /// What it says.
    pub payload: Json,
}

/// Where a stream must stand for a commit to be accepted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Expectation {
    /// The stream.
    pub stream: StreamId,
    /// The sequence of its newest event; [`Sequence::NONE`] if it must not exist yet.
    pub at: Sequence,
}

/// Events for one or several streams, recorded all together or not at all.
///
/// ```
/// use cutover::store::{Cause, Commit, CommitHeader, Json, NewEvent, Sequence, StreamId};
/// use cutover::{Actor, CommandId, CommitId};
///
/// let header = CommitHeader {
///     id: CommitId::new("commit-1")?,
///     command: CommandId::new("command-1")?,
///     actor: Actor::System,
///     time: chrono::DateTime::UNIX_EPOCH,
/// };
/// let event = NewEvent { name: "note.taken".into(), schema: 1, cause: Cause::Command, payload: Json::parse("{}")? };
/// let commit = Commit::builder(header)
///     .append(&StreamId::new("notes")?, Sequence::NONE, event)
///     .guard(&StreamId::new("rules")?, Sequence(3))
///     .build()?;
/// assert_eq!(commit.events().len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    header: CommitHeader,
    streams: Vec<Expectation>,
    events: Vec<(usize, NewEvent)>,
    guards: Vec<Expectation>,
}

impl Commit {
    /// Begins a commit.
    pub fn builder(header: CommitHeader) -> CommitBuilder {
        CommitBuilder {
            header,
            streams: Vec::new(),
            by_name: Vec::new(),
            events: Vec::new(),
            guards: BTreeMap::new(),
        }
    }

    /// Who caused it, and when.
    pub fn header(&self) -> &CommitHeader {
        &self.header
    }

    /// The streams that it appends to, in the order in which they first occur in [`Commit::events`], each with where it must stand.
    pub fn streams(&self) -> &[Expectation] {
        &self.streams
    }

    /// The events in the order in which they were decided, each with the index of its stream in [`Commit::streams`].
    pub fn events(&self) -> &[(usize, NewEvent)] {
        &self.events
    }

    /// Streams that were only read, each with where it must still stand. None of them is in [`Commit::streams`].
    pub fn guards(&self) -> &[Expectation] {
        &self.guards
    }

    /// What it holds, for a store to keep without copying it.
    pub fn into_parts(self) -> CommitParts {
        let Self { header, streams, events, guards } = self;
        CommitParts { header, streams, events, guards }
    }

    /// All that must hold: [`Commit::streams`], then [`Commit::guards`].
    pub fn expectations(&self) -> impl Iterator<Item = &Expectation> {
        self.streams.iter().chain(&self.guards)
    }
}

/// What a [`Commit`] holds: see its methods of the same names.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the methods of the same names say what they are")]
pub struct CommitParts {
    pub header: CommitHeader,
    pub streams: Vec<Expectation>,
    pub events: Vec<(usize, NewEvent)>,
    pub guards: Vec<Expectation>,
}

/// Collects what a [`Commit`] holds.
#[derive(Debug, Clone)]
pub struct CommitBuilder {
    header: CommitHeader,
    streams: Vec<Expectation>,
    /// The places of `streams`, in the order of their names.
    by_name: Vec<usize>,
    events: Vec<(usize, NewEvent)>,
    guards: BTreeMap<StreamId, Sequence>,
}

impl CommitBuilder {
    /// Adds an event. `expected` is where its stream stands before the commit; it is taken from the stream's first event here.
    #[must_use]
    pub fn append(mut self, stream: &StreamId, expected: Sequence, event: NewEvent) -> Self {
        let place = match self.find(stream) {
            Ok(place) => place,
            Err(order) => {
                let place = self.streams.len();
                self.streams.push(Expectation { stream: stream.clone(), at: expected });
                self.by_name.insert(order, place);
                place
            }
        };
        self.events.push((place, event));
        self
    }

    /// The place of a stream that is appended to; otherwise where it would go in the order of the names.
    fn find(&self, stream: &StreamId) -> Result<usize, usize> {
        let found = self.by_name.binary_search_by(|place| self.streams[*place].stream.cmp(stream));
        found.map(|order| self.by_name[order])
    }

    /// Adds a stream that was read and must still stand at `at`. For a stream that is appended to, its own expectation says so already.
    #[must_use]
    pub fn guard(mut self, stream: &StreamId, at: Sequence) -> Self {
        self.guards.insert(stream.clone(), at);
        self
    }

    /// The commit.
    ///
    /// # Errors
    /// [`EmptyCommit`] if it holds no event.
    pub fn build(self) -> Result<Commit, EmptyCommit> {
        if self.events.is_empty() {
            return Err(EmptyCommit);
        }
        let only_read = self.guards.iter().filter(|(stream, _)| self.find(stream).is_err());
        let guards = only_read.map(|(stream, at)| Expectation { stream: stream.clone(), at: *at }).collect();
        let Self { header, streams, events, .. } = self;
        Ok(Commit { header, streams, events, guards })
    }
}

/// A commit without events, which would record nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a commit holds at least one event")]
pub struct EmptyCommit;
