//! Releases, and what starts a stage by itself (I6 to I9, S4).

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days, TimeDelta};
use cutover::deployment::{DeploymentEvent, DeploymentReason, End, Trigger};
use cutover::{
    Digest, Event, PipelineEvent, QueueEvent, Release, ReleaseEvent, ReleaseId, ReleaseState, Schedule,
    SnapshotEvent, Stage, StageId, StageTrigger, Subject, Timestamp,
};

use super::freezes::day_number;
use super::{Commit, Frozen, Ledger, Verdict, definition_of, redeploys, stage_of};
use crate::world::{Recorded, World};

impl Ledger {
    pub(super) fn of_release(&mut self, id: ReleaseId, event: &ReleaseEvent) -> Verdict {
        if let ReleaseEvent::Created(created) = event {
            let state = if created.draft { ReleaseState::Draft } else { ReleaseState::Active };
            let frozen = Frozen {
                snapshot: created.snapshot,
                revision: created.revision,
                creator: created.creator.clone(),
                requested_for: created.requested_for.clone(),
                state,
                reach: created.reach.clone(),
                asked_for: BTreeSet::new(),
            };
            ensure!(self.releases.insert(id, frozen).is_none(), "R1: release {id} is created twice");
            return Ok(());
        }
        let release = self.releases.get_mut(&id).ok_or("an event before the release was created")?;
        match event {
            ReleaseEvent::Started {} => {
                ensure!(release.state == ReleaseState::Draft, "R2: {id} is started as {}", release.state);
                release.state = ReleaseState::Active;
            }
            ReleaseEvent::Abandoned { .. } => release.state = ReleaseState::Abandoned,
            ReleaseEvent::Reactivated {} => release.state = ReleaseState::Active,
            ReleaseEvent::SnapshotRevised(revised) => {
                let is_of_a_stage = revised.stage.is_some();
                ensure!(is_of_a_stage == (release.state == ReleaseState::Active), "I9: {id}: {revised:?}");
                release.snapshot = revised.digest;
            }
            ReleaseEvent::DraftEdited { .. } => {
                ensure!(release.state == ReleaseState::Draft, "I9: {id} is edited as {}", release.state);
            }
            ReleaseEvent::TargetNamed { by_hand, reach, .. } => {
                release.asked_for.clone_from(by_hand);
                release.reach.clone_from(reach);
            }
            ReleaseEvent::Edited { .. }
            | ReleaseEvent::KeptForever { .. }
            | ReleaseEvent::LetGo { .. }
            | ReleaseEvent::Deleted { .. }
            | ReleaseEvent::Restored {}
            | ReleaseEvent::TriggerIgnored { .. }
            | ReleaseEvent::Deployment(_)
            | ReleaseEvent::Created(_) => {}
        }
        Ok(())
    }

    /// I7: neither a draft nor an abandoned release starts anything. I6: an automatic start has its reason in the same commit.
    pub(super) fn of_trigger(
        &self,
        trigger: &Trigger,
        commit: &Commit<'_>,
        place: usize,
        world: &World,
    ) -> Verdict {
        let id = trigger.deployment;
        let state = self.releases.get(&id.release).map(|release| release.state);
        ensure!(state == Some(ReleaseState::Active), "I7: {id} starts, and its release is {state:?}");
        let release = world.release(id.release.0).ok_or("a deployment of no release")?;
        redeploys::d5_only_what_succeeded_is_left_out(trigger, release)?;
        let stage = stage_of(id, world)?;
        ensure!(trigger.span == stage.slot_span, "Q2: {id} has the span {:?}", trigger.span);
        match trigger.reason {
            DeploymentReason::Manual => {
                let comes = trigger.until.is_none_or(|until| until > commit.now);
                ensure!(comes, "S8: {id} waits for a moment that has passed");
            }
            DeploymentReason::Automated => {
                ensure!(
                    stage.schedules.is_empty(),
                    "S4: {id} starts by itself, and its stage has a schedule"
                );
                self.i6_starts_by_itself_only_if_its_trigger_says_so(trigger, stage, commit, place, world)?;
            }
            DeploymentReason::Scheduled => {
                let next = s4_next_occurrence(&stage.schedules, commit.now);
                ensure!(trigger.until == next, "S4: {id} waits until {:?}, not {next:?}", trigger.until);
                self.i6_starts_by_itself_only_if_its_trigger_says_so(trigger, stage, commit, place, world)?;
            }
            DeploymentReason::RedeployTrigger => {
                redeploys::d6_follows_from_its_queue(trigger, &commit.recorded.events[..place])?;
            }
        }
        Ok(())
    }

    fn i6_starts_by_itself_only_if_its_trigger_says_so(
        &self,
        trigger: &Trigger,
        stage: &Stage,
        commit: &Commit<'_>,
        place: usize,
        world: &World,
    ) -> Verdict {
        let id = trigger.deployment;
        let release = world.release(id.release.0).ok_or("a deployment of no release")?;
        let frozen = &self.releases[&id.release];
        let before = &commit.recorded.events[..place];
        let is_of_release = |subject: &Subject| *subject == Subject::Release(id.release);
        let is_asked_for = frozen.asked_for.contains(&id.stage);
        let is_manual = release.about().is_some_and(|about| about.manual_stages.contains(&id.stage));
        ensure!(!is_manual || is_asked_for, "I6: {id} starts by itself, and is manual in this release");
        ensure!(
            is_asked_for || frozen.reach.includes(id.stage),
            "I7: {id} starts by itself beyond the target"
        );
        match &stage.trigger {
            StageTrigger::Manual if stage.schedules.is_empty() => {
                Err(format!("I6: {id} starts by itself, and is a manual stage"))
            }
            StageTrigger::Manual | StageTrigger::AfterRelease => {
                let became_active = before.iter().any(|(subject, event, _)| {
                    is_of_release(subject)
                        && match event {
                            Event::Release(ReleaseEvent::Created(created)) => !created.draft,
                            Event::Release(ReleaseEvent::Started {}) => true,
                            _ => false,
                        }
                });
                ensure!(became_active, "I6: {id} starts by itself, and its release became active before");
                Ok(())
            }
            StageTrigger::AfterStages(earlier) => {
                let completed = before.iter().any(|(subject, event, _)| {
                    let Event::Release(ReleaseEvent::Deployment(DeploymentEvent::Over {
                        deployment,
                        end,
                        ..
                    })) = event
                    else {
                        return false;
                    };
                    is_of_release(subject)
                        && matches!(end, End::Succeeded | End::PartiallySucceeded)
                        && self.deployments[deployment].reason != DeploymentReason::RedeployTrigger
                        && earlier.iter().any(|condition| condition.stage == deployment.stage)
                });
                ensure!(completed, "I6: {id} starts by itself, and no stage that it comes after succeeded");
                for condition in earlier {
                    let latest = self.latest_as_a_whole(id.release, condition.stage);
                    let stands = match latest.and_then(|(_, life)| life.end.as_ref()) {
                        Some(End::Succeeded) => true,
                        Some(End::PartiallySucceeded) => condition.or_partially,
                        _ => false,
                    };
                    let stage = condition.stage;
                    ensure!(stands, "I6: {id} starts by itself, and stage {stage} has not succeeded");
                }
                Ok(())
            }
        }
    }

    /// I6: for each success, each stage that comes after it is triggered at most once; and each redeploy once.
    pub(super) fn i6_exactly_once_per_completion(&self, recorded: &Recorded, world: &World) -> Verdict {
        let mut starts: BTreeMap<(ReleaseId, StageId), usize> = BTreeMap::new();
        let mut reasons: BTreeMap<(ReleaseId, StageId), usize> = BTreeMap::new();
        for (subject, event, _) in &recorded.events {
            // D6: so does each stage that its queue deploys again.
            if let Event::Queue(
                QueueEvent::RollbackChosen { good: again, .. }
                | QueueEvent::TargetsObserved { current: again, .. },
            ) = event
            {
                *reasons.entry((again.release, again.stage)).or_default() += 1;
            }
            let (Subject::Release(release), Event::Release(event)) = (subject, event) else { continue };
            match event {
                ReleaseEvent::TriggerIgnored { stage, .. } => {
                    *starts.entry((*release, *stage)).or_default() += 1
                }
                ReleaseEvent::Deployment(DeploymentEvent::Triggered(trigger))
                    if trigger.reason != DeploymentReason::Manual =>
                {
                    *starts.entry((*release, trigger.deployment.stage)).or_default() += 1;
                }
                ReleaseEvent::Deployment(DeploymentEvent::Over { deployment, end, .. })
                    if matches!(end, End::Succeeded | End::PartiallySucceeded) =>
                {
                    for stage in &definition_of(*release, world)?.stages {
                        if let StageTrigger::AfterStages(earlier) = &stage.trigger
                            && earlier.iter().any(|condition| condition.stage == deployment.stage)
                        {
                            *reasons.entry((*release, stage.id)).or_default() += 1;
                        }
                    }
                }
                ReleaseEvent::Created(_) | ReleaseEvent::Started {} => {
                    for stage in &definition_of(*release, world)?.stages {
                        if matches!(stage.trigger, StageTrigger::AfterRelease | StageTrigger::Manual) {
                            *reasons.entry((*release, stage.id)).or_default() += 1;
                        }
                    }
                }
                _ => {}
            }
        }
        for (which, count) in starts {
            let most = reasons.get(&which).copied().unwrap_or_default();
            ensure!(count <= most, "I6: stage {which:?} is triggered {count} times for {most} reasons");
        }
        Ok(())
    }

    /// I8: at most one release per command id.
    pub(super) fn i8_one_release_per_command(
        &mut self,
        event: &PipelineEvent,
        recorded: &Recorded,
    ) -> Verdict {
        if let PipelineEvent::ReleaseNumbered(numbered) = event {
            let command = &recorded.header.command;
            let is_first = self.creations.insert(command.clone());
            ensure!(is_first, "I8: {command} made another release, {}", numbered.release);
        }
        Ok(())
    }

    /// I9: the snapshot of a release is what it was when it was created, or when it was revised (R7).
    pub(super) fn i9_what_was_frozen_stays(&self, release: &Release, world: &World) -> Verdict {
        let about = release.about().ok_or("a release that is nothing")?;
        let frozen = self.releases.get(&about.id).ok_or("a release that was never created")?;
        ensure!(
            (about.snapshot, about.revision) == (frozen.snapshot, frozen.revision),
            "I9: release {} is of revision {} now",
            about.id,
            about.revision
        );
        ensure!(about.creator == frozen.creator, "I9: release {} has another creator", about.id);
        let snapshot = world.live.get(&Subject::Snapshot(frozen.snapshot)).map_or(0, |it| it.sequence().0);
        ensure!(snapshot == 1, "I9: the snapshot of release {} was recorded {snapshot} times", about.id);
        Ok(())
    }
}

/// I7: a draft has no deployment at all.
pub(super) fn i7_a_draft_deploys_nothing(release: &Release) -> Verdict {
    let is_idle = release.going_on().next().is_none();
    let id = release.about().map(|about| about.id);
    ensure!(release.state() != ReleaseState::Draft || is_idle, "I7: the draft {id:?} deploys");
    ensure!(release.state() != ReleaseState::Abandoned || is_idle, "I7: the abandoned {id:?} deploys");
    Ok(())
}

/// I9: what is kept is what its digest says.
pub(super) fn i9_kept_as_it_is_named(
    digest: Digest,
    SnapshotEvent::Kept { definition }: &SnapshotEvent,
) -> Verdict {
    let found = Digest::of_json(definition.as_ref()).map_err(|error| error.to_string())?;
    ensure!(found == digest, "I9: {found} is kept under {digest}");
    Ok(())
}

/// S4: the first moment after `now` on one of the days at the hour and the minute. The schedules of the tests are in UTC.
fn s4_next_occurrence(schedules: &[Schedule], now: Timestamp) -> Option<Timestamp> {
    let mut moments = Vec::new();
    for schedule in schedules {
        let at = TimeDelta::minutes(i64::from(schedule.hour * 60 + schedule.minute));
        for later in 0..=7 {
            let date = now.date_naive().checked_add_days(Days::new(later))?;
            let is_day = |day: &cutover::Weekday| day_number(*day) == date.weekday().num_days_from_monday();
            if schedule.days.iter().any(is_day) {
                moments.push(date.and_hms_opt(0, 0, 0)?.and_utc() + at);
            }
        }
    }
    moments.into_iter().filter(|moment| *moment > now).min()
}
