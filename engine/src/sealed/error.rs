use std::io;
use std::path::PathBuf;

/// Why a sealed file can't be used. It tells no value, and nothing of a key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealedFileError {
    /// It can't be read or written.
    #[error("the sealed file {} can't be used", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is none, or one of a later version.
    #[error("{} is no sealed file that this version knows", path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
    },
    /// It is sealed by another key or passphrase, or somebody has changed it.
    #[error("{} is sealed by another key or passphrase, or was changed", path.display())]
    WrongKey {
        /// The file.
        path: PathBuf,
    },
    /// It would be larger than it may be.
    #[error("the sealed file {} is full: forget what nobody refers to any more", path.display())]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// The system has no random numbers, or the memory that a passphrase takes.
    #[error("the system can't seal anything now: {why}")]
    System {
        /// What it says.
        why: String,
    },
}

/// What is wrong with the contents of a file, whichever it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    Unknown,
    WrongKey,
    Full,
    System(String),
}

impl Fault {
    pub(super) fn of(self, path: impl Into<PathBuf>) -> SealedFileError {
        let path = path.into();
        match self {
            Self::Unknown => SealedFileError::Unknown { path },
            Self::WrongKey => SealedFileError::WrongKey { path },
            Self::Full => SealedFileError::Full { path },
            Self::System(why) => SealedFileError::System { why },
        }
    }
}
