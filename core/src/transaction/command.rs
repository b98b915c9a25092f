use crate::directory::DirectoryCommand;
use crate::pipeline::PipelineCommand;
use crate::queue::QueueCommand;
use crate::release::ReleaseCommand;
use crate::snapshot::SnapshotCommand;
use crate::{Digest, PipelineId, QueueId, ReleaseId, Subject};

/// Something that is asked of one aggregate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Of the directory.
    Directory(DirectoryCommand),
    /// Of a pipeline.
    Pipeline(PipelineId, PipelineCommand),
    /// Of a snapshot.
    Snapshot(Digest, SnapshotCommand),
    /// Of a release.
    Release(ReleaseId, ReleaseCommand),
    /// Of a stage's queue.
    Queue(QueueId, QueueCommand),
}

impl Command {
    /// Of what it is asked.
    pub const fn subject(&self) -> Subject {
        match self {
            Self::Directory(_) => Subject::Directory,
            Self::Pipeline(id, _) => Subject::Pipeline(*id),
            Self::Snapshot(digest, _) => Subject::Snapshot(*digest),
            Self::Release(id, _) => Subject::Release(*id),
            Self::Queue(id, _) => Subject::Queue(*id),
        }
    }

    /// Whether it says only that the moment of a deadline has come.
    pub(super) const fn is_timer(&self) -> bool {
        matches!(self, Self::Release(_, ReleaseCommand::Reach(_)))
    }
}
