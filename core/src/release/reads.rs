//! What deciding a command of a release reads beside the release: which facts it may rest on.

use super::ReleaseCommand;
use crate::StageId;

/// What may follow in the release from a command, and what it is therefore decided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Follows {
    /// Nothing begins.
    Nothing,
    /// Stages may be triggered: it is decided by whether its pipeline is active (P6). A deployment that is triggered does not begin before
    /// its queue has granted it a slot.
    Triggers,
    /// A job of this stage, or a slice of one, may begin: it is decided by the pools of its agents (J11).
    Slices(StageId),
    /// The same, and followers may be triggered by what comes after the jobs.
    SlicesAndTriggers(StageId),
    /// The same, and it may be the first job: it is decided by the freezes, too (F1).
    All(StageId),
}

impl Follows {
    pub(super) const fn from(command: &ReleaseCommand) -> Self {
        match command {
            ReleaseCommand::Deploy(request) => Self::All(request.stage),
            ReleaseCommand::ReviseStage(edit) => Self::All(edit.stage),
            ReleaseCommand::Answer { approval, .. } | ReleaseCommand::ApproveForLater { approval, .. } => {
                Self::All(approval.deployment.stage)
            }
            ReleaseCommand::Reach(deadline) => Self::All(deadline.deployment().stage),
            ReleaseCommand::StartDeferred { deployment, .. }
            | ReleaseCommand::SampleGates { deployment, .. }
            | ReleaseCommand::LookAtFreezes(deployment)
            | ReleaseCommand::GrantSlot(deployment)
            | ReleaseCommand::GrantLocks(deployment) => Self::All(deployment.stage),
            ReleaseCommand::ReportTask { task, .. } | ReleaseCommand::AnswerIntervention { task, .. } => {
                Self::SlicesAndTriggers(task.deployment().stage)
            }
            ReleaseCommand::Settle(deployment)
            | ReleaseCommand::OverrideFreezes { deployment, .. }
            | ReleaseCommand::CancelSinceDeleted(deployment) => Self::SlicesAndTriggers(deployment.stage),
            ReleaseCommand::Cancel { stage, .. } => Self::Slices(*stage),
            ReleaseCommand::Create { .. }
            | ReleaseCommand::Start
            | ReleaseCommand::DeployUpTo { .. }
            | ReleaseCommand::Redeploy(_)
            | ReleaseCommand::RedeployTo { .. } => Self::Triggers,
            ReleaseCommand::EditDraft(_)
            | ReleaseCommand::Edit(_)
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
            | ReleaseCommand::TurnAway { .. } => Self::Nothing,
        }
    }

    /// Whether a deployment may be triggered or begin its jobs: then it rests on whether its pipeline is active (P6).
    pub(super) const fn may_start_something(self) -> bool {
        match self {
            Self::Triggers | Self::SlicesAndTriggers(_) | Self::All(_) => true,
            Self::Nothing | Self::Slices(_) => false,
        }
    }

    /// The stage in which a job, or a slice of one, may begin: it is decided by their pools, then (J11).
    pub(super) const fn stage_that_may_go_on(self) -> Option<StageId> {
        match self {
            Self::Slices(stage) | Self::SlicesAndTriggers(stage) | Self::All(stage) => Some(stage),
            Self::Nothing | Self::Triggers => None,
        }
    }

    /// Whether the first job of a deployment may follow in this release: it is decided by the freezes, then (F1).
    pub(super) const fn may_begin_jobs(self) -> bool {
        matches!(self, Self::All(_))
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
