use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use cutover::store::transfer::export;
use cutover::transaction::World;
use cutover::{Actor, PipelineDefinition, PipelineId, Timestamp};
use cutover_store_memory::MemoryStore;
use futures::TryStreamExt;
use futures::executor::block_on;

use super::asking::{Asked, Question, Replied, Stand};
use super::builder::Builder;
use super::checkers::{GoingOn, going_on, is_all_over};
use super::engines::{Host, Slot};
use super::executor::{Executor, Life};
use super::record::Record;
use super::{Answer, Ask, AskId, Dice, Failure, Tally};
use crate::{Clock, EngineError};

/// What callers were told, each with the life of the engine that told them.
pub(super) type Answers = Arc<Mutex<Vec<(usize, Life, Result<Answer, EngineError>)>>>;

/// One history of engines on a store, in virtual time, on one thread: all that happens follows from the seed.
pub struct Simulation {
    pub(super) seed: u64,
    pub(super) dice: Dice,
    store: Arc<MemoryStore>,
    pub(super) host: Host,
    pub(super) slots: Vec<Slot>,
    pub(super) executor: Executor,
    pub(super) record: Record,
    pub(super) asked: Vec<Asked>,
    /// Those that nobody was asked yet, by when somebody is to be; and those that have no answer yet.
    pub(super) waiting: BTreeSet<(Timestamp, usize)>,
    pub(super) sent: BTreeSet<usize>,
    pub(super) answers: Answers,
    pub(super) replied: BTreeMap<Question, Replied>,
    /// Since when nothing goes wrong.
    pub(super) calm_since: Option<Timestamp>,
}

impl Simulation {
    /// The history of this seed, as it is to be put together.
    pub fn of(seed: u64) -> Builder {
        Builder::of(seed)
    }

    pub(super) fn new(
        seed: u64,
        dice: Dice,
        store: Arc<MemoryStore>,
        host: Host,
        slots: Vec<Slot>,
        executor: Executor,
        record: Record,
    ) -> Self {
        let chance = &host.chance;
        let calm_since = chance.is_calm().then(|| chance.clock.now());
        Self {
            seed,
            dice,
            store,
            host,
            slots,
            executor,
            record,
            asked: Vec::new(),
            waiting: BTreeSet::new(),
            sent: BTreeSet::new(),
            answers: Arc::default(),
            replied: BTreeMap::new(),
            calm_since,
        }
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.host.chance.clock.now()
    }

    /// Asks for something, at this moment or later. Callers ask until they are answered, in the next life of an engine, too: always by the
    /// same command id.
    pub fn ask_at(&mut self, at: Timestamp, by: &Actor, ask: Ask) -> AskId {
        self.ask_about(at, by.clone(), ask, None)
    }

    /// What came of it; `None`: nothing yet.
    pub fn answer(&self, ask: AskId) -> Option<&Answer> {
        match self.asked.get(ask.0).map(|asked| &asked.stand) {
            Some(Stand::Answered(answer)) => Some(answer),
            Some(Stand::Waits | Stand::Sent(_)) | None => None,
        }
    }

    /// Asks for something, and lets happen whatever happens until that is answered.
    ///
    /// # Errors
    /// As [`Simulation::run_for`].
    pub fn ask(&mut self, by: &Actor, ask: Ask) -> Result<Answer, Failure> {
        let id = self.ask_at(self.now(), by, ask);
        loop {
            let quiet = self.until_quiet();
            self.or_fail(quiet)?;
            if let Some(answer) = self.answer(id) {
                return Ok(answer.clone());
            }
            let next = self.next_moment();
            self.or_fail(next.ok_or_else(|| "nothing goes on, and a caller has no answer".to_owned()))
                .map(|next| self.host.chance.clock.set(next))?;
        }
    }

    /// Creates a pipeline.
    ///
    /// # Errors
    /// As [`Simulation::run_for`], and if it is refused.
    pub fn create_pipeline(
        &mut self,
        by: &Actor,
        definition: PipelineDefinition,
    ) -> Result<PipelineId, Failure> {
        match self.ask(by, Ask::Pipeline(Box::new(definition)))? {
            Answer::Pipeline(id) => Ok(id),
            other @ (Answer::Release(_) | Answer::Done(_) | Answer::Refused(_)) => {
                self.or_fail(Err(format!("the pipeline is not there: {other:?}")))
            }
        }
    }

    /// Lets happen whatever happens in this time.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn run_for(&mut self, time: TimeDelta) -> Result<(), Failure> {
        self.run_until(self.now() + time)
    }

    /// The same, until this moment.
    ///
    /// # Errors
    /// As [`Simulation::run_for`].
    pub fn run_until(&mut self, until: Timestamp) -> Result<(), Failure> {
        let verdict = self.go_until(until, |_| false);
        self.or_fail(verdict).map(drop)
    }

    /// Ends the faults, and lets everything come to its end that can.
    ///
    /// # Errors
    /// If something does not within this time; the failure says what, and what it waits for. Otherwise as [`Simulation::run_for`].
    pub fn settle(&mut self, within: TimeDelta) -> Result<(), Failure> {
        self.calm();
        let until = self.now() + within;
        let is_answered = |it: &Self| it.waiting.is_empty() && it.sent.is_empty();
        let is_over = |it: &Self| is_answered(it) && is_all_over(&it.record.world);
        let verdict = self.go_until(until, is_over);
        if self.or_fail(verdict)? {
            return Ok(());
        }
        let left = going_on(&self.record.world);
        let left: Vec<_> =
            left.iter().map(|it| format!("{} waits for {:?}", it.deployment, it.told)).collect();
        self.or_fail(Err(format!("this goes on, and does not end:\n  {}", left.join("\n  "))))
    }

    /// No more faults from here on.
    pub fn calm(&mut self) {
        self.host.chance.calm();
        self.host.store.goes_down(None);
        let now = self.now();
        self.calm_since.get_or_insert(now);
        self.slots.iter().for_each(|slot| slot.is_due(now));
    }

    /// What all streams come to.
    pub const fn world(&self) -> &World {
        &self.record.world
    }

    /// What is not over, with what it waits for.
    pub fn going_on(&self) -> Vec<GoingOn> {
        going_on(&self.record.world)
    }

    /// How many faults have happened.
    pub fn tally(&self) -> Tally {
        self.host.chance.tally()
    }

    /// How many commands callers were told to be recorded; each is.
    pub const fn acknowledged(&self) -> u64 {
        self.record.acknowledged.count()
    }

    /// The store, without its faults: for questions, by an engine of your own.
    pub fn store(&self) -> Arc<MemoryStore> {
        Arc::clone(&self.store)
    }

    /// The whole log as lines of text: of one seed always the same, byte for byte.
    ///
    /// # Errors
    /// None that a store in memory makes.
    pub fn export(&self) -> Result<String, Failure> {
        let lines = block_on(export(&*self.store).try_collect::<Vec<_>>());
        self.or_fail(lines.map(|lines| lines.join("\n")).map_err(|error| error.to_string()))
    }

    /// Something that you have found not to hold, with all that it takes to see it again.
    pub fn failure(&self, what: impl Into<String>) -> Failure {
        Failure { seed: self.seed, what: what.into(), at: self.now(), diary: self.host.chance.diary() }
    }

    pub(super) fn or_fail<T>(&self, verdict: Result<T, String>) -> Result<T, Failure> {
        verdict.map_err(|what| self.failure(what))
    }
}

impl fmt::Debug for Simulation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulation")
            .field("seed", &self.seed)
            .field("now", &self.now())
            .finish_non_exhaustive()
    }
}
