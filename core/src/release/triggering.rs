//! What starts a stage by itself: the release becoming active, earlier stages, its schedule, an automatic redeploy (S1-S4, D6). What a
//! person starts is in `by_hand.rs`.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use super::{Deciding, ReleaseEvent, ReleaseRefusal, ReleaseState, TriggerIgnored};
use crate::deployment::{self, DeploymentReason, SucceededBefore, Trigger};
use crate::schedule::{Occurrence, OccurrenceId, next_of};
use crate::targets::Choice;
use crate::trigger::{
    NeverStarts, followers_of, is_after_release, is_armed_with_release, is_ready_after, never_starts,
};
use crate::{Actor, DeploymentId, Job, JobKind, NewTargets, ScheduleId, Stage, StageId, Timestamp, limits};

impl Deciding<'_> {
    /// S1, S4: the release became active. Whoever started it as a draft has started these deployments (AP6).
    pub(super) fn trigger_first_stages(&mut self, started_by: &Actor) -> Result<(), ReleaseRefusal> {
        for stage in &self.definition.stages {
            if (is_after_release(stage) || is_armed_with_release(stage)) && self.starts_by_itself(stage)? {
                self.trigger_by_itself(stage, started_by)?;
            }
        }
        Ok(())
    }

    /// S2: a stage succeeded. Those that come after it, and after nothing else that is missing, are triggered; one that is
    /// still going on, or was deployed as often as may be, is not, and that is recorded: what ended is never refused for it.
    pub(super) fn trigger_followers(&mut self, succeeded: StageId) -> Result<(), ReleaseRefusal> {
        for stage in followers_of(self.definition, succeeded) {
            if !is_ready_after(stage, |id| self.release().status_as_a_whole(id))
                || !self.starts_by_itself(stage)?
            {
                continue;
            }
            match self.why_ignored(stage.id) {
                Some(because) => self.record(ReleaseEvent::TriggerIgnored { stage: stage.id, because })?,
                None => self.trigger_by_itself(stage, &Actor::System)?,
            }
        }
        Ok(())
    }

    /// D6: in the place of a deployment to the stage that was rejected, or to new targets only. If this release can't be deployed there,
    /// that is recorded.
    pub(super) fn redeploy(
        &mut self,
        stage: StageId,
        only: Option<&NewTargets>,
    ) -> Result<(), ReleaseRefusal> {
        let release = self.release();
        let because = match release.state() {
            ReleaseState::Active if release.deleted_at().is_some() => Some(TriggerIgnored::ReleaseDeleted),
            // That a person let it in once says nothing of today (S5).
            ReleaseState::Active if self.never_starts(self.stage(stage)?)?.is_some() => {
                Some(TriggerIgnored::NeverStarts)
            }
            ReleaseState::Active => self.why_ignored(stage),
            ReleaseState::Absent | ReleaseState::Draft | ReleaseState::Abandoned => {
                Some(TriggerIgnored::ReleaseAbandoned)
            }
        };
        let because = because.or_else(|| only.and_then(|only| self.nobody_of(stage, only)));
        match because {
            Some(because) => Ok(self.record(ReleaseEvent::TriggerIgnored { stage, because })?),
            None => self.trigger(self.stage(stage)?, Ask::redeploy(only.cloned())),
        }
    }

    /// None of the targets is one that a job of the stage would run on (J3).
    fn nobody_of(&self, stage: StageId, only: &NewTargets) -> Option<TriggerIgnored> {
        let jobs = self.definition.stage(stage).map(|stage| &*stage.jobs).unwrap_or_default();
        let targets = self.facts.targets(&only.group);
        let runs_on_some = |job: &Job| match &job.kind {
            JobKind::DeploymentGroup { group, tags, .. } if *group == only.group.as_str() => {
                let choice = Choice { tags, among: Some(&only.targets) };
                targets.is_some_and(|targets| !targets.chosen(choice).online.is_empty())
            }
            JobKind::DeploymentGroup { .. } | JobKind::Agent { .. } | JobKind::Server => false,
        };
        (!jobs.iter().any(runs_on_some)).then_some(TriggerIgnored::NoNewTarget)
    }

    /// Why nothing follows from a trigger of the stage; `None`: it is triggered.
    fn why_ignored(&self, stage: StageId) -> Option<TriggerIgnored> {
        let attempts = self.release().attempts(stage);
        let is_worn_out = u32::try_from(attempts.len()).map_or(true, |count| count >= limits::ATTEMPTS);
        if attempts.last().is_some_and(|latest| !latest.is_over()) {
            Some(TriggerIgnored::DeploymentNotOver)
        } else if is_worn_out {
            Some(TriggerIgnored::TooManyAttempts)
        } else if self.pipeline_starts_deployments() {
            None
        } else {
            Some(TriggerIgnored::PipelineDeleted)
        }
    }

    /// S4: a stage with a schedule waits for its next occurrence.
    fn trigger_by_itself(&mut self, stage: &Stage, by: &Actor) -> Result<(), ReleaseRefusal> {
        if stage.schedules.is_empty() {
            return self.trigger(stage, Ask::automated(by));
        }
        let Some((schedule, occurrence)) = next_of(&stage.schedules, self.now()) else {
            let because = TriggerIgnored::NoOccurrence;
            return Ok(self.record(ReleaseEvent::TriggerIgnored { stage: stage.id, because })?);
        };
        self.trigger(stage, Ask::scheduled(by, schedule, occurrence))
    }

    /// Whether the stage's trigger counts in this release (R3, S5, S6, T3).
    fn starts_by_itself(&self, stage: &Stage) -> Result<bool, ReleaseRefusal> {
        let release = self.release();
        let is_manual = self.about()?.manual_stages.contains(&stage.id);
        let is_meant =
            release.by_hand.contains(&stage.id) || (release.reach.includes(stage.id) && !is_manual);
        Ok(is_meant && self.never_starts(stage)?.is_none())
    }

    /// S5, T3: the first reason why the stage can't start in this release.
    pub(super) fn never_starts(&self, stage: &Stage) -> Result<Option<NeverStarts>, ReleaseRefusal> {
        let about = self.about()?;
        Ok(never_starts(stage, about.reason, &about.artifacts).into_iter().next())
    }

    /// A new attempt (D1, D5).
    pub(super) fn trigger(&mut self, stage: &Stage, ask: Ask) -> Result<(), ReleaseRefusal> {
        let about = self.about()?;
        let attempts = u32::try_from(self.release().attempts(stage.id).len()).unwrap_or(u32::MAX);
        if attempts >= limits::ATTEMPTS {
            return Err(ReleaseRefusal::TooManyAttempts { stage: stage.id, limit: limits::ATTEMPTS });
        }
        let attempt = NonZeroU32::MIN.saturating_add(attempts);
        let trigger = Trigger {
            deployment: DeploymentId { release: about.id, stage: stage.id, attempt },
            reason: ask.reason,
            by: ask.by,
            comment: ask.comment,
            queue: self.queue_of(stage.id)?,
            entry: self.entry_of(stage.id)?,
            span: stage.slot_span,
            until: ask.until,
            occurrence: ask.occurrence,
            variables: ask.variables,
            succeeded_before: ask.succeeded_before,
            only: ask.only,
            overrides_filters: ask.overrides_filters,
        };
        deployment::trigger(self, trigger)
    }
}

/// What a new attempt is asked for with.
pub(super) struct Ask {
    pub(super) reason: DeploymentReason,
    /// Who started it (AP6); the system, where it follows from what happened before.
    pub(super) by: Actor,
    pub(super) comment: String,
    pub(super) until: Option<Timestamp>,
    /// The occurrence that comes then (S4).
    pub(super) occurrence: Option<OccurrenceId>,
    pub(super) variables: BTreeMap<String, String>,
    pub(super) succeeded_before: Vec<SucceededBefore>,
    /// The targets that it is for, if it is for some only (D6).
    pub(super) only: Option<NewTargets>,
    pub(super) overrides_filters: bool,
}

impl Ask {
    fn automated(by: &Actor) -> Self {
        let reason = DeploymentReason::Automated;
        Self {
            reason,
            by: by.clone(),
            comment: String::new(),
            until: None,
            occurrence: None,
            variables: BTreeMap::new(),
            succeeded_before: Vec::new(),
            only: None,
            overrides_filters: false,
        }
    }

    fn redeploy(only: Option<NewTargets>) -> Self {
        Self { reason: DeploymentReason::RedeployTrigger, only, ..Self::automated(&Actor::System) }
    }

    fn scheduled(by: &Actor, schedule: ScheduleId, occurrence: Occurrence) -> Self {
        Self {
            reason: DeploymentReason::Scheduled,
            until: Some(occurrence.at),
            occurrence: Some(OccurrenceId { schedule, local: occurrence.local }),
            ..Self::automated(by)
        }
    }

    pub(super) fn by_hand(by: &Actor, comment: &str) -> Self {
        Self { reason: DeploymentReason::Manual, comment: comment.to_owned(), ..Self::automated(by) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::deployment::{CancelReason, DeploymentEvent, End, Entry, JobResult};
    use crate::release::CreatedRelease;
    use crate::trigger::Reach;
    use crate::{
        CommandId, CommitId, Context, DeployRequest, Digest, PipelineDefinition, PipelineId, QueueId,
        QueuingPolicy, Release, ReleaseId, ReleaseReason, SlotSpan,
    };

    fn triggered(deployment: DeploymentId) -> DeploymentEvent {
        DeploymentEvent::Triggered(Box::new(Trigger {
            deployment,
            reason: DeploymentReason::Manual,
            by: Actor::System,
            comment: String::new(),
            queue: queue(deployment),
            entry: Entry { revision: 1, policy: QueuingPolicy::Unlimited },
            span: SlotSpan::ApprovalsAndJobs,
            until: None,
            occurrence: None,
            variables: BTreeMap::new(),
            succeeded_before: Vec::new(),
            only: None,
            overrides_filters: false,
        }))
    }

    fn queue(deployment: DeploymentId) -> QueueId {
        QueueId { pipeline: PipelineId(1), stage: deployment.stage }
    }

    fn over(deployment: DeploymentId, end: End) -> DeploymentEvent {
        DeploymentEvent::Over {
            deployment,
            end,
            queue: queue(deployment),
            conclusion: None,
            frees_locks: false,
            rolls_back: false,
            joins: BTreeMap::new(),
        }
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
            artifacts: BTreeMap::new(),
            variables: BTreeMap::new(),
            manual_stages: BTreeSet::new(),
            reach: Reach::Everything,
            draft: false,
            triggered_by: None,
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
            triggered(first),
            DeploymentEvent::SlotGranted { deployment: first },
            DeploymentEvent::Begun { deployment: first, queue: queue(first) },
            DeploymentEvent::JobsEnded {
                deployment: first,
                result: JobResult::Succeeded,
                frees: None,
                frees_locks: false,
            },
            over(first, End::Succeeded),
        ];
        let worn_out = (1..=limits::ATTEMPTS).map(|number| attempt(qa, number));
        let worn_out =
            worn_out.flat_map(|id| [triggered(id), over(id, End::Canceled(CancelReason::Abandoned))]);
        let release = release_with(worn_out.chain(dev_succeeded));
        let id = CommandId::new("c").expect("a short text");
        let commit = CommitId::new("k").expect("a short text");
        let context = Context::new(Timestamp::UNIX_EPOCH, Actor::System, id, commit);
        let facts = crate::flow::Facts::default();
        let mut deciding = Deciding::from(&release, &definition, &context, &facts);
        assert_eq!(deciding.trigger_followers(dev), Ok(()));
        assert_eq!(
            deciding.into_events(),
            [ReleaseEvent::TriggerIgnored { stage: qa, because: TriggerIgnored::TooManyAttempts }]
        );
        let mut deciding = Deciding::from(&release, &definition, &context, &facts);
        let refused = ReleaseRefusal::TooManyAttempts { stage: qa, limit: limits::ATTEMPTS };
        assert_eq!(deciding.deploy(&DeployRequest::new(qa)), Err(refused));
    }
}
