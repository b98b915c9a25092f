use super::{Conclusion, QueueEvent, StageQueue};
use crate::flow::Impossible;
use crate::{DeploymentId, Timestamp};

impl StageQueue {
    pub(super) fn fold(&mut self, event: &QueueEvent, at: Timestamp) -> Result<(), Impossible> {
        match event {
            QueueEvent::PolicyAdopted { revision, policy } => {
                if *revision <= self.revision {
                    return Err(Impossible("an older policy that comes back"));
                }
                self.revision = *revision;
                self.policy = *policy;
            }
            QueueEvent::Announced { deployment } => {
                if self.knows(*deployment) {
                    return Err(Impossible("a deployment that is announced twice"));
                }
                self.beside.insert(*deployment);
            }
            QueueEvent::Entered { deployment } => {
                self.beside.remove(deployment);
                if self.knows(*deployment) {
                    return Err(Impossible("a deployment that enters twice"));
                }
                self.waiting.push_back((*deployment, at));
            }
            QueueEvent::Declined { deployment } => {
                self.beside.remove(deployment);
                if self.knows(*deployment) {
                    return Err(Impossible("a deployment that is turned away after it entered"));
                }
            }
            QueueEvent::SlotGranted { deployment } => {
                self.stop_waiting(*deployment)?;
                self.holders.insert(*deployment, at);
            }
            QueueEvent::DeploymentBegun { deployment } => {
                if !self.holders.contains_key(deployment) {
                    return Err(Impossible("a deployment that begins without a slot"));
                }
                self.last_touched = Some(*deployment);
            }
            QueueEvent::SlotFreed { deployment } => {
                self.holders
                    .remove(deployment)
                    .ok_or(Impossible("a slot that is freed by one that does not hold it"))?;
                self.beside.insert(*deployment);
            }
            QueueEvent::Superseded { deployment, by } => {
                self.stop_waiting(*deployment)?;
                if self.position_of(*by).is_none() {
                    return Err(Impossible("a deployment that is superseded by one that does not wait"));
                }
            }
            QueueEvent::SteppedBack { deployment } => {
                if self.holders.remove(deployment).is_none() {
                    self.stop_waiting(*deployment)?;
                }
                self.beside.insert(*deployment);
            }
            QueueEvent::Left { deployment, conclusion } => {
                if self.holders.remove(deployment).is_none() && !self.beside.remove(deployment) {
                    self.stop_waiting(*deployment)?;
                }
                if let Some(conclusion) = conclusion {
                    self.conclude(*deployment, *conclusion);
                }
            }
        }
        Ok(())
    }

    fn stop_waiting(&mut self, deployment: DeploymentId) -> Result<(), Impossible> {
        let place = self.position_of(deployment).ok_or(Impossible("a deployment that does not wait"))?;
        self.waiting.remove(place);
        Ok(())
    }

    /// D8, I17: the one whose jobs ended last counts, whatever the order in which post-deployment approvals came.
    fn conclude(&mut self, deployment: DeploymentId, conclusion: Conclusion) {
        let is_later = |standing: &Option<(DeploymentId, Conclusion)>| {
            standing.is_none_or(|(_, standing)| conclusion.ended_at >= standing.ended_at)
        };
        if is_later(&self.current) {
            self.current = Some((deployment, conclusion));
        }
        if !conclusion.partially && is_later(&self.last_good) {
            self.last_good = Some((deployment, conclusion));
        }
    }
}
