//! Checks everything in a store and changes nothing, also beside a writer: goes through the segments, whatever is amiss in them.
//!
//! `checker.rs` checks the commits; here is how they are found, also behind damage. Opening a store stops at the first problem; this goes on, so
//! that all of them are known.

use std::path::{Path, PathBuf};

use cutover::store::Position;

use crate::checker::Checker;
use crate::content::{self, End, Pointer, Summary};
use crate::disk::{Access, Disk, RealDisk, read_from};
use crate::error::OpenError;
use crate::frame::{self, Flaw};
use crate::header::{HEADER_BYTES, Header, HeaderFlaw};
use crate::recovery::look_beside_a_writer;
use crate::report::Cut;
use crate::scan::{SECTOR_BYTES, valid_frame_in};
use crate::segment;
use crate::verified::{KnownDigest, LogEnd, Verified};

/// Checks everything in the store in `folder`, and changes nothing: every header, checksum, position, sequence and pointer, the batches, the content of
/// every commit, the chain of digests, and the saved index. It goes on behind damage.
///
/// It takes the time of reading the log, and the memory of one segment and of the streams' names. A writer may have the store open; what is appended meanwhile may or may not be
/// looked at.
///
/// ```
/// # use cutover_store_file::{FileStore, FileStoreOptions, verify};
/// # let folder = tempfile::tempdir()?;
/// drop(FileStore::open(folder.path(), FileStoreOptions::default())?);
/// let verified = verify(folder.path())?;
/// assert!(verified.is_sound(), "{:?}", verified.problems);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// - [`OpenError::NoStore`] if there is no segment in the folder.
/// - [`OpenError::LaterFormat`] if a segment is in a format that this release does not know.
/// - [`OpenError::Io`], [`OpenError::NotWritable`], [`OpenError::NotAFolder`] if the folder cannot be read.
///
/// Whatever is wrong with the log itself is in the report.
pub fn verify(folder: impl AsRef<Path>) -> Result<Verified, OpenError> {
    verify_on(&RealDisk, folder.as_ref(), None)
}

/// Checks everything as [`verify()`] does, and whether the log still is the one of which somebody kept a digest: [`Verified::known`] says so.
///
/// # Errors
/// As [`verify()`] says.
pub fn verify_against(folder: impl AsRef<Path>, known: KnownDigest) -> Result<Verified, OpenError> {
    verify_on(&RealDisk, folder.as_ref(), Some(known))
}

/// Checks everything in a store on a disk of the caller's. Otherwise as [`verify()`] and [`verify_against`].
///
/// # Errors
/// As [`verify()`] says.
pub fn verify_on(disk: &dyn Disk, folder: &Path, known: Option<KnownDigest>) -> Result<Verified, OpenError> {
    // First, since it holds nothing that is not in the log by then.
    let (firsts, saved) = look_beside_a_writer(disk, folder)?;
    if firsts.is_empty() {
        return Err(OpenError::NoStore { folder: folder.to_owned() });
    }
    let mut checker = Checker::new(known, saved);
    for (number, first) in firsts.iter().enumerate() {
        let next = firsts.get(number + 1).copied();
        Segment::read(disk, folder, *first, next)?.check(&mut checker)?;
    }
    Ok(checker.finish())
}

/// What it looks like where no commit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Suspicion {
    /// The log ends there.
    Nothing,
    /// Somebody may be writing there, or has not come to the end of it.
    Unfinished,
    /// What follows was written later.
    Damage,
}

/// One segment, in memory.
struct Segment<'a> {
    disk: &'a dyn Disk,
    path: PathBuf,
    first: u64,
    /// The first position of the next one, if this is not the last.
    next: Option<u64>,
    bytes: Vec<u8>,
}

/// What is at a place where a commit should be.
enum Amiss {
    NoFrame(Flaw),
    /// A mark of a clean close where none may be.
    EndMark {
        bytes: usize,
    },
    /// A frame whose JSON is not that of a commit.
    NoCommit {
        bytes: usize,
        reason: String,
    },
}

/// How it goes on behind a place where no frame is.
enum Onward {
    At(usize),
    Ends,
}

impl<'a> Segment<'a> {
    fn read(disk: &'a dyn Disk, folder: &Path, first: u64, next: Option<u64>) -> Result<Self, OpenError> {
        let mut segment = Self { disk, path: segment::path(folder, first), first, next, bytes: Vec::new() };
        segment.read_again()?;
        Ok(segment)
    }

    fn read_again(&mut self) -> Result<(), OpenError> {
        let file = self.disk.open(&self.path, Access::Read);
        let bytes = file.and_then(|file| read_from(&*file, 0));
        self.bytes = bytes.map_err(|source| OpenError::io(&self.path, source))?;
        Ok(())
    }

    fn check(mut self, checker: &mut Checker) -> Result<(), OpenError> {
        checker.begin_segment(&self.path, self.first);
        match Header::decode(&self.bytes) {
            Ok(header) => checker.header(header),
            Err(HeaderFlaw::LaterFormat(format)) => return Err(OpenError::later_format(self.path, format)),
            Err(HeaderFlaw::Invalid) if self.is_unborn() => {
                checker.unborn();
                let bytes = self.used();
                self.unfinished(checker, 0, bytes, "a segment that was being begun".to_owned());
                return Ok(());
            }
            Err(HeaderFlaw::Invalid) => checker.problem(0, None, "a segment's header", "something else"),
        }
        let mut offset = HEADER_BYTES;
        // Where something was amiss at an earlier look, and what it looked like.
        let mut suspected = None;
        loop {
            let rest = self.bytes.get(offset..).unwrap_or_default();
            let amiss = match frame::read(rest) {
                Ok(framed) => match content::summary(framed.json) {
                    Ok(Summary::Commit(commit)) => {
                        checker.commit(offset as u64, &commit, framed);
                        offset += framed.bytes();
                        continue;
                    }
                    Ok(Summary::End(end))
                        if self.is_the_end(&end, offset, framed.bytes(), checker.head()) =>
                    {
                        checker.end(framed.bytes() as u64);
                        return Ok(());
                    }
                    Ok(Summary::End(_)) => Amiss::EndMark { bytes: framed.bytes() },
                    Err(error) => Amiss::NoCommit { bytes: framed.bytes(), reason: error.to_string() },
                },
                Err(flaw) => Amiss::NoFrame(flaw),
            };
            // Somebody may be writing. What was written behind this place during one look, so that it seems to follow damage, was begun when all before
            // it was finished: so damage is believed when a look shows it that was begun after another had shown it.
            let suspicion = self.suspicion(&amiss, offset);
            if suspicion > Suspicion::Nothing && suspected.is_none_or(|before| before < (offset, suspicion)) {
                suspected = Some((offset, suspicion));
                self.read_again()?;
                continue;
            }
            match amiss {
                Amiss::EndMark { bytes } => {
                    checker.stray_end(offset as u64, bytes as u64);
                    offset += bytes;
                }
                Amiss::NoCommit { bytes, reason } => {
                    checker.no_commit(offset as u64, bytes as u64, &reason);
                    offset += bytes;
                }
                Amiss::NoFrame(flaw) => match self.onward(checker, offset, &flaw) {
                    Onward::At(next) => offset = next,
                    Onward::Ends => return Ok(()),
                },
            }
        }
    }

    fn suspicion(&self, amiss: &Amiss, offset: usize) -> Suspicion {
        match amiss {
            Amiss::NoFrame(_) if self.used() <= offset as u64 => Suspicion::Nothing,
            Amiss::NoFrame(_) if self.next.is_none() && !self.is_followed(offset) => Suspicion::Unfinished,
            Amiss::NoFrame(_) | Amiss::EndMark { .. } | Amiss::NoCommit { .. } => Suspicion::Damage,
        }
    }

    /// Whether a frame of a later batch than one that begins here is behind it.
    fn is_followed(&self, offset: usize) -> bool {
        let behind = self.bytes.get(offset + 1..).unwrap_or_default();
        valid_frame_in(behind, |batch| batch > offset as u64).is_some()
    }

    /// Says what is wrong where there is no frame, if something is, and finds the next.
    fn onward(&self, checker: &mut Checker, offset: usize, flaw: &Flaw) -> Onward {
        let used = self.used();
        if used <= offset as u64 {
            return Onward::Ends;
        }
        if self.next.is_none() && !self.is_followed(offset) {
            self.unfinished(checker, offset as u64, used - offset as u64, flaw.to_string());
            return Onward::Ends;
        }
        let behind = self.bytes.get(offset + 1..).unwrap_or_default();
        let (onward, position) = match valid_frame_in(behind, |_| true) {
            Some((place, position)) => (Onward::At(offset + 1 + place), Some(position)),
            None => (Onward::Ends, self.next),
        };
        let until = match onward {
            Onward::At(next) => next as u64,
            Onward::Ends => u64::MAX,
        };
        checker.problem(
            offset as u64,
            position.map(|next| next.saturating_sub(1)),
            flaw.expected(),
            flaw.found(),
        );
        checker.gap(Pointer(self.first, offset as u64), Pointer(self.first, until), position);
        onward
    }

    fn unfinished(&self, checker: &mut Checker, offset: u64, bytes: u64, reason: String) {
        let after = Position(checker.head());
        checker.verified.end =
            LogEnd::Unfinished(Cut { segment: self.path.clone(), offset, bytes, after, reason });
    }

    /// Whether it is one that was never finished.
    fn is_unborn(&self) -> bool {
        self.next.is_none() && self.used() <= SECTOR_BYTES && valid_frame_in(&self.bytes, |_| true).is_none()
    }

    fn is_the_end(&self, end: &End, offset: usize, bytes: usize, head: u64) -> bool {
        let is_last = self.next.is_none() && self.used() <= (offset + bytes) as u64;
        is_last && end.end == head && end.batch == offset as u64
    }

    /// How long it is without the zeros at its end.
    fn used(&self) -> u64 {
        self.bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last as u64 + 1)
    }
}
