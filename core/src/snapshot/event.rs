use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::PipelineDefinition;

/// What becomes true of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SnapshotEvent {
    /// The definition is kept under its digest.
    #[serde(rename = "snapshot.kept")]
    Kept {
        /// The definition, whose JSON has the stream's digest.
        #[serde(with = "shared")]
        definition: Arc<PipelineDefinition>,
    },
}

impl SnapshotEvent {
    /// The stored names, fixed for ever.
    pub const NAMES: &'static [&'static str] = &["snapshot.kept"];
}

/// A value behind an `Arc`, written as the value itself.
pub(crate) mod shared {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<T: Serialize, S: Serializer>(value: &Arc<T>, to: S) -> Result<S::Ok, S::Error> {
        T::serialize(value, to)
    }

    pub(crate) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Arc<T>, D::Error> {
        T::deserialize(from).map(Arc::new)
    }
}
