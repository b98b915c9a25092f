//! An aggregate's state, as its stream says.

use super::State;
use super::memory::CommandMemory;
use crate::event::DecodeError;
use crate::flow::Impossible;
use crate::store::{Cause, RecordedEvent, Sequence, StreamId};
use crate::{CommandId, Event, InvalidId, Subject, Timestamp, limits};

/// A stream as it was folded: the aggregate's state, where the stream stands, and what is remembered of its commands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded {
    subject: Subject,
    stream: StreamId,
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
        Self {
            stream: subject.stream(),
            state: State::empty(&subject),
            subject,
            sequence: Sequence::NONE,
            newest: None,
            commands: CommandMemory::default(),
        }
    }

    /// Folds the next event of the stream.
    ///
    /// # Errors
    /// If it can't be read, is not the next one, or can't follow from those before it. The state is then as it was, or unusable: drop it.
    pub fn apply(&mut self, recorded: &RecordedEvent) -> Result<(), FoldError> {
        let sequence = recorded.sequence;
        if sequence != self.sequence.plus(1) {
            let expected = self.sequence.plus(1);
            return Err(FoldError::Gap { subject: self.subject.clone(), expected, found: sequence });
        }
        let event = Event::decode(&self.subject, recorded).map_err(|source| FoldError::Decode {
            subject: self.subject.clone(),
            sequence,
            source,
        })?;
        let is_addressed = recorded.cause == Cause::Command;
        self.take(&event, recorded.header.time, is_addressed.then_some(&recorded.header.command))
            .map_err(|source| FoldError::Impossible { subject: self.subject.clone(), sequence, source })
    }

    /// Folds an event; `command` is given if it was addressed to this stream.
    pub(crate) fn take(
        &mut self,
        event: &Event,
        at: Timestamp,
        command: Option<&CommandId>,
    ) -> Result<(), Impossible> {
        self.state.evolve(event, at)?;
        self.sequence = self.sequence.plus(1);
        self.newest = self.newest.max(Some(at));
        if let Some(command) = command {
            self.remember(command);
        }
        Ok(())
    }

    fn remember(&mut self, command: &CommandId) {
        let most = if matches!(self.subject, Subject::Pipeline(_)) {
            limits::PIPELINE_COMMANDS_REMEMBERED
        } else if matches!(self.subject, Subject::Release(_)) {
            limits::RELEASE_COMMANDS_REMEMBERED
        } else {
            limits::COMMANDS_REMEMBERED
        };
        self.commands.remember(command, self.sequence, most);
    }

    /// What the stream is about.
    pub const fn subject(&self) -> &Subject {
        &self.subject
    }

    /// The stream's name.
    pub const fn stream(&self) -> &StreamId {
        &self.stream
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Story: what engines claimed and reported of a release in many slices was as much as its stream remembered, within a second.
    #[test]
    fn a_release_remembers_more_than_what_its_tasks_are_claimed_and_reported_by_meanwhile() {
        let remembered = |subject: Subject| {
            let mut folded = Folded::empty(subject);
            let id = |number: usize| CommandId::new(number.to_string()).expect("a short id");
            for number in 0..limits::RELEASE_COMMANDS_REMEMBERED {
                folded.sequence = folded.sequence.plus(1);
                folded.remember(&id(number));
            }
            folded.recorded_by(&id(0)).is_some()
        };
        assert!(remembered(Subject::Release(crate::ReleaseId(1))));
        assert!(!remembered(Subject::Locks), "others remember fewer");
    }
}
