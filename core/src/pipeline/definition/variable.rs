//! Variables as they are written in a definition (V).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::SecretRef;

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

impl VariableValue {
    /// What people and programs may read of it: nothing of a secret (V4).
    pub fn plain(&self) -> Option<&str> {
        match self {
            Self::Plain(value) => Some(value),
            Self::Secret(_) => None,
        }
    }
}

impl Variable {
    /// A plain value that is the same for every release.
    pub fn plain(value: impl Into<String>) -> Self {
        Self { value: VariableValue::Plain(value.into()), settable: false }
    }

    /// A secret, by the name that the host's secrets know, or by one version of it.
    pub fn secret(reference: impl Into<SecretRef>) -> Self {
        Self { value: VariableValue::Secret(reference.into()), settable: false }
    }

    /// May be given another value when a release is created.
    #[must_use]
    pub fn settable(mut self) -> Self {
        self.settable = true;
        self
    }
}
