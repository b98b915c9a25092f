use std::collections::{BTreeMap, VecDeque};

use super::IdKind;
use crate::{CommandId, PipelineId, fold};

/// The names of pipelines, and the ids that are handed out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directory {
    pub(super) names: BTreeMap<String, PipelineId>,
    pub(super) claims: BTreeMap<PipelineId, String>,
    pub(super) next: BTreeMap<IdKind, u64>,
    /// The last commands that claimed a name, the newest last.
    pub(super) commands: VecDeque<(CommandId, PipelineId)>,
}

impl Directory {
    /// The pipeline with this name in this folder, both compared without case.
    pub fn pipeline_named(&self, folder: &str, name: &str) -> Option<PipelineId> {
        self.names.get(&Self::folded(folder, name)).copied()
    }

    /// All pipelines that are not deleted, by id.
    pub fn pipelines(&self) -> impl Iterator<Item = PipelineId> + '_ {
        self.claims.keys().copied()
    }

    pub(super) fn folded(folder: &str, name: &str) -> String {
        // A folder's path and a name can't hold a line break, so that no two pairs have the same form.
        format!("{}\n{}", fold(folder), fold(name))
    }
}
