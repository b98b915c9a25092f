//! Finds out what is in a log when it is opened: what the saved index knows of it, what follows, and what a crash left unfinished.
//!
//! This only looks; `repair.rs` then does what is to be done. So a log that is refused is left as it was found. `scan.rs` reads and checks one
//! segment. Whoever wants to see every commit inspects from [`Start::Beginning`] with an observer; `verify.rs` finds all that is wrong, also behind damage.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::content::{self, CommitSummary, Summary};
use crate::disk::{Access, Disk, DiskFile, read_full};
use crate::error::OpenError;
use crate::header::{HEADER_BYTES, Header, StoreId};
use crate::index::{self, Head, Loaded, Place};
use crate::report::Scanned;
use crate::scan::Scan;
use crate::segment;
use crate::window::{Unread, Window};

/// Where a log is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// From where the saved index ends; what it knows is believed.
    SavedIndex,
    /// From its beginning: every frame is checked.
    Beginning,
}

/// A log as it was found.
#[derive(Debug)]
pub(crate) struct Found {
    /// The index of all of it, and what of that was loaded rather than read from the log.
    pub(crate) loaded: Loaded,
    pub(crate) last: Option<LastSegment>,
    /// A segment that has no header yet, to be removed.
    pub(crate) unborn: Option<PathBuf>,
    pub(crate) scanned: Scanned,
}

/// The segment that is appended to.
#[derive(Debug)]
pub(crate) struct LastSegment {
    pub(crate) path: PathBuf,
    pub(crate) number: u32,
    pub(crate) store: StoreId,
    /// The end of the last commit.
    pub(crate) end: u64,
    pub(crate) tail: Tail,
    /// The offset of the last batch; none if no commit is in the segment.
    pub(crate) last_batch: Option<u64>,
}

/// What follows the last commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Tail {
    /// The mark of a clean close.
    Closed,
    /// Nothing, or zeros only.
    Open,
    /// What a crash left: so many bytes up to the last that is not zero, and why they are no frame.
    Torn { bytes: u64, reason: String },
}

/// Reads the log in `folder`. `observer` is told every commit that is read, once it is checked.
pub(crate) fn inspect(
    disk: &dyn Disk,
    folder: &Path,
    start: Start,
    observer: &mut dyn FnMut(Place, &CommitSummary<'_>, &[u8]),
) -> Result<Found, OpenError> {
    let firsts = segments(disk, folder)?;
    let loaded = match start {
        Start::SavedIndex => load_index(disk, folder, &firsts),
        Start::Beginning => Loaded::default(),
    };
    inspect_from(disk, folder, &firsts, loaded, observer)
}

/// The first positions of the segments in `folder`, in order.
pub(crate) fn segments(disk: &dyn Disk, folder: &Path) -> Result<Vec<u64>, OpenError> {
    let names = disk.list(folder).map_err(|source| OpenError::io(folder, source))?;
    let mut firsts: Vec<u64> = names.iter().filter_map(|name| segment::first_position(name)).collect();
    firsts.sort_unstable();
    Ok(firsts)
}

/// What fits the log of the saved index.
pub(crate) fn load_index(disk: &dyn Disk, folder: &Path, firsts: &[u64]) -> Loaded {
    index::load(disk, folder, firsts, |head| fits(disk, folder, firsts, head))
}

/// How often a folder is looked at again where something was amiss that a writer may have changed in between.
const LOOKS_BESIDE_A_WRITER: usize = 3;

/// The segments and the saved index of a folder in which somebody else may be writing: what is amiss with the index is believed only after a
/// second look, since its files are replaced now and then.
pub(crate) fn look_beside_a_writer(disk: &dyn Disk, folder: &Path) -> Result<(Vec<u64>, Loaded), OpenError> {
    let mut looks = 1;
    loop {
        let firsts = match segments(disk, folder) {
            Err(OpenError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
                return Err(OpenError::NoStore { folder: folder.to_owned() });
            }
            firsts => firsts?,
        };
        let loaded = load_index(disk, folder, &firsts);
        if loaded.ignored.is_empty() || looks == LOOKS_BESIDE_A_WRITER {
            return Ok((firsts, loaded));
        }
        looks += 1;
    }
}

/// Reads the log in a folder in which somebody else may be writing. Damage is believed only after a second look: what was half written at the
/// first may be followed by what was written later at the same look.
pub(crate) fn inspect_beside_a_writer(disk: &dyn Disk, folder: &Path) -> Result<Found, OpenError> {
    let mut looks = 1;
    loop {
        let (firsts, loaded) = look_beside_a_writer(disk, folder)?;
        match inspect_from(disk, folder, &firsts, loaded, &mut |_, _, _| ()) {
            Err(OpenError::Damaged(_)) if looks < LOOKS_BESIDE_A_WRITER => looks += 1,
            outcome => return outcome,
        }
    }
}

/// Reads what follows the index.
fn inspect_from(
    disk: &dyn Disk,
    folder: &Path,
    firsts: &[u64],
    loaded: Loaded,
    observer: &mut dyn FnMut(Place, &CommitSummary<'_>, &[u8]),
) -> Result<Found, OpenError> {
    let known = loaded.index.segments();
    let mut found = Found { loaded, last: None, unborn: None, scanned: Scanned::default() };
    // The last segment that the index knows may have gone on.
    for (number, first) in firsts.iter().enumerate().skip(known.saturating_sub(1)) {
        let path = segment::path(folder, *first);
        let file = disk.open(&path, Access::Read).map_err(|source| OpenError::io(&path, source))?;
        let is_last = number + 1 == firsts.len();
        let store = found.last.as_ref().map(|last| last.store);
        let mut scan = Scan::new(&path, Arc::from(file), &mut found.loaded.index, observer);
        match scan.header(number, *first, store, is_last)? {
            Some(store) => {
                let (last, scanned) = scan.segment(store, is_last)?;
                found.last = Some(last);
                found.scanned.add(scanned);
            }
            None => found.unborn = Some(path),
        }
    }
    Ok(found)
}

/// Whether the last commit that a file of the saved index knows is in the log, at its place, with all of its batch. The index holds only what was
/// durable: if that is not so, the log is another one, an older copy perhaps, or it is damaged, which reading all of it brings to light.
fn fits(disk: &dyn Disk, folder: &Path, firsts: &[u64], head: &Head) -> Result<(), String> {
    let Place { segment, offset } = head.newest.place;
    let first = firsts.get(segment as usize).ok_or("it knows of a segment that is not there")?;
    let path = segment::path(folder, *first);
    let file = disk.open(&path, Access::Read).map_err(|error| error.to_string())?;
    match read_header(&*file) {
        Some(header) if header.first == *first && header.store == head.store => {}
        Some(_) => return Err("it is the index of another store".to_owned()),
        None => return Err(format!("{} has no header", path.display())),
    }
    let mut window = Window::new(Arc::from(file), head.newest.end.into());
    let mut offsets = u64::from(head.newest.batch)..=u64::from(offset);
    let (mut next, mut position, mut checksum) = (*offsets.start(), None, 0);
    while offsets.contains(&next) {
        let framed = window.next_frame(next).map_err(|unread| match unread {
            Unread::Flaw(flaw) => {
                format!("the log is not as it was when it was written, at offset {next}: {flaw}")
            }
            Unread::Io(error) => error.to_string(),
        })?;
        match content::summary(framed.json) {
            Ok(Summary::Commit(commit))
                if u64::from(head.newest.batch) == commit.batch
                    && position.is_none_or(|position| position + 1 == commit.position) =>
            {
                position = Some(commit.position);
            }
            Ok(Summary::Commit(_) | Summary::End(_)) | Err(_) => position = None,
        }
        checksum = framed.checksum;
        next += framed.bytes() as u64;
        offsets = next..=*offsets.end();
    }
    let is_same =
        next == u64::from(head.newest.end) && checksum == head.newest.checksum && position == Some(head.to);
    is_same
        .then_some(())
        .ok_or_else(|| format!("the log does not hold the commit at position {} that it knows", head.to))
}

/// The header of a segment, if it has a valid one.
pub(crate) fn read_header(file: &dyn DiskFile) -> Option<Header> {
    let mut line = [0; HEADER_BYTES];
    let filled = read_full(file, &mut line, 0).ok()?;
    Header::decode(&line[..filled]).ok()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use cutover::store::{Cause, Commit, CommitHeader, EventStore as _, Json, NewEvent, Sequence, StreamId};
    use cutover::{Actor, CommandId, CommitId};
    use futures::executor::block_on;

    use super::*;
    use crate::simulated::SimulatedDisk;
    use crate::{FileStore, FileStoreOptions};

    fn commit(n: u64) -> Commit {
        let header = CommitHeader {
            id: CommitId::new(format!("commit-{n}")).unwrap(),
            command: CommandId::new("command").unwrap(),
            actor: Actor::System,
            time: DateTime::UNIX_EPOCH,
        };
        let event = NewEvent {
            name: "test.noted".into(),
            schema: 1,
            cause: Cause::Command,
            payload: Json::of(&n).unwrap(),
        };
        Commit::builder(header).append(&StreamId::new("a").unwrap(), Sequence(n), event).build().unwrap()
    }

    #[test]
    fn whoever_inspects_a_log_from_its_beginning_sees_every_commit() {
        let (disk, folder) = (SimulatedDisk::new(), Path::new("/releases"));
        let options = FileStoreOptions::default().segment_bytes(4096);
        let store = FileStore::open_on(Arc::new(disk.clone()), folder, options).unwrap();
        for n in 0..50 {
            block_on(store.commit(commit(n))).unwrap();
        }
        drop(store);
        for (start, expected) in [(Start::Beginning, 50), (Start::SavedIndex, 0)] {
            let mut seen = Vec::new();
            let mut observe = |_: Place, commit: &CommitSummary<'_>, _: &[u8]| seen.push(commit.position);
            let found = inspect(&disk, folder, start, &mut observe).unwrap();
            assert_eq!(seen, (1..=expected).collect::<Vec<_>>());
            assert_eq!((found.scanned.commits, found.loaded.index.head().0), (expected, 50));
            let last = found.last.unwrap();
            assert_eq!((last.number as usize + 1, last.tail), (found.loaded.index.segments(), Tail::Closed));
        }
    }
}
