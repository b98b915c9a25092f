//! What starts a stage: the release becoming active, earlier stages, a person (S1, S2, S3, S6, S7).

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use super::{Deciding, ReleaseEvent, ReleaseRefusal};
use crate::deployment::{DeploymentEvent, DeploymentReason};
use crate::status::StageStatus;
use crate::trigger::{followers_of, is_after_release, is_ready_after, path_to};
use crate::{Actor, DeploymentId, QueueId, Stage, StageId, limits};

impl Deciding<'_> {
    /// S1: the release became active.
    pub(super) fn trigger_first_stages(&mut self) -> Result<(), ReleaseRefusal> {
        for stage in &self.definition.stages {
            if is_after_release(stage) && self.starts_by_itself(stage)? {
                self.trigger(stage, DeploymentReason::Automated, "")?;
            }
        }
        Ok(())
    }

    /// S2: a stage succeeded. Those that come after it, and after nothing else that is missing, are triggered; one that is
    /// still going on, or was deployed as often as may be, is not, and that is recorded: what ended is never refused for it.
    pub(super) fn trigger_followers(&mut self, succeeded: StageId) -> Result<(), ReleaseRefusal> {
        for stage in followers_of(self.definition, succeeded) {
            if !is_ready_after(stage, |id| self.release().status(id)) || !self.starts_by_itself(stage)? {
                continue;
            }
            let attempts = self.release().attempts(stage.id);
            let is_worn_out = u32::try_from(attempts.len()).map_or(true, |count| count >= limits::ATTEMPTS);
            if is_worn_out || attempts.last().is_some_and(|latest| !latest.is_over()) {
                self.record(ReleaseEvent::TriggerIgnored { stage: stage.id })?;
            } else {
                self.trigger(stage, DeploymentReason::Automated, "")?;
            }
        }
        Ok(())
    }

    /// Whether the stage's trigger counts in this release (R3, S6).
    fn starts_by_itself(&self, stage: &Stage) -> Result<bool, ReleaseRefusal> {
        let release = self.release();
        let is_manual = self.about()?.manual_stages.contains(&stage.id);
        Ok(release.by_hand.contains(&stage.id) || (release.reach.includes(stage.id) && !is_manual))
    }

    /// S7: a person deploys one stage, whatever became of the stages before it.
    pub(super) fn deploy(&mut self, stage: StageId, comment: &str) -> Result<(), ReleaseRefusal> {
        let stage = self.stage(stage)?;
        match self.release().latest(stage.id) {
            Some(latest) if !latest.is_over() => {
                Err(ReleaseRefusal::DeploymentNotOver { deployment: latest.id })
            }
            Some(_) | None => self.trigger(stage, DeploymentReason::Manual, comment),
        }
    }

    /// S6: a person deploys as far as `target`. Of the stages on the paths to it, those start now that have not succeeded and come
    /// after none that hasn't; the others follow by themselves, even manual ones, and nothing beyond does.
    pub(super) fn deploy_up_to(&mut self, target: StageId, comment: &str) -> Result<(), ReleaseRefusal> {
        self.stage(target)?;
        let path = path_to(self.definition, target);
        let release = self.release();
        let by_hand: BTreeSet<StageId> = release.by_hand.union(&path).copied().collect();
        let reach = release.reach.with_path(&path);
        if reach != release.reach || by_hand != release.by_hand {
            self.record(ReleaseEvent::TargetNamed { target, reach, by_hand })?;
        }
        for stage in &self.definition.stages {
            if path.contains(&stage.id) && self.is_first_on_its_path(stage) {
                self.trigger(stage, DeploymentReason::Manual, comment)?;
            }
        }
        Ok(())
    }

    /// Whether it has neither succeeded nor is going on, and all that it comes after has succeeded.
    fn is_first_on_its_path(&self, stage: &Stage) -> bool {
        let status = |id| self.release().status(id);
        let is_open = match status(stage.id) {
            StageStatus::NotStarted | StageStatus::Rejected | StageStatus::Canceled => true,
            StageStatus::Scheduled
            | StageStatus::Queued
            | StageStatus::InProgress
            | StageStatus::Succeeded
            | StageStatus::PartiallySucceeded => false,
        };
        let comes_after_nothing = path_to(self.definition, stage.id).len() == 1;
        is_open && (comes_after_nothing || is_ready_after(stage, status))
    }

    /// A new attempt, which asks its stage's queue for a slot (D1, D5).
    fn trigger(
        &mut self,
        stage: &Stage,
        reason: DeploymentReason,
        comment: &str,
    ) -> Result<(), ReleaseRefusal> {
        let about = self.about()?;
        let attempts = u32::try_from(self.release().attempts(stage.id).len()).unwrap_or(u32::MAX);
        if attempts >= limits::ATTEMPTS {
            return Err(ReleaseRefusal::TooManyAttempts { stage: stage.id, limit: limits::ATTEMPTS });
        }
        let attempt = NonZeroU32::MIN.saturating_add(attempts);
        let event = DeploymentEvent::Queued {
            deployment: DeploymentId { release: about.id, stage: stage.id, attempt },
            reason,
            by: match reason {
                DeploymentReason::Manual => self.context.actor.clone(),
                DeploymentReason::Automated => Actor::System,
            },
            comment: comment.to_owned(),
            queue: QueueId { pipeline: about.pipeline, stage: stage.id },
            revision: about.revision,
            policy: stage.queuing,
        };
        Ok(self.record(event)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deployment::{CancelReason, End, JobResult};
    use crate::release::CreatedRelease;
    use crate::trigger::Reach;
    use crate::{
        CommandId, CommitId, Context, Digest, PipelineDefinition, PipelineId, QueuingPolicy, Release,
        ReleaseId, ReleaseReason, Timestamp,
    };

    fn queued(deployment: DeploymentId) -> DeploymentEvent {
        DeploymentEvent::Queued {
            deployment,
            reason: DeploymentReason::Manual,
            by: Actor::System,
            comment: String::new(),
            queue: queue(deployment),
            revision: 1,
            policy: QueuingPolicy::Unlimited,
        }
    }

    fn queue(deployment: DeploymentId) -> QueueId {
        QueueId { pipeline: PipelineId(1), stage: deployment.stage }
    }

    fn over(deployment: DeploymentId, end: End) -> DeploymentEvent {
        DeploymentEvent::Over { deployment, end, queue: queue(deployment), conclusion: None }
    }

    fn release_with(events: impl IntoIterator<Item = DeploymentEvent>) -> Release {
        let created = ReleaseEvent::Created(Box::new(CreatedRelease {
            release: ReleaseId(1),
            name: "Release-1".to_owned(),
            pipeline: PipelineId(1),
            revision: 1,
            snapshot: Digest::of(b"any"),
            reason: ReleaseReason::Manual,
            description: String::new(),
            creator: Actor::System,
            requested_for: None,
            artifacts: std::collections::BTreeMap::new(),
            variables: std::collections::BTreeMap::new(),
            manual_stages: BTreeSet::new(),
            reach: Reach::Everything,
            draft: false,
        }));
        let mut release = Release::default();
        for event in std::iter::once(created).chain(events.into_iter().map(ReleaseEvent::from)) {
            release.fold(&event, Timestamp::UNIX_EPOCH).expect("it can have happened");
        }
        release
    }

    /// Story: QA had been deployed a thousand times when Dev succeeded once more. The trigger of QA was refused, and with it the
    /// report that Dev's task had succeeded, so that Dev never ended.
    #[test]
    fn a_stage_that_was_deployed_as_often_as_may_be_keeps_no_other_stage_from_ending() {
        let [dev, qa] = [1, 2].map(StageId);
        let definition = PipelineDefinition::new("Shop")
            .with_stage(Stage::new(dev, "Dev").after_release())
            .with_stage(Stage::new(qa, "QA").after(&[dev]));
        let attempt = |stage, attempt| DeploymentId {
            release: ReleaseId(1),
            stage,
            attempt: NonZeroU32::new(attempt).expect("from 1"),
        };
        let first = attempt(dev, 1);
        let dev_succeeded = [
            queued(first),
            DeploymentEvent::SlotGranted { deployment: first },
            DeploymentEvent::Begun { deployment: first },
            DeploymentEvent::JobsEnded { deployment: first, result: JobResult::Succeeded },
            over(first, End::Succeeded),
        ];
        let worn_out = (1..=limits::ATTEMPTS).map(|number| attempt(qa, number));
        let worn_out = worn_out.flat_map(|id| [queued(id), over(id, End::Canceled(CancelReason::Abandoned))]);
        let release = release_with(worn_out.chain(dev_succeeded));
        let id = CommandId::new("c").expect("a short text");
        let commit = CommitId::new("k").expect("a short text");
        let context = Context::new(Timestamp::UNIX_EPOCH, Actor::System, id, commit);
        let mut deciding = Deciding::from(&release, &definition, &context);
        assert_eq!(deciding.trigger_followers(dev), Ok(()));
        assert_eq!(deciding.into_events(), [ReleaseEvent::TriggerIgnored { stage: qa }]);
        let mut deciding = Deciding::from(&release, &definition, &context);
        let refused = ReleaseRefusal::TooManyAttempts { stage: qa, limit: limits::ATTEMPTS };
        assert_eq!(deciding.deploy(qa, ""), Err(refused));
    }
}
