//! Pipelines in virtual time.

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
mod ids;
mod machines;
mod people;
mod record;
mod recovering;
mod simulation;
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
pub use people::{Nobody, People, RandomPeople, Reply};
pub use simulation::Simulation;
pub use tasks::{Course, RandomTasks, ScriptedTasks, Tasks};
