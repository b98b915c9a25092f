//! The approvals on one side of a deployment's jobs: who is asked, and what their answers make of it (AP).

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::life::{Passage, go_on};
use super::{Answer, Deployment, DeploymentEvent, Rejection, Standing};
use crate::approval::{self, Ineligible, Next, Vote, capacity_of};
use crate::flow::Impossible;
use crate::release::{Deciding, ReleaseRefusal};
use crate::{ApprovalId, Approvals, DeploymentId, Digest, Moment, Timestamp, UserId, limits};

/// Asks whom the policy asks now, and says whether enough have approved.
pub(super) fn pass(
    deciding: &mut Deciding<'_>,
    id: DeploymentId,
    moment: Moment,
) -> Result<Passage, ReleaseRefusal> {
    let policy = &deciding.stage(id.stage)?.checks(moment).approvals;
    let round = deciding.deployment(id)?.round_of(moment);
    loop {
        match approval::next(policy, &votes(deciding.deployment(id)?, moment)) {
            Next::Ask(steps) => {
                for step in steps {
                    ask(deciding, ApprovalId { deployment: id, moment, round, step }, policy)?;
                }
            }
            Next::Wait => return Ok(Passage::Waits),
            Next::Passed => {
                skip_the_rest(deciding, id, moment, policy)?;
                return Ok(Passage::Open);
            }
            Next::Rejected => return Ok(Passage::Closed(rejection(deciding.deployment(id)?, moment)?)),
        }
    }
}

fn votes(deployment: &Deployment, moment: Moment) -> BTreeMap<u32, Vote> {
    let of_this_round = deployment.approvals.iter().filter(|(id, _)| is_asked_now(deployment, **id, moment));
    of_this_round.filter_map(|(id, approval)| Some((id.step, approval.standing.vote()?))).collect()
}

/// Whether the approval is of this side, and was not asked before the deployment's checks started again (R7).
pub(crate) fn is_asked_now(deployment: &Deployment, id: ApprovalId, moment: Moment) -> bool {
    (id.moment, id.round) == (moment, deployment.round_of(moment))
}

/// AP1, AP5: an automatic step approves itself; any other is open from now until its time is over.
fn ask(deciding: &mut Deciding<'_>, id: ApprovalId, policy: &Approvals) -> Result<(), Impossible> {
    if approval::is_automatic(policy, id.step) {
        return deciding.record(DeploymentEvent::ApprovalPassedAutomatically { approval: id });
    }
    let step =
        policy.steps.get(id.step as usize).ok_or(Impossible("an approval of a step that does not exist"))?;
    let approver = step.approver.clone();
    let minutes = if policy.timeout_minutes == 0 {
        limits::APPROVAL_DEFAULT_TIMEOUT_MINUTES
    } else {
        policy.timeout_minutes
    };
    let due = after_minutes(deciding.now(), minutes);
    deciding.record(DeploymentEvent::ApprovalAsked { approval: id, approver, due })
}

/// The moment that is so many minutes later; the last one there is, if that is beyond it.
pub(super) fn after_minutes(from: Timestamp, minutes: u32) -> Timestamp {
    from.checked_add_signed(TimeDelta::minutes(i64::from(minutes))).unwrap_or(Timestamp::MAX_UTC)
}

/// AP2: enough have approved, the others needn't any more.
fn skip_the_rest(
    deciding: &mut Deciding<'_>,
    id: DeploymentId,
    moment: Moment,
    policy: &Approvals,
) -> Result<(), ReleaseRefusal> {
    let round = deciding.deployment(id)?.round_of(moment);
    for (step, _) in (0_u32..).zip(&policy.steps) {
        let approval = ApprovalId { deployment: id, moment, round, step };
        let standing = deciding.deployment(id)?.approvals.get(&approval).map(|approval| &approval.standing);
        if matches!(standing, None | Some(Standing::Open { .. })) {
            deciding.record(DeploymentEvent::ApprovalSkipped { approval })?;
        }
    }
    Ok(())
}

/// AP4, D3: one rejection is enough, or one answer that did not come in time.
fn rejection(deployment: &Deployment, moment: Moment) -> Result<Rejection, Impossible> {
    let no = deployment.approvals.iter().find_map(|(approval, given)| match given.standing {
        Standing::TimedOut { .. } if is_asked_now(deployment, *approval, moment) => {
            Some(Rejection::ApprovalTimedOut(*approval))
        }
        Standing::Answered { answer: Answer::Reject, .. } if is_asked_now(deployment, *approval, moment) => {
            Some(Rejection::ApprovalRejected(*approval))
        }
        Standing::Open { .. }
        | Standing::Answered { .. }
        | Standing::Automatic { .. }
        | Standing::TimedOut { .. }
        | Standing::Skipped { .. }
        | Standing::Canceled { .. } => None,
    });
    no.ok_or(Impossible("a rejection that nobody gave"))
}

/// Closes what is still open: nobody needs to answer any more.
pub(super) fn cancel_open(deciding: &mut Deciding<'_>, id: DeploymentId) -> Result<(), ReleaseRefusal> {
    let open: Vec<ApprovalId> =
        deciding.deployment(id)?.open_approvals().map(|(approval, ..)| approval).collect();
    for approval in open {
        deciding.record(DeploymentEvent::ApprovalCanceled { approval })?;
    }
    Ok(())
}

/// Somebody answers (AP3, AP4, AP6, AP11, AP12). The same answer of the same person once more is already so.
pub(crate) fn answer(
    deciding: &mut Deciding<'_>,
    id: ApprovalId,
    answer: Answer,
    comment: &str,
) -> Result<(), ReleaseRefusal> {
    let deployment = deciding.deployment(id.deployment)?;
    let approval = deployment.approvals.get(&id).ok_or(ReleaseRefusal::UnknownApproval { approval: id })?;
    let (Some(approver), Standing::Open { .. }) = (&approval.approver, &approval.standing) else {
        let is_already_so = matches!(&approval.standing, Standing::Answered { answer: given, by, .. }
            if (given, by) == (&answer, &deciding.context.actor));
        let standing = Box::new(approval.standing.clone());
        return if is_already_so {
            Ok(())
        } else {
            Err(ReleaseRefusal::ApprovalNotOpen { approval: id, standing })
        };
    };
    let policy = &deciding.stage(id.deployment.stage)?.checks(id.moment).approvals;
    let requesters = match answer {
        Answer::Approve if !policy.requester_may_approve => requesters(deciding, deployment),
        Answer::Approve | Answer::Reject => Vec::new(),
    };
    let actor = &deciding.context.actor;
    let capacity =
        capacity_of(approver, deciding.context, &requesters).map_err(|ineligible| match ineligible {
            Ineligible::NotAnApprover => ReleaseRefusal::NotAnApprover { actor: actor.clone(), approval: id },
            Ineligible::Requester => {
                ReleaseRefusal::RequesterMayNotApprove { actor: actor.clone(), approval: id }
            }
        })?;
    let event = DeploymentEvent::ApprovalAnswered {
        approval: id,
        answer,
        by: actor.clone(),
        capacity,
        comment: comment.to_owned(),
        of: what_is_approved(deciding, id)?,
    };
    deciding.record(event)?;
    go_on(deciding, id.deployment)
}

/// AP6: who created the release, for whom, and who started this deployment.
fn requesters<'a>(deciding: &'a Deciding<'_>, deployment: &'a Deployment) -> Vec<&'a UserId> {
    let about = deciding.release().about();
    let of_release =
        about.into_iter().flat_map(|about| [about.creator.as_user(), about.requested_for.as_ref()]);
    of_release.chain([deployment.requested_by.as_user()]).flatten().collect()
}

/// AP11: the digest of what the answer is about.
fn what_is_approved(deciding: &Deciding<'_>, id: ApprovalId) -> Result<Digest, ReleaseRefusal> {
    let about = deciding.about()?;
    Digest::of_json(&(about.snapshot, id.deployment.stage, &about.artifacts, &about.variables))
        .map_err(|_| Impossible("a release that can't be written").into())
}
