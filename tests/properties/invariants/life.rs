//! The life of a deployment: what must have passed before it goes on, that it ends, and that it stays as it was (I10, I13, I14, D7).

use std::collections::{BTreeMap, BTreeSet};

use cutover::deployment::{Deployment, DeploymentEvent, End, Phase};
use cutover::{
    DeploymentId, Event, Moment, QueueEvent, QueueId, Release, ReleaseId, SlotSpan, Stage, Timestamp, Work,
};

use super::{Commit, Ledger, Life, Verdict, agents, asked, definition_of, redeploys, tasks};
use crate::seen;
use crate::world::World;

impl Ledger {
    pub(super) fn of_deployment(
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
            self.of_trigger(trigger, commit, place, world)?;
            let life = Life {
                by: BTreeSet::from([trigger.by.clone()]),
                reason: trigger.reason,
                is_for_some: trigger.only.is_some(),
                was_replaced: false,
                queue: trigger.queue,
                span: trigger.span,
                scheduled: trigger.until,
                granted: false,
                answered: asked::Answered::default(),
                gates: BTreeMap::new(),
                overrides: false,
                holds_locks: false,
                begun: false,
                began_with: None,
                tasks: tasks::Work::default(),
                cuts: BTreeMap::new(),
                is_cancelled: false,
                jobs_ended: false,
                end: None,
                last: None,
            };
            ensure!(self.deployments.insert(id, life).is_none(), "I13: {id} is triggered twice");
            return Ok(());
        }
        let frozen = self.releases.get(&release).ok_or("a deployment of no release")?;
        let began_with = self.deployments.get(&id).and_then(|life| life.began_with.as_ref());
        // As it was frozen then: later in the same commit its release may be revised, after a deadline that had passed was decided.
        let definition =
            seen::snapshot(&world.live, frozen.snapshot).ok_or("a release without a snapshot")?;
        let now = definition.stage(id.stage).ok_or_else(|| format!("{id} is of no stage"))?;
        // R7: whatever became of its release's jobs since it began.
        let as_it_began = began_with
            .filter(|jobs| **jobs != now.jobs)
            .map(|jobs| Stage { jobs: jobs.clone(), ..now.clone() });
        let stage = as_it_began.as_ref().unwrap_or(now);
        if let DeploymentEvent::ApprovalApprovedBefore { approval, approver, rests_on } = event {
            self.i11_rests_on_answers_of_the_same_person(*approval, approver, rests_on, world)?;
        }
        if let DeploymentEvent::Over { end, .. } = event {
            self.d6_each_rejection_is_answered(id, end, commit.recorded, world)?;
        }
        redeploys::d5_left_out_as_it_was_said(id, event, world)?;
        let freezes = &self.freezes;
        let life = self.deployments.get_mut(&id).ok_or("an event before the deployment was triggered")?;
        ensure!(life.end.is_none(), "I13: {event:?} after {id} was over");
        life.of_slice(id, event, commit, stage, world)?;
        match event {
            DeploymentEvent::MomentCame { .. } => life.its_moment_came(id, commit.now)?,
            DeploymentEvent::BroughtForward { by, .. } if life.scheduled.is_some() => {
                ensure!(by == commit.actor, "S7: {by} brings {id} forward in a commit of {}", commit.actor);
                life.scheduled = None;
                life.by.insert(by.clone());
            }
            DeploymentEvent::SlotAsked { .. } => life.asks_for_its_slot(stage)?,
            DeploymentEvent::SlotGranted { .. } => {
                ensure!(life.scheduled.is_none(), "I10: {id} gets a slot before {:?}", life.scheduled);
                life.granted = true;
            }
            DeploymentEvent::ApprovalAsked { .. } | DeploymentEvent::GatesBegun { .. } => {
                life.asks_in_its_turn(event)?;
                life.of_approval(event, commit, stage, frozen)?;
                life.of_gates(event, commit, stage)?;
            }
            DeploymentEvent::ChecksRestarted { withdraws, .. } => {
                ensure!(!life.begun, "R7: {id} starts again after it began");
                life.granted &= withdraws.is_none();
                life.holds_locks = false;
                life.answered.restart();
                life.gates.remove(&Moment::Before);
            }
            DeploymentEvent::JobsKept { jobs, .. } => {
                ensure!(life.begun && !life.jobs_ended, "R7: {id} keeps its jobs, and they don't run");
                ensure!(life.began_with.as_ref() == Some(&**jobs), "R7: {id} keeps other jobs than it had");
            }
            DeploymentEvent::Deferred { .. } => {
                life.i10_all_was_asked(stage, Moment::Before)?;
                life.of_approval(event, commit, stage, frozen)?;
            }
            DeploymentEvent::Frozen { holds, .. } => {
                life.i10_all_has_passed(id, stage, commit.now)?;
                freezes.f1_held_by_what_is_closed(id, life.queue, commit.now, holds)?;
            }
            DeploymentEvent::Thawed { .. } => {
                freezes.f1_no_jobs_begin(id, life.queue, commit.now, life.overrides)?;
            }
            DeploymentEvent::FreezesOverridden { by, comment, .. } => {
                ensure!(by == commit.actor, "F2: {by} overrides in a commit of {}", commit.actor);
                ensure!(!comment.trim().is_empty(), "F2: {by} overrides, and does not say why");
                life.overrides = true;
            }
            DeploymentEvent::LocksAsked { groups, .. } => {
                life.i10_all_has_passed(id, stage, commit.now)?;
                let named = stage.lock_groups.iter().map(String::as_str);
                let asked = groups.iter().map(|group| group.as_str());
                let (mut named, asked) = (named.collect::<Vec<_>>(), asked.collect::<Vec<_>>());
                named.sort_unstable();
                ensure!(named == asked, "Q8: {id} asks for {asked:?}, its stage names {named:?}");
            }
            DeploymentEvent::LocksGranted { .. } => life.holds_locks = true,
            DeploymentEvent::Begun { .. } => {
                life.i10_all_has_passed(id, stage, commit.now)?;
                ensure!(
                    life.holds_locks || stage.lock_groups.is_empty(),
                    "Q8: {id} begins without its groups"
                );
                freezes.f1_no_jobs_begin(id, life.queue, commit.now, life.overrides)?;
                life.begun = true;
                life.began_with = Some(stage.jobs.clone());
            }
            DeploymentEvent::JobBegan { .. }
            | DeploymentEvent::AgentAsked { .. }
            | DeploymentEvent::SliceBegan { .. }
            | DeploymentEvent::TaskClaimed { .. }
            | DeploymentEvent::InterventionAsked { .. }
            | DeploymentEvent::TaskDelayed { .. } => {
                ensure!(life.begun, "I10: {event:?} before everything has passed");
                ensure!(!life.jobs_ended, "I10: {event:?} after the jobs have ended");
                life.i10_all_has_passed(id, stage, commit.now)?;
                life.of_task(event, commit, stage)?;
            }
            DeploymentEvent::JobsEnded { .. } => {
                life.of_task(event, commit, stage)?;
                life.jobs_ended = true;
                life.holds_locks = false;
            }
            DeploymentEvent::Over { end, .. } => {
                if matches!(end, End::Succeeded | End::PartiallySucceeded) {
                    ensure!(life.jobs_ended, "I10: {id} succeeded before its jobs ended");
                    life.i10_all_was_asked(stage, Moment::After)?;
                }
                d7_not_over_where_it_is_granted(id, end, commit)?;
                life.end = Some(end.clone());
                life.last = world.release(release.0).and_then(|release| release.deployment(id)).cloned();
                ensure!(life.last.as_ref().is_some_and(Deployment::is_over), "I13: {id} is not over");
            }
            _ => {
                life.of_approval(event, commit, stage, frozen)?;
                life.of_gates(event, commit, stage)?;
                life.of_task(event, commit, stage)?;
            }
        }
        Ok(())
    }

    /// I13: it is as it was when it was over, and attempts count on from one.
    pub(super) fn i13_what_is_over_stays(&self, release: &Release) -> Verdict {
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
}

impl Life {
    /// S4, S8, AP10: not before it.
    fn its_moment_came(&mut self, id: DeploymentId, now: Timestamp) -> Verdict {
        match self.scheduled.take() {
            Some(until) => ensure!(now >= until, "S4: {id} goes on before {until}"),
            None => ensure!(!self.answered.is_put_off(now), "AP10: {id} goes on before its moment"),
        }
        Ok(())
    }

    /// Q2: where a slot is held for the jobs only, what must pass before them has passed first.
    fn asks_for_its_slot(&self, stage: &Stage) -> Verdict {
        ensure!(self.scheduled.is_none(), "S4: it enters its queue before {:?}", self.scheduled);
        match self.span {
            SlotSpan::JobsOnly => self.i10_all_was_asked(stage, Moment::Before),
            SlotSpan::ApprovalsAndJobs => Ok(()),
        }
    }

    /// D1: nobody is asked before its time.
    fn asks_in_its_turn(&self, event: &DeploymentEvent) -> Verdict {
        let moment = match event {
            DeploymentEvent::ApprovalAsked { approval, .. } => approval.moment,
            DeploymentEvent::GatesBegun { moment, .. } => *moment,
            _ => return Ok(()),
        };
        ensure!(self.scheduled.is_none(), "I10: {event:?} before its moment");
        let has_slot = self.granted || self.span == SlotSpan::JobsOnly;
        ensure!(has_slot, "I10: {event:?} before the slot is granted");
        ensure!((moment == Moment::After) == self.jobs_ended, "I10: {event:?} on the other side of its jobs");
        Ok(())
    }

    /// I10: everything that is asked on one side has passed.
    fn i10_all_was_asked(&self, stage: &Stage, moment: Moment) -> Verdict {
        self.answered.have_enough_approved(stage, moment)?;
        self.gates_have_passed(stage, moment)
    }

    /// I10: every condition before the jobs, save freezes and lock groups.
    fn i10_all_has_passed(&self, id: DeploymentId, stage: &Stage, now: Timestamp) -> Verdict {
        ensure!(self.granted, "I10: {id} goes on without a slot");
        ensure!(self.scheduled.is_none(), "I10: {id} goes on before {:?}", self.scheduled);
        ensure!(!self.answered.is_put_off(now), "I10: {id} goes on before the moment that was given");
        self.i10_all_was_asked(stage, Moment::Before)
    }
}

/// D7: except by cancelling, nothing is over in the commit in which it is granted.
fn d7_not_over_where_it_is_granted(id: DeploymentId, end: &End, commit: &Commit<'_>) -> Verdict {
    let granted = commit.recorded.events.iter().any(|(_, event, _)| {
        matches!(event, Event::Queue(QueueEvent::SlotGranted { deployment }) if *deployment == id)
    });
    ensure!(!granted || matches!(end, End::Canceled(_)), "D7: {id} is granted and over in one commit");
    Ok(())
}

/// I14: each has work, a deadline, or somebody who must act; and `explain` says it (E2).
pub(super) fn i14_nothing_waits_for_nothing(release: &Release, world: &World, now: Timestamp) -> Verdict {
    let about = release.about().ok_or("a release that is nothing")?;
    let definition = definition_of(about.id, world)?;
    let work = release.work(definition);
    // What goes on of a pipeline that is being deleted waits for an engine to cancel it (P6).
    let is_deleting = seen::status(&world.live, about.pipeline).is_deleting();
    for deployment in release.going_on().filter(|_| !is_deleting) {
        let id = deployment.id;
        let queue = world.queue_of(QueueId { pipeline: about.pipeline, stage: id.stage });
        let queue = queue.ok_or(format!("I14: {id} goes on without a queue"))?;
        let has_deadline = release.deadline().is_some();
        match &deployment.phase {
            Phase::Queued { .. } => {
                let is_known = queue.position_of(id).is_some();
                let is_held = queue.holders().next().is_some() || queue.has_pending_work();
                let is_held = is_held || queue.paused().is_some();
                ensure!(is_known && is_held, "I14: {id} waits for a slot that nobody holds");
            }
            Phase::Scheduled { .. } | Phase::Deferred { .. } => {
                ensure!(has_deadline, "I14: {id} waits for a moment that does not come");
            }
            Phase::Frozen { until, holds, .. } => {
                let freezes = world.freezes();
                let is_known = holds.iter().any(|hold| freezes.get(&hold.freeze).is_some());
                let is_looked_at = release.frozen_otherwise(definition, &freezes, now).contains(&id);
                let ends = until.is_some() && has_deadline;
                ensure!(is_known || is_looked_at || ends, "I14: {id} waits for freezes that are gone");
            }
            Phase::Locking { .. } => {
                let locks = world.locks();
                let wanted = locks.wanted_by(id).ok_or(format!("I14: {id} waits for no lock group"))?;
                let has_room = |group: &cutover::LockGroupId| {
                    let capacity = locks.capacity_of(group).map_or(0, |capacity| capacity.get() as usize);
                    locks.holders_of(group).count() < capacity
                };
                let is_held = !wanted.groups.iter().all(has_room) || !locks.ahead_of(id).is_empty();
                ensure!(is_held || locks.has_pending_work(), "I14: {id} waits for groups that are free");
            }
            Phase::Checking { .. } => {
                let is_asked = deployment.open_approvals().next().is_some();
                let is_sampled = deployment
                    .sampling_gates()
                    .is_some_and(|(moment, _)| work.contains(&Work::Sample(id, moment)));
                ensure!(is_asked || is_sampled, "I14: {id} waits for nobody's approval, and for no gate");
                ensure!(has_deadline, "I14: {id} waits for an approval or a gate without end");
            }
            Phase::Running { .. } | Phase::Cancelling { .. } => {
                let told = world.told(about.id, id.stage).ok_or("E1: a stage without explanation")?;
                let waits = told.now.iter().any(|blocker| {
                    use cutover::BlockerKind::{Delay, Intervention, RetryPause};
                    matches!(blocker.kind, Delay { .. } | Intervention { .. } | RetryPause { .. })
                });
                // That none of the agents that could serve it is free, `agents.rs` says.
                let is_queued = deployment.waiting_for_agents().next().is_some();
                let has_work = work.iter().any(|work| deployment_of(work) == id);
                let goes_on = has_work || (waits && has_deadline) || is_queued;
                ensure!(goes_on, "I14: the jobs of {id} run, and there is no work");
                let is_cancelling = matches!(deployment.phase, Phase::Cancelling { .. });
                let has_end = has_work || has_deadline || !is_cancelling;
                ensure!(has_end, "D4: {id} is cancelled, and waits for an agent without end");
                agents::e1_every_slice_is_told(deployment, &told)?;
            }
            Phase::Over { .. } => {}
        }
    }
    for stage in &definition.stages {
        let told = world.told(about.id, stage.id).ok_or("E1: a stage without explanation")?;
        let is_over = release.latest(stage.id).is_some_and(Deployment::is_over);
        ensure!(is_over || !told.now.is_empty(), "E2: stage {} of {} waits for nothing", stage.id, about.id);
        ensure!(!is_over || told.now.is_empty(), "E2: stage {} of {} is over, and waits", stage.id, about.id);
        for blocker in &told.now {
            let is_final = blocker.nature == cutover::Nature::Final;
            let ends = is_final || !blocker.cleared_by.is_empty() || blocker.by_itself_at.is_some();
            ensure!(ends, "I14: nobody can clear {blocker:?}, and it does not end by itself");
        }
    }
    Ok(())
}

const fn deployment_of(work: &Work) -> DeploymentId {
    match work {
        Work::Run(task) | Work::Watch { task, .. } => task.deployment(),
        Work::Sample(id, _) | Work::Settle(id) => *id,
    }
}
