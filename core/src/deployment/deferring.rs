//! Beginning later than approved (AP10).

use super::approving::{barred, is_asked_now, management_of};
use super::{Deployment, Phase, Standing, life};
use crate::approval::capacity_of;
use crate::release::{Deciding, ReleaseRefusal};
use crate::{ApprovalId, Approvals, Approver, DeploymentId, Moment, Timestamp};

/// A moment is given with an approval before the jobs, and not with one that has passed.
pub(super) fn expect_deferrable(
    deciding: &Deciding<'_>,
    approval: ApprovalId,
    until: Timestamp,
) -> Result<(), ReleaseRefusal> {
    let now = deciding.now();
    match approval.moment {
        Moment::After => Err(ReleaseRefusal::NotDeferrable { approval }),
        Moment::Before if until < now => Err(ReleaseRefusal::MomentHasPassed { until, now }),
        Moment::Before => Ok(()),
    }
}

/// The moment that a deployment, approved as it is now, still has to wait for.
pub(super) fn still_deferred_until(deployment: &Deployment, now: Timestamp) -> Option<Timestamp> {
    match deployment.brought_forward_at {
        Some(_) => None,
        None => deployment.deferred_until().filter(|until| *until > now),
    }
}

/// An approver of a deferred deployment starts it at once. One that was started so is already so.
pub(crate) fn start_deferred(
    deciding: &mut Deciding<'_>,
    id: DeploymentId,
    comment: &str,
) -> Result<(), ReleaseRefusal> {
    let deployment = deciding.deployment(id)?;
    match (&deployment.phase, deployment.brought_forward_at) {
        (Phase::Deferred { .. }, _) => {}
        (_, Some(_)) => return Ok(()),
        (_, None) => return Err(ReleaseRefusal::NotDeferred { deployment: id }),
    }
    let policy = &deciding.stage(id.stage)?.before.approvals;
    if !is_approver(deciding, deployment, policy) {
        let actor = deciding.context.actor.clone();
        return Err(ReleaseRefusal::NotAnApproverOfDeployment { actor, deployment: id });
    }
    life::bring_forward(deciding, id, comment)
}

/// Whether the actor approved it, or is asked for any of its approvals before the jobs; and where the requester may not approve, they
/// are none (AP6).
fn is_approver(deciding: &Deciding<'_>, deployment: &Deployment, policy: &Approvals) -> bool {
    let barred = barred(policy, deciding.release(), deployment);
    let barred: Vec<_> = barred.iter().collect();
    let management = management_of(deciding, deployment.id.stage);
    let may = |approver: &Approver| capacity_of(approver, deciding.context, management, &barred).is_ok();
    let actor = &deciding.context.actor;
    let has_answered = deployment.approvals.iter().any(|(id, approval)| {
        is_asked_now(deployment, *id, Moment::Before)
            && matches!(&approval.standing, Standing::Answered { by, .. } if by == actor)
    });
    has_answered || approvers(deployment, policy).any(may)
}

/// Who is asked for each step before the jobs, as it was handed on.
pub(crate) fn approvers<'a>(
    deployment: &'a Deployment,
    policy: &'a Approvals,
) -> impl Iterator<Item = &'a Approver> {
    (0_u32..).zip(&policy.steps).map(|(step, planned)| {
        let moment = Moment::Before;
        let id = ApprovalId { deployment: deployment.id, moment, round: deployment.round_of(moment), step };
        let asked = deployment.approvals.get(&id).and_then(|approval| approval.approver.as_ref());
        asked.unwrap_or(&planned.approver)
    })
}
