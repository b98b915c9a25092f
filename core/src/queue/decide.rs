use super::order::Next;
use super::{QueueCommand, QueueEvent, QueueRefusal, StageQueue};
use crate::flow::{Aggregate, Decision, Facts, Impossible};
use crate::{Context, DeploymentId, QueuingPolicy, Subject, Timestamp, limits};

impl Aggregate for StageQueue {
    type Command = QueueCommand;
    type Event = QueueEvent;
    type Refusal = QueueRefusal;

    fn needs(&self, _: &QueueCommand) -> Vec<Subject> {
        Vec::new()
    }

    fn decide(
        &self,
        command: &QueueCommand,
        context: &Context,
        _: &Facts<'_>,
    ) -> Result<Vec<QueueEvent>, QueueRefusal> {
        let mut decision = Decision::from(self, context.now);
        match command {
            QueueCommand::Enter { deployment, revision, policy, by_hand } => {
                adopt(&mut decision, *revision, *policy)?;
                enter(&mut decision, *deployment, *by_hand)?;
            }
            QueueCommand::Leave { deployment, conclusion } => {
                // A superseded or declined deployment has left already: its release only follows. Nothing is settled then, or each
                // that was superseded would supersede as many again, in the same commit.
                if !self.knows(*deployment) {
                    return Ok(Vec::new());
                }
                decision.record(QueueEvent::Left { deployment: *deployment, conclusion: *conclusion })?;
            }
            QueueCommand::Settle => {}
        }
        settle(&mut decision)?;
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

/// Q3, Q10: at the end, if there is room.
fn enter(
    decision: &mut Decision<StageQueue>,
    deployment: DeploymentId,
    by_hand: bool,
) -> Result<(), QueueRefusal> {
    if decision.state().knows(deployment) {
        return Err(QueueRefusal::EnteredBefore { deployment });
    }
    let waiting = decision.state().waiting.len();
    match (waiting >= limits::QUEUE_WAITING, by_hand) {
        (true, true) => Err(QueueRefusal::Full { waiting }),
        (true, false) => Ok(decision.record(QueueEvent::Declined { deployment })?),
        (false, _) => Ok(decision.record(QueueEvent::Entered { deployment })?),
    }
}

/// I5: whatever the policy asks for now happens in the same commit, up to [`limits::FAN_OUT`] releases; the rest is pending
/// work.
fn settle(decision: &mut Decision<StageQueue>) -> Result<(), Impossible> {
    for _ in 0..limits::FAN_OUT {
        match decision.state().next() {
            Some(Next::Supersede { deployment, by }) => {
                decision.record(QueueEvent::Superseded { deployment, by })?;
            }
            Some(Next::Grant(deployment)) => decision.record(QueueEvent::SlotGranted { deployment })?,
            None => break,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Actor, CommandId, CommitId, QueuingPolicy, ReleaseId, StageId};

    /// Each release that was superseded left the queue once more, and let it supersede as many again: one commit over all of them.
    #[test]
    fn a_release_that_was_superseded_leaves_without_superseding_others() {
        let deployment = |release| DeploymentId {
            release: ReleaseId(release),
            stage: StageId(1),
            attempt: std::num::NonZeroU32::MIN,
        };
        let mut queue = StageQueue {
            revision: 1,
            policy: QueuingPolicy::only_latest(std::num::NonZeroU32::MIN),
            ..StageQueue::default()
        };
        let now = Timestamp::UNIX_EPOCH;
        let waiting = (2..=100).map(|release| (deployment(release), now));
        queue.waiting.extend(waiting);
        queue.holders.insert(deployment(200), now);
        let command = QueueCommand::Leave { deployment: deployment(1), conclusion: None };
        let (id, commit) = (CommandId::new("c").expect("short"), CommitId::new("k").expect("short"));
        let context = Context::new(now, Actor::System, id, commit);
        assert_eq!(queue.decide(&command, &context, &Facts::default()), Ok(Vec::new()));
        assert_eq!(
            queue.decide(&QueueCommand::Settle, &context, &Facts::default()).map(|it| it.len()),
            Ok(64)
        );
    }
}
