use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use async_trait::async_trait;
use cutover::store::*;
use cutover_store_memory::MemoryStore;
use futures::future::{BoxFuture, poll_fn};

/// The name of an event, and what happens before it is committed.
type Before = (&'static str, BoxFuture<'static, ()>);

/// Something that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// The log, after this position.
    Log(Position),
    Stream(StreamId),
}

/// What goes wrong with a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is recorded, and the answer is lost.
    LostAnswer,
    /// It is not recorded, and neither is that answer received.
    LostCommit,
    /// It is certainly not recorded.
    NotWritten,
    /// Neither is it recorded, nor will any other be.
    Poisoned,
    /// It is recorded, and the answer never comes.
    Silence,
}

/// A memory store whose next commits meet faults, and that can fail altogether.
#[derive(Clone)]
pub struct FaultyStore {
    pub inner: Arc<MemoryStore>,
    faults: Arc<Mutex<VecDeque<Option<Fault>>>>,
    is_broken: Arc<AtomicBool>,
    gives_way: Arc<AtomicBool>,
    too_large: Arc<Mutex<Option<&'static str>>>,
    before: Arc<Mutex<Option<Before>>>,
    before_read: Arc<Mutex<Option<(Read, BoxFuture<'static, ()>)>>>,
    stream_reads: Arc<AtomicUsize>,
}

impl FaultyStore {
    pub fn new(inner: &Arc<MemoryStore>) -> Self {
        Self {
            inner: Arc::clone(inner),
            faults: Arc::default(),
            is_broken: Arc::default(),
            gives_way: Arc::default(),
            before: Arc::default(),
            before_read: Arc::default(),
            stream_reads: Arc::default(),
            too_large: Arc::default(),
        }
    }

    /// The next commits meet these; `None` is a commit that meets none.
    pub fn next_commits(&self, faults: &[Option<Fault>]) {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).extend(faults);
    }

    /// Commits with an event of this name are larger than the store takes.
    pub fn is_too_small_for(&self, name: &'static str) {
        *self.too_large.lock().unwrap_or_else(PoisonError::into_inner) = Some(name);
    }

    /// Has this happen just before the first commit with an event of this name.
    pub fn before(&self, name: &'static str, happens: impl Future<Output = ()> + Send + 'static) {
        *self.before.lock().unwrap_or_else(PoisonError::into_inner) = Some((name, Box::pin(happens)));
    }

    /// Has this happen just before that is read next.
    pub fn before_read(&self, read: Read, happens: impl Future<Output = ()> + Send + 'static) {
        *self.before_read.lock().unwrap_or_else(PoisonError::into_inner) = Some((read, Box::pin(happens)));
    }

    /// How often a part of a stream was read.
    pub fn stream_reads(&self) -> usize {
        self.stream_reads.load(Ordering::SeqCst)
    }

    async fn reads(&self, read: Read) {
        let happens = {
            let mut before = self.before_read.lock().unwrap_or_else(PoisonError::into_inner);
            before.take_if(|(awaited, _)| *awaited == read)
        };
        if let Some((_, happens)) = happens {
            happens.await;
        }
    }

    fn happens_before(&self, commit: &Commit) -> Option<BoxFuture<'static, ()>> {
        let mut before = self.before.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, happens) =
            before.take_if(|(name, _)| commit.events().iter().any(|(_, it)| it.name == *name))?;
        Some(happens)
    }

    /// Each commit lets everybody else go first once, from now on.
    pub fn gives_way(&self) {
        self.gives_way.store(true, Ordering::SeqCst);
    }

    pub fn break_down(&self) {
        self.is_broken.store(true, Ordering::SeqCst);
    }

    fn check(&self) -> Result<(), StoreError> {
        if self.is_broken.load(Ordering::SeqCst) { Err(failure()) } else { Ok(()) }
    }
}

fn failure() -> StoreError {
    StoreError::Unavailable { what: "made up".to_owned(), source: None }
}

#[async_trait]
impl EventStore for FaultyStore {
    async fn commit(&self, commit: Commit) -> Result<Position, CommitError> {
        self.check().map_err(CommitError::NotWritten)?;
        if self.gives_way.load(Ordering::SeqCst) {
            let mut has_waited = false;
            poll_fn(|context| {
                if std::mem::replace(&mut has_waited, true) {
                    return Poll::Ready(());
                }
                context.waker().wake_by_ref();
                Poll::Pending
            })
            .await;
        }
        if let Some(happens) = self.happens_before(&commit) {
            happens.await;
        }
        let too_large = *self.too_large.lock().unwrap_or_else(PoisonError::into_inner);
        if too_large.is_some_and(|name| commit.events().iter().any(|(_, it)| it.name == name)) {
            return Err(CommitError::TooLarge { bytes: 2, limit: 1 });
        }
        let fault = self.faults.lock().unwrap_or_else(PoisonError::into_inner).pop_front().flatten();
        match fault {
            None => self.inner.commit(commit).await,
            Some(Fault::LostAnswer) => {
                self.inner.commit(commit).await?;
                Err(CommitError::OutcomeUnknown(failure()))
            }
            Some(Fault::LostCommit) => Err(CommitError::OutcomeUnknown(failure())),
            Some(Fault::Poisoned) => {
                Err(CommitError::NotWritten(StoreError::Poisoned { what: "made up".to_owned() }))
            }
            Some(Fault::NotWritten) => Err(CommitError::NotWritten(failure())),
            Some(Fault::Silence) => {
                self.inner.commit(commit).await?;
                futures::future::pending().await
            }
        }
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after: Sequence,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        self.check()?;
        self.stream_reads.fetch_add(1, Ordering::SeqCst);
        self.reads(Read::Stream(stream.clone())).await;
        self.inner.read_stream(stream, after, limit).await
    }

    async fn read_all(&self, after: Position, limit: usize) -> Result<Vec<RecordedCommit>, StoreError> {
        self.check()?;
        self.reads(Read::Log(after)).await;
        self.inner.read_all(after, limit).await
    }

    async fn head(&self) -> Result<Position, StoreError> {
        self.check()?;
        self.inner.head().await
    }

    async fn wait_past(&self, position: Position) -> Result<Position, StoreError> {
        self.inner.wait_past(position).await
    }

    async fn load_checkpoint(&self, stream: &StreamId) -> Result<Option<Checkpoint>, StoreError> {
        self.inner.load_checkpoint(stream).await
    }

    async fn save_checkpoint(&self, stream: &StreamId, checkpoint: Checkpoint) -> Result<(), StoreError> {
        self.inner.save_checkpoint(stream, checkpoint).await
    }
}
