//! Pausing a stage's queue, and moving what waits in it (Q9).

use cutover::transaction::Command;
use cutover::{Actor, DeploymentId, QueueCommand, QueueId};

use crate::{Engine, EngineError, Outcome};

impl Engine {
    /// Grants no more slots of a stage until its queue is resumed (Q9). The reason is shown by [`Engine::explain`].
    ///
    /// # Errors
    /// As [`Engine::submit`]; refused if the pipeline never had the stage.
    pub async fn pause_queue(
        &self,
        actor: &Actor,
        queue: QueueId,
        reason: &str,
    ) -> Result<Outcome, EngineError> {
        let command = QueueCommand::Pause { reason: reason.to_owned() };
        self.submit(actor, Command::Queue(queue, command)).await
    }

    /// Grants slots of a stage again (Q9).
    ///
    /// # Errors
    /// As [`Engine::submit`].
    pub async fn resume_queue(
        &self,
        actor: &Actor,
        queue: QueueId,
        comment: &str,
    ) -> Result<Outcome, EngineError> {
        let command = QueueCommand::Resume { comment: comment.to_owned() };
        self.submit(actor, Command::Queue(queue, command)).await
    }

    /// Puts a deployment that waits for a slot before all others (Q9).
    ///
    /// # Errors
    /// As [`Engine::submit`]; refused if it does not wait in this queue.
    pub async fn move_to_front(
        &self,
        actor: &Actor,
        queue: QueueId,
        deployment: DeploymentId,
        comment: &str,
    ) -> Result<Outcome, EngineError> {
        let comment = comment.to_owned();
        let command = QueueCommand::MoveToFront { deployment, comment };
        self.submit(actor, Command::Queue(queue, command)).await
    }
}
