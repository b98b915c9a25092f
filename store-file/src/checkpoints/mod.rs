//! Folded state, in files beside the log. It is a cache: without it, or where it is damaged, whoever asks folds again.
//!
//! A checkpoint names the commit that holds the last event that it includes, and counts only while that commit is in the log, at its position. So
//! none is ahead of the log, and none outlives what it was folded from: not even where somebody puts back an older copy of the log. `file.rs` has
//! what is in a file, `kept.rs` which of them are kept, and `in_memory.rs` those of whoever may not write any.

mod file;
mod in_memory;
mod kept;

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cutover::Digest;
use cutover::store::{Checkpoint, Sequence, StoreError, StreamId};

use crate::disk::{Access, Disk, read_from};
use crate::header::StoreId;
use crate::reader::Reader;
use crate::shared::closed;

use file::{LONGEST_BYTES, Saved};
pub(crate) use in_memory::InMemory;
use kept::{Kept, Limits};

/// The folder's name in that of the store.
const CHECKPOINTS_FOLDER: &str = "checkpoints";
/// The name of a file that is not finished.
const UNFINISHED: &str = "unfinished.tmp";
const EXTENSION: &str = ".checkpoint";

/// The checkpoints of a store.
pub(crate) struct Checkpoints {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    store: StoreId,
    limits: Limits,
    files: Mutex<Files>,
}

/// What is known of the folder. Whoever holds this is the only one who changes something there.
enum Files {
    /// Nothing yet: it is looked at when something is to be saved.
    Unknown,
    Known(Kept),
    /// The folder may be another's by now.
    Closed,
}

impl Checkpoints {
    pub(crate) fn new(disk: Arc<dyn Disk>, store_folder: &Path, store: StoreId) -> Self {
        let folder = store_folder.join(CHECKPOINTS_FOLDER);
        Self { disk, folder, store, limits: Limits::default(), files: Mutex::new(Files::Unknown) }
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on nothing is changed.
    pub(crate) fn close(&self) {
        *self.files() = Files::Closed;
    }

    /// The checkpoint that is kept for the stream, if it fits the log; one that can't be read is none.
    pub(crate) fn load(&self, stream: &StreamId, log: &Reader) -> Option<Checkpoint> {
        let file = self.disk.open(&self.folder.join(name(stream)), Access::Read).ok()?;
        if file.bytes().ok()? > LONGEST_BYTES {
            return None;
        }
        let saved = Saved::decode(&read_from(&*file, 0).ok()?)?;
        let is_of = saved.is_of(self.store, stream);
        let fits = || named_commit(stream, saved.checkpoint.sequence, log).is_ok_and(|is| is == saved.commit);
        (is_of && fits()).then_some(saved.checkpoint)
    }

    /// Keeps a checkpoint, durably, in place of the one before. One that is ahead of the log, or larger than what is kept, is not kept, and the one before is no longer.
    pub(crate) fn save(
        &self,
        stream: &StreamId,
        checkpoint: Checkpoint,
        log: &Reader,
    ) -> Result<(), StoreError> {
        let commit = named_commit(stream, checkpoint.sequence, log)?;
        let is_ahead = commit.is_none() && checkpoint.sequence > Sequence::NONE;
        let saved = Saved::new(self.store, stream, commit, checkpoint);
        let bytes = if is_ahead { None } else { saved.encode() };
        let mut files = self.files();
        if let Files::Unknown = *files {
            *files = Files::Known(self.look().map_err(unsaved)?);
        }
        let kept = match &mut *files {
            Files::Known(kept) => kept,
            Files::Unknown | Files::Closed => return Err(closed()),
        };
        match bytes {
            Some(bytes) => self.write(kept, name(stream), &bytes).map_err(unsaved),
            None => self.remove(kept, &name(stream)).map_err(unsaved),
        }
    }

    /// What is in the folder.
    fn look(&self) -> io::Result<Kept> {
        let names = match self.disk.list(&self.folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            names => names?,
        };
        let mut kept = Kept::new(self.limits);
        for name in names.into_iter().filter(|name| name.ends_with(EXTENSION)) {
            let bytes = self.disk.open(&self.folder.join(&name), Access::Read)?.bytes()?;
            kept.keep(name, bytes);
        }
        Ok(kept)
    }

    fn write(&self, kept: &mut Kept, name: String, bytes: &[u8]) -> io::Result<()> {
        let length = bytes.len() as u64;
        if length > self.limits.bytes {
            return self.remove(kept, &name);
        }
        while let Some(other) = kept.in_the_way_of(&name, length) {
            self.remove(kept, &other)?;
        }
        let unfinished = self.folder.join(UNFINISHED);
        if let Err(error) = self.write_file(&unfinished, bytes) {
            // On a disk that is nearly full it must not take the room that the log needs.
            let _leftover = self.disk.remove(&unfinished);
            return Err(error);
        }
        self.disk.rename(&unfinished, &self.folder.join(&name))?;
        kept.keep(name, length);
        self.disk.sync_folder(&self.folder)
    }

    fn write_file(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let file = match self.disk.open(path, Access::Create) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.disk.create_folder(&self.folder)?;
                self.disk.sync_folder(self.folder.parent().unwrap_or(&self.folder))?;
                self.disk.open(path, Access::Create)?
            }
            file => file?,
        };
        file.write_at(bytes, 0)?;
        file.sync()
    }

    fn remove(&self, kept: &mut Kept, name: &str) -> io::Result<()> {
        match self.disk.remove(&self.folder.join(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        kept.forget(name);
        Ok(())
    }
}

/// The commit that holds an event of a stream, if that is in the log.
fn named_commit(
    stream: &StreamId,
    sequence: Sequence,
    log: &Reader,
) -> Result<Option<file::CommitName>, StoreError> {
    let Some(before) = sequence.0.checked_sub(1) else { return Ok(None) };
    let events = log.read_stream(stream, Sequence(before), 1)?;
    let event = events.into_iter().next();
    Ok(event.map(|event| file::CommitName { position: event.position, id: event.header.id.clone() }))
}

/// A stream's name may hold anything, and differ from another's in what some file systems take for the same.
fn name(stream: &StreamId) -> String {
    format!("{}{EXTENSION}", Digest::of(stream.as_str().as_bytes()))
}

fn unsaved(error: io::Error) -> StoreError {
    StoreError::unavailable("saving a checkpoint", error)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use cutover::store::{Cause, Commit, CommitHeader, EventStore as _, Json, NewEvent};
    use cutover::{Actor, CommandId, CommitId};
    use futures::executor::block_on;

    use super::*;
    use crate::simulated::SimulatedDisk;
    use crate::{FileStore, FileStoreOptions};

    /// A store with one event on each of so many streams.
    fn store(disk: &SimulatedDisk, streams: u32) -> FileStore {
        let store =
            FileStore::open_on(Arc::new(disk.clone()), Path::new("/releases"), FileStoreOptions::default());
        let store = store.unwrap();
        for n in 0..streams {
            let header = CommitHeader {
                id: CommitId::new(format!("commit-{n}")).unwrap(),
                command: CommandId::new("command").unwrap(),
                actor: Actor::System,
                time: DateTime::UNIX_EPOCH,
            };
            let payload = Json::of(&n).unwrap();
            let event = NewEvent { name: "test.noted".into(), schema: 1, cause: Cause::Command, payload };
            let commit = Commit::builder(header).append(&stream(n), Sequence::NONE, event).build().unwrap();
            block_on(store.commit(commit)).unwrap();
        }
        store
    }

    fn stream(n: u32) -> StreamId {
        StreamId::new(&format!("release/{n}")).unwrap()
    }

    fn checkpoint(state: &str) -> Checkpoint {
        Checkpoint { sequence: Sequence(1), fold: 1, state: Json::of(state).unwrap() }
    }

    fn kept(checkpoints: &Checkpoints, store: &FileStore, streams: u32) -> Vec<u32> {
        (0..streams).filter(|n| checkpoints.load(&stream(*n), &store.reader).is_some()).collect()
    }

    #[test]
    fn those_that_were_saved_longest_ago_make_room() {
        let disk = SimulatedDisk::new();
        let store = store(&disk, 6);
        let limited = |limits| Checkpoints {
            limits,
            ..Checkpoints::new(Arc::new(disk.clone()), Path::new("/releases"), store.shared.store)
        };
        let checkpoints = limited(Limits { files: 3, bytes: 3_000 });
        for n in [0, 1, 2, 0, 3] {
            checkpoints.save(&stream(n), checkpoint("x"), &store.reader).unwrap();
        }
        assert_eq!(kept(&checkpoints, &store, 6), [0, 2, 3]);
        checkpoints.save(&stream(4), checkpoint(&"x".repeat(2_500)), &store.reader).unwrap();
        assert_eq!(kept(&checkpoints, &store, 6), [3, 4], "together they are not too large");
        // Whoever opens the store next holds to the limits too.
        let checkpoints = limited(Limits { files: 1, bytes: 3_000 });
        checkpoints.save(&stream(5), checkpoint("x"), &store.reader).unwrap();
        assert_eq!(kept(&checkpoints, &store, 6), [5]);
        // One that is larger than all may be takes the place of the one before, and of no other.
        let checkpoints = limited(Limits { files: 9, bytes: 1_000 });
        checkpoints.save(&stream(4), checkpoint("x"), &store.reader).unwrap();
        checkpoints.save(&stream(5), checkpoint(&"x".repeat(2_500)), &store.reader).unwrap();
        assert_eq!(kept(&checkpoints, &store, 6), [4]);
    }

    /// Who closes the store gives its lock back: what is saved meanwhile must not meet the next process.
    #[test]
    fn those_of_a_store_that_is_being_closed_are_not_saved() {
        let disk = SimulatedDisk::new();
        let store = store(&disk, 1);
        let before = disk.files();
        store.checkpoints.close();
        let told = store.checkpoints.save(&stream(0), checkpoint("x"), &store.reader);
        assert!(matches!(told, Err(StoreError::ReadOnly { .. })), "{told:?}");
        assert_eq!(disk.files(), before);
    }
}
