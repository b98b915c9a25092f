//! What is deleted is let alone, nothing is deleted that is needed, and both come back as they were (K2, K3, P6).

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use cutover::deployment::DeploymentEvent;
use cutover::transaction::World;
use cutover::{
    Event, PipelineEvent, PipelineId, PipelineStatusEvent, Release, ReleaseEvent, ReleaseId, Subject,
    Timestamp, TriggerIgnored,
};
use cutover_engine::simulation::{Checker, Seen};

use super::Verdict;
use crate::seen;

/// For how many days releases, and pipelines, can be restored.
const RELEASE: TimeDelta = TimeDelta::days(14);
const PIPELINE: TimeDelta = TimeDelta::days(30);

#[derive(Default)]
pub struct Deletions {
    pipelines: BTreeMap<PipelineId, Stands>,
    /// The releases that are deleted, each since when, and those that are kept forever.
    deleted: BTreeMap<ReleaseId, Timestamp>,
    kept_forever: BTreeSet<ReleaseId>,
}

/// How a pipeline that is not active stands.
#[derive(Clone, Copy, Debug)]
enum Stands {
    Disabled,
    Deleting,
    Deleted(Timestamp),
}

impl Checker for Deletions {
    fn recorded(&mut self, seen: &Seen, world: &World) -> Verdict {
        let now = seen.commit.header.time;
        for happening in &seen.events {
            match (&happening.subject, &happening.event) {
                (Subject::PipelineStatus(id), Event::PipelineStatus(event)) => {
                    self.of_status(*id, event, now, world)?;
                }
                (Subject::Pipeline(id), Event::Pipeline(PipelineEvent::ReleaseNumbered(numbered))) => {
                    let stands = self.pipelines.get(id);
                    ensure!(stands.is_none(), "P6: {id} makes {}, and is {stands:?}", numbered.release);
                }
                (Subject::Release(id), Event::Release(event)) => self.of_release(*id, event, now, world)?,
                _ => {}
            }
        }
        Ok(())
    }
}

impl Deletions {
    fn of_status(
        &mut self,
        id: PipelineId,
        event: &PipelineStatusEvent,
        now: Timestamp,
        world: &World,
    ) -> Verdict {
        match event {
            PipelineStatusEvent::Disabled { .. } => {
                self.pipelines.insert(id, Stands::Disabled);
            }
            PipelineStatusEvent::Enabled {} => {
                self.pipelines.remove(&id);
            }
            PipelineStatusEvent::DeletingBegun { comment } => {
                ensure!(!comment.is_empty(), "P6: {id} is deleted by force, and nobody says why");
                self.pipelines.insert(id, Stands::Deleting);
            }
            PipelineStatusEvent::Deleted { .. } => {
                let of_pipeline = seen::releases(world).filter(|it| pipeline_of(it) == Some(id));
                let left: Vec<_> = of_pipeline.flat_map(Release::going_on).map(|it| it.id).collect();
                ensure!(left.is_empty(), "P6: {id} is deleted, and this goes on: {left:?}");
                self.pipelines.insert(id, Stands::Deleted(now));
            }
            PipelineStatusEvent::Restored { .. } => match self.pipelines.remove(&id) {
                Some(Stands::Deleted(at)) => ensure!(now - at <= PIPELINE, "P6: {id} is back after {at}"),
                other => ensure!(false, "P6: {id} is restored, and was {other:?}"),
            },
        }
        Ok(())
    }

    fn of_release(&mut self, id: ReleaseId, event: &ReleaseEvent, now: Timestamp, world: &World) -> Verdict {
        let release = seen::release(world, id).ok_or("an event of no release")?;
        if let Some(at) = self.deleted.get(&id).copied() {
            match event {
                ReleaseEvent::Restored {} => {
                    ensure!(now - at <= RELEASE, "K3: {id} is back, {at} it was deleted");
                    self.deleted.remove(&id);
                }
                ReleaseEvent::TriggerIgnored { because: TriggerIgnored::ReleaseDeleted, .. } => {}
                other => ensure!(false, "K3: {id} is deleted, and there is {other:?}"),
            }
            return Ok(());
        }
        match event {
            ReleaseEvent::Deleted { .. } => {
                self.k2_nothing_needs_it(id, release, world)?;
                self.deleted.insert(id, now);
            }
            ReleaseEvent::KeptForever { .. } => {
                self.kept_forever.insert(id);
            }
            ReleaseEvent::LetGo { .. } => {
                self.kept_forever.remove(&id);
            }
            ReleaseEvent::Deployment(DeploymentEvent::Triggered(_) | DeploymentEvent::Begun { .. }) => {
                let stands = pipeline_of(release).and_then(|pipeline| self.pipelines.get(&pipeline));
                let starts = matches!(stands, None | Some(Stands::Disabled));
                ensure!(starts, "P6: {event:?}, and its pipeline is {stands:?}");
            }
            _ => {}
        }
        Ok(())
    }

    fn k2_nothing_needs_it(&self, id: ReleaseId, release: &Release, world: &World) -> Verdict {
        ensure!(!self.kept_forever.contains(&id), "K2: {id} is kept forever, and is deleted");
        let goes_on = release.going_on().next().map(|deployment| deployment.id);
        ensure!(goes_on.is_none(), "K2: {id} is deleted, and {goes_on:?} goes on");
        for (queue, known) in
            seen::queues(world).filter(|(queue, _)| pipeline_of(release) == Some(queue.pipeline))
        {
            let deployed = [known.current(), known.last_good()];
            let is_there = deployed.into_iter().flatten().any(|deployment| deployment.release == id);
            ensure!(!is_there, "K2: {id} is deleted, and is what is deployed on {queue:?}");
        }
        Ok(())
    }
}

fn pipeline_of(release: &Release) -> Option<PipelineId> {
    release.about().map(|about| about.pipeline)
}
