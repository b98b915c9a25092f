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
                // A superseded or declined deployment has left already: its release only follows.
                if self.knows(*deployment) {
                    decision.record(QueueEvent::Left { deployment: *deployment, conclusion: *conclusion })?;
                }
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
