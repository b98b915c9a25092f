//! The contract that every event store fulfils.

use std::sync::Arc;

use async_trait::async_trait;
use futures::future::BoxFuture;

use super::{
    Checkpoint, Commit, CommitError, Position, RecordedCommit, RecordedEvent, Sequence, StoreError, StreamId,
};

/// Keeps events in streams, and all streams in one log.
///
/// The conformance suite (feature `conformance`) holds a store to every sentence of this contract.
///
/// All calls behave as if they were carried out one after another, each at one moment between its beginning and its answer.
/// A store that is closed takes no commit ([`CommitError::NotWritten`]), and answers all who wait with an error.
///
/// Every future may be dropped at any time: a read that was dropped has changed nothing; a commit that was dropped is
/// recorded as a whole or not at all (its caller does not know which, as after [`CommitError::OutcomeUnknown`]).
#[async_trait]
pub trait EventStore: Send + Sync + 'static {
    /// Appends to every stream in `commit` or to none, durably, before it returns the commit's position.
    ///
    /// Each stream that it appends to, and each that it guards, must stand where the commit expects it. Sequences go on from
    /// there without a gap. Of several commits that expect the same, one wins.
    ///
    /// # Errors
    /// - [`CommitError::Conflict`] with every stream that stands elsewhere; nothing was written.
    /// - [`CommitError::TooLarge`], [`CommitError::NotWritten`]: nothing was written.
    /// - [`CommitError::OutcomeUnknown`]: it may have been written.
    async fn commit(&self, commit: Commit) -> Result<Position, CommitError>;

    /// At most `limit` of the stream's events after `after`, in order; none if there is nothing there, or `limit` is 0.
    ///
    /// # Errors
    /// What kept the store from reading.
    async fn read_stream(
        &self,
        stream: &StreamId,
        after: Sequence,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError>;

    /// Whole commits after `after`, in order. `limit` counts events: commits are added while their events do not exceed it,
    /// but at least one is returned if there is one (none if `limit` is 0).
    ///
    /// Positions are unique and increasing, not necessarily dense. Once a commit was read, nothing ever appears at or below
    /// its position, so that a reader who goes on from the last position it saw misses nothing.
    ///
    /// # Errors
    /// What kept the store from reading.
    async fn read_all(&self, after: Position, limit: usize) -> Result<Vec<RecordedCommit>, StoreError>;

    /// The position of the newest commit that can be read; [`Position::START`] while there is none.
    ///
    /// # Errors
    /// What kept the store from reading.
    async fn head(&self) -> Result<Position, StoreError>;

    /// Returns the head once it is past `position`, at once if it is already. A wake-up is never missed, whatever the
    /// order in which the commit and the call come.
    ///
    /// # Errors
    /// What kept the store from waiting; it was closed, for example.
    async fn wait_past(&self, position: Position) -> Result<Position, StoreError>;

    /// The checkpoint that was last saved for the stream, if the store still has it.
    ///
    /// # Errors
    /// What kept the store from reading.
    async fn load_checkpoint(&self, stream: &StreamId) -> Result<Option<Checkpoint>, StoreError>;

    /// Keeps a checkpoint in place of the one before. The store may forget it at any time.
    ///
    /// # Errors
    /// What kept the store from writing; no answer but [`EventStore::load_checkpoint`]'s depends on it.
    async fn save_checkpoint(&self, stream: &StreamId, checkpoint: Checkpoint) -> Result<(), StoreError>;
}

// Written as `async_trait` writes them, so that the future behind the pointer is passed on as it is: one in a box of its own would be one more for every call.
macro_rules! store_behind_a_pointer {
    ($pointer:ident) => {
        impl<S: EventStore + ?Sized> EventStore for $pointer<S> {
            fn commit<'s, 'f>(&'s self, commit: Commit) -> BoxFuture<'f, Result<Position, CommitError>>
            where
                's: 'f,
            {
                (**self).commit(commit)
            }

            fn read_stream<'s, 'i, 'f>(
                &'s self,
                stream: &'i StreamId,
                after: Sequence,
                limit: usize,
            ) -> BoxFuture<'f, Result<Vec<RecordedEvent>, StoreError>>
            where
                's: 'f,
                'i: 'f,
            {
                (**self).read_stream(stream, after, limit)
            }

            fn read_all<'s, 'f>(
                &'s self,
                after: Position,
                limit: usize,
            ) -> BoxFuture<'f, Result<Vec<RecordedCommit>, StoreError>>
            where
                's: 'f,
            {
                (**self).read_all(after, limit)
            }

            fn head<'s, 'f>(&'s self) -> BoxFuture<'f, Result<Position, StoreError>>
            where
                's: 'f,
            {
                (**self).head()
            }

            fn wait_past<'s, 'f>(&'s self, position: Position) -> BoxFuture<'f, Result<Position, StoreError>>
            where
                's: 'f,
            {
                (**self).wait_past(position)
            }

            fn load_checkpoint<'s, 'i, 'f>(
                &'s self,
                stream: &'i StreamId,
            ) -> BoxFuture<'f, Result<Option<Checkpoint>, StoreError>>
            where
                's: 'f,
                'i: 'f,
            {
                (**self).load_checkpoint(stream)
            }

            fn save_checkpoint<'s, 'i, 'f>(
                &'s self,
                stream: &'i StreamId,
                checkpoint: Checkpoint,
            ) -> BoxFuture<'f, Result<(), StoreError>>
            where
                's: 'f,
                'i: 'f,
            {
                (**self).save_checkpoint(stream, checkpoint)
            }
        }
    };
}

store_behind_a_pointer!(Arc);
store_behind_a_pointer!(Box);
