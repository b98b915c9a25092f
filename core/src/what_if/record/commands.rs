//! Which command the events say that a commit records of it: what somebody did, or an answer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::answers::of_deployment;
use super::whole_release::of_whole_release;
use crate::freeze::{FreezesCommand, FreezesEvent};
use crate::locks::{LocksCommand, LocksEvent};
use crate::pool::{PoolCommand, PoolEvent};
use crate::queue::{QueueCommand, QueueEvent};
use crate::release::ReleaseEvent;
use crate::transaction::{Command, Happening, World};
use crate::what_if::WhatIfError;
use crate::what_if::actions::{Action, Given, Reply, Who};
use crate::what_if::question::Question;
use crate::{
    Actor, Event, NewRelease, NotOver, NumberedRelease, PipelineCommand, PipelineEvent, PipelineId,
    PipelineStatus, PipelineStatusCommand, PipelineStatusEvent, Presence, QueueId, ReleaseId, Subject,
    TargetGroupId, TargetsCommand, TargetsEvent, Timestamp, VariableGroupEvent,
};

/// What came from outside with a command. `commanded` is what it recorded in the stream that it was addressed to, not empty; `before` is
/// how everything stood.
pub(super) fn actions_of(
    commanded: &[&Happening],
    by: &Actor,
    at: Timestamp,
    before: &World,
) -> Result<Vec<Action>, WhatIfError> {
    let Some(first) = commanded.first() else { return Ok(Vec::new()) };
    let given = |given: Option<Given>| {
        given.map(|given| Action::Given(given, Who::plain(by.clone()))).into_iter().collect()
    };
    Ok(match (&first.subject, &first.event) {
        (Subject::Pipeline(id), _) => {
            let events = commanded
                .iter()
                .filter_map(|it| if let Event::Pipeline(event) = &it.event { Some(event) } else { None });
            events.flat_map(|event| given(of_pipeline(*id, event))).collect::<Vec<Action>>()
        }
        (Subject::PipelineStatus(id), Event::PipelineStatus(event)) => {
            vec![of_status(*id, event, by, before)]
        }
        (Subject::Release(release), _) => {
            let events: Vec<_> = commanded
                .iter()
                .filter_map(|it| if let Event::Release(event) = &it.event { Some(event) } else { None })
                .collect();
            of_release(*release, &events, by, at, before)?
        }
        (Subject::Queue(queue), Event::Queue(event)) => vec![of_queue(*queue, event, by)],
        (Subject::Freezes, Event::Freezes(event)) => given(Some(of_freezes(event))),
        (Subject::VariableGroup(group), Event::VariableGroup(event)) => {
            let VariableGroupEvent::Saved { comment, variables, .. } = event;
            let (group, variables, comment) = (group.clone(), variables.clone(), comment.clone());
            given(Some(Given::SaveVariables { group, variables, comment }))
        }
        (Subject::Locks, Event::Locks(event)) => match of_locks(event) {
            Some(command) => given(Some(told(Command::Locks(command)))),
            None => vec![Action::Reply(Question::Locks, Reply::Routine)],
        },
        (Subject::Pool(pool), _) => {
            let events: Vec<_> = commanded
                .iter()
                .filter_map(|it| if let Event::Pool(event) = &it.event { Some(event) } else { None })
                .collect();
            match of_pool(&events) {
                Some(command) => given(Some(told(Command::Pool(pool.clone(), command)))),
                None => vec![Action::Reply(Question::Pool(pool.clone()), Reply::Routine)],
            }
        }
        (Subject::Targets(group), Event::Targets(event)) => given(Some(of_targets(group, event))),
        // None of what is said here changes how deployments go; and no event stands in another kind of stream than its own.
        (_, _) => Vec::new(),
    })
}

fn told(command: Command) -> Given {
    Given::Command(Box::new(command))
}

fn of_pipeline(id: PipelineId, event: &PipelineEvent) -> Option<Given> {
    match event {
        PipelineEvent::Created { definition, .. } => {
            Some(Given::Create { pipeline: id, definition: Arc::clone(definition) })
        }
        PipelineEvent::Revised { revision, comment, restores, definition, .. } => Some(Given::Revise {
            pipeline: id,
            revision: *revision,
            restores: *restores,
            definition: Arc::clone(definition),
            comment: comment.clone(),
        }),
        PipelineEvent::ReleaseNumbered(numbered) => {
            let (release, request) = (numbered.release, request_of(numbered));
            Some(told(Command::Pipeline(id, PipelineCommand::CreateRelease { release, request })))
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

fn of_status(pipeline: PipelineId, event: &PipelineStatusEvent, by: &Actor, before: &World) -> Action {
    let delete = |not_over, comment: &String| {
        let comment = comment.clone();
        Given::DeletePipeline { pipeline, not_over, comment }
    };
    let command = |command| told(Command::PipelineStatus(pipeline, command));
    let given = match event {
        PipelineStatusEvent::Disabled { comment } => {
            command(PipelineStatusCommand::Disable { comment: comment.clone() })
        }
        PipelineStatusEvent::Enabled {} => command(PipelineStatusCommand::Enable),
        PipelineStatusEvent::DeletingBegun { comment } => delete(NotOver::Cancel, comment),
        PipelineStatusEvent::Deleted { comment, .. } => {
            let status = before.get(&Subject::PipelineStatus(pipeline));
            let status = status.and_then(|it| it.state().as_pipeline_status());
            if status.is_some_and(PipelineStatus::is_deleting) {
                return Action::Reply(Question::FinishDeleting(pipeline), Reply::Routine);
            }
            // Nothing went on. What was to become of it otherwise is not on record.
            delete(NotOver::Refuse, comment)
        }
        PipelineStatusEvent::Restored { .. } => command(PipelineStatusCommand::Restore),
    };
    Action::Given(given, Who::plain(by.clone()))
}

fn of_queue(queue: QueueId, event: &QueueEvent, by: &Actor) -> Action {
    let command = match event {
        QueueEvent::Paused { reason, .. } => QueueCommand::Pause { reason: reason.clone() },
        QueueEvent::Resumed { comment, .. } => QueueCommand::Resume { comment: comment.clone() },
        QueueEvent::MovedToFront { deployment, comment, .. } => {
            QueueCommand::MoveToFront { deployment: *deployment, comment: comment.clone() }
        }
        QueueEvent::TargetsObserved { .. } => {
            return Action::Reply(Question::NewTargets(queue), Reply::Routine);
        }
        QueueEvent::PolicyAdopted { .. }
        | QueueEvent::Announced { .. }
        | QueueEvent::DeploymentStarted { .. }
        | QueueEvent::Entered { .. }
        | QueueEvent::Declined { .. }
        | QueueEvent::SlotGranted { .. }
        | QueueEvent::DeploymentBegun { .. }
        | QueueEvent::SlotFreed { .. }
        | QueueEvent::Superseded { .. }
        | QueueEvent::StageRemoved { .. }
        | QueueEvent::StageBroughtBack {}
        | QueueEvent::Withdrawn { .. }
        | QueueEvent::SteppedBack { .. }
        | QueueEvent::Left { .. }
        | QueueEvent::RollbackChosen { .. }
        | QueueEvent::RollbackDeclined { .. } => {
            return Action::Reply(Question::Queue(queue), Reply::Routine);
        }
    };
    Action::Given(told(Command::Queue(queue, command)), Who::plain(by.clone()))
}

fn of_freezes(event: &FreezesEvent) -> Given {
    let command = match event {
        // Who stops the line declares a freeze that has begun and has no end.
        FreezesEvent::Declared { freeze, scope, window, reason, .. } => FreezesCommand::Declare {
            freeze: freeze.clone(),
            scope: scope.clone(),
            window: window.clone(),
            reason: reason.clone(),
        },
        FreezesEvent::Lifted { freeze, comment, .. } => {
            FreezesCommand::Lift { freeze: freeze.clone(), comment: comment.clone() }
        }
    };
    told(Command::Freezes(command))
}

/// `None`: an engine went on granting.
fn of_locks(event: &LocksEvent) -> Option<LocksCommand> {
    match event {
        LocksEvent::GroupDefined { group, capacity } => {
            Some(LocksCommand::Define { group: group.clone(), capacity: *capacity })
        }
        LocksEvent::GroupRemoved { group } => Some(LocksCommand::Remove { group: group.clone() }),
        LocksEvent::Asked { .. } | LocksEvent::Granted { .. } | LocksEvent::Freed { .. } => None,
    }
}

/// `None`: an engine went on granting.
fn of_pool(events: &[&PoolEvent]) -> Option<PoolCommand> {
    let mut saved = BTreeMap::new();
    let (mut agents, mut said) = (BTreeSet::new(), None);
    for event in events {
        match event {
            PoolEvent::Defined {} => return Some(PoolCommand::Define),
            PoolEvent::Removed {} => return Some(PoolCommand::Remove),
            PoolEvent::AgentRemoved { agent } => {
                return Some(PoolCommand::RemoveAgent { agent: agent.clone() });
            }
            PoolEvent::AgentSaved { agent, capabilities } => {
                saved.insert(agent.clone(), capabilities.clone());
            }
            PoolEvent::AgentEnabled { agent } => {
                agents.insert(agent.clone());
            }
            PoolEvent::AgentDisabled { agent, reason } => {
                agents.insert(agent.clone());
                said = Some(reason.clone());
            }
            PoolEvent::Asked { .. } | PoolEvent::Granted { .. } | PoolEvent::Freed { .. } => {}
        }
    }
    if !saved.is_empty() {
        return Some(PoolCommand::SaveAgents { agents: saved });
    }
    match said {
        Some(reason) => Some(PoolCommand::Disable { agents, reason }),
        None => (!agents.is_empty()).then_some(PoolCommand::Enable { agents }),
    }
}

fn of_targets(group: &TargetGroupId, event: &TargetsEvent) -> Given {
    let presence = |target: &crate::TargetId, presence| {
        let target = target.clone();
        TargetsCommand::SetPresence { target, presence }
    };
    let command = match event {
        TargetsEvent::Registered { target, name, tags, joined } => TargetsCommand::Register {
            target: target.clone(),
            name: name.clone(),
            tags: tags.clone(),
            presence: if joined.is_some() { Presence::Online } else { Presence::Offline },
        },
        TargetsEvent::Retagged { target, tags } => {
            TargetsCommand::Retag { target: target.clone(), tags: tags.clone() }
        }
        TargetsEvent::CameOnline { target, .. } => presence(target, Presence::Online),
        TargetsEvent::WentOffline { target } => presence(target, Presence::Offline),
        TargetsEvent::Removed { target } => TargetsCommand::Remove { target: target.clone() },
    };
    told(Command::Targets(group.clone(), command))
}

fn of_release(
    id: ReleaseId,
    events: &[&ReleaseEvent],
    by: &Actor,
    at: Timestamp,
    before: &World,
) -> Result<Vec<Action>, WhatIfError> {
    if let Some(given) = of_whole_release(id, events) {
        return Ok(vec![Action::Given(given, Who::plain(by.clone()))]);
    }
    let of_deployments = events
        .iter()
        .filter_map(|event| if let ReleaseEvent::Deployment(event) = event { Some(event) } else { None });
    of_deployment(id, &of_deployments.collect::<Vec<_>>(), by, at, before)
}
