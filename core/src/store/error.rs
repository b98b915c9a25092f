//! How a store fails, and what a caller may conclude from it.

use std::error::Error;
use std::fmt;

use super::{Sequence, StreamId};

type Source = Box<dyn Error + Send + Sync + 'static>;

/// A stream that does not stand where a commit expected it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mismatch {
    /// The stream.
    pub stream: StreamId,
    /// Where the commit expected it to stand.
    pub expected: Sequence,
    /// Where it stands.
    pub actual: Sequence,
}

/// Every stream that does not stand where a commit expected it, in the order of the commit's expectations. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict(pub Vec<Mismatch>);

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, Mismatch { stream, expected, actual }) in self.0.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}stream {stream} stands at {actual}, not at {expected}")?;
        }
        Ok(())
    }
}

/// Why a commit was not acknowledged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// Something was recorded since the decision: nothing was written. Decide again from what is there now.
    #[error("{0}")]
    Conflict(Conflict),
    /// It is larger than the store takes: nothing was written, and nothing would be another time.
    #[error("the commit has {bytes} bytes, the store takes at most {limit}")]
    TooLarge {
        /// Its size as the store would write it, or the most that it could come to.
        bytes: usize,
        /// The largest size that the store takes.
        limit: usize,
    },
    /// Nothing was written; the same commit may be sent again.
    #[error("nothing was written")]
    NotWritten(#[source] StoreError),
    /// It may have been written or not: send the identical commit again, and recognise it by its id on a conflict.
    #[error("it is not known whether the commit was written")]
    OutcomeUnknown(#[source] StoreError),
}

/// Why a store could not answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The medium or the connection failed; another try may succeed.
    #[error("the store is unavailable: {what}")]
    Unavailable {
        /// What was tried.
        what: String,
        /// What it met.
        #[source]
        source: Option<Source>,
    },
    /// An earlier write failed, so that what is on the medium is unknown: the store takes no more commits until it is opened anew.
    #[error("an earlier write failed, open the store anew: {what}")]
    Poisoned {
        /// What failed then.
        what: String,
    },
    /// What was read is not what was written.
    #[error("the store is damaged: {what}")]
    Damaged {
        /// Where, what was expected and what was found.
        what: String,
    },
    /// The store was opened for reading only, or is closed.
    #[error("the store takes no commits: {what}")]
    ReadOnly {
        /// Why.
        what: String,
    },
}

impl StoreError {
    /// The medium or the connection failed with `source`.
    pub fn unavailable(what: impl Into<String>, source: impl Into<Source>) -> Self {
        Self::Unavailable { what: what.into(), source: Some(source.into()) }
    }
}
