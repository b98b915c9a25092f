//! The store for those who only read: beside a writer, or where nobody writes any more.

use std::fmt;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use async_trait::async_trait;
use cutover::store::{
    Checkpoint, Commit, CommitError, EventStore, Position, RecordedCommit, RecordedEvent, Sequence,
    StoreError, StreamId,
};
use futures::channel::oneshot;

use crate::checkpoints::{Checkpoints, InMemory};
use crate::content::CommitSummary;
use crate::disk::{Access, Disk, RealDisk, read_full};
use crate::error::OpenError;
use crate::frame::{self, PREFIX_BYTES};
use crate::header::HEADER_BYTES;
use crate::index::{Frame, Index, Place};
use crate::reader::Reader;
use crate::recovery::{inspect_beside_a_writer, read_header};
use crate::scan::Scan;
use crate::segment;
use crate::shared::Shared;
use crate::store::FileStore;

/// How long one who waits for the next commit does so before looking again.
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(200);

/// A store in a folder of its own, to be read only: also while another process has it open and writes.
///
/// It takes no lock, makes no file and changes none, so that the right to read the folder is enough. It stops at the first frame that is not valid,
/// which somebody may be writing, and never cuts anything.
///
/// Every question, [`EventStore::head`] too, first looks for what was appended since the one before; if nothing was, that costs three small reads. [`EventStore::wait_past`]
/// looks again five times a second, from a thread that lives for so long; it does not watch files. Checkpoints that the writer has saved are found; those
/// that are saved here are kept in memory, as many as a writer keeps: the newest 16,384, of at most 256 MiB together, and none of over 16 MiB.
///
/// A commit may be seen here before it is durable, moments before its writer is told that it is. If the writer then takes it back because the disk is full, which this notices
/// when it is asked next, or the machine loses power, it was never there: act on what you read here only as far as that is bearable.
pub struct ReadOnlyStore {
    shared: Arc<Shared>,
    reader: Reader,
    checkpoints: Checkpoints,
    /// The checkpoints that were saved here.
    own_checkpoints: InMemory,
    /// One looks at a time.
    looking: Mutex<()>,
}

impl FileStore {
    /// Opens the store in `folder` to read it, whether or not somebody has it open to write. What follows the saved index is read and checked,
    /// as by [`FileStore::open`]; nothing is changed, also where a crash left something unfinished at the end: that is not part of the log.
    ///
    /// ```
    /// # use cutover::store::{EventStore as _, Position};
    /// # use cutover_store_file::{FileStore, FileStoreOptions};
    /// # futures::executor::block_on(async {
    /// # let folder = tempfile::tempdir()?;
    /// let writer = FileStore::open(folder.path(), FileStoreOptions::default())?;
    /// let beside = FileStore::open_read_only(folder.path())?;
    /// assert_eq!(beside.head().await?, Position::START);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// [`OpenError`]; [`OpenError::NoStore`] if no store was ever made there.
    pub fn open_read_only(folder: impl AsRef<Path>) -> Result<ReadOnlyStore, OpenError> {
        Self::open_read_only_on(Arc::new(RealDisk), folder.as_ref())
    }

    /// Opens the store on a disk of the caller's to read it. Otherwise as [`FileStore::open_read_only`].
    ///
    /// # Errors
    /// As [`FileStore::open_read_only`] says.
    pub fn open_read_only_on(disk: Arc<dyn Disk>, folder: &Path) -> Result<ReadOnlyStore, OpenError> {
        let found = inspect_beside_a_writer(&*disk, folder)?;
        let Some(last) = found.last else {
            return Err(OpenError::NoStore { folder: folder.to_owned() });
        };
        let checkpoints = Checkpoints::new(Arc::clone(&disk), folder, last.store);
        let shared = Arc::new(Shared::new(disk, folder.to_owned(), last.store, found.loaded.index));
        Ok(ReadOnlyStore {
            reader: Reader::new(Arc::clone(&shared)),
            shared,
            checkpoints,
            own_checkpoints: InMemory::new(),
            looking: Mutex::new(()),
        })
    }
}

impl ReadOnlyStore {
    /// Looks for what was appended since this was last done.
    fn look(&self) -> Result<(), StoreError> {
        let _one_at_a_time = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = self.shared.index().newest_frame();
        if let Some(newest) = newest
            && !self.is_there(newest)?
        {
            return self.read_anew();
        }
        match self.follow(newest) {
            // What it began with may have been taken back meanwhile.
            Err(OpenError::Damaged(_)) => self.read_anew(),
            outcome => outcome.map_err(unavailable),
        }
    }

    /// Whether a frame is where it was, in what is in the folder now: that may have been replaced.
    fn is_there(&self, newest: Frame) -> Result<bool, StoreError> {
        let mut prefix = [0; PREFIX_BYTES];
        let first = self.shared.index().first_position_of(newest.place.segment).unwrap_or(0);
        let path = segment::path(&self.shared.folder, first);
        let Ok(file) = self.shared.disk.open(&path, Access::Read) else { return Ok(false) };
        if read_header(&*file).is_none_or(|header| header.store != self.shared.store) {
            return Ok(false);
        }
        let filled = read_full(&*file, &mut prefix, newest.place.offset.into());
        let filled = filled.map_err(|error| StoreError::unavailable("reading the log", error))?;
        Ok(frame::named_checksum(&prefix[..filled]) == Some(newest.checksum))
    }

    /// Reads what follows the index: the rest of its last segment, and the segments behind that.
    fn follow(&self, newest: Option<Frame>) -> Result<(), OpenError> {
        let Shared { disk, folder, store, .. } = &*self.shared;
        let observer = &mut |_: Place, _: &CommitSummary<'_>, _: &[u8]| ();
        let (mut last, mut first) = self.last_segment();
        let path = segment::path(folder, first);
        let file = disk.open(&path, Access::Read).map_err(|source| OpenError::io(&path, source))?;
        let end = newest.filter(|newest| newest.place.segment == last);
        let mut next = [0];
        let offset = end.map_or(HEADER_BYTES as u64, |newest| newest.end.into());
        let filled = read_full(&*file, &mut next, offset).map_err(|source| OpenError::io(&path, source))?;
        if filled > 0 && next != [0] {
            let index = &mut *self.shared.index_to_change();
            let mut scan = Scan::new(&path, Arc::from(file), index, observer);
            scan.resume();
            scan.so_far()?;
        }
        loop {
            let head = self.shared.index().head().0;
            if head < first {
                return Ok(());
            }
            // A segment is begun only when all before it is finished.
            let path = segment::path(folder, head + 1);
            let file = match disk.open(&path, Access::Read) {
                Ok(file) => file,
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
                Err(error) => return Err(OpenError::io(&path, error)),
            };
            let index: &mut Index = &mut self.shared.index_to_change();
            let mut scan = Scan::new(&path, Arc::from(file), index, observer);
            if scan.header(last as usize + 1, head + 1, Some(*store), true)?.is_none() {
                return Ok(());
            }
            scan.so_far()?;
            (last, first) = (last + 1, head + 1);
        }
    }

    /// The number of the last segment that is known, and its first position.
    fn last_segment(&self) -> (u32, u64) {
        let index = self.shared.index();
        let last = u32::try_from(index.segments().saturating_sub(1)).unwrap_or(u32::MAX);
        (last, index.first_position_of(last).unwrap_or(1))
    }

    /// Reads the log as if it had just been opened: what was known of it is not so any more.
    fn read_anew(&self) -> Result<(), StoreError> {
        let Shared { disk, folder, store, .. } = &*self.shared;
        let found = inspect_beside_a_writer(&**disk, folder).map_err(unavailable)?;
        self.reader.forget_files();
        if found.last.is_none_or(|last| last.store != *store) {
            let what = format!("the store in {} is not the one that was opened", folder.display());
            return Err(StoreError::Damaged { what });
        }
        *self.shared.index_to_change() = found.loaded.index;
        Ok(())
    }
}

fn unavailable(error: OpenError) -> StoreError {
    match error {
        OpenError::Damaged(damage) => StoreError::Damaged { what: damage.to_string() },
        error @ (OpenError::OpenElsewhere { .. }
        | OpenError::NotWritable { .. }
        | OpenError::NotAFolder { .. }
        | OpenError::NoStore { .. }
        | OpenError::LaterFormat { .. }
        | OpenError::Io { .. }) => StoreError::unavailable("reading the log", error),
    }
}

impl fmt::Debug for ReadOnlyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadOnlyStore")
            .field("folder", &self.shared.folder)
            .field("head", &self.shared.index().head())
            .finish_non_exhaustive()
    }
}

/// Returns a little later. The caller's thread does something else meanwhile.
async fn a_while() -> Result<(), StoreError> {
    let (tell, told) = oneshot::channel();
    let wait = move || {
        thread::sleep(LOOK_AGAIN_AFTER);
        // One who has stopped waiting need not be told.
        let _gone_away = tell.send(());
    };
    let waiting = thread::Builder::new().name("cutover-waiting".to_owned()).spawn(wait);
    waiting.map_err(|error| StoreError::unavailable("waiting for the next commit", error))?;
    let _always_told = told.await;
    Ok(())
}

#[async_trait]
impl EventStore for ReadOnlyStore {
    /// Refused, with [`StoreError::ReadOnly`].
    async fn commit(&self, _commit: Commit) -> Result<Position, CommitError> {
        let what = "it was opened for reading only".to_owned();
        Err(CommitError::NotWritten(StoreError::ReadOnly { what }))
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after: Sequence,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        self.look()?;
        self.reader.read_stream(stream, after, limit)
    }

    async fn read_all(&self, after: Position, limit: usize) -> Result<Vec<RecordedCommit>, StoreError> {
        self.look()?;
        self.reader.read_all(after, limit)
    }

    async fn head(&self) -> Result<Position, StoreError> {
        self.look()?;
        Ok(self.shared.index().head())
    }

    async fn wait_past(&self, position: Position) -> Result<Position, StoreError> {
        loop {
            let head = self.head().await?;
            if head > position {
                return Ok(head);
            }
            a_while().await?;
        }
    }

    async fn load_checkpoint(&self, stream: &StreamId) -> Result<Option<Checkpoint>, StoreError> {
        let own = self.own_checkpoints.load(stream);
        let sequence = self.shared.index().sequence_of(stream.as_str());
        Ok(match own {
            Some(own) => Some(own).filter(|checkpoint| checkpoint.sequence <= sequence),
            None => self.checkpoints.load(stream, &self.reader),
        })
    }

    async fn save_checkpoint(&self, stream: &StreamId, checkpoint: Checkpoint) -> Result<(), StoreError> {
        self.own_checkpoints.save(stream, checkpoint);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use cutover::store::{Cause, CommitHeader, Json, NewEvent};
    use cutover::{Actor, CommandId, CommitId};
    use futures::executor::block_on;
    use futures::future::{join_all, poll_immediate};

    use super::*;
    use crate::FileStoreOptions;
    use crate::simulated::SimulatedDisk;

    fn commit(n: u64) -> Commit {
        let header = CommitHeader {
            id: CommitId::new(format!("commit-{n}")).unwrap(),
            command: CommandId::new("command").unwrap(),
            actor: Actor::System,
            time: DateTime::UNIX_EPOCH,
        };
        let payload = Json::of(&n).unwrap();
        let event = NewEvent { name: "test.noted".into(), schema: 1, cause: Cause::Command, payload };
        Commit::builder(header).append(&StreamId::new("a").unwrap(), Sequence(n), event).build().unwrap()
    }

    /// Otherwise it would read all of the log anew.
    #[test]
    fn a_batch_that_was_seen_in_part_is_gone_on_with() {
        let (disk, folder) = (SimulatedDisk::new(), Path::new("/releases"));
        let options = FileStoreOptions::default();
        let store = FileStore::open_on(Arc::new(disk.clone()), folder, options).unwrap();
        disk.hold();
        let mut first = store.commit(commit(0));
        assert!(block_on(poll_immediate(&mut first)).is_none());
        disk.wait_for_a_call();
        let mut others = join_all((1..5).map(|n| store.commit(commit(n))));
        assert!(block_on(poll_immediate(&mut others)).is_none());
        disk.release();
        block_on(first).unwrap();
        assert!(block_on(others).into_iter().all(|outcome| outcome.is_ok()));

        let path = segment::path(folder, 1);
        let whole = disk.files().remove(&path).unwrap();
        let last = whole.windows(14).position(|bytes| bytes == br#"{"position":4,"#).unwrap();
        let mut in_part = whole.clone();
        in_part[last..].fill(0);
        disk.put(&path, in_part);
        let reader = FileStore::open_read_only_on(Arc::new(disk.clone()), folder).unwrap();
        let newest = reader.shared.index().newest_frame();
        assert_eq!(reader.shared.index().head(), Position(3));
        disk.put(&path, whole);
        reader.follow(newest).unwrap();
        assert_eq!(reader.shared.index().head(), Position(5));
    }
}
