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
    },
    /// Nobody reads by it any more.
    Close,
}
