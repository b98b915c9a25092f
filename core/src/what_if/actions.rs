//! What came from outside in a commit: what people did, and what the world answered.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::WhatIfError;
use super::question::Question;
use super::replayable::expect_replayable;
use crate::approval::Capacity;
use crate::deployment::{
    Answer, CancelReason, Claim, Deadline, DeploymentEvent, End, Phase, StopReason, TaskResult, TaskRun,
    Trigger,
};
use crate::release::{ReleaseCommand, ReleaseEvent};
use crate::store::Cause;
use crate::transaction::{Happening, World};
use crate::{
    Actor, ApprovalId, Approver, ArtifactFilters, DeployRequest, DeploymentId, DraftEdit, Event, GroupId,
    JobsToRun, NewRelease, NumberedRelease, PipelineDefinition, PipelineEvent, ReleaseId, SliceId, StageId,
    Subject, TaskId, Timestamp, UserId,
};

/// Something that came from outside.
#[derive(Debug, Clone)]
pub(super) enum Action {
    /// Somebody did something, at the time at which they did it.
    Given(Given),
    /// A question was answered.
    Reply(Question, Reply),
}

/// What somebody did.
#[derive(Debug, Clone)]
pub(super) enum Given {
    Create {
        definition: Arc<PipelineDefinition>,
    },
    Revise {
        revision: u32,
        restores: Option<u32>,
        definition: Arc<PipelineDefinition>,
        comment: String,
    },
    CreateRelease {
        release: ReleaseId,
        request: Box<NewRelease>,
    },
    ReviseStage {
        release: ReleaseId,
        stage: StageId,
        jobs: bool,
        definition: Arc<PipelineDefinition>,
        comment: String,
    },
    Release(ReleaseId, Box<ReleaseCommand>),
}

/// What was answered.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    Answer { answer: Answer, until: Option<Timestamp>, by: Actor, groups: BTreeSet<GroupId>, comment: String },
    HandOn { to: UserId, by: Actor, groups: BTreeSet<GroupId>, comment: String },
    Claim(Claim),
    Ended { result: TaskResult, message: String },
    Routine,
}

/// What came from outside in a commit, in the order in which it was decided. `before` is how everything stood.
pub(super) fn actions_of(events: &[&Happening], before: &World) -> Result<Vec<Action>, WhatIfError> {
    let mut actions = Vec::new();
    for happening in events {
        expect_replayable(&happening.event)?;
        if happening.cause == Cause::Deadline
            && let Event::Release(ReleaseEvent::Deployment(event)) = &happening.event
            && let Some(deadline) = deadline_of(event)
        {
            actions.push(Action::Reply(Question::Moment(deadline), Reply::Routine));
        }
    }
    let commanded: Vec<_> = events.iter().filter(|happening| happening.cause == Cause::Command).collect();
    let Some(first) = commanded.first() else { return Ok(actions) };
    match &first.subject {
        Subject::Pipeline(_) => {
            let given = commanded.iter().filter_map(|happening| {
                if let Event::Pipeline(event) = &happening.event { of_pipeline(event) } else { None }
            });
            actions.extend(given.map(Action::Given));
        }
        Subject::Queue(queue) => actions.push(Action::Reply(Question::Queue(*queue), Reply::Routine)),
        Subject::Release(release) => {
            let events: Vec<_> = commanded
                .iter()
                .filter_map(
                    |happening| if let Event::Release(event) = &happening.event { Some(event) } else { None },
                )
                .collect();
            let mut replied = of_release(*release, &events, before)?;
            for action in &mut replied {
                if let Action::Reply(question, _) = action {
                    was_stopping(question, &actions);
                }
            }
            actions.extend(replied);
        }
        // None of what is said here changes how deployments go, or `expect_replayable` stops it.
        Subject::Directory
        | Subject::PipelineStatus(_)
        | Subject::Snapshot(_)
        | Subject::Artifact(_)
        | Subject::Freezes
        | Subject::VariableGroup(_)
        | Subject::Targets(_)
        | Subject::Locks
        | Subject::Pool(_)
        | Subject::Cursor(_)
        | Subject::Permissions => {}
    }
    Ok(actions)
}

/// The deadline that the event is the first of.
const fn deadline_of(event: &DeploymentEvent) -> Option<Deadline> {
    match event {
        DeploymentEvent::MomentCame { deployment, .. } => Some(Deadline::MomentComes(*deployment)),
        DeploymentEvent::ApprovalTimedOut { approval } => Some(Deadline::ApprovalTimesOut(*approval)),
        DeploymentEvent::TaskStopAsked { task, because: StopReason::TimedOut, .. } => {
            Some(Deadline::TaskTimesOut(*task))
        }
        DeploymentEvent::JobTimedOut { job } => Some(Deadline::JobTimesOut(SliceId { job: *job, slice: 0 })),
        DeploymentEvent::SliceTimedOut { slice } => Some(Deadline::JobTimesOut(*slice)),
        DeploymentEvent::TaskEnded { task, .. } => Some(Deadline::TaskIsGivenUp(*task)),
        DeploymentEvent::TaskRetryDue { task } => Some(Deadline::PauseEnds(*task)),
        DeploymentEvent::Triggered(_)
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
        | DeploymentEvent::ApprovalSkipped { .. }
        | DeploymentEvent::ApprovalCanceled { .. }
        | DeploymentEvent::Frozen { .. }
        | DeploymentEvent::Thawed { .. }
        | DeploymentEvent::FreezesOverridden { .. }
        | DeploymentEvent::GatesBegun { .. }
        | DeploymentEvent::GatesSampled { .. }
        | DeploymentEvent::GatesPassed { .. }
        | DeploymentEvent::GatesTimedOut { .. }
        | DeploymentEvent::GateIgnored { .. }
        | DeploymentEvent::InterventionAsked { .. }
        | DeploymentEvent::InterventionAnswered { .. }
        | DeploymentEvent::TaskDelayed { .. }
        | DeploymentEvent::LocksAsked { .. }
        | DeploymentEvent::LocksGranted { .. }
        | DeploymentEvent::Begun { .. }
        | DeploymentEvent::JobBegan { .. }
        | DeploymentEvent::JobSkipped { .. }
        | DeploymentEvent::JobEnded { .. }
        | DeploymentEvent::JobCouldNotBegin { .. }
        | DeploymentEvent::AgentAsked { .. }
        | DeploymentEvent::AgentGranted { .. }
        | DeploymentEvent::SliceBegan { .. }
        | DeploymentEvent::SliceSkipped { .. }
        | DeploymentEvent::SliceEnded { .. }
        | DeploymentEvent::TaskClaimed { .. }
        | DeploymentEvent::TaskReattached { .. }
        | DeploymentEvent::TaskSkipped { .. }
        | DeploymentEvent::TaskStopAsked { .. }
        | DeploymentEvent::TaskRetryPlanned { .. }
        | DeploymentEvent::TaskRetryDropped { .. }
        | DeploymentEvent::JobsEnded { .. }
        | DeploymentEvent::CancelAsked { .. }
        | DeploymentEvent::Over { .. } => None,
    }
}

fn of_pipeline(event: &PipelineEvent) -> Option<Given> {
    match event {
        PipelineEvent::Created { definition, .. } => {
            Some(Given::Create { definition: Arc::clone(definition) })
        }
        PipelineEvent::Revised { revision, comment, restores, definition, .. } => Some(Given::Revise {
            revision: *revision,
            restores: *restores,
            definition: Arc::clone(definition),
            comment: comment.clone(),
        }),
        PipelineEvent::ReleaseNumbered(numbered) => {
            let request = Box::new(request_of(numbered));
            Some(Given::CreateRelease { release: numbered.release, request })
        }
        // Releases come as they were created, whatever made them.
        PipelineEvent::Renamed { .. }
        | PipelineEvent::Observing { .. }
        | PipelineEvent::TriggerFired { .. }
        | PipelineEvent::TriggerDeclined { .. }
        | PipelineEvent::PublicationObserved { .. }
        | PipelineEvent::SchedulesArmed { .. }
        | PipelineEvent::ScheduleCame { .. }
        | PipelineEvent::ScheduleFired { .. } => None,
    }
}

fn request_of(numbered: &NumberedRelease) -> NewRelease {
    let numbered = numbered.clone();
    NewRelease {
        reason: Some(numbered.reason),
        description: numbered.description,
        requested_for: numbered.requested_for,
        artifacts: numbered.artifacts,
        variables: numbered.variables,
        manual_stages: numbered.manual_stages,
        target: numbered.target,
        draft: numbered.draft,
        triggered_by: numbered.triggered_by,
    }
}

fn of_release(id: ReleaseId, events: &[&ReleaseEvent], before: &World) -> Result<Vec<Action>, WhatIfError> {
    if let Some(given) = of_whole_release(id, events) {
        return Ok(vec![Action::Given(given)]);
    }
    let deployment_events = events
        .iter()
        .filter_map(|event| if let ReleaseEvent::Deployment(event) = event { Some(event) } else { None });
    let events: Vec<_> = deployment_events.collect();
    let Some(first) = events.first() else { return Ok(Vec::new()) };
    let command = |command| Ok(vec![Action::Given(Given::Release(id, Box::new(command)))]);
    match first {
        DeploymentEvent::Triggered(_) => Ok(of_triggers(id, &events)),
        DeploymentEvent::BroughtForward { deployment, comment, .. } => {
            command(bring_forward(*deployment, comment, before))
        }
        DeploymentEvent::ApprovalAnswered { approval, answer, by, capacity, comment, groups, .. } => {
            let until = events.iter().find_map(|event| {
                if let DeploymentEvent::ApprovalDeferred { until, .. } = event { Some(*until) } else { None }
            });
            let groups = groups.iter().cloned().chain(group_of(capacity)).collect();
            let (answer, by, comment) = (*answer, by.clone(), comment.clone());
            let reply = Reply::Answer { answer, until, by, groups, comment };
            Ok(vec![Action::Reply(Question::Approval(*approval), reply)])
        }
        DeploymentEvent::ApprovalReassigned { approval, to, by, capacity, comment, .. } => {
            let groups = group_of(capacity).into_iter().collect();
            let reply = Reply::HandOn { to: to.clone(), by: by.clone(), groups, comment: comment.clone() };
            Ok(vec![Action::Reply(Question::Approval(*approval), reply)])
        }
        DeploymentEvent::TaskClaimed { task, claim, .. } => {
            Ok(vec![Action::Reply(Question::Claim(*task), Reply::Claim(claim.clone()))])
        }
        DeploymentEvent::TaskEnded { task, result, message, .. } => {
            let reply = Reply::Ended { result: *result, message: message.clone() };
            Ok(vec![Action::Reply(ending_of(*task, *result, before), reply)])
        }
        DeploymentEvent::ApprovalCanceled { .. }
        | DeploymentEvent::CancelAsked { .. }
        | DeploymentEvent::Over { .. } => command(cancel(first.deployment(), &events)?),
        DeploymentEvent::JobBegan { .. }
        | DeploymentEvent::JobSkipped { .. }
        | DeploymentEvent::JobEnded { .. }
        | DeploymentEvent::JobCouldNotBegin { .. }
        | DeploymentEvent::AgentAsked { .. }
        | DeploymentEvent::AgentGranted { .. }
        | DeploymentEvent::SliceBegan { .. }
        | DeploymentEvent::SliceSkipped { .. }
        | DeploymentEvent::SliceEnded { .. }
        | DeploymentEvent::TaskSkipped { .. }
        | DeploymentEvent::TaskRetryPlanned { .. }
        | DeploymentEvent::TaskRetryDropped { .. }
        | DeploymentEvent::JobsEnded { .. } => {
            Ok(vec![Action::Reply(Question::Settling(first.deployment()), Reply::Routine)])
        }
        // Another life of the same engine: the task goes on.
        DeploymentEvent::TaskReattached { .. } => Ok(Vec::new()),
        DeploymentEvent::MomentCame { .. }
        | DeploymentEvent::SnapshotTaken { .. }
        | DeploymentEvent::ChecksRestarted { .. }
        | DeploymentEvent::JobsKept { .. }
        | DeploymentEvent::Deferred { .. }
        | DeploymentEvent::SlotAsked { .. }
        | DeploymentEvent::SlotGranted { .. }
        | DeploymentEvent::ApprovalAsked { .. }
        | DeploymentEvent::ApprovalPassedAutomatically { .. }
        | DeploymentEvent::ApprovalApprovedBefore { .. }
        | DeploymentEvent::ApprovalDeferred { .. }
        | DeploymentEvent::ApprovalTimedOut { .. }
        | DeploymentEvent::ApprovalSkipped { .. }
        | DeploymentEvent::Frozen { .. }
        | DeploymentEvent::Thawed { .. }
        | DeploymentEvent::FreezesOverridden { .. }
        | DeploymentEvent::GatesBegun { .. }
        | DeploymentEvent::GatesSampled { .. }
        | DeploymentEvent::GatesPassed { .. }
        | DeploymentEvent::GatesTimedOut { .. }
        | DeploymentEvent::GateIgnored { .. }
        | DeploymentEvent::InterventionAsked { .. }
        | DeploymentEvent::InterventionAnswered { .. }
        | DeploymentEvent::TaskDelayed { .. }
        | DeploymentEvent::LocksAsked { .. }
        | DeploymentEvent::LocksGranted { .. }
        | DeploymentEvent::Begun { .. }
        | DeploymentEvent::JobTimedOut { .. }
        | DeploymentEvent::SliceTimedOut { .. }
        | DeploymentEvent::TaskStopAsked { .. }
        | DeploymentEvent::TaskRetryDue { .. } => {
            Err(WhatIfError::not_replayable(format!("a command that begins with {first:?}")))
        }
    }
}

/// What is asked of a release as a whole, whatever follows in its deployments.
fn of_whole_release(id: ReleaseId, events: &[&ReleaseEvent]) -> Option<Given> {
    let mut edit: Option<DraftEdit> = None;
    for event in events {
        let command = match event {
            ReleaseEvent::SnapshotRevised(revised) => {
                let (definition, comment) = (Arc::clone(&revised.definition), revised.comment.clone());
                if let Some(stage) = &revised.stage {
                    let (stage, jobs) = (stage.stage, stage.jobs);
                    return Some(Given::ReviseStage { release: id, stage, jobs, definition, comment });
                }
                let edit = edit.get_or_insert_default();
                (edit.snapshot, edit.comment) = (Some(definition), comment);
                continue;
            }
            ReleaseEvent::DraftEdited { description, variables, manual_stages, artifacts } => {
                let edit = edit.get_or_insert_default();
                edit.description.clone_from(description);
                edit.variables.clone_from(variables);
                edit.manual_stages.clone_from(manual_stages);
                edit.artifacts.clone_from(artifacts);
                continue;
            }
            ReleaseEvent::Started {} => ReleaseCommand::Start,
            ReleaseEvent::Abandoned { comment } => ReleaseCommand::Abandon { comment: comment.clone() },
            ReleaseEvent::Deleted { comment } => ReleaseCommand::Delete { comment: comment.clone() },
            ReleaseEvent::Restored {} => ReleaseCommand::Restore,
            ReleaseEvent::Reactivated {} => ReleaseCommand::Reactivate,
            ReleaseEvent::TargetNamed { target, .. } => {
                ReleaseCommand::DeployUpTo { target: *target, comment: comment_of_trigger(events) }
            }
            // What is said of it changes nothing; the others follow from something else.
            ReleaseEvent::Created(_)
            | ReleaseEvent::Edited { .. }
            | ReleaseEvent::KeptForever { .. }
            | ReleaseEvent::LetGo { .. }
            | ReleaseEvent::TriggerIgnored { .. }
            | ReleaseEvent::Deployment(_) => continue,
        };
        return Some(Given::Release(id, Box::new(command)));
    }
    edit.map(|edit| Given::Release(id, Box::new(ReleaseCommand::EditDraft(edit))))
}

fn comment_of_trigger(events: &[&ReleaseEvent]) -> String {
    let of_trigger = events.iter().find_map(|event| {
        if let ReleaseEvent::Deployment(DeploymentEvent::Triggered(trigger)) = event {
            Some(trigger.comment.clone())
        } else {
            None
        }
    });
    of_trigger.unwrap_or_default()
}

/// By hand: one stage, or the first ones on the way to a target that was named before.
fn of_triggers(id: ReleaseId, events: &[&DeploymentEvent]) -> Vec<Action> {
    let triggers = events.iter().filter_map(|event| {
        if let DeploymentEvent::Triggered(trigger) = event { Some(trigger) } else { None }
    });
    triggers.map(|trigger| Action::Given(Given::Release(id, Box::new(deploy(trigger))))).collect()
}

fn deploy(trigger: &Trigger) -> ReleaseCommand {
    ReleaseCommand::Deploy(DeployRequest {
        stage: trigger.deployment.stage,
        comment: trigger.comment.clone(),
        at: trigger.until,
        variables: trigger.variables.clone(),
        jobs: if trigger.succeeded_before.is_empty() { JobsToRun::All } else { JobsToRun::Failed },
        filters: ArtifactFilters::overridden_if(trigger.overrides_filters),
    })
}

fn bring_forward(deployment: DeploymentId, comment: &str, before: &World) -> ReleaseCommand {
    let release = before.get(&Subject::Release(deployment.release)).and_then(|it| it.state().as_release());
    let phase = release.and_then(|release| release.deployment(deployment)).map(|it| &it.phase);
    if matches!(phase, Some(Phase::Scheduled { .. })) {
        ReleaseCommand::Deploy(DeployRequest::new(deployment.stage).saying(comment))
    } else {
        ReleaseCommand::StartDeferred { deployment, comment: comment.to_owned() }
    }
}

/// Only a task that was asked to stop ends as cancelled or out of time; one that is lost may have been asked, too.
fn ending_of(task: TaskId, result: TaskResult, before: &World) -> Question {
    let id = task.deployment();
    let release = before.get(&Subject::Release(id.release)).and_then(|it| it.state().as_release());
    let run = release.and_then(|release| release.deployment(id)?.open_task(task));
    match (result, run) {
        (TaskResult::Canceled | TaskResult::TimedOut, _)
        | (TaskResult::Lost, Some(TaskRun::Running { stop: Some(_), .. })) => Question::Stopping(task),
        (
            TaskResult::Succeeded | TaskResult::SucceededWithIssues | TaskResult::Failed | TaskResult::Lost,
            _,
        ) => Question::Ending(task),
    }
}

/// A task whose time was over in the same commit had been asked to stop when its report came.
fn was_stopping(question: &mut Question, before_in_commit: &[Action]) {
    if let Question::Ending(task) = *question {
        let times_out = Question::Moment(Deadline::TaskTimesOut(task));
        let is_over = |action: &Action| matches!(action, Action::Reply(before, _) if *before == times_out);
        if before_in_commit.iter().any(is_over) {
            *question = Question::Stopping(task);
        }
    }
}

fn cancel(deployment: DeploymentId, events: &[&DeploymentEvent]) -> Result<ReleaseCommand, WhatIfError> {
    let because = events.iter().find_map(|event| {
        if let DeploymentEvent::CancelAsked { because, .. }
        | DeploymentEvent::Over { end: End::Canceled(because), .. } = event
        {
            Some(because)
        } else {
            None
        }
    });
    match because {
        Some(CancelReason::Asked { comment, .. }) => {
            Ok(ReleaseCommand::Cancel { stage: deployment.stage, comment: comment.clone() })
        }
        Some(
            CancelReason::Superseded { .. }
            | CancelReason::Abandoned
            | CancelReason::QueueFull
            | CancelReason::PipelineDeleted
            | CancelReason::StageRemoved,
        )
        | None => Err(WhatIfError::not_replayable(format!("what ended deployment {deployment}"))),
    }
}

fn group_of(capacity: &Capacity) -> Option<GroupId> {
    match capacity {
        Capacity::MemberOf(group) => Some(group.clone()),
        Capacity::User | Capacity::OnBehalfOf(_) => None,
    }
}

/// Who is asked by an open approval.
pub(super) fn approver_of(world: &World, approval: ApprovalId) -> Option<Approver> {
    let release = world.get(&Subject::Release(approval.deployment.release))?.state().as_release()?;
    let mut open = release.deployment(approval.deployment)?.open_approvals();
    open.find(|(id, ..)| *id == approval).map(|(_, approver, ..)| approver.clone())
}
