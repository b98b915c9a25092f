//! What was said to deployments: by people, by whom they ask, and by engines.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::TimeDelta;

use crate::approval::Management;
use crate::deployment::{CancelReason, Deployment, DeploymentEvent, End, Phase, TaskRun, Trigger};
use crate::gate::{
    Answer, GateResult, GateRun, Recording, SampleNumber, Sampled, Taken, Unrecorded, Verdict,
};
use crate::release::ReleaseCommand;
use crate::transaction::World;
use crate::what_if::WhatIfError;
use crate::what_if::actions::{Action, Given, Reply, Who};
use crate::what_if::question::Question;
use crate::{
    Actor, ArtifactFilters, DeployRequest, DeploymentId, GateId, GroupId, JobsToRun, Moment, ReleaseId,
    Subject, TaskId, Timestamp,
};

/// What a command about deployments says, by the events that it recorded first. `before` is how everything stood.
pub(super) fn of_deployment(
    id: ReleaseId,
    events: &[&DeploymentEvent],
    by: &Actor,
    at: Timestamp,
    before: &World,
) -> Result<Vec<Action>, WhatIfError> {
    let Some(first) = events.first() else { return Ok(Vec::new()) };
    let given = |command, who| Given::in_release(id, command).by(who);
    let plain = || Who::plain(by.clone());
    let action = match first {
        DeploymentEvent::Triggered(_) => return Ok(of_triggers(id, events, by)),
        DeploymentEvent::BroughtForward { deployment, comment, .. } => {
            bring_forward(*deployment, comment, by, before)
        }
        DeploymentEvent::ApprovalAnswered { approval, answer, by, capacity, comment, groups, .. } => {
            let until = events.iter().find_map(|event| {
                if let DeploymentEvent::ApprovalDeferred { until, .. } = event { Some(*until) } else { None }
            });
            let who = Who::answering(by.clone(), capacity, groups.clone());
            let (answer, comment) = (*answer, comment.clone());
            Action::Reply(Question::Approval(*approval), Reply::Answer { answer, until, who, comment })
        }
        DeploymentEvent::ApprovalReassigned { approval, to, by, capacity, comment, .. } => {
            let who = Who::answering(by.clone(), capacity, BTreeSet::new());
            let (to, comment) = (to.clone(), comment.clone());
            Action::Reply(Question::Approval(*approval), Reply::HandOn { to, who, comment })
        }
        DeploymentEvent::InterventionAnswered { task, answer, by, comment } => {
            let groups = groups_asked(*task, before);
            let (who, comment) = (Who { groups, ..Who::plain(by.clone()) }, comment.clone());
            Action::Reply(Question::Intervention(*task), Reply::Intervene { answer: *answer, who, comment })
        }
        DeploymentEvent::FreezesOverridden { deployment, comment, .. } => {
            let (deployment, comment) = (*deployment, comment.clone());
            given(ReleaseCommand::OverrideFreezes { deployment, comment }, plain())
        }
        DeploymentEvent::GateIgnored { deployment, moment, gate, comment, .. } => {
            let gate = GateId { deployment: *deployment, moment: *moment, gate: *gate };
            given(ReleaseCommand::IgnoreGate { gate, comment: comment.clone() }, plain())
        }
        DeploymentEvent::GatesSampled { deployment, moment, sampled } => {
            return Ok(of_sample(*deployment, *moment, sampled, at, before).into_iter().collect());
        }
        DeploymentEvent::TaskClaimed { task, claim, .. } => {
            Action::Reply(Question::Claim(*task), Reply::Claim(claim.clone()))
        }
        DeploymentEvent::TaskEnded { task, result, message, variables } => {
            let (message, variables) = (message.clone(), variables.clone());
            let within = ended_within(*task, at, before);
            Action::Reply(
                ending_of(*task, before),
                Reply::Ended { result: *result, message, variables, within },
            )
        }
        DeploymentEvent::ApprovalCanceled { .. }
        | DeploymentEvent::CancelAsked { .. }
        | DeploymentEvent::Over { .. } => canceled(events, by).ok_or_else(|| no_command(first))?,
        // An engine has looked at them again.
        DeploymentEvent::Frozen { deployment, .. } | DeploymentEvent::Thawed { deployment } => {
            Action::Reply(Question::Frost(*deployment), Reply::Routine)
        }
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
        | DeploymentEvent::InterventionAsked { .. }
        | DeploymentEvent::TaskDelayed { .. }
        | DeploymentEvent::JobsEnded { .. } => {
            Action::Reply(Question::Settling(first.deployment()), Reply::Routine)
        }
        // Another life of the same engine: the task goes on.
        DeploymentEvent::TaskReattached { .. } => return Ok(Vec::new()),
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
        | DeploymentEvent::GatesBegun { .. }
        | DeploymentEvent::GatesPassed { .. }
        | DeploymentEvent::GatesTimedOut { .. }
        | DeploymentEvent::LocksAsked { .. }
        | DeploymentEvent::LocksGranted { .. }
        | DeploymentEvent::Begun { .. }
        | DeploymentEvent::JobTimedOut { .. }
        | DeploymentEvent::SliceTimedOut { .. }
        | DeploymentEvent::TaskStopAsked { .. }
        | DeploymentEvent::TaskRetryDue { .. } => return Err(no_command(first)),
    };
    Ok(vec![action])
}

fn no_command(first: &DeploymentEvent) -> WhatIfError {
    WhatIfError::not_replayable(format!("a command that begins with {first:?}"))
}

fn deployment_in(before: &World, id: DeploymentId) -> Option<&Deployment> {
    before.get(&Subject::Release(id.release))?.state().as_release()?.deployment(id)
}

/// By hand: one stage, or the first ones on the way to a target that was named before.
fn of_triggers(id: ReleaseId, events: &[&DeploymentEvent], by: &Actor) -> Vec<Action> {
    let triggers = events.iter().filter_map(|event| {
        if let DeploymentEvent::Triggered(trigger) = event { Some(trigger) } else { None }
    });
    triggers.map(|trigger| Given::in_release(id, deploy(trigger)).by(Who::plain(by.clone()))).collect()
}

fn deploy(trigger: &Trigger) -> ReleaseCommand {
    let repeats_some = !trigger.succeeded_before.is_empty() || trigger.only.is_some();
    ReleaseCommand::Deploy(DeployRequest {
        stage: trigger.deployment.stage,
        comment: trigger.comment.clone(),
        at: trigger.until,
        variables: trigger.variables.clone(),
        jobs: if repeats_some { JobsToRun::Failed } else { JobsToRun::All },
        filters: ArtifactFilters::overridden_if(trigger.overrides_filters),
    })
}

/// Only an approver starts what was deferred: as which of them is not on record, and whoever did was one.
fn bring_forward(deployment: DeploymentId, comment: &str, by: &Actor, before: &World) -> Action {
    let phase = deployment_in(before, deployment).map(|it| &it.phase);
    let plain = Who::plain(by.clone());
    let (command, who) = if matches!(phase, Some(Phase::Scheduled { .. })) {
        (ReleaseCommand::Deploy(DeployRequest::new(deployment.stage).saying(comment)), plain)
    } else {
        let comment = comment.to_owned();
        let who = Who { management: Management::Permitted, ..plain };
        (ReleaseCommand::StartDeferred { deployment, comment }, who)
    };
    Given::in_release(deployment.release, command).by(who)
}

/// Who answered is a member of one of them, unless it was asked of them by name.
fn groups_asked(task: TaskId, before: &World) -> BTreeSet<GroupId> {
    let intervention = deployment_in(before, task.deployment()).and_then(|it| it.intervention(task));
    intervention.map(|intervention| intervention.asked.groups.clone()).unwrap_or_default()
}

fn ending_of(task: TaskId, before: &World) -> Question {
    let run = deployment_in(before, task.deployment()).and_then(|it| it.open_task(task));
    match run {
        Some(TaskRun::Running { stop: Some(_), .. }) => Question::Stopping(task),
        Some(
            TaskRun::Running { stop: None, .. }
            | TaskRun::Waiting { .. }
            | TaskRun::Pausing { .. }
            | TaskRun::ToRetry { .. }
            | TaskRun::Skipped(_)
            | TaskRun::Ended { .. },
        )
        | None => Question::Ending(task),
    }
}

/// A report comes before deadlines that passed only after the task had ended (Time): so long after its claim at most.
fn ended_within(task: TaskId, at: Timestamp, before: &World) -> Option<TimeDelta> {
    let id = task.deployment();
    let release = before.get(&Subject::Release(id.release))?.state().as_release()?;
    let (due, _) = release.deadline().filter(|(due, _)| *due <= at)?;
    match release.deployment(id)?.open_task(task)? {
        TaskRun::Running { since, stop: None, .. } => {
            Some((due - *since - TimeDelta::milliseconds(1)).max(TimeDelta::zero()))
        }
        TaskRun::Running { .. }
        | TaskRun::Waiting { .. }
        | TaskRun::Pausing { .. }
        | TaskRun::ToRetry { .. }
        | TaskRun::Skipped(_)
        | TaskRun::Ended { .. } => None,
    }
}

/// By somebody, or since its pipeline is being deleted; `None`: nobody commands it for another reason.
fn canceled(events: &[&DeploymentEvent], by: &Actor) -> Option<Action> {
    let (deployment, because) = events.iter().find_map(|event| {
        if let DeploymentEvent::CancelAsked { deployment, because, .. }
        | DeploymentEvent::Over { deployment, end: End::Canceled(because), .. } = event
        {
            Some((*deployment, because))
        } else {
            None
        }
    })?;
    match because {
        CancelReason::PipelineDeleted => {
            Some(Action::Reply(Question::CancelDeleted(deployment), Reply::Routine))
        }
        CancelReason::Asked { comment, .. } => {
            let command = ReleaseCommand::Cancel { stage: deployment.stage, comment: comment.clone() };
            Some(Given::in_release(deployment.release, command).by(Who::plain(by.clone())))
        }
        CancelReason::Superseded { .. }
        | CancelReason::Abandoned
        | CancelReason::QueueFull
        | CancelReason::StageRemoved => None,
    }
}

/// What an engine said of gates: a sample, or what it had counted when it stopped.
fn of_sample(
    id: DeploymentId,
    moment: Moment,
    sampled: &Sampled,
    at: Timestamp,
    before: &World,
) -> Option<Action> {
    let run = deployment_in(before, id)?.gates.get(&moment)?;
    let taken = taken_of(run, sampled);
    let is_sample = match run.conclude(&taken, at) {
        Ok(Verdict::Passed(found) | Verdict::Waiting { sampled: found, recording: Recording::Needed(_) }) => {
            found == *sampled
        }
        Ok(Verdict::Waiting { recording: Recording::NotNeeded, .. } | Verdict::TimedOut) | Err(_) => false,
    };
    let reply = match run.last() {
        Some(last) if !is_sample => {
            let (after, count) = (last.sample, sampled.unrecorded.saturating_add(1));
            Reply::CaughtUp(Unrecorded { after, count, latest: sampled.sample })
        }
        Some(_) | None => Reply::Sampled(taken),
    };
    Some(Action::Reply(Question::Sample(id, moment, Arc::new(run.clone())), reply))
}

/// What an engine must have said for this to be recorded. The newest of the samples that it had counted is not on record; whether too many were skipped
/// after it is.
fn taken_of(run: &GateRun, sampled: &Sampled) -> Taken {
    let answers = sampled.results.iter().filter_map(|(gate, result)| match result {
        GateResult::Succeeded => Some((*gate, Answer::Succeeded)),
        GateResult::Failed => Some((*gate, Answer::Failed)),
        GateResult::NoAnswer | GateResult::Ignored => None,
    });
    let unrecorded = run.last().filter(|_| sampled.unrecorded > 0).map(|last| {
        let starts_again = sampled.steady_from == Some(sampled.sample);
        let latest = if starts_again {
            last.sample.0.saturating_add(sampled.unrecorded)
        } else {
            sampled.sample.0.saturating_sub(1)
        };
        let latest = SampleNumber(latest);
        Unrecorded { after: last.sample, count: sampled.unrecorded, latest }
    });
    Taken { sample: sampled.sample, answers: answers.collect(), unrecorded }
}
