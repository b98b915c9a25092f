use std::collections::BTreeMap;
use std::sync::Arc;

use super::PipelineDefinition;
use super::stage_ids::StageIds;
use crate::{Digest, ReleaseId, StageId};

/// A release pipeline (P).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pipeline {
    pub(super) current: Option<Current>,
    pub(super) stage_ids: StageIds,
    pub(super) counters: BTreeMap<String, Counter>,
    /// How many releases were numbered: the age of a counter is told by it.
    pub(super) numbered: u64,
    pub(super) newest: Option<ReleaseId>,
}

/// The definition that a pipeline has at present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Current {
    /// Grows by one with every accepted change, from 1.
    pub revision: u32,
    /// What it is.
    pub definition: Arc<PipelineDefinition>,
    /// The digest of its JSON.
    pub digest: Digest,
}

/// The `$(rev:r)` of one name (P7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counter {
    pub(super) value: u32,
    pub(super) used: u64,
}

impl Pipeline {
    /// What it is at present; `None` before it is created.
    pub const fn current(&self) -> Option<&Current> {
        self.current.as_ref()
    }

    /// Whether it has the stage, or had it in an earlier revision.
    pub fn had_stage(&self, stage: StageId) -> bool {
        self.stage_ids.knows(stage)
    }

    /// How many releases were made from it.
    pub const fn releases(&self) -> u64 {
        self.numbered
    }

    /// The release that was made from it last.
    pub const fn newest_release(&self) -> Option<ReleaseId> {
        self.newest
    }
}
