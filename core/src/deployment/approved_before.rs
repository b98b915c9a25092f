//! Steps for which nobody needs to be asked, since their approver approved the stages before (AP7).

use std::collections::{BTreeMap, BTreeSet};

use super::approving::{barred, is_asked_now};
use super::{Answer, Deployment, DeploymentReason, Standing};
use crate::release::{Deciding, ReleaseRefusal};
use crate::{ApprovalId, Approver, DeploymentId, Moment, StageId, StageTrigger, UserId};

/// For each step whose approver answered yes in the attempt by which every stage stands that this one comes after: those answers. None for
/// a deployment that did not follow from these stages by itself, or where the policy does not say so.
///
/// An answer of somebody who may not approve this deployment (AP6) stands for nothing.
pub(super) fn approved_before(
    deciding: &Deciding<'_>,
    id: DeploymentId,
    moment: Moment,
) -> Result<BTreeMap<u32, Vec<ApprovalId>>, ReleaseRefusal> {
    let stage = deciding.stage(id.stage)?;
    let policy = &stage.checks(moment).approvals;
    let deployment = deciding.deployment(id)?;
    let follows_by_itself = match (moment, deployment.reason) {
        (Moment::Before, DeploymentReason::Automated | DeploymentReason::Scheduled) => true,
        (Moment::Before, DeploymentReason::Manual | DeploymentReason::RedeployTrigger)
        | (Moment::After, _) => false,
    };
    let earlier: Vec<StageId> = match &stage.trigger {
        StageTrigger::AfterStages(after) if follows_by_itself && policy.skip_if_approved_before => {
            after.iter().map(|condition| condition.stage).collect()
        }
        StageTrigger::AfterStages(_) | StageTrigger::AfterRelease | StageTrigger::Manual => Vec::new(),
    };
    let barred = barred(policy, deciding.release(), deployment);
    let mut found = BTreeMap::new();
    for (step, asked) in (0_u32..).zip(&policy.steps) {
        let answers = earlier.iter().map(|stage| {
            let latest = deciding.release().latest_as_a_whole(*stage)?;
            answer_of(&asked.approver, latest, &barred)
        });
        if let Some(answers) = answers.collect::<Option<Vec<_>>>()
            && !answers.is_empty()
        {
            found.insert(step, answers);
        }
    }
    Ok(found)
}

/// The first approval of the deployment that this user, or a member of this group, granted.
fn answer_of(approver: &Approver, deployment: &Deployment, barred: &BTreeSet<UserId>) -> Option<ApprovalId> {
    let of_this_round =
        deployment.approvals.iter().filter(|(id, _)| is_asked_now(deployment, **id, id.moment));
    let mut granted = of_this_round.filter_map(|(id, approval)| match &approval.standing {
        Standing::Answered { answer: Answer::Approve, by, groups, .. } => Some((*id, by.as_user()?, groups)),
        Standing::Answered { answer: Answer::Reject, .. }
        | Standing::Open { .. }
        | Standing::ApprovedBefore { .. }
        | Standing::Automatic { .. }
        | Standing::TimedOut { .. }
        | Standing::Skipped { .. }
        | Standing::Canceled { .. } => None,
    });
    let is_meant = |by: &UserId, groups: &BTreeSet<_>| match approver {
        Approver::User(user) => user == by,
        Approver::Group(group) => groups.contains(group),
        Approver::Automatic => false,
    };
    granted.find(|(_, by, groups)| is_meant(by, groups) && !barred.contains(by)).map(|(id, ..)| id)
}
