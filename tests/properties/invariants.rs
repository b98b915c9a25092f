//! The invariants of RULES.md, each as a function of its name, checked after every commit on what was recorded and on the state.
//!
//! They know nothing of the model: they hold whatever was asked.

use std::collections::{BTreeMap, BTreeSet};

use cutover::deployment::{Answer, CancelReason, Deployment, DeploymentEvent, DeploymentReason, End, Phase};
use cutover::{
    Actor, ApprovalId, ApprovalStep, Approver, CommandId, DeploymentId, Digest, Event, Moment,
    PipelineDefinition, PipelineEvent, QueueEvent, QueueId, QueuingPolicy, Release, ReleaseEvent, ReleaseId,
    ReleaseState, Required, SnapshotEvent, Stage, StageId, StageTrigger, Subject, Timestamp, UserId, Waiting,
    explain, limits,
};

use crate::people;
use crate::world::{Recorded, World, deployment_id};

type Verdict = Result<(), String>;

macro_rules! ensure {
    ($holds:expr, $($what:tt)*) => {
        if !$holds {
            return Err(format!($($what)*));
        }
    };
}

/// What was recorded so far, as far as the invariants speak of it.
#[derive(Default)]
pub struct Ledger {
    lines: BTreeMap<StageId, Line>,
    releases: BTreeMap<ReleaseId, Frozen>,
    deployments: BTreeMap<DeploymentId, Life>,
    /// I8: who made a release already.
    creations: BTreeSet<CommandId>,
}

/// A queue as its events tell.
#[derive(Default)]
struct Line {
    policy: QueuingPolicy,
    revision: u32,
    holders: Vec<DeploymentId>,
    waiting: Vec<DeploymentId>,
    entered: BTreeSet<DeploymentId>,
    /// In the order in which they began.
    begun: Vec<DeploymentId>,
    left: BTreeSet<DeploymentId>,
}

/// What never changes of a release, and how far it has come.
struct Frozen {
    snapshot: Digest,
    revision: u32,
    creator: Actor,
    requested_for: Option<UserId>,
    state: ReleaseState,
    asked_for: BTreeSet<StageId>,
}

/// A deployment as its events tell.
struct Life {
    by: Actor,
    granted: bool,
    begun: bool,
    jobs_ended: bool,
    asked: BTreeMap<ApprovalId, Approver>,
    approved: BTreeSet<ApprovalId>,
    /// Who said yes to what.
    answers: BTreeMap<ApprovalId, UserId>,
    handed_on: BTreeSet<ApprovalId>,
    /// The latest moment that was given with an approval, and whether an approver started it all the same (AP10).
    until: Option<Timestamp>,
    brought_forward: bool,
    automated: bool,
    end: Option<End>,
    /// I13: as it was when it was over.
    last: Option<Deployment>,
}

/// One commit while it is checked, and what it holds of some kinds.
struct Commit<'a> {
    recorded: &'a Recorded,
    actor: &'a Actor,
}

impl Ledger {
    /// Checks what was recorded, and then the state at this position.
    pub fn check(&mut self, recorded: &Recorded, world: &World) -> Verdict {
        let commit = Commit { recorded, actor: &recorded.header.actor };
        i_time_never_steps_back(recorded)?;
        let going_on = self.lines.values().filter(|line| is_pending(line)).count();
        bounded_commit(recorded, world, going_on)?;
        ap2_nobody_is_asked_for_what_is_enough(recorded)?;
        for (place, (subject, event, _)) in recorded.events.iter().enumerate() {
            match (subject, event) {
                (Subject::Pipeline(_), Event::Pipeline(event)) => {
                    self.i8_one_release_per_command(event, recorded)?
                }
                (Subject::Queue(id), Event::Queue(event)) => self.of_queue(*id, event, &commit)?,
                (Subject::Release(id), Event::Release(ReleaseEvent::Deployment(event))) => {
                    self.of_deployment(*id, event, &commit, place, world)?;
                }
                (Subject::Release(id), Event::Release(event)) => self.of_release(*id, event)?,
                (Subject::Snapshot(digest), Event::Snapshot(event)) => {
                    i9_kept_as_it_is_named(*digest, event)?
                }
                _ => {}
            }
        }
        self.i3_only_the_newest_waits()?;
        self.i4_slots_and_places_are_of_deployments_that_go_on(world)?;
        self.i5_no_free_slot_while_somebody_waits(world)?;
        self.i6_exactly_once_per_completion(recorded, world)?;
        for release in touched(recorded, world) {
            i7_a_draft_deploys_nothing(release)?;
            self.i9_what_was_frozen_stays(release, world)?;
            self.i13_what_is_over_stays(release)?;
            i14_nothing_waits_for_nothing(release, world)?;
        }
        self.i17_the_current_release_ended_last(world)
    }

    fn of_queue(&mut self, id: QueueId, event: &QueueEvent, commit: &Commit<'_>) -> Verdict {
        let line = self.lines.entry(id.stage).or_default();
        match event {
            QueueEvent::PolicyAdopted { revision, policy } => {
                ensure!(*revision > line.revision, "Q5: revision {revision} after {}", line.revision);
                (line.revision, line.policy) = (*revision, *policy);
            }
            QueueEvent::Entered { deployment, .. } => {
                ensure!(line.entered.insert(*deployment), "I4: {deployment} enters twice");
                line.waiting.push(*deployment);
            }
            QueueEvent::DeploymentBegun { deployment } => line.begun.push(*deployment),
            QueueEvent::Announced { .. } => {}
            QueueEvent::DeploymentStarted { .. }
            | QueueEvent::StageRemoved { .. }
            | QueueEvent::StageBroughtBack {}
            | QueueEvent::Withdrawn { .. } => {
                ensure!(false, "S4, Q12: no stage has a schedule, and none is removed")
            }
            QueueEvent::RollbackChosen { .. } | QueueEvent::RollbackDeclined { .. } => {
                ensure!(false, "D6: no stage rolls back")
            }
            QueueEvent::Paused { .. } | QueueEvent::Resumed { .. } | QueueEvent::MovedToFront { .. } => {
                ensure!(false, "Q9: nobody steers a queue")
            }
            QueueEvent::SteppedBack { deployment } => {
                line.holders.retain(|holder| holder != deployment);
                line.waiting.retain(|waiting| waiting != deployment);
                line.entered.remove(deployment);
            }
            QueueEvent::SlotFreed { deployment } => line.holders.retain(|holder| holder != deployment),
            QueueEvent::Declined { deployment, .. } => ensure!(false, "Q10: {deployment} was turned away"),
            QueueEvent::SlotGranted { deployment } => {
                i1_a_slot_is_granted_only_where_one_is_free(line, *deployment)?;
                i2_first_in_first_granted(line, *deployment)?;
                line.waiting.retain(|waiting| waiting != deployment);
                line.holders.push(*deployment);
            }
            QueueEvent::Superseded { deployment, by } => {
                i3_superseded_by_the_newest(line, *deployment, *by, commit)?;
                i4_leaves_once(line, *deployment)?;
            }
            QueueEvent::Left { deployment, .. } => i4_leaves_once(line, *deployment)?,
        }
        Ok(())
    }

    fn of_release(&mut self, id: ReleaseId, event: &ReleaseEvent) -> Verdict {
        if let ReleaseEvent::Created(created) = event {
            let state = if created.draft { ReleaseState::Draft } else { ReleaseState::Active };
            let frozen = Frozen {
                snapshot: created.snapshot,
                revision: created.revision,
                creator: created.creator.clone(),
                requested_for: created.requested_for.clone(),
                state,
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
            ReleaseEvent::TargetNamed { by_hand, .. } => release.asked_for.clone_from(by_hand),
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

    fn of_deployment(
        &mut self,
        release: ReleaseId,
        event: &DeploymentEvent,
        commit: &Commit<'_>,
        place: usize,
        world: &World,
    ) -> Verdict {
        let id = event.deployment();
        ensure!(id.release == release, "{id} stands in the stream of release {release}");
        if let DeploymentEvent::Triggered(trigger) = event {
            self.i7_only_an_active_release_starts(id)?;
            if trigger.reason == DeploymentReason::Automated {
                self.i6_starts_by_itself_only_if_its_trigger_says_so(id, commit, place, world)?;
            }
            let life = Life {
                by: trigger.by.clone(),
                granted: false,
                begun: false,
                jobs_ended: false,
                asked: BTreeMap::new(),
                approved: BTreeSet::new(),
                answers: BTreeMap::new(),
                handed_on: BTreeSet::new(),
                until: None,
                brought_forward: false,
                automated: trigger.reason == DeploymentReason::Automated,
                end: None,
                last: None,
            };
            ensure!(self.deployments.insert(id, life).is_none(), "I13: {id} is triggered twice");
            return Ok(());
        }
        let frozen = self.releases.get(&release).ok_or("a deployment of no release")?;
        let stage = stage_of(id, world)?;
        if let DeploymentEvent::ApprovalApprovedBefore { approval, approver, rests_on } = event {
            self.i11_rests_on_answers_of_the_same_person(*approval, approver, rests_on, world)?;
        }
        let life = self.deployments.get_mut(&id).ok_or("an event before the deployment was triggered")?;
        ensure!(life.end.is_none(), "I13: {event:?} after {id} was over");
        match event {
            DeploymentEvent::SlotGranted { .. } => life.granted = true,
            DeploymentEvent::ApprovalAsked { approval, approver, .. } => {
                ensure!(life.granted, "I10: {approval} is asked for before the slot is granted");
                life.asked.insert(*approval, approver.clone());
            }
            DeploymentEvent::ApprovalPassedAutomatically { approval } => {
                life.approved.insert(*approval);
            }
            DeploymentEvent::ApprovalAnswered { approval, answer, by, .. } => {
                ensure!(by == commit.actor, "I11: {by} answered in a commit of {}", commit.actor);
                i11_answered_by_somebody_who_may(life, frozen, stage, *approval, *answer, by)?;
                if let (Answer::Approve, Actor::User(user)) = (answer, by) {
                    life.approved.insert(*approval);
                    life.answers.insert(*approval, user.clone());
                }
            }
            DeploymentEvent::ChecksRestarted { withdraws, .. } => {
                ensure!(!life.begun, "R7: {id} starts again after it began");
                life.granted &= withdraws.is_none();
                life.approved.clear();
                (life.until, life.brought_forward) = (None, false);
            }
            DeploymentEvent::ApprovalApprovedBefore { approval, .. } => {
                life.approved.insert(*approval);
            }
            DeploymentEvent::ApprovalReassigned { approval, from, to, by, .. } => {
                ensure!(by == commit.actor, "I11: {by} handed {approval} on in a commit of {}", commit.actor);
                ensure!(life.asked.get(approval) == Some(from), "I11: {approval} does not ask {from:?}");
                ensure!(is_asked(from, by), "I11: {by} handed {approval} on, which asks {from:?}");
                life.asked.insert(*approval, Approver::User(to.clone()));
                life.handed_on.insert(*approval);
            }
            DeploymentEvent::ApprovalDeferred { approval, until } => {
                ensure!(life.answers.contains_key(approval), "I10: {approval} defers, and nobody gave it");
                ensure!(*until >= commit.recorded.header.time, "AP10: {approval} defers to the past");
                life.until = life.until.max(Some(*until));
            }
            DeploymentEvent::Deferred { until, .. } => {
                i10_all_has_passed(life, stage, Moment::Before)?;
                ensure!(life.until == Some(*until), "AP10: {id} waits until {until}, not {:?}", life.until);
            }
            DeploymentEvent::BroughtForward { by, .. } => {
                ensure!(by == commit.actor, "AP10: {by} started {id} in a commit of {}", commit.actor);
                let asks = |step: &ApprovalStep| is_asked(&step.approver, by);
                let is_approver = stage.before.approvals.steps.iter().any(asks)
                    || life.asked.values().any(|approver| is_asked(approver, by));
                ensure!(is_approver, "AP10: {by} started {id} before its moment, and is no approver of it");
                life.brought_forward = true;
            }
            DeploymentEvent::Begun { .. } => {
                i10_all_has_passed(life, stage, Moment::Before)?;
                let has_come = life.until.is_none_or(|until| until <= commit.recorded.header.time);
                ensure!(has_come || life.brought_forward, "I10: {id} begins before {:?}", life.until);
                life.begun = true;
            }
            DeploymentEvent::JobBegan { .. } | DeploymentEvent::TaskClaimed { .. } => {
                ensure!(life.begun, "I10: {event:?} before everything has passed");
                ensure!(!life.jobs_ended, "I10: {event:?} after the jobs have ended");
                i10_all_has_passed(life, stage, Moment::Before)?;
            }
            DeploymentEvent::JobsEnded { .. } => life.jobs_ended = true,
            DeploymentEvent::Over { end, .. } => {
                if matches!(end, End::Succeeded | End::PartiallySucceeded) {
                    ensure!(life.jobs_ended, "I10: {id} succeeded before its jobs ended");
                    i10_all_has_passed(life, stage, Moment::After)?;
                }
                d7_not_over_where_it_is_granted(id, end, commit)?;
                life.end = Some(end.clone());
                life.last = world.release(release.0).and_then(|release| release.deployment(id)).cloned();
                ensure!(life.last.as_ref().is_some_and(Deployment::is_over), "I13: {id} is not over");
            }
            DeploymentEvent::Triggered(_)
            | DeploymentEvent::MomentCame { .. }
            | DeploymentEvent::SnapshotTaken { .. }
            | DeploymentEvent::JobsKept { .. }
            | DeploymentEvent::SlotAsked { .. }
            | DeploymentEvent::LocksAsked { .. }
            | DeploymentEvent::LocksGranted { .. }
            | DeploymentEvent::Frozen { .. }
            | DeploymentEvent::Thawed { .. }
            | DeploymentEvent::FreezesOverridden { .. }
            | DeploymentEvent::ApprovalTimedOut { .. }
            | DeploymentEvent::ApprovalSkipped { .. }
            | DeploymentEvent::ApprovalCanceled { .. }
            | DeploymentEvent::GatesBegun { .. }
            | DeploymentEvent::GatesSampled { .. }
            | DeploymentEvent::GatesPassed { .. }
            | DeploymentEvent::GatesTimedOut { .. }
            | DeploymentEvent::GateIgnored { .. }
            | DeploymentEvent::JobSkipped { .. }
            | DeploymentEvent::JobTimedOut { .. }
            | DeploymentEvent::JobEnded { .. }
            | DeploymentEvent::JobCouldNotBegin { .. }
            | DeploymentEvent::SliceBegan { .. }
            | DeploymentEvent::SliceSkipped { .. }
            | DeploymentEvent::SliceTimedOut { .. }
            | DeploymentEvent::SliceEnded { .. }
            | DeploymentEvent::TaskReattached { .. }
            | DeploymentEvent::TaskSkipped { .. }
            | DeploymentEvent::TaskStopAsked { .. }
            | DeploymentEvent::TaskEnded { .. }
            | DeploymentEvent::InterventionAsked { .. }
            | DeploymentEvent::InterventionAnswered { .. }
            | DeploymentEvent::TaskDelayed { .. }
            | DeploymentEvent::TaskRetryPlanned { .. }
            | DeploymentEvent::TaskRetryDue { .. }
            | DeploymentEvent::TaskRetryDropped { .. }
            | DeploymentEvent::CancelAsked { .. } => {}
        }
        Ok(())
    }

    /// I11, AP7: one answer of each stage before, in its latest attempt, of whom the step asks, and who may approve here.
    fn i11_rests_on_answers_of_the_same_person(
        &self,
        approval: ApprovalId,
        approver: &Approver,
        rests_on: &[ApprovalId],
        world: &World,
    ) -> Verdict {
        let id = approval.deployment;
        let stage = stage_of(id, world)?;
        let policy = &stage.checks(approval.moment).approvals;
        let is_meant = policy.skip_if_approved_before && approval.moment == Moment::Before;
        ensure!(is_meant && self.deployments[&id].automated, "AP7: {approval} is skipped");
        let step = policy.steps.get(approval.step as usize).map(|step| &step.approver);
        ensure!(step == Some(approver), "AP7: {approval} asks for {step:?}, not {approver:?}");
        let StageTrigger::AfterStages(earlier) = &stage.trigger else {
            return Err(format!("AP7: {approval} is skipped, and comes after no stage"));
        };
        let frozen = &self.releases[&id.release];
        for condition in earlier {
            let of_stage = self.of(id.release).filter(|(other, _)| other.stage == condition.stage);
            let (latest, life) = of_stage.last().ok_or("AP7: an earlier stage without a deployment")?;
            let answer = rests_on.iter().find(|answer| answer.deployment == *latest);
            let by = answer.and_then(|answer| life.answers.get(answer));
            let by = by.ok_or(format!("AP7: {approval} rests on no answer of {latest}"))?;
            ensure!(is_asked(approver, &Actor::User(by.clone())), "AP7: {approval} rests on {by}");
            let is_requester =
                frozen.creator == Actor::User(by.clone()) || frozen.requested_for.as_ref() == Some(by);
            ensure!(policy.requester_may_approve || !is_requester, "I11: {approval} rests on {by}");
        }
        Ok(())
    }

    /// I3: under *latest*, at most one waits, unless there is pending work.
    fn i3_only_the_newest_waits(&self) -> Verdict {
        for (stage, line) in &self.lines {
            let only_latest =
                matches!(line.policy, QueuingPolicy::AtMost { waiting: Waiting::OnlyLatest, .. });
            // What is pending was left by a commit that superseded as many as it may.
            let may_be_pending = line.entered.len() > limits::FAN_OUT;
            ensure!(
                !only_latest || line.waiting.len() <= 1 || may_be_pending,
                "I3: {:?} wait for stage {stage}",
                line.waiting
            );
        }
        Ok(())
    }

    /// I4: at the commit's end, whoever holds a slot is not over, and whoever waits is queued; and the state says the same.
    fn i4_slots_and_places_are_of_deployments_that_go_on(&self, world: &World) -> Verdict {
        for (stage, queue) in world.queues() {
            let empty = Line::default();
            let line = self.lines.get(&stage).unwrap_or(&empty);
            let mut holders = line.holders.clone();
            holders.sort_unstable();
            ensure!(queue.holders().map(|it| it.0).eq(holders), "I4: the holders of {stage} are {queue:?}");
            ensure!(queue.waiting().map(|it| it.0).eq(line.waiting.iter().copied()), "I4: {queue:?}");
        }
        let phase = |id: &DeploymentId| {
            world.release(id.release.0).and_then(|it| it.deployment(*id)).map(|it| &it.phase)
        };
        for line in self.lines.values() {
            for id in &line.holders {
                let goes_on =
                    phase(id).is_some_and(|it| !matches!(it, Phase::Over { .. } | Phase::Queued { .. }));
                ensure!(goes_on, "I4: {id} holds a slot and is {:?}", phase(id));
            }
            for id in &line.waiting {
                let is_queued = phase(id).is_some_and(|it| matches!(it, Phase::Queued { .. }));
                ensure!(is_queued, "I4: {id} waits and is {:?}", phase(id));
            }
        }
        for release in world.releases() {
            for deployment in release.going_on() {
                let line = self.lines.get(&deployment.id.stage);
                let is_known = line.is_some_and(|line| {
                    let list = match deployment.phase {
                        Phase::Queued { .. } => &line.waiting,
                        _ => &line.holders,
                    };
                    list.contains(&deployment.id)
                });
                ensure!(is_known, "I4: {} is {:?}, and not in its queue", deployment.id, deployment.phase);
            }
        }
        Ok(())
    }

    /// I5: the same commit grants what can be granted.
    fn i5_no_free_slot_while_somebody_waits(&self, world: &World) -> Verdict {
        for (stage, line) in &self.lines {
            let is_pending = world.queue(*stage).is_some_and(cutover::StageQueue::has_pending_work);
            let could = has_room(line) && !line.waiting.is_empty();
            // What is pending is more than one commit could hold.
            ensure!(!could || is_pending, "I5: stage {stage} has room, and {:?} wait", line.waiting);
            ensure!(
                !is_pending || line.entered.len() > limits::FAN_OUT,
                "I5: {} entered stage {stage}, and it has pending work",
                line.entered.len()
            );
        }
        Ok(())
    }

    /// I6: an automatic start has its reason in the same commit.
    fn i6_starts_by_itself_only_if_its_trigger_says_so(
        &self,
        id: DeploymentId,
        commit: &Commit<'_>,
        place: usize,
        world: &World,
    ) -> Verdict {
        let stage = stage_of(id, world)?;
        let release = world.release(id.release.0).ok_or("a deployment of no release")?;
        let frozen = &self.releases[&id.release];
        let before = &commit.recorded.events[..place];
        let is_of_release = |subject: &Subject| *subject == Subject::Release(id.release);
        let is_asked_for = frozen.asked_for.contains(&id.stage);
        let is_manual = release.about().is_some_and(|about| about.manual_stages.contains(&id.stage));
        ensure!(!is_manual || is_asked_for, "I6: {id} starts by itself, and is manual in this release");
        ensure!(
            is_asked_for || release.reach().includes(id.stage),
            "I7: {id} starts by itself beyond the target"
        );
        match &stage.trigger {
            StageTrigger::Manual => Err(format!("I6: {id} starts by itself, and is a manual stage")),
            StageTrigger::AfterRelease => {
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
                        && earlier.iter().any(|condition| condition.stage == deployment.stage)
                });
                ensure!(completed, "I6: {id} starts by itself, and no stage that it comes after succeeded");
                for condition in earlier {
                    let latest = self.latest(id.release, condition.stage);
                    let stands = match latest.and_then(|life| life.end.as_ref()) {
                        Some(End::Succeeded) => true,
                        Some(End::PartiallySucceeded) => condition.or_partially,
                        _ => false,
                    };
                    ensure!(
                        stands,
                        "I6: {id} starts by itself, and stage {} has not succeeded",
                        condition.stage
                    );
                }
                Ok(())
            }
        }
    }

    /// The latest attempt, as recorded so far.
    fn latest(&self, release: ReleaseId, stage: StageId) -> Option<&Life> {
        self.of(release).filter(|(id, _)| id.stage == stage).last().map(|(_, life)| life)
    }

    fn of(&self, release: ReleaseId) -> impl Iterator<Item = (&DeploymentId, &Life)> {
        let first = deployment_id(release.0, 0, 1);
        self.deployments.range(first..).take_while(move |(id, _)| id.release == release)
    }

    /// I6: for each success, each stage that comes after it is triggered at most once.
    fn i6_exactly_once_per_completion(&self, recorded: &Recorded, world: &World) -> Verdict {
        let mut starts: BTreeMap<(ReleaseId, StageId), usize> = BTreeMap::new();
        let mut reasons: BTreeMap<(ReleaseId, StageId), usize> = BTreeMap::new();
        for (subject, event, _) in &recorded.events {
            let (Subject::Release(release), Event::Release(event)) = (subject, event) else { continue };
            match event {
                ReleaseEvent::TriggerIgnored { stage, .. } => {
                    *starts.entry((*release, *stage)).or_default() += 1
                }
                ReleaseEvent::Deployment(DeploymentEvent::Triggered(trigger))
                    if trigger.reason == DeploymentReason::Automated =>
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
                        if stage.trigger == StageTrigger::AfterRelease {
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

    /// I7: neither a draft nor an abandoned release starts anything.
    fn i7_only_an_active_release_starts(&self, id: DeploymentId) -> Verdict {
        let state = self.releases.get(&id.release).map(|release| release.state);
        ensure!(state == Some(ReleaseState::Active), "I7: {id} starts, and its release is {state:?}");
        Ok(())
    }

    /// I8: at most one release per command id.
    fn i8_one_release_per_command(&mut self, event: &PipelineEvent, recorded: &Recorded) -> Verdict {
        if let PipelineEvent::ReleaseNumbered(numbered) = event {
            let command = &recorded.header.command;
            let is_first = self.creations.insert(command.clone());
            ensure!(is_first, "I8: {command} made another release, {}", numbered.release);
        }
        Ok(())
    }

    /// I9: the snapshot of a release is what it was when it was created.
    fn i9_what_was_frozen_stays(&self, release: &Release, world: &World) -> Verdict {
        let about = release.about().ok_or("a release that is nothing")?;
        let frozen = self.releases.get(&about.id).ok_or("a release that was never created")?;
        ensure!(
            (about.snapshot, about.revision) == (frozen.snapshot, frozen.revision),
            "I9: release {} is of revision {} now",
            about.id,
            about.revision
        );
        ensure!(about.creator == frozen.creator, "I9: release {} has another creator", about.id);
        let snapshot = world.streams.get(&Subject::Snapshot(frozen.snapshot)).map_or(0, Vec::len);
        ensure!(snapshot == 1, "I9: the snapshot of release {} was recorded {snapshot} times", about.id);
        Ok(())
    }

    /// I13: it is as it was when it was over, and attempts count on from one.
    fn i13_what_is_over_stays(&self, release: &Release) -> Verdict {
        let about = release.about().ok_or("a release that is nothing")?;
        for (id, life) in self.of(about.id) {
            let deployment = release.deployment(*id).ok_or(format!("I13: {id} is gone"))?;
            if life.end.is_some() {
                ensure!(life.last.as_ref() == Some(deployment), "I13: {id} was over, and changed");
            }
            let attempts = release.attempts(id.stage);
            let goes_on = attempts.iter().filter(|it| !it.is_over()).count();
            ensure!(goes_on <= 1, "S7: {goes_on} deployments of {} go on", id.stage);
        }
        Ok(())
    }

    /// I17: of those that succeeded, the one whose jobs ended last; of several at one moment, the one that began last (D8).
    fn i17_the_current_release_ended_last(&self, world: &World) -> Verdict {
        for (stage, queue) in world.queues() {
            let begun = self.lines.get(&stage).map_or(&[][..], |line| &line.begun);
            let good = |also_partially: bool| {
                let lives = self.deployments.iter().filter(|(id, _)| id.stage == stage);
                let ended = lives.filter_map(|(id, life)| {
                    let place = begun.iter().position(|it| it == id);
                    match life.end {
                        Some(End::Succeeded) => Some((life.last.as_ref()?.ended?.0, place, *id)),
                        Some(End::PartiallySucceeded) if also_partially => {
                            Some((life.last.as_ref()?.ended?.0, place, *id))
                        }
                        _ => None,
                    }
                });
                ended.max()
            };
            for (found, good, what) in
                [(queue.current(), good(true), "current"), (queue.last_good(), good(false), "last good")]
            {
                let fits = found == good.map(|(_, _, id)| id);
                ensure!(fits, "I17: the {what} release of {stage} is {found:?}, of {good:?}");
            }
        }
        Ok(())
    }
}

/// I1: a slot is granted only while fewer hold one than the limit in force allows.
fn i1_a_slot_is_granted_only_where_one_is_free(line: &Line, granted: DeploymentId) -> Verdict {
    ensure!(has_room(line), "I1: {granted} gets a slot, {:?} hold one under {:?}", line.holders, line.policy);
    Ok(())
}

fn has_room(line: &Line) -> bool {
    match line.policy {
        QueuingPolicy::Unlimited => true,
        QueuingPolicy::AtMost { deployments, .. } => line.holders.len() < deployments.get() as usize,
    }
}

/// Whether there is more to do than the last commit could hold.
fn is_pending(line: &Line) -> bool {
    let only_latest = matches!(line.policy, QueuingPolicy::AtMost { waiting: Waiting::OnlyLatest, .. });
    (only_latest && line.waiting.len() > 1) || (has_room(line) && !line.waiting.is_empty())
}

/// I2: nothing overtakes.
fn i2_first_in_first_granted(line: &Line, granted: DeploymentId) -> Verdict {
    let first = line.waiting.first();
    ensure!(first == Some(&granted), "I2: {granted} gets a slot before {first:?}");
    Ok(())
}

/// I3: an older one that waits, in favour of the newest; it is cancelled in the same commit, naming what superseded it.
fn i3_superseded_by_the_newest(
    line: &Line,
    superseded: DeploymentId,
    by: DeploymentId,
    commit: &Commit<'_>,
) -> Verdict {
    ensure!(line.waiting.contains(&superseded), "I3: {superseded} is superseded, and does not wait");
    ensure!(
        superseded != by && line.waiting.last() == Some(&by),
        "I3: {by} supersedes, and is not the newest"
    );
    let policy = line.policy;
    let only_latest = matches!(policy, QueuingPolicy::AtMost { waiting: Waiting::OnlyLatest, .. });
    ensure!(only_latest, "I3: {superseded} is superseded under {policy:?}");
    let says_so = commit.recorded.events.iter().any(|(_, event, _)| {
        matches!(event, Event::Release(ReleaseEvent::Deployment(DeploymentEvent::Over {
            deployment,
            end: End::Canceled(CancelReason::Superseded { by: named }),
            ..
        })) if *deployment == superseded && *named == by.release)
    });
    ensure!(says_so, "I3: {superseded} is superseded, and not cancelled in the same commit");
    Ok(())
}

/// I4: exactly once, and only what is in it.
fn i4_leaves_once(line: &mut Line, id: DeploymentId) -> Verdict {
    let is_in_it = line.waiting.contains(&id) || line.holders.contains(&id);
    ensure!(is_in_it && line.left.insert(id), "I4: {id} leaves, and is not in the queue");
    line.waiting.retain(|waiting| *waiting != id);
    line.holders.retain(|holder| *holder != id);
    Ok(())
}

/// I7: a draft has no deployment at all.
fn i7_a_draft_deploys_nothing(release: &Release) -> Verdict {
    let is_idle = release.going_on().next().is_none();
    let id = release.about().map(|about| about.id);
    ensure!(release.state() != ReleaseState::Draft || is_idle, "I7: the draft {id:?} deploys");
    ensure!(release.state() != ReleaseState::Abandoned || is_idle, "I7: the abandoned {id:?} deploys");
    Ok(())
}

/// I9: what is kept is what its digest says.
fn i9_kept_as_it_is_named(digest: Digest, SnapshotEvent::Kept { definition }: &SnapshotEvent) -> Verdict {
    let found = Digest::of_json(definition.as_ref()).map_err(|error| error.to_string())?;
    ensure!(found == digest, "I9: {found} is kept under {digest}");
    Ok(())
}

/// I10: as many have approved on this side as the frozen policy asks for.
fn i10_all_has_passed(life: &Life, stage: &Stage, moment: Moment) -> Verdict {
    let policy = &stage.checks(moment).approvals;
    let approved = life.approved.iter().filter(|approval| approval.moment == moment).count();
    let needed = match policy.required {
        Required::All => policy.steps.len(),
        Required::AtLeast(count) => policy.steps.len().min(count.get() as usize),
    };
    ensure!(life.granted, "I10: it goes on without a slot");
    ensure!(approved >= needed, "I10: {approved} of {needed} have approved, and it goes on");
    Ok(())
}

/// I11: the user who was asked or a member of the group; and where the requester may not approve, no requester.
fn i11_answered_by_somebody_who_may(
    life: &Life,
    frozen: &Frozen,
    stage: &Stage,
    approval: ApprovalId,
    answer: Answer,
    by: &Actor,
) -> Verdict {
    let Actor::User(user) = by else { return Err(format!("I11: {by} answered {approval}")) };
    let is_asked = life.asked.get(&approval).is_some_and(|asked| is_asked(asked, by));
    ensure!(is_asked, "I11: {by} answered {approval}, which asks {:?}", life.asked.get(&approval));
    let step = stage.checks(approval.moment).approvals.steps.get(approval.step as usize);
    ensure!(
        life.handed_on.contains(&approval) || step.map(|step| &step.approver) == life.asked.get(&approval),
        "I11: {approval} asks for another than the snapshot does"
    );
    if answer == Answer::Approve && !stage.checks(approval.moment).approvals.requester_may_approve {
        let is_requester =
            frozen.creator == *by || life.by == *by || frozen.requested_for.as_ref() == Some(user);
        ensure!(!is_requester, "I11: {by} asked for it, and approved {approval}");
    }
    Ok(())
}

/// Whether the actor is the user, or a member of the group.
fn is_asked(approver: &Approver, actor: &Actor) -> bool {
    match (approver, actor) {
        (Approver::User(asked), Actor::User(user)) => asked == user,
        (Approver::Group(group), Actor::User(user)) => people::groups_of(user.as_str()).contains(group),
        (Approver::Automatic, _) | (_, Actor::Trigger(_) | Actor::System) => false,
    }
}

/// I14: each has work, a deadline, or somebody who must act; and `explain` says it.
fn i14_nothing_waits_for_nothing(release: &Release, world: &World) -> Verdict {
    let about = release.about().ok_or("a release that is nothing")?;
    let definition = definition_of(about.id, world)?;
    let work = release.work(definition);
    for deployment in release.going_on() {
        let id = deployment.id;
        let queue = world.queue(id.stage).ok_or(format!("I14: {id} goes on without a queue"))?;
        match &deployment.phase {
            Phase::Queued { .. } => {
                let is_known = queue.position_of(id).is_some();
                let is_held = queue.holders().next().is_some() || queue.has_pending_work();
                ensure!(is_known && is_held, "I14: {id} waits for a slot that nobody holds");
            }
            Phase::Scheduled { .. } | Phase::Deferred { .. } => {
                ensure!(release.deadline().is_some(), "I14: {id} waits for a moment that does not come");
            }
            Phase::Frozen { .. } | Phase::Locking { .. } => {}
            Phase::Checking { .. } => {
                ensure!(
                    deployment.open_approvals().next().is_some(),
                    "I14: {id} waits for nobody's approval"
                );
                ensure!(release.deadline().is_some(), "I14: {id} waits for an approval without end");
            }
            Phase::Running { .. } | Phase::Cancelling { .. } => {
                ensure!(!work.is_empty(), "I14: the jobs of {id} run, and there is no work");
            }
            Phase::Over { .. } => {}
        }
    }
    for stage in &definition.stages {
        let empty = cutover::StageQueue::default();
        let queue = world.queue(stage.id).unwrap_or(&empty);
        let pipeline = &cutover::PipelineStatus::default();
        let locks = &cutover::Locks::default();
        let permissions = &cutover::permission::Permissions::default();
        let around = cutover::Surroundings { definition, queue, pipeline, locks, permissions };
        let told = explain(release, &around, stage.id).ok_or("E1: a stage without explanation")?;
        let is_over = release.latest(stage.id).is_some_and(Deployment::is_over);
        ensure!(is_over || !told.now.is_empty(), "E2: stage {} of {} waits for nothing", stage.id, about.id);
        ensure!(!is_over || told.now.is_empty(), "E2: stage {} of {} is over, and waits", stage.id, about.id);
    }
    Ok(())
}

/// Time: a commit is never earlier than what it read.
fn i_time_never_steps_back(recorded: &Recorded) -> Verdict {
    let newest = recorded.newest_before;
    let time = recorded.header.time;
    ensure!(newest.is_none_or(|newest| newest <= time), "Time: {time} after {newest:?}");
    Ok(())
}

/// D7: except by cancelling, nothing is over in the commit in which it is granted.
fn d7_not_over_where_it_is_granted(id: DeploymentId, end: &End, commit: &Commit<'_>) -> Verdict {
    let granted = commit.recorded.events.iter().any(|(_, event, _)| {
        matches!(event, Event::Queue(QueueEvent::SlotGranted { deployment }) if *deployment == id)
    });
    ensure!(!granted || matches!(end, End::Canceled(_)), "D7: {id} is granted and over in one commit");
    Ok(())
}

/// ARCHITECTURE: a commit touches a bounded number of streams. Where a queue takes another policy, at most as many more as it grants
/// or supersedes at once; and the same where it goes on with what was left of that.
fn bounded_commit(recorded: &Recorded, world: &World, going_on: usize) -> Verdict {
    let stages =
        |release: &Release| world.definition_of(release).map_or(0, |definition| definition.stages.len());
    let of_releases = recorded.written.iter().filter_map(|subject| match subject {
        Subject::Release(id) => world.release(id.0).map(stages),
        _ => None,
    });
    let stages = of_releases.max().unwrap_or_default();
    let turned = recorded
        .events
        .iter()
        .filter(|(_, event, _)| matches!(event, Event::Queue(QueueEvent::PolicyAdopted { .. })));
    let most = match turned.count() {
        0 => 2 + 2 * stages,
        // The definition that is kept with the first release of a revision is one more.
        queues => 3 + 2 * stages + queues * limits::FAN_OUT,
    };
    let most = most + going_on * limits::FAN_OUT;
    let found = recorded.written.len();
    ensure!(found <= most.max(3), "a commit over {found} streams, {most} may be: {:?}", recorded.written);
    Ok(())
}

/// AP2: no step is asked for and skipped in one commit.
fn ap2_nobody_is_asked_for_what_is_enough(recorded: &Recorded) -> Verdict {
    let mut asked = BTreeSet::new();
    for (_, event, _) in &recorded.events {
        match event {
            Event::Release(ReleaseEvent::Deployment(DeploymentEvent::ApprovalAsked { approval, .. })) => {
                asked.insert(*approval);
            }
            Event::Release(ReleaseEvent::Deployment(DeploymentEvent::ApprovalSkipped { approval })) => {
                ensure!(!asked.contains(approval), "AP2: {approval} is asked for, and skipped at once");
            }
            _ => {}
        }
    }
    Ok(())
}

/// The releases that are written to, and those in a queue that is: nothing else can have changed.
fn touched<'a>(recorded: &Recorded, world: &'a World) -> impl Iterator<Item = &'a Release> {
    let mut touched: BTreeSet<ReleaseId> = BTreeSet::new();
    for subject in &recorded.written {
        match subject {
            Subject::Release(id) => {
                touched.insert(*id);
            }
            Subject::Queue(id) => {
                let Some(queue) = world.queue(id.stage) else { continue };
                touched.extend(queue.holders().chain(queue.waiting()).map(|(id, _)| id.release));
            }
            _ => {}
        }
    }
    touched.into_iter().filter_map(|id| world.release(id.0))
}

fn definition_of(release: ReleaseId, world: &World) -> Result<&PipelineDefinition, String> {
    let release = world.release(release.0).ok_or("a deployment of no release")?;
    world.definition_of(release).map(AsRef::as_ref).ok_or_else(|| "a release without a snapshot".to_owned())
}

fn stage_of(id: DeploymentId, world: &World) -> Result<&Stage, String> {
    definition_of(id.release, world)?.stage(id.stage).ok_or_else(|| format!("{id} is of no stage"))
}
