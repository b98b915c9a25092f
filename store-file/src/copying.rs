//! Copies of a store: a folder that has its name only once all of it is there, and what keeps a copy from being made.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use cutover::store::{CommitError, StoreError};

use crate::disk::Disk;
use crate::error::OpenError;
use crate::open::{create_folder, sync_above};

/// Why a store was not copied, or not rewritten. What was there before is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// There is no store to be copied.
    #[error("{} holds no store", .folder.display())]
    NoStore {
        /// The folder.
        folder: PathBuf,
    },
    /// The copy would take the place of something.
    #[error("{} is there already: name a folder that is not", .folder.display())]
    Exists {
        /// The folder.
        folder: PathBuf,
    },
    /// An earlier copy to the same place was interrupted, or is being made.
    #[error("{} is a copy that was not finished: remove it unless somebody is making it", .folder.display())]
    Unfinished {
        /// The folder.
        folder: PathBuf,
    },
    /// The store can't be opened; or the copy can't, so that it is not one.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The store can't be read, or the copy not be closed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The copy does not take a commit.
    #[error("the copy does not take the commit at position {position}")]
    NotTaken {
        /// The commit.
        position: cutover::store::Position,
        /// Why.
        #[source]
        source: CommitError,
    },
    /// What was copied is not what is in the store.
    #[error("the copy in {} is not what is in the store", .folder.display())]
    NotTheSame {
        /// The folder of the copy.
        folder: PathBuf,
    },
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

impl CopyError {
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }
}

/// A folder that is made under another name, and gets its own when it is finished: whoever finds it by its name finds all of it.
pub(crate) struct NewFolder<'a> {
    disk: &'a dyn Disk,
    to: &'a Path,
    unfinished: PathBuf,
    /// How many folders were made, this one among them.
    made: usize,
}

impl<'a> NewFolder<'a> {
    pub(crate) fn begin(disk: &'a dyn Disk, to: &'a Path) -> Result<Self, CopyError> {
        let mut name = to.file_name().unwrap_or_default().to_owned();
        name.push(".unfinished");
        let unfinished = to.with_file_name(name);
        if to.file_name().is_none() || is_there(disk, to)? {
            return Err(CopyError::Exists { folder: to.to_owned() });
        }
        if is_there(disk, &unfinished)? {
            return Err(CopyError::Unfinished { folder: unfinished });
        }
        let made = create_folder(disk, &unfinished)?;
        Ok(Self { disk, to, unfinished, made })
    }

    /// Where it is until it is finished.
    pub(crate) fn path(&self) -> &Path {
        &self.unfinished
    }

    /// Gives it its name, durably.
    pub(crate) fn finish(self) -> Result<(), CopyError> {
        let Self { disk, to, unfinished, made } = self;
        disk.sync_folder(&unfinished).map_err(|source| CopyError::io(&unfinished, source))?;
        disk.rename(&unfinished, to).map_err(|source| CopyError::io(to, source))?;
        sync_above(disk, to, made).map_err(|(above, source)| CopyError::io(&above, source))
    }
}

fn is_there(disk: &dyn Disk, folder: &Path) -> Result<bool, CopyError> {
    match disk.list(folder) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) if error.kind() == ErrorKind::NotADirectory => Ok(true),
        Err(source) => Err(CopyError::io(folder, source)),
    }
}
