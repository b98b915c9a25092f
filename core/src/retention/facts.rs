//! What a decision about keeping rests on.

use std::collections::BTreeMap;
use std::fmt;

use crate::{ReleaseId, Retention, StageId, Timestamp};

/// One release, as far as keeping it is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseFacts {
    /// Its number: the greater, the newer.
    pub release: ReleaseId,
    /// When it was created.
    pub created_at: Timestamp,
    /// Draft or not.
    pub kind: ReleaseKind,
    /// Whether it is kept forever (R6).
    pub keep_forever: KeepForever,
    /// When it was restored after it had been deleted: its days start again (K3).
    pub restored_at: Option<Timestamp>,
    /// All of its stages, deployed to or not.
    pub stages: BTreeMap<StageId, StageFacts>,
}

/// Whether a release is a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleaseKind {
    /// It is a draft.
    Draft,
    /// It is active or abandoned.
    Started,
}

/// Whether a release is kept forever, and since when that is so (R6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeepForever {
    /// It is not and never was.
    Never,
    /// It is.
    Since(Timestamp),
    /// It was, until this moment: its days start again (K1).
    Until(Timestamp),
}

/// One stage of one release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StageFacts {
    /// How long releases that were deployed to it are kept.
    pub retention: Retention,
    /// When the jobs of the last deployment to it that has begun began; `None`: none has.
    pub last_begun: Option<Timestamp>,
    /// What goes on there.
    pub going_on: Option<GoingOn>,
}

/// What goes on at a stage of a release, so that the release stays (K2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GoingOn {
    /// It waits for a time.
    Scheduled,
    /// It waits for a slot.
    Queued,
    /// It waits for an approval or for gates.
    Pending,
    /// It deploys.
    InProgress,
}

impl fmt::Display for GoingOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheduled => "is scheduled",
            Self::Queued => "waits for a slot",
            Self::Pending => "waits for approvals or gates",
            Self::InProgress => "deploys",
        })
    }
}

/// What is deployed on a stage of the pipeline (D8).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Deployed {
    /// The release that is there.
    pub current: Option<ReleaseId>,
    /// The last that succeeded fully.
    pub last_good: Option<ReleaseId>,
}

impl ReleaseFacts {
    /// A release that is no draft, has no stages yet.
    pub const fn new(release: ReleaseId, created_at: Timestamp) -> Self {
        Self {
            release,
            created_at,
            kind: ReleaseKind::Started,
            keep_forever: KeepForever::Never,
            restored_at: None,
            stages: BTreeMap::new(),
        }
    }

    /// With one more stage.
    #[must_use]
    pub fn with_stage(mut self, id: StageId, stage: StageFacts) -> Self {
        self.stages.insert(id, stage);
        self
    }

    /// The stages to which it was deployed, each with when that began last.
    pub(super) fn deployed(&self) -> impl Iterator<Item = (StageId, &StageFacts, Timestamp)> {
        self.stages.iter().filter_map(|(id, stage)| stage.last_begun.map(|begun| (*id, stage, begun)))
    }

    /// From when days count whose own beginning is `from`: not from before keeping forever was changed, or it was restored.
    pub(super) fn clock(&self, from: Timestamp) -> Timestamp {
        let changed_at = match self.keep_forever {
            KeepForever::Never => None,
            KeepForever::Since(at) | KeepForever::Until(at) => Some(at),
        };
        [changed_at, self.restored_at].into_iter().flatten().fold(from, Timestamp::max)
    }
}

impl StageFacts {
    /// A stage to which nothing was deployed.
    pub const fn new(retention: Retention) -> Self {
        Self { retention, last_begun: None, going_on: None }
    }
}
