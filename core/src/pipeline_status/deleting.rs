//! What is still to be done before a pipeline is deleted that was deleted by force (P6).

use crate::deployment::Phase;
use crate::{DeploymentId, Release, StageQueue};

/// What an engine does next for a pipeline that is being deleted. It follows from the state, so that after a crash it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeletingWork {
    /// This deployment is not over, and nobody has stopped it yet.
    Cancel(DeploymentId),
    /// Everything that goes on is being stopped already.
    Wait,
    /// Nothing goes on any more.
    Finish,
}

/// The next thing to do; `queues` are those of all stages of the pipeline, `release` finds a release.
///
/// Those that wait go first, the newest before the others, so that no slot that becomes free is granted to one that is cancelled next.
pub fn work_of_deleting<'s>(
    queues: &[&StageQueue],
    release: impl Fn(DeploymentId) -> Option<&'s Release>,
) -> DeletingWork {
    let mut going_on: Vec<DeploymentId> =
        queues.iter().flat_map(|queue| queue.waiting()).map(|(id, _)| id).collect();
    going_on.reverse();
    going_on.extend(queues.iter().flat_map(|queue| queue.going_on()));
    let is_stopping = |id: &DeploymentId| {
        let deployment = release(*id).and_then(|release| release.deployment(*id));
        deployment.is_none_or(|deployment| matches!(deployment.phase, Phase::Cancelling { .. }))
    };
    match going_on.iter().find(|id| !is_stopping(id)) {
        Some(id) => DeletingWork::Cancel(*id),
        None if going_on.is_empty() => DeletingWork::Finish,
        None => DeletingWork::Wait,
    }
}
