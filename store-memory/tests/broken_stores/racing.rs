//! Stores that are wrong when several come at once, or when somebody goes away half-way.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cutover::store::{
    Commit, CommitError, EventStore as _, Position, RecordedCommit, RecordedEvent, Sequence, StoreError,
    StreamId,
};
use futures::channel::oneshot;
use futures::future::pending;
use futures::lock::Mutex as Lock;

use crate::breaking::{Breaks, Plan, Within, a_turn, locked};

type Answer = Result<Position, CommitError>;

/// It locks stream after stream, in the order in which a commit names them.
#[derive(Default)]
pub(crate) struct LocksStreamByStream(Mutex<BTreeMap<StreamId, Arc<Lock<()>>>>);

#[async_trait]
impl Breaks for LocksStreamByStream {
    async fn commit(&self, within: &Within, commit: Commit) -> Answer {
        let locks: Vec<Arc<Lock<()>>> = commit
            .streams()
            .iter()
            .map(|expected| Arc::clone(locked(&self.0).entry(expected.stream.clone()).or_default()))
            .collect();
        let mut held = Vec::new();
        for lock in &locks {
            held.push(lock.lock().await);
            a_turn().await;
        }
        within.commit(commit).await
    }
}

/// Whoever comes while another writes is refused.
#[derive(Default)]
pub(crate) struct HasOneWriter(AtomicBool);

#[async_trait]
impl Breaks for HasOneWriter {
    async fn commit(&self, within: &Within, commit: Commit) -> Answer {
        if self.0.swap(true, Ordering::SeqCst) {
            return Err(CommitError::NotWritten(StoreError::unavailable("writing", "the store is busy")));
        }
        a_turn().await;
        let answer = within.commit(commit).await;
        self.0.store(false, Ordering::SeqCst);
        answer
    }
}

/// What comes at once is judged by what was there before, one commit of a batch excepted.
#[derive(Default)]
pub(crate) struct JudgesByTheStart(AtomicU64);

#[async_trait]
impl Breaks for JudgesByTheStart {
    async fn commit(&self, within: &Within, commit: Commit) -> Answer {
        let mut plan = Plan::of(&commit);
        if self.0.fetch_add(1, Ordering::SeqCst) % 7 == 3 {
            // Its index was not brought up to date yet: it takes what fits a moment that is to come.
            for (stream, at, _) in &mut plan.events {
                *at = within.stands(stream).min(*at);
            }
            return within.commit(plan.commit()).await;
        }
        a_turn().await;
        within.commit(commit).await
    }
}

/// Of what comes at once, answers are handed out last come, first served.
#[derive(Default)]
pub(crate) struct MixesAnswersUp(Mutex<Vec<Answer>>);

#[async_trait]
impl Breaks for MixesAnswersUp {
    async fn commit(&self, within: &Within, commit: Commit) -> Answer {
        let answer = within.commit(commit).await;
        locked(&self.0).push(answer);
        a_turn().await;
        let last = locked(&self.0).pop();
        last.expect("everybody puts one in before taking one out")
    }
}

/// Who comes first writes for all who come meanwhile.
#[derive(Default)]
pub(crate) struct HasALeader {
    is_led: AtomicBool,
    waiting: Mutex<Vec<(Commit, oneshot::Sender<Answer>)>>,
}

#[async_trait]
impl Breaks for HasALeader {
    async fn commit(&self, within: &Within, commit: Commit) -> Answer {
        let (answer, answered) = oneshot::channel();
        locked(&self.waiting).push((commit, answer));
        if !self.is_led.swap(true, Ordering::SeqCst) {
            a_turn().await;
            let batch = std::mem::take(&mut *locked(&self.waiting));
            for (commit, answer) in batch {
                let _gone = answer.send(within.commit(commit).await);
            }
            self.is_led.store(false, Ordering::SeqCst);
        }
        answered.await.expect("it is answered or waits for ever")
    }
}

/// A read holds a lock that is not given back when the read is dropped.
#[derive(Default)]
pub(crate) struct LosesReadLocks(AtomicU64);

#[async_trait]
impl Breaks for LosesReadLocks {
    async fn commit(&self, within: &Within, commit: Commit) -> Answer {
        if self.0.load(Ordering::SeqCst) > 0 {
            pending::<()>().await;
        }
        within.commit(commit).await
    }

    async fn read_all(
        &self,
        within: &Within,
        after: Position,
        limit: usize,
    ) -> Result<Vec<RecordedCommit>, StoreError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        a_turn().await;
        self.0.fetch_sub(1, Ordering::SeqCst);
        within.read_all(after, limit).await
    }
}

/// A reader's place is kept for it, and moved on also if its answer is lost.
#[derive(Default)]
pub(crate) struct KeepsTheReadersPlace(AtomicU64);

#[async_trait]
impl Breaks for KeepsTheReadersPlace {
    async fn read_all(
        &self,
        within: &Within,
        after: Position,
        limit: usize,
    ) -> Result<Vec<RecordedCommit>, StoreError> {
        let place = if after == Position::START { 0 } else { self.0.load(Ordering::SeqCst).max(after.0) };
        let page = within.read_all(Position(place), limit).await?;
        if let Some(last) = page.last() {
            self.0.store(last.position.0, Ordering::SeqCst);
        }
        Ok(page)
    }
}

/// It knows a commit's id with the newest event of a stream only.
#[derive(Default)]
pub(crate) struct KnowsTheLastIdOnly;

#[async_trait]
impl Breaks for KnowsTheLastIdOnly {
    async fn read_stream(
        &self,
        within: &Within,
        stream: &StreamId,
        after: Sequence,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        let end = within.stands(stream);
        let mut page = within.read_stream(stream, after, limit).await?;
        for event in page.iter_mut().filter(|event| event.sequence.plus(3) < end) {
            Arc::make_mut(&mut event.header).id = cutover::CommitId::new("old").expect("an id");
        }
        Ok(page)
    }
}

/// It knows the id of who tried last, whether or not they won.
#[derive(Default)]
pub(crate) struct KnowsWhoTried(Mutex<Option<cutover::CommitId>>);

#[async_trait]
impl Breaks for KnowsWhoTried {
    async fn commit(&self, within: &Within, commit: Commit) -> Answer {
        *locked(&self.0) = Some(commit.header().id.clone());
        within.commit(commit).await
    }

    fn show(&self, within: &Within, event: &mut RecordedEvent) {
        let is_last = within.whole_log().last().is_some_and(|last| last.position == event.position);
        if let (true, Some(id)) = (is_last, &*locked(&self.0)) {
            Arc::make_mut(&mut event.header).id = id.clone();
        }
    }
}
