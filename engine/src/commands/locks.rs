//! Lock groups: which there are, and how many may hold each (Q8).

use std::num::NonZeroU32;

use cutover::transaction::Command;
use cutover::{Actor, LockGroupId, LocksCommand};

use crate::{Engine, EngineError, Outcome};

impl Engine {
    /// Defines a lock group, or gives it another capacity (Q8). A smaller one takes nothing away from who holds the group.
    ///
    /// # Errors
    /// As [`Engine::submit`]; refused if there is a group whose name differs only in case.
    pub async fn define_lock_group(
        &self,
        actor: &Actor,
        group: LockGroupId,
        capacity: NonZeroU32,
    ) -> Result<Outcome, EngineError> {
        self.submit(actor, Command::Locks(LocksCommand::Define { group, capacity })).await
    }

    /// Removes a lock group (Q8). A release that names it waits before its jobs until somebody defines it again.
    ///
    /// # Errors
    /// As [`Engine::submit`]; refused while a deployment holds the group or waits for it.
    pub async fn remove_lock_group(&self, actor: &Actor, group: LockGroupId) -> Result<Outcome, EngineError> {
        self.submit(actor, Command::Locks(LocksCommand::Remove { group })).await
    }
}
