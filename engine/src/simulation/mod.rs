//! Pipelines in virtual time: months of releases in seconds, with or without everything that can go wrong, and always the same for the same seed.
//!
//! A [`Simulation`] is one or more engines on a store in memory. Time stands still while anything is to be done, and then goes on to
//! the next moment that anybody waits for. Tasks run on simulated machines for as long as [`Tasks`] says, [`People`] answer approvals and
//! interventions, [`GateAnswers`] are what gates say, and [`Faults`] are what goes wrong: engines crash at any await, commits conflict,
//! answers are lost, the store is down for a while, clocks step, machines vanish. All of it is drawn from one seed, and everything runs on
//! one thread, so that a seed is a history, byte for byte ([`Simulation::export`]). What does not hold ends the simulation with a
//! [`Failure`] that names the seed and tells what happened last.
//!
//! Simulate a pipeline of your own to see whether its policies do what you want: how long releases wait, what is superseded, what becomes
//! of it when something fails. The example `simulate` of the repository does this for any exported definition.
//!
//! ```
//! use chrono::TimeDelta;
//! use cutover::status::StageStatus;
//! use cutover::transaction::World;
//! use cutover::{Actor, ApprovalStep, Moment, NewRelease, PipelineDefinition, Stage, StageId, Task, UserId};
//! use cutover_engine::simulation::{Ask, Faults, RandomPeople, RandomTasks, Seen, Simulation};
//!
//! let build = Stage::new(StageId(1), "Build").after_release().with_task(Task::command("make"));
//! let live = Stage::new(StageId(2), "Live").after(&[StageId(1)]).with_task(Task::command("make deploy"));
//! let live = live.with_approval(Moment::Before, ApprovalStep::user(UserId::new("pat")?));
//! let pipeline = PipelineDefinition::new("Shop").with_stage(build).with_stage(live);
//!
//! let mut simulation = Simulation::of(17)
//!     .tasks(RandomTasks::lasting(TimeDelta::minutes(5)).failing(0.05))
//!     .people(RandomPeople::answering_after(TimeDelta::minutes(30)))
//!     .faults(Faults::often())
//!     // A rule of this shop's own, checked with every commit.
//!     .check(|seen: &Seen, _: &World| {
//!         let is_small = seen.events.len() < 50;
//!         if is_small { Ok(()) } else { Err("a commit of this shop is never that large".to_owned()) }
//!     })
//!     .begin();
//!
//! let ann = Actor::user("ann")?;
//! let shop = simulation.create_pipeline(&ann, pipeline)?;
//! for hour in 0..8 {
//!     let at = simulation.now() + TimeDelta::hours(hour);
//!     simulation.ask_at(at, &ann, Ask::Release(shop, NewRelease::default()));
//! }
//! simulation.run_for(TimeDelta::hours(8))?;
//! // Whatever happened: nothing is forgotten, and everything comes to its end.
//! simulation.recover_twice()?;
//! simulation.settle(TimeDelta::days(60))?;
//!
//! let releases = simulation.world().iter().filter_map(|folded| folded.state().as_release());
//! let live = releases.filter(|release| release.status(StageId(2)) == StageStatus::Succeeded).count();
//! println!("{live} of 8 are live; what went wrong: {}", simulation.tally());
//! # assert!(live > 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is checked
//!
//! With every commit: [`Invariants`] and [`Explained`]. With every answer to a caller: [`Acknowledged`]. That no try of a task is ever begun
//! twice, and that while nothing goes wrong what was claimed is watched (J6). By [`Simulation::settle`]: everything that can end ends. By [`Simulation::recover_twice`]: recovering twice changes nothing.
//! And whatever you add: [`Builder::check`]. The checkers know nothing of what is asked and of what goes wrong, and can be used
//! without a simulation.
//!
//! # What it is not
//!
//! It tests no store and no runner: the store is one in memory, whose faults are those that the contract of
//! [`EventStore`](cutover::store::EventStore) allows, and machines are simulated. Threads are none: what may come between two awaits may
//! come in any order, and what is between is never interrupted. Start reading in `turns.rs`, the loop; `engines.rs` is how engines live and
//! end, `store.rs` what they see of the store, `callers.rs` those who ask for something, `checkers/` what must hold.

mod asking;
mod builder;
mod callers;
mod chance;
mod checkers;
mod dice;
mod engines;
mod executor;
mod failure;
mod faults;
mod gates;
mod history;
mod ids;
mod machines;
mod people;
mod record;
mod recovering;
mod store;
mod tasks;
mod turns;

pub use asking::{Answer, Ask, AskId};
pub use builder::Builder;
pub use checkers::{Acknowledged, Checker, Explained, GoingOn, Invariants, Seen, going_on, invariants_hold};
pub use dice::Dice;
pub use failure::Failure;
pub use faults::{FaultKind, Faults, Tally};
pub use gates::{GateAnswers, RandomGates};
pub use history::Simulation;
pub use people::{Nobody, People, RandomPeople, Reply};
pub use tasks::{Course, RandomTasks, ScriptedTasks, Tasks};
