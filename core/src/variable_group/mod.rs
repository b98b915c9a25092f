//! Variable groups: variables that pipelines and stages name instead of having them (V2).
//!
//! A group is a stream of its own and gets a revision with every save. A release reads it once, when it is made: what the group says
//! then is part of the release's snapshot (`pipeline/groups.rs`), and no later save changes it.

mod command;
mod decide;
mod event;
mod refusal;

pub use command::VariableGroupCommand;
pub use event::VariableGroupEvent;
pub use refusal::VariableGroupRefusal;

use crate::Variables;

/// A variable group as it stands (V2).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VariableGroup {
    revision: u32,
    variables: Variables,
}

impl VariableGroup {
    /// Grows by one with every save that changes something, from 1; 0 before the first.
    pub const fn revision(&self) -> u32 {
        self.revision
    }

    /// Its variables; secrets by the names that the host's secrets know (V4).
    pub const fn variables(&self) -> &Variables {
        &self.variables
    }

    /// Whether it was ever saved.
    pub const fn exists(&self) -> bool {
        self.revision > 0
    }
}
