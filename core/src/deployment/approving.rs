//! The approvals on one side of a deployment's jobs: who is asked, and what their answers make of it (AP).

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use super::approved_before::approved_before;
use super::deferring::expect_deferrable;
use super::life::{Passage, go_on};
use super::{Answer, Approval, Deployment, DeploymentEvent, Rejection, Standing};
use crate::approval::{self, Capacity, Ineligible, Management, Next, Vote, capacity_of};
use crate::flow::Impossible;
use crate::permission::Permission;
use crate::release::{Deciding, ReleaseRefusal};
use crate::{
    Actor, ApprovalId, Approvals, Approver, Context, DeploymentId, Digest, GroupId, Identity, Moment,
    PipelineDefinition, Release, StageId, Timestamp, UserId, later, limits,
};

/// Asks whom the policy asks now, and says whether enough have approved.
pub(super) fn pass(
    deciding: &mut Deciding<'_>,
    id: DeploymentId,
    moment: Moment,
) -> Result<Passage, ReleaseRefusal> {
    let policy = &deciding.stage(id.stage)?.checks(moment).approvals;
    let round = deciding.deployment(id)?.round_of(moment);
    let before = approved_before(deciding, id, moment)?;
    let automatic = (0_u32..).zip(&policy.steps).filter(|(_, step)| step.approver == Approver::Automatic);
    let settled: BTreeSet<u32> = automatic.map(|(step, _)| step).chain(before.keys().copied()).collect();
    loop {
        match approval::next(policy, &votes(deciding.deployment(id)?, moment), &settled) {
            Next::Ask(steps) => {
                for step in steps {
                    let rests_on = before.get(&step).map(Vec::as_slice).unwrap_or_default();
                    ask(deciding, ApprovalId { deployment: id, moment, round, step }, policy, rests_on)?;
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

/// AP1, AP5, AP7: an automatic step approves itself, and one whose approver approved before needs nobody; any other is open from now
/// until its time is over.
fn ask(
    deciding: &mut Deciding<'_>,
    id: ApprovalId,
    policy: &Approvals,
    rests_on: &[ApprovalId],
) -> Result<(), Impossible> {
    let step =
        policy.steps.get(id.step as usize).ok_or(Impossible("an approval of a step that does not exist"))?;
    let approver = step.approver.clone();
    if approver == Approver::Automatic {
        return deciding.record(DeploymentEvent::ApprovalPassedAutomatically { approval: id });
    }
    if !rests_on.is_empty() {
        let rests_on = rests_on.to_vec();
        return deciding.record(DeploymentEvent::ApprovalApprovedBefore { approval: id, approver, rests_on });
    }
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
    later(from, TimeDelta::minutes(i64::from(minutes)))
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
        | Standing::ApprovedBefore { .. }
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

/// What somebody says to an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Given<'a> {
    pub(crate) answer: Answer,
    /// The moment before which the jobs are not to begin (AP10).
    pub(crate) until: Option<Timestamp>,
    pub(crate) comment: &'a str,
}

/// Somebody answers (AP3, AP4, AP6, AP8, AP10, AP11, AP12). The same answer of the same person once more is already so.
pub(crate) fn answer(
    deciding: &mut Deciding<'_>,
    id: ApprovalId,
    given: Given<'_>,
) -> Result<(), ReleaseRefusal> {
    let Given { answer, until, comment } = given;
    let deployment = deciding.deployment(id.deployment)?;
    let actor = &deciding.context.actor;
    let Some((approver, _)) = find_open(deployment, id)? else {
        let is_already_so = deployment.approvals.get(&id).is_some_and(|approval| {
            approval.deferred_until == until
                && matches!(&approval.standing, Standing::Answered { answer: given, by, .. }
                    if (given, by) == (&answer, actor))
        });
        return if is_already_so { Ok(()) } else { Err(standing_refused(deployment, id)) };
    };
    let policy = &deciding.stage(id.deployment.stage)?.checks(id.moment).approvals;
    let barred = match answer {
        Answer::Approve => barred(policy, deciding.release(), deployment),
        Answer::Reject => BTreeSet::new(),
    };
    let capacity = capacity_for(deciding, id, approver, &barred.iter().collect::<Vec<_>>())?;
    if let Some(until) = until {
        expect_deferrable(deciding, id, until)?;
    }
    // Last, so that nobody shows who they are for an answer that is refused anyway.
    if policy.revalidate_identity && deciding.context.identity != Identity::ConfirmedAnew {
        return Err(ReleaseRefusal::IdentityNotConfirmed { actor: actor.clone(), approval: id });
    }
    let event = DeploymentEvent::ApprovalAnswered {
        approval: id,
        answer,
        by: actor.clone(),
        capacity,
        comment: comment.to_owned(),
        groups: groups_asked_anywhere(deciding.definition, &deciding.context.groups),
        of: what_is_approved(deciding, id.deployment)?,
    };
    deciding.record(event)?;
    if let Some(until) = until {
        deciding.record(DeploymentEvent::ApprovalDeferred { approval: id, until })?;
    }
    go_on(deciding, id.deployment)
}

/// The approval with who is asked, if it is open.
pub(super) fn find_open(
    deployment: &Deployment,
    id: ApprovalId,
) -> Result<Option<(&Approver, &Approval)>, ReleaseRefusal> {
    let approval = deployment.approvals.get(&id).ok_or(ReleaseRefusal::UnknownApproval { approval: id })?;
    match (&approval.approver, &approval.standing) {
        (Some(approver), Standing::Open { .. }) => Ok(Some((approver, approval))),
        (_, _) => Ok(None),
    }
}

/// The refusal of what takes an open approval.
pub(super) fn standing_refused(deployment: &Deployment, id: ApprovalId) -> ReleaseRefusal {
    match deployment.approvals.get(&id) {
        None => ReleaseRefusal::UnknownApproval { approval: id },
        Some(approval) => {
            ReleaseRefusal::ApprovalNotOpen { approval: id, standing: Box::new(approval.standing.clone()) }
        }
    }
}

/// As what the actor may answer the approval, or hand it on, if they are none of `requesters` (AP12).
pub(super) fn capacity_for(
    deciding: &Deciding<'_>,
    id: ApprovalId,
    approver: &Approver,
    requesters: &[&UserId],
) -> Result<Capacity, ReleaseRefusal> {
    let management = management_of(deciding, id.deployment.stage);
    capacity_of(approver, deciding.context, management, requesters).map_err(|ineligible| {
        let actor = deciding.context.actor.clone();
        match ineligible {
            Ineligible::NotAnApprover => ReleaseRefusal::NotAnApprover { actor, approval: id },
            Ineligible::Requester => ReleaseRefusal::RequesterMayNotApprove { actor, approval: id },
        }
    })
}

/// AP12: whether the actor manages the approvals of this stage. Only a grant gives that: where there are none, approvals are for those
/// who are asked.
pub(super) fn management_of(deciding: &Deciding<'_>, stage: StageId) -> Management {
    let Context { actor, groups, .. } = deciding.context;
    let granted = deciding.facts.permissions().filter(|permissions| !permissions.is_empty());
    match (granted, deciding.site_of(stage)) {
        (Some(permissions), Ok(site))
            if permissions.allow(actor, groups, Permission::ManageReleaseApprovers, &site) =>
        {
            Management::Permitted
        }
        (Some(_) | None, _) => Management::Denied,
    }
}

/// AP6: where the requester may not approve, who created the release, for whom, and who started this deployment: who had it scheduled and
/// who brought it forward, both.
pub(crate) fn barred(policy: &Approvals, release: &Release, deployment: &Deployment) -> BTreeSet<UserId> {
    if policy.requester_may_approve {
        return BTreeSet::new();
    }
    let about = release.about().into_iter();
    let of_release = about.flat_map(|about| [about.creator.as_user(), about.requested_for.as_ref()]);
    let of_deployment = deployment.scheduled_by.iter().chain([&deployment.requested_by]).map(Actor::as_user);
    of_release.chain(of_deployment).flatten().cloned().collect()
}

/// AP7: of all groups that somebody is a member of, those that the pipeline asks anywhere; no others are recorded of a person.
fn groups_asked_anywhere(
    definition: &PipelineDefinition,
    memberships: &BTreeSet<GroupId>,
) -> BTreeSet<GroupId> {
    let sides = definition.stages.iter().flat_map(|stage| [&stage.before, &stage.after]);
    let steps = sides.flat_map(|side| &side.approvals.steps);
    let groups = steps.filter_map(|step| match &step.approver {
        Approver::Group(group) if memberships.contains(group) => Some(group.clone()),
        Approver::Group(_) | Approver::User(_) | Approver::Automatic => None,
    });
    groups.collect()
}

/// AP11: the digest of what the answer is about.
fn what_is_approved(deciding: &Deciding<'_>, id: DeploymentId) -> Result<Digest, ReleaseRefusal> {
    let (about, given) = (deciding.about()?, &deciding.deployment(id)?.variables);
    Digest::of_json(&(about.snapshot, id.stage, &about.artifacts, &about.variables, given))
        .map_err(|_| Impossible("a release that can't be written").into())
}
