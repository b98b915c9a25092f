//! Which deployment an event is about.

use super::DeploymentEvent;
use crate::DeploymentId;

impl DeploymentEvent {
    /// The deployment that it is about.
    pub const fn deployment(&self) -> DeploymentId {
        match self {
            Self::Triggered(trigger) => trigger.deployment,
            Self::MomentCame { deployment, .. }
            | Self::BroughtForward { deployment, .. }
            | Self::SnapshotTaken { deployment, .. }
            | Self::ChecksRestarted { deployment, .. }
            | Self::JobsKept { deployment, .. }
            | Self::Deferred { deployment, .. }
            | Self::SlotAsked { deployment, .. }
            | Self::SlotGranted { deployment }
            | Self::LocksAsked { deployment, .. }
            | Self::LocksGranted { deployment }
            | Self::Frozen { deployment, .. }
            | Self::Thawed { deployment }
            | Self::FreezesOverridden { deployment, .. }
            | Self::GatesBegun { deployment, .. }
            | Self::GatesSampled { deployment, .. }
            | Self::GatesPassed { deployment, .. }
            | Self::GatesTimedOut { deployment, .. }
            | Self::GateIgnored { deployment, .. }
            | Self::Begun { deployment, .. }
            | Self::JobsEnded { deployment, .. }
            | Self::CancelAsked { deployment, .. }
            | Self::Over { deployment, .. } => *deployment,
            Self::ApprovalAsked { approval, .. }
            | Self::ApprovalPassedAutomatically { approval }
            | Self::ApprovalApprovedBefore { approval, .. }
            | Self::ApprovalReassigned { approval, .. }
            | Self::ApprovalAnswered { approval, .. }
            | Self::ApprovalDeferred { approval, .. }
            | Self::ApprovalTimedOut { approval }
            | Self::ApprovalSkipped { approval }
            | Self::ApprovalCanceled { approval } => approval.deployment,
            Self::JobBegan { job, .. }
            | Self::JobCouldNotBegin { job, .. }
            | Self::JobSkipped { job, .. }
            | Self::JobTimedOut { job }
            | Self::JobEnded { job, .. }
            | Self::AgentAsked { job, .. }
            | Self::SliceSkipped { job, .. } => job.deployment,
            Self::AgentGranted { slice, .. }
            | Self::SliceBegan { slice, .. }
            | Self::SliceTimedOut { slice }
            | Self::SliceEnded { slice, .. } => slice.deployment(),
            Self::TaskClaimed { task, .. }
            | Self::TaskReattached { task, .. }
            | Self::TaskSkipped { task, .. }
            | Self::InterventionAsked { task, .. }
            | Self::InterventionAnswered { task, .. }
            | Self::TaskDelayed { task, .. }
            | Self::TaskStopAsked { task, .. }
            | Self::TaskEnded { task, .. }
            | Self::TaskRetryPlanned { task, .. }
            | Self::TaskRetryDue { task }
            | Self::TaskRetryDropped { task } => task.deployment(),
        }
    }
}
