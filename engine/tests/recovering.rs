//! What another life of an engine makes of tasks that an earlier one had claimed, where that is not plain.

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use chrono::TimeDelta;
use common::*;
use cutover::deployment::{DeploymentEvent, Report, TaskResult};
use cutover::status::StageStatus;
use cutover::*;
use cutover_engine::*;
use futures::FutureExt;
use futures::executor::block_on;

const FIRST_TASK: &str = "1/1#1.0.0";

/// A release whose task runs while its engine ends.
fn crashed(pipeline: PipelineDefinition) -> (Bench, ReleaseId, TaskId) {
    let bench = Bench::new();
    let first = bench.engine();
    let driven = drive(&first);
    let (_, release) = release_of(&first, pipeline);
    bench.runner.until_ran(1);
    driven.stop().expect("it ends well");
    (bench, release, FIRST_TASK.parse().expect("a task's id"))
}

/// A later life of the engine, with a runner that says this of what it is asked to find.
fn later_life(bench: &Bench, found: Found) -> (ScriptedRunner, Engine) {
    let runner = ScriptedRunner::new();
    runner.will_find(found);
    let engine = block_on(bench.builder().runner(runner.clone()).build()).expect("the store can be read");
    (runner, engine)
}

/// Story: two engines were left at the default name. Both took what an earlier life had claimed for their own, neither runner knew it, and
/// both began it.
#[test]
fn of_two_lives_that_find_that_a_task_never_began_only_one_begins_it() -> Fallible {
    let (bench, release, task) = crashed(one_stage(&[Script::HOLD]));
    let (others_runner, other) = later_life(&bench, Found::NeverBegan);
    let runner = ScriptedRunner::new();
    runner.will_find(Found::NeverBegan);
    let store = bench.faulty_store();
    let engine = block_on(bench.builder_on(store.clone()).runner(runner.clone()).build())?;
    let (is_faster, asked) = (other.clone(), others_runner.clone());
    let the_other_begins = async move {
        let driven = drive(&is_faster);
        asked.until_ran(1);
        std::mem::forget(driven);
    };
    store.add(Rule::on(Call::Commit).with_event("task.reattached").happens_first(the_other_begins));
    let driven = drive(&engine);
    soon("the other one is noticed", || engine.health().namesake.is_some());
    assert_eq!(engine.health().namesake.map(|it| it.task), Some(task));
    assert_eq!(other.health().namesake, None);
    others_runner.end(task, Report::Succeeded);
    until_status(&engine, release, DEV, StageStatus::Succeeded);
    assert_eq!((runner.ran(), others_runner.ran()), (vec![], vec![task]));
    other.shut_down(Duration::ZERO);
    Ok(driven.stop()?)
}

/// Story: an engine asked its own runner for what another of the same name had just claimed, and reported it as lost.
#[test]
fn what_is_claimed_in_its_name_after_it_began_an_engine_leaves_alone() -> Fallible {
    let bench = Bench::new();
    let lives = [later_life(&bench, Found::NeverBegan), later_life(&bench, Found::NeverBegan)];
    let driving = [began_to_drive(&lives[0].1), began_to_drive(&lives[1].1)];
    let (_, release) = release_of(&lives[0].1, one_stage(&[Script::HOLD]));
    soon("one of them runs it", || lives.iter().any(|(runner, _)| runner.ran().len() == 1));
    soon("one of them notices the other", || lives.iter().any(|(_, it)| it.health().namesake.is_some()));
    let task: TaskId = FIRST_TASK.parse()?;
    let (runs, notices) =
        if lives[0].0.ran().is_empty() { (&lives[1], &lives[0]) } else { (&lives[0], &lives[1]) };
    assert_eq!(notices.1.health().namesake.map(|it| it.task), Some(task));
    runs.0.end(task, Report::Succeeded);
    until_status(&notices.1, release, DEV, StageStatus::Succeeded);
    assert_eq!((runs.0.ran(), notices.0.ran()), (vec![task], vec![]));
    assert!(lives.iter().all(|(runner, _)| runner.searched().is_empty()));
    for ((_, engine), driving) in lives.iter().zip(driving) {
        engine.shut_down(Duration::ZERO);
        driving.join().expect("the driver does not panic")?;
    }
    Ok(())
}

/// Story: an engine that began again looked at the releases in their order, and claimed what the first of them wanted before it had taken up
/// what still ran of another: it ran more at once than its host allowed.
#[test]
fn what_an_earlier_life_left_running_has_its_place_before_anything_new_is_claimed() -> Fallible {
    let bench = Bench::new();
    let first = bench.engine();
    let driven = drive(&first);
    let pipeline = block_on(first.create_pipeline(&ann(), one_stage(&[Script::HOLD])))?;
    let request = |draft| NewRelease { draft, ..NewRelease::default() };
    let waits = block_on(first.create_release(&ann(), pipeline, request(true)))?;
    let runs = block_on(first.create_release(&ann(), pipeline, request(false)))?;
    bench.runner.until_ran(1);
    driven.stop()?;
    block_on(first.start(&ann(), waits))?;

    let runner = ScriptedRunner::new();
    runner.will_find(Found::Begun);
    let later = block_on(bench.builder().tasks_at_once(1.try_into()?).runner(runner.clone()).build())?;
    let driven = drive(&later);
    runner.end(format!("{runs}/1#1.0.0").parse()?, Report::Succeeded);
    runner.end(format!("{waits}/1#1.0.0").parse()?, Report::Succeeded);
    for release in [runs, waits] {
        until_status(&later, release, DEV, StageStatus::Succeeded);
    }
    assert_eq!((runner.resumed().len(), runner.ran().len(), runner.most_at_once()), (1, 1, 1));
    Ok(driven.stop()?)
}

/// Drives an engine that has looked at what there is by the time that this returns.
fn began_to_drive(engine: &Engine) -> JoinHandle<Result<(), EngineError>> {
    let mut run = Box::pin(engine.run());
    assert!((&mut run).now_or_never().is_none());
    std::thread::spawn(move || block_on(run))
}

/// Story: too many files were open for a moment while an engine looked for a task of its earlier life. The task was reported as lost, and its
/// process ran on.
#[test]
fn what_can_not_be_said_now_is_asked_again_and_the_task_is_not_lost() -> Fallible {
    let (bench, release, task) = crashed(one_stage(&[Script::HOLD]));
    let (runner, engine) = later_life(&bench, Found::NotNow { message: "too many open files".to_owned() });
    let driven = drive(&engine);
    soon("it is asked", || runner.searched().len() == 1);
    assert_eq!(engine.found().asked, [task]);
    runner.will_find(Found::Begun);
    let _ticking = ticking(&bench);
    runner.end(task, Report::Succeeded);
    until_status(&engine, release, DEV, StageStatus::Succeeded);
    assert_eq!((runner.searched(), runner.resumed()), (vec![task, task], vec![task]));
    assert_eq!((engine.found().reattached, runner.killed()), (vec![task], vec![]));
    Ok(driven.stop()?)
}

#[test]
fn what_can_not_be_said_for_long_is_killed_and_lost() -> Fallible {
    let (bench, release, task) = crashed(one_stage(&[Script::HOLD]));
    let (runner, engine) = later_life(&bench, Found::NotNow { message: "too many open files".to_owned() });
    let driven = drive(&engine);
    let began = bench.clock.now();
    {
        let _ticking = ticking(&bench);
        until_status(&engine, release, DEV, StageStatus::Rejected);
    }
    runner.until_killed(1);
    assert_eq!((runner.searched().len(), runner.killed(), runner.ran()), (10, vec![task], vec![]));
    assert_eq!(engine.found().lost, [task]);
    assert!(bench.clock.now() - began >= TimeDelta::seconds(51), "after ever longer pauses");
    Ok(driven.stop()?)
}

/// Story: no thread could be started for the search, and the task was reported as lost although nobody had looked.
#[test]
fn a_search_that_was_dropped_is_made_again() -> Fallible {
    let (bench, release, task) = crashed(one_stage(&[Script::HOLD]));
    let runner = ScriptedRunner::new();
    runner.will_find(Found::Begun);
    let dropped = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&dropped);
    // Of the first futures, one is the sweep.
    let drops = move |future: BoxFuture<'static, ()>| {
        if counted.fetch_add(1, Ordering::SeqCst) < 4 { drop(future) } else { ThreadSpawn.spawn(future) }
    };
    let engine = block_on(bench.builder().runner(runner.clone()).spawn(drops).build())?;
    let driven = drive(&engine);
    let _ticking = ticking(&bench);
    runner.end(task, Report::Succeeded);
    until_status(&engine, release, DEV, StageStatus::Succeeded);
    assert!(dropped.load(Ordering::SeqCst) > 4);
    assert_eq!((runner.resumed(), engine.found().lost), (vec![task], vec![]));
    Ok(driven.stop()?)
}

/// Story: the executor dropped a task's future, for want of a thread, and the task was lost, although it had never begun.
#[test]
fn what_became_of_a_task_that_was_dropped_is_asked() -> Fallible {
    let bench = Bench::new();
    bench.runner.will_find(Found::NeverBegan);
    let spawned = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&spawned);
    // The first future is the sweep, the next one the task.
    let drops = move |future: BoxFuture<'static, ()>| {
        if counted.fetch_add(1, Ordering::SeqCst) == 1 { drop(future) } else { ThreadSpawn.spawn(future) }
    };
    let engine = block_on(bench.builder().spawn(drops).build())?;
    let driven = drive(&engine);
    let _ticking = ticking(&bench);
    let (_, release) = release_of(&engine, one_stage(&["ok"]));
    until_status(&engine, release, DEV, StageStatus::Succeeded);
    assert_eq!((bench.runner.searched().len(), bench.runner.ran().len()), (1, 1));
    assert_eq!((count(&bench.store, "task.claimed"), count(&bench.store, "task.ended")), (1, 1));
    Ok(driven.stop()?)
}

/// Where the executor takes nothing any more, nobody can say what became of it.
#[test]
fn a_task_that_was_dropped_is_lost_after_a_while_if_nobody_can_say() -> Fallible {
    let bench = Bench::new();
    let engine = block_on(bench.builder().spawn(|future: BoxFuture<'static, ()>| drop(future)).build())?;
    let driven = drive(&engine);
    let _ticking = ticking(&bench);
    let (_, release) = release_of(&engine, one_stage(&["ok"]));
    until_status(&engine, release, DEV, StageStatus::Rejected);
    assert!(bench.runner.ran().is_empty());
    Ok(driven.stop()?)
}

fn with_timeout(minutes: u32) -> PipelineDefinition {
    let mut definition = one_stage(&[Script::HOLD]);
    definition.stages[0].jobs[0].tasks[0].timeout_minutes = minutes;
    definition
}

/// Story: a task had ended well in its time, while its engine was down for longer than that. The engine that came back decided the time-out
/// before it asked.
#[test]
fn what_ended_in_its_time_while_nobody_drove_has_not_timed_out() -> Fallible {
    // The time of the task; that of its job.
    for pipeline in [with_timeout(30), one_stage(&[Script::HOLD])] {
        let (bench, release, task) = crashed(pipeline);
        let ended = bench.clock.now() + TimeDelta::minutes(29);
        bench.clock.advance(TimeDelta::hours(2));
        let (runner, engine) = later_life(&bench, Found::Ended);
        let driven = drive(&engine);
        runner.end(task, Report::Succeeded.ended_at(ended));
        until_status(&engine, release, DEV, StageStatus::Succeeded);
        assert_eq!(count(&bench.store, "task.stop-asked"), 0);
        assert_eq!(engine.found().reattached, [task]);
        driven.stop()?;
    }
    Ok(())
}

#[test]
fn what_ended_after_its_time_has_timed_out() -> Fallible {
    let (bench, release, task) = crashed(with_timeout(30));
    let ended = bench.clock.now() + TimeDelta::minutes(30);
    bench.clock.advance(TimeDelta::hours(2));
    let (runner, engine) = later_life(&bench, Found::Ended);
    let driven = drive(&engine);
    runner.end(task, Report::Succeeded.ended_at(ended));
    until_status(&engine, release, DEV, StageStatus::Rejected);
    until_event(&engine, "it has timed out", |event| {
        let ended = DeploymentEvent::TaskEnded {
            task,
            result: TaskResult::TimedOut,
            message: String::new(),
            variables: Vec::new(),
        };
        *event == Event::Release(ReleaseEvent::Deployment(ended))
    });
    Ok(driven.stop()?)
}

/// What does not say in time how it ended is not waited for.
#[test]
fn a_look_at_what_ended_has_an_end() -> Fallible {
    let (bench, release, task) = crashed(with_timeout(30));
    bench.clock.advance(TimeDelta::hours(2));
    let (runner, engine) = later_life(&bench, Found::Ended);
    let driven = drive(&engine);
    soon("it is watched", || runner.resumed() == [task]);
    assert_eq!(count(&bench.store, "task.stop-asked"), 0);
    bench.clock.advance(TimeDelta::seconds(10));
    soon("it is asked to stop", || count(&bench.store, "task.stop-asked") == 1);
    until_status(&engine, release, DEV, StageStatus::Rejected);
    Ok(driven.stop()?)
}
