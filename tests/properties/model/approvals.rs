//! Who is asked, who may answer, and when enough have (AP).

use super::{
    Approval, Asked, Came, Deployment, End, Minutes, Model, No, Phase, Standing, THIRTY_DAYS, Thing, Why,
};
use crate::people;
use crate::plan::{Asking, Trigger, Who};

/// A deployment: release, stage, attempt.
pub(super) type Which = (u64, u32, u32);

/// An answer within its release: stage, attempt, whether after the jobs, and step.
pub type AnswerPlace = (u32, u32, bool, u32);

impl Deployment {
    fn standing(&self, after: bool, step: u32) -> Option<&Standing> {
        self.approvals
            .iter()
            .find(|known| (known.after, known.step) == (after, step))
            .map(|known| &known.standing)
    }

    pub(super) fn approval_mut(&mut self, after: bool, step: u32) -> Option<&mut Approval> {
        self.approvals.iter_mut().find(|known| (known.after, known.step) == (after, step))
    }

    /// What is known already keeps whom it asks; else it asks `who`, if anybody.
    fn stand(&mut self, after: bool, step: u32, who: Option<Who>, standing: Standing) {
        if let Some(known) = self.approval_mut(after, step) {
            known.standing = standing;
            return;
        }
        let asked = who.and_then(Who::asked);
        let (handed_on_by, until) = (Vec::new(), None);
        self.approvals.push(Approval { after, step, asked, handed_on_by, until, standing });
        self.approvals.sort_by_key(|known| (known.after, known.step));
    }

    fn close_open(&mut self, standing: &Standing) {
        for approval in &mut self.approvals {
            if matches!(approval.standing, Standing::Open { .. }) {
                approval.standing = standing.clone();
            }
        }
    }
}

impl Who {
    pub(super) fn asked(self) -> Option<Asked> {
        match self {
            Self::User(place) => Some(Asked::User(people::USERS[place].to_owned())),
            Self::Group(place) => Some(Asked::Group(people::GROUPS[place].0.to_owned())),
            Self::Automatic => None,
        }
    }
}

impl Asked {
    /// AP3, AP12: the user, or any member of the group.
    pub fn is(&self, name: &str) -> bool {
        match self {
            Self::User(user) => user == name,
            Self::Group(group) => {
                people::GROUPS.iter().any(|(id, members)| id == group && members.contains(&name))
            }
        }
    }
}

impl Model {
    pub(super) fn deployment_of(&self, (number, stage, attempt): Which) -> Result<&Deployment, No> {
        self.state_of(number)?;
        let release = self.release(number).expect("it exists");
        release.deployment(stage, attempt).ok_or(No("there is no such deployment"))
    }

    pub(super) fn deployment_mut(&mut self, (number, stage, attempt): Which) -> &mut Deployment {
        let release = self.release_mut(number);
        let found = release.deployments.iter_mut().find(|it| (it.stage, it.attempt) == (stage, attempt));
        found.expect("it was found before")
    }

    /// D1: it holds a slot; the approvals before the jobs come first, unless they have passed already (Q2).
    pub(super) fn d1_granted(&mut self, which: Which) {
        self.write(Thing::Release(which.0));
        if self.stage_of(which).jobs_only {
            return self.begin_jobs(which);
        }
        self.deployment_mut(which).phase = Phase::ApprovingBefore;
        self.ap2_go_on(which);
    }

    /// AP2, AP4: asks whoever is to be asked now, and goes on when enough have approved or one has rejected.
    pub(super) fn ap2_go_on(&mut self, which: Which) {
        let after = match self.deployment_mut(which).phase {
            Phase::ApprovingBefore => false,
            Phase::ApprovingAfter => true,
            _ => return,
        };
        let planned = self.stage_of(which);
        let before = if after { Vec::new() } else { self.ap7_approved_before(which) };
        let asking = if after { planned.after } else { planned.before };
        let (now, deployment) = (self.now, self.deployment_mut(which));
        // Each round asks at least one more, or is the last.
        for _ in 0..=asking.steps.len() {
            if let Some(end) = ap4_rejection(deployment, after) {
                deployment.close_open(&Standing::Canceled);
                return self.over(which, end);
            }
            if ap2_have_enough_approved(&asking, deployment, after) {
                for (step, _) in (0..).zip(&asking.steps) {
                    if matches!(deployment.standing(after, step), None | Some(Standing::Open { .. })) {
                        deployment.stand(after, step, None, Standing::Skipped);
                    }
                }
                return if after { self.conclude(which) } else { self.ap10_prepare(which) };
            }
            ap2_ask(&asking, deployment, after, now, &before);
        }
    }

    /// I10: the last condition after the jobs has passed.
    fn conclude(&mut self, which: Which) {
        let came = self.deployment_mut(which).ended.expect("its jobs have ended").1;
        let end = if came == Came::PartiallySucceeded { End::PartiallySucceeded } else { End::Succeeded };
        self.over(which, end);
    }

    /// D1: nothing more happens to it; its slot is free, and what comes after it may start.
    pub(super) fn over(&mut self, which: Which, end: End) {
        let (number, stage, attempt) = which;
        let is_success = matches!(end, End::Succeeded | End::PartiallySucceeded);
        self.write(Thing::Release(number));
        self.deployment_mut(which).phase = Phase::Over(end);
        if self.stage_of(which).jobs_only {
            // P6: the queue knows of it even where it neither waits nor holds a slot.
            self.write(Thing::Queue(stage));
        }
        self.q6_leave(stage, (number, attempt));
        if is_success {
            self.s2_completed(number, stage);
        }
    }

    /// AP7: for each step whose approver approved every stage before, in its latest attempt: those answers.
    fn ap7_approved_before(&self, which: Which) -> Vec<(u32, Vec<AnswerPlace>)> {
        let planned = self.stage_of(which);
        let deployment = self.deployment_of(which).expect("it is approved");
        let release = self.release(which.0).expect("it exists");
        let Trigger::After(earlier) = &planned.trigger else { return Vec::new() };
        if deployment.by_hand || !planned.before.skips {
            return Vec::new();
        }
        let mut found = Vec::new();
        for (step, (who, _)) in (0..).zip(&planned.before.steps) {
            let mut answers = Vec::new();
            for (stage, _) in earlier {
                let Some(latest) = release.latest(*stage) else { continue };
                let answer = latest.approvals.iter().find(|known| match &known.standing {
                    Standing::Approved(by) => {
                        who.asked().is_some_and(|asked| asked.is(by))
                            && (planned.before.requester_may || !self.ap6_has_asked(which, by))
                    }
                    _ => false,
                });
                answers.extend(answer.map(|known| (*stage, latest.attempt, known.after, known.step)));
            }
            if answers.len() == earlier.len() {
                found.push((step, answers));
            }
        }
        found
    }

    /// AP6: whether they asked for the release or the deployment.
    pub(super) fn ap6_has_asked(&self, which: Which, name: &str) -> bool {
        let release = self.release(which.0).expect("it exists");
        let deployment = self.deployment_of(which).expect("it exists");
        release.creator == name || release.requested_for.as_deref() == Some(name) || deployment.by == name
    }

    /// AP9: who is asked hands what is open on to somebody who is not asked at the same time.
    pub(super) fn ap9_hand_on(
        &mut self,
        which: Which,
        (after, step): (bool, u32),
        to: &str,
        by: &str,
    ) -> Result<(), No> {
        let deployment = self.deployment_of(which)?;
        let standing = deployment.standing(after, step).ok_or(No("nobody is asked"))?;
        if !matches!(standing, Standing::Open { .. }) {
            return Err(No("it is not open"));
        }
        let asked_for = |other: u32| {
            let known = deployment.approvals.iter().find(|known| (known.after, known.step) == (after, other));
            known.and_then(|known| known.asked.clone())
        };
        let asked = asked_for(step).expect("somebody is asked for what is open");
        if !asked.is(by) {
            return Err(No("AP12: not an approver"));
        }
        let new = Asked::User(to.to_owned());
        if asked == new {
            return Ok(());
        }
        let planned = self.stage_of(which);
        let asking = if after { planned.after } else { planned.before };
        let rank = |step: u32| if asking.in_sequence { asking.steps[step as usize].1 } else { 0 };
        let mut others = (0..asking.steps.len() as u32).filter(|other| *other != step);
        if others.any(|other| rank(other) == rank(step) && asked_for(other) == Some(new.clone())) {
            return Err(No("AP9: asked twice at once"));
        }
        self.write(Thing::Release(which.0));
        let known = self.deployment_mut(which).approval_mut(after, step).expect("it is open");
        known.handed_on_by.push(asked);
        known.asked = Some(new);
        Ok(())
    }

    /// AP3, AP4, AP6, AP10, AP12: an answer by somebody.
    pub(super) fn ap_answer(
        &mut self,
        which: Which,
        (after, step): (bool, u32),
        (yes, until): (bool, Option<Minutes>),
        by: &str,
    ) -> Result<(), No> {
        let deployment = self.deployment_of(which)?;
        let is_known = |known: &&Approval| (known.after, known.step) == (after, step);
        let known = deployment.approvals.iter().find(is_known).ok_or(No("nobody is asked"))?;
        match &known.standing {
            Standing::Open { .. } => {}
            Standing::Approved(given) if yes && given == by && known.until == until => return Ok(()),
            Standing::Rejected(given) if !yes && given == by => return Ok(()),
            _ => return Err(No("it is not open")),
        }
        let planned = self.stage_of(which);
        let asking = if after { planned.after } else { planned.before };
        if !known.asked.as_ref().is_some_and(|asked| asked.is(by)) {
            return Err(No("AP12: not an approver"));
        }
        if yes && !asking.requester_may && self.ap6_has_asked(which, by) {
            return Err(No("AP6: the requester"));
        }
        if until.is_some_and(|until| after || until < self.now) {
            return Err(No("AP10: after the jobs, or in the past"));
        }
        let answer = if yes { Standing::Approved(by.to_owned()) } else { Standing::Rejected(by.to_owned()) };
        self.write(Thing::Release(which.0));
        let known = self.deployment_mut(which).approval_mut(after, step).expect("it is open");
        (known.standing, known.until) = (answer, until);
        self.ap2_go_on(which);
        Ok(())
    }

    /// AP5: too late.
    pub(super) fn ap5_timed_out(&mut self, which: Which, after: bool, step: u32) {
        self.write(Thing::Release(which.0));
        self.deployment_mut(which).stand(after, step, None, Standing::TimedOut);
        self.ap2_go_on(which);
    }

    /// D4: what goes on in a stage is cancelled; nothing that goes on is refused.
    pub(super) fn d4_cancel_stage(&mut self, number: u64, stage: u32, by: &str) -> Result<(), No> {
        self.state_of(number)?;
        let release = self.release(number).expect("it exists");
        self.frozen(release).stage(stage).ok_or(No("there is no such stage"))?;
        let latest = release.latest(stage).filter(|latest| !latest.is_over());
        let attempt = latest.ok_or(No("D4: nothing to cancel"))?.attempt;
        self.d4_cancel((number, stage, attempt), Why::Asked(by.to_owned()));
        Ok(())
    }

    /// D4: at once where no job runs, otherwise when what runs has ended.
    pub(super) fn d4_cancel(&mut self, which: Which, why: Why) {
        let deployment = self.deployment_mut(which);
        match deployment.phase {
            Phase::Over(_) | Phase::Cancelling(_) => {}
            Phase::Queued | Phase::ApprovingBefore | Phase::Deferred { .. } | Phase::ApprovingAfter => {
                deployment.close_open(&Standing::Canceled);
                self.over(which, End::Canceled(why));
            }
            Phase::Running => {
                deployment.phase = Phase::Cancelling(why);
                self.write(Thing::Release(which.0));
                self.d4_stop_jobs(which);
            }
        }
    }
}

/// AP4, AP5: one that rejected, or did not answer in time.
fn ap4_rejection(deployment: &Deployment, after: bool) -> Option<End> {
    deployment.approvals.iter().filter(|known| known.after == after).find_map(|known| match known.standing {
        Standing::Rejected(_) => Some(End::ApprovalRejected(after, known.step)),
        Standing::TimedOut => Some(End::ApprovalTimedOut(after, known.step)),
        _ => None,
    })
}

fn has_approved(deployment: &Deployment, after: bool, step: u32) -> bool {
    matches!(
        deployment.standing(after, step),
        Some(Standing::Approved(_) | Standing::ApprovedBefore(_) | Standing::Automatic)
    )
}

/// AP2: all of them, or as many as are required.
fn ap2_have_enough_approved(asking: &Asking, deployment: &Deployment, after: bool) -> bool {
    let approved =
        (0..).zip(&asking.steps).filter(|(step, _)| has_approved(deployment, after, *step)).count();
    let all = asking.steps.len();
    approved >= if asking.required == 0 { all } else { asking.required.min(all) }
}

/// AP1, AP2, AP7: the steps of the first rank that is not done; those that need nobody before anybody is asked.
fn ap2_ask(
    asking: &Asking,
    deployment: &mut Deployment,
    after: bool,
    now: Minutes,
    before: &[(u32, Vec<AnswerPlace>)],
) {
    let rank = |rank: u32| if asking.in_sequence { rank } else { 0 };
    let undone = || (0..).zip(&asking.steps).filter(|(step, _)| !has_approved(deployment, after, *step));
    let Some(first) = undone().map(|(_, (_, planned))| rank(*planned)).min() else { return };
    let of_rank: Vec<(u32, Who)> = undone()
        .filter(|(step, (_, planned))| rank(*planned) == first && deployment.standing(after, *step).is_none())
        .map(|(step, (who, _))| (step, *who))
        .collect();
    let mut is_anybody_needed = true;
    for (step, who) in &of_rank {
        if *who == Who::Automatic {
            deployment.stand(after, *step, None, Standing::Automatic);
            is_anybody_needed = false;
        } else if let Some((_, answers)) = before.iter().find(|(known, _)| known == step) {
            deployment.stand(after, *step, Some(*who), Standing::ApprovedBefore(answers.clone()));
            is_anybody_needed = false;
        }
    }
    if !is_anybody_needed {
        return;
    }
    let minutes = if asking.timeout_minutes == 0 { THIRTY_DAYS } else { asking.timeout_minutes.into() };
    for (step, who) in of_rank {
        deployment.stand(after, step, Some(who), Standing::Open { since: now, due: now + minutes });
    }
}
