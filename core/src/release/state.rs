use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::RevisedStage;
use crate::deployment::{Deadline, Deployment, DeploymentReason, earliest_deadline};
use crate::retention::KeepForever;
use crate::status::{StageStatus, stage_status};
use crate::trigger::Reach;
use crate::{
    Actor, ArtifactVersion, DeploymentId, Digest, PipelineId, ReleaseId, ReleaseReason, StageId, Timestamp,
    UserId,
};

/// A release and every deployment of it (R).
///
/// It is copied for every decision about it: copies share what is said of it as a whole and each of its deployments, until they change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Release {
    pub(super) state: ReleaseState,
    pub(super) about: Option<Arc<About>>,
    /// The stages that start by themselves (S6).
    pub(super) reach: Reach,
    /// The stages that start by themselves whatever their triggers say, since a target beyond them was named by hand (S6).
    pub(super) by_hand: BTreeSet<StageId>,
    /// Every revision of its snapshot, from the first on (R7).
    pub(super) snapshots: Vec<SnapshotRevision>,
    /// The variables of stages, by their folded names, that were changed in this release: they win over values that were given for it
    /// (R7).
    pub(super) revised_variables: BTreeMap<StageId, BTreeSet<String>>,
    /// Since when it deploys: it was created so, or was started then (R2).
    pub(super) active_since: Option<Timestamp>,
    /// Since when it is abandoned (R5).
    pub(super) abandoned_at: Option<Timestamp>,
    /// Since when its reach has bounds (S6).
    pub(super) bounded_at: Option<Timestamp>,
    /// Since when it is deleted (K3).
    pub(super) deleted_at: Option<Timestamp>,
    /// When it was last brought back after it had been deleted (K3).
    pub(super) restored_at: Option<Timestamp>,
    /// Every attempt at every stage, in order.
    pub(super) attempts: BTreeMap<StageId, Vec<Arc<Deployment>>>,
}

/// What a release is (R2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReleaseState {
    /// It does not exist.
    #[default]
    Absent,
    /// It deploys nothing, and can be edited.
    Draft,
    /// It deploys.
    Active,
    /// It deploys nothing any more.
    Abandoned,
}

/// What is said of a release as a whole (R1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Its number.
    pub id: ReleaseId,
    /// Its name.
    pub name: String,
    /// Its pipeline.
    pub pipeline: PipelineId,
    /// The pipeline's revision that it froze.
    pub revision: u32,
    /// The digest of its snapshot: of the definition that it froze, or that it was given since (R7).
    pub snapshot: Digest,
    /// Why it was created.
    pub reason: ReleaseReason,
    /// For people.
    pub description: String,
    /// Who created it.
    pub creator: Actor,
    /// When it was created.
    pub created_at: Timestamp,
    /// For whom it was created, if not for its creator.
    pub requested_for: Option<UserId>,
    /// For people and searches (R6).
    pub tags: BTreeSet<String>,
    /// Whether retention leaves it alone, and since when that is so (R6).
    pub keep_forever: KeepForever,
    /// The version of each source, by alias.
    pub artifacts: BTreeMap<String, ArtifactVersion>,
    /// Values that were given for variables.
    pub variables: BTreeMap<String, String>,
    /// Stages that start only by hand in it (R3).
    pub manual_stages: BTreeSet<StageId>,
    /// The alias of the source whose new version made it, if one did (T1).
    pub triggered_by: Option<String>,
}

/// A revision of a release's snapshot (R7). Who made it is in the header of the commit that recorded it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotRevision {
    /// Its number, from 1: what the release froze when it was created.
    pub revision: u32,
    /// When it was made.
    pub at: Timestamp,
    /// The one stage that it is about; `None`: the whole of it.
    pub stage: Option<RevisedStage>,
    /// What was said of it.
    pub comment: String,
    /// The digest of the definition, under which the store keeps it.
    pub digest: Digest,
}

impl fmt::Display for ReleaseState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Absent => "absent",
            Self::Draft => "a draft",
            Self::Active => "active",
            Self::Abandoned => "abandoned",
        })
    }
}

impl Release {
    /// Draft, active or abandoned.
    pub const fn state(&self) -> ReleaseState {
        self.state
    }

    /// What is said of it as a whole; `None` if it does not exist.
    pub fn about(&self) -> Option<&About> {
        self.about.as_deref()
    }

    /// Every revision of its snapshot, from the first on (R7).
    pub fn snapshots(&self) -> &[SnapshotRevision] {
        &self.snapshots
    }

    /// The number of the newest revision of its snapshot (R7).
    pub(crate) fn snapshot_revision(&self) -> u32 {
        self.snapshots.last().map_or(0, |newest| newest.revision)
    }

    /// The digest of the snapshot that a deployment runs or ran (R7).
    pub fn snapshot_of(&self, deployment: &Deployment) -> Option<Digest> {
        let place = usize::try_from(deployment.snapshot).ok()?.checked_sub(1)?;
        self.snapshots.get(place).map(|revision| revision.digest)
    }

    /// How far it deploys by itself (S6).
    pub const fn reach(&self) -> &Reach {
        &self.reach
    }

    /// Whether the stage lies on the path to a target that was named by hand, so that it starts whatever its trigger says (S6).
    pub fn is_within_named_path(&self, stage: StageId) -> bool {
        self.by_hand.contains(&stage)
    }

    /// Every attempt at a stage, the oldest first.
    pub fn attempts(&self, stage: StageId) -> &[Arc<Deployment>] {
        self.attempts.get(&stage).map_or(&[], Vec::as_slice)
    }

    /// The latest attempt at a stage.
    pub fn latest(&self, stage: StageId) -> Option<&Deployment> {
        self.attempts(stage).last().map(AsRef::as_ref)
    }

    /// How a stage shows: as its latest attempt does (D2).
    pub fn status(&self, stage: StageId) -> StageStatus {
        stage_status(self.latest(stage))
    }

    /// How a stage stands for those that come after it (S2): as [`latest_as_a_whole`](Self::latest_as_a_whole) says.
    pub fn status_as_a_whole(&self, stage: StageId) -> StageStatus {
        stage_status(self.latest_as_a_whole(stage))
    }

    /// The attempt by which a stage stands for those that come after it: the latest one that counts. Automatic redeploys (D6) don't where
    /// they are for new targets only, nor before they are over, nor where their jobs never began: what the stage has is still what it had.
    pub fn latest_as_a_whole(&self, stage: StageId) -> Option<&Deployment> {
        let counts = |attempt: &&Deployment| match attempt.reason {
            _ if attempt.only.is_some() => false,
            DeploymentReason::RedeployTrigger => attempt.is_over() && attempt.begun_at.is_some(),
            DeploymentReason::Manual | DeploymentReason::Automated | DeploymentReason::Scheduled => true,
        };
        self.attempts(stage).iter().rev().map(AsRef::as_ref).find(counts)
    }

    /// One attempt at one stage; `None` for one of another release.
    pub fn deployment(&self, id: DeploymentId) -> Option<&Deployment> {
        self.about().filter(|about| about.id == id.release)?;
        let place = usize::try_from(id.attempt.get()).ok()?.checked_sub(1)?;
        self.attempts(id.stage).get(place).map(AsRef::as_ref)
    }

    /// The deployments that are not over, by stage: at most one of each.
    pub fn going_on(&self) -> impl Iterator<Item = &Deployment> {
        self.attempts
            .values()
            .filter_map(|attempts| attempts.last().map(AsRef::as_ref))
            .filter(|deployment: &&Deployment| !deployment.is_over())
    }

    /// When something happens by itself next, and what (Time). The engine asks to reach it then. What comes at one moment comes by
    /// stage.
    pub fn deadline(&self) -> Option<(Timestamp, Deadline)> {
        self.going_on().filter_map(earliest_deadline).min_by_key(|(at, _)| *at)
    }
}
