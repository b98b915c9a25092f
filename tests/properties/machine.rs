//! The model and the core side by side, step by step.

use std::fmt;

use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};

use crate::invariants::Ledger;
use crate::model::{Ask, Given, Minutes, Model, Outcome, Prediction, Thing};
use crate::plan::{Plan, any_plan};
use crate::sight::{Action, Sight};
use crate::step::{Step, any_step};
use crate::world::{World, minutes, timestamp};
use crate::{ending, observed};

/// The model, and all that it takes to find out what a step comes to.
#[derive(Clone)]
pub struct Reference {
    pub model: Model,
    pub clock: Minutes,
    given: Vec<Given>,
    next_release: u64,
    /// What was given last, at which clock, and what is expected of it.
    last: Option<(Given, Minutes, Prediction)>,
}

impl Reference {
    pub fn new(plan: Plan) -> Self {
        Self { model: Model::new(plan, 0), clock: 0, given: Vec::new(), next_release: 1, last: None }
    }

    /// Asks something that was not asked before.
    pub fn ask(&mut self, by: &'static str, ask: Ask) {
        let given = Given { id: self.given.len() as u64 + 1, by, ask };
        self.give(given);
    }

    fn give(&mut self, given: Given) {
        let prediction = self.model.give(&given, self.clock);
        if let (Ask::Create { release, .. }, Outcome::Recorded) = (&given.ask, prediction.outcome) {
            self.next_release = release + 1;
        }
        self.given.push(given.clone());
        self.last = Some((given, self.clock, prediction));
    }

    pub const fn next_release(&self) -> u64 {
        self.next_release
    }
}

/// Printed as the initial state of a failing case: nothing but the pipeline is of interest.
impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.model.fmt(f)
    }
}

impl ReferenceStateMachine for Reference {
    type State = Self;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Self> {
        any_plan().prop_map(Self::new).boxed()
    }

    fn transitions(state: &Self) -> BoxedStrategy<Step> {
        any_step(&state.model, state.clock)
    }

    fn apply(mut state: Self, step: &Step) -> Self {
        let sight = Sight { model: &state.model, clock: state.clock, given: &state.given };
        match sight.resolve(step, state.given.len() as u64 + 1, state.next_release) {
            Action::Pass(minutes) => {
                state.clock += minutes;
                state.last = None;
            }
            Action::Give(given) => state.give(given),
        }
        state
    }
}

/// The core under test, with what was recorded of it.
pub struct Cutover {
    pub world: World,
    ledger: Ledger,
    /// What was asked so far and what came of it, for who reads a failure.
    script: Vec<String>,
}

impl StateMachineTest for Cutover {
    type SystemUnderTest = Self;
    type Reference = Reference;

    fn init_test(reference: &Reference) -> Self {
        Self {
            world: World::new(reference.model.plan().definition(), reference.clock),
            ledger: Ledger::default(),
            script: Vec::new(),
        }
    }

    fn apply(mut cutover: Self, reference: &Reference, _: Step) -> Self {
        cutover.follow(reference);
        cutover
    }

    fn teardown(mut cutover: Self, reference: Reference) {
        ending::bring_to_an_end(&mut cutover, reference);
    }
}

impl Cutover {
    /// Gives the core what the model was given last, and compares.
    pub fn follow(&mut self, reference: &Reference) {
        let Some((given, clock, prediction)) = &reference.last else { return };
        self.script.push(format!("at {clock:>6}  c{:<3} {:<6} {:?}", given.id, given.by, given.ask));
        let checked = self.give(given, *clock, prediction, &reference.model);
        checked.unwrap_or_else(|what| self.fail(&what));
    }

    /// Ends the test, saying why.
    pub fn fail(&self, what: &str) -> ! {
        // What repeats itself needs no more room than this.
        let script = self.script[..self.script.len().min(200)].join("\n  ");
        panic!("{what}\n\nafter these commands (minutes, id, who, what):\n  {script}\n");
    }

    fn give(
        &mut self,
        given: &Given,
        clock: Minutes,
        expected: &Prediction,
        model: &Model,
    ) -> Result<(), String> {
        let happened = self.world.give(given, clock)?;
        if let Some(said) = self.script.last_mut() {
            said.push_str(&format!(" -> {:?}", happened.outcome));
        }
        let refusal = happened.refusal.map_or_else(String::new, |refusal| format!(" ({refusal})"));
        if happened.outcome != expected.outcome {
            return Err(format!("{:?}{refusal}, the model says {:?}", happened.outcome, expected.outcome));
        }
        // A defect of the rules is answered as a refusal: none of them is ever expected.
        if refusal.contains("impossible") || refusal.contains("can't be recorded") {
            return Err(format!("a defect:{refusal}"));
        }
        if let Some(recorded) = happened.recorded {
            let at = minutes(recorded.header.time);
            if timestamp(at) != recorded.header.time || at != expected.at {
                return Err(format!("Time: it is decided at {at}, the model says {}", expected.at));
            }
            let mut written: Vec<Thing> = recorded.written.iter().filter_map(thing).collect();
            written.sort_unstable();
            if written != expected.written {
                return Err(format!("{written:?} are written to, the model says {:?}", expected.written));
            }
            self.ledger.check(&recorded, &self.world)?;
        }
        self.compare(model)
    }

    /// Everything stands as the model says.
    fn compare(&self, model: &Model) -> Result<(), String> {
        let most = model.revisions.iter().map(|plan| plan.stages.len()).max().unwrap_or_default();
        let most = u32::try_from(most).expect("few stages");
        let mut found: Vec<_> = self.world.releases().filter_map(|it| observed::release(it, most)).collect();
        found.sort_by_key(|release| release.number);
        let mut expected = model.releases.clone();
        expected.sort_by_key(|release| release.number);
        for (found, expected) in found.iter().zip(&expected) {
            if found != expected {
                return Err(format!("the release is {found:#?}\nthe model says {expected:#?}"));
            }
        }
        let mut queues: Vec<_> =
            self.world.queues().filter_map(|(id, queue)| observed::queue(id.stage, queue)).collect();
        queues.sort_by_key(|queue| queue.stage);
        let mut expected_queues = model.queues.clone();
        expected_queues.sort_by_key(|queue| queue.stage);
        if found.len() != expected.len() || queues != expected_queues {
            return Err(format!("the queues are {queues:#?}\nthe model says {expected_queues:#?}"));
        }
        Ok(())
    }
}

const fn thing(subject: &cutover::Subject) -> Option<Thing> {
    match subject {
        cutover::Subject::Pipeline(_) => Some(Thing::Pipeline),
        cutover::Subject::Snapshot(_) => Some(Thing::Snapshot),
        cutover::Subject::Release(id) => Some(Thing::Release(id.0)),
        cutover::Subject::Queue(id) => Some(Thing::Queue(id.stage.0)),
        // The model knows nothing of the others.
        _ => None,
    }
}
