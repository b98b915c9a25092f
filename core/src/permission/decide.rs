use super::{
    Effect, Grant, Grantee, Permission, Permissions, PermissionsCommand, PermissionsEvent, PermissionsRefusal,
};
use crate::flow::{Aggregate, Facts, Impossible};
use crate::pipeline::folder_problems;
use crate::{Actor, Context, Scope, Subject, Timestamp, limits};

impl Aggregate for Permissions {
    type Command = PermissionsCommand;
    type Event = PermissionsEvent;
    type Refusal = PermissionsRefusal;

    fn needs(&self, _: &Subject, command: &PermissionsCommand) -> Vec<Subject> {
        match command {
            PermissionsCommand::Give(grant) => {
                grant.scope.in_pipeline().map(Subject::Pipeline).into_iter().collect()
            }
            PermissionsCommand::Revoke(_) => Vec::new(),
        }
    }

    fn decide(
        &self,
        command: &PermissionsCommand,
        context: &Context,
        facts: &Facts<'_>,
    ) -> Result<Vec<PermissionsEvent>, PermissionsRefusal> {
        match command {
            PermissionsCommand::Give(grant) => self.give(grant, &context.actor, facts),
            PermissionsCommand::Revoke(grant) => self.revoke(grant, &context.actor),
        }
    }

    fn evolve(&mut self, event: &PermissionsEvent, _: Timestamp) -> Result<(), Impossible> {
        self.fold(event)
    }
}

impl Permissions {
    /// U1, U2.
    fn give(
        &self,
        grant: &Grant,
        actor: &Actor,
        facts: &Facts<'_>,
    ) -> Result<Vec<PermissionsEvent>, PermissionsRefusal> {
        if self.has(grant) {
            return Ok(Vec::new());
        }
        if self.is_empty() && !is_first(grant, actor) {
            return Err(PermissionsRefusal::NotAdministrator { actor: actor.clone() });
        }
        let is_of_administrators =
            (grant.permission, &grant.scope) == (Permission::AdministerPermissions, &Scope::Store);
        if is_of_administrators && grant.effect == Effect::Deny {
            return Err(PermissionsRefusal::AdministratorsDenied);
        }
        expect_scope(&grant.scope, facts)?;
        if self.count >= limits::GRANTS {
            return Err(PermissionsRefusal::TooMany { limit: limits::GRANTS });
        }
        Ok(vec![PermissionsEvent::Granted { grant: grant.clone(), by: actor.clone() }])
    }

    /// U1, U2. What was revoked already is so; whoever means another grant than there is must not believe that it is gone.
    fn revoke(&self, grant: &Grant, actor: &Actor) -> Result<Vec<PermissionsEvent>, PermissionsRefusal> {
        if !self.has(grant) {
            if self.revoked.contains(grant) {
                return Ok(Vec::new());
            }
            return Err(PermissionsRefusal::NotGranted { grant: grant.clone() });
        }
        if grant.makes_administrator() && self.administrators() == 1 {
            return Err(PermissionsRefusal::LastAdministrator { grant: grant.clone() });
        }
        Ok(vec![PermissionsEvent::Revoked { grant: grant.clone(), by: actor.clone() }])
    }
}

/// U2: whoever gives the first grant keeps the permission to give more. The system has every permission, and names somebody.
fn is_first(grant: &Grant, actor: &Actor) -> bool {
    grant.makes_administrator()
        && match (actor, &grant.to) {
            (Actor::User(user), Grantee::User(to)) => user == to,
            (Actor::User(_), Grantee::Group(_)) => false,
            (Actor::System | Actor::Trigger(_), _) => true,
        }
}

/// A grant for what is not there would give nothing, and nobody would notice.
fn expect_scope(scope: &Scope, facts: &Facts<'_>) -> Result<(), PermissionsRefusal> {
    let known = |pipeline| {
        let known = facts.pipeline(pipeline).filter(|known| known.current().is_some());
        known.ok_or(PermissionsRefusal::UnknownPipeline { pipeline })
    };
    match scope {
        Scope::Store => Ok(()),
        Scope::Folder(path) => folder_problems(path).map_err(PermissionsRefusal::InvalidFolder),
        Scope::Pipeline(pipeline) => known(*pipeline).map(drop),
        Scope::Stage { pipeline, stage } if known(*pipeline)?.stages_ever().any(|known| known == *stage) => {
            Ok(())
        }
        Scope::Stage { pipeline, stage } => {
            Err(PermissionsRefusal::UnknownStage { pipeline: *pipeline, stage: *stage })
        }
    }
}
