//! What follows elsewhere from an event: the whole protocol between aggregates.
//!
//! | when this is recorded | this is commanded |
//! |---|---|
//! | Pipeline: `Created`, `Renamed` | Directory: claim the name (*may refuse*) |
//! | `PipelineStatus`: `Deleted`, `Restored` | Directory: free the name, or claim it again (*may refuse*) |
//! | Pipeline: `ReleaseNumbered` | Snapshot: keep (once per digest); Release: create |
//! | Release: `SnapshotRevised` | Snapshot: take it (once per digest) |
//! | Release: `Triggered` | `StageQueue`: enter, or be announced where it does not ask for a slot at once (*may refuse* a deployment by hand, Q10) |
//! | Release: `SlotAsked` | `StageQueue`: enter (*may refuse* what a person asks for now, Q10) |
//! | Release: `LocksAsked` | Locks: ask |
//! | Release: `Begun` | `StageQueue`: note it |
//! | Release: `JobsEnded` of one that holds its slot for its jobs only | `StageQueue`: free the slot |
//! | Release: `JobsEnded`, `ChecksRestarted` or `Over` of one that asked for lock groups | Locks: free them |
//! | Release: `Frozen` of one that was just granted its lock groups | Locks: it declines them |
//! | Release: `AgentAsked` | Pool: ask |
//! | Release: `SliceEnded` or `SliceSkipped` of what asked for an agent | Pool: free it |
//! | Release: `ChecksRestarted` of one that waits for a slot or holds one for its jobs only | `StageQueue`: it steps back |
//! | `StageQueue`: `SlotGranted` | Release: the slot is granted |
//! | `StageQueue`: `Superseded`, `Declined`, `Withdrawn` | Release: withdraw the deployment |
//! | Release: `MomentCame`, `BroughtForward` of one that was scheduled and asks for no slot yet | `StageQueue`: note it |
//! | Pipeline: `Revised` | `StageQueue` of each stage that it removes or brings back: note it |
//! | `StageQueue`: `RollbackChosen` | Release that was good: deploy the stage again |
//! | `StageQueue`: `TargetsObserved` of some that are still there | Release that is current: deploy the stage to them, too |
//! | Locks: `Granted` | Release: the lock groups are granted |
//! | Pool: `Granted` | Release: the agent is granted |
//! | Release: `Over` | `StageQueue`: leave, with what the deployment left on the stage |
//!
//! Reactions are carried out first in, first out, in the order in which their events were recorded, then in the order of this
//! table. They are total: they answer with events, or with none where it is already so, and refuse only where the table says so; then the
//! whole command is refused.

use std::sync::Arc;

use super::Command;
use crate::deployment::{DeploymentEvent, DeploymentReason, Entry, First, Trigger};
use crate::directory::DirectoryCommand;
use crate::locks::{LocksCommand, LocksEvent};
use crate::pipeline::PipelineEvent;
use crate::pipeline_status::PipelineStatusEvent;
use crate::pool::{PoolCommand, PoolEvent};
use crate::queue::{Declined, QueueCommand, QueueEvent, ScheduledEntry};
use crate::release::{ReleaseCommand, ReleaseEvent};
use crate::snapshot::SnapshotCommand;
use crate::{DeploymentId, Event, JobId, NewTargets, PipelineId, PoolId, QueueId, StageId, Subject};

/// What is commanded because of each of these events, which one decision recorded in the stream of `subject`.
pub(super) fn react(subject: &Subject, events: &[Event]) -> Vec<Vec<Command>> {
    let after = |place: usize| events.get(place + 1..).unwrap_or_default();
    events.iter().enumerate().map(|(place, event)| react_to(subject, event, after(place))).collect()
}

/// What is commanded because of an event, after which the same decision recorded others.
fn react_to(subject: &Subject, event: &Event, then: &[Event]) -> Vec<Command> {
    match (subject, event) {
        (Subject::Pipeline(id), Event::Pipeline(event)) => of_pipeline(*id, event),
        (Subject::PipelineStatus(_), Event::PipelineStatus(event)) => of_pipeline_status(event),
        (Subject::Release(_), Event::Release(ReleaseEvent::Deployment(event))) => of_deployment(event, then),
        (Subject::Release(_), Event::Release(ReleaseEvent::SnapshotRevised(revised))) => {
            let definition = Arc::clone(&revised.definition);
            vec![Command::Snapshot(revised.digest, SnapshotCommand::Take { definition })]
        }
        (Subject::Queue(_), Event::Queue(event)) => of_queue(event),
        (Subject::Locks, Event::Locks(event)) => of_locks(event),
        (Subject::Pool(_), Event::Pool(event)) => of_pool(event),
        // Nothing follows elsewhere from the others, nor from what is in a stream of something else.
        (
            _,
            Event::Directory(_)
            | Event::Pipeline(_)
            | Event::PipelineStatus(_)
            | Event::Snapshot(_)
            | Event::Release(_)
            | Event::Queue(_)
            | Event::Freezes(_)
            | Event::Permissions(_)
            | Event::Artifact(_)
            | Event::VariableGroup(_)
            | Event::Locks(_)
            | Event::Pool(_)
            | Event::Targets(_)
            | Event::Cursor(_),
        ) => Vec::new(),
    }
}

fn of_pipeline(pipeline: PipelineId, event: &PipelineEvent) -> Vec<Command> {
    let claim = |folder: &String, name: &String| {
        Command::Directory(DirectoryCommand::ClaimName {
            pipeline,
            folder: folder.clone(),
            name: name.clone(),
        })
    };
    match event {
        PipelineEvent::Created { definition, .. } => vec![claim(&definition.folder, &definition.name)],
        PipelineEvent::Renamed { folder, name } => vec![claim(folder, name)],
        PipelineEvent::Revised { revision, removed, brought_back, .. } => {
            let of = |stage: &StageId| QueueId { pipeline, stage: *stage };
            let remove = |stage| Command::Queue(of(stage), QueueCommand::Remove { revision: *revision });
            let bring_back = |stage| Command::Queue(of(stage), QueueCommand::BringBack);
            removed.iter().map(remove).chain(brought_back.iter().map(bring_back)).collect()
        }
        PipelineEvent::Observing { .. }
        | PipelineEvent::TriggerFired { .. }
        | PipelineEvent::TriggerDeclined { .. }
        | PipelineEvent::PublicationObserved { .. }
        | PipelineEvent::SchedulesArmed { .. }
        | PipelineEvent::ScheduleCame { .. }
        | PipelineEvent::ScheduleFired { .. } => Vec::new(),
        PipelineEvent::ReleaseNumbered(numbered) => vec![
            Command::Snapshot(
                numbered.digest,
                SnapshotCommand::Keep {
                    pipeline,
                    digest: numbered.digest,
                    groups: numbered.groups.keys().cloned().collect(),
                },
            ),
            Command::Release(
                numbered.release,
                ReleaseCommand::Create { pipeline, numbered: numbered.clone() },
            ),
        ],
    }
}

fn of_pipeline_status(event: &PipelineStatusEvent) -> Vec<Command> {
    match event {
        PipelineStatusEvent::Deleted { pipeline, .. } => {
            vec![Command::Directory(DirectoryCommand::FreeName { pipeline: *pipeline })]
        }
        PipelineStatusEvent::Restored { pipeline, folder, name } => {
            vec![Command::Directory(DirectoryCommand::ClaimName {
                pipeline: *pipeline,
                folder: folder.clone(),
                name: name.clone(),
            })]
        }
        PipelineStatusEvent::Disabled { .. }
        | PipelineStatusEvent::Enabled {}
        | PipelineStatusEvent::DeletingBegun { .. } => Vec::new(),
    }
}

fn of_deployment(event: &DeploymentEvent, then: &[Event]) -> Vec<Command> {
    match event {
        // Nothing has to pass before it wants a slot: it enters by asking for that.
        DeploymentEvent::Triggered(trigger) if asks_for_slot(trigger.deployment, then) => Vec::new(),
        DeploymentEvent::Triggered(trigger) => {
            let by_hand = trigger.reason == DeploymentReason::Manual;
            let command = match trigger.first() {
                First::Slot => {
                    let yields = trigger.reason == DeploymentReason::RedeployTrigger;
                    enter(trigger.deployment, trigger.entry, by_hand, yields)
                }
                First::Moment(_) | First::Checks => announce(trigger, by_hand),
            };
            vec![Command::Queue(trigger.queue, command)]
        }
        DeploymentEvent::SlotAsked { deployment, queue, entry, yields, by_hand } => {
            vec![Command::Queue(*queue, enter(*deployment, *entry, *by_hand, *yields))]
        }
        DeploymentEvent::Begun { deployment, queue } => {
            vec![Command::Queue(*queue, QueueCommand::NoteBegun(*deployment))]
        }
        DeploymentEvent::LocksAsked { deployment, groups } => {
            vec![Command::Locks(LocksCommand::Ask { deployment: *deployment, groups: groups.clone() })]
        }
        DeploymentEvent::AgentAsked { job, slices, pool, demands, .. } => {
            let ask = PoolCommand::Ask { job: *job, slices: slices.clone(), demands: demands.clone() };
            vec![Command::Pool(pool.clone(), ask)]
        }
        DeploymentEvent::SliceEnded { slice, frees, .. } => {
            free_agents(frees.as_ref(), slice.job, &[slice.slice])
        }
        DeploymentEvent::SliceSkipped { job, slices, frees, .. } => free_agents(frees.as_ref(), *job, slices),
        DeploymentEvent::Frozen { deployment, declines_locks, .. } => {
            let decline = Command::Locks(LocksCommand::Decline(*deployment));
            declines_locks.then_some(decline).into_iter().collect()
        }
        DeploymentEvent::JobsEnded { deployment, frees, frees_locks, .. } => {
            let free = |queue: &QueueId| Command::Queue(*queue, QueueCommand::FreeSlot(*deployment));
            frees.iter().map(free).chain(free_locks(*deployment, *frees_locks)).collect()
        }
        DeploymentEvent::ChecksRestarted { deployment, withdraws, frees_locks } => {
            let step_back = |queue: &QueueId| Command::Queue(*queue, QueueCommand::StepBack(*deployment));
            withdraws.iter().map(step_back).chain(free_locks(*deployment, *frees_locks)).collect()
        }
        DeploymentEvent::Over { deployment, queue, conclusion, joins, rolls_back, frees_locks, .. } => {
            let (deployment, conclusion, rolls_back) = (*deployment, *conclusion, *rolls_back);
            let leave = QueueCommand::Leave { deployment, conclusion, rolls_back, joins: joins.clone() };
            std::iter::once(Command::Queue(*queue, leave))
                .chain(free_locks(deployment, *frees_locks))
                .collect()
        }
        DeploymentEvent::MomentCame { deployment, queue }
        | DeploymentEvent::BroughtForward { deployment, queue, .. } => {
            let note = |queue: &QueueId| Command::Queue(*queue, QueueCommand::NoteStarted(*deployment));
            queue.iter().map(note).collect()
        }
        DeploymentEvent::SnapshotTaken { .. }
        | DeploymentEvent::JobsKept { .. }
        | DeploymentEvent::Deferred { .. }
        | DeploymentEvent::SlotGranted { .. }
        | DeploymentEvent::LocksGranted { .. }
        | DeploymentEvent::ApprovalAsked { .. }
        | DeploymentEvent::ApprovalPassedAutomatically { .. }
        | DeploymentEvent::ApprovalApprovedBefore { .. }
        | DeploymentEvent::ApprovalReassigned { .. }
        | DeploymentEvent::ApprovalAnswered { .. }
        | DeploymentEvent::ApprovalDeferred { .. }
        | DeploymentEvent::ApprovalTimedOut { .. }
        | DeploymentEvent::ApprovalSkipped { .. }
        | DeploymentEvent::ApprovalCanceled { .. }
        | DeploymentEvent::Thawed { .. }
        | DeploymentEvent::FreezesOverridden { .. }
        | DeploymentEvent::GatesBegun { .. }
        | DeploymentEvent::GatesSampled { .. }
        | DeploymentEvent::GatesPassed { .. }
        | DeploymentEvent::GatesTimedOut { .. }
        | DeploymentEvent::GateIgnored { .. }
        | DeploymentEvent::JobBegan { .. }
        | DeploymentEvent::JobSkipped { .. }
        | DeploymentEvent::JobTimedOut { .. }
        | DeploymentEvent::JobEnded { .. }
        | DeploymentEvent::JobCouldNotBegin { .. }
        | DeploymentEvent::AgentGranted { .. }
        | DeploymentEvent::SliceBegan { .. }
        | DeploymentEvent::SliceTimedOut { .. }
        | DeploymentEvent::TaskClaimed { .. }
        | DeploymentEvent::TaskReattached { .. }
        | DeploymentEvent::TaskSkipped { .. }
        | DeploymentEvent::InterventionAsked { .. }
        | DeploymentEvent::InterventionAnswered { .. }
        | DeploymentEvent::TaskDelayed { .. }
        | DeploymentEvent::TaskStopAsked { .. }
        | DeploymentEvent::TaskEnded { .. }
        | DeploymentEvent::TaskRetryPlanned { .. }
        | DeploymentEvent::TaskRetryDue { .. }
        | DeploymentEvent::TaskRetryDropped { .. }
        | DeploymentEvent::CancelAsked { .. } => Vec::new(),
    }
}

fn of_queue(event: &QueueEvent) -> Vec<Command> {
    match event {
        QueueEvent::SlotGranted { deployment } => {
            vec![Command::Release(deployment.release, ReleaseCommand::GrantSlot(*deployment))]
        }
        QueueEvent::Superseded { deployment, by } => {
            let command = ReleaseCommand::Supersede { deployment: *deployment, by: *by };
            vec![Command::Release(deployment.release, command)]
        }
        QueueEvent::Declined { deployment, because } => {
            let command = ReleaseCommand::TurnAway { deployment: *deployment, because: *because };
            vec![Command::Release(deployment.release, command)]
        }
        QueueEvent::Withdrawn { deployment } => {
            let because = Declined::StageRemoved;
            let command = ReleaseCommand::TurnAway { deployment: *deployment, because };
            vec![Command::Release(deployment.release, command)]
        }
        QueueEvent::RollbackChosen { good, .. } => {
            vec![Command::Release(good.release, ReleaseCommand::Redeploy(good.stage))]
        }
        QueueEvent::TargetsObserved { group, joined, current, targets } if !targets.is_empty() => {
            let only = NewTargets { group: group.clone(), joined: *joined, targets: targets.clone() };
            let command = ReleaseCommand::RedeployTo { stage: current.stage, only };
            vec![Command::Release(current.release, command)]
        }
        QueueEvent::TargetsObserved { .. }
        | QueueEvent::PolicyAdopted { .. }
        | QueueEvent::DeploymentStarted { .. }
        | QueueEvent::StageRemoved { .. }
        | QueueEvent::StageBroughtBack {}
        | QueueEvent::Announced { .. }
        | QueueEvent::Entered { .. }
        | QueueEvent::DeploymentBegun { .. }
        | QueueEvent::SlotFreed { .. }
        | QueueEvent::SteppedBack { .. }
        | QueueEvent::RollbackDeclined { .. }
        | QueueEvent::Paused { .. }
        | QueueEvent::Resumed { .. }
        | QueueEvent::MovedToFront { .. }
        | QueueEvent::Left { .. } => Vec::new(),
    }
}

/// Whether the deployment asks for a slot in one of these events.
fn asks_for_slot(id: DeploymentId, events: &[Event]) -> bool {
    let asks = |event: &Event| {
        let Event::Release(ReleaseEvent::Deployment(event)) = event else { return false };
        matches!(event, DeploymentEvent::SlotAsked { deployment, .. } if *deployment == id)
    };
    events.iter().any(asks)
}

fn announce(trigger: &Trigger, by_hand: bool) -> QueueCommand {
    let Entry { revision, policy } = trigger.entry;
    let scheduled = trigger.occurrence.map(|occurrence| ScheduledEntry { occurrence, revision, policy });
    QueueCommand::Announce { deployment: trigger.deployment, scheduled, by_hand }
}

const fn enter(deployment: DeploymentId, entry: Entry, by_hand: bool, yields: bool) -> QueueCommand {
    QueueCommand::Enter { deployment, revision: entry.revision, policy: entry.policy, by_hand, yields }
}

fn of_locks(event: &LocksEvent) -> Vec<Command> {
    match event {
        LocksEvent::Granted { deployment } => {
            vec![Command::Release(deployment.release, ReleaseCommand::GrantLocks(*deployment))]
        }
        LocksEvent::GroupDefined { .. }
        | LocksEvent::GroupRemoved { .. }
        | LocksEvent::Asked { .. }
        | LocksEvent::Freed { .. } => Vec::new(),
    }
}

fn of_pool(event: &PoolEvent) -> Vec<Command> {
    match event {
        PoolEvent::Granted { slice, agent } => {
            let grant = ReleaseCommand::GrantAgent { slice: *slice, agent: agent.clone() };
            vec![Command::Release(slice.deployment().release, grant)]
        }
        PoolEvent::Defined {}
        | PoolEvent::Removed {}
        | PoolEvent::AgentSaved { .. }
        | PoolEvent::AgentRemoved { .. }
        | PoolEvent::AgentEnabled { .. }
        | PoolEvent::AgentDisabled { .. }
        | PoolEvent::Asked { .. }
        | PoolEvent::Freed { .. } => Vec::new(),
    }
}

fn free_agents(pool: Option<&PoolId>, job: JobId, slices: &[u32]) -> Vec<Command> {
    let free =
        |pool: &PoolId| Command::Pool(pool.clone(), PoolCommand::Free { job, slices: slices.to_vec() });
    pool.map(free).into_iter().collect()
}

fn free_locks(deployment: DeploymentId, frees: bool) -> Option<Command> {
    frees.then_some(Command::Locks(LocksCommand::Free(deployment)))
}
