//! Brings the end of the log in order before anything is appended: what `recovery.rs` found is done here.

use std::io;

use crate::content;
use crate::disk::{Access, Disk, DiskFile, read_full};
use crate::error::OpenError;
use crate::recovery::{LastSegment, Tail};

/// Makes the last segment end with its last commit, durably.
///
/// The file is cut off rather than filled with zeros: what was there cannot come back, whatever of it is still in a cache.
pub(crate) fn repair(disk: &dyn Disk, last: &LastSegment) -> Result<Box<dyn DiskFile>, OpenError> {
    let failed = |source| OpenError::io(&last.path, source);
    let file = disk.open(&last.path, Access::Write).map_err(failed)?;
    let again = match (&last.tail, last.last_batch) {
        // What was read of the last batch may only be in the page cache: after a crash nobody knows whether it was synced.
        (Tail::Open | Tail::Torn { .. }, Some(batch)) => {
            Some((batch, read(&*file, batch, last.end).map_err(failed)?))
        }
        (Tail::Open | Tail::Torn { .. }, None) | (Tail::Closed, _) => None,
    };
    file.truncate(last.end).map_err(failed)?;
    if let Some((batch, bytes)) = again {
        file.write_at(&bytes, batch).map_err(failed)?;
    }
    file.sync().map_err(failed)?;
    Ok(file)
}

fn read(file: &dyn DiskFile, start: u64, end: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(end - start).unwrap_or(usize::MAX)];
    if read_full(file, &mut bytes, start)? < bytes.len() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes)
}

/// Leaves the mark of a clean close behind the last commit, which is at `position` and ends at `end`.
pub(crate) fn close(file: &dyn DiskFile, position: u64, end: u64) -> io::Result<()> {
    let mut mark = Vec::new();
    content::write_end(&mut mark, position, end);
    file.truncate(end)?;
    file.write_at(&mark, end)?;
    file.sync()
}
