use crate::notification::Mark;

/// What can be asked of a cursor (E4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CursorCommand {
    /// Opens it there: the next notification is the first one after. One that is open stays where it is.
    Open {
        /// Where.
        at: Mark,
    },
    /// Everything up to there was delivered, and is not needed again. What was acknowledged before stays so.
    Acknowledge {
        /// Up to where.
        up_to: Mark,
        /// Only if it was not opened or moved since it had this epoch; `None`: in any case.
        epoch: Option<u64>,
    },
    /// Moves it there, whatever was acknowledged: what is after is delivered, once more where it was before.
    Move {
        /// Where.
        to: Mark,
    },
    /// Nobody reads by it any more.
    Close,
}
