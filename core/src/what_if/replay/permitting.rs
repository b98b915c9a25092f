//! Who may do what in a replay: whoever did something then was permitted to, and for that the record needs no grants.

use std::collections::BTreeSet;

use crate::approval::Management;
use crate::permission::{Grant, Grantee, Permission, PermissionsEvent};
use crate::transaction::Folded;
use crate::what_if::WhatIfError;
use crate::what_if::actions::Who;
use crate::{Actor, Event, GroupId, Scope, Subject, Timestamp};

/// Groups that nobody else is a member of.
#[derive(Debug)]
pub(super) struct Permitting {
    /// They may do everything but answer for others.
    everybody: GroupId,
    /// They manage approvals (AP12).
    managers: GroupId,
}

impl Permitting {
    pub(super) fn new() -> Result<Self, WhatIfError> {
        Ok(Self {
            everybody: GroupId::new("what-if: everybody")?,
            managers: GroupId::new("what-if: who managed approvals")?,
        })
    }

    /// The permissions of the replay.
    pub(super) fn granted(&self) -> Result<Folded, WhatIfError> {
        let mut folded = Folded::empty(Subject::Permissions);
        for permission in Permission::ALL {
            let is_for_managers = permission == Permission::ManageReleaseApprovers;
            let to = if is_for_managers { &self.managers } else { &self.everybody };
            let grant = Grant::allow(Grantee::Group(to.clone()), permission, Scope::Store);
            let event = Event::Permissions(PermissionsEvent::Granted { grant, by: Actor::System });
            let not_whole =
                |error: crate::flow::Impossible| WhatIfError::NotWhole { what: error.to_string() };
            folded.take(&event, Timestamp::MIN_UTC, None).map_err(not_whole)?;
        }
        Ok(folded)
    }

    pub(super) fn groups_of(&self, who: &Who) -> BTreeSet<GroupId> {
        let mut groups = who.groups.clone();
        groups.insert(self.everybody.clone());
        if who.management == Management::Permitted {
            groups.insert(self.managers.clone());
        }
        groups
    }
}
