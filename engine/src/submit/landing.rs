//! A commit, with certainty: recorded, or certainly not.

use chrono::TimeDelta;
use cutover::store::{Commit, CommitError, Conflict, EventStore, Position, StoreError};
use tracing::Instrument;

use crate::engine::Inner;
use crate::{Clock, EngineError, limits};

/// What became of a commit.
#[derive(Debug)]
pub(super) enum Landing {
    /// It is recorded.
    Recorded(Position),
    /// It is not, since something else was recorded since the decision.
    Conflict(Conflict),
}

impl Inner {
    /// Commits, and finds out what became of it when the answer is lost: the identical commit is sent again; what then stands in
    /// the place of its first event says whether the lost one was recorded. What another send can't change is not sent again.
    pub(super) async fn land(&self, commit: Commit) -> Result<Landing, EngineError> {
        let (id, events) = (&commit.header().id, commit.events().len());
        let span = tracing::debug_span!("commit", commit = %id, events, position = tracing::field::Empty);
        let landing = self.land_somehow(commit).instrument(span.clone()).await;
        if let Ok(Landing::Recorded(position)) = &landing {
            span.record("position", tracing::field::display(position));
        }
        landing
    }

    async fn land_somehow(&self, commit: Commit) -> Result<Landing, EngineError> {
        let mut is_in_doubt = false;
        let mut sends = 0;
        loop {
            sends += 1;
            match self.store.commit(commit.clone()).await {
                Ok(position) => return Ok(Landing::Recorded(position)),
                Err(CommitError::Conflict(_))
                    if is_in_doubt && let Some(position) = self.find(&commit).await? =>
                {
                    return Ok(Landing::Recorded(position));
                }
                Err(CommitError::Conflict(conflict)) => return Ok(Landing::Conflict(conflict)),
                Err(
                    error @ (CommitError::NotWritten(StoreError::Unavailable { .. })
                    | CommitError::OutcomeUnknown(StoreError::Unavailable { .. })),
                ) if sends < limits::SENDS => {
                    is_in_doubt |= matches!(error, CommitError::OutcomeUnknown(_));
                    tracing::warn!(%error, sends, "the commit is sent again");
                    // An answer that was lost is asked for at once; a store that is away is given time.
                    if let Some(pauses) = sends.checked_sub(2) {
                        self.pause(pauses).await;
                    }
                }
                Err(error) => return Err(EngineError::Commit(doubtful(error, is_in_doubt))),
            }
        }
    }

    /// Waits a little, and longer each time.
    pub(crate) async fn pause(&self, pauses_before: u32) {
        let pause = TimeDelta::milliseconds(limits::FIRST_PAUSE_MILLISECONDS << pauses_before.min(16));
        self.clock.wait_until(self.clock.now() + pause).await;
    }

    /// Where the commit was recorded, if it was: a commit is recorded as a whole, so that one of its streams tells.
    async fn find(&self, commit: &Commit) -> Result<Option<Position>, EngineError> {
        let Some(first) = commit.streams().first() else { return Ok(None) };
        let there = self.store.read_stream(&first.stream, first.at, 1).await?;
        let ours = there.first().filter(|event| event.header.id == commit.header().id);
        Ok(ours.map(|event| event.position))
    }
}

/// An earlier send whose outcome is unknown leaves it unknown, whatever the last one said.
fn doubtful(last: CommitError, is_in_doubt: bool) -> CommitError {
    match (last, is_in_doubt) {
        (CommitError::NotWritten(source), true) => CommitError::OutcomeUnknown(source),
        (last, _) => last,
    }
}
