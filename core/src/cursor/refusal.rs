use crate::flow::Impossible;

/// Why a cursor refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CursorRefusal {
    /// Nobody reads by it.
    #[error("the cursor is not open: open it first, and say where it begins")]
    NotOpen,
    /// It was opened or moved by hand since.
    #[error("the cursor was moved meanwhile: look where it stands")]
    MovedMeanwhile,
    /// A rule recorded what cannot be: a defect of the engine.
    #[error(transparent)]
    Impossible(#[from] Impossible),
}
