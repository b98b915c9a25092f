use crate::Problems;
use crate::flow::Impossible;
use crate::text::TextTooLong;

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
    #[error(transparent)]
    TextTooLong(#[from] TextTooLong),
    /// A rule recorded what cannot be: a defect of the engine.
    #[error(transparent)]
    Impossible(#[from] Impossible),
}
