//! An aggregate's state, as its stream says.

use super::memory::CommandMemory;
use super::{Command, Refusal};
use crate::event::{DecodeError, Event};
use crate::flow::{Aggregate, Facts, Impossible};
use crate::store::{Cause, RecordedEvent, Sequence};
use crate::{
    CommandId, Context, Directory, InvalidId, Pipeline, Release, Snapshot, StageQueue, Subject, Timestamp,
    limits,
};

/// The state of one aggregate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// The directory.
    Directory(Directory),
    /// A pipeline.
    Pipeline(Pipeline),
    /// A snapshot.
    Snapshot(Snapshot),
    /// A release.
    Release(Box<Release>),
    /// A stage's queue.
    Queue(StageQueue),
}

/// A stream as it was folded: the aggregate's state, where the stream stands, and what is remembered of its commands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded {
    subject: Subject,
    state: State,
    sequence: Sequence,
    newest: Option<Timestamp>,
    commands: CommandMemory,
}

/// A stream that can't be folded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FoldError {
    /// The stream is of no aggregate that this version knows.
    #[error(transparent)]
    Subject(#[from] InvalidId),
    /// An event can't be read.
    #[error("event {sequence} of {subject}")]
    Decode {
        /// The stream.
        subject: Subject,
        /// The event.
        sequence: Sequence,
        /// Why.
        #[source]
        source: DecodeError,
    },
    /// An event can't follow from the ones before it: the stream is damaged.
    #[error("event {sequence} of {subject} can't follow from those before it: the store is damaged")]
    Impossible {
        /// The stream.
        subject: Subject,
        /// The event.
        sequence: Sequence,
        /// Why.
        #[source]
        source: Impossible,
    },
    /// An event is not the next one of its stream.
    #[error("event {found} of {subject} comes where {expected} is the next one")]
    Gap {
        /// The stream.
        subject: Subject,
        /// The next sequence.
        expected: Sequence,
        /// The event's.
        found: Sequence,
    },
}

impl Folded {
    /// A stream without events.
    pub fn empty(subject: Subject) -> Self {
        let state = match subject {
            Subject::Directory => State::Directory(Directory::default()),
            Subject::Pipeline(_) => State::Pipeline(Pipeline::default()),
            Subject::Snapshot(_) => State::Snapshot(Snapshot::default()),
            Subject::Release(_) => State::Release(Box::default()),
            Subject::Queue(_) => State::Queue(StageQueue::default()),
        };
        Self { subject, state, sequence: Sequence::NONE, newest: None, commands: CommandMemory::default() }
    }

    /// Folds the next event of the stream.
    ///
    /// # Errors
    /// If it can't be read, is not the next one, or can't follow from those before it. The state is then as it was, or unusable: drop it.
    pub fn apply(&mut self, recorded: &RecordedEvent) -> Result<(), FoldError> {
        let (subject, sequence) = (self.subject, recorded.sequence);
        if sequence != self.sequence.plus(1) {
            return Err(FoldError::Gap { subject, expected: self.sequence.plus(1), found: sequence });
        }
        let event = Event::decode(subject, recorded).map_err(|source| FoldError::Decode {
            subject,
            sequence,
            source,
        })?;
        let is_addressed = recorded.cause == Cause::Command;
        self.take(&event, recorded.header.time, is_addressed.then_some(&recorded.header.command))
            .map_err(|source| FoldError::Impossible { subject, sequence, source })
    }

    /// Folds an event; `command` is given if it was addressed to this stream.
    pub(super) fn take(
        &mut self,
        event: &Event,
        at: Timestamp,
        command: Option<&CommandId>,
    ) -> Result<(), Impossible> {
        match (&mut self.state, event) {
            (State::Directory(directory), Event::Directory(event)) => directory.evolve(event, at)?,
            (State::Pipeline(pipeline), Event::Pipeline(event)) => pipeline.evolve(event, at)?,
            (State::Snapshot(snapshot), Event::Snapshot(event)) => snapshot.evolve(event, at)?,
            (State::Release(release), Event::Release(event)) => release.evolve(event, at)?,
            (State::Queue(queue), Event::Queue(event)) => queue.evolve(event, at)?,
            (
                State::Directory(_)
                | State::Pipeline(_)
                | State::Snapshot(_)
                | State::Release(_)
                | State::Queue(_),
                _,
            ) => return Err(Impossible("an event of another aggregate")),
        }
        self.sequence = self.sequence.plus(1);
        self.newest = self.newest.max(Some(at));
        if let Some(command) = command {
            self.remember(command);
        }
        Ok(())
    }

    fn remember(&mut self, command: &CommandId) {
        let most = match self.subject {
            Subject::Pipeline(_) => limits::PIPELINE_COMMANDS_REMEMBERED,
            Subject::Directory | Subject::Snapshot(_) | Subject::Release(_) | Subject::Queue(_) => {
                limits::COMMANDS_REMEMBERED
            }
        };
        self.commands.remember(command, self.sequence, most);
    }

    /// What the stream is about.
    pub const fn subject(&self) -> Subject {
        self.subject
    }

    /// The aggregate's state.
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// Where the stream stands.
    pub const fn sequence(&self) -> Sequence {
        self.sequence
    }

    /// When its newest event was recorded.
    pub const fn newest(&self) -> Option<Timestamp> {
        self.newest
    }

    /// Where the first event stands that a command recorded which was addressed to this stream, if that is remembered.
    pub fn recorded_by(&self, command: &CommandId) -> Option<Sequence> {
        self.commands.find(command)
    }
}

macro_rules! state_accessor {
    ($(#[$doc:meta])* $name:ident, $variant:ident, $type:ty) => {
        $(#[$doc])*
        pub const fn $name(&self) -> Option<&$type> {
            match self {
                Self::$variant(state) => Some(state),
                _ => None,
            }
        }
    };
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "each accessor is for one variant and `None` for every other"
)]
impl State {
    state_accessor! {
        /// The directory, if it is that.
        as_directory, Directory, Directory
    }
    state_accessor! {
        /// A pipeline, if it is one.
        as_pipeline, Pipeline, Pipeline
    }
    state_accessor! {
        /// A snapshot, if it is one.
        as_snapshot, Snapshot, Snapshot
    }
    state_accessor! {
        /// A stage's queue, if it is one.
        as_queue, Queue, StageQueue
    }

    /// A release, if it is one.
    pub const fn as_release(&self) -> Option<&Release> {
        match self {
            Self::Release(release) => Some(release),
            _ => None,
        }
    }

    pub(super) fn needs(&self, command: &Command) -> Vec<Subject> {
        match (self, command) {
            (Self::Directory(state), Command::Directory(command)) => state.needs(command),
            (Self::Pipeline(state), Command::Pipeline(_, command)) => state.needs(command),
            (Self::Snapshot(state), Command::Snapshot(_, command)) => state.needs(command),
            (Self::Release(state), Command::Release(_, command)) => state.needs(command),
            (Self::Queue(state), Command::Queue(_, command)) => state.needs(command),
            _ => Vec::new(),
        }
    }

    pub(super) fn decide(
        &self,
        command: &Command,
        context: &Context,
        facts: &Facts<'_>,
    ) -> Result<Vec<Event>, Refusal> {
        fn all<E>(events: Vec<E>, wrap: fn(E) -> Event) -> Vec<Event> {
            events.into_iter().map(wrap).collect()
        }
        Ok(match (self, command) {
            (Self::Directory(state), Command::Directory(command)) => {
                all(state.decide(command, context, facts)?, Event::Directory)
            }
            (Self::Pipeline(state), Command::Pipeline(_, command)) => {
                all(state.decide(command, context, facts)?, Event::Pipeline)
            }
            (Self::Snapshot(state), Command::Snapshot(_, command)) => {
                all(state.decide(command, context, facts)?, Event::Snapshot)
            }
            (Self::Release(state), Command::Release(_, command)) => {
                all(state.decide(command, context, facts)?, Event::Release)
            }
            (Self::Queue(state), Command::Queue(_, command)) => {
                all(state.decide(command, context, facts)?, Event::Queue)
            }
            _ => return Err(Refusal::NotRecordable { what: "a command for another aggregate".to_owned() }),
        })
    }

    /// The command by which the earliest deadline that has passed is decided.
    pub(super) fn due(&self, subject: Subject, now: Timestamp) -> Option<Command> {
        match (self, subject) {
            (Self::Release(release), Subject::Release(id)) => {
                release.due(now).map(|command| Command::Release(id, command))
            }
            _ => None,
        }
    }
}
