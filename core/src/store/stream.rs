//! Names and numbers of the log: streams, sequences, positions.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::limits;

/// The name of a stream: 1 to 512 bytes of any Unicode text, compared exactly, byte by byte.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StreamId(Arc<str>);

impl StreamId {
    /// A stream's name.
    ///
    /// # Errors
    /// [`InvalidStreamId`] if it is empty or longer than [`limits::STREAM_NAME_BYTES`].
    pub fn new(name: &str) -> Result<Self, InvalidStreamId> {
        if name.is_empty() || name.len() > limits::STREAM_NAME_BYTES {
            return Err(InvalidStreamId { bytes: name.len() });
        }
        Ok(Self(name.into()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// For names that the core makes itself, which are short and never empty.
    pub(crate) fn of_subject(name: &str) -> Self {
        debug_assert!(!name.is_empty() && name.len() <= limits::STREAM_NAME_BYTES);
        Self(name.into())
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

impl TryFrom<String> for StreamId {
    type Error = InvalidStreamId;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::new(&name)
    }
}

impl From<StreamId> for String {
    fn from(stream: StreamId) -> Self {
        stream.0.as_ref().to_owned()
    }
}

/// A stream's name that is empty or too long.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a stream's name has 1 to {} bytes, not {bytes}", limits::STREAM_NAME_BYTES)]
pub struct InvalidStreamId {
    /// How many bytes the name has.
    pub bytes: usize,
}

/// The number of an event within its stream, from 1 and without gaps. A stream that does not exist stands at 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sequence(pub u64);

impl Sequence {
    /// Where a stream stands that has no event yet.
    pub const NONE: Self = Self(0);

    /// The sequence that is `events` further.
    #[must_use]
    pub const fn plus(self, events: u64) -> Self {
        Self(self.0 + events)
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The number of a commit within the log: increasing, from 1, not necessarily dense. An empty log stands at 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(pub u64);

impl Position {
    /// Before the first commit.
    pub const START: Self = Self(0);
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
