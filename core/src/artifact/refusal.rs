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
    /// A version without an id.
    #[error("a version needs an id")]
    NoId,
    /// A text is longer than it may be.
    #[error("{what} has {characters} characters, at most {limit} are allowed")]
    TextTooLong {
        /// Which text.
        what: &'static str,
        /// How long it is.
        characters: usize,
        /// How long it may be.
        limit: usize,
    },
    /// More tags than a version may have.
    #[error("{tags} tags are too many: a version has at most {limit}")]
    TooManyTags {
        /// How many it would have.
        tags: usize,
        /// How many it may have.
        limit: usize,
    },
}
