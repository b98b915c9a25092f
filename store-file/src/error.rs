//! Why a folder could not be opened as a store. Each message says what a person can do.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::header::FORMAT;

/// Why a store was not opened.
///
/// Nothing in its log was changed, unless the file system failed ([`OpenError::NotWritable`], [`OpenError::Io`]) after the log had been
/// read: then what a crash left at its end may be cut off already. No commit that was acknowledged is ever among that.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process, or another part of this one, has the store open.
    #[error("the store in {} is open elsewhere ({holder}): close it there first", .folder.display())]
    OpenElsewhere {
        /// The store's folder.
        folder: PathBuf,
        /// Who has it open, in their own words: process and host.
        holder: String,
    },
    /// This user may not write there, or nobody may.
    #[error("{} is not writable: give this user the right to write there", .path.display())]
    NotWritable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The path names something that is not a folder.
    #[error("{} is not a folder: a store is a folder of its own", .path.display())]
    NotAFolder {
        /// The path.
        path: PathBuf,
    },
    /// There is no log in the folder, and it was to be read only.
    #[error("there is no store in {}: name the folder that holds its segments (*.log)", .folder.display())]
    NoStore {
        /// The folder.
        folder: PathBuf,
    },
    /// The log was written by a later release.
    #[error(
        "{} was written in format {found} of the log, and this release knows formats up to {known}: open it with a later release", .segment.display()
    )]
    LaterFormat {
        /// The segment that says so.
        segment: PathBuf,
        /// Its format.
        found: u32,
        /// The newest format that this release knows.
        known: u32,
    },
    /// Something in the log is not what was written there, and it is not the unfinished end that a crash leaves.
    #[error("{0}")]
    Damaged(Damage),
    /// The file system failed.
    #[error("the file system failed at {}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl OpenError {
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        if matches!(source.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) {
            return Self::NotWritable { path, source };
        }
        if source.kind() == ErrorKind::NotADirectory {
            return Self::NotAFolder { path };
        }
        Self::Io { path, source }
    }

    pub(crate) fn later_format(segment: PathBuf, found: u32) -> Self {
        Self::LaterFormat { segment, found, known: FORMAT }
    }
}

/// A place in the log that does not hold what was written there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{} is damaged at offset {offset}, where {} should be: expected {expected}, found {found}; restore the file from a copy", .segment.display(), Positions(*first, *last)
)]
pub struct Damage {
    /// The segment's file.
    pub segment: PathBuf,
    /// Where in it the damage begins.
    pub offset: u64,
    /// The first position that cannot be read.
    pub first: u64,
    /// The last position that cannot be read, where that is known.
    pub last: Option<u64>,
    /// What should be there.
    pub expected: String,
    /// What is there.
    pub found: String,
}

struct Positions(u64, Option<u64>);

impl std::fmt::Display for Positions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.1 {
            Some(last) if last <= self.0 => write!(f, "position {}", self.0),
            Some(last) => write!(f, "positions {} to {last}", self.0),
            None => write!(f, "position {} onwards", self.0),
        }
    }
}
