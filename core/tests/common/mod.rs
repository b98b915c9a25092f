//! Commands carried out in a world that no store keeps.

use std::sync::Arc;

use cutover::Context;
use cutover::transaction::{Command, Folded, Progress, Proposal, Refusal, Transaction, World};

/// Carries the command out: what is not in the world is empty, and what it comes to stands in the world then. `None`: it is so already.
pub(crate) fn carry_out(
    world: &mut World,
    command: Command,
    context: Context,
) -> Result<Option<Proposal>, Refusal> {
    let transaction = Transaction::new(command, context);
    loop {
        match transaction.advance(world)? {
            Progress::Needs(subjects) => {
                for subject in subjects {
                    world.insert(Arc::new(Folded::empty(subject)));
                }
            }
            Progress::Ready(proposal) => {
                for state in &proposal.states {
                    world.insert(Arc::clone(state));
                }
                return Ok(Some(*proposal));
            }
            Progress::AlreadySo | Progress::Repeated { .. } => return Ok(None),
        }
    }
}
