//! What runs unwanted is killed, also where that is not known at once.

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::sync::Arc;

use common::*;
use cutover::status::StageStatus;
use cutover::store::conformance::faulty::{Call, Fault, FaultyStore, Rule};
use cutover::*;
use cutover_engine::*;
use futures::executor::block_on;

/// A store in which one release is over, so that none of its tasks is wanted.
fn after_a_release(bench: &Bench) -> Result<ReleaseId, Box<dyn std::error::Error>> {
    let engine = bench.engine();
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, one_stage(&["ok"]));
    until_status(&engine, release, DEV, StageStatus::Succeeded);
    driven.stop()?;
    Ok(release)
}

/// Story: whether a task was wanted was asked once, and where the store could not say so then it ran for ever.
#[test]
fn what_runs_unwanted_is_killed_once_that_can_be_known() -> Fallible {
    let bench = Bench::new();
    let release = after_a_release(&bench)?;

    let runner = ScriptedRunner::new();
    let task: TaskId = "1/1#1.0.0".parse()?;
    runner.has_running(&[task]);
    let store = Arc::new(FaultyStore::new(Arc::clone(&bench.store)));
    let reading = Rule::on(Call::ReadStream).with_stream(&Subject::Release(release).stream());
    store.add(reading.times(3).meets(Fault::NotDone));
    let engine = block_on(bench.builder_on(Arc::clone(&store)).runner(runner.clone()).build())?;
    let driven = drive(&engine);
    let _ticking = ticking(&bench);
    runner.until_killed(1);
    assert_eq!((runner.killed(), store.injected()), (vec![task], 3));
    Ok(driven.stop()?)
}

/// Story: the runner failed when it was asked what runs still, and was never asked again.
#[test]
fn who_can_not_say_what_runs_still_is_asked_again() -> Fallible {
    let bench = Bench::new();
    after_a_release(&bench)?;

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
