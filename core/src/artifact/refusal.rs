use crate::Timestamp;
use crate::text::TextTooLong;

/// Why an artifact feed refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArtifactRefusal {
    /// The version was published before, and said something else (A2).
    #[error(
        "version {version:?} was published before with another {what}: a version never changes, publish another one"
    )]
    OtherContent {
        /// The version's id.
        version: String,
        /// The first part that differs.
        what: &'static str,
    },
    /// The feed has no such version, or has forgotten it (A4).
    #[error("version {version:?} is not known: it was not published, or too many others were since")]
    UnknownVersion {
        /// The version's id.
        version: String,
    },
    /// The version is as old as some that the feed has forgotten, and may have been published before (A2, A4).
    #[error(
        "version {version:?} is as old as others that are not known any more ({forgotten}), and may have been published before: give it in full where it is deployed"
    )]
    AsOldAsForgotten {
        /// The version's id.
        version: String,
        /// The latest time of a version that was forgotten.
        forgotten: Timestamp,
    },
    /// A version without an id.
    #[error("a version needs an id")]
    NoId,
    /// A text is longer than it may be.
    #[error(transparent)]
    TextTooLong(#[from] TextTooLong),
    /// More tags than a version may have.
    #[error("{tags} tags are too many: a version has at most {limit}")]
    TooManyTags {
        /// How many it would have.
        tags: usize,
        /// How many it may have.
        limit: usize,
    },
}
