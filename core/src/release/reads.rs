//! What deciding a command of a release reads beside the release: which facts it may rest on.

use super::ReleaseCommand;
use crate::StageId;

/// Whether a deployment may be triggered or begin its jobs by it: then it rests on whether its pipeline is active (P6).
pub(super) const fn may_start_something(command: &ReleaseCommand) -> bool {
    match command {
        ReleaseCommand::Create { .. }
        | ReleaseCommand::Start
        | ReleaseCommand::Deploy(_)
        | ReleaseCommand::DeployUpTo { .. }
        | ReleaseCommand::Answer { .. }
        | ReleaseCommand::ApproveForLater { .. }
        | ReleaseCommand::StartDeferred { .. }
        | ReleaseCommand::AnswerIntervention { .. }
        | ReleaseCommand::ReportTask { .. }
        | ReleaseCommand::SampleGates { .. }
        | ReleaseCommand::Settle(_)
        | ReleaseCommand::Reach(_)
        | ReleaseCommand::ReviseStage(_)
        | ReleaseCommand::OverrideFreezes { .. }
        | ReleaseCommand::LookAtFreezes(_)
        | ReleaseCommand::GrantSlot(_)
        | ReleaseCommand::Redeploy(_)
        | ReleaseCommand::RedeployTo { .. }
        | ReleaseCommand::GrantLocks(_)
        | ReleaseCommand::CancelSinceDeleted(_) => true,
        ReleaseCommand::EditDraft(_)
        | ReleaseCommand::Edit(_)
        | ReleaseCommand::Reassign { .. }
        | ReleaseCommand::KeepForever { .. }
        | ReleaseCommand::LetGo { .. }
        | ReleaseCommand::Cancel { .. }
        | ReleaseCommand::IgnoreGate { .. }
        | ReleaseCommand::CatchUpGates { .. }
        | ReleaseCommand::Abandon { .. }
        | ReleaseCommand::Delete { .. }
        | ReleaseCommand::Restore
        | ReleaseCommand::Reactivate
        | ReleaseCommand::ClaimTask { .. }
        | ReleaseCommand::ReattachTask { .. }
        | ReleaseCommand::GrantAgent { .. }
        | ReleaseCommand::Supersede { .. }
        | ReleaseCommand::TurnAway { .. } => false,
    }
}

/// The stage in which a job, or a slice of one, may begin by the command: it is decided by their pools, then (J11). A deployment that is
/// triggered does not begin before its queue has granted it a slot.
pub(super) const fn stage_that_may_go_on(command: &ReleaseCommand) -> Option<StageId> {
    match command {
        ReleaseCommand::Deploy(request) => Some(request.stage),
        ReleaseCommand::Cancel { stage, .. } => Some(*stage),
        ReleaseCommand::ReviseStage(edit) => Some(edit.stage),
        ReleaseCommand::Answer { approval, .. } | ReleaseCommand::ApproveForLater { approval, .. } => {
            Some(approval.deployment.stage)
        }
        ReleaseCommand::ReportTask { task, .. } | ReleaseCommand::AnswerIntervention { task, .. } => {
            Some(task.deployment().stage)
        }
        ReleaseCommand::Reach(deadline) => Some(deadline.deployment().stage),
        ReleaseCommand::StartDeferred { deployment, .. }
        | ReleaseCommand::SampleGates { deployment, .. }
        | ReleaseCommand::OverrideFreezes { deployment, .. }
        | ReleaseCommand::Settle(deployment)
        | ReleaseCommand::LookAtFreezes(deployment)
        | ReleaseCommand::GrantSlot(deployment)
        | ReleaseCommand::GrantLocks(deployment)
        | ReleaseCommand::CancelSinceDeleted(deployment) => Some(deployment.stage),
        ReleaseCommand::Create { .. }
        | ReleaseCommand::EditDraft(_)
        | ReleaseCommand::Edit(_)
        | ReleaseCommand::Start
        | ReleaseCommand::DeployUpTo { .. }
        | ReleaseCommand::Reassign { .. }
        | ReleaseCommand::KeepForever { .. }
        | ReleaseCommand::LetGo { .. }
        | ReleaseCommand::IgnoreGate { .. }
        | ReleaseCommand::CatchUpGates { .. }
        | ReleaseCommand::Abandon { .. }
        | ReleaseCommand::Delete { .. }
        | ReleaseCommand::Restore
        | ReleaseCommand::Reactivate
        | ReleaseCommand::ClaimTask { .. }
        | ReleaseCommand::ReattachTask { .. }
        | ReleaseCommand::GrantAgent { .. }
        | ReleaseCommand::Supersede { .. }
        | ReleaseCommand::Redeploy(_)
        | ReleaseCommand::RedeployTo { .. }
        | ReleaseCommand::TurnAway { .. } => None,
    }
}

/// Whether it is for approvers, and so for those who may act on their behalf (AP12). Where the permissions are not read, nobody may.
pub(super) const fn is_for_approvers(command: &ReleaseCommand) -> bool {
    matches!(
        command,
        ReleaseCommand::Answer { .. }
            | ReleaseCommand::ApproveForLater { .. }
            | ReleaseCommand::Reassign { .. }
            | ReleaseCommand::StartDeferred { .. }
    )
}

/// Whether the first job of a deployment may follow from the command in this release: it is decided by the freezes, then (F1). A
/// deployment that is triggered does not begin before its queue has granted it a slot.
pub(super) const fn may_begin_jobs(command: &ReleaseCommand) -> bool {
    match command {
        ReleaseCommand::Deploy(_)
        | ReleaseCommand::Answer { .. }
        | ReleaseCommand::ApproveForLater { .. }
        | ReleaseCommand::StartDeferred { .. }
        | ReleaseCommand::SampleGates { .. }
        | ReleaseCommand::Reach(_)
        | ReleaseCommand::ReviseStage(_)
        | ReleaseCommand::LookAtFreezes(_)
        | ReleaseCommand::GrantSlot(_)
        | ReleaseCommand::GrantLocks(_) => true,
        ReleaseCommand::Create { .. }
        | ReleaseCommand::EditDraft(_)
        | ReleaseCommand::Edit(_)
        | ReleaseCommand::KeepForever { .. }
        | ReleaseCommand::LetGo { .. }
        | ReleaseCommand::CancelSinceDeleted(_)
        | ReleaseCommand::Reassign { .. }
        | ReleaseCommand::IgnoreGate { .. }
        | ReleaseCommand::CatchUpGates { .. }
        | ReleaseCommand::Start
        | ReleaseCommand::DeployUpTo { .. }
        | ReleaseCommand::Cancel { .. }
        | ReleaseCommand::Abandon { .. }
        | ReleaseCommand::Delete { .. }
        | ReleaseCommand::Restore
        | ReleaseCommand::Reactivate
        | ReleaseCommand::ClaimTask { .. }
        | ReleaseCommand::ReattachTask { .. }
        | ReleaseCommand::AnswerIntervention { .. }
        | ReleaseCommand::ReportTask { .. }
        | ReleaseCommand::Settle(_)
        | ReleaseCommand::OverrideFreezes { .. }
        | ReleaseCommand::GrantAgent { .. }
        | ReleaseCommand::Supersede { .. }
        | ReleaseCommand::Redeploy(_)
        | ReleaseCommand::RedeployTo { .. }
        | ReleaseCommand::TurnAway { .. } => false,
    }
}
