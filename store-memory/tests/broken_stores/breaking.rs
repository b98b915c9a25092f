//! A store that is sound, and where it can be broken.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Poll;

use async_trait::async_trait;
use cutover::store::conformance::{Ability, StoreUnderTest, Support, threads};
use cutover::store::{
    Checkpoint, Commit, CommitError, CommitHeader, EventStore, NewEvent, Position, RecordedCommit,
    RecordedEvent, Sequence, StoreError, StreamId,
};
use cutover_store_memory::MemoryStore;
use event_listener::Event;
use futures::FutureExt as _;
use futures::future::{self, BoxFuture};

/// The largest commit that these stores take, in bytes of payload.
pub(crate) const LIMIT: usize = 4 * 1024 * 1024;

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lets the other tasks have their turn.
pub(crate) async fn a_turn() {
    let mut is_over = false;
    future::poll_fn(|context| {
        if std::mem::replace(&mut is_over, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// A commit that can be changed.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) header: CommitHeader,
    pub(crate) events: Vec<(StreamId, Sequence, NewEvent)>,
    pub(crate) guards: Vec<(StreamId, Sequence)>,
}

impl Plan {
    pub(crate) fn of(commit: &Commit) -> Self {
        let events = commit.events().iter().map(|(place, event)| {
            let expected = &commit.streams()[*place];
            (expected.stream.clone(), expected.at, event.clone())
        });
        Self {
            header: commit.header().clone(),
            events: events.collect(),
            guards: commit.guards().iter().map(|guard| (guard.stream.clone(), guard.at)).collect(),
        }
    }

    /// What was recorded, to be recorded again.
    fn again(commit: &RecordedCommit) -> Self {
        let events = commit.events.iter().map(|event| {
            let RecordedEvent { cause, name, schema, payload, .. } = event.clone();
            let event_again = NewEvent { name, schema, cause, payload };
            (event.stream.clone(), Sequence(event.sequence.0 - 1), event_again)
        });
        Self { header: (*commit.header).clone(), events: events.collect(), guards: Vec::new() }
    }

    pub(crate) fn commit(&self) -> Commit {
        let mut builder = Commit::builder(self.header.clone());
        for (stream, at, event) in &self.events {
            builder = builder.append(stream, *at, event.clone());
        }
        for (stream, at) in &self.guards {
            builder = builder.guard(stream, *at);
        }
        builder.build().expect("it holds an event")
    }
}

/// A sound store with everything that a store can have.
#[derive(Default)]
pub(crate) struct Within {
    pub(crate) log: MemoryStore,
    /// Of each stream, all that were saved.
    pub(crate) checkpoints: Mutex<BTreeMap<StreamId, Vec<Checkpoint>>>,
    pub(crate) refused: Mutex<Vec<Plan>>,
    pub(crate) is_closed: AtomicBool,
    pub(crate) was_reopened: bool,
    closing: Event,
}

impl Within {
    pub(crate) fn stands(&self, stream: &StreamId) -> Sequence {
        let events = self.log.read_stream(stream, Sequence::NONE, usize::MAX).now_or_never();
        Sequence(events.expect("memory answers at once").expect("memory can be read").len() as u64)
    }

    pub(crate) fn whole_log(&self) -> Vec<RecordedCommit> {
        let log = self.log.read_all(Position::START, usize::MAX).now_or_never();
        log.expect("memory answers at once").expect("memory can be read")
    }

    pub(crate) fn record(&self, plan: &Plan) -> Result<Position, CommitError> {
        self.log.commit(plan.commit()).now_or_never().expect("memory answers at once")
    }

    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::SeqCst);
        self.closing.notify(usize::MAX);
    }

    fn refusal() -> StoreError {
        StoreError::ReadOnly { what: "it is closed".to_owned() }
    }
}

#[async_trait]
impl EventStore for Within {
    async fn commit(&self, commit: Commit) -> Result<Position, CommitError> {
        if self.is_closed.load(Ordering::SeqCst) {
            return Err(CommitError::NotWritten(Self::refusal()));
        }
        let bytes = commit.events().iter().map(|(_, event)| event.payload.as_str().len()).sum();
        if bytes > LIMIT {
            return Err(CommitError::TooLarge { bytes, limit: LIMIT });
        }
        self.log.commit(commit).await
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after: Sequence,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        self.log.read_stream(stream, after, limit).await
    }

    async fn read_all(&self, after: Position, limit: usize) -> Result<Vec<RecordedCommit>, StoreError> {
        self.log.read_all(after, limit).await
    }

    async fn head(&self) -> Result<Position, StoreError> {
        self.log.head().await
    }

    async fn wait_past(&self, position: Position) -> Result<Position, StoreError> {
        let closing = self.closing.listen();
        let head = self.log.head().await?;
        if head > position {
            return Ok(head);
        }
        if self.is_closed.load(Ordering::SeqCst) {
            return Err(Self::refusal());
        }
        match future::select(self.log.wait_past(position), closing).await {
            future::Either::Left((head, _)) => head,
            future::Either::Right(_) => Err(Self::refusal()),
        }
    }

    async fn load_checkpoint(&self, stream: &StreamId) -> Result<Option<Checkpoint>, StoreError> {
        Ok(locked(&self.checkpoints).get(stream).and_then(|saved| saved.last()).cloned())
    }

    async fn save_checkpoint(&self, stream: &StreamId, checkpoint: Checkpoint) -> Result<(), StoreError> {
        locked(&self.checkpoints).entry(stream.clone()).or_default().push(checkpoint);
        Ok(())
    }
}

/// A way to be broken: whatever is not written here is sound.
#[async_trait]
pub(crate) trait Breaks: Send + Sync + 'static {
    /// Before the first call to a new store.
    fn begin(&self, _within: &Within) {}

    /// What it makes of a commit before it judges it.
    fn plan(&self, _within: &Within, _plan: &mut Plan) {}

    /// What it takes a stream's name for.
    fn name(&self, name: &StreamId) -> StreamId {
        name.clone()
    }

    /// What it makes of an event that it gives back.
    fn show(&self, _within: &Within, _event: &mut RecordedEvent) {}

    async fn commit(&self, within: &Within, commit: Commit) -> Result<Position, CommitError> {
        within.commit(commit).await
    }

    async fn read_stream(
        &self,
        within: &Within,
        stream: &StreamId,
        after: Sequence,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        within.read_stream(stream, after, limit).await
    }

    async fn read_all(
        &self,
        within: &Within,
        after: Position,
        limit: usize,
    ) -> Result<Vec<RecordedCommit>, StoreError> {
        within.read_all(after, limit).await
    }

    async fn head(&self, within: &Within) -> Result<Position, StoreError> {
        within.head().await
    }

    async fn wait_past(&self, within: &Within, position: Position) -> Result<Position, StoreError> {
        within.wait_past(position).await
    }

    async fn load_checkpoint(
        &self,
        within: &Within,
        stream: &StreamId,
    ) -> Result<Option<Checkpoint>, StoreError> {
        within.load_checkpoint(stream).await
    }

    async fn save_checkpoint(
        &self,
        within: &Within,
        stream: &StreamId,
        checkpoint: Checkpoint,
    ) -> Result<(), StoreError> {
        within.save_checkpoint(stream, checkpoint).await
    }

    async fn close(&self, within: &Within) {
        within.close();
    }

    /// What is left of the log when it is opened again.
    fn reopen(&self, _within: &Within, _log: &mut Vec<Plan>) {}

    /// What is left of it after a crash.
    fn crash(&self, within: &Within, log: &mut Vec<Plan>) {
        self.reopen(within, log);
    }

    /// Whether a second handle has data of its own.
    fn is_alone(&self) -> bool {
        false
    }

    /// Whether a second handle that goes away closes the store.
    fn closes_when_a_handle_goes(&self) -> bool {
        false
    }

    /// Whether it says that its positions have no gaps.
    fn is_dense(&self) -> bool {
        true
    }
}

/// Nothing is wrong with it.
#[derive(Default)]
pub(crate) struct Sound;

impl Breaks for Sound {}

/// Makes a way to be broken, with a state of its own.
pub(crate) type Way = fn() -> Box<dyn Breaks>;

pub(crate) fn way<B: Breaks + Default>() -> Box<dyn Breaks> {
    Box::new(B::default())
}

pub(crate) struct Broken {
    way: Way,
    how: Box<dyn Breaks>,
    within: Within,
}

impl Broken {
    fn new(way: Way, within: Within) -> Arc<Self> {
        let store = Self { way, how: way(), within };
        if !store.within.was_reopened {
            store.how.begin(&store.within);
        }
        Arc::new(store)
    }

    fn opened(&self, log: &[Plan]) -> Arc<Self> {
        let within = Within { was_reopened: true, ..Within::default() };
        for plan in log {
            let mut plan = plan.clone();
            // Where a fault left a gap, the stream goes on from where it is.
            let mut at: BTreeMap<StreamId, Sequence> = BTreeMap::new();
            for (stream, expected, _) in &mut plan.events {
                *expected = *at.entry(stream.clone()).or_insert_with(|| within.stands(stream));
            }
            within.record(&plan).expect("a log can be recorded again");
        }
        *locked(&within.checkpoints) = locked(&self.within.checkpoints).clone();
        Self::new(self.way, within)
    }

    fn plans(&self) -> Vec<Plan> {
        self.within.whole_log().iter().map(Plan::again).collect()
    }
}

#[async_trait]
impl EventStore for Broken {
    async fn commit(&self, commit: Commit) -> Result<Position, CommitError> {
        let mut plan = Plan::of(&commit);
        for (name, _, _) in &mut plan.events {
            *name = self.how.name(name);
        }
        for (name, _) in &mut plan.guards {
            *name = self.how.name(name);
        }
        self.how.plan(&self.within, &mut plan);
        self.how.commit(&self.within, plan.commit()).await
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after: Sequence,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        let mut page = self.how.read_stream(&self.within, &self.how.name(stream), after, limit).await?;
        for event in &mut page {
            self.how.show(&self.within, event);
        }
        Ok(page)
    }

    async fn read_all(&self, after: Position, limit: usize) -> Result<Vec<RecordedCommit>, StoreError> {
        let mut page = self.how.read_all(&self.within, after, limit).await?;
        for commit in &mut page {
            commit.events.iter_mut().for_each(|event| self.how.show(&self.within, event));
            if let Some(event) = commit.events.first() {
                commit.header = Arc::clone(&event.header);
            }
        }
        Ok(page)
    }

    async fn head(&self) -> Result<Position, StoreError> {
        self.how.head(&self.within).await
    }

    async fn wait_past(&self, position: Position) -> Result<Position, StoreError> {
        self.how.wait_past(&self.within, position).await
    }

    async fn load_checkpoint(&self, stream: &StreamId) -> Result<Option<Checkpoint>, StoreError> {
        self.how.load_checkpoint(&self.within, &self.how.name(stream)).await
    }

    async fn save_checkpoint(&self, stream: &StreamId, checkpoint: Checkpoint) -> Result<(), StoreError> {
        self.how.save_checkpoint(&self.within, &self.how.name(stream), checkpoint).await
    }
}

/// A second handle, which may take the store along when it goes.
struct Handle(Arc<Broken>);

impl Drop for Handle {
    fn drop(&mut self) {
        if self.0.how.closes_when_a_handle_goes() {
            self.0.within.close();
        }
    }
}

#[async_trait]
impl EventStore for Handle {
    async fn commit(&self, commit: Commit) -> Result<Position, CommitError> {
        self.0.commit(commit).await
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after: Sequence,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        self.0.read_stream(stream, after, limit).await
    }

    async fn read_all(&self, after: Position, limit: usize) -> Result<Vec<RecordedCommit>, StoreError> {
        self.0.read_all(after, limit).await
    }

    async fn head(&self) -> Result<Position, StoreError> {
        self.0.head().await
    }

    async fn wait_past(&self, position: Position) -> Result<Position, StoreError> {
        self.0.wait_past(position).await
    }

    async fn load_checkpoint(&self, stream: &StreamId) -> Result<Option<Checkpoint>, StoreError> {
        self.0.load_checkpoint(stream).await
    }

    async fn save_checkpoint(&self, stream: &StreamId, checkpoint: Checkpoint) -> Result<(), StoreError> {
        self.0.save_checkpoint(stream, checkpoint).await
    }
}

/// Opens a store that is broken in this way.
pub(crate) struct Opens {
    way: Way,
    opened: Mutex<Weak<Broken>>,
}

impl Opens {
    pub(crate) fn new(way: Way) -> Self {
        Self { way, opened: Mutex::default() }
    }

    fn opened(&self) -> Arc<Broken> {
        locked(&self.opened).upgrade().expect("it is open")
    }

    fn keep(&self, store: Arc<Broken>) -> Arc<dyn EventStore> {
        *locked(&self.opened) = Arc::downgrade(&store);
        store
    }
}

#[async_trait]
impl StoreUnderTest for Opens {
    async fn fresh(&self) -> Arc<dyn EventStore> {
        self.keep(Broken::new(self.way, Within::default()))
    }

    fn support(&self) -> Support {
        let support = Ability::ALL.into_iter().fold(Support::new(), Support::has);
        if (self.way)().is_dense() {
            support
        } else {
            support.lacks(Ability::DensePositions, "it draws numbers that it may not use")
        }
    }

    async fn reopen(&self, _store: Arc<dyn EventStore>) -> Option<Arc<dyn EventStore>> {
        let closed = self.opened();
        let mut log = closed.plans();
        closed.how.reopen(&closed.within, &mut log);
        Some(self.keep(closed.opened(&log)))
    }

    async fn crash(&self, _store: Arc<dyn EventStore>) -> Option<Arc<dyn EventStore>> {
        let crashed = self.opened();
        let mut log = crashed.plans();
        crashed.how.crash(&crashed.within, &mut log);
        Some(self.keep(crashed.opened(&log)))
    }

    async fn close(&self, _store: &Arc<dyn EventStore>) -> bool {
        let store = self.opened();
        store.how.close(&store.within).await;
        true
    }

    async fn another(&self, _store: &Arc<dyn EventStore>) -> Option<Arc<dyn EventStore>> {
        let store = self.opened();
        let other = if store.how.is_alone() { store.opened(&store.plans()) } else { store };
        Some(Arc::new(Handle(other)))
    }

    async fn run(&self, tasks: Vec<BoxFuture<'static, ()>>) {
        threads::by_turns(tasks).await;
    }

    /// A short one, counted in turns: everything here comes at once or not at all.
    fn patience(&self) -> BoxFuture<'static, ()> {
        turns(20_000).boxed()
    }

    /// With an end, so that a store that hangs where it is asked for an ordinary answer is caught, too.
    fn block_on(&self, test: BoxFuture<'_, ()>) {
        let end = pin!(turns(500_000));
        match futures::executor::block_on(future::select(test, end)) {
            future::Either::Left(_) => {}
            future::Either::Right(_) => panic!("the test does not come to an end"),
        }
    }
}

/// Returns after it was polled so often.
fn turns(most: u64) -> impl Future<Output = ()> {
    let mut turns = 0;
    future::poll_fn(move |context| {
        turns += 1;
        if turns > most {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
}
