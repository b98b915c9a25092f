//! Deployment groups: which targets there are, and whether they are online (J3).

use std::collections::BTreeSet;

use cutover::transaction::Command;
use cutover::{Actor, Presence, TargetGroupId, TargetId, TargetsCommand};

use crate::{Engine, EngineError, Outcome};

impl Engine {
    /// Registers a target, a machine mostly, in a deployment group (J3). The group is there from its first target on; releases may name it
    /// before. It joins the group when it is online first: stages that say so then deploy their current release to it (D6).
    ///
    /// `name` and `tags` are for people and for jobs, that choose targets by their tags without case.
    ///
    /// # Errors
    /// As [`Engine::submit`]; refused if it is registered with another name or other tags, if another target of the group has the name, or
    /// if there are [`TARGETS`](cutover::limits::TARGETS) already.
    pub async fn register_target(
        &self,
        actor: &Actor,
        group: &TargetGroupId,
        target: TargetId,
        name: &str,
        tags: BTreeSet<String>,
        presence: Presence,
    ) -> Result<Outcome, EngineError> {
        let command = TargetsCommand::Register { target, name: name.to_owned(), tags, presence };
        self.submit(actor, Command::Targets(group.clone(), command)).await
    }

    /// Gives a target these tags in place of those that it has (J3). Jobs that began before go on as they began.
    ///
    /// # Errors
    /// As [`Engine::submit`]; refused if there is no such target.
    pub async fn retag_target(
        &self,
        actor: &Actor,
        group: &TargetGroupId,
        target: TargetId,
        tags: BTreeSet<String>,
    ) -> Result<Outcome, EngineError> {
        let command = TargetsCommand::Retag { target, tags };
        self.submit(actor, Command::Targets(group.clone(), command)).await
    }

    /// Says that a target is online or offline (J3). One that is offline when a job begins is left out.
    ///
    /// # Errors
    /// As [`Engine::submit`]; refused if there is no such target.
    pub async fn set_target_presence(
        &self,
        actor: &Actor,
        group: &TargetGroupId,
        target: TargetId,
        presence: Presence,
    ) -> Result<Outcome, EngineError> {
        let command = TargetsCommand::SetPresence { target, presence };
        self.submit(actor, Command::Targets(group.clone(), command)).await
    }

    /// Removes a target from its group (J3). What a job does on it goes on; registered again, it is a new target.
    ///
    /// # Errors
    /// As [`Engine::submit`].
    pub async fn remove_target(
        &self,
        actor: &Actor,
        group: &TargetGroupId,
        target: TargetId,
    ) -> Result<Outcome, EngineError> {
        self.submit(actor, Command::Targets(group.clone(), TargetsCommand::Remove { target })).await
    }
}
