//! Variables as they are written in a definition (V).

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Variables by name. Names are compared without case; no two of one scope may differ only in that.
pub type Variables = BTreeMap<String, Variable>;

/// A variable of a pipeline, a stage or a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variable {
    /// What it stands for.
    pub value: VariableValue,
    /// Whether a value may be given when a release is created (R4).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub settable: bool,
}

/// What a variable stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VariableValue {
    /// This text.
    Plain(String),
    /// A secret that only its name is known of here; a runner resolves it when its task begins (V4).
    Secret(SecretRef),
}

/// The name under which the host's secrets keep a value (V4). The value itself is never here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretRef(pub String);

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Variable {
    /// A plain value that is the same for every release.
    pub fn plain(value: impl Into<String>) -> Self {
        Self { value: VariableValue::Plain(value.into()), settable: false }
    }

    /// A secret, by the name that the host's secrets know.
    pub fn secret(name: impl Into<String>) -> Self {
        Self { value: VariableValue::Secret(SecretRef(name.into())), settable: false }
    }

    /// May be given another value when a release is created.
    #[must_use]
    pub fn settable(mut self) -> Self {
        self.settable = true;
        self
    }
}
