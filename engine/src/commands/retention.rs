//! Deleting releases, by hand or since nothing keeps them, and bringing them back (K).

use std::collections::BTreeMap;

use cutover::retention::{Decision, judge};
use cutover::store::Sequence;
use cutover::transaction::Refusal;
use cutover::{Actor, PipelineId, QueueId, ReleaseCommand, ReleaseId, ReleaseRefusal, deployed};

use crate::{Engine, EngineError, Outcome};

impl Engine {
    /// Deletes a release, unless something protects it (K2, K3). It is hidden, and can be restored for 14 days.
    ///
    /// # Errors
    /// As [`Engine::submit`]; refused with every reason that protects it.
    pub async fn delete_release(
        &self,
        actor: &Actor,
        release: ReleaseId,
        comment: &str,
    ) -> Result<Outcome, EngineError> {
        let comment = comment.to_owned();
        self.of_release(actor, release, ReleaseCommand::Delete { comment }).await
    }

    /// Brings a deleted release back as it was; its days start again (K3).
    ///
    /// # Errors
    /// As [`Engine::submit`]; refused after 14 days.
    pub async fn restore_release(&self, actor: &Actor, release: ReleaseId) -> Result<Outcome, EngineError> {
        self.of_release(actor, release, ReleaseCommand::Restore).await
    }

    /// Which releases of a pipeline may go, and which stay, because of what (K1, K2). Deleted ones are not among them. It reads every
    /// release of the pipeline.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] if there is no such pipeline; [`EngineError::Store`] and [`EngineError::Fold`] if something can't be read.
    pub async fn retention(
        &self,
        pipeline: PipelineId,
    ) -> Result<BTreeMap<ReleaseId, Decision>, EngineError> {
        let mut stages = BTreeMap::new();
        for stage in self.pipeline(pipeline).await?.stages_ever() {
            stages.insert(stage, deployed(&self.queue(QueueId { pipeline, stage }).await?));
        }
        let mut facts = Vec::new();
        for release in self.views().latest().await?.all_releases_of(pipeline) {
            let at = self.0.release_at_least(release, Sequence::NONE).await?;
            facts.extend(at.release().retention_facts(at.definition()));
        }
        Ok(judge(&facts, &stages, self.0.now()))
    }

    /// Deletes every release of a pipeline that may go, each in a commit of its own, and says which. What has come to be protected
    /// meanwhile is left. Nothing calls it by itself: a host does, once a day say.
    ///
    /// # Errors
    /// As [`Engine::retention`] and [`Engine::submit`]. What was deleted before stays deleted.
    pub async fn apply_retention(
        &self,
        actor: &Actor,
        pipeline: PipelineId,
    ) -> Result<Vec<ReleaseId>, EngineError> {
        let mut gone = Vec::new();
        for (release, decision) in self.retention(pipeline).await? {
            let Decision::Goes { .. } = decision else { continue };
            match self.delete_release(actor, release, "its retention is over").await {
                Ok(_) => gone.push(release),
                Err(EngineError::Refused(Refusal::Release(ReleaseRefusal::Protected { .. }))) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(gone)
    }
}
