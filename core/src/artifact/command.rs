use std::collections::BTreeSet;

use crate::ArtifactVersion;

/// What can be asked of an artifact feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArtifactCommand {
    /// Makes a version known (A2). One that is known with the same content is already so.
    Publish(ArtifactVersion),
    /// Adds tags to a version (A2). Those that it has already, compared without case, are already so.
    Tag {
        /// The version's id.
        version: String,
        /// The tags to add.
        tags: BTreeSet<String>,
    },
}
