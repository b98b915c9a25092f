//! Approvals: who was asked, who answered, whether enough have approved, and what was put off (I10, I11, AP2, AP7, AP10).

use std::collections::{BTreeMap, BTreeSet};

use cutover::deployment::{Answer, DeploymentEvent, DeploymentReason};
use cutover::{
    Actor, ApprovalId, Approver, Event, Moment, ReleaseEvent, Required, Stage, StageTrigger, Timestamp,
    UserId,
};

use super::{Commit, Frozen, Ledger, Life, Verdict, stage_of};
use crate::people;
use crate::world::{Recorded, World};

/// What the approvers of a deployment were asked, and what they said.
#[derive(Default)]
pub(super) struct Answered {
    asked: BTreeMap<ApprovalId, Approver>,
    approved: BTreeSet<ApprovalId>,
    /// Who said yes to what.
    answers: BTreeMap<ApprovalId, UserId>,
    handed_on: BTreeSet<ApprovalId>,
    /// The latest moment that was given with an approval, and whether an approver started it all the same (AP10).
    until: Option<Timestamp>,
    brought_forward: bool,
}

impl Answered {
    /// R7: what was asked before the jobs is asked anew.
    pub(super) fn restart(&mut self) {
        self.approved.clear();
        (self.until, self.brought_forward) = (None, false);
    }

    /// Whether an approver wants the jobs to begin later.
    pub(super) fn is_put_off(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| until > now) && !self.brought_forward
    }

    /// As many have approved on this side as the frozen policy asks for.
    pub(super) fn have_enough_approved(&self, stage: &Stage, moment: Moment) -> Verdict {
        let policy = &stage.checks(moment).approvals;
        let approved = self.approved.iter().filter(|approval| approval.moment == moment).count();
        let needed = match policy.required {
            Required::All => policy.steps.len(),
            Required::AtLeast(count) => policy.steps.len().min(count.get() as usize),
        };
        ensure!(approved >= needed, "I10: {approved} of {needed} have approved, and it goes on");
        Ok(())
    }
}

impl Life {
    /// What is recorded of approvals, and of moments that approvers gave.
    pub(super) fn of_approval(
        &mut self,
        event: &DeploymentEvent,
        commit: &Commit<'_>,
        stage: &Stage,
        frozen: &Frozen,
    ) -> Verdict {
        let answered = &mut self.answered;
        match event {
            DeploymentEvent::ApprovalAsked { approval, approver, .. } => {
                answered.asked.insert(*approval, approver.clone());
            }
            DeploymentEvent::ApprovalPassedAutomatically { approval }
            | DeploymentEvent::ApprovalApprovedBefore { approval, .. } => {
                answered.approved.insert(*approval);
            }
            DeploymentEvent::ApprovalAnswered { approval, answer, by, .. } => {
                ensure!(by == commit.actor, "I11: {by} answered in a commit of {}", commit.actor);
                i11_answered_by_somebody_who_may(self, frozen, stage, *approval, *answer, by)?;
                if let (Answer::Approve, Actor::User(user)) = (answer, by) {
                    self.answered.approved.insert(*approval);
                    self.answered.answers.insert(*approval, user.clone());
                }
            }
            DeploymentEvent::ApprovalReassigned { approval, from, to, by, .. } => {
                ensure!(by == commit.actor, "I11: {by} handed {approval} on in a commit of {}", commit.actor);
                let asked = answered.asked.get(approval);
                ensure!(asked == Some(from), "I11: {approval} asks {asked:?}, not {from:?}");
                ensure!(is_asked(from, by), "I11: {by} handed {approval} on, which asks {from:?}");
                answered.asked.insert(*approval, Approver::User(to.clone()));
                answered.handed_on.insert(*approval);
            }
            DeploymentEvent::ApprovalDeferred { approval, until } => {
                let is_given = answered.answers.contains_key(approval);
                ensure!(is_given, "I10: {approval} defers, and nobody gave it");
                ensure!(*until >= commit.now, "AP10: {approval} defers to the past");
                answered.until = answered.until.max(Some(*until));
            }
            DeploymentEvent::Deferred { deployment: id, until } => {
                let known = answered.until;
                ensure!(known == Some(*until), "AP10: {id} waits until {until}, not {known:?}");
            }
            DeploymentEvent::BroughtForward { deployment: id, by, .. } => {
                ensure!(by == commit.actor, "AP10: {by} started {id} in a commit of {}", commit.actor);
                let asks = |step: &cutover::ApprovalStep| is_asked(&step.approver, by);
                let is_approver = stage.before.approvals.steps.iter().any(asks)
                    || answered.asked.values().any(|approver| is_asked(approver, by));
                ensure!(is_approver, "AP10: {by} started {id} before its moment, and is no approver of it");
                answered.brought_forward = true;
            }
            _ => {}
        }
        Ok(())
    }
}

impl Ledger {
    /// I11, AP7: one answer of each stage before, in its latest attempt, of whom the step asks, and who may approve here.
    pub(super) fn i11_rests_on_answers_of_the_same_person(
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
        let reason = self.deployments[&id].reason;
        let is_automatic = matches!(reason, DeploymentReason::Automated | DeploymentReason::Scheduled);
        ensure!(is_meant && is_automatic, "AP7: {approval} is skipped, for the reason {reason:?}");
        let step = policy.steps.get(approval.step as usize).map(|step| &step.approver);
        ensure!(step == Some(approver), "AP7: {approval} asks for {step:?}, not {approver:?}");
        let StageTrigger::AfterStages(earlier) = &stage.trigger else {
            return Err(format!("AP7: {approval} is skipped, and comes after no stage"));
        };
        let frozen = &self.releases[&id.release];
        for condition in earlier {
            let latest = self.latest_as_a_whole(id.release, condition.stage);
            let (latest, life) = latest.ok_or("AP7: an earlier stage without a deployment")?;
            let answer = rests_on.iter().find(|answer| answer.deployment == latest);
            let by = answer.and_then(|answer| life.answered.answers.get(answer));
            let by = by.ok_or(format!("AP7: {approval} rests on no answer of {latest}"))?;
            ensure!(is_asked(approver, &Actor::User(by.clone())), "AP7: {approval} rests on {by}");
            let is_requester =
                frozen.creator == Actor::User(by.clone()) || frozen.requested_for.as_ref() == Some(by);
            ensure!(policy.requester_may_approve || !is_requester, "I11: {approval} rests on {by}");
        }
        Ok(())
    }
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
    let asked = life.answered.asked.get(&approval);
    let is_meant = asked.is_some_and(|asked| is_asked(asked, by));
    ensure!(is_meant, "I11: {by} answered {approval}, which asks {asked:?}");
    let step = stage.checks(approval.moment).approvals.steps.get(approval.step as usize);
    ensure!(
        life.answered.handed_on.contains(&approval) || step.map(|step| &step.approver) == asked,
        "I11: {approval} asks for another than the snapshot does"
    );
    if answer == Answer::Approve && !stage.checks(approval.moment).approvals.requester_may_approve {
        let is_requester =
            frozen.creator == *by || life.by.contains(by) || frozen.requested_for.as_ref() == Some(user);
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

/// AP2: no step is asked for and skipped in one commit.
pub(super) fn ap2_nobody_is_asked_for_what_is_enough(recorded: &Recorded) -> Verdict {
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
