use std::collections::BTreeSet;
use std::sync::Arc;

use super::state::SnapshotRevision;
use super::{About, CreatedRelease, Release, ReleaseEvent, ReleaseState, RevisedSnapshot};
use crate::deployment::{Deployment, DeploymentEvent};
use crate::flow::Impossible;
use crate::retention::KeepForever;
use crate::trigger::Reach;
use crate::{DeploymentId, Timestamp};

impl Release {
    pub(super) fn fold(&mut self, event: &ReleaseEvent, at: Timestamp) -> Result<(), Impossible> {
        match event {
            ReleaseEvent::Created(created) => self.create(created, at),
            ReleaseEvent::DraftEdited { description, variables, manual_stages, artifacts } => {
                self.expect(ReleaseState::Draft)?;
                let about = self.existing()?;
                if let Some(description) = description {
                    about.description.clone_from(description);
                }
                if let Some(variables) = variables {
                    about.variables.clone_from(variables);
                }
                if let Some(stages) = manual_stages {
                    about.manual_stages.clone_from(stages);
                }
                if let Some(artifacts) = artifacts {
                    about.artifacts.clone_from(artifacts);
                }
                Ok(())
            }
            ReleaseEvent::SnapshotRevised(revised) => self.revise(revised, at),
            ReleaseEvent::Edited { name, description, tags } => {
                let about = self.existing()?;
                if let Some(name) = name {
                    about.name.clone_from(name);
                }
                if let Some(description) = description {
                    about.description.clone_from(description);
                }
                if let Some(tags) = tags {
                    about.tags.clone_from(tags);
                }
                Ok(())
            }
            ReleaseEvent::KeptForever { .. } => {
                self.existing()?.keep_forever = KeepForever::Since(at);
                Ok(())
            }
            ReleaseEvent::LetGo { .. } => {
                self.existing()?.keep_forever = KeepForever::Until(at);
                Ok(())
            }
            ReleaseEvent::Started {} => {
                self.active_since = Some(at);
                self.become_from(ReleaseState::Draft, ReleaseState::Active)
            }
            ReleaseEvent::Abandoned { .. } => {
                self.abandoned_at = Some(at);
                self.become_from(ReleaseState::Active, ReleaseState::Abandoned)
            }
            ReleaseEvent::Deleted { .. } => self.delete(at),
            ReleaseEvent::Restored {} => self.restore(at),
            ReleaseEvent::Reactivated {} => self.become_from(ReleaseState::Abandoned, ReleaseState::Active),
            ReleaseEvent::TargetNamed { reach, by_hand, .. } => {
                self.reach_as_far_as(reach.clone(), at);
                self.by_hand.clone_from(by_hand);
                Ok(())
            }
            ReleaseEvent::TriggerIgnored { .. } => Ok(()),
            ReleaseEvent::Deployment(event) => self.fold_deployment(event, at),
        }
    }

    fn existing(&mut self) -> Result<&mut About, Impossible> {
        self.about.as_mut().map(Arc::make_mut).ok_or(Impossible("a change of a release that does not exist"))
    }

    fn revise(&mut self, revised: &RevisedSnapshot, at: Timestamp) -> Result<(), Impossible> {
        let expected = self.snapshot_revision() + 1;
        if revised.revision != expected {
            return Err(Impossible("a revision of a snapshot that is not the next one"));
        }
        self.existing()?.snapshot = revised.digest;
        if let Some(reach) = &revised.reach {
            self.reach_as_far_as(reach.clone(), at);
        }
        if let Some(stage) = &revised.stage {
            self.revised_variables.entry(stage.stage).or_default().extend(stage.variables.iter().cloned());
        }
        let RevisedSnapshot { revision, stage, comment, digest, .. } = revised.clone();
        self.snapshots.push(SnapshotRevision { revision, at, stage, comment, digest });
        Ok(())
    }

    fn create(&mut self, created: &CreatedRelease, at: Timestamp) -> Result<(), Impossible> {
        self.expect(ReleaseState::Absent)?;
        let created = created.clone();
        self.state = if created.draft { ReleaseState::Draft } else { ReleaseState::Active };
        self.active_since = (!created.draft).then_some(at);
        self.reach_as_far_as(created.reach, at);
        self.snapshots.push(SnapshotRevision {
            revision: 1,
            at,
            stage: None,
            comment: String::new(),
            digest: created.snapshot,
        });
        self.about = Some(Arc::new(About {
            id: created.release,
            name: created.name,
            pipeline: created.pipeline,
            revision: created.revision,
            snapshot: created.snapshot,
            reason: created.reason,
            description: created.description,
            creator: created.creator,
            created_at: at,
            requested_for: created.requested_for,
            tags: BTreeSet::new(),
            keep_forever: KeepForever::Never,
            artifacts: created.artifacts,
            variables: created.variables,
            manual_stages: created.manual_stages,
            triggered_by: created.triggered_by,
        }));
        Ok(())
    }

    /// S6: a stage that lies beyond its targets does so since the first of them was named; each further one brings stages in.
    fn reach_as_far_as(&mut self, reach: Reach, at: Timestamp) {
        if self.reach == Reach::Everything && reach != Reach::Everything {
            self.bounded_at = Some(at);
        }
        self.reach = reach;
    }

    fn fold_deployment(&mut self, event: &DeploymentEvent, at: Timestamp) -> Result<(), Impossible> {
        if let DeploymentEvent::Triggered(trigger) = event {
            let snapshot = self.snapshot_revision();
            return self.add(Deployment { snapshot, ..Deployment::triggered(trigger, at) });
        }
        let id = event.deployment();
        self.deployment_mut(id)
            .ok_or(Impossible("an event of a deployment that does not exist"))?
            .fold(event, at)
    }

    fn add(&mut self, deployment: Deployment) -> Result<(), Impossible> {
        self.expect(ReleaseState::Active)?;
        let attempts = self.attempts.entry(deployment.id.stage).or_default();
        let is_next = usize::try_from(deployment.id.attempt.get()) == Ok(attempts.len() + 1);
        if !is_next || attempts.last().is_some_and(|latest| !latest.is_over()) {
            return Err(Impossible("an attempt while the one before is not over, or not the next one"));
        }
        attempts.push(Arc::new(deployment));
        Ok(())
    }

    fn deployment_mut(&mut self, id: DeploymentId) -> Option<&mut Deployment> {
        self.about().filter(|about| about.id == id.release)?;
        let place = usize::try_from(id.attempt.get()).ok()?.checked_sub(1)?;
        self.attempts.get_mut(&id.stage)?.get_mut(place).map(Arc::make_mut)
    }

    fn delete(&mut self, at: Timestamp) -> Result<(), Impossible> {
        if self.deleted_at.is_some() || self.going_on().next().is_some() {
            return Err(Impossible("a release that is deleted twice, or while it deploys"));
        }
        self.deleted_at = Some(at);
        Ok(())
    }

    fn restore(&mut self, at: Timestamp) -> Result<(), Impossible> {
        self.deleted_at.take().ok_or(Impossible("a release that is restored and was not deleted"))?;
        self.restored_at = Some(at);
        Ok(())
    }

    fn expect(&self, state: ReleaseState) -> Result<(), Impossible> {
        if self.state == state {
            Ok(())
        } else {
            Err(Impossible("an event that the release's state does not allow"))
        }
    }

    fn become_from(&mut self, from: ReleaseState, to: ReleaseState) -> Result<(), Impossible> {
        self.expect(from)?;
        self.state = to;
        Ok(())
    }
}
