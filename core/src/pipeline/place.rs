//! Where in a definition something stands, written as its fields are.

use std::fmt;

/// A place in a definition, such as `stages[2].jobs[0].tasks[1].timeout_minutes`. It is text only once it is shown.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'a> {
    /// The definition itself.
    Definition,
    /// A field. Its name may be several fields with dots between.
    Field { of: &'a Place<'a>, name: &'static str },
    /// A part of a list.
    Item { of: &'a Place<'a>, list: &'static str, index: usize },
    /// A part of a map.
    Key { of: &'a Place<'a>, map: &'static str, key: &'a str },
}

impl<'a> Place<'a> {
    /// A field of this.
    pub(super) const fn field(&'a self, name: &'static str) -> Self {
        Self::Field { of: self, name }
    }

    /// A part of a list of this, from 0.
    pub(super) const fn item(&'a self, list: &'static str, index: usize) -> Self {
        Self::Item { of: self, list, index }
    }

    /// A part of a map of this.
    pub(super) const fn key(&'a self, map: &'static str, key: &'a str) -> Self {
        Self::Key { of: self, map, key }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dot = |of: &Place<'_>| if matches!(of, Place::Definition) { "" } else { "." };
        match self {
            Self::Definition => Ok(()),
            Self::Field { of, name } => write!(f, "{of}{}{name}", dot(of)),
            Self::Item { of, list, index } => write!(f, "{of}{}{list}[{index}]", dot(of)),
            Self::Key { of, map, key } => write!(f, "{of}{}{map}[{key:?}]", dot(of)),
        }
    }
}
