use std::collections::BTreeMap;

use super::state::{Concluded, Place, Waiter};
use super::{Conclusion, Pause, QueueEvent, ScheduledEntry, StageQueue};
use crate::flow::Impossible;
use crate::{DeploymentId, Join, TargetGroupId, Timestamp};

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
            QueueEvent::Announced { deployment, scheduled } => {
                if self.knows(*deployment) {
                    return Err(Impossible("a deployment that is announced twice"));
                }
                let known = self.count_on();
                self.beside.insert(*deployment, known);
                if let Some(scheduled) = scheduled {
                    self.schedule(*deployment, *scheduled);
                }
            }
            QueueEvent::DeploymentStarted { deployment } => self.unschedule(*deployment),
            QueueEvent::Entered { deployment, yields } => {
                self.remove_beside(*deployment);
                if self.knows(*deployment) {
                    return Err(Impossible("a deployment that enters twice"));
                }
                let place = Place { since: at, entry: self.count_on() };
                self.waiting.push_back(Waiter { deployment: *deployment, place, yields: *yields });
            }
            QueueEvent::Declined { deployment, .. } => {
                self.remove_beside(*deployment);
                if self.knows(*deployment) {
                    return Err(Impossible("a deployment that is turned away after it entered"));
                }
            }
            QueueEvent::SlotGranted { deployment } => {
                let Place { entry, .. } = self.stop_waiting(*deployment)?.place;
                self.holders.insert(*deployment, Place { since: at, entry });
            }
            QueueEvent::DeploymentBegun { deployment } => {
                if !self.holders.contains_key(deployment) {
                    return Err(Impossible("a deployment that begins without a slot"));
                }
                let begun = self.count_on();
                self.begun.insert(*deployment, begun);
                self.last_touched = Some((*deployment, begun));
            }
            QueueEvent::SlotFreed { deployment } => {
                let place = self.holders.remove(deployment);
                let place = place.ok_or(Impossible("a slot that is freed by one that does not hold it"))?;
                self.beside.insert(*deployment, place.entry);
            }
            QueueEvent::Superseded { deployment, by } => {
                if !self.remove_beside(*deployment) {
                    self.stop_waiting(*deployment)?;
                }
                if self.position_of(*by).is_none() && !self.beside.contains_key(by) {
                    return Err(Impossible("a deployment that is superseded by one that does not wait"));
                }
            }
            QueueEvent::SteppedBack { deployment } => {
                let place = match self.holders.remove(deployment) {
                    Some(place) => place,
                    None => self.stop_waiting(*deployment)?.place,
                };
                self.beside.insert(*deployment, place.entry);
            }
            QueueEvent::Left { deployment, conclusion, joins } => {
                let begun = self.begun.remove(deployment).unwrap_or_default();
                if self.holders.remove(deployment).is_none() && !self.remove_beside(*deployment) {
                    self.stop_waiting(*deployment)?;
                }
                if let Some(conclusion) = conclusion {
                    self.conclude(*deployment, *conclusion, begun, joins);
                }
            }
            QueueEvent::TargetsObserved { group, joined, current, .. } => {
                let is_current = self.current() == Some(*current);
                match self.joins.get_mut(group) {
                    Some(known) if is_current && *known < *joined => *known = *joined,
                    Some(_) | None => {
                        return Err(Impossible("targets that were observed before, or for nobody"));
                    }
                }
            }
            QueueEvent::StageRemoved { revision } => self.removed = Some(*revision),
            QueueEvent::StageBroughtBack {} => self.removed = None,
            QueueEvent::Withdrawn { deployment } => {
                self.stop_waiting(*deployment)?;
            }
            QueueEvent::RollbackChosen { .. } | QueueEvent::RollbackDeclined { .. } => {}
            QueueEvent::Paused { by, reason } => {
                self.paused = Some(Pause { since: at, by: by.clone(), reason: reason.clone() });
            }
            QueueEvent::Resumed { .. } => self.paused = None,
            QueueEvent::MovedToFront { deployment, .. } => {
                let waiter = self.stop_waiting(*deployment)?;
                self.waiting.push_front(waiter);
            }
        }
        Ok(())
    }

    fn stop_waiting(&mut self, deployment: DeploymentId) -> Result<Waiter, Impossible> {
        let position = self.position_of(deployment);
        let waiter = position.and_then(|position| self.waiting.remove(position));
        waiter.ok_or(Impossible("a deployment that does not wait"))
    }

    /// Whether it was known without waiting or holding a slot.
    fn remove_beside(&mut self, deployment: DeploymentId) -> bool {
        self.unschedule(deployment);
        self.beside.remove(&deployment).is_some()
    }

    fn schedule(&mut self, deployment: DeploymentId, scheduled: ScheduledEntry) {
        self.scheduled.entry(scheduled.occurrence).or_default().push(deployment);
        if scheduled.revision > self.scheduling.0 {
            self.scheduling = (scheduled.revision, scheduled.policy);
        }
    }

    fn unschedule(&mut self, deployment: DeploymentId) {
        self.scheduled.retain(|_, waiting| {
            waiting.retain(|it| *it != deployment);
            !waiting.is_empty()
        });
    }

    const fn count_on(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    /// D8, I17: the one whose jobs ended last counts, whatever the order in which post-deployment approvals came; where they ended at the
    /// same instant, the one that began last.
    fn conclude(
        &mut self,
        deployment: DeploymentId,
        conclusion: Conclusion,
        begun: u64,
        joins: &BTreeMap<TargetGroupId, Join>,
    ) {
        let Conclusion { ended_at, partially } = conclusion;
        let is_later = |standing: &Option<Concluded>| {
            standing.is_none_or(|standing| (ended_at, begun) >= (standing.ended_at, standing.begun))
        };
        let concluded = Concluded { deployment, ended_at, begun };
        if is_later(&self.current) {
            self.current = Some(concluded);
            self.joins.clone_from(joins);
        }
        if !partially && is_later(&self.last_good) {
            self.last_good = Some(concluded);
        }
    }
}
