//! Stores that do not keep what they should: checkpoints, and what is there after reopening, a crash, closing.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use cutover::store::{
    Checkpoint, Commit, CommitError, EventStore as _, Json, Position, RecordedCommit, RecordedEvent,
    Sequence, StoreError, StreamId,
};
use cutover::{CommandId, CommitId};
use futures::future::pending;

use crate::breaking::{Breaks, Plan, Within, a_turn, locked};
use crate::writing::{own, parsed};

type Loaded = Result<Option<Checkpoint>, StoreError>;

/// A checkpoint is an event of its stream.
#[derive(Default)]
pub(crate) struct KeepsCheckpointsInTheLog;

#[async_trait]
impl Breaks for KeepsCheckpointsInTheLog {
    async fn save_checkpoint(
        &self,
        within: &Within,
        stream: &StreamId,
        saved: Checkpoint,
    ) -> Result<(), StoreError> {
        let mut plan = own(within);
        plan.events[0].0 = stream.clone();
        plan.events[0].1 = within.stands(stream);
        within.record(&plan).map_err(|error| StoreError::unavailable("saving", error))?;
        within.save_checkpoint(stream, saved).await
    }
}

macro_rules! loads_checkpoints {
    ($(#[$doc:meta])* $store:ident, $load:expr) => {
        $(#[$doc])*
        #[derive(Default)]
        pub(crate) struct $store;

        #[async_trait]
        impl Breaks for $store {
            async fn load_checkpoint(&self, within: &Within, stream: &StreamId) -> Loaded {
                let load: fn(&Within, &StreamId) -> Option<Checkpoint> = $load;
                Ok(load(within, stream))
            }
        }
    };
}

fn saved(within: &Within, stream: &StreamId) -> Vec<Checkpoint> {
    locked(&within.checkpoints).get(stream).cloned().unwrap_or_default()
}

loads_checkpoints!(
    /// The first checkpoint of a stream stays.
    KeepsTheFirstCheckpoint,
    |within, stream| saved(within, stream).into_iter().next()
);
loads_checkpoints!(
    /// The checkpoint with the largest sequence counts, not the last.
    KeepsTheNewestCheckpoint,
    |within, stream| saved(within, stream).into_iter().max_by_key(|it| it.sequence)
);
loads_checkpoints!(
    /// It gives the checkpoint of the next stream by name if there is none.
    LooksForTheNextName,
    |within, stream| {
        let checkpoints = locked(&within.checkpoints);
        checkpoints.range(stream..).next().and_then(|(_, saved)| saved.last().cloned())
    }
);
loads_checkpoints!(
    /// It keeps none, and says that it does.
    ForgetsCheckpoints,
    |_, _| None
);
loads_checkpoints!(
    /// Of two that are saved one after the other it mixes the halves.
    MixesCheckpoints,
    |within, stream| {
        let saved = saved(within, stream);
        let mut last = saved.last()?.clone();
        if let Some(before) = saved.len().checked_sub(2).and_then(|place| saved.get(place)) {
            last.state = before.state.clone();
        }
        Some(last)
    }
);
loads_checkpoints!(
    /// Large ones are cut.
    CutsCheckpoints,
    |within, stream| {
        let mut last = saved(within, stream).pop()?;
        if last.state.as_str().len() > 65_536 {
            last.state = Json::parse("\"cut\"").ok()?;
        }
        Some(last)
    }
);
loads_checkpoints!(
    /// Once reopened it has the first.
    HasOldCheckpointsOnceReopened,
    |within, stream| {
        let mut saved = saved(within, stream);
        if within.was_reopened { saved.into_iter().next() } else { saved.pop() }
    }
);
loads_checkpoints!(
    /// Once reopened it has one that is ahead of the stream.
    HasCheckpointsOfTheFuture,
    |within, stream| {
        let mut last = saved(within, stream).pop()?;
        if within.was_reopened {
            last.sequence = last.sequence.plus(1);
        }
        Some(last)
    }
);

/// Two streams with names alike share a checkpoint.
#[derive(Default)]
pub(crate) struct FoldsNamesOfCheckpoints;

fn folded(name: &StreamId) -> StreamId {
    StreamId::new(&name.as_str().trim().to_lowercase()).unwrap_or_else(|_| name.clone())
}

#[async_trait]
impl Breaks for FoldsNamesOfCheckpoints {
    async fn load_checkpoint(&self, within: &Within, stream: &StreamId) -> Loaded {
        within.load_checkpoint(&folded(stream)).await
    }

    async fn save_checkpoint(
        &self,
        within: &Within,
        stream: &StreamId,
        saved: Checkpoint,
    ) -> Result<(), StoreError> {
        within.save_checkpoint(&folded(stream), saved).await
    }
}

macro_rules! reopens {
    ($(#[$doc:meta])* $store:ident, $left:expr) => {
        $(#[$doc])*
        #[derive(Default)]
        pub(crate) struct $store;

        impl Breaks for $store {
            fn reopen(&self, within: &Within, log: &mut Vec<Plan>) {
                let left: fn(&Within, &mut Vec<Plan>) = $left;
                left(within, log);
            }
        }
    };
}

reopens!(
    /// It acknowledges what is in memory: the last commit is lost.
    LosesTheLast,
    |_, log| drop(log.pop())
);
reopens!(
    /// The oldest commit is lost, and all numbers move up.
    LosesTheFirst,
    |_, log| log.truncate(log.len().saturating_sub(1).min(3))
);
reopens!(
    /// It leaves a mark in the log each time.
    MarksItsOpening,
    |within, log| log.push(own(within))
);
reopens!(
    /// Payloads are written anew.
    ParsesOnReopening,
    |_, log| log.iter_mut().flat_map(|plan| &mut plan.events).for_each(|it| it.2.payload = parsed(&it.2.payload))
);
reopens!(
    /// Names are trimmed on their way back.
    TrimsOnReopening,
    |_, log| log.iter_mut().flat_map(|plan| &mut plan.events).for_each(|it| it.0 = folded(&it.0))
);
reopens!(
    /// Ids were kept in memory.
    ForgetsIdsOnReopening,
    |_, log| {
        for plan in log {
            plan.header.id = CommitId::new("some commit").expect("an id");
            plan.header.command = CommandId::new("some command").expect("an id");
        }
    }
);

/// It writes before it judges, and once reopened what was refused is there.
#[derive(Default)]
pub(crate) struct WritesBeforeItJudges;

#[async_trait]
impl Breaks for WritesBeforeItJudges {
    async fn commit(&self, within: &Within, commit: Commit) -> Result<Position, CommitError> {
        let plan = Plan::of(&commit);
        let answer = within.commit(commit).await;
        if answer.is_err() {
            locked(&within.refused).push(plan);
        }
        answer
    }

    fn reopen(&self, within: &Within, log: &mut Vec<Plan>) {
        for mut plan in locked(&within.refused).drain(..) {
            plan.guards.clear();
            log.push(plan);
        }
    }
}

/// The index that it builds when it is opened is one off.
#[derive(Default)]
pub(crate) struct IndexesOtherwiseOnceReopened;

#[async_trait]
impl Breaks for IndexesOtherwiseOnceReopened {
    async fn read_stream(
        &self,
        within: &Within,
        stream: &StreamId,
        after: Sequence,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        let is_off = within.was_reopened && after.0 > 5 && after.0 % 2 == 1;
        within.read_stream(stream, after.plus(u64::from(is_off)), limit).await
    }
}

/// It knows where streams stand only as far as it has written to them itself.
#[derive(Default)]
pub(crate) struct BeginsWithAnEmptyIndex;

impl Breaks for BeginsWithAnEmptyIndex {
    fn plan(&self, within: &Within, plan: &mut Plan) {
        if within.was_reopened {
            for (stream, at, _) in &mut plan.events {
                *at = within.stands(stream).max(*at);
            }
        }
    }
}

macro_rules! crashes {
    ($(#[$doc:meta])* $store:ident, $left:expr) => {
        $(#[$doc])*
        #[derive(Default)]
        pub(crate) struct $store;

        impl Breaks for $store {
            fn crash(&self, within: &Within, log: &mut Vec<Plan>) {
                let left: fn(&Within, &mut Vec<Plan>) = $left;
                left(within, log);
            }
        }
    };
}

crashes!(
    /// It answers before it is durable: a crash takes the last commit.
    AnswersTooSoon,
    |_, log| drop(log.pop())
);
crashes!(
    /// A crash leaves half of the last commit.
    IsCutInHalf,
    |_, log| {
        if let Some(last) = log.last_mut() {
            last.events.truncate(last.events.len().div_ceil(2));
        }
    }
);
crashes!(
    /// Recovery writes.
    WritesWhenItRecovers,
    |within, log| log.push(own(within))
);

/// Once closed it acknowledges and writes nothing.
#[derive(Default)]
pub(crate) struct AcknowledgesOnceClosed;

#[async_trait]
impl Breaks for AcknowledgesOnceClosed {
    async fn commit(&self, within: &Within, commit: Commit) -> Result<Position, CommitError> {
        if within.is_closed.load(Ordering::SeqCst) {
            return Ok(Position(u64::MAX));
        }
        within.commit(commit).await
    }
}

/// Who waits when it is closed waits for ever.
#[derive(Default)]
pub(crate) struct LeavesThemWaiting;

#[async_trait]
impl Breaks for LeavesThemWaiting {
    async fn wait_past(&self, within: &Within, position: Position) -> Result<Position, StoreError> {
        within.log.wait_past(position).await
    }
}

/// Who commits when it is closed is never answered.
#[derive(Default)]
pub(crate) struct LeavesCommitsUnanswered;

#[async_trait]
impl Breaks for LeavesCommitsUnanswered {
    async fn commit(&self, within: &Within, commit: Commit) -> Result<Position, CommitError> {
        let is_open = !within.is_closed.load(Ordering::SeqCst);
        a_turn().await;
        if is_open && within.is_closed.load(Ordering::SeqCst) {
            pending::<()>().await;
        }
        within.commit(commit).await
    }
}

/// Closing waits for its writer to end, who has ended.
#[derive(Default)]
pub(crate) struct ClosesOnce(AtomicU64);

#[async_trait]
impl Breaks for ClosesOnce {
    async fn close(&self, within: &Within) {
        if self.0.fetch_add(1, Ordering::SeqCst) > 0 {
            pending::<()>().await;
        }
        within.close();
    }
}

/// Closing throws away what was not written yet.
#[derive(Default)]
pub(crate) struct LosesOnClosing;

#[async_trait]
impl Breaks for LosesOnClosing {
    async fn read_all(
        &self,
        within: &Within,
        after: Position,
        limit: usize,
    ) -> Result<Vec<RecordedCommit>, StoreError> {
        let mut page = within.read_all(after, limit).await?;
        if within.is_closed.load(Ordering::SeqCst) {
            page.pop();
        }
        Ok(page)
    }
}

/// A second handle has an index of its own, which nobody brings up to date.
#[derive(Default)]
pub(crate) struct HasAnIndexEach;

impl Breaks for HasAnIndexEach {
    fn is_alone(&self) -> bool {
        true
    }
}

/// A handle that goes away takes the session of the other along.
#[derive(Default)]
pub(crate) struct SharesASession;

impl Breaks for SharesASession {
    fn closes_when_a_handle_goes(&self) -> bool {
        true
    }
}
