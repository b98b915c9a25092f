//! Conveniences that every store gets, built on the contract alone.

use std::collections::VecDeque;

use futures::stream::{self, BoxStream, StreamExt};

use super::{EventStore, Position, RecordedCommit, RecordedEvent, Sequence, StoreError, StreamId};
use crate::limits;

/// Streams of events over [`EventStore`]'s pages.
pub trait StoreExt: EventStore {
    /// All events of a stream after `after`, up to where it stood when its last page was read.
    fn events_of<'a>(
        &'a self,
        stream: &'a StreamId,
        after: Sequence,
    ) -> BoxStream<'a, Result<RecordedEvent, StoreError>> {
        let state = (after, VecDeque::new());
        stream::try_unfold(state, async move |(after, mut page): (Sequence, VecDeque<RecordedEvent>)| {
            if page.is_empty() {
                page = self.read_stream(stream, after, limits::PAGE_EVENTS).await?.into();
            }
            Ok(page.pop_front().map(|event| {
                let after = event.sequence;
                (event, (after, page))
            }))
        })
        .boxed()
    }

    /// All commits after `after`, up to where the log stood when the last page was read.
    fn commits_after(&self, after: Position) -> BoxStream<'_, Result<RecordedCommit, StoreError>> {
        let state = (after, VecDeque::new());
        stream::try_unfold(state, async move |(after, mut page): (Position, VecDeque<RecordedCommit>)| {
            if page.is_empty() {
                page = self.read_all(after, limits::PAGE_EVENTS).await?.into();
            }
            Ok(page.pop_front().map(|commit| {
                let after = commit.position;
                (commit, (after, page))
            }))
        })
        .boxed()
    }

    /// All commits after `after`, and then every further one as it is recorded: it never ends by itself, and has
    /// neither gap nor repeat where it goes over from the past to what is new.
    fn subscribe(&self, after: Position) -> BoxStream<'_, Result<RecordedCommit, StoreError>> {
        let state = (after, VecDeque::new());
        stream::try_unfold(state, async move |(after, mut page): (Position, VecDeque<RecordedCommit>)| {
            while page.is_empty() {
                self.wait_past(after).await?;
                page = self.read_all(after, limits::PAGE_EVENTS).await?.into();
            }
            Ok(page.pop_front().map(|commit| {
                let after = commit.position;
                (commit, (after, page))
            }))
        })
        .boxed()
    }
}

impl<S: EventStore + ?Sized> StoreExt for S {}
