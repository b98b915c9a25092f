//! The segment that is appended to: batches in, each with one write and one sync.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::disk::{Access, Disk, DiskFile};
use crate::filling::Filling;
use crate::header::{HEADER_BYTES, Header};
use crate::segment;

/// A segment that was not preallocated grows by so many bytes of zeros at a time, so that few syncs have to record a new length.
pub(crate) const GROWTH_BYTES: u64 = 1024 * 1024;

/// How a write failed.
#[derive(Debug)]
pub(crate) enum WriteFailure {
    /// The disk is full: nothing of it is in the log, and the store may go on.
    DiskFull(io::Error),
    /// It is not known what is on the disk.
    Unknown(io::Error),
}

impl WriteFailure {
    pub(crate) fn of(error: io::Error) -> Self {
        if is_disk_full(&error) { Self::DiskFull(error) } else { Self::Unknown(error) }
    }
}

fn is_disk_full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge)
}

/// The newest segment, open for writing.
pub(crate) struct ActiveSegment {
    pub(crate) file: Box<dyn DiskFile>,
    /// The number of the segment in the index.
    pub(crate) number: u32,
    /// Where the next batch goes.
    pub(crate) end: u64,
    /// The length of the file, as far as this may write: zeros from `end` on.
    pub(crate) bytes: u64,
    /// The zeros behind that, which are being written.
    pub(crate) filling: Filling,
}

impl ActiveSegment {
    pub(crate) fn has_commits(&self) -> bool {
        self.end > HEADER_BYTES as u64
    }

    /// Appends a batch, durably; zeros may be left at its end. `full` is the length at which the file need not grow further.
    pub(crate) fn append(&mut self, batch: &mut Vec<u8>, full: u64) -> Result<(), WriteFailure> {
        let length = batch.len() as u64;
        let end = self.end + length;
        self.bytes = self.filling.reach(end, self.bytes);
        if end <= self.bytes {
            self.write(batch, self.bytes)?;
        } else {
            self.grow(batch, end, end.next_multiple_of(GROWTH_BYTES).min(full).max(end))?;
        }
        self.end = end;
        self.filling.appended(length);
        Ok(())
    }

    /// Has the rest of the file filled with zeros in the background, if much is appended to it. `full` is the length at which it need not grow further.
    pub(crate) fn fill(&mut self, disk: &Arc<dyn Disk>, full: u64, path: impl FnOnce() -> PathBuf) {
        if self.bytes < full && self.filling.is_due() {
            self.filling.begin(disk, path(), self.bytes, full);
        }
    }

    /// Appends a batch that ends behind the end of the file, and zeros up to `length`, if there is room for them.
    fn grow(&mut self, bytes: &mut Vec<u8>, end: u64, length: u64) -> Result<(), WriteFailure> {
        let without = bytes.len();
        bytes.resize(without + usize::try_from(length - end).unwrap_or(0), 0);
        match self.write(bytes, length) {
            Err(WriteFailure::DiskFull(_)) if length > end => self.write(&bytes[..without], end),
            outcome => outcome,
        }
    }

    /// Writes behind the last batch, durably; the file has this length then.
    fn write(&mut self, bytes: &[u8], length: u64) -> Result<(), WriteFailure> {
        if let Err(error) = self.file.write_at(bytes, self.end) {
            return Err(match WriteFailure::of(error) {
                WriteFailure::DiskFull(error) => self.take_back(error),
                failure @ WriteFailure::Unknown(_) => failure,
            });
        }
        self.file.sync().map_err(WriteFailure::Unknown)?;
        self.bytes = length;
        Ok(())
    }

    /// Removes what a write left that met a full disk.
    fn take_back(&mut self, error: io::Error) -> WriteFailure {
        self.filling.stop();
        match self.file.truncate(self.end).and_then(|()| self.file.sync()) {
            Ok(()) => {
                self.bytes = self.end;
                WriteFailure::DiskFull(error)
            }
            Err(_) => WriteFailure::Unknown(error),
        }
    }
}

/// A file for a new segment, holding zeros at most.
pub(crate) struct Blank {
    pub(crate) file: Box<dyn DiskFile>,
    /// Its name in the store's folder.
    pub(crate) name: &'static str,
    pub(crate) bytes: u64,
}

impl Blank {
    /// An empty file.
    pub(crate) fn new(disk: &dyn Disk, folder: &Path) -> io::Result<Self> {
        let name = segment::NEW_SEGMENT;
        let file = disk.open(&folder.join(name), Access::Create)?;
        Ok(Self { file, name, bytes: 0 })
    }
}

/// Makes a blank file the segment that `header` describes: with its name only once the header is durable.
pub(crate) fn begin(
    disk: &dyn Disk,
    folder: &Path,
    blank: Blank,
    header: Header,
) -> Result<(Box<dyn DiskFile>, u64), WriteFailure> {
    let Blank { file, name, bytes } = blank;
    let line = header.encode();
    let path = folder.join(name);
    let made = file
        .write_at(&line, 0)
        .and_then(|()| file.sync())
        .and_then(|()| disk.rename(&path, &segment::path(folder, header.first)));
    if let Err(error) = made {
        // It has no name that counts, so that it is in nobody's way if it stays.
        let _leftover = disk.remove(&path);
        return Err(WriteFailure::of(error));
    }
    disk.sync_folder(folder).map_err(WriteFailure::Unknown)?;
    Ok((file, bytes.max(line.len() as u64)))
}
