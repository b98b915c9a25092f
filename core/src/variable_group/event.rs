use serde::{Deserialize, Serialize};

use crate::Variables;

/// What becomes true of a variable group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each field is what its name says; the variants say the rest")]
pub enum VariableGroupEvent {
    /// It has these variables from now on, and no others.
    #[serde(rename = "variables.saved")]
    Saved {
        revision: u32,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        comment: String,
        variables: Variables,
    },
}

impl VariableGroupEvent {
    /// The stored names, fixed for ever.
    pub const NAMES: &'static [&'static str] = &["variables.saved"];
}
