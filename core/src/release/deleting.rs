//! Deleting a release, and bringing it back (K2, K3).

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::{Deciding, Release, ReleaseEvent, ReleaseRefusal, ReleaseState};
use crate::deployment::{Deployment, Phase};
use crate::retention::{Deployed, GoingOn, ReleaseFacts, ReleaseKind, StageFacts, protections};
use crate::{PipelineDefinition, QueueId, StageId, StageQueue, Timestamp, later, limits};

impl Release {
    /// What retention judges of it (K1); `None` if it does not exist or is deleted. `definition` is its snapshot.
    ///
    /// Each stage's retention is that of the snapshot, as everything else of a release is, and so holds for stages too that the pipeline
    /// has no longer.
    pub fn retention_facts(&self, definition: &PipelineDefinition) -> Option<ReleaseFacts> {
        let about = self.about().filter(|_| self.deleted_at().is_none())?;
        let stages = definition.stages.iter().map(|stage| {
            let attempts = self.attempts(stage.id);
            let facts = StageFacts {
                last_begun: attempts.iter().filter_map(|deployment| deployment.begun_at).max(),
                going_on: self.latest(stage.id).and_then(going_on),
                ..StageFacts::new(stage.retention)
            };
            (stage.id, facts)
        });
        Some(ReleaseFacts {
            kind: match self.state() {
                ReleaseState::Draft => ReleaseKind::Draft,
                ReleaseState::Absent | ReleaseState::Active | ReleaseState::Abandoned => ReleaseKind::Started,
            },
            keep_forever: about.keep_forever,
            restored_at: self.restored_at,
            stages: stages.collect(),
            ..ReleaseFacts::new(about.id, about.created_at)
        })
    }

    /// Since when it is deleted, if it is (K3).
    pub const fn deleted_at(&self) -> Option<Timestamp> {
        self.deleted_at
    }

    /// Until when it can be restored, if it is deleted (K3).
    pub fn restorable_until(&self) -> Option<Timestamp> {
        let days = TimeDelta::days(i64::from(limits::DELETED_RELEASE_DAYS));
        self.deleted_at.map(|at| later(at, days))
    }

    /// The queues that say what is deployed on the stages that it was deployed to.
    pub(super) fn queues_deployed_to(&self) -> Vec<QueueId> {
        let Some(about) = self.about() else { return Vec::new() };
        self.attempts.keys().map(|stage| QueueId { pipeline: about.pipeline, stage: *stage }).collect()
    }
}

/// What is deployed on a stage, as its queue knows it (D8).
pub fn deployed(queue: &StageQueue) -> Deployed {
    Deployed {
        current: queue.current().map(|deployment| deployment.release),
        last_good: queue.last_good().map(|deployment| deployment.release),
    }
}

fn going_on(deployment: &Deployment) -> Option<GoingOn> {
    match deployment.phase {
        Phase::Scheduled { .. } => Some(GoingOn::Scheduled),
        Phase::Queued { .. } => Some(GoingOn::Queued),
        Phase::Checking { .. } | Phase::Deferred { .. } | Phase::Frozen { .. } | Phase::Locking { .. } => {
            Some(GoingOn::Pending)
        }
        Phase::Running { .. } | Phase::Cancelling { .. } => Some(GoingOn::InProgress),
        Phase::Over { .. } => None,
    }
}

impl Deciding<'_> {
    /// K2, K3: only what nothing protects. Whoever deletes by hand need not wait for its days to be over.
    pub(super) fn delete(&mut self, comment: &str) -> Result<(), ReleaseRefusal> {
        let Some(facts) = self.release().retention_facts(self.definition) else { return Ok(()) };
        let queues = self.release().queues_deployed_to().into_iter();
        let stages: BTreeMap<StageId, Deployed> =
            queues.filter_map(|id| Some((id.stage, deployed(self.facts.queue(id)?)))).collect();
        let because = protections(&facts, &stages, self.now());
        if !because.is_empty() {
            return Err(ReleaseRefusal::Protected { because });
        }
        Ok(self.record(ReleaseEvent::Deleted { comment: comment.to_owned() })?)
    }

    /// K3: within 14 days. It is then as it was, and its days start again.
    pub(super) fn restore(&mut self) -> Result<(), ReleaseRefusal> {
        match self.release().restorable_until() {
            Some(until) if self.now() > until => Err(ReleaseRefusal::RestoredTooLate { until }),
            Some(_) => Ok(self.record(ReleaseEvent::Restored {})?),
            None => Ok(()),
        }
    }

    /// K3: of a deleted release nothing is asked but to be restored, or to stay deleted.
    pub(super) fn expect_not_deleted(&self) -> Result<(), ReleaseRefusal> {
        match self.release().deleted_at() {
            Some(at) => Err(ReleaseRefusal::Deleted { at }),
            None => Ok(()),
        }
    }
}
