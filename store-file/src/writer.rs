//! The writer: the one thread that appends. It takes all commits that wait, writes them with one write and one sync,
//! publishes them to readers, and only then answers, or has them answered.

use std::mem;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Instant;

use cutover::Digest;
use cutover::store::{CommitError, StoreError};
use futures::channel::oneshot;

use crate::active::{ActiveSegment, Blank, GROWTH_BYTES, WriteFailure, begin};
use crate::answering::Answering;
use crate::batch::{Answer, Batch, disk_full, tell};
use crate::checkpoints::Checkpoints;
use crate::content::Draft;
use crate::disk::HeldLock;
use crate::filling::Filling;
use crate::gathering::Gathering;
use crate::header::Header;
use crate::index::{Place, Saving};
use crate::options::FileStoreOptions;
use crate::preallocation::Preallocation;
use crate::repair;
use crate::scan::short;
use crate::segment;
use crate::shared::Shared;

/// A batch takes no further commit once it has so many bytes: more would only let the first of them wait longer.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// What is asked of the writer.
pub(crate) enum Request {
    /// To append a commit.
    Commit(Box<Draft>, Answer),
    /// To finish what came before, and to stop.
    Close(oneshot::Sender<Result<(), StoreError>>),
}

pub(crate) struct Writer {
    pub(crate) shared: Arc<Shared>,
    pub(crate) options: FileStoreOptions,
    pub(crate) active: ActiveSegment,
    pub(crate) preallocation: Preallocation,
    pub(crate) saving: Saving,
    pub(crate) checkpoints: Arc<Checkpoints>,
    /// A segment was finished since the index was last saved.
    pub(crate) is_saving_due: bool,
    /// So many bytes of the log are not in the saved index.
    pub(crate) unsaved_bytes: u64,
    /// Behind `active`, so that it is given back after that.
    pub(crate) lock: Box<dyn HeldLock>,
    pub(crate) batch: Batch,
    /// The digest of the newest durable frame, if the store is tamper-evident.
    pub(crate) digest: Option<Digest>,
    pub(crate) gathering: Gathering,
    pub(crate) answering: Answering,
}

impl Writer {
    /// Serves requests until it is asked to close, or nobody is left who could ask.
    pub(crate) fn run(mut self, requests: &Receiver<Request>) {
        while let Ok(first) = requests.recv() {
            let begun = Instant::now();
            let mut next = Some(first);
            while let Some(request) = next.take() {
                match request {
                    Request::Commit(draft, answer) => self.take(*draft, answer),
                    Request::Close(answer) => {
                        let outcome = self.close();
                        let _gone_away = answer.send(outcome);
                        return;
                    }
                }
                if self.batch.bytes.len() < BATCH_BYTES {
                    next = self.gathering.next(requests, self.batch.commits(), begun);
                }
            }
            self.flush();
        }
        // Nobody is left to be told.
        let _outcome = self.close();
    }

    fn take(&mut self, mut draft: Draft, answer: Answer) {
        if !self.batch.is_empty() && !self.has_room_for(&draft) {
            self.flush();
        }
        if let Some(refusal) = self.shared.refusal() {
            return tell(answer, Err(CommitError::NotWritten(refusal)));
        }
        let checked = self.batch.check(&mut draft, &self.shared.index());
        if let Err(conflict) = checked {
            return self.batch.refuse(answer, conflict);
        }
        if self.active.has_commits()
            && !self.has_room_for(&draft)
            && let Err(error) = self.roll()
        {
            return tell(answer, Err(CommitError::NotWritten(error)));
        }
        let start = Place { segment: self.active.number, offset: short(self.active.end) };
        self.batch.accept(draft, answer, &self.shared.index(), start, self.digest);
    }

    /// A batch never spans segments. A commit that is larger than a segment gets one of its own.
    fn has_room_for(&self, draft: &Draft) -> bool {
        let end = self.active.end + (self.batch.bytes.len() + draft.largest) as u64;
        end <= self.options.segment_bytes
    }

    /// Makes the batch durable, visible, and known to those who wait for it, in this order; where they are many, the last of it goes on beside.
    fn flush(&mut self) {
        if self.batch.is_empty() {
            return;
        }
        let length = self.batch.bytes.len() as u64;
        let begun = Instant::now();
        match self.active.append(&mut self.batch.bytes, self.options.segment_bytes) {
            Ok(()) => {
                let took = begun.elapsed();
                self.digest = self.batch.digest;
                let outcomes = self.batch.publish(&mut self.shared.index_to_change());
                self.shared.changed.notify(usize::MAX);
                self.gathering.wrote(outcomes.len(), took);
                self.answering.tell(outcomes);
                self.unsaved_bytes += length;
                self.preallocate();
                self.save_index();
            }
            Err(WriteFailure::DiskFull(error)) => mem::take(&mut self.batch).not_written(&error),
            Err(WriteFailure::Unknown(error)) => {
                let what = format!("appending to the log: {error}");
                self.shared.poison(what.clone());
                mem::take(&mut self.batch).unknown(&what);
            }
        }
    }

    /// Has the next segment made once this one is half full, and the rest of this one filled.
    fn preallocate(&mut self) {
        let full = self.options.segment_bytes;
        if full <= GROWTH_BYTES {
            return;
        }
        let Shared { disk, folder, .. } = &*self.shared;
        if self.active.end > full / 2 && !self.preallocation.is_begun() {
            self.preallocation.begin(disk, folder, full);
        }
        let number = self.active.number;
        let path = || segment::path(folder, self.shared.index().first_position_of(number).unwrap_or(1));
        self.active.fill(disk, full, path);
    }

    /// Has the index saved when a segment is finished, and when a large one is half full: so hardly more than one is to be read after a crash.
    fn save_index(&mut self) {
        let full = self.options.segment_bytes;
        let is_due = self.is_saving_due || (full > GROWTH_BYTES && self.unsaved_bytes > full / 2);
        if is_due && self.saving.begin(&self.shared) {
            self.is_saving_due = false;
            self.unsaved_bytes = 0;
        }
    }

    /// Goes on in a new segment. Nothing waits in the batch.
    fn roll(&mut self) -> Result<(), StoreError> {
        let Shared { disk, folder, .. } = &*self.shared;
        let header = Header { store: self.shared.store, first: self.shared.index().head().0 + 1 };
        let blank = match self.preallocation.take() {
            Some(blank) => Ok(blank),
            None => Blank::new(&**disk, folder).map_err(WriteFailure::of),
        };
        let (file, bytes) = match blank.and_then(|blank| begin(&**disk, folder, blank, header)) {
            Ok(begun) => begun,
            Err(WriteFailure::DiskFull(error)) => return Err(disk_full(&error)),
            Err(WriteFailure::Unknown(error)) => {
                let what = format!("beginning a segment of the log: {error}");
                self.shared.poison(what.clone());
                return Err(StoreError::Poisoned { what });
            }
        };
        let mut before = mem::replace(
            &mut self.active,
            ActiveSegment {
                file,
                number: self.shared.index_to_change().begin_segment(header.first),
                end: header.encode().len() as u64,
                bytes,
                filling: Filling::default(),
            },
        );
        before.filling.stop();
        // Zeros at its end are legal, so that it harms nobody if they stay.
        let _zeros = before.file.truncate(before.end);
        self.is_saving_due = true;
        self.save_index();
        Ok(())
    }

    /// Writes what waits, leaves the mark of a clean close, and gives the folder free.
    fn close(mut self) -> Result<(), StoreError> {
        self.flush();
        let Shared { disk, folder, .. } = &*self.shared;
        self.preallocation.abandon(&**disk, folder);
        self.active.filling.stop();
        let outcome = if let Some(poisoned) = self.shared.refusal() {
            // What is on the disk is unknown: it is not for this process to call it finished.
            self.saving.wait(&self.shared);
            Err(poisoned)
        } else {
            // It is only a cache: without it the next opening takes longer.
            let _unsaved = self.saving.finish(&self.shared);
            repair::close(&*self.active.file, self.shared.index().head().0, self.active.end)
                .map_err(|error| StoreError::unavailable("closing the log", error))
        };
        self.checkpoints.close();
        self.answering.finish();
        drop(self.lock);
        self.shared.close();
        outcome
    }
}
