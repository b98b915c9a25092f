//! Whether pipelines are active: disabling, deleting, restoring (P6).

use cutover::transaction::Command;
use cutover::{Actor, NotOver, PipelineId, PipelineStatusCommand};

use crate::{Engine, EngineError, Outcome};

impl Engine {
    /// Makes no releases of a pipeline from now on; those that exist go on (P6).
    ///
    /// # Errors
    /// As [`Engine::submit`]; refused if the pipeline is deleted or there is no such pipeline.
    pub async fn disable_pipeline(
        &self,
        actor: &Actor,
        pipeline: PipelineId,
        comment: &str,
    ) -> Result<Outcome, EngineError> {
        let command = PipelineStatusCommand::Disable { comment: comment.to_owned() };
        self.submit(actor, Command::PipelineStatus(pipeline, command)).await
    }

    /// Makes releases of a pipeline again (P6).
    ///
    /// # Errors
    /// As [`Engine::submit`]; refused if the pipeline is deleted or there is no such pipeline.
    pub async fn enable_pipeline(&self, actor: &Actor, pipeline: PipelineId) -> Result<Outcome, EngineError> {
        self.submit(actor, Command::PipelineStatus(pipeline, PipelineStatusCommand::Enable)).await
    }

    /// Deletes a pipeline; it can be restored for 30 days (P6). With [`NotOver::Cancel`] deployments that are not over are cancelled, and
    /// it is deleted once they are over; the engine must be driven for that.
    ///
    /// # Errors
    /// As [`Engine::submit`]; refused while a deployment is not over, unless those are cancelled, which takes a comment.
    pub async fn delete_pipeline(
        &self,
        actor: &Actor,
        pipeline: PipelineId,
        not_over: NotOver,
        comment: &str,
    ) -> Result<Outcome, EngineError> {
        let stages = self.pipeline(pipeline).await?.stages_ever().collect();
        let command = PipelineStatusCommand::Delete { stages, not_over, comment: comment.to_owned() };
        self.submit(actor, Command::PipelineStatus(pipeline, command)).await
    }

    /// Brings a deleted pipeline back, under the name that it had (P6).
    ///
    /// # Errors
    /// As [`Engine::submit`]; refused after 30 days, or where another pipeline has its name now.
    pub async fn restore_pipeline(
        &self,
        actor: &Actor,
        pipeline: PipelineId,
    ) -> Result<Outcome, EngineError> {
        self.submit(actor, Command::PipelineStatus(pipeline, PipelineStatusCommand::Restore)).await
    }
}
