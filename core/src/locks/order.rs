//! Which waiting deployment is granted its lock groups next (Q8).

use std::collections::BTreeSet;

use super::{Locks, LocksWanted};
use crate::{DeploymentId, LockGroupId};

impl Locks {
    /// The first one, in the order of arrival, whose groups all have room, and none of whose groups an earlier one waits for.
    ///
    /// Who came first thus reserves what it waits for: whoever comes later and wants some of it cannot keep it away for ever. And since all
    /// groups are granted together, nobody who waits holds anything that another one waits for.
    pub(super) fn next(&self) -> Option<DeploymentId> {
        let mut reserved: BTreeSet<&LockGroupId> = BTreeSet::new();
        for wanted in self.waiting.iter().filter(|wanted| self.may_be_granted(wanted)) {
            if wanted.groups.iter().all(|group| self.has_room(group) && !reserved.contains(group)) {
                return Some(wanted.deployment);
            }
            reserved.extend(&wanted.groups);
        }
        None
    }

    /// Whether there is more to grant than one commit could hold: the engine then asks to settle it.
    pub fn has_pending_work(&self) -> bool {
        self.next().is_some()
    }

    /// A group that was removed after a release froze it has no room until somebody defines it again. Who waits for that keeps its
    /// place, and reserves nothing meanwhile.
    pub(super) fn may_be_granted(&self, wanted: &LocksWanted) -> bool {
        wanted.groups.iter().all(|group| self.groups.contains_key(group))
    }

    fn has_room(&self, group: &LockGroupId) -> bool {
        let taken = self.taken.get(group).copied().unwrap_or_default();
        self.groups.get(group).is_some_and(|capacity| taken < capacity.get())
    }
}
