use std::collections::BTreeMap;
use std::sync::Arc;

use super::scheduling::Scheduling;
use super::stage_ids::StageIds;
use super::{PipelineDefinition, Watch};
use crate::{Digest, ReleaseId, SourceId, StageId};

/// A release pipeline (P).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pipeline {
    pub(super) current: Option<Current>,
    /// The digests of the definitions of all revisions, from the first on (P1).
    pub(super) digests: Vec<Digest>,
    pub(super) stage_ids: StageIds,
    pub(super) counters: BTreeMap<String, Counter>,
    /// How many releases were numbered: the age of a counter is told by it.
    pub(super) numbered: u64,
    pub(super) newest: Option<ReleaseId>,
    /// How far it has observed the feeds that its triggers wait for (T0).
    pub(super) watches: BTreeMap<SourceId, Watch>,
    pub(super) scheduling: Scheduling,
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

    /// Every stage that it ever had, also those that a later revision removed (P3).
    pub fn stages_ever(&self) -> impl Iterator<Item = StageId> + '_ {
        self.stage_ids.iter()
    }

    /// The digest of the definition that it had at this revision (P1); `None` if it has no such revision.
    pub fn digest_of(&self, revision: u32) -> Option<Digest> {
        self.digests.get(usize::try_from(revision).ok()?.checked_sub(1)?).copied()
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
