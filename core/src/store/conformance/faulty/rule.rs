//! Which calls meet which fault.

use std::fmt;

use futures::future::BoxFuture;

use super::super::draws::Draws;
use super::Gate;
use crate::store::{Commit, StreamId};

/// A method of [`EventStore`](crate::store::EventStore).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Call {
    /// `commit`.
    Commit,
    /// `read_stream`.
    ReadStream,
    /// `read_all`.
    ReadAll,
    /// `head`.
    Head,
    /// `wait_past`.
    WaitPast,
    /// `load_checkpoint`.
    LoadCheckpoint,
    /// `save_checkpoint`.
    SaveCheckpoint,
}

/// What happens to a call.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Fault {
    /// It fails before: nothing is done, and the caller is told so.
    NotDone,
    /// It fails before, and the caller is not told: nothing is done, and a commit's outcome is unknown.
    LostCall,
    /// It fails after: it is done, and the answer is lost. A commit's outcome is unknown.
    LostAnswer,
    /// It is done, and no answer comes, ever.
    Silence,
    /// Nothing is done, since an earlier write failed ([`StoreError::Poisoned`](crate::store::StoreError::Poisoned)).
    Poisoned,
    /// Nothing is done, since the commit is too large. Other calls are [`Fault::NotDone`].
    TooLarge,
    /// It waits at the gate, and is then done.
    Delayed(Gate),
    /// It is done, and its answer waits at the gate. [`Turn::Last`](super::Turn::Last) reorders the answers that wait.
    DelayedAnswer(Gate),
    /// Others have one to this many turns before it is done, as many as the rule's seed has it: so calls overtake each other.
    Overtaken(u64),
    /// It is done, and others have one to this many turns before it is answered, as many as the rule's seed has it: so
    /// answers overtake each other.
    OvertakenAnswer(u64),
}

/// What a rule has happen to a call.
pub(super) enum Effect {
    Fault(Fault),
    First(BoxFuture<'static, ()>),
}

impl fmt::Debug for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(fault) => fault.fmt(f),
            Self::First(_) => f.write_str("First(..)"),
        }
    }
}

#[derive(Debug)]
enum Which {
    /// So many of them, after the skipped ones.
    Times(u64),
    Always,
    OneIn(u64),
}

/// Says which calls meet a fault. As it begins, [`Rule::on`] is about the next call of its kind and no further one.
#[derive(Debug)]
#[must_use = "a rule does nothing until it is added to a store"]
pub struct Rule {
    call: Option<Call>,
    event: Option<String>,
    stream: Option<StreamId>,
    skip: u64,
    which: Which,
    seen: u64,
    draws: Draws,
    effect: Option<Effect>,
}

impl Rule {
    /// About calls of this kind.
    pub fn on(call: Call) -> Self {
        Self { call: Some(call), ..Self::on_any() }
    }

    /// About calls of every kind.
    pub fn on_any() -> Self {
        Self {
            call: None,
            event: None,
            stream: None,
            skip: 0,
            which: Which::Times(1),
            seen: 0,
            draws: Draws::of(0),
            effect: None,
        }
    }

    /// Only about commits with an event of this name.
    pub fn with_event(mut self, name: impl Into<String>) -> Self {
        self.event = Some(name.into());
        self
    }

    /// Only about calls that concern this stream: commits that append to it, reads of it, its checkpoints.
    pub fn with_stream(mut self, stream: &StreamId) -> Self {
        self.stream = Some(stream.clone());
        self
    }

    /// Leaves out the first `calls` of them.
    pub fn skip(mut self, calls: u64) -> Self {
        self.skip = calls;
        self
    }

    /// The next `calls` of them.
    pub fn times(mut self, calls: u64) -> Self {
        self.which = Which::Times(calls);
        self
    }

    /// All of them.
    pub fn always(mut self) -> Self {
        self.which = Which::Always;
        self
    }

    /// One in `calls` of them on the average, as `seed` has it. Each is drawn for by itself, in the order in which they come.
    pub fn one_in(mut self, calls: u64, seed: u64) -> Self {
        self.which = Which::OneIn(calls);
        self.seeded(seed)
    }

    /// Draws numbers from this seed rather than from 0.
    pub fn seeded(mut self, seed: u64) -> Self {
        self.draws = Draws::of(seed);
        self
    }

    /// They meet this fault.
    pub fn meets(mut self, fault: Fault) -> Self {
        self.effect = Some(Effect::Fault(fault));
        self
    }

    /// This happens before the first of them is done, and it is then done. It may use the store.
    pub fn happens_first(mut self, happens: impl Future<Output = ()> + Send + 'static) -> Self {
        self.effect = Some(Effect::First(Box::pin(happens)));
        self
    }

    fn is_about(&self, asked: &Asked<'_>) -> bool {
        let is_event_there = |name: &String| {
            asked.commit.is_some_and(|commit| commit.events().iter().any(|(_, event)| event.name == *name))
        };
        let is_stream_there = |stream: &StreamId| {
            let is_appended_to =
                |commit: &Commit| commit.streams().iter().any(|expected| expected.stream == *stream);
            asked.stream == Some(stream) || asked.commit.is_some_and(is_appended_to)
        };
        self.call.is_none_or(|call| call == asked.call)
            && self.event.as_ref().is_none_or(is_event_there)
            && self.stream.as_ref().is_none_or(is_stream_there)
    }

    /// Counts the call if the rule is about it: whether it meets the fault.
    pub(super) fn is_met_by(&mut self, asked: &Asked<'_>) -> bool {
        if !self.is_about(asked) {
            return false;
        }
        let place = self.seen;
        self.seen += 1;
        if place < self.skip {
            return false;
        }
        match self.which {
            Which::Times(calls) => place - self.skip < calls,
            Which::Always => true,
            Which::OneIn(calls) => self.draws.below(calls) == 0,
        }
    }

    /// The fault for one call, with its number of turns drawn.
    pub(super) fn effect(&mut self) -> Option<Effect> {
        match self.effect.take()? {
            Effect::First(happens) => Some(Effect::First(happens)),
            Effect::Fault(fault) => {
                self.effect = Some(Effect::Fault(fault.clone()));
                Some(Effect::Fault(match fault {
                    Fault::Overtaken(most) => Fault::Overtaken(1 + self.draws.below(most)),
                    Fault::OvertakenAnswer(most) => Fault::OvertakenAnswer(1 + self.draws.below(most)),
                    Fault::NotDone
                    | Fault::LostCall
                    | Fault::LostAnswer
                    | Fault::Silence
                    | Fault::Poisoned
                    | Fault::TooLarge
                    | Fault::Delayed(_)
                    | Fault::DelayedAnswer(_) => fault,
                }))
            }
        }
    }
}

/// A call as the rules see it.
pub(super) struct Asked<'a> {
    pub(super) call: Call,
    pub(super) commit: Option<&'a Commit>,
    pub(super) stream: Option<&'a StreamId>,
}
