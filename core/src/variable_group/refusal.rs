use crate::Problems;
use crate::flow::Impossible;

/// Why a variable group refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VariableGroupRefusal {
    /// The change was made against another revision (P2, V2).
    #[error(
        "stale revision: the change was made against revision {against}, the variable group is at revision {current}"
    )]
    StaleRevision {
        /// The revision that the change was made against.
        against: u32,
        /// The group's revision; 0 if it was never saved.
        current: u32,
    },
    /// Its variables do not validate.
    #[error("the variable group is not valid: {0}")]
    Invalid(Problems),
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
    /// A rule recorded what cannot be: a defect of the engine.
    #[error(transparent)]
    Impossible(#[from] Impossible),
}
