//! How large a definition may be (P5).

use super::{PipelineDefinition, PipelineRefusal};
use crate::{Digest, limits};

/// Why a definition can't be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// It has so many bytes as JSON.
    TooLarge { bytes: usize },
    /// It can't be written as JSON.
    NotWritable { what: String },
}

/// The digest of a definition, with the variables of its groups where it is a release's, if a store takes it.
pub(crate) fn digest_of(definition: &PipelineDefinition) -> Result<Digest, Unfit> {
    let written = serde_json::to_vec(definition);
    let json = written.map_err(|error| Unfit::NotWritable { what: error.to_string() })?;
    if json.len() > limits::DEFINITION_BYTES {
        return Err(Unfit::TooLarge { bytes: json.len() });
    }
    Ok(Digest::of(&json))
}

impl From<Unfit> for PipelineRefusal {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::TooLarge { bytes } => Self::TooLarge { bytes },
            Unfit::NotWritable { what } => Self::NotWritable { what },
        }
    }
}
