//! Who is asked, who may answer, and when enough have (AP).

use super::{Approval, Came, Deployment, End, Model, No, Phase, Standing, THIRTY_DAYS, Thing, Why};
use crate::people;
use crate::plan::{Asking, Who};

/// A deployment: release, stage, attempt.
pub(super) type Which = (u64, u32, u32);

impl Deployment {
    fn standing(&self, after: bool, step: u32) -> Option<&Standing> {
        self.approvals
            .iter()
            .find(|known| (known.after, known.step) == (after, step))
            .map(|known| &known.standing)
    }

    fn stand(&mut self, after: bool, step: u32, standing: Standing) {
        self.approvals.retain(|known| (known.after, known.step) != (after, step));
        self.approvals.push(Approval { after, step, standing });
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

    /// D1: it holds a slot; the approvals before the jobs come first.
    pub(super) fn d1_granted(&mut self, which: Which) {
        self.write(Thing::Release(which.0));
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
                        deployment.stand(after, step, Standing::Skipped);
                    }
                }
                return if after { self.conclude(which) } else { self.begin_jobs(which) };
            }
            ap2_ask(&asking, deployment, after, now);
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
        self.q6_leave(stage, (number, attempt));
        if is_success {
            self.s2_completed(number, stage);
        }
    }

    /// AP3, AP4, AP6, AP12: an answer by somebody.
    pub(super) fn ap_answer(
        &mut self,
        which: Which,
        (after, step): (bool, u32),
        yes: bool,
        by: &str,
    ) -> Result<(), No> {
        let deployment = self.deployment_of(which)?;
        match deployment.standing(after, step).ok_or(No("nobody is asked"))? {
            Standing::Open { .. } => {}
            Standing::Approved(given) if yes && given == by => return Ok(()),
            Standing::Rejected(given) if !yes && given == by => return Ok(()),
            _ => return Err(No("it is not open")),
        }
        let planned = self.stage_of(which);
        let asking = if after { planned.after } else { planned.before };
        let is_asked = match asking.steps[step as usize].0 {
            Who::User(place) => people::USERS[place] == by,
            Who::Group(place) => people::is_member(by, place),
            Who::Automatic => false,
        };
        if !is_asked {
            return Err(No("AP12: not an approver"));
        }
        let release = self.release(which.0).expect("it exists");
        let has_asked = [Some(&release.creator), release.requested_for.as_ref(), Some(&deployment.by)]
            .contains(&Some(&by.to_owned()));
        if yes && !asking.requester_may && has_asked {
            return Err(No("AP6: the requester"));
        }
        let answer = if yes { Standing::Approved(by.to_owned()) } else { Standing::Rejected(by.to_owned()) };
        self.write(Thing::Release(which.0));
        self.deployment_mut(which).stand(after, step, answer);
        self.ap2_go_on(which);
        Ok(())
    }

    /// AP5: too late.
    pub(super) fn ap5_timed_out(&mut self, which: Which, after: bool, step: u32) {
        self.write(Thing::Release(which.0));
        self.deployment_mut(which).stand(after, step, Standing::TimedOut);
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
            Phase::Queued | Phase::ApprovingBefore | Phase::ApprovingAfter => {
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
    matches!(deployment.standing(after, step), Some(Standing::Approved(_) | Standing::Automatic))
}

/// AP2: all of them, or as many as are required.
fn ap2_have_enough_approved(asking: &Asking, deployment: &Deployment, after: bool) -> bool {
    let approved =
        (0..).zip(&asking.steps).filter(|(step, _)| has_approved(deployment, after, *step)).count();
    let all = asking.steps.len();
    approved >= if asking.required == 0 { all } else { asking.required.min(all) }
}

/// AP1, AP2: the steps of the first rank that is not done; those that approve themselves before anybody is asked.
fn ap2_ask(asking: &Asking, deployment: &mut Deployment, after: bool, now: super::Minutes) {
    let rank = |rank: u32| if asking.in_sequence { rank } else { 0 };
    let undone = || (0..).zip(&asking.steps).filter(|(step, _)| !has_approved(deployment, after, *step));
    let Some(first) = undone().map(|(_, (_, planned))| rank(*planned)).min() else { return };
    let of_rank: Vec<(u32, Who)> = undone()
        .filter(|(step, (_, planned))| rank(*planned) == first && deployment.standing(after, *step).is_none())
        .map(|(step, (who, _))| (step, *who))
        .collect();
    let automatic: Vec<u32> =
        of_rank.iter().filter(|(_, who)| *who == Who::Automatic).map(|(step, _)| *step).collect();
    if !automatic.is_empty() {
        return automatic.into_iter().for_each(|step| deployment.stand(after, step, Standing::Automatic));
    }
    let minutes = if asking.timeout_minutes == 0 { THIRTY_DAYS } else { asking.timeout_minutes.into() };
    for (step, _) in of_rank {
        deployment.stand(after, step, Standing::Open { since: now, due: now + minutes });
    }
}
