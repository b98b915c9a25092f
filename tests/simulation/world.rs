//! What was recorded, as the invariants of the properties see it.

use std::num::NonZeroU32;
use std::sync::Arc;

use cutover::freeze::Freezes;
use cutover::store::{Cause, CommitHeader};
use cutover::transaction::World as Folded;
use cutover::{
    DeploymentId, Event, Explanation, Locks, PipelineDefinition, QueueId, Release, ReleaseId, StageId,
    StageQueue, Subject, Timestamp,
};
use cutover_engine::simulation::{Checker, Seen};

use crate::invariants::Ledger;
use crate::seen;

/// All streams, folded.
pub struct World {
    pub live: Folded,
}

/// A commit.
pub struct Recorded {
    pub header: CommitHeader,
    pub events: Vec<(Subject, Event, Cause)>,
    /// The streams that it was written to, and the newest time in any of them before.
    pub written: Vec<Subject>,
    pub newest_before: Option<Timestamp>,
}

pub fn deployment_id(release: u64, stage: u32, attempt: u32) -> DeploymentId {
    let attempt = NonZeroU32::new(attempt).expect("attempts count from 1");
    DeploymentId { release: ReleaseId(release), stage: StageId(stage), attempt }
}

impl World {
    pub fn release(&self, number: u64) -> Option<&Release> {
        seen::release(&self.live, ReleaseId(number))
    }

    pub fn releases(&self) -> impl Iterator<Item = &Release> {
        seen::releases(&self.live)
    }

    pub fn queue_of(&self, id: QueueId) -> Option<&StageQueue> {
        seen::queue(&self.live, id)
    }

    pub fn queues(&self) -> impl Iterator<Item = (QueueId, &StageQueue)> {
        seen::queues(&self.live)
    }

    pub fn freezes(&self) -> Freezes {
        seen::freezes(&self.live)
    }

    pub fn locks(&self) -> Locks {
        seen::locks(&self.live)
    }

    pub fn definition_of(&self, release: &Release) -> Option<&Arc<PipelineDefinition>> {
        seen::definition_of(&self.live, release)
    }

    pub fn told(&self, release: ReleaseId, stage: StageId) -> Option<Explanation> {
        seen::told(&self.live, release, stage)
    }
}

/// Checks all invariants with each commit.
pub struct AllInvariants(pub Ledger);

impl Checker for AllInvariants {
    fn recorded(&mut self, seen: &Seen, world: &Folded) -> Result<(), String> {
        let mut written: Vec<Subject> = Vec::new();
        for happening in &seen.events {
            if !written.contains(&happening.subject) {
                written.push(happening.subject.clone());
            }
        }
        let events = seen.events.iter().cloned();
        let recorded = Recorded {
            header: (*seen.commit.header).clone(),
            events: events.map(|happening| (happening.subject, happening.event, happening.cause)).collect(),
            written,
            newest_before: seen.newest_before,
        };
        self.0.check(&recorded, &World { live: world.clone() })
    }
}
