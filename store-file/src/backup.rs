//! A copy of the log that is made while the store runs.

use std::io::ErrorKind;
use std::path::Path;

use cutover::store::Position;

use crate::copying::{CopyError, NewFolder};
use crate::disk::{Access, Disk, DiskFile, read_full};
use crate::header::HEADER_BYTES;
use crate::index::Frame;
use crate::recovery::{Start, Tail, inspect};
use crate::repair;
use crate::segment;
use crate::store::FileStore;

/// How much is copied at once.
const PIECE_BYTES: usize = 1024 * 1024;

/// What was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Backup {
    /// The newest commit that is in the copy.
    pub head: Position,
    /// How many segments its log has.
    pub segments: usize,
    /// How many bytes of commits.
    pub bytes: u64,
}

/// What of the log is copied: it does not change any more.
struct Extent {
    head: Position,
    /// The first positions of the segments.
    firsts: Vec<u64>,
    /// Where the last of them ends.
    end: u64,
}

impl FileStore {
    /// Copies the store to `folder`, which must not exist, while it runs: everything that was acknowledged before the call is in the copy, and the copy is
    /// durable when this returns. It has the store's id, and opens as a store that was closed. The
    /// saved index and the checkpoints are not copied: they are made anew.
    ///
    /// What is copied was written before and does not change, so that commits and reads go on meanwhile; they only share the disk. The copy is read
    /// back and each of its frames is checked. The folder gets its name last: one with the name `folder` is whole.
    ///
    /// It takes as long as reading the log twice, on the caller's thread: give it one of its own.
    ///
    /// # Errors
    /// [`CopyError`]. What was copied until then stays in a folder beside, whose name ends with `.unfinished`; remove it.
    pub fn backup_to(&self, folder: impl AsRef<Path>) -> Result<Backup, CopyError> {
        let (disk, from) = (&*self.shared.disk, &*self.shared.folder);
        let extent = self.extent();
        let new = NewFolder::begin(disk, folder.as_ref())?;
        for (number, first) in extent.firsts.iter().enumerate() {
            let is_last = number + 1 == extent.firsts.len();
            let (source, target) = (segment::path(from, *first), segment::path(new.path(), *first));
            let copied = copy(disk, &source, &target, is_last.then_some(extent.end));
            let file = copied.map_err(|error| CopyError::io(&source, error))?;
            let closed = if is_last { repair::close(&*file, extent.head.0, extent.end) } else { file.sync() };
            closed.map_err(|error| CopyError::io(&target, error))?;
        }
        let bytes = check(disk, new.path(), extent.head)?;
        new.finish()?;
        Ok(Backup { head: extent.head, segments: extent.firsts.len(), bytes })
    }

    /// All that is durable and published now.
    fn extent(&self) -> Extent {
        let index = self.shared.index();
        let (last, end) = match index.newest_frame() {
            Some(Frame { place, end, .. }) => (place.segment, end.into()),
            None => (0, HEADER_BYTES as u64),
        };
        let firsts = (0..=last).filter_map(|number| index.first_position_of(number)).collect();
        Extent { head: index.head(), firsts, end }
    }
}

/// Copies a segment up to `end`, or all of it but the zeros that follow its last frame.
fn copy(
    disk: &dyn Disk,
    source: &Path,
    target: &Path,
    end: Option<u64>,
) -> std::io::Result<Box<dyn DiskFile>> {
    let source = disk.open(source, Access::Read)?;
    let target = disk.open(target, Access::Create)?;
    let mut piece = vec![0; PIECE_BYTES];
    let mut offset = 0;
    loop {
        let left = end.map_or(PIECE_BYTES as u64, |end| end - offset);
        let wanted = usize::try_from(left).map_or(PIECE_BYTES, |left| left.min(PIECE_BYTES));
        let filled = read_full(&*source, &mut piece[..wanted], offset)?;
        // Zeros that something follows are in nobody's frame: what is left out reads as zeros too.
        if let Some(last) = piece[..filled].iter().rposition(|byte| *byte != 0) {
            target.write_at(&piece[..=last], offset)?;
        }
        offset += filled as u64;
        if filled < wanted && end.is_some() {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        if filled < PIECE_BYTES {
            return Ok(target);
        }
    }
}

/// Reads the copy and checks all of it. Says how many bytes of commits it has.
fn check(disk: &dyn Disk, folder: &Path, head: Position) -> Result<u64, CopyError> {
    let found = inspect(disk, folder, Start::Beginning, &mut |_, _, _| ())?;
    let is_closed = found.last.is_some_and(|last| last.tail == Tail::Closed);
    if !is_closed || found.loaded.index.head() != head {
        return Err(CopyError::NotTheSame { folder: folder.to_owned() });
    }
    Ok(found.scanned.bytes)
}
