//! Which permissions each command needs, and where (U3). A new command does not compile before it stands here.

use std::collections::BTreeSet;

use super::{Permission, PermissionsCommand};
use crate::artifact::ArtifactCommand;
use crate::cursor::CursorCommand;
use crate::directory::DirectoryCommand;
use crate::flow::Facts;
use crate::freeze::FreezesCommand;
use crate::locks::LocksCommand;
use crate::pipeline::PipelineCommand;
use crate::pipeline_status::PipelineStatusCommand;
use crate::pool::PoolCommand;
use crate::queue::QueueCommand;
use crate::release::{ArtifactFilters, ReleaseCommand};
use crate::snapshot::SnapshotCommand;
use crate::targets::TargetsCommand;
use crate::transaction::{Command, State};
use crate::trigger::path_to;
use crate::{
    IdKind, PipelineDefinition, PipelineId, Release, Scope, Site, StageId, Subject, VariableGroupCommand,
};

/// A permission that is needed somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The permission.
    pub permission: Permission,
    /// Where.
    pub site: Site,
}

impl Need {
    const fn new(permission: Permission, site: Site) -> Self {
        Self { permission, site }
    }
}

/// The subjects that say where things are: what [`required`] reads beside the state of the command's own subject.
pub(crate) fn read_for(command: &Command, state: &State) -> Vec<Subject> {
    match command {
        Command::Release(..) => {
            let about = state.as_release().and_then(Release::about);
            about.map(|about| Subject::Snapshot(about.snapshot)).into_iter().collect()
        }
        Command::Freezes(command) => {
            let scope = scope_of_freeze(command, state);
            scope.and_then(|scope| scope.in_pipeline()).map(Subject::Pipeline).into_iter().collect()
        }
        Command::Permissions(PermissionsCommand::Give(grant) | PermissionsCommand::Revoke(grant)) => {
            grant.scope.in_pipeline().map(Subject::Pipeline).into_iter().collect()
        }
        Command::PipelineStatus(pipeline, _) => vec![Subject::Pipeline(*pipeline)],
        Command::Queue(
            queue,
            QueueCommand::Pause { .. } | QueueCommand::Resume { .. } | QueueCommand::MoveToFront { .. },
        ) => vec![Subject::Pipeline(queue.pipeline)],
        Command::Artifact(..)
        | Command::Directory(_)
        | Command::Pipeline(..)
        | Command::Snapshot(..)
        | Command::VariableGroup(..)
        | Command::Cursor(..)
        | Command::Locks(_)
        | Command::Pool(..)
        | Command::Targets(..)
        | Command::Queue(..) => Vec::new(),
    }
}

/// All that is needed to give the command. What does not exist needs nothing: that is for its own decision to refuse.
pub(crate) fn required(command: &Command, state: &State, facts: &Facts<'_>) -> Vec<Need> {
    match command {
        Command::Artifact(_, ArtifactCommand::Publish(_) | ArtifactCommand::Tag { .. }) => {
            vec![Need::new(Permission::PublishArtifacts, Site::store())]
        }
        Command::Directory(command) => of_directory(command),
        Command::Pipeline(pipeline, command) => of_pipeline(*pipeline, command, state),
        Command::PipelineStatus(pipeline, command) => of_status(*pipeline, command, facts),
        Command::Release(_, command) => of_release(command, state, facts),
        Command::Freezes(command) => {
            let permission = match command {
                FreezesCommand::Declare { .. } | FreezesCommand::StopTheLine { .. } => {
                    Permission::ManageDeployments
                }
                FreezesCommand::Lift { .. } => Permission::OverrideFreezes,
            };
            let scope = scope_of_freeze(command, state);
            scope.into_iter().map(|scope| Need::new(permission, site_of(&scope, facts))).collect()
        }
        Command::Permissions(PermissionsCommand::Give(grant) | PermissionsCommand::Revoke(grant)) => {
            vec![Need::new(Permission::AdministerPermissions, site_of(&grant.scope, facts))]
        }
        Command::Queue(queue, command) => match command {
            // It only goes on with what was decided already.
            QueueCommand::Settle | QueueCommand::ObserveTargets(_) => Vec::new(),
            QueueCommand::Pause { .. } | QueueCommand::Resume { .. } | QueueCommand::MoveToFront { .. } => {
                let scope = Scope::Stage { pipeline: queue.pipeline, stage: queue.stage };
                let site = site_of(&scope, facts);
                vec![Need::new(Permission::ManageQueues, site)]
            }
            QueueCommand::Announce { .. }
            | QueueCommand::NoteStarted(_)
            | QueueCommand::Remove { .. }
            | QueueCommand::BringBack
            | QueueCommand::Enter { .. }
            | QueueCommand::NoteBegun(_)
            | QueueCommand::FreeSlot(_)
            | QueueCommand::StepBack(_)
            | QueueCommand::Leave { .. } => only_follows(),
        },
        // Any pipeline may name it.
        Command::VariableGroup(_, VariableGroupCommand::Save { .. }) => {
            vec![Need::new(Permission::EditPipeline, Site::store())]
        }
        // Who moves it keeps from others what they would be told.
        Command::Cursor(
            _,
            CursorCommand::Open { .. }
            | CursorCommand::Acknowledge { .. }
            | CursorCommand::Move { .. }
            | CursorCommand::Close,
        ) => {
            vec![Need::new(Permission::ManageDeployments, Site::store())]
        }
        Command::Locks(command) => match command {
            LocksCommand::Define { .. } | LocksCommand::Remove { .. } => {
                vec![Need::new(Permission::ManageQueues, Site::store())]
            }
            LocksCommand::Settle => Vec::new(),
            LocksCommand::Ask { .. } | LocksCommand::Free(_) | LocksCommand::Decline(_) => only_follows(),
        },
        // Any pipeline's jobs may run on its agents, and wait for them as deployments wait in a queue.
        Command::Pool(_, command) => match command {
            PoolCommand::Define
            | PoolCommand::Remove
            | PoolCommand::SaveAgents { .. }
            | PoolCommand::RemoveAgent { .. }
            | PoolCommand::Enable { .. }
            | PoolCommand::Disable { .. } => vec![Need::new(Permission::ManageQueues, Site::store())],
            PoolCommand::Settle => Vec::new(),
            PoolCommand::Ask { .. } | PoolCommand::Free { .. } => only_follows(),
        },
        Command::Targets(_, command) => {
            let permission = match command {
                // They say where any pipeline that names the group deploys to.
                TargetsCommand::Register { .. }
                | TargetsCommand::Retag { .. }
                | TargetsCommand::Remove { .. } => Permission::EditPipeline,
                // What runs tasks there knows, and says it by itself.
                TargetsCommand::SetPresence { .. } => Permission::ReportTaskResults,
            };
            vec![Need::new(permission, Site::store())]
        }
        Command::Snapshot(_, SnapshotCommand::Keep { .. } | SnapshotCommand::Take { .. }) => only_follows(),
    }
}

/// A command that is a reaction is never asked for by itself; who gives it all the same can do anything.
fn only_follows() -> Vec<Need> {
    vec![Need::new(Permission::AdministerPermissions, Site::store())]
}

fn of_directory(command: &DirectoryCommand) -> Vec<Need> {
    match command {
        DirectoryCommand::ReserveIds { kind: IdKind::Pipeline, .. } => {
            vec![Need::new(Permission::EditPipeline, Site::store())]
        }
        DirectoryCommand::ReserveIds { kind: IdKind::Release, .. } => {
            vec![Need::new(Permission::CreateReleases, Site::store())]
        }
        DirectoryCommand::ClaimName { .. } | DirectoryCommand::FreeName { .. } => only_follows(),
    }
}

fn of_pipeline(pipeline: PipelineId, command: &PipelineCommand, state: &State) -> Vec<Need> {
    let current = state.as_pipeline().and_then(|pipeline| pipeline.current());
    match (command, current) {
        (PipelineCommand::Create { definition }, None) => {
            vec![Need::new(Permission::EditPipeline, Site::folder(&definition.folder))]
        }
        (
            PipelineCommand::Revise { definition, .. } | PipelineCommand::Restore { definition, .. },
            Some(current),
        ) => to_revise(pipeline, &current.definition, definition),
        (
            PipelineCommand::CreateRelease { .. }
            | PipelineCommand::Observe { .. }
            | PipelineCommand::ReleaseOnSchedule { .. },
            Some(current),
        ) => {
            let site = Site::pipeline(pipeline, &current.definition.folder);
            vec![Need::new(Permission::CreateReleases, site)]
        }
        // It only records what is so already.
        (PipelineCommand::ReachSchedule(_), _)
        | (PipelineCommand::Create { .. }, Some(_))
        | (
            PipelineCommand::Revise { .. }
            | PipelineCommand::Restore { .. }
            | PipelineCommand::CreateRelease { .. }
            | PipelineCommand::Observe { .. }
            | PipelineCommand::ReleaseOnSchedule { .. },
            None,
        ) => Vec::new(),
    }
}

/// A revision needs *edit pipeline*, also in a folder that it moves the pipeline to; and *edit stage* of each stage that it changes,
/// adds or removes.
fn to_revise(pipeline: PipelineId, current: &PipelineDefinition, next: &PipelineDefinition) -> Vec<Need> {
    let site = Site::pipeline(pipeline, &current.folder);
    let mut needs = vec![Need::new(Permission::EditPipeline, site.clone())];
    if next.folder != current.folder {
        needs.push(Need::new(Permission::EditPipeline, Site::folder(&next.folder)));
    }
    needs.extend(to_edit_stages(&site, current, next));
    needs
}

/// *Edit stage*, of each stage that is changed, added or removed.
fn to_edit_stages(site: &Site, current: &PipelineDefinition, next: &PipelineDefinition) -> Vec<Need> {
    let stages: BTreeSet<StageId> = current.stages.iter().chain(&next.stages).map(|stage| stage.id).collect();
    let changed = stages.into_iter().filter(|stage| current.stage(*stage) != next.stage(*stage));
    changed.map(|stage| Need::new(Permission::EditStage, site.clone().stage(stage))).collect()
}

fn of_status(pipeline: PipelineId, command: &PipelineStatusCommand, facts: &Facts<'_>) -> Vec<Need> {
    let permission = match command {
        PipelineStatusCommand::Disable { .. } | PipelineStatusCommand::Enable => Permission::EditPipeline,
        PipelineStatusCommand::Delete { .. } | PipelineStatusCommand::Restore => Permission::DeletePipeline,
        // It only goes on with what was decided already.
        PipelineStatusCommand::FinishDeleting { .. } => return Vec::new(),
    };
    vec![Need::new(permission, site_of(&Scope::Pipeline(pipeline), facts))]
}

fn of_release(command: &ReleaseCommand, state: &State, facts: &Facts<'_>) -> Vec<Need> {
    let Some(about) = state.as_release().and_then(Release::about) else { return Vec::new() };
    let Some(definition) = facts.snapshot(about.snapshot) else { return Vec::new() };
    // As the release froze it: a later revision changes no decision about it (I9).
    let pipeline = Site::pipeline(about.pipeline, &definition.folder);
    let here = |permission| vec![Need::new(permission, pipeline.clone())];
    let at = |permission, stage| vec![Need::new(permission, pipeline.clone().stage(stage))];
    match command {
        ReleaseCommand::EditDraft(edit) => {
            let mut needs = here(Permission::EditReleases);
            if let Some(next) = &edit.snapshot {
                needs.extend(to_edit_stages(&pipeline, definition, next));
            }
            needs
        }
        ReleaseCommand::ReviseStage(edit) => {
            let mut needs = here(Permission::EditReleases);
            needs.extend(at(Permission::EditStage, edit.stage));
            needs
        }
        ReleaseCommand::Delete { .. } | ReleaseCommand::Restore => here(Permission::DeleteReleases),
        ReleaseCommand::Edit(_)
        | ReleaseCommand::KeepForever { .. }
        | ReleaseCommand::LetGo { .. }
        | ReleaseCommand::Start
        | ReleaseCommand::Abandon { .. }
        | ReleaseCommand::Reactivate => here(Permission::EditReleases),
        ReleaseCommand::Deploy(request) => {
            let mut needs = at(Permission::ManageDeployments, request.stage);
            if request.filters == ArtifactFilters::Overridden {
                needs.extend(at(Permission::OverrideArtifactFilters, request.stage));
            }
            needs
        }
        ReleaseCommand::DeployUpTo { target, .. } => {
            let path = path_to(definition, *target);
            path.into_iter().flat_map(|stage| at(Permission::ManageDeployments, stage)).collect()
        }
        ReleaseCommand::Cancel { stage, .. } => at(Permission::ManageDeployments, *stage),
        ReleaseCommand::OverrideFreezes { deployment, .. } => {
            at(Permission::OverrideFreezes, deployment.stage)
        }
        ReleaseCommand::IgnoreGate { gate, .. } => at(Permission::IgnoreGates, gate.deployment.stage),
        ReleaseCommand::SampleGates { deployment, .. } | ReleaseCommand::CatchUpGates { deployment, .. } => {
            at(Permission::ReportTaskResults, deployment.stage)
        }
        ReleaseCommand::ClaimTask { task, .. }
        | ReleaseCommand::ReattachTask { task, .. }
        | ReleaseCommand::ReportTask { task, .. } => {
            at(Permission::ReportTaskResults, task.deployment().stage)
        }
        // Who it is assigned to may answer: that is for the decision to say.
        ReleaseCommand::AnswerIntervention { task, .. } => {
            let deployment = state.as_release().and_then(|release| release.deployment(task.deployment()));
            match deployment.and_then(|deployment| deployment.intervention(*task)) {
                Some(intervention) if !intervention.asked.is_open_to_all() => Vec::new(),
                Some(_) | None => at(Permission::ResumeInterventions, task.deployment().stage),
            }
        }
        // Who is asked may answer, and who manages approvers (AP12): that is for the decision to say. The others only record what is so already.
        ReleaseCommand::Answer { .. }
        | ReleaseCommand::ApproveForLater { .. }
        | ReleaseCommand::Reassign { .. }
        | ReleaseCommand::StartDeferred { .. }
        | ReleaseCommand::Settle(_)
        | ReleaseCommand::Reach(_)
        | ReleaseCommand::LookAtFreezes(_)
        | ReleaseCommand::CancelSinceDeleted(_) => Vec::new(),
        ReleaseCommand::Create { .. }
        | ReleaseCommand::GrantSlot(_)
        | ReleaseCommand::GrantLocks(_)
        | ReleaseCommand::GrantAgent { .. }
        | ReleaseCommand::Supersede { .. }
        | ReleaseCommand::Redeploy(_)
        | ReleaseCommand::RedeployTo { .. }
        | ReleaseCommand::TurnAway { .. } => only_follows(),
    }
}

/// Where a freeze is declared, or holds that is lifted.
fn scope_of_freeze(command: &FreezesCommand, state: &State) -> Option<Scope> {
    match command {
        FreezesCommand::Declare { scope, .. } | FreezesCommand::StopTheLine { scope, .. } => {
            Some(scope.clone())
        }
        FreezesCommand::Lift { freeze, .. } => {
            state.as_freezes()?.get(freeze).map(|freeze| freeze.scope.clone())
        }
    }
}

/// A pipeline is in the folder that it is in at present; one that does not exist is in none.
fn site_of(scope: &Scope, facts: &Facts<'_>) -> Site {
    let pipeline = |id: PipelineId| {
        let current = facts.pipeline(id).and_then(|pipeline| pipeline.current());
        Site::pipeline(id, current.map_or("", |current| &current.definition.folder))
    };
    match scope {
        Scope::Store => Site::store(),
        Scope::Folder(path) => Site::folder(path),
        Scope::Pipeline(id) => pipeline(*id),
        Scope::Stage { pipeline: id, stage } => pipeline(*id).stage(*stage),
    }
}
