//! Handing an open approval on to another user (AP9).

use super::approving::{capacity_for, find_open, standing_refused};
use super::{Deployment, DeploymentEvent};
use crate::release::{Deciding, ReleaseRefusal};
use crate::{ApprovalId, ApprovalOrder, Approvals, Approver, UserId, limits};

/// An approver, or who manages approvals, hands an open step on. To whom it is handed already, it is so. Who asked for the release may do
/// that too: it is how a step gets on that nobody else may answer (AP6 is asked when the new one answers).
pub(crate) fn reassign(
    deciding: &mut Deciding<'_>,
    id: ApprovalId,
    to: &UserId,
    comment: &str,
) -> Result<(), ReleaseRefusal> {
    let deployment = deciding.deployment(id.deployment)?;
    let Some((approver, approval)) = find_open(deployment, id)? else {
        return Err(standing_refused(deployment, id));
    };
    let from = approver.clone();
    let capacity = capacity_for(deciding, id, &from, &[])?;
    if from == Approver::User(to.clone()) {
        return Ok(());
    }
    if approval.reassigned.len() >= limits::REASSIGNMENTS {
        return Err(ReleaseRefusal::TooManyReassignments { approval: id, limit: limits::REASSIGNMENTS });
    }
    let policy = &deciding.stage(id.deployment.stage)?.checks(id.moment).approvals;
    if let Some(other) = asked_at_the_same_time(policy, deployment, id, to) {
        return Err(ReleaseRefusal::AlreadyAsked { user: to.clone(), approval: other });
    }
    let (to, by, comment) = (to.clone(), deciding.context.actor.clone(), comment.to_owned());
    let event = DeploymentEvent::ApprovalReassigned { approval: id, from, to, by, capacity, comment };
    Ok(deciding.record(event)?)
}

/// Another step that is asked together with this one and asks the user already: whoever is asked twice at once would count as two, as
/// where a pipeline is saved. What was asked before the approvals started again counts no more (R7).
fn asked_at_the_same_time(
    policy: &Approvals,
    deployment: &Deployment,
    id: ApprovalId,
    user: &UserId,
) -> Option<ApprovalId> {
    let rank = |step: u32| match policy.order {
        ApprovalOrder::AnyOrder => None,
        ApprovalOrder::InSequence => policy.steps.get(step as usize).map(|step| step.rank),
    };
    let asks_user =
        |approver: &Option<Approver>| matches!(approver, Some(Approver::User(asked)) if asked == user);
    let mut others = deployment.approvals.iter().filter(|(other, approval)| {
        **other != id
            && (other.moment, other.round) == (id.moment, id.round)
            && rank(other.step) == rank(id.step)
            && asks_user(&approval.approver)
    });
    others.next().map(|(other, _)| *other)
}
