//! The wrapper: calls go through it, and the rules decide what they meet.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures::future::pending;

use super::super::drafts::a_turn;
use super::rule::{Asked, Effect};
use super::{Call, Fault, Rule};
use crate::store::{
    Checkpoint, Commit, CommitError, EventStore, Position, RecordedCommit, RecordedEvent, Sequence,
    StoreError, StreamId,
};

/// A store that does what the one within does, but for the faults that it is told to make.
///
/// Its clones are the same store with the same rules.
pub struct FaultyStore<S> {
    inner: Arc<S>,
    rules: Arc<Mutex<Rules>>,
}

#[derive(Debug, Default)]
struct Rules {
    list: Vec<Rule>,
    calls: BTreeMap<Call, u64>,
    injected: u64,
}

impl<S> Clone for FaultyStore<S> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), rules: Arc::clone(&self.rules) }
    }
}

impl<S> fmt::Debug for FaultyStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultyStore").field("rules", &*self.rules()).finish_non_exhaustive()
    }
}

impl<S> FaultyStore<S> {
    /// Around a store, without a rule.
    pub fn new(inner: S) -> Self {
        Self { inner: Arc::new(inner), rules: Arc::default() }
    }

    /// The store within, which meets no fault.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    fn rules(&self) -> MutexGuard<'_, Rules> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a rule. Each rule counts the calls that it is about from here on, whatever other rules say of them; where
    /// several meet a call, the one that was added first decides.
    pub fn add(&self, rule: Rule) {
        self.rules().list.push(rule);
    }

    /// The next commits meet these, one each; `None` is a commit that meets none.
    pub fn next_commits(&self, faults: impl IntoIterator<Item = Option<Fault>>) {
        for (skip, fault) in (0..).zip(faults) {
            if let Some(fault) = fault {
                self.add(Rule::on(Call::Commit).skip(skip).meets(fault));
            }
        }
    }

    /// Takes all rules away. What a rule holds up already stays held up.
    pub fn heal(&self) {
        self.rules().list.clear();
    }

    /// How many calls of this kind have come so far.
    pub fn calls(&self, call: Call) -> u64 {
        self.rules().calls.get(&call).copied().unwrap_or(0)
    }

    /// How many calls have met a fault so far.
    pub fn injected(&self) -> u64 {
        self.rules().injected
    }

    /// Counts the call with every rule, and gives what it meets.
    fn effect(&self, asked: &Asked<'_>) -> Option<Effect> {
        let mut rules = self.rules();
        *rules.calls.entry(asked.call).or_default() += 1;
        let mut first = None;
        for rule in &mut rules.list {
            if rule.is_met_by(asked) && first.is_none() {
                first = rule.effect();
            }
        }
        rules.injected += u64::from(first.is_some());
        first
    }

    /// Does what is asked, with the fault that it meets.
    async fn carry_out<T, E>(
        &self,
        asked: Asked<'_>,
        refusals: Refusals<E>,
        done: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let fault = match self.effect(&asked) {
            None => return done.await,
            Some(Effect::First(happens)) => {
                happens.await;
                return done.await;
            }
            Some(Effect::Fault(fault)) => fault,
        };
        match fault {
            Fault::NotDone => Err((refusals.not_done)(made_up())),
            Fault::LostCall => Err((refusals.unknown)(made_up())),
            Fault::Poisoned => Err((refusals.not_done)(StoreError::Poisoned { what: "made up".to_owned() })),
            Fault::TooLarge => Err((refusals.too_large)()),
            Fault::LostAnswer => {
                done.await?;
                Err((refusals.unknown)(made_up()))
            }
            Fault::Silence => {
                done.await?;
                pending().await
            }
            Fault::Delayed(gate) => {
                gate.pass().await;
                done.await
            }
            Fault::DelayedAnswer(gate) => {
                let answer = done.await;
                gate.pass().await;
                answer
            }
            Fault::Overtaken(turns) => {
                let_others_by(turns).await;
                done.await
            }
            Fault::OvertakenAnswer(turns) => {
                let answer = done.await;
                let_others_by(turns).await;
                answer
            }
        }
    }
}

async fn let_others_by(turns: u64) {
    for _ in 0..turns {
        a_turn().await;
    }
}

fn made_up() -> StoreError {
    StoreError::Unavailable { what: "a fault that a test has asked for".to_owned(), source: None }
}

/// How a kind of call is refused.
struct Refusals<E> {
    not_done: fn(StoreError) -> E,
    unknown: fn(StoreError) -> E,
    too_large: fn() -> E,
}

const OF_A_COMMIT: Refusals<CommitError> = Refusals {
    not_done: CommitError::NotWritten,
    unknown: CommitError::OutcomeUnknown,
    too_large: || CommitError::TooLarge { bytes: 2, limit: 1 },
};

const OF_A_CALL: Refusals<StoreError> =
    Refusals { not_done: |error| error, unknown: |error| error, too_large: made_up };

fn of(call: Call) -> Asked<'static> {
    Asked { call, commit: None, stream: None }
}

fn of_stream(call: Call, stream: &StreamId) -> Asked<'_> {
    Asked { call, commit: None, stream: Some(stream) }
}

#[async_trait]
impl<S: EventStore> EventStore for FaultyStore<S> {
    async fn commit(&self, commit: Commit) -> Result<Position, CommitError> {
        let within = commit.clone();
        let asked = Asked { call: Call::Commit, commit: Some(&commit), stream: None };
        self.carry_out(asked, OF_A_COMMIT, self.inner.commit(within)).await
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after: Sequence,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        let done = self.inner.read_stream(stream, after, limit);
        self.carry_out(of_stream(Call::ReadStream, stream), OF_A_CALL, done).await
    }

    async fn read_all(&self, after: Position, limit: usize) -> Result<Vec<RecordedCommit>, StoreError> {
        self.carry_out(of(Call::ReadAll), OF_A_CALL, self.inner.read_all(after, limit)).await
    }

    async fn head(&self) -> Result<Position, StoreError> {
        self.carry_out(of(Call::Head), OF_A_CALL, self.inner.head()).await
    }

    async fn wait_past(&self, position: Position) -> Result<Position, StoreError> {
        self.carry_out(of(Call::WaitPast), OF_A_CALL, self.inner.wait_past(position)).await
    }

    async fn load_checkpoint(&self, stream: &StreamId) -> Result<Option<Checkpoint>, StoreError> {
        let done = self.inner.load_checkpoint(stream);
        self.carry_out(of_stream(Call::LoadCheckpoint, stream), OF_A_CALL, done).await
    }

    async fn save_checkpoint(&self, stream: &StreamId, checkpoint: Checkpoint) -> Result<(), StoreError> {
        let done = self.inner.save_checkpoint(stream, checkpoint);
        self.carry_out(of_stream(Call::SaveCheckpoint, stream), OF_A_CALL, done).await
    }
}
