//! What runs unwanted is killed, also where that is not known at once.

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use common::*;
use cutover::status::StageStatus;
use cutover::store::*;
use cutover::*;
use cutover_engine::*;
use cutover_store_memory::MemoryStore;
use futures::executor::block_on;

/// A memory store that can't read one stream the first times.
struct Stuttering {
    inner: Arc<MemoryStore>,
    stream: StreamId,
    times: Arc<AtomicU32>,
}

#[async_trait]
impl EventStore for Stuttering {
    async fn commit(&self, commit: Commit) -> Result<Position, CommitError> {
        self.inner.commit(commit).await
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after: Sequence,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        let left = |times: u32| times.checked_sub(1);
        if *stream == self.stream && self.times.fetch_update(Ordering::SeqCst, Ordering::SeqCst, left).is_ok()
        {
            return Err(StoreError::Unavailable { what: "made up".to_owned(), source: None });
        }
        self.inner.read_stream(stream, after, limit).await
    }

    async fn read_all(&self, after: Position, limit: usize) -> Result<Vec<RecordedCommit>, StoreError> {
        self.inner.read_all(after, limit).await
    }

    async fn head(&self) -> Result<Position, StoreError> {
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

/// Story: whether a task was wanted was asked once, and where the store could not say so then it ran for ever.
#[test]
fn what_runs_unwanted_is_killed_once_that_can_be_known() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, one_stage(&["ok"]));
    until_status(&engine, release, DEV, StageStatus::Succeeded);
    driven.stop()?;

    let runner = ScriptedRunner::new();
    let task: TaskId = "1/1#1.0.0".parse()?;
    runner.has_running(&[task]);
    let times = Arc::new(AtomicU32::new(3));
    let (inner, stream) = (Arc::clone(&bench.store), Subject::Release(release).stream());
    let store = Stuttering { inner, stream, times: Arc::clone(&times) };
    let engine = block_on(bench.builder_on(store).runner(runner.clone()).build())?;
    let driven = drive(&engine);
    let _ticking = ticking(&bench);
    runner.until_killed(1);
    assert_eq!((runner.killed(), times.load(Ordering::SeqCst)), (vec![task], 0));
    Ok(driven.stop()?)
}

/// Story: the runner failed when it was asked what runs still, and was never asked again.
#[test]
fn who_can_not_say_what_runs_still_is_asked_again() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, one_stage(&["ok"]));
    until_status(&engine, release, DEV, StageStatus::Succeeded);
    driven.stop()?;

    let runner = ScriptedRunner::new();
    let task: TaskId = "1/1#1.0.0".parse()?;
    runner.has_running(&[task]);
    runner.panics_at_looks(3);
    let engine = block_on(bench.builder().runner(Runners::new().otherwise(runner.clone())).build())?;
    let driven = drive(&engine);
    let _ticking = ticking(&bench);
    runner.until_killed(1);
    assert_eq!(runner.killed(), [task]);
    Ok(driven.stop()?)
}

/// Story: runners that share a folder each named each of its tasks, and each was killed by each as often.
#[test]
fn what_several_runners_know_of_runs_once() {
    let runner = ScriptedRunner::new();
    let tasks: [TaskId; 2] = ["1/1#1.0.1", "1/1#1.0.0"].map(|id| id.parse().expect("a task's id"));
    runner.has_running(&tasks);
    let runners = Runners::new().with("a", runner.clone()).with("b", runner.clone()).otherwise(runner);
    assert_eq!(block_on(runners.running()), StillRunning::from(vec![tasks[1], tasks[0]]));
}
