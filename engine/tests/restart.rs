//! An engine ends and another life of it goes on; two engines share a store.

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use common::*;
use cutover::deployment::Report;
use cutover::status::StageStatus;
use cutover::*;
use cutover_engine::*;
use futures::FutureExt;
use futures::executor::block_on;

const FIRST_TASK: &str = "1/1#1.0.0";

/// A release whose task runs while its engine ends; then a second life of the engine, with a runner of its own.
fn crashed(found: Found) -> (Bench, ScriptedRunner, Engine, ReleaseId) {
    let bench = Bench::new();
    let first = bench.engine();
    let driven = drive(&first);
    let (_, release) = release_of(&first, one_stage(&[Script::HOLD]));
    bench.runner.until_ran(1);
    driven.stop().expect("it ends well");
    let runner = ScriptedRunner::new();
    runner.will_find(found);
    let second = block_on(bench.builder().runner(runner.clone()).build()).expect("the store can be read");
    (bench, runner, second, release)
}

#[test]
fn a_task_that_still_runs_is_watched_again() -> Fallible {
    let (bench, runner, engine, release) = crashed(Found::Begun);
    let driven = drive(&engine);
    let task: TaskId = FIRST_TASK.parse()?;
    runner.end(task, Report::Succeeded);
    until_status(&engine, release, DEV, StageStatus::Succeeded);
    assert_eq!((runner.searched(), runner.resumed(), runner.ran()), (vec![task], vec![task], vec![]));
    assert_eq!(engine.found(), Recovery { releases: 1, reattached: vec![task], ..Recovery::default() });
    assert_eq!(count(&bench.store, "task.claimed"), 1);
    Ok(driven.stop()?)
}

#[test]
fn a_task_that_never_began_is_begun() -> Fallible {
    let (bench, runner, engine, release) = crashed(Found::NeverBegan);
    let driven = drive(&engine);
    let task: TaskId = FIRST_TASK.parse()?;
    runner.end(task, Report::Succeeded);
    until_status(&engine, release, DEV, StageStatus::Succeeded);
    assert_eq!((runner.resumed(), runner.ran()), (vec![], vec![task]));
    assert_eq!(engine.found(), Recovery { releases: 1, begun: vec![task], ..Recovery::default() });
    assert_eq!(count(&bench.store, "task.claimed"), 1);
    Ok(driven.stop()?)
}

#[test]
fn a_task_that_nobody_can_find_is_lost_and_not_run_again() -> Fallible {
    let (_bench, runner, engine, release) = crashed(Found::Lost { message: "gone".to_owned() });
    let driven = drive(&engine);
    let task: TaskId = FIRST_TASK.parse()?;
    until_status(&engine, release, DEV, StageStatus::Rejected);
    assert_eq!((runner.resumed(), runner.ran()), (vec![], vec![]));
    assert_eq!(engine.found(), Recovery { releases: 1, lost: vec![task], ..Recovery::default() });
    Ok(driven.stop()?)
}

#[test]
fn a_task_that_was_to_stop_and_never_began_is_not_begun() -> Fallible {
    let (_bench, runner, engine, release) = crashed(Found::NeverBegan);
    block_on(engine.cancel(&ann(), release, DEV, ""))?;
    let driven = drive(&engine);
    until_status(&engine, release, DEV, StageStatus::Canceled);
    assert!(runner.ran().is_empty());
    Ok(driven.stop()?)
}

#[test]
fn driving_that_is_dropped_goes_on_where_it_was() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let (_, release) = release_of(&engine, one_stage(&[Script::HOLD, "ok"]));
    let mut run = Box::pin(engine.run());
    patiently("the first task runs", async {
        while bench.runner.ran().is_empty() {
            assert!(futures::poll!(&mut run).is_pending());
        }
    });
    assert!(matches!(block_on(engine.run()), Err(EngineError::AlreadyDriven)));
    drop(run);
    bench.runner.end(FIRST_TASK.parse()?, Report::Succeeded);
    assert_eq!(engine.health().driving, Driving::NotDriven);

    let driven = drive(&engine);
    until_status(&engine, release, DEV, StageStatus::Succeeded);
    assert_eq!(bench.runner.ran().len(), 2);
    assert!(bench.runner.searched().is_empty());
    Ok(driven.stop()?)
}

#[test]
fn a_claim_that_was_dropped_on_its_way_is_taken_up_by_the_next_driving() -> Fallible {
    let bench = Bench::new();
    let store = bench.faulty_store();
    let engine = block_on(bench.builder_on(store.clone()).build())?;
    let (_, release) = release_of(&engine, one_stage(&["ok"]));
    store.next_commits([Some(Fault::Silence)]);
    let mut run = Box::pin(engine.run());
    while count(&bench.store, "task.claimed") == 0 {
        assert!((&mut run).now_or_never().is_none());
    }
    drop(run);
    let driven = drive(&engine);
    until_status(&engine, release, DEV, StageStatus::Succeeded);
    assert_eq!((bench.runner.ran().len(), bench.runner.searched().len()), (1, 0));
    Ok(driven.stop()?)
}

#[test]
fn answers_that_are_lost_on_the_way_run_nothing_twice() -> Fallible {
    let bench = Bench::new();
    let store = bench.faulty_store();
    let engine = block_on(bench.builder_on(store.clone()).build())?;
    let (_, release) = release_of(&engine, two_stages(&["one", "two"], &["three"]));
    let faults = [Some(Fault::LostAnswer), Some(Fault::LostCall), None, Some(Fault::NotDone), None];
    store.next_commits((0..5).flat_map(|_| faults.clone()));
    let _ticking = ticking(&bench);
    let driven = drive(&engine);
    until_status(&engine, release, PROD, StageStatus::Succeeded);
    assert_eq!(bench.runner.ran().len(), 3);
    assert_eq!((count(&bench.store, "task.claimed"), count(&bench.store, "task.ended")), (3, 3));
    Ok(driven.stop()?)
}

#[test]
fn an_engine_that_is_shut_down_begins_nothing_more_and_waits_for_what_runs() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let mut driven = drive(&engine);
    let (_, release) = release_of(&engine, one_stage(&[Script::HOLD, "second"]));
    bench.runner.until_ran(1);
    engine.shut_down(Duration::from_mins(1));
    assert!(matches!(engine.health().driving, Driving::ShuttingDown { .. }));
    bench.runner.end(FIRST_TASK.parse()?, Report::Succeeded);
    driven.end()?;
    assert_eq!(count(&bench.store, "task.ended"), 1);
    assert_eq!(bench.runner.ran().len(), 1);
    block_on(engine.run())?;

    let next = bench.engine();
    let driven = drive(&next);
    until_status(&next, release, DEV, StageStatus::Succeeded);
    assert_eq!(next.found(), Recovery { releases: 1, ..Recovery::default() });
    Ok(driven.stop()?)
}

/// Keeps a secret, and answers once it is let go.
struct Waits {
    was_asked: Arc<AtomicBool>,
    may_answer: Arc<AtomicBool>,
}

#[async_trait]
impl Secrets for Waits {
    async fn put(&self, name: &str, _: Secret) -> Result<SecretRef, SecretError> {
        Ok(SecretRef::newest(name))
    }

    async fn resolve(&self, _: &SecretRef) -> Result<Secret, SecretError> {
        self.was_asked.store(true, Ordering::SeqCst);
        soon("it may answer", || self.may_answer.load(Ordering::SeqCst));
        Ok(Secret::new(VALUE))
    }
}

/// Story: an engine was shut down while a task's secret was on its way, and the task began when it came.
#[test]
fn a_task_whose_secret_comes_after_the_shutdown_does_not_begin() -> Fallible {
    let bench = Bench::new();
    let (was_asked, may_answer) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let waits = Waits { was_asked: Arc::clone(&was_asked), may_answer: Arc::clone(&may_answer) };
    let engine = block_on(bench.builder().secrets(waits).build())?;
    let mut driven = drive(&engine);
    let (_, release) = release_of(&engine, shop(&["login $(password)"]));
    soon("it is asked", || was_asked.load(Ordering::SeqCst));
    engine.shut_down(Duration::from_mins(1));
    may_answer.store(true, Ordering::SeqCst);
    driven.end()?;
    assert_eq!((bench.runner.ran(), count(&bench.store, "task.ended")), (vec![], 0));

    bench.runner.will_find(Found::NeverBegan);
    let next = block_on(bench.builder().secrets(kept()).build())?;
    let driven = drive(&next);
    until_status(&next, release, DEV, StageStatus::Succeeded);
    assert_eq!(bench.runner.ran().len(), 1);
    Ok(driven.stop()?)
}

#[test]
fn what_runs_longer_than_the_shutdown_waits_is_left_to_the_next_life() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let mut driven = drive(&engine);
    release_of(&engine, one_stage(&[Script::HOLD]));
    bench.runner.until_ran(1);
    engine.shut_down(Duration::from_mins(1));
    bench.clock.advance(TimeDelta::minutes(1));
    driven.end()?;
    assert_eq!(count(&bench.store, "task.ended"), 0);
    assert_eq!(engine.health().driving, Driving::ShutDown);
    Ok(())
}

/// Story: a host ended its executor while the engine was shutting down and still asked for a task of its earlier life. The search was
/// dropped, and the engine reported the task as lost, although nobody had looked.
#[test]
fn a_search_that_is_dropped_while_the_engine_shuts_down_loses_no_task() -> Fallible {
    let (bench, _, _, release) = crashed(Found::Begun);
    // An executor that keeps what it is given, and never looks at it.
    let kept: Arc<std::sync::Mutex<Vec<BoxFuture<'static, ()>>>> = Arc::default();
    let spawned = Arc::clone(&kept);
    let keeps = move |task: BoxFuture<'static, ()>| spawned.lock().expect("nobody panics").push(task);
    let second = block_on(bench.builder().spawn(keeps).build())?;
    let mut driving = Box::pin(second.run());
    while kept.lock().expect("nobody panics").is_empty() {
        assert!((&mut driving).now_or_never().is_none());
    }
    second.shut_down(Duration::from_mins(1));
    kept.lock().expect("nobody panics").clear();
    patiently("it ends", &mut driving)?;
    assert_eq!((count(&bench.store, "task.ended"), second.found().lost), (0, vec![]));

    let runner = ScriptedRunner::new();
    runner.will_find(Found::Begun);
    let third = block_on(bench.builder().runner(runner.clone()).build())?;
    let driven = drive(&third);
    runner.end(FIRST_TASK.parse()?, Report::Succeeded);
    until_status(&third, release, DEV, StageStatus::Succeeded);
    Ok(driven.stop()?)
}

#[test]
fn two_engines_share_a_store_and_no_task_is_run_twice() -> Fallible {
    let bench = Bench::new();
    let engines = ["east", "west"].map(|name| {
        let name = EngineId::new(name).expect("a valid id");
        block_on(bench.builder().name(name).build()).expect("the store can be read")
    });
    let driven = engines.each_ref().map(drive);
    let (pipeline, _) = release_of(&engines[0], two_stages(&["a", "b", "c"], &["d"]));
    let releases: Vec<_> = (0..20)
        .map(|place| block_on(engines[place % 2].create_release(&ann(), pipeline, NewRelease::default())))
        .collect::<Result<_, _>>()?;
    for release in releases {
        until_status(&engines[0], release, PROD, StageStatus::Succeeded);
    }
    let mut ran = bench.runner.ran();
    assert_eq!(ran.len(), 21 * 4);
    ran.sort();
    ran.dedup();
    assert_eq!(ran.len(), 21 * 4);
    assert!(bench.runner.searched().is_empty());
    for driven in driven {
        driven.stop()?;
    }
    Ok(())
}

#[test]
fn an_engine_does_not_touch_what_another_one_runs() -> Fallible {
    let bench = Bench::new();
    let east = block_on(bench.builder().name(EngineId::new("east")?).build())?;
    let driven = drive(&east);
    let (_, release) = release_of(&east, one_stage(&[Script::HOLD]));
    bench.runner.until_ran(1);

    let other = ScriptedRunner::new();
    let west = block_on(bench.builder().name(EngineId::new("west")?).runner(other.clone()).build())?;
    let watching = drive(&west);
    bench.runner.end(FIRST_TASK.parse()?, Report::Succeeded);
    until_status(&west, release, DEV, StageStatus::Succeeded);
    assert!(other.searched().is_empty() && other.ran().is_empty());
    watching.stop()?;
    Ok(driven.stop()?)
}

#[test]
fn a_store_that_fails_ends_the_driving_with_its_error() -> Fallible {
    let bench = Bench::new();
    let store = bench.faulty_store();
    let engine = block_on(bench.builder_on(store.clone()).build())?;
    let mut driven = drive(&engine);
    release_of(&engine, one_stage(&[Script::HOLD, "never"]));
    bench.runner.until_ran(1);
    let _ticking = ticking(&bench);
    store.add(Rule::on_any().always().meets(Fault::NotDone));
    bench.runner.end(FIRST_TASK.parse()?, Report::Succeeded);
    let error = driven.end().expect_err("the store fails");
    assert!(matches!(error, EngineError::Store(_) | EngineError::Commit(_)), "{error}");
    assert_eq!(bench.runner.ran().len(), 1);
    assert!(Arc::strong_count(&bench.store) > 1);
    Ok(())
}

/// Story: an engine that was not driven yet had a release in memory, and another engine went on with it. When it was driven then, it judged
/// the release by what it had in memory, saw nothing to do, and was never told to look again.
#[test]
fn an_engine_that_begins_to_drive_knows_what_others_did_before() -> Fallible {
    let bench = Bench::new();
    let (east, west) = (bench.engine(), bench.engine());
    let asks =
        stage(DEV, "Dev", &["ok"]).with_approval(Moment::Before, ApprovalStep::user(UserId::new("ann")?));
    let (_, release) = release_of(&east, PipelineDefinition::new("Shop").with_stage(asks));
    let approval = block_on(east.views().latest())?.all_pending_approvals()[0].id;
    block_on(west.approve(&ann(), approval, ""))?;
    block_on(east.views().latest())?;
    let driven = drive(&east);
    until_status(&east, release, DEV, StageStatus::Succeeded);
    Ok(driven.stop()?)
}

/// Story: a task ran on while its engine was down. Another engine cancelled its deployment and gave the task up in time, and from then on
/// nobody ever looked for it: it ran for ever.
#[test]
fn what_was_given_up_while_its_engine_was_down_is_killed_when_it_comes_back() -> Fallible {
    let (bench, _, _, release) = crashed(Found::Begun);
    let given_up: TaskId = FIRST_TASK.parse()?;
    let west = block_on(bench.builder().name(EngineId::new("west")?).build())?;
    let driven = drive(&west);
    block_on(west.cancel(&ann(), release, DEV, ""))?;
    bench.clock.advance(TimeDelta::minutes(5));
    until_status(&west, release, DEV, StageStatus::Canceled);
    let pipeline = one_stage(&[Script::HOLD]);
    let pipeline = PipelineDefinition { name: "Other".to_owned(), ..pipeline };
    let (_, wanted) = release_of(&west, pipeline);
    bench.runner.until_ran(2);
    let wanted: TaskId = format!("{wanted}/1#1.0.0").parse()?;

    let runner = ScriptedRunner::new();
    runner.has_running(&[wanted, "999/1#1.0.0".parse()?, given_up]);
    let east = block_on(bench.builder().runner(runner.clone()).build())?;
    let back = drive(&east);
    runner.until_killed(1);
    assert_eq!((runner.killed(), runner.searched()), (vec![given_up], vec![]));
    back.stop()?;
    Ok(driven.stop()?)
}
