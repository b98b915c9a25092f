//! What ought to happen, written from RULES.md and not from the code: plain lists, quadratic loops, one function per rule.
//!
//! It decides a command on a copy of everything, and throws the copy away where it refuses. It shares no type and no decision with
//! the core; `observed.rs` turns the core's state into these types, so that the two can be compared.

mod approvals;
mod carry_out;
mod deadlines;
mod deferring;
mod facts;
mod given;
mod jobs;
mod queues;
mod triggers;

use std::fmt;

pub use facts::*;
pub use given::{Ask, Given, Outcome, TaskPlace, Told};

use crate::plan::Plan;

/// Minutes since the tests' own beginning of time.
pub type Minutes = i64;

/// Days after which an approval is rejected if nothing else is said (AP5), in minutes.
pub const THIRTY_DAYS: Minutes = 30 * 24 * 60;

/// Everything that there is.
#[derive(Clone)]
pub struct Model {
    /// The pipeline's revisions, the first one first.
    pub revisions: Vec<Plan>,
    pub releases: Vec<Release>,
    pub queues: Vec<Queue>,
    /// The definitions that a release froze.
    kept: Vec<Plan>,
    /// When something was recorded last of each thing.
    newest: Vec<(Thing, Minutes)>,
    /// The commands that each thing remembers (I16).
    remembered: Vec<(Thing, u64)>,
    /// Of the command that is being decided: its time, what was read and what was written.
    now: Minutes,
    read: Vec<Thing>,
    written: Vec<Thing>,
}

/// Something with a stream of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Thing {
    Pipeline,
    Snapshot,
    Release(u64),
    Queue(u32),
}

/// A command is refused; the words are for who reads a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct No(pub &'static str);

/// What is expected of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prediction {
    pub outcome: Outcome,
    /// The time of the decision.
    pub at: Minutes,
    /// What is written to, sorted.
    pub written: Vec<Thing>,
}

impl Model {
    pub fn new(plan: Plan, now: Minutes) -> Self {
        Self {
            revisions: vec![plan],
            releases: Vec::new(),
            queues: Vec::new(),
            kept: Vec::new(),
            newest: vec![(Thing::Pipeline, now)],
            remembered: Vec::new(),
            now,
            read: Vec::new(),
            written: Vec::new(),
        }
    }

    /// The pipeline as it is at present.
    pub fn plan(&self) -> &Plan {
        &self.revisions[self.revisions.len() - 1]
    }

    pub fn revision(&self) -> u32 {
        u32::try_from(self.revisions.len()).expect("few revisions")
    }

    pub fn frozen(&self, release: &Release) -> &Plan {
        &self.revisions[release.revision as usize - 1]
    }

    pub fn release(&self, number: u64) -> Option<&Release> {
        self.releases.iter().find(|release| release.number == number)
    }

    pub fn queue(&self, stage: u32) -> Option<&Queue> {
        self.queues.iter().find(|queue| queue.stage == stage)
    }

    /// Carries the command out, and says what is expected of it.
    ///
    /// Time: never earlier than the newest time of what was read.
    pub fn give(&mut self, given: &Given, clock: Minutes) -> Prediction {
        let mut at = clock;
        loop {
            let mut trial = self.clone();
            trial.now = at;
            trial.read.clear();
            trial.written.clear();
            let outcome = trial.carry_out(given);
            let newest = trial.read.iter().filter_map(|thing| self.newest_of(*thing)).max();
            if newest.is_some_and(|newest| newest > at) {
                at = newest.expect("it is later");
                continue;
            }
            let mut written = trial.written.clone();
            written.sort_unstable();
            written.dedup();
            if outcome == Outcome::Recorded {
                for thing in &written {
                    trial.newest.retain(|(known, _)| known != thing);
                    trial.newest.push((*thing, at));
                }
                *self = trial;
            } else {
                written.clear();
            }
            return Prediction { outcome, at, written };
        }
    }

    fn newest_of(&self, thing: Thing) -> Option<Minutes> {
        self.newest.iter().find(|(known, _)| *known == thing).map(|(_, at)| *at)
    }

    fn see(&mut self, thing: Thing) {
        self.read.push(thing);
    }

    fn write(&mut self, thing: Thing) {
        self.see(thing);
        self.written.push(thing);
    }
}

/// Printed as the initial state of a failing case: nothing but the plan is of interest.
impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.revisions[0].fmt(f)
    }
}
