//! Pipelines that are deleted by force: what is not over is cancelled, one deployment in a commit, and then they are deleted (P6).

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cutover::transaction::{Command, Folded};
use cutover::{
    DeletingWork, DeploymentId, PipelineId, PipelineStatusCommand, QueueId, ReleaseCommand, ReleaseId,
    StageId, Subject, work_of_deleting,
};

use super::own::{IN_VAIN, Taken};
use crate::engine::Inner;
use crate::{EngineError, ReleaseAt, limits};

impl Inner {
    /// Goes on with deleting as far as nothing has to stop first, and as long as something comes of it.
    pub(super) async fn go_on_deleting(&self, pipeline: PipelineId) -> Result<(), EngineError> {
        let (mut in_vain, mut releases) = (0, BTreeMap::new());
        while in_vain < limits::IN_VAIN {
            let status = self.newest(&Subject::PipelineStatus(pipeline)).await?;
            if !status.state().as_pipeline_status().is_some_and(cutover::PipelineStatus::is_deleting) {
                return Ok(());
            }
            let (stages, queues) = self.queues_of(pipeline).await?;
            match self.next_of_deleting(&queues, &mut releases).await? {
                DeletingWork::Cancel(id) => {
                    releases.remove(&id.release);
                    match self.own(id.release, ReleaseCommand::CancelSinceDeleted(id)).await? {
                        Taken::Yes => {
                            self.troubles.clear(&Subject::PipelineStatus(pipeline));
                            in_vain = 0;
                        }
                        // Others are at it, too: what was read is looked up again.
                        Taken::Idle | Taken::Refused => {
                            releases.clear();
                            in_vain += 1;
                        }
                    }
                }
                DeletingWork::Wait => {
                    self.troubles.clear(&Subject::PipelineStatus(pipeline));
                    return Ok(());
                }
                DeletingWork::Finish => {
                    let command = PipelineStatusCommand::FinishDeleting { stages };
                    self.own_command(Command::PipelineStatus(pipeline, command)).await?;
                    return Ok(());
                }
            }
        }
        self.troubles.note_in_vain(&Subject::PipelineStatus(pipeline), self.now(), IN_VAIN);
        tracing::warn!(%pipeline, "nothing comes of cancelling for a pipeline that is deleted: it looks again after a while");
        Ok(())
    }

    /// All stages that the pipeline ever had, and their queues.
    async fn queues_of(
        &self,
        pipeline: PipelineId,
    ) -> Result<(BTreeSet<StageId>, Vec<Arc<Folded>>), EngineError> {
        let folded = self.newest(&Subject::Pipeline(pipeline)).await?;
        let known = folded.state().as_pipeline();
        let stages: BTreeSet<_> = known.into_iter().flat_map(cutover::Pipeline::stages_ever).collect();
        let mut queues = Vec::new();
        for stage in &stages {
            queues.push(self.newest(&Subject::Queue(QueueId { pipeline, stage: *stage })).await?);
        }
        Ok((stages, queues))
    }

    /// Each release is read once, until it is cancelled: what is being stopped stays so until it is over.
    async fn next_of_deleting(
        &self,
        queues: &[Arc<Folded>],
        releases: &mut BTreeMap<ReleaseId, ReleaseAt>,
    ) -> Result<DeletingWork, EngineError> {
        let queues: Vec<_> = queues.iter().filter_map(|folded| folded.state().as_queue()).collect();
        let going_on: BTreeSet<_> =
            queues.iter().flat_map(|queue| queue.going_on()).map(|it| it.release).collect();
        for release in going_on {
            if let Entry::Vacant(place) = releases.entry(release) {
                place.insert(self.newest_release(release).await?);
            }
        }
        let find = |id: DeploymentId| releases.get(&id.release).map(ReleaseAt::release);
        Ok(work_of_deleting(&queues, find))
    }
}
