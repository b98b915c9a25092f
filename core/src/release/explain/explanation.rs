//! A stage's explanation, and how it is put together.

use std::collections::BTreeMap;
use std::fmt;

use super::{Blocker, BlockerKind, ahead, now};
use crate::deployment::{CancelReason, Deployment, LifeStep};
use crate::permission::Permissions;
use crate::status::StageStatus;
use crate::{
    DeploymentId, Locks, PipelineDefinition, PipelineStatus, Pool, PoolId, Release, StageId, StageQueue,
    Timestamp,
};

/// Why a stage of a release is not running, or what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The stage.
    pub stage: StageId,
    /// How it shows.
    pub status: StageStatus,
    /// Since when its jobs are being stopped, and why, if they are (D4): once nothing of `now` is left, it is canceled.
    pub cancelling: Option<Cancelling>,
    /// All of these must clear before it takes its next step. Empty: it is over, and nothing is waited for.
    pub now: Vec<Blocker>,
    /// What comes after that, as far as it is known today.
    pub ahead: Vec<LifeStep>,
}

/// A deployment whose jobs are being stopped (D4). Shown as `canceled by user:bob`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cancelling {
    /// Since when.
    pub since: Timestamp,
    /// Why.
    pub because: CancelReason,
}

impl Cancelling {
    fn of(latest: Option<&Deployment>) -> Option<Self> {
        let (since, because) = latest?.phase.cancelling()?;
        Some(Self { since, because: because.clone() })
    }
}

impl fmt::Display for Cancelling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.because.fmt(f)
    }
}

/// What a release is explained from, beside itself.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The snapshot that the release froze.
    pub definition: &'a PipelineDefinition,
    /// The queue of the stage.
    pub queue: &'a StageQueue,
    /// Whether the pipeline is active.
    pub pipeline: &'a PipelineStatus,
    /// The lock groups of the store.
    pub locks: &'a Locks,
    /// The pools of agents that its slices wait in, by [`Deployment::waiting_for_agents`](crate::deployment::Deployment::waiting_for_agents).
    pub pools: &'a BTreeMap<PoolId, Pool>,
    /// The permissions of the store: who manages approvals may clear them (AP12).
    pub permissions: &'a Permissions,
}

/// Why the stage is not running, or what it does (E1). `None` if there is no such stage.
pub fn explain(release: &Release, around: &Surroundings<'_>, stage: StageId) -> Option<Explanation> {
    let frozen = around.definition.stage(stage)?;
    let now = now::blockers(release, around, frozen);
    let mut ahead = ahead::steps(release.latest(stage), frozen);
    let is_by_hand = now.iter().any(|blocker| matches!(blocker.kind, BlockerKind::ManualOnly));
    if release.latest(stage).is_none() && !frozen.schedules.is_empty() && !is_by_hand {
        // What triggers it makes it wait for its schedule (S4).
        ahead.insert(0, LifeStep::Moment);
    }
    let cancelling = Cancelling::of(release.latest(stage));
    Some(Explanation { stage, status: release.status(stage), cancelling, now, ahead })
}

/// Who waits for a slot of a stage, from this place in their order on and no more than so many, each with what it waits for, as
/// [`explain`] says it.
pub fn explain_waiting(
    queue: &StageQueue,
    pipeline: &PipelineStatus,
    from: usize,
    at_most: usize,
) -> Vec<(DeploymentId, Vec<Blocker>)> {
    let waiting = queue.waiting().enumerate().skip(from).take(at_most);
    let told = waiting.map(|(ahead, (deployment, since))| {
        let blockers = if pipeline.starts_deployments() {
            now::queued(queue, ahead, since)
        } else {
            vec![now::deployment_of_deleted(pipeline.closed_at())]
        };
        (deployment, blockers)
    });
    told.collect()
}
