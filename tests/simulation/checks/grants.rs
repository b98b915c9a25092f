//! Who has which permission, as the grants on record say: by the rules, and nothing else (U1, U2).

use std::collections::BTreeSet;

use cutover::permission::{Effect, Grant, Grantee, Permission, PermissionsEvent};
use cutover::{PipelineId, Scope, StageId};

use super::Verdict;
use crate::people;

/// Somewhere in the store. All pipelines of the simulation are in the root folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Store,
    Root,
    Pipeline(PipelineId),
    Stage(PipelineId, StageId),
}

/// The grants that are in force.
#[derive(Default)]
pub struct Grants(Vec<Grant>);

impl Grants {
    pub fn note(&mut self, event: &PermissionsEvent) {
        match event {
            PermissionsEvent::Granted { grant, .. } => self.0.push(grant.clone()),
            PermissionsEvent::Revoked { grant, .. } => self.0.retain(|known| known != grant),
        }
    }

    /// U1: the nearest grant wins, and where two are as near one that denies. U2: without any, everybody may do everything.
    pub fn allow(&self, user: &str, permission: Permission, place: Place) -> Verdict {
        let groups = people::groups_of(user);
        let is_to = |grantee: &Grantee| match grantee {
            Grantee::User(known) => known.as_str() == user,
            Grantee::Group(group) => groups.contains(group),
        };
        let about = self.0.iter().filter(|grant| grant.permission == permission && is_to(&grant.to));
        let near: Vec<_> =
            about.filter_map(|grant| Some((nearness(&grant.scope, place)?, grant.effect))).collect();
        let nearest = near.iter().map(|(nearness, _)| *nearness).max();
        let of_nearest: BTreeSet<_> =
            near.iter().filter(|(nearness, _)| Some(*nearness) == nearest).map(|(_, it)| *it).collect();
        let is_allowed = of_nearest.contains(&Effect::Allow) && !of_nearest.contains(&Effect::Deny);
        ensure!(self.0.is_empty() || is_allowed, "U3: {user} may not {permission} in {place:?}");
        Ok(())
    }
}

fn nearness(scope: &Scope, place: Place) -> Option<u8> {
    match (scope, place) {
        (Scope::Store, _) => Some(0),
        (Scope::Folder(_), Place::Root | Place::Pipeline(_) | Place::Stage(..)) => Some(1),
        (Scope::Pipeline(pipeline), Place::Pipeline(of) | Place::Stage(of, _)) => {
            (*pipeline == of).then_some(2)
        }
        (Scope::Stage { pipeline, stage }, Place::Stage(of, at)) => {
            ((*pipeline, *stage) == (of, at)).then_some(3)
        }
        (Scope::Folder(_) | Scope::Pipeline(_) | Scope::Stage { .. }, _) => None,
    }
}
