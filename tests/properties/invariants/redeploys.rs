//! Deploying again: what failed only (D5), in the place of what was rejected, and to new targets (D6).

use cutover::deployment::{DeploymentEvent, DeploymentReason, End, JobRun, Rejection, SkipReason, Trigger};
use cutover::store::Cause;
use cutover::{DeploymentId, Event, Join, QueueEvent, QueueId, Redeploy, Release, RollbackDeclined, Subject};

use super::{Commit, Ledger, Verdict, stage_of};
use crate::seen;
use crate::world::{Recorded, World};

impl Ledger {
    /// D6: what a queue says of deploying something again.
    pub(super) fn of_redeploy(
        &mut self,
        id: QueueId,
        event: &QueueEvent,
        commit: &Commit<'_>,
        world: &World,
    ) -> Verdict {
        let goes_on =
            |ledger: &Self| ledger.lines.get(&id).is_some_and(super::queues::Line::is_held_or_waited_for);
        match event {
            QueueEvent::RollbackChosen { rejected, good } => {
                self.d6_once_for_each_rejection(*rejected, commit, world)?;
                let found = self.ended_last(id, false);
                ensure!(found == Some(*good), "D6: {good} is deployed again, and {found:?} was good last");
                ensure!(!goes_on(self), "D6: {good} is deployed again, and another goes on");
            }
            QueueEvent::RollbackDeclined { rejected, because } => {
                self.d6_once_for_each_rejection(*rejected, commit, world)?;
                let is_true = match because {
                    RollbackDeclined::NothingSucceeded => self.ended_last(id, false).is_none(),
                    RollbackDeclined::AnotherGoesOn => goes_on(self),
                    RollbackDeclined::NewerBegun => {
                        let begun = self.lines.get(&id).and_then(super::queues::Line::begun_last);
                        begun.is_some_and(|begun| begun != *rejected)
                    }
                };
                ensure!(is_true, "D6: nothing in the place of {rejected}, because of {because:?}");
            }
            QueueEvent::TargetsObserved { group, joined, current, targets } => {
                ensure!(!goes_on(self), "D6: targets are observed, and another goes on");
                let found = self.ended_last(id, true);
                ensure!(found == Some(*current), "D6: {current} is deployed further, {found:?} is current");
                let redeploy = stage_of(*current, world)?.redeploy;
                ensure!(redeploy == Some(Redeploy::NewTargets), "D6: {current} is for no new targets");
                let observed = self.joins.get(current).copied().unwrap_or_default();
                let known = seen::targets(&world.live, group);
                ensure!(known.newest() == *joined && observed < *joined, "D6: {joined} after {observed}");
                let new = known.iter().filter(|(_, it)| it.joined.is_some_and(|at| at > observed));
                let mut new: Vec<_> = new.map(|(target, _)| target).collect();
                new.sort_unstable();
                ensure!(targets.iter().eq(new.iter().copied()), "D6: {targets:?} are new, not {new:?}");
                self.joins.insert(*current, *joined);
            }
            QueueEvent::Left { deployment, joins, .. } => {
                let of_group = joins.values().next().copied();
                of_group.map(|joined| self.joins.insert(*deployment, joined));
            }
            _ => {}
        }
        Ok(())
    }

    /// D6: for one that was rejected in this commit, at most once, and never for a redeploy.
    fn d6_once_for_each_rejection(
        &mut self,
        rejected: DeploymentId,
        commit: &Commit<'_>,
        world: &World,
    ) -> Verdict {
        let is_now = super::has_event(commit.recorded, |event| {
            matches!(event, DeploymentEvent::Over { deployment, end: End::Rejected(_), .. }
                if *deployment == rejected)
        });
        ensure!(is_now, "D6: {rejected} was not rejected in this commit");
        let life = self.deployments.get_mut(&rejected).ok_or("D6: nothing was rejected")?;
        ensure!(life.reason != DeploymentReason::RedeployTrigger, "D6: {rejected} was a redeploy");
        ensure!(!std::mem::replace(&mut life.was_replaced, true), "D6: {rejected} is replaced twice");
        let redeploy = stage_of(rejected, world)?.redeploy;
        ensure!(redeploy == Some(Redeploy::LastGood), "D6: the stage of {rejected} does not roll back");
        Ok(())
    }

    /// D6: whatever is rejected where the stage rolls back is replaced, or it is said why it is not.
    pub(super) fn d6_each_rejection_is_answered(
        &self,
        id: DeploymentId,
        end: &End,
        recorded: &Recorded,
        world: &World,
    ) -> Verdict {
        let rolls_back = stage_of(id, world)?.redeploy == Some(Redeploy::LastGood)
            && self.deployments[&id].reason != DeploymentReason::RedeployTrigger
            && matches!(end, End::Rejected(_));
        let is_answered = recorded.events.iter().any(|(_, event, _)| {
            matches!(event, Event::Queue(
                QueueEvent::RollbackChosen { rejected, .. } | QueueEvent::RollbackDeclined { rejected, .. }
            ) if *rejected == id)
        });
        ensure!(rolls_back == is_answered, "D6: {id} ended as {end:?}, and rolls back: {is_answered}");
        Ok(())
    }
}

/// D6: an automatic redeploy follows from what its queue said before it in the same commit, and is for those targets.
pub(super) fn d6_follows_from_its_queue(trigger: &Trigger, before: &[(Subject, Event, Cause)]) -> Verdict {
    let id = trigger.deployment;
    let is_of = |deployment: &DeploymentId| (deployment.release, deployment.stage) == (id.release, id.stage);
    let follows = before.iter().any(|(_, event, _)| match event {
        Event::Queue(QueueEvent::RollbackChosen { good, .. }) => is_of(good) && trigger.only.is_none(),
        Event::Queue(QueueEvent::TargetsObserved { current, joined, targets, .. }) => {
            let only = trigger.only.as_ref();
            is_of(current) && only.is_some_and(|it| it.joined == *joined && it.targets == *targets)
        }
        _ => false,
    });
    ensure!(follows, "D6: {id} is deployed again, and no queue said so");
    ensure!(trigger.until.is_none(), "D6: {id} is deployed again, and waits for a moment");
    Ok(())
}

/// D5: what is not repeated had succeeded, where the jobs of the attempt before it failed.
pub(super) fn d5_only_what_succeeded_is_left_out(trigger: &Trigger, release: &Release) -> Verdict {
    let id = trigger.deployment;
    let of_attempt = |attempt: std::num::NonZeroU32| release.deployment(DeploymentId { attempt, ..id });
    for left_out in &trigger.succeeded_before {
        let before = std::num::NonZeroU32::new(id.attempt.get() - 1).and_then(of_attempt);
        let end = before.and_then(|before| match &before.phase {
            cutover::deployment::Phase::Over { end, .. } => Some(end),
            _ => None,
        });
        let has_failed = matches!(end, Some(End::Rejected(Rejection::JobsFailed)));
        ensure!(has_failed, "D5: {id} repeats what failed, and its stage stands at {end:?}");
        let run = of_attempt(left_out.attempt).and_then(|it| it.jobs.get(left_out.job as usize));
        let result = run.and_then(JobRun::result);
        let has_succeeded = result == Some(cutover::deployment::JobResult::Succeeded);
        ensure!(has_succeeded, "D5: {id} leaves out a job that came to {result:?}");
    }
    Ok(())
}

/// D5: a job is passed over for having succeeded only where its deployment was triggered so.
pub(super) fn d5_left_out_as_it_was_said(
    id: DeploymentId,
    event: &DeploymentEvent,
    world: &World,
) -> Verdict {
    let DeploymentEvent::JobSkipped { job, because: SkipReason::SucceededInAttempt(attempt), .. } = event
    else {
        return Ok(());
    };
    let deployment = world.release(id.release.0).and_then(|release| release.deployment(id));
    let said = deployment.and_then(|deployment| deployment.succeeded_before.get(&job.job));
    ensure!(said == Some(attempt), "D5: {job} succeeded in {attempt}, it was said {said:?}");
    Ok(())
}

/// How far those that joined are deployed to, by what is current.
pub(super) type Joins = std::collections::BTreeMap<DeploymentId, Join>;
