use serde::{Deserialize, Serialize};

use crate::{CommandId, PipelineId};

/// What becomes true of the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each field is what its name says; the variants say the rest")]
pub enum DirectoryEvent {
    /// The ids from `first` on, `count` of them, are handed out and never will be again.
    #[serde(rename = "directory.ids-reserved")]
    IdsReserved { kind: IdKind, first: u64, count: u32 },
    /// The pipeline has this name, and none that it had before.
    #[serde(rename = "directory.name-claimed")]
    NameClaimed {
        pipeline: PipelineId,
        folder: String,
        name: String,
        /// Folder and name in the form in which they are compared.
        folded: String,
        /// The command that it followed from, so that a creation that comes twice is known.
        command: CommandId,
    },
    /// The pipeline was deleted: another may have its name (P6).
    #[serde(rename = "directory.name-freed")]
    NameFreed { pipeline: PipelineId },
}

impl DirectoryEvent {
    /// The stored names, fixed for ever.
    pub const NAMES: &'static [&'static str] =
        &["directory.ids-reserved", "directory.name-claimed", "directory.name-freed"];
}

/// What an id is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdKind {
    /// A pipeline.
    Pipeline,
    /// A release.
    Release,
}
