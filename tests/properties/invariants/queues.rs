//! Queues: who gets a slot, who is superseded, what is deployed (I1 to I5, I17, Q9, Q11).

use std::collections::{BTreeMap, BTreeSet};

use cutover::deployment::{CancelReason, DeploymentEvent, DeploymentReason, End, Phase};
use cutover::schedule::OccurrenceId;
use cutover::{
    Declined, DeploymentId, Event, PipelineEvent, QueueEvent, QueueId, QueuingPolicy, SlotSpan, Subject,
    Waiting, limits,
};

use super::{Commit, Ledger, Verdict, has_event};
use crate::seen;
use crate::world::World;

/// A queue as its events tell.
#[derive(Default)]
pub(super) struct Line {
    policy: QueuingPolicy,
    revision: u32,
    is_paused: bool,
    /// The revision that removed the stage, until another brings it back (Q12).
    removed: Option<u32>,
    holders: Vec<DeploymentId>,
    /// In the order in which they are granted.
    waiting: Vec<DeploymentId>,
    /// Those that neither wait nor hold a slot, not yet or no longer.
    beside: BTreeSet<DeploymentId>,
    /// The order of entering, whoever was moved (Q9).
    entered: Vec<DeploymentId>,
    /// In the order in which they began.
    begun: Vec<DeploymentId>,
    left: BTreeSet<DeploymentId>,
    /// Those that wait for an occurrence, in the order in which they became so (Q11).
    scheduled: BTreeMap<OccurrenceId, Vec<DeploymentId>>,
    /// The newest revision of which anything was scheduled, with its policy (Q11).
    scheduling: (u32, QueuingPolicy),
    /// Those that supersede nothing (D6).
    yielding: BTreeSet<DeploymentId>,
}

impl Line {
    fn has_room(&self) -> bool {
        match self.policy {
            QueuingPolicy::Unlimited => true,
            QueuingPolicy::AtMost { deployments, .. } => self.holders.len() < deployments.get() as usize,
        }
    }

    /// Whether there is more to do than the last commit could hold.
    pub(super) fn is_pending(&self) -> bool {
        if self.removed.is_some() {
            return !self.waiting.is_empty();
        }
        let could_grant = self.has_room() && !self.waiting.is_empty() && !self.is_paused;
        (is_only_latest(self.policy) && self.waiting.len() > 1) || could_grant
    }

    /// Of those that wait, the one that entered last (Q4, Q9), and of those that supersede nothing only if there is no other (D6).
    fn newest(&self) -> Option<DeploymentId> {
        let waiting = || self.entered.iter().rev().filter(|id| self.waiting.contains(id));
        waiting().find(|id| !self.yielding.contains(id)).or_else(|| waiting().next()).copied()
    }

    pub(super) fn is_held_or_waited_for(&self) -> bool {
        !self.holders.is_empty() || !self.waiting.is_empty()
    }

    pub(super) fn begun_last(&self) -> Option<DeploymentId> {
        self.begun.last().copied()
    }

    /// It waits for its occurrence no longer.
    fn is_not_scheduled(&mut self, id: DeploymentId) {
        self.scheduled.values_mut().for_each(|waiting| waiting.retain(|known| *known != id));
    }

    /// I4: exactly once, and only what is known there.
    fn i4_leaves_once(&mut self, id: DeploymentId) -> Verdict {
        let is_in_it = self.waiting.contains(&id) || self.holders.contains(&id) || self.beside.contains(&id);
        ensure!(is_in_it && self.left.insert(id), "I4: {id} leaves, and is not in the queue");
        self.waiting.retain(|waiting| *waiting != id);
        self.holders.retain(|holder| *holder != id);
        self.beside.remove(&id);
        self.is_not_scheduled(id);
        Ok(())
    }
}

const fn is_only_latest(policy: QueuingPolicy) -> bool {
    matches!(policy, QueuingPolicy::AtMost { waiting: Waiting::OnlyLatest, .. })
}

impl Ledger {
    pub(super) fn of_queue(&mut self, id: QueueId, event: &QueueEvent, commit: &Commit<'_>) -> Verdict {
        let line = self.lines.entry(id).or_default();
        match event {
            QueueEvent::PolicyAdopted { revision, policy } => {
                ensure!(*revision > line.revision, "Q5: revision {revision} after {}", line.revision);
                (line.revision, line.policy) = (*revision, *policy);
            }
            QueueEvent::Announced { deployment, scheduled } => {
                let is_new = !line.left.contains(deployment) && line.beside.insert(*deployment);
                ensure!(is_new, "P6: {deployment} is announced twice");
                if let Some(entry) = scheduled {
                    line.scheduled.entry(entry.occurrence).or_default().push(*deployment);
                    if entry.revision > line.scheduling.0 {
                        line.scheduling = (entry.revision, entry.policy);
                    }
                }
            }
            QueueEvent::Entered { deployment, yields } => {
                let reason = self.deployments.get(deployment).map(|life| life.reason);
                let is_redeploy = reason == Some(DeploymentReason::RedeployTrigger);
                ensure!(*yields == is_redeploy, "D6: {deployment} yields: {yields}, for {reason:?}");
                ensure!(line.removed.is_none(), "Q12: {deployment} enters, and its stage was removed");
                if *yields {
                    line.yielding.insert(*deployment);
                }
                ensure!(!line.entered.contains(deployment), "I4: {deployment} enters twice");
                line.entered.push(*deployment);
                line.waiting.push(*deployment);
                line.beside.remove(deployment);
                line.is_not_scheduled(*deployment);
            }
            QueueEvent::DeploymentBegun { deployment } => line.begun.push(*deployment),
            QueueEvent::DeploymentStarted { deployment } => line.is_not_scheduled(*deployment),
            QueueEvent::StageRemoved { revision } => {
                q12_as_a_revision_says(id, Some(*revision), commit)?;
                line.removed = Some(*revision);
            }
            QueueEvent::StageBroughtBack {} => {
                ensure!(line.removed.take().is_some(), "Q12: {id:?} is brought back, and was there");
                q12_as_a_revision_says(id, None, commit)?;
            }
            QueueEvent::Withdrawn { deployment } => {
                let is_first = line.removed.is_some() && line.waiting.first() == Some(deployment);
                ensure!(is_first, "Q12: {deployment} is withdrawn from {id:?}");
                line.i4_leaves_once(*deployment)?;
            }
            QueueEvent::RollbackChosen { .. }
            | QueueEvent::RollbackDeclined { .. }
            | QueueEvent::TargetsObserved { .. } => {}
            QueueEvent::Paused { .. } => line.is_paused = true,
            QueueEvent::Resumed { .. } => line.is_paused = false,
            QueueEvent::MovedToFront { deployment, by, .. } => {
                ensure!(by == commit.actor, "Q9: {by} moved {deployment} in a commit of {}", commit.actor);
                ensure!(line.waiting.contains(deployment), "Q9: {deployment} is moved, and does not wait");
                line.waiting.retain(|waiting| waiting != deployment);
                line.waiting.insert(0, *deployment);
            }
            QueueEvent::SteppedBack { deployment } => {
                line.holders.retain(|holder| holder != deployment);
                line.waiting.retain(|waiting| waiting != deployment);
                line.entered.retain(|entered| entered != deployment);
                line.beside.insert(*deployment);
            }
            QueueEvent::SlotFreed { deployment } => {
                ensure!(line.holders.contains(deployment), "Q2: {deployment} frees what it does not hold");
                line.holders.retain(|holder| holder != deployment);
                line.beside.insert(*deployment);
            }
            QueueEvent::Declined { deployment, because } => {
                let is_so = line.removed.is_some() && *because == Declined::StageRemoved;
                ensure!(is_so, "Q10: {deployment} was turned away, since {because:?}");
                line.beside.remove(deployment);
                line.is_not_scheduled(*deployment);
                ensure!(line.left.insert(*deployment), "I4: {deployment} leaves twice");
            }
            QueueEvent::SlotGranted { deployment } => {
                ensure!(line.removed.is_none(), "Q12: {deployment} gets a slot of a stage that was removed");
                i1_a_slot_is_granted_only_where_one_is_free(line, *deployment)?;
                i2_first_in_first_granted(line, *deployment)?;
                line.waiting.retain(|waiting| waiting != deployment);
                line.holders.push(*deployment);
            }
            QueueEvent::Superseded { deployment, by } => {
                i3_superseded_by_the_newest(line, *deployment, *by, commit)?;
                line.i4_leaves_once(*deployment)?;
            }
            QueueEvent::Left { deployment, .. } => line.i4_leaves_once(*deployment)?,
        }
        Ok(())
    }

    /// I3: under *latest*, at most one waits, unless there is pending work; and of those for one occurrence as many (Q11).
    pub(super) fn i3_only_the_newest_waits(&self) -> Verdict {
        for (id, line) in &self.lines {
            // What is pending was left by a commit that superseded as many as it may.
            let may_be_pending = line.entered.len() > limits::FAN_OUT;
            ensure!(
                !is_only_latest(line.policy) || line.waiting.len() <= 1 || may_be_pending,
                "I3: {:?} wait for stage {}",
                line.waiting,
                id.stage
            );
            for (occurrence, waiting) in &line.scheduled {
                ensure!(
                    !is_only_latest(q11_policy(line)) || waiting.len() <= 1,
                    "Q11: {waiting:?} are scheduled for {occurrence:?}"
                );
            }
        }
        Ok(())
    }

    /// I4: at the commit's end, whoever holds a slot is not over, and whoever waits is queued; and the state says the same.
    pub(super) fn i4_slots_and_places_are_of_deployments_that_go_on(&self, world: &World) -> Verdict {
        for (id, queue) in world.queues() {
            let empty = Line::default();
            let line = self.lines.get(&id).unwrap_or(&empty);
            let mut holders = line.holders.clone();
            holders.sort_unstable();
            ensure!(queue.holders().map(|it| it.0).eq(holders), "I4: the holders of {id:?} are {queue:?}");
            ensure!(queue.waiting().map(|it| it.0).eq(line.waiting.iter().copied()), "I4: {queue:?}");
            ensure!(queue.paused().is_some() == line.is_paused, "Q9: {queue:?}");
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
            for id in &line.beside {
                let goes_on = phase(id).is_some_and(|it| !matches!(it, Phase::Over { .. }));
                ensure!(goes_on, "P6: the queue knows {id}, which is {:?}", phase(id));
            }
        }
        for release in world.releases() {
            for deployment in release.going_on() {
                let id = deployment.id;
                let queue = self.deployments.get(&id).map(|life| life.queue);
                let line = queue.and_then(|queue| self.lines.get(&queue));
                let line = line.ok_or_else(|| format!("I4: {id} goes on without a queue"))?;
                // Of a pipeline that is being deleted nothing begins, also not what was just granted its groups (P6).
                let is_deleting =
                    || queue.is_some_and(|it| seen::status(&world.live, it.pipeline).is_deleting());
                let is_known = match (&deployment.phase, deployment.span) {
                    (Phase::Queued { .. }, _) => line.waiting.contains(&id),
                    (Phase::Scheduled { .. }, _) => line.beside.contains(&id),
                    (_, SlotSpan::ApprovalsAndJobs) => line.holders.contains(&id),
                    (Phase::Checking { .. } | Phase::Deferred { .. }, SlotSpan::JobsOnly) => {
                        line.beside.contains(&id) || is_deleting() && line.holders.contains(&id)
                    }
                    (_, SlotSpan::JobsOnly) => line.holders.contains(&id),
                };
                ensure!(is_known, "I4: {id} is {:?}, and not so in its queue", deployment.phase);
            }
        }
        Ok(())
    }

    /// I5: the same commit grants what can be granted.
    pub(super) fn i5_no_free_slot_while_somebody_waits(&self, world: &World) -> Verdict {
        for (id, line) in &self.lines {
            let is_pending = world.queue_of(*id).is_some_and(cutover::StageQueue::has_pending_work);
            let is_there = line.removed.is_none();
            let could = is_there && line.has_room() && !line.waiting.is_empty() && !line.is_paused;
            // What is pending is more than one commit could hold, or what a revision leaves to further ones.
            ensure!(!could || is_pending, "I5: stage {} has room, and {:?} wait", id.stage, line.waiting);
            ensure!(
                !is_pending || !is_there || line.entered.len() > limits::FAN_OUT,
                "I5: {} entered stage {}, and it has pending work",
                line.entered.len(),
                id.stage
            );
        }
        Ok(())
    }

    /// I17: of those that succeeded, the one whose jobs ended last; of several at one moment, the one that began last (D8).
    pub(super) fn i17_the_current_release_ended_last(&self, world: &World) -> Verdict {
        for (queue_id, queue) in world.queues() {
            for (found, also_partially) in [(queue.current(), true), (queue.last_good(), false)] {
                let good = self.ended_last(queue_id, also_partially);
                ensure!(
                    found == good,
                    "I17: current or last good of {queue_id:?} is {found:?}, not {good:?}"
                );
            }
        }
        Ok(())
    }

    /// Of those that succeeded, and were not for new targets only (D6), the one whose jobs ended last.
    pub(super) fn ended_last(&self, queue: QueueId, also_partially: bool) -> Option<DeploymentId> {
        let begun = self.lines.get(&queue).map_or(&[][..], |line| &line.begun);
        let lives = self.deployments.iter().filter(|(_, life)| life.queue == queue && !life.is_for_some);
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
        ended.max().map(|(_, _, id)| id)
    }
}

/// Q12: the revision is in the same commit, and removes the stage or brings it back.
fn q12_as_a_revision_says(id: QueueId, by: Option<u32>, commit: &Commit<'_>) -> Verdict {
    let is_so = commit.recorded.events.iter().any(|(subject, event, _)| match event {
        Event::Pipeline(PipelineEvent::Revised { revision, removed, brought_back, .. }) => {
            let stages = if by.is_some() { removed } else { brought_back };
            *subject == Subject::Pipeline(id.pipeline)
                && stages.contains(&id.stage)
                && by.is_none_or(|by| by == *revision)
        }
        _ => false,
    });
    ensure!(is_so, "Q12: {id:?} is removed or brought back ({by:?}), and no revision says so");
    Ok(())
}

/// Q11: the policy of the newest revision that was scheduled or has entered.
fn q11_policy(line: &Line) -> QueuingPolicy {
    if line.revision >= line.scheduling.0 { line.policy } else { line.scheduling.1 }
}

/// I1: a slot is granted only while fewer hold one than the limit in force allows; and none while the queue is paused (Q9).
fn i1_a_slot_is_granted_only_where_one_is_free(line: &Line, granted: DeploymentId) -> Verdict {
    let (holders, policy) = (&line.holders, &line.policy);
    ensure!(line.has_room(), "I1: {granted} gets a slot, {holders:?} hold one under {policy:?}");
    ensure!(!line.is_paused, "Q9: {granted} gets a slot of a queue that is paused");
    Ok(())
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
    let of_occurrence = line.scheduled.values().find(|waiting| waiting.contains(&superseded));
    let (waiting, newest, policy) = match of_occurrence {
        Some(waiting) => (waiting, waiting.last().copied(), q11_policy(line)),
        None => (&line.waiting, line.newest(), line.policy),
    };
    ensure!(waiting.contains(&superseded), "I3: {superseded} is superseded, and does not wait");
    ensure!(superseded != by && newest == Some(by), "I3: {by} supersedes, and is not the newest");
    ensure!(is_only_latest(policy), "I3: {superseded} is superseded under {policy:?}");
    let says_so = has_event(commit.recorded, |event| {
        matches!(event, DeploymentEvent::Over {
            deployment,
            end: End::Canceled(CancelReason::Superseded { by: named }),
            ..
        } if *deployment == superseded && *named == by.release)
    });
    ensure!(says_so, "I3: {superseded} is superseded, and not cancelled in the same commit");
    Ok(())
}
