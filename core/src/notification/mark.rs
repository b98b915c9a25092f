use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::InvalidId;
use crate::store::Position;

/// A notification, by where its event stands: the commit, and the event's place in it from 0. Written `17.3`.
///
/// It is the same whoever reads the log, and whenever: who gets a notification a second time knows it by this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NotificationId {
    /// The commit.
    pub position: Position,
    /// The event's place in it.
    pub index: u32,
}

/// How far the notifications were read: what is there is over and done with, and the next one is the first after it. Written `17.3`
/// or `17`.
///
/// ```
/// use cutover::notification::Mark;
///
/// let within: Mark = "17.3".parse()?;
/// let through: Mark = "17".parse()?;
/// assert!(Mark::START < within && within < through);
/// # Ok::<(), cutover::InvalidId>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Mark {
    /// Up to this notification, which is read too; its commit may hold more.
    Within(NotificationId),
    /// Every commit up to this one, which is read as a whole.
    Through(Position),
}

impl Mark {
    /// Nothing was read.
    pub const START: Self = Self::Through(Position::START);

    /// Whether the notification was read.
    pub fn includes(self, id: NotificationId) -> bool {
        Self::Within(id) <= self
    }

    /// The commit that it is in or behind.
    pub const fn position(self) -> Position {
        match self {
            Self::Within(id) => id.position,
            Self::Through(position) => position,
        }
    }

    /// The last commit of which nothing is left to be read.
    pub const fn read_through(self) -> Position {
        match self {
            Self::Within(id) => Position(id.position.0.saturating_sub(1)),
            Self::Through(position) => position,
        }
    }

    fn order(self) -> (Position, bool, u32) {
        match self {
            Self::Within(id) => (id.position, false, id.index),
            Self::Through(position) => (position, true, 0),
        }
    }
}

impl PartialOrd for Mark {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Mark {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
    }
}

impl fmt::Display for NotificationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.position, self.index)
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Within(id) => id.fmt(f),
            Self::Through(position) => position.fmt(f),
        }
    }
}

impl FromStr for NotificationId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (position, index) = text.split_once('.')?;
            Some(Self { position: Position(position.parse().ok()?), index: index.parse().ok()? })
        };
        read().ok_or_else(|| InvalidId { text: text.to_owned(), what: "a notification's id, such as 17.3" })
    }
}

impl FromStr for Mark {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.contains('.') {
            return text.parse().map(Self::Within);
        }
        let what = "a mark in the log, such as 17 or 17.3";
        text.parse()
            .map(|position| Self::Through(Position(position)))
            .map_err(|_| InvalidId { text: text.to_owned(), what })
    }
}

impl TryFrom<String> for NotificationId {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<NotificationId> for String {
    fn from(id: NotificationId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for Mark {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Mark> for String {
    fn from(mark: Mark) -> Self {
        mark.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_includes_what_is_up_to_it_and_nothing_else() {
        let id = |position, index| NotificationId { position: Position(position), index };
        let within = Mark::Within(id(17, 3));
        assert!(within.includes(id(17, 3)) && within.includes(id(17, 2)) && within.includes(id(16, 9)));
        assert!(!within.includes(id(17, 4)) && !within.includes(id(18, 0)));
        assert_eq!((within.read_through(), within.position()), (Position(16), Position(17)));
        let through = Mark::Through(Position(17));
        assert!(through.includes(id(17, u32::MAX)) && !through.includes(id(18, 0)));
        assert!(!Mark::START.includes(id(1, 0)));
        assert!(within < through && through < Mark::Within(id(18, 0)));
    }

    #[test]
    fn what_is_written_is_read_again() -> Result<(), InvalidId> {
        for text in ["0", "17", "17.0", "18446744073709551615.4294967295"] {
            assert_eq!(text.parse::<Mark>()?.to_string(), text);
        }
        for text in ["", ".", "17.", ".3", "17.3.1", "-1", "x"] {
            assert!(text.parse::<Mark>().is_err(), "{text}");
        }
        Ok(())
    }
}
