use super::new_targets::observe;
use super::order::Next;
use super::rollback::roll_back;
use super::steering::{move_to_front, pause, pipeline_of, resume};
use super::{Declined, QueueCommand, QueueEvent, QueueRefusal, ScheduledEntry, StageQueue};
use crate::flow::{Aggregate, Decision, Facts, Impossible};
use crate::{Context, DeploymentId, QueuingPolicy, Subject, Timestamp, limits};

impl Aggregate for StageQueue {
    type Command = QueueCommand;
    type Event = QueueEvent;
    type Refusal = QueueRefusal;

    fn needs(&self, this: &Subject, command: &QueueCommand) -> Vec<Subject> {
        match command {
            QueueCommand::Pause { .. } => pipeline_of(this).map(Subject::Pipeline).into_iter().collect(),
            QueueCommand::ObserveTargets(group) => vec![Subject::Targets(group.clone())],
            QueueCommand::Announce { .. }
            | QueueCommand::NoteStarted(_)
            | QueueCommand::Remove { .. }
            | QueueCommand::BringBack
            | QueueCommand::Enter { .. }
            | QueueCommand::NoteBegun(_)
            | QueueCommand::FreeSlot(_)
            | QueueCommand::StepBack(_)
            | QueueCommand::Leave { .. }
            | QueueCommand::Resume { .. }
            | QueueCommand::MoveToFront { .. }
            | QueueCommand::Settle => Vec::new(),
        }
    }

    fn decide(
        &self,
        command: &QueueCommand,
        context: &Context,
        facts: &Facts<'_>,
    ) -> Result<Vec<QueueEvent>, QueueRefusal> {
        let mut decision = Decision::from(self, context.now);
        let mut budget = limits::FAN_OUT;
        match command {
            QueueCommand::Announce { deployment, scheduled, by_hand } => {
                announce(&mut decision, *deployment, *scheduled, *by_hand)?;
            }
            QueueCommand::NoteStarted(deployment) => {
                decision.record(QueueEvent::DeploymentStarted { deployment: *deployment })?;
                return Ok(decision.into_events());
            }
            // What waits is cancelled in commits of its own: a revision may remove many stages.
            QueueCommand::Remove { revision } => {
                decision.record(QueueEvent::StageRemoved { revision: *revision })?;
                return Ok(decision.into_events());
            }
            QueueCommand::BringBack => {
                if self.removed.is_none() {
                    return Ok(Vec::new());
                }
                decision.record(QueueEvent::StageBroughtBack {})?;
                return Ok(decision.into_events());
            }
            QueueCommand::NoteBegun(deployment) => {
                decision.record(QueueEvent::DeploymentBegun { deployment: *deployment })?;
                return Ok(decision.into_events());
            }
            QueueCommand::FreeSlot(deployment) => {
                decision.record(QueueEvent::SlotFreed { deployment: *deployment })?;
            }
            QueueCommand::StepBack(deployment) => {
                if !self.has_entered(*deployment) {
                    return Ok(Vec::new());
                }
                decision.record(QueueEvent::SteppedBack { deployment: *deployment })?;
            }
            QueueCommand::Enter { deployment, revision, policy, by_hand, yields } => {
                adopt(&mut decision, *revision, *policy)?;
                // A slot that the new policy opens is for those that wait already, not for this one (Q4, Q5).
                if matches!(decision.state().next(), Some(Next::Grant(_))) {
                    settle(&mut decision, &mut budget)?;
                }
                enter(&mut decision, *deployment, *by_hand, *yields)?;
            }
            QueueCommand::Leave { deployment, conclusion, rolls_back, joins } => {
                // A superseded or declined deployment has left already: its release only follows. Going on from here would put what
                // is pending into the commit that the fan-out limit just ended (Q5).
                let Some(known_at) = self.known_at(*deployment) else {
                    return Ok(Vec::new());
                };
                let (deployment, conclusion, joins) = (*deployment, *conclusion, joins.clone());
                decision.record(QueueEvent::Left { deployment, conclusion, joins })?;
                if *rolls_back {
                    roll_back(&mut decision, deployment, known_at)?;
                }
            }
            // The slot is asked for by the deployment that follows, if one does.
            QueueCommand::ObserveTargets(group) => {
                observe(&mut decision, group, facts)?;
                return Ok(decision.into_events());
            }
            QueueCommand::Pause { reason } => pause(&mut decision, reason, context, facts)?,
            QueueCommand::Resume { comment } => resume(&mut decision, comment, context)?,
            QueueCommand::MoveToFront { deployment, comment } => {
                move_to_front(&mut decision, *deployment, comment, context)?;
            }
            QueueCommand::Settle => {}
        }
        settle(&mut decision, &mut budget)?;
        Ok(decision.into_events())
    }

    fn evolve(&mut self, event: &QueueEvent, at: Timestamp) -> Result<(), Impossible> {
        self.fold(event, at)
    }
}

/// Q5: the policy of the newest revision that has entered; an older release brings no old policy back.
fn adopt(
    decision: &mut Decision<StageQueue>,
    revision: u32,
    policy: QueuingPolicy,
) -> Result<(), Impossible> {
    if revision > decision.state().revision {
        decision.record(QueueEvent::PolicyAdopted { revision, policy })?;
    }
    Ok(())
}

/// Q10, Q11: it is known from now on, if there is room for those that ask for no slot yet.
fn announce(
    decision: &mut Decision<StageQueue>,
    deployment: DeploymentId,
    scheduled: Option<ScheduledEntry>,
    by_hand: bool,
) -> Result<(), QueueRefusal> {
    if decision.state().knows(deployment) {
        return Err(QueueRefusal::EnteredBefore { deployment });
    }
    let known = decision.state().beside.len();
    match (known >= limits::QUEUE_BESIDE, by_hand) {
        (true, true) => Err(QueueRefusal::TooManyBeside { known }),
        (true, false) => Ok(decision.record(QueueEvent::Declined { deployment, because: Declined::Full })?),
        (false, _) => Ok(decision.record(QueueEvent::Announced { deployment, scheduled })?),
    }
}

/// Q3, Q10, Q12: at the end, if there is room and the stage was not removed.
fn enter(
    decision: &mut Decision<StageQueue>,
    deployment: DeploymentId,
    by_hand: bool,
    yields: bool,
) -> Result<(), QueueRefusal> {
    if decision.state().has_entered(deployment) {
        return Err(QueueRefusal::EnteredBefore { deployment });
    }
    if let Some(revision) = decision.state().removed {
        let because = Declined::StageRemoved;
        if by_hand {
            return Err(QueueRefusal::StageRemoved { revision });
        }
        return Ok(decision.record(QueueEvent::Declined { deployment, because })?);
    }
    let waiting = decision.state().waiting.len();
    match (waiting >= limits::QUEUE_WAITING, by_hand) {
        (true, true) => Err(QueueRefusal::Full { waiting }),
        (true, false) => Ok(decision.record(QueueEvent::Declined { deployment, because: Declined::Full })?),
        (false, _) => Ok(decision.record(QueueEvent::Entered { deployment, yields })?),
    }
}

/// I5: whatever the policy asks for now happens in the same commit, up to [`limits::FAN_OUT`] releases; the rest is pending
/// work.
fn settle(decision: &mut Decision<StageQueue>, budget: &mut usize) -> Result<(), Impossible> {
    while let Some(left) = budget.checked_sub(1) {
        match decision.state().next() {
            Some(Next::Supersede { deployment, by }) => {
                decision.record(QueueEvent::Superseded { deployment, by })?;
            }
            Some(Next::Withdraw(deployment)) => decision.record(QueueEvent::Withdrawn { deployment })?,
            Some(Next::Grant(deployment)) => decision.record(QueueEvent::SlotGranted { deployment })?,
            None => break,
        }
        *budget = left;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::num::NonZeroU32;

    use super::*;
    use crate::{Actor, CommandId, CommitId, Context, ReleaseId, StageId};

    fn deployment(release: u64) -> DeploymentId {
        DeploymentId { release: ReleaseId(release), stage: StageId(1), attempt: NonZeroU32::MIN }
    }

    /// Story: a policy changed to *only the latest* while a hundred waited. Each superseded deployment's own leaving superseded up
    /// to 64 more in the same commit, and with some thousands that waited no commit could hold it.
    #[test]
    fn the_leaving_of_a_superseded_deployment_does_not_go_on_with_pending_work() {
        let at = Timestamp::UNIX_EPOCH;
        let mut queue = StageQueue::default();
        let policy = QueuingPolicy::only_latest(NonZeroU32::MIN);
        let history = std::iter::once(QueueEvent::PolicyAdopted { revision: 1, policy }).chain(
            (1..=100).map(|release| QueueEvent::Entered { deployment: deployment(release), yields: false }),
        );
        for event in history {
            queue.evolve(&event, at).expect("it can have happened");
        }
        let id = |text: &str| CommandId::new(text).expect("a short text");
        let context = Context::new(at, Actor::System, id("c"), CommitId::new("k").expect("a short text"));
        let mut decide = |command| {
            let events = queue.decide(&command, &context, &Facts::default()).expect("it is not refused");
            for event in &events {
                queue.evolve(event, at).expect("it was just decided");
            }
            events.len()
        };
        assert_eq!(decide(QueueCommand::Settle), limits::FAN_OUT);
        assert_eq!(
            decide(QueueCommand::Leave {
                deployment: deployment(1),
                conclusion: None,
                rolls_back: false,
                joins: BTreeMap::new(),
            }),
            0
        );
        // The other 35 older ones, and the grant of the newest.
        assert_eq!(decide(QueueCommand::Settle), 36);
        assert!(!queue.has_pending_work());
    }
}
