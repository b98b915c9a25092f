//! The store as its users see it.

use std::fmt;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use async_trait::async_trait;
use cutover::store::{
    Checkpoint, Commit, CommitError, EventStore, Position, RecordedCommit, RecordedEvent, Sequence,
    StoreError, StreamId,
};
use futures::channel::oneshot;

use crate::batch::is_telling;
use crate::checkpoints::Checkpoints;
use crate::content::Draft;
use crate::frame::MAX_FRAME_BYTES;
use crate::reader::Reader;
use crate::report::OpenReport;
use crate::shared::{Shared, closed};
use crate::writer::Request;

/// An event store in a folder of its own, durable: what was acknowledged survives the process and the machine.
///
/// Commits are written by one thread, which gathers all that wait and makes them durable with one sync; awaiting one holds up
/// no executor. Reads look into the page cache, or wait for the disk where a page is not there, on the caller's thread. Saving a checkpoint waits for the disk there, too;
/// the newest 16,384 of them are kept, of at most 256 MiB together, and none of over 16 MiB.
///
/// Dropping the store closes it, as [`FileStore::close`] does, and waits for that, unless the waker of one of its commits drops it.
pub struct FileStore {
    pub(crate) shared: Arc<Shared>,
    pub(crate) reader: Reader,
    pub(crate) checkpoints: Arc<Checkpoints>,
    pub(crate) is_tamper_evident: bool,
    pub(crate) requests: Sender<Request>,
    pub(crate) writer: Mutex<Option<JoinHandle<()>>>,
    pub(crate) report: OpenReport,
}

impl FileStore {
    /// What was found when the store was opened.
    pub fn report(&self) -> &OpenReport {
        &self.report
    }

    /// Finishes the commits that were begun, leaves the mark of a clean close, and gives the folder free. Later commits are
    /// refused; what is in the store can still be read. Closing again does nothing.
    ///
    /// # Errors
    /// What kept the store from closing cleanly: an earlier failed write, or the file system. Everything that was
    /// acknowledged is durable all the same.
    pub async fn close(&self) -> Result<(), StoreError> {
        let (answer, outcome) = oneshot::channel();
        if self.requests.send(Request::Close(answer)).is_ok()
            && let Ok(outcome) = outcome.await
        {
            return outcome;
        }
        // Nobody answers: it was closed already, or its writer has panicked and left no mark.
        if self.shared.is_closed() { Ok(()) } else { Err(self.ended_early()) }
    }

    /// A draft as this store takes it, if it is not too large.
    pub(crate) fn fitting(&self, draft: Result<Draft, serde_json::Error>) -> Result<Draft, CommitError> {
        let draft = draft.map_err(|error| {
            CommitError::NotWritten(StoreError::unavailable("writing the commit as JSON", error))
        })?;
        let draft = if self.is_tamper_evident { draft.with_link() } else { draft };
        // With the largest numbers that it may be given: it is not known yet where it will stand.
        if draft.largest > MAX_FRAME_BYTES {
            return Err(CommitError::TooLarge { bytes: draft.largest, limit: MAX_FRAME_BYTES });
        }
        Ok(draft)
    }

    fn ended_early(&self) -> StoreError {
        let what = "the writer ended before it answered".to_owned();
        self.shared.refusal().unwrap_or(StoreError::Unavailable { what, source: None })
    }
}

impl Drop for FileStore {
    fn drop(&mut self) {
        let (answer, _outcome) = oneshot::channel();
        // If it was closed before, there is nobody to ask any more.
        let _closed_before = self.requests.send(Request::Close(answer));
        let writer = self.writer.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(writer) = writer.take()
            && !is_telling()
        {
            let _panicked = writer.join();
        }
    }
}

impl fmt::Debug for FileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileStore")
            .field("folder", &self.shared.folder)
            .field("head", &self.shared.index().head())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl EventStore for FileStore {
    async fn commit(&self, commit: Commit) -> Result<Position, CommitError> {
        let draft = self.fitting(Draft::of(commit.into_parts()))?;
        let (answer, outcome) = oneshot::channel();
        if self.requests.send(Request::Commit(Box::new(draft), answer)).is_err() {
            return Err(CommitError::NotWritten(self.shared.refusal().unwrap_or_else(closed)));
        }
        outcome.await.unwrap_or_else(|_| {
            // A writer that was closed has answered all that it took: it never saw this.
            Err(if self.shared.is_closed() {
                CommitError::NotWritten(self.shared.refusal().unwrap_or_else(closed))
            } else {
                CommitError::OutcomeUnknown(self.ended_early())
            })
        })
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after: Sequence,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        self.reader.read_stream(stream, after, limit)
    }

    async fn read_all(&self, after: Position, limit: usize) -> Result<Vec<RecordedCommit>, StoreError> {
        self.reader.read_all(after, limit)
    }

    async fn head(&self) -> Result<Position, StoreError> {
        Ok(self.shared.index().head())
    }

    async fn wait_past(&self, position: Position) -> Result<Position, StoreError> {
        loop {
            // Listens before it looks, so that a commit between the two is not missed.
            let changed = self.shared.changed.listen();
            let head = self.shared.index().head();
            if head > position {
                return Ok(head);
            }
            if let Some(refusal) = self.shared.refusal() {
                return Err(refusal);
            }
            changed.await;
        }
    }

    async fn load_checkpoint(&self, stream: &StreamId) -> Result<Option<Checkpoint>, StoreError> {
        Ok(self.checkpoints.load(stream, &self.reader))
    }

    async fn save_checkpoint(&self, stream: &StreamId, checkpoint: Checkpoint) -> Result<(), StoreError> {
        match self.shared.refusal() {
            Some(refusal) => Err(refusal),
            None => self.checkpoints.save(stream, checkpoint, &self.reader),
        }
    }
}
