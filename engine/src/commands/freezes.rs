//! The commands that people give about freezes (F), each as a method.

use cutover::freeze::{Freezes, FreezesCommand};
use cutover::schedule::Window;
use cutover::transaction::Command;
use cutover::{Actor, DeploymentId, FreezeId, ReleaseCommand, Scope, Subject};

use crate::{Engine, EngineError, Outcome};

impl Engine {
    /// Declares a freeze: no jobs begin in this part of the store while the window is closed (F1).
    ///
    /// # Errors
    /// As [`Engine::submit`]; refused without a reason, or if another freeze has the id.
    pub async fn declare_freeze(
        &self,
        actor: &Actor,
        freeze: FreezeId,
        scope: Scope,
        window: Window,
        reason: &str,
    ) -> Result<Outcome, EngineError> {
        let reason = reason.to_owned();
        self.of_freezes(actor, FreezesCommand::Declare { freeze, scope, window, reason }).await
    }

    /// Stops the line: no jobs begin in this part of the store from now on, until the freeze is lifted (F2).
    ///
    /// # Errors
    /// As [`Engine::submit`]; refused without a reason, or if another freeze has the id.
    pub async fn stop_the_line(
        &self,
        actor: &Actor,
        freeze: FreezeId,
        scope: Scope,
        reason: &str,
    ) -> Result<Outcome, EngineError> {
        let reason = reason.to_owned();
        self.of_freezes(actor, FreezesCommand::StopTheLine { freeze, scope, reason }).await
    }

    /// Lifts a freeze; one that is over is already so. What waited for it begins while an engine is driven, one commit after another (F1).
    ///
    /// # Errors
    /// As [`Engine::submit`]; refused if there is no such freeze.
    pub async fn lift_freeze(
        &self,
        actor: &Actor,
        freeze: FreezeId,
        comment: &str,
    ) -> Result<Outcome, EngineError> {
        let comment = comment.to_owned();
        self.of_freezes(actor, FreezesCommand::Lift { freeze, comment }).await
    }

    /// Lets one deployment begin although freezes hold it (F2).
    ///
    /// # Errors
    /// As [`Engine::submit`]; refused without a comment, or if it is not frozen.
    pub async fn override_freezes(
        &self,
        actor: &Actor,
        deployment: DeploymentId,
        comment: &str,
    ) -> Result<Outcome, EngineError> {
        let comment = comment.to_owned();
        let command = ReleaseCommand::OverrideFreezes { deployment, comment };
        self.of_release(actor, deployment.release, command).await
    }

    /// The freezes as they stand.
    ///
    /// # Errors
    /// [`EngineError::Store`] and [`EngineError::Fold`] if they can't be read.
    pub async fn freezes(&self) -> Result<Freezes, EngineError> {
        let folded = self.0.newest(&Subject::Freezes).await?;
        Ok(folded.state().as_freezes().cloned().unwrap_or_default())
    }

    async fn of_freezes(&self, actor: &Actor, command: FreezesCommand) -> Result<Outcome, EngineError> {
        self.submit(actor, Command::Freezes(command)).await
    }
}
