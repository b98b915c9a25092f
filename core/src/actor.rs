//! Who acts.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize, Serializer};

use crate::{InvalidId, UserId};

/// Who gave a command. Written `user:ann`, `trigger:nightly` or `system`.
///
/// Only opaque ids are recorded; names and addresses come from the host's identities (E5).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub enum Actor {
    /// A person.
    User(UserId),
    /// A trigger of a pipeline, by its name.
    Trigger(String),
    /// The engine itself: timers, and what follows from the state.
    System,
}

impl Actor {
    /// A person, by id.
    ///
    /// # Errors
    /// [`InvalidId`] as [`UserId::new`] says.
    pub fn user(id: impl Into<String>) -> Result<Self, InvalidId> {
        UserId::new(id).map(Self::User)
    }

    /// The person, if it is one.
    pub const fn as_user(&self) -> Option<&UserId> {
        match self {
            Self::User(user) => Some(user),
            Self::Trigger(_) | Self::System => None,
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(user) => write!(f, "user:{user}"),
            Self::Trigger(name) => write!(f, "trigger:{name}"),
            Self::System => f.write_str("system"),
        }
    }
}

impl FromStr for Actor {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some(("user", id)) => Self::user(id),
            Some(("trigger", name)) => Ok(Self::Trigger(name.to_owned())),
            None if text == "system" => Ok(Self::System),
            Some(_) | None => Err(InvalidId { text: text.to_owned(), what: "an actor, such as user:ann" }),
        }
    }
}

impl TryFrom<String> for Actor {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl Serialize for Actor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
