use cutover::freeze::FreezesCommand;
use cutover::permission::PermissionsCommand;
use cutover::transaction::Command;
use cutover::{DirectoryCommand, PipelineCommand, QueueCommand, ReleaseCommand, SnapshotCommand};

/// Whether the command only ever follows from an event: given by itself, it would make streams contradict each other.
pub(crate) const fn is_reaction(command: &Command) -> bool {
    match command {
        Command::Directory(command) => match command {
            DirectoryCommand::ReserveIds { .. } => false,
            DirectoryCommand::ClaimName { .. } => true,
        },
        Command::Pipeline(_, command) => match command {
            PipelineCommand::Create { .. }
            | PipelineCommand::Revise { .. }
            | PipelineCommand::CreateRelease { .. } => false,
        },
        Command::Snapshot(_, SnapshotCommand::Keep { .. }) => true,
        Command::Release(_, command) => match command {
            ReleaseCommand::Create { .. }
            | ReleaseCommand::GrantSlot(_)
            | ReleaseCommand::Supersede { .. }
            | ReleaseCommand::TurnAway(_) => true,
            ReleaseCommand::EditDraft(_)
            | ReleaseCommand::Start
            | ReleaseCommand::Deploy(_)
            | ReleaseCommand::DeployUpTo { .. }
            | ReleaseCommand::Cancel { .. }
            | ReleaseCommand::Answer { .. }
            | ReleaseCommand::Abandon { .. }
            | ReleaseCommand::Reactivate
            | ReleaseCommand::ClaimTask { .. }
            | ReleaseCommand::ReattachTask { .. }
            | ReleaseCommand::ReportTask { .. }
            | ReleaseCommand::Settle(_)
            | ReleaseCommand::OverrideFreezes { .. }
            | ReleaseCommand::LookAtFreezes(_)
            | ReleaseCommand::Reach(_) => false,
        },
        Command::Freezes(command) => match command {
            FreezesCommand::Declare { .. }
            | FreezesCommand::StopTheLine { .. }
            | FreezesCommand::Lift { .. } => false,
        },
        Command::Permissions(PermissionsCommand::Give(_) | PermissionsCommand::Revoke(_)) => false,
        Command::Queue(_, command) => match command {
            QueueCommand::Announce(_)
            | QueueCommand::Enter { .. }
            | QueueCommand::NoteBegun(_)
            | QueueCommand::FreeSlot(_)
            | QueueCommand::Leave { .. } => true,
            QueueCommand::Settle => false,
        },
    }
}
