//! Freezes while an engine is driven, and while it is not (F).

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use chrono::TimeDelta;
use common::*;
use cutover::deployment::DeploymentEvent;
use cutover::schedule::Window;
use cutover::status::StageStatus;
use cutover::*;
use cutover_engine::*;
use futures::executor::block_on;

fn freeze() -> FreezeId {
    FreezeId::new("sale").expect("a valid id")
}

fn until_frozen(engine: &Engine, release: ReleaseId) {
    until_event(engine, &format!("a deployment of release {release} is frozen"), |event| {
        matches!(
            event,
            Event::Release(ReleaseEvent::Deployment(DeploymentEvent::Frozen { deployment, .. }))
                if deployment.release == release
        )
    });
}

#[test]
fn a_lifted_freeze_wakes_each_deployment_in_a_commit_of_its_own() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let driven = drive(&engine);
    block_on(engine.stop_the_line(&ann(), freeze(), Scope::Store, "the database is down"))?;
    let (pipeline, first) = release_of(&engine, one_stage(&["ok"]));
    let second = block_on(engine.create_release(&ann(), pipeline, NewRelease::default()))?;
    until_frozen(&engine, second);
    assert_eq!(block_on(engine.freezes())?.iter().count(), 1);
    block_on(engine.lift_freeze(&ann(), freeze(), "it is up again"))?;
    for release in [first, second] {
        until_status(&engine, release, DEV, StageStatus::Succeeded);
    }
    let commits = block_on(store::EventStore::read_all(&*bench.store, store::Position::START, usize::MAX))?;
    let thawed = |commit: &store::RecordedCommit| {
        commit.events.iter().filter(|it| it.name == "deployment.thawed").count()
    };
    assert_eq!(commits.iter().map(thawed).filter(|count| *count > 0).collect::<Vec<_>>(), [1, 1]);
    Ok(driven.stop()?)
}

#[test]
fn a_freeze_that_was_lifted_while_nobody_drove_holds_nothing_after_that() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    block_on(engine.stop_the_line(&ann(), freeze(), Scope::Store, "the database is down"))?;
    let (_, release) = release_of(&engine, one_stage(&["ok"]));
    block_on(engine.lift_freeze(&ann(), freeze(), ""))?;
    assert_eq!(count(&bench.store, "deployment.thawed"), 0);
    let next = bench.engine();
    let driven = drive(&next);
    until_status(&next, release, DEV, StageStatus::Succeeded);
    assert_eq!(count(&bench.store, "deployment.thawed"), 1);
    Ok(driven.stop()?)
}

#[test]
fn a_freeze_that_another_engine_lifts_wakes_what_this_one_drives() -> Fallible {
    let bench = Bench::new();
    let (engine, other) = (bench.engine(), bench.engine());
    let driven = drive(&engine);
    block_on(engine.stop_the_line(&ann(), freeze(), Scope::Store, "the database is down"))?;
    let (_, release) = release_of(&engine, one_stage(&["ok"]));
    until_frozen(&engine, release);
    block_on(other.lift_freeze(&ann(), freeze(), ""))?;
    until_status(&engine, release, DEV, StageStatus::Succeeded);
    Ok(driven.stop()?)
}

#[test]
fn a_freeze_ends_by_itself_at_its_moment() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let driven = drive(&engine);
    let from = bench.clock.now();
    let until = from + TimeDelta::days(1);
    let window = Window::Once { from, until: Some(until) };
    block_on(engine.declare_freeze(&ann(), freeze(), Scope::Store, window, "the sale begins"))?;
    let (_, release) = release_of(&engine, one_stage(&["ok"]));
    until_frozen(&engine, release);
    let waits = block_on(engine.explain(release, DEV))?;
    assert_eq!(waits.now[0].by_itself_at, Some(until));
    bench.clock.advance(TimeDelta::days(1) - TimeDelta::milliseconds(1));
    assert_eq!(count(&bench.store, "deployment.begun"), 0);
    bench.clock.advance(TimeDelta::milliseconds(1));
    until_status(&engine, release, DEV, StageStatus::Succeeded);
    Ok(driven.stop()?)
}

#[test]
fn an_override_lets_one_deployment_begin() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let driven = drive(&engine);
    block_on(engine.stop_the_line(&ann(), freeze(), Scope::Store, "the database is down"))?;
    let (pipeline, first) = release_of(&engine, one_stage(&["ok"]));
    let second = block_on(engine.create_release(&ann(), pipeline, NewRelease::default()))?;
    block_on(engine.override_freezes(&ann(), format!("{first}/1#1").parse()?, "it brings it up"))?;
    until_status(&engine, first, DEV, StageStatus::Succeeded);
    assert_eq!(
        block_on(engine.views().latest())?.release(second).map(|it| it.status(DEV)),
        Some(StageStatus::InProgress)
    );
    assert_eq!(count(&bench.store, "deployment.begun"), 1);
    Ok(driven.stop()?)
}
