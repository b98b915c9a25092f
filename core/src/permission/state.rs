use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Permission;
use crate::{Actor, GroupId, Scope, Site, UserId};

/// The grants of permissions in a store (U).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permissions {
    pub(super) grants: BTreeMap<(Permission, Grantee), BTreeSet<(Scope, Effect)>>,
    pub(super) count: usize,
    /// The grants that were revoked last, the latest at the end: to revoke them once more is already so.
    pub(super) revoked: VecDeque<Grant>,
}

/// A permission that is given to somebody, or kept from them, in a part of the store (U1).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Grant {
    /// To whom.
    pub to: Grantee,
    /// Whether it allows or denies.
    pub effect: Effect,
    /// What.
    pub permission: Permission,
    /// Where.
    pub scope: Scope,
}

/// To whom a permission is given.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grantee {
    /// A person.
    User(UserId),
    /// Whoever is a member of the group at that moment.
    Group(GroupId),
}

/// Whether a grant allows or denies. The one that wins where both are as near is the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies: nearer than an allowing one, or as near.
    Deny,
}

impl Grant {
    /// Allows a permission.
    pub const fn allow(to: Grantee, permission: Permission, scope: Scope) -> Self {
        Self { to, effect: Effect::Allow, permission, scope }
    }

    /// Denies a permission.
    pub const fn deny(to: Grantee, permission: Permission, scope: Scope) -> Self {
        Self { to, effect: Effect::Deny, permission, scope }
    }

    /// Whether it lets a person give permissions in the whole store: one such grant always stays (U2).
    pub const fn makes_administrator(&self) -> bool {
        let is_all =
            matches!((self.permission, &self.scope), (Permission::AdministerPermissions, Scope::Store));
        is_all && matches!((self.effect, &self.to), (Effect::Allow, Grantee::User(_)))
    }
}

impl Permissions {
    /// Whether nothing was ever granted: everything is allowed then (U2).
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Every grant that is in force.
    pub fn iter(&self) -> impl Iterator<Item = Grant> + '_ {
        self.grants.iter().flat_map(|((permission, to), scopes)| {
            scopes.iter().map(|(scope, effect)| Grant {
                to: to.clone(),
                effect: *effect,
                permission: *permission,
                scope: scope.clone(),
            })
        })
    }

    /// Whether the actor, who is a member of these groups, has the permission there (U1, U2): of the grants to them, the nearest
    /// decides, and among those that are as near one that denies. The system and triggers have every permission.
    ///
    /// ```
    /// use std::collections::BTreeSet;
    /// use cutover::permission::{Permission, Permissions};
    /// use cutover::{Actor, Site};
    ///
    /// let ann = Actor::user("ann")?;
    /// assert!(Permissions::default().allow(&ann, &BTreeSet::new(), Permission::View, &Site::store()));
    /// # Ok::<(), cutover::InvalidId>(())
    /// ```
    pub fn allow(
        &self,
        actor: &Actor,
        groups: &BTreeSet<GroupId>,
        permission: Permission,
        site: &Site,
    ) -> bool {
        let user = match actor {
            Actor::User(user) => user,
            Actor::System | Actor::Trigger(_) => return true,
        };
        if self.is_empty() {
            return true;
        }
        let grantees =
            std::iter::once(Grantee::User(user.clone())).chain(groups.iter().cloned().map(Grantee::Group));
        // The greatest is the nearest, and of those as near one that denies.
        let nearest = grantees
            .filter_map(|grantee| self.grants.get(&(permission, grantee)))
            .flatten()
            .filter_map(|(scope, effect)| Some((scope.nearness_to(site)?, *effect)))
            .max();
        matches!(nearest, Some((_, Effect::Allow)))
    }

    /// Whether a grant gives the permission there to anybody.
    pub(crate) fn is_given(&self, permission: Permission, site: &Site) -> bool {
        let of_it = self.grants.iter().filter(|((given, _), _)| *given == permission);
        let mut scopes = of_it.flat_map(|(_, scopes)| scopes);
        scopes.any(|(scope, effect)| *effect == Effect::Allow && scope.nearness_to(site).is_some())
    }

    /// How many grants let a person give permissions in the whole store.
    pub(super) fn administrators(&self) -> usize {
        self.iter().filter(Grant::makes_administrator).count()
    }

    pub(super) fn has(&self, grant: &Grant) -> bool {
        let scopes = self.grants.get(&(grant.permission, grant.to.clone()));
        scopes.is_some_and(|scopes| scopes.contains(&(grant.scope.clone(), grant.effect)))
    }
}

impl fmt::Display for Grantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(user) => write!(f, "{user}"),
            Self::Group(group) => write!(f, "group {group}"),
        }
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self.effect {
            Effect::Allow => "may",
            Effect::Deny => "may not",
        };
        write!(f, "{} {verb} {} in {}", self.to, self.permission, self.scope)
    }
}
