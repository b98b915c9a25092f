//! What of a history can be replayed under another policy: it is known what becomes of it there.

use super::WhatIfError;
use crate::approval::Capacity;
use crate::deployment::{DeploymentEvent, DeploymentReason};
use crate::queue::QueueEvent;
use crate::release::ReleaseEvent;
use crate::{Event, PipelineStatusEvent};

/// Whether it is known what becomes of such a thing under another policy.
#[expect(clippy::too_many_lines, reason = "it is the list of what can be recorded, an arm each")]
pub(super) fn expect_replayable(event: &Event) -> Result<(), WhatIfError> {
    let what = match event {
        Event::Freezes(_) => "a freeze",
        Event::VariableGroup(_) => "a variable group",
        Event::Locks(_) => "a lock group",
        Event::Queue(
            QueueEvent::Paused { .. } | QueueEvent::Resumed { .. } | QueueEvent::MovedToFront { .. },
        ) => "a queue that was paused or put in another order",
        Event::Queue(
            QueueEvent::StageRemoved { .. } | QueueEvent::StageBroughtBack {} | QueueEvent::Withdrawn { .. },
        ) => "a stage that was removed",
        Event::Queue(
            QueueEvent::RollbackChosen { .. }
            | QueueEvent::RollbackDeclined { .. }
            | QueueEvent::TargetsObserved { .. },
        ) => "an automatic redeploy",
        Event::Release(ReleaseEvent::Deployment(DeploymentEvent::JobBegan { joined: Some(_), .. })) => {
            "a job on a deployment group"
        }
        Event::PipelineStatus(
            PipelineStatusEvent::DeletingBegun { .. }
            | PipelineStatusEvent::Deleted { .. }
            | PipelineStatusEvent::Restored { .. },
        ) => "the deleting of a pipeline",
        Event::Release(ReleaseEvent::Deployment(event)) => match event {
            DeploymentEvent::Frozen { .. }
            | DeploymentEvent::Thawed { .. }
            | DeploymentEvent::FreezesOverridden { .. } => "a freeze",
            DeploymentEvent::GatesBegun { .. }
            | DeploymentEvent::GatesSampled { .. }
            | DeploymentEvent::GatesPassed { .. }
            | DeploymentEvent::GatesTimedOut { .. }
            | DeploymentEvent::GateIgnored { .. } => "a gate",
            DeploymentEvent::InterventionAsked { .. }
            | DeploymentEvent::InterventionAnswered { .. }
            | DeploymentEvent::TaskDelayed { .. } => "an intervention or a delay",
            DeploymentEvent::LocksAsked { .. } | DeploymentEvent::LocksGranted { .. } => "a lock group",
            DeploymentEvent::AgentAsked { .. } | DeploymentEvent::AgentGranted { .. } => "an agent of a pool",
            DeploymentEvent::ApprovalAnswered { capacity: Capacity::OnBehalfOf(_), .. }
            | DeploymentEvent::ApprovalReassigned { capacity: Capacity::OnBehalfOf(_), .. } => {
                "an answer on behalf of an approver"
            }
            DeploymentEvent::TaskEnded { variables, .. } if !variables.is_empty() => {
                "a variable that a task set"
            }
            DeploymentEvent::Triggered(trigger)
                if trigger.until.is_some() && trigger.reason != DeploymentReason::Manual =>
            {
                "a stage's schedule"
            }
            DeploymentEvent::Triggered(_)
            | DeploymentEvent::MomentCame { .. }
            | DeploymentEvent::BroughtForward { .. }
            | DeploymentEvent::SnapshotTaken { .. }
            | DeploymentEvent::ChecksRestarted { .. }
            | DeploymentEvent::JobsKept { .. }
            | DeploymentEvent::Deferred { .. }
            | DeploymentEvent::SlotAsked { .. }
            | DeploymentEvent::SlotGranted { .. }
            | DeploymentEvent::ApprovalAsked { .. }
            | DeploymentEvent::ApprovalPassedAutomatically { .. }
            | DeploymentEvent::ApprovalApprovedBefore { .. }
            | DeploymentEvent::ApprovalReassigned { .. }
            | DeploymentEvent::ApprovalAnswered { .. }
            | DeploymentEvent::ApprovalDeferred { .. }
            | DeploymentEvent::ApprovalTimedOut { .. }
            | DeploymentEvent::ApprovalSkipped { .. }
            | DeploymentEvent::ApprovalCanceled { .. }
            | DeploymentEvent::Begun { .. }
            | DeploymentEvent::JobBegan { .. }
            | DeploymentEvent::JobSkipped { .. }
            | DeploymentEvent::JobTimedOut { .. }
            | DeploymentEvent::JobEnded { .. }
            | DeploymentEvent::JobCouldNotBegin { .. }
            | DeploymentEvent::SliceBegan { .. }
            | DeploymentEvent::SliceSkipped { .. }
            | DeploymentEvent::SliceTimedOut { .. }
            | DeploymentEvent::SliceEnded { .. }
            | DeploymentEvent::TaskClaimed { .. }
            | DeploymentEvent::TaskReattached { .. }
            | DeploymentEvent::TaskSkipped { .. }
            | DeploymentEvent::TaskStopAsked { .. }
            | DeploymentEvent::TaskEnded { .. }
            | DeploymentEvent::TaskRetryPlanned { .. }
            | DeploymentEvent::TaskRetryDue { .. }
            | DeploymentEvent::TaskRetryDropped { .. }
            | DeploymentEvent::JobsEnded { .. }
            | DeploymentEvent::CancelAsked { .. }
            | DeploymentEvent::Over { .. } => return Ok(()),
        },
        Event::Directory(_)
        | Event::Pipeline(_)
        | Event::PipelineStatus(_)
        | Event::Snapshot(_)
        | Event::Release(_)
        | Event::Queue(_)
        | Event::Permissions(_)
        | Event::Artifact(_)
        | Event::Targets(_)
        | Event::Pool(_)
        | Event::Cursor(_) => return Ok(()),
    };
    Err(WhatIfError::not_replayable(what))
}
