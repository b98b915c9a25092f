//! Every fact about one thing, with who, when and why (E3).

use std::sync::Arc;

use cutover::store::{
    Cause, CommitHeader, EventStore, Position, RecordedCommit, RecordedEvent, Sequence, StoreExt,
};
use cutover::transaction::Happening;
use cutover::{Event, Subject};
use futures::TryStreamExt;

use crate::decode::happening;
use crate::engine::Inner;
use crate::{Engine, EngineError};

/// Something that became true, with who, when and why (E3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The commit that it was recorded in.
    pub position: Position,
    /// Its place in its own stream: as of it, the thing stood so ([`AsOf::Sequence`](crate::AsOf::Sequence)).
    pub sequence: Sequence,
    /// Who gave the command, which one, and when.
    pub header: Arc<CommitHeader>,
    /// What.
    pub event: Event,
    /// What it followed from.
    pub because: Because,
}

/// What a fact followed from (E3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Because {
    /// The command was given to this very thing.
    Asked,
    /// A moment came.
    TimeCame,
    /// This became true, of this or of another thing, in the same commit.
    Followed(Box<Happening>),
    /// It followed from something of a release that was left out when the store was rewritten (K3).
    LeftOut,
}

impl Engine {
    /// Every fact about one thing, from the first on (E3): its own events, each with who, when and why. None if there is no such thing.
    ///
    /// # Errors
    /// [`EngineError::Store`] and [`EngineError::Fold`] if it can't be read.
    pub async fn history(&self, subject: &Subject) -> Result<Vec<Fact>, EngineError> {
        let mut facts = Vec::new();
        let stream = subject.stream();
        let mut events = self.0.store.events_of(&stream, Sequence::NONE);
        let mut latest = None;
        while let Some(recorded) = events.try_next().await? {
            facts.push(Fact {
                position: recorded.position,
                sequence: recorded.sequence,
                because: self.0.because(subject, &recorded, &mut latest).await?,
                event: happening(&recorded)?.event,
                header: recorded.header,
            });
        }
        Ok(facts)
    }
}

impl Inner {
    /// `latest` keeps the commit that was read last: mostly it holds the next event, too.
    async fn because(
        &self,
        subject: &Subject,
        recorded: &RecordedEvent,
        latest: &mut Option<RecordedCommit>,
    ) -> Result<Because, EngineError> {
        let place = match recorded.cause {
            Cause::Command => return Ok(Because::Asked),
            Cause::Deadline => return Ok(Because::TimeCame),
            Cause::Event(place) if place == recorded.index => return Ok(Because::LeftOut),
            Cause::Event(place) => usize::try_from(place).unwrap_or(usize::MAX),
        };
        if latest.as_ref().is_none_or(|commit| commit.position != recorded.position) {
            let before = Position(recorded.position.0.saturating_sub(1));
            *latest = self.store.read_all(before, 1).await?.into_iter().next();
        }
        let cause = latest.as_ref().and_then(|commit| commit.events.get(place));
        // A commit is recorded as a whole, with what its events followed from.
        let cause = cause.ok_or_else(|| EngineError::NotFound(subject.clone()))?;
        Ok(Because::Followed(Box::new(happening(cause)?)))
    }
}
