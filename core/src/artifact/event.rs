use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::ArtifactVersion;

/// What becomes true of an artifact feed. Each is a publication, and publications are numbered from 1 without gaps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each field is what its name says; the variants say the rest")]
pub enum ArtifactEvent {
    /// A version is known (A2).
    #[serde(rename = "artifact.published")]
    Published { publication: u64, version: ArtifactVersion },
    /// A version has further tags (A2).
    #[serde(rename = "artifact.tagged")]
    Tagged { publication: u64, version: String, tags: BTreeSet<String> },
}

impl ArtifactEvent {
    /// The stored names, fixed for ever.
    pub const NAMES: &'static [&'static str] = &["artifact.published", "artifact.tagged"];
}
