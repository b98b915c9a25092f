//! Lock groups: never more than their capacity, in the order of arrival, and only while jobs run (Q8).

use std::collections::{BTreeMap, BTreeSet};

use cutover::deployment::{Deployment, DeploymentEvent, Phase};
use cutover::{DeploymentId, LockGroupId, LocksEvent, Moment};

use super::{Ledger, Verdict, has_event};
use crate::seen;
use crate::world::{Recorded, World};

type Wanted = (DeploymentId, BTreeSet<LockGroupId>);

/// The lock groups as their events tell.
#[derive(Default)]
pub(super) struct Keys {
    capacity: BTreeMap<LockGroupId, usize>,
    holders: BTreeMap<DeploymentId, BTreeSet<LockGroupId>>,
    waiting: Vec<Wanted>,
    /// Whether somebody gave groups back since a freeze held it: what that leaves is granted in another commit.
    is_left_over: bool,
}

impl Keys {
    pub(super) fn note(&mut self, event: &LocksEvent, recorded: &Recorded) -> Verdict {
        match event {
            LocksEvent::GroupDefined { group, capacity } => {
                self.capacity.insert(group.clone(), capacity.get() as usize);
            }
            LocksEvent::GroupRemoved { group } => {
                let in_use = self.holders.values().chain(self.waiting.iter().map(|(_, wanted)| wanted));
                ensure!(
                    !in_use.into_iter().any(|groups| groups.contains(group)),
                    "Q8: {group} is removed, and somebody holds it or waits for it"
                );
                self.capacity.remove(group);
            }
            LocksEvent::Asked { deployment, groups } => self.waiting.push((*deployment, groups.clone())),
            LocksEvent::Granted { deployment } => {
                let granted = self.q8_in_order_of_arrival_where_there_is_room(*deployment)?;
                self.waiting.retain(|(known, _)| known != deployment);
                self.holders.insert(*deployment, granted);
            }
            LocksEvent::Freed { deployment } => {
                self.holders.remove(deployment);
                self.waiting.retain(|(known, _)| known != deployment);
                self.is_left_over |= has_event(recorded, |event| {
                    matches!(event, DeploymentEvent::Frozen { deployment: held, declines_locks: true, .. }
                        if held == deployment)
                });
            }
        }
        Ok(())
    }

    fn has_room(&self, group: &LockGroupId) -> bool {
        let taken = self.holders.values().filter(|held| held.contains(group)).count();
        self.capacity.get(group).is_some_and(|capacity| taken < *capacity)
    }

    /// Who came earlier and wants some of the same, unless a group that it wants is not there.
    fn comes_first(&self, place: usize) -> Option<DeploymentId> {
        let (_, own) = &self.waiting[place];
        let is_served =
            |groups: &BTreeSet<LockGroupId>| groups.iter().all(|it| self.capacity.contains_key(it));
        let earlier = self.waiting[..place].iter();
        let mut rivals = earlier.filter(|(_, wanted)| is_served(wanted) && !wanted.is_disjoint(own));
        rivals.next().map(|(id, _)| *id)
    }

    /// Q8: all together, each within its capacity, and nobody who came later goes first.
    fn q8_in_order_of_arrival_where_there_is_room(
        &self,
        granted: DeploymentId,
    ) -> Result<BTreeSet<LockGroupId>, String> {
        let place = self.waiting.iter().position(|(known, _)| *known == granted);
        let place =
            place.ok_or_else(|| format!("Q8: {granted} is granted groups that it did not ask for"))?;
        let wanted = &self.waiting[place].1;
        let full: Vec<_> = wanted.iter().filter(|group| !self.has_room(group)).collect();
        ensure!(full.is_empty(), "Q8: {granted} is granted {full:?}, which {:?} hold", self.holders);
        let first = self.comes_first(place);
        ensure!(first.is_none(), "Q8: {granted} is granted its groups before {first:?}, which came earlier");
        Ok(wanted.clone())
    }

    /// Whoever could be granted its groups.
    fn next(&self) -> Option<DeploymentId> {
        let could = |place: &usize| {
            self.waiting[*place].1.iter().all(|group| self.has_room(group))
                && self.comes_first(*place).is_none()
        };
        (0..self.waiting.len()).find(could).map(|place| self.waiting[place].0)
    }
}

impl Ledger {
    /// Q8: none is held while a person, a gate, a slot or a freeze is awaited; the state says the same; and nobody waits for what is free,
    /// unless there is pending work.
    pub(super) fn q8_held_only_while_jobs_run(&mut self, world: &World) -> Verdict {
        let (keys, found) = (&mut self.locks, world.locks());
        let holders: BTreeMap<_, _> = found.holders().map(|(id, held)| (id, held.groups.clone())).collect();
        let waiting: Vec<Wanted> = found.waiting().map(|it| (it.deployment, it.groups.clone())).collect();
        ensure!(holders == keys.holders && waiting == keys.waiting, "Q8: the groups are {found:#?}");
        for id in keys.holders.keys() {
            let release = world.release(id.release.0);
            let deployment = release.and_then(|release| release.deployment(*id));
            // Of a pipeline that is being deleted nothing begins, also not what was just granted its groups (P6).
            let pipeline = release.and_then(|release| release.about()).map(|about| about.pipeline);
            let is_deleting = pipeline.is_some_and(|id| seen::status(&world.live, id).is_deleting());
            let may_hold = |it: &Deployment| {
                let is_to_begin = matches!(it.phase, Phase::Checking { moment: Moment::Before, .. });
                it.phase.has_jobs() || is_deleting && is_to_begin
            };
            let runs = deployment.is_some_and(|it| it.holds_locks && may_hold(it) && it.ended.is_none());
            ensure!(runs, "Q8: {id} holds lock groups and is {:?}", deployment.map(|it| &it.phase));
        }
        for (id, _) in &keys.waiting {
            let deployment = world.release(id.release.0).and_then(|release| release.deployment(*id));
            let is_locking = deployment.is_some_and(|it| matches!(it.phase, Phase::Locking { .. }));
            ensure!(is_locking, "Q8: {id} waits for groups and is {:?}", deployment.map(|it| &it.phase));
        }
        let next = keys.next();
        ensure!(found.has_pending_work() == next.is_some(), "Q8: {next:?} could be granted its groups");
        ensure!(next.is_none() || keys.is_left_over, "Q8: {next:?} waits for groups that are free");
        keys.is_left_over &= next.is_some();
        Ok(())
    }
}
