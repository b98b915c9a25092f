use cutover::freeze::FreezesCommand;
use cutover::permission::PermissionsCommand;
use cutover::transaction::Command;
use cutover::{
    ArtifactCommand, CursorCommand, DirectoryCommand, LocksCommand, PipelineCommand, PipelineStatusCommand,
    PoolCommand, QueueCommand, ReleaseCommand, SnapshotCommand, TargetsCommand, VariableGroupCommand,
};

/// Whether the command only ever follows from an event: given by itself, it would make streams contradict each other.
pub(crate) const fn is_reaction(command: &Command) -> bool {
    match command {
        Command::Directory(command) => match command {
            DirectoryCommand::ReserveIds { .. } => false,
            DirectoryCommand::ClaimName { .. } | DirectoryCommand::FreeName { .. } => true,
        },
        Command::Pipeline(_, command) => match command {
            PipelineCommand::Create { .. }
            | PipelineCommand::Revise { .. }
            | PipelineCommand::Restore { .. }
            | PipelineCommand::CreateRelease { .. }
            | PipelineCommand::Observe { .. }
            | PipelineCommand::ReachSchedule(_)
            | PipelineCommand::ReleaseOnSchedule { .. } => false,
        },
        Command::Artifact(_, command) => match command {
            ArtifactCommand::Publish(_) | ArtifactCommand::Tag { .. } => false,
        },
        Command::PipelineStatus(_, command) => match command {
            PipelineStatusCommand::Disable { .. }
            | PipelineStatusCommand::Enable
            | PipelineStatusCommand::Delete { .. }
            | PipelineStatusCommand::FinishDeleting { .. }
            | PipelineStatusCommand::Restore => false,
        },
        Command::Snapshot(_, SnapshotCommand::Keep { .. } | SnapshotCommand::Take { .. }) => true,
        Command::Release(_, command) => is_reaction_of_release(command),
        Command::Freezes(command) => match command {
            FreezesCommand::Declare { .. }
            | FreezesCommand::StopTheLine { .. }
            | FreezesCommand::Lift { .. } => false,
        },
        Command::Permissions(PermissionsCommand::Give(_) | PermissionsCommand::Revoke(_))
        | Command::VariableGroup(_, VariableGroupCommand::Save { .. })
        | Command::Cursor(
            _,
            CursorCommand::Open { .. }
            | CursorCommand::Acknowledge { .. }
            | CursorCommand::Move { .. }
            | CursorCommand::Close,
        ) => false,
        Command::Queue(_, command) => match command {
            QueueCommand::Announce { .. }
            | QueueCommand::NoteStarted(_)
            | QueueCommand::Remove { .. }
            | QueueCommand::BringBack
            | QueueCommand::Enter { .. }
            | QueueCommand::NoteBegun(_)
            | QueueCommand::FreeSlot(_)
            | QueueCommand::StepBack(_)
            | QueueCommand::Leave { .. } => true,
            QueueCommand::Pause { .. }
            | QueueCommand::Resume { .. }
            | QueueCommand::MoveToFront { .. }
            | QueueCommand::ObserveTargets(_)
            | QueueCommand::Settle => false,
        },
        Command::Targets(_, command) => match command {
            TargetsCommand::Register { .. }
            | TargetsCommand::Retag { .. }
            | TargetsCommand::SetPresence { .. }
            | TargetsCommand::Remove { .. } => false,
        },
        Command::Locks(command) => match command {
            LocksCommand::Ask { .. } | LocksCommand::Free(_) | LocksCommand::Decline(_) => true,
            LocksCommand::Define { .. } | LocksCommand::Remove { .. } | LocksCommand::Settle => false,
        },
        Command::Pool(_, command) => match command {
            PoolCommand::Ask { .. } | PoolCommand::Free { .. } => true,
            PoolCommand::Define
            | PoolCommand::Remove
            | PoolCommand::SaveAgents { .. }
            | PoolCommand::RemoveAgent { .. }
            | PoolCommand::Enable { .. }
            | PoolCommand::Disable { .. }
            | PoolCommand::Settle => false,
        },
    }
}

const fn is_reaction_of_release(command: &ReleaseCommand) -> bool {
    match command {
        ReleaseCommand::Create { .. }
        | ReleaseCommand::GrantSlot(_)
        | ReleaseCommand::GrantLocks(_)
        | ReleaseCommand::GrantAgent { .. }
        | ReleaseCommand::Supersede { .. }
        | ReleaseCommand::Redeploy(_)
        | ReleaseCommand::RedeployTo { .. }
        | ReleaseCommand::TurnAway { .. } => true,
        ReleaseCommand::EditDraft(_)
        | ReleaseCommand::Start
        | ReleaseCommand::Edit(_)
        | ReleaseCommand::KeepForever { .. }
        | ReleaseCommand::LetGo { .. }
        | ReleaseCommand::ReviseStage(_)
        | ReleaseCommand::Deploy(_)
        | ReleaseCommand::DeployUpTo { .. }
        | ReleaseCommand::Cancel { .. }
        | ReleaseCommand::Answer { .. }
        | ReleaseCommand::ApproveForLater { .. }
        | ReleaseCommand::Reassign { .. }
        | ReleaseCommand::StartDeferred { .. }
        | ReleaseCommand::IgnoreGate { .. }
        | ReleaseCommand::SampleGates { .. }
        | ReleaseCommand::CatchUpGates { .. }
        | ReleaseCommand::Abandon { .. }
        | ReleaseCommand::Delete { .. }
        | ReleaseCommand::Restore
        | ReleaseCommand::Reactivate
        | ReleaseCommand::ClaimTask { .. }
        | ReleaseCommand::ReattachTask { .. }
        | ReleaseCommand::ReportTask { .. }
        | ReleaseCommand::AnswerIntervention { .. }
        | ReleaseCommand::Settle(_)
        | ReleaseCommand::OverrideFreezes { .. }
        | ReleaseCommand::LookAtFreezes(_)
        | ReleaseCommand::CancelSinceDeleted(_)
        | ReleaseCommand::Reach(_) => false,
    }
}
