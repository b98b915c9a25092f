//! The commands that people give about permissions (U), each as a method.

use cutover::permission::{Grant, Permissions, PermissionsCommand};
use cutover::transaction::Command;
use cutover::{Actor, Subject};

use crate::{Engine, EngineError, Outcome};

impl Engine {
    /// Gives a permission to somebody, or keeps it from them (U1). From the first grant on, what is not allowed is denied (U2).
    ///
    /// # Errors
    /// As [`Engine::submit`]; refused if it is the first and does not make its actor the administrator.
    pub async fn grant(&self, actor: &Actor, grant: Grant) -> Result<Outcome, EngineError> {
        self.submit(actor, Command::Permissions(PermissionsCommand::Give(grant))).await
    }

    /// Takes a grant back. What is not granted is already so.
    ///
    /// # Errors
    /// As [`Engine::submit`]; refused if nobody else may administer permissions in the store (U2).
    pub async fn revoke(&self, actor: &Actor, grant: Grant) -> Result<Outcome, EngineError> {
        self.submit(actor, Command::Permissions(PermissionsCommand::Revoke(grant))).await
    }

    /// The grants as they stand.
    ///
    /// # Errors
    /// [`EngineError::Store`] and [`EngineError::Fold`] if they can't be read.
    pub async fn permissions(&self) -> Result<Permissions, EngineError> {
        let folded = self.0.newest(&Subject::Permissions).await?;
        Ok(folded.state().as_permissions().cloned().unwrap_or_default())
    }
}
