use super::{Locks, LocksEvent, LocksHeld, LocksWanted};
use crate::flow::Impossible;
use crate::{DeploymentId, Timestamp};

impl Locks {
    pub(super) fn fold(&mut self, event: &LocksEvent, at: Timestamp) -> Result<(), Impossible> {
        match event {
            LocksEvent::GroupDefined { group, capacity } => {
                self.groups.insert(group.clone(), *capacity);
            }
            LocksEvent::GroupRemoved { group } => {
                if self.user_of(group).is_some() || self.groups.remove(group).is_none() {
                    return Err(Impossible("a lock group that is removed and in use, or not there"));
                }
            }
            LocksEvent::Asked { deployment, groups } => {
                if self.knows(*deployment) || groups.is_empty() {
                    return Err(Impossible("lock groups that are asked for twice, or none"));
                }
                let (deployment, groups) = (*deployment, groups.clone());
                self.waiting.push_back(LocksWanted { deployment, groups, since: at });
            }
            LocksEvent::Granted { deployment } => self.grant(*deployment, at)?,
            LocksEvent::Freed { deployment } => self.free(*deployment)?,
        }
        Ok(())
    }

    fn grant(&mut self, deployment: DeploymentId, at: Timestamp) -> Result<(), Impossible> {
        let wanted = self.withdraw(deployment);
        let LocksWanted { groups, .. } =
            wanted.ok_or(Impossible("lock groups for a deployment that does not wait for any"))?;
        for group in &groups {
            *self.taken.entry(group.clone()).or_default() += 1;
        }
        self.holders.insert(deployment, LocksHeld { groups, since: at });
        Ok(())
    }

    fn free(&mut self, deployment: DeploymentId) -> Result<(), Impossible> {
        let Some(held) = self.holders.remove(&deployment) else {
            let withdrawn = self.withdraw(deployment).map(drop);
            return withdrawn.ok_or(Impossible("lock groups that are freed by who has none"));
        };
        for group in &held.groups {
            match self.taken.get_mut(group) {
                Some(taken) if *taken > 1 => *taken -= 1,
                Some(_) | None => drop(self.taken.remove(group)),
            }
        }
        Ok(())
    }

    fn withdraw(&mut self, deployment: DeploymentId) -> Option<LocksWanted> {
        let place = self.waiting.iter().position(|wanted| wanted.deployment == deployment)?;
        self.waiting.remove(place)
    }
}
