//! Worlds with most of what the rules know: two pipelines with gates, schedules, freezes, lock groups, interventions, retries, either slot
//! span, jobs in slices on a pool of agents, or on a deployment group, redeploys of what failed and automatic ones.
//!
//! Not in them are artifacts (filters and their overrides, triggers), edits of drafts and of jobs, permissions, retention, deleting, several
//! pools or groups, conditions that are expressions, and secrets.
//!
//! The model beside this (`model/`) says exactly what becomes of the plainer pipelines. Here nothing is foretold but what a person
//! would work out in a few lines, each where it is needed: when gates pass (`invariants/gates.rs`), when a window is closed
//! (`invariants/freezes.rs`), who is next for a lock group (`invariants/locks.rs`) or an agent (`invariants/agents.rs`), what a job is cut into
//! (`invariants/slices.rs`), how often a task is tried (`invariants/tasks.rs`), when a schedule comes (`invariants/triggers.rs`), what is
//! deployed again (`invariants/redeploys.rs`). All invariants hold after every commit; what `explain` says is tried out (E2,
//! `explained.rs`); and at the end of each case everything that can end ends. Replayed under the policies that it had, what was recorded
//! is what would have been (`what_if.rs`).
//!
//! `plan.rs` generates the pipelines, `step.rs` what is done, `doing.rs` does it, `machines.rs` does what is about agents and
//! targets, `chores.rs` says what there is to do.

mod agents;
pub mod chores;
mod clearing;
mod doing;
mod ending;
mod explained;
mod machines;
mod plan;
mod step;
mod what_if;

use std::num::NonZeroU32;

use cutover::deployment::Deadline;
use cutover::transaction::Command;
use cutover::{LockGroupId, LocksCommand, PipelineDefinition, Timestamp};
use proptest::prelude::*;

use crate::invariants::{Ledger, Sample};
use crate::model::Outcome;
use crate::world::{World, timestamp};
pub use plan::{WholePlan, any_whole_plan};
pub use step::any_steps;

use plan::{GROUPS, PIPELINES};

/// A world, and what is remembered of how it came about.
pub struct Whole {
    world: World,
    ledger: Ledger,
    now: Timestamp,
    /// The pipelines as they are at present, each with its revision.
    pipelines: Vec<(PipelineDefinition, u32)>,
    releases: u64,
    commands: u64,
    /// What recorded something, to be repeated.
    given: Vec<(u64, &'static str, Command)>,
    /// What was asked so far and what came of it, for who reads a failure.
    script: Vec<String>,
}

impl Whole {
    pub fn new(plan: &WholePlan) -> Self {
        let now = timestamp(0);
        let mut whole = Self {
            world: World::empty(),
            ledger: Ledger::default(),
            now,
            pipelines: Vec::new(),
            releases: 0,
            commands: 0,
            given: Vec::new(),
            script: Vec::new(),
        };
        for (name, capacity) in GROUPS.into_iter().zip(&plan.capacities) {
            let capacity = NonZeroU32::new(*capacity).unwrap_or(NonZeroU32::MIN);
            whole.must("ann", Command::Locks(LocksCommand::Define { group: lock_group(name), capacity }));
        }
        whole.place_machines(plan);
        for (place, pipeline) in PIPELINES.into_iter().enumerate() {
            let definition = plan.definition(place);
            whole.world.create(pipeline, definition.clone(), now);
            whole.pipelines.push((definition, 1));
        }
        whole
    }

    /// The clock, or the newest time of anything that was recorded: at no earlier time is anything decided.
    fn time(&self) -> Timestamp {
        let newest = self.world.live.iter().filter_map(|folded| folded.newest()).max();
        newest.map_or(self.now, |newest| newest.max(self.now))
    }

    /// Somebody asks for something, whatever comes of it.
    fn ask(&mut self, by: &'static str, command: Command) -> Result<Outcome, String> {
        self.commands += 1;
        self.give(self.commands, by, command, None)
    }

    fn give(
        &mut self,
        id: u64,
        by: &'static str,
        command: Command,
        sample: Option<&Sample>,
    ) -> Result<Outcome, String> {
        self.script.push(format!("{}  c{id:<3} {by:<6} {command:?}", self.now.format("%d %H:%M:%S")));
        let happened = self.world.ask(by, id, self.now, command.clone())?;
        let refusal = happened.refusal.map_or_else(String::new, |refusal| format!(" ({refusal})"));
        if let Some(said) = self.script.last_mut() {
            said.push_str(&format!(" -> {:?}{refusal}", happened.outcome));
        }
        // A defect of the rules is answered as a refusal: none of them is ever expected.
        if refusal.contains("impossible") || refusal.contains("can't be recorded") {
            return Err(format!("a defect:{refusal}"));
        }
        if let (Some(sample), Outcome::Recorded | Outcome::AlreadySo) = (sample, happened.outcome) {
            self.ledger.sampled(sample, happened.recorded.as_ref(), &self.world)?;
        }
        if let Some(recorded) = happened.recorded {
            if recorded.events.iter().any(|(.., cause)| *cause == cutover::store::Cause::Command) {
                self.given.push((id, by, command));
            }
            self.ledger.check(&recorded, &self.world)?;
        }
        Ok(happened.outcome)
    }

    /// An engine asks for what there is to do: that is never refused.
    fn chore(&mut self, command: Command) -> Result<(), String> {
        match self.ask("system", command)? {
            Outcome::Refused => Err("I14: what an engine has to do is refused".to_owned()),
            Outcome::Recorded | Outcome::AlreadySo | Outcome::Repeated => Ok(()),
        }
    }

    /// A deadline has come.
    fn ring(&mut self, deadline: Deadline) -> Result<(), String> {
        self.chore(chores::reach(deadline))
    }

    fn must(&mut self, by: &'static str, command: Command) {
        let outcome = self.ask(by, command);
        assert_eq!(outcome, Ok(Outcome::Recorded), "the first commands");
    }

    pub const fn world(&self) -> &World {
        &self.world
    }

    /// Ends the test, saying why.
    pub fn fail(&self, what: &str) -> ! {
        panic!("{what}\n\nafter these commands:\n  {}\n", self.script.join("\n  "));
    }
}

fn lock_group(name: &str) -> LockGroupId {
    LockGroupId::new(name).expect("a short name")
}

proptest! {
    #![proptest_config(crate::config_of_whole())]

    #[test]
    fn whatever_is_in_the_pipelines_every_invariant_holds_and_every_explanation_is_true(
        (plan, steps) in (any_whole_plan(), any_steps()),
    ) {
        let mut whole = Whole::new(&plan);
        for (step, look) in &steps {
            whole.perform(step).unwrap_or_else(|what| whole.fail(&what));
            if let Some(look) = look {
                whole.look_at(*look).unwrap_or_else(|what| whole.fail(&what));
            }
        }
        what_if::is_as_it_was(&whole).unwrap_or_else(|what| whole.fail(&what));
        ending::bring_to_an_end(&mut whole);
        what_if::is_as_it_was(&whole).unwrap_or_else(|what| whole.fail(&what));
    }
}
