//! What keeps an export from being read, or from being taken into a store.

use super::{Content, VERSION};
use crate::Digest;
use crate::store::{CommitError, Position, Sequence, StoreError, StreamId};

/// Why an export was not imported. What came before is in the store already: throw that away, and begin with an empty one. To know before anything is
/// written, read the lines with an [`ExportReader`](super::ExportReader) first.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The store that should take it is not empty: nothing was written.
    #[error("the store holds commits up to position {head}: import into an empty one")]
    NotEmpty {
        /// Its newest commit.
        head: Position,
    },
    /// A line is not as it was written.
    #[error("line {line} of the export: {flaw}")]
    Line {
        /// The number of the line, from 1.
        line: u64,
        /// What is wrong with it.
        #[source]
        flaw: LineFlaw,
    },
    /// The last line is missing.
    #[error("the export was cut off: it ends after line {lines}, which is not its last")]
    CutOff {
        /// How many lines there are.
        lines: u64,
    },
    /// The store did not take a commit.
    #[error("the store did not take the commit of line {line}")]
    NotTaken {
        /// The number of the line, from 1.
        line: u64,
        /// Why.
        #[source]
        source: CommitError,
    },
    /// The store can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store took everything, and holds something else.
    #[error("the export has {exported}, and the store now has {found}")]
    NotTheSame {
        /// What was exported.
        exported: Content,
        /// What the store holds.
        found: Content,
    },
}

/// What is wrong with a line of an export.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LineFlaw {
    /// The first line does not name this format.
    #[error("it is no export of a store")]
    NotAnExport,
    /// It was exported by a later release.
    #[error(
        "it was exported in version {found}, and this release knows versions up to {VERSION}: use a later release"
    )]
    LaterVersion {
        /// The version of the export.
        found: u32,
    },
    /// It is neither a commit nor the last line.
    #[error("it is damaged: {0}")]
    Unreadable(#[source] serde_json::Error),
    /// Positions do not go up.
    #[error("position {found} does not come after {before}: lines are out of order, or one is there twice")]
    Position {
        /// The position of the line before.
        before: Position,
        /// That of this line.
        found: Position,
    },
    /// The events of a stream do not follow one another.
    #[error("stream {stream} should go on with sequence {expected}, and it does with {found}")]
    Sequence {
        /// The stream.
        stream: StreamId,
        /// The sequence of its next event.
        expected: Sequence,
        /// The one that is there.
        found: Sequence,
    },
    /// There is something else than the last line says.
    #[error("{exported} were exported, and there are {found}")]
    Content {
        /// As the last line says.
        exported: Content,
        /// As it was counted.
        found: Content,
    },
    /// Some line before is not what was exported.
    #[error("the lines before it have the digest {found}, and {expected} when they were exported")]
    Changed {
        /// As the last line says.
        expected: Digest,
        /// As it was computed.
        found: Digest,
    },
    /// Something follows the last line.
    #[error("something follows the last line")]
    Trailing,
}
