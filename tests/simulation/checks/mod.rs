//! What is checked beside the invariants of the properties: who was allowed to do what, what triggers and schedules make, what is deleted,
//! and what lists say in the end. None of these knows what was asked.

macro_rules! ensure {
    ($holds:expr, $($what:tt)*) => {
        if !$holds {
            return Err(format!($($what)*));
        }
    };
}

mod deleted;
mod grants;
mod listed;
mod permitted;
mod scheduled;
mod triggered;

use cutover::transaction::World;
use cutover::{Pipeline, PipelineId, Subject};
use cutover_engine::simulation::{Builder, Failure, Simulation};

type Verdict = Result<(), String>;

/// All of them that look at each commit.
pub fn all(simulation: Builder) -> Builder {
    simulation
        .check(permitted::Permitted::default())
        .check(triggered::Triggered::default())
        .check(scheduled::Scheduled::default())
        .check(deleted::Deletions::default())
}

/// What is so once nothing has gone wrong for a while, before anything is taken out of the way.
pub fn in_the_calm(simulation: &Simulation) -> Result<(), Failure> {
    scheduled::everything_is_answered(simulation).map_err(|what| simulation.failure(what))
}

/// What is so once nothing goes wrong any more, and everything has come to its end.
pub fn in_the_end(simulation: &Simulation) -> Result<(), Failure> {
    let verdict = triggered::everything_is_observed(simulation)
        .and_then(|()| listed::lists_say_what_is_recorded(simulation));
    verdict.map_err(|what| simulation.failure(what))
}

fn pipelines(world: &World) -> impl Iterator<Item = (PipelineId, &Pipeline)> {
    world.iter().filter_map(|folded| match folded.subject() {
        Subject::Pipeline(id) => Some((*id, folded.state().as_pipeline()?)),
        _ => None,
    })
}
