use super::{Locks, LocksCommand, LocksEvent, LocksRefusal};
use crate::flow::{Aggregate, Decision, Facts, Impossible};
use crate::{Context, LockGroupId, Subject, Timestamp, fold, limits};

impl Aggregate for Locks {
    type Command = LocksCommand;
    type Event = LocksEvent;
    type Refusal = LocksRefusal;

    fn needs(&self, _: &Subject, _: &LocksCommand) -> Vec<Subject> {
        Vec::new()
    }

    fn decide(
        &self,
        command: &LocksCommand,
        context: &Context,
        _: &Facts<'_>,
    ) -> Result<Vec<LocksEvent>, LocksRefusal> {
        let mut decision = Decision::from(self, context.now);
        match command {
            LocksCommand::Define { group, capacity } => {
                self.expect_spelling(group)?;
                if self.capacity_of(group) == Some(*capacity) {
                    return Ok(Vec::new());
                }
                if self.capacity_of(group).is_none() && self.groups.len() >= limits::LOCK_GROUPS_DEFINED {
                    return Err(LocksRefusal::TooMany { limit: limits::LOCK_GROUPS_DEFINED });
                }
                decision.record(LocksEvent::GroupDefined { group: group.clone(), capacity: *capacity })?;
            }
            LocksCommand::Remove { group } => {
                if self.capacity_of(group).is_none() {
                    return Ok(Vec::new());
                }
                self.expect_unused(group)?;
                decision.record(LocksEvent::GroupRemoved { group: group.clone() })?;
            }
            LocksCommand::Ask { deployment, groups } => {
                if self.knows(*deployment) || groups.is_empty() {
                    return Ok(Vec::new());
                }
                decision.record(LocksEvent::Asked { deployment: *deployment, groups: groups.clone() })?;
            }
            LocksCommand::Free(deployment) => {
                if !self.knows(*deployment) {
                    return Ok(Vec::new());
                }
                decision.record(LocksEvent::Freed { deployment: *deployment })?;
            }
            LocksCommand::Decline(deployment) => {
                if self.knows(*deployment) {
                    decision.record(LocksEvent::Freed { deployment: *deployment })?;
                }
                return Ok(decision.into_events());
            }
            LocksCommand::Settle => {
                settle(&mut decision)?;
                return Ok(decision.into_events());
            }
        }
        // What an earlier commit left over has commits of its own: nothing else is granted before it, and no commit grows by it.
        if !self.has_pending_work() {
            settle(&mut decision)?;
        }
        Ok(decision.into_events())
    }

    fn evolve(&mut self, event: &LocksEvent, at: Timestamp) -> Result<(), Impossible> {
        self.fold(event, at)
    }
}

impl Locks {
    /// Names that differ only in case would be taken for one another.
    fn expect_spelling(&self, group: &LockGroupId) -> Result<(), LocksRefusal> {
        let folded = fold(group.as_str());
        let same = |existing: &&LockGroupId| *existing != group && fold(existing.as_str()) == folded;
        match self.groups.keys().find(same) {
            Some(existing) => {
                Err(LocksRefusal::SpelledOtherwise { group: group.clone(), existing: existing.clone() })
            }
            None => Ok(()),
        }
    }

    fn expect_unused(&self, group: &LockGroupId) -> Result<(), LocksRefusal> {
        match self.user_of(group) {
            Some(deployment) => Err(LocksRefusal::InUse { group: group.clone(), deployment }),
            None => Ok(()),
        }
    }
}

/// Grants what can be granted in the same commit, to up to [`limits::FAN_OUT`] releases; the rest is pending work.
fn settle(decision: &mut Decision<Locks>) -> Result<(), Impossible> {
    for _ in 0..limits::FAN_OUT {
        let Some(deployment) = decision.state().next() else { break };
        decision.record(LocksEvent::Granted { deployment })?;
    }
    Ok(())
}
