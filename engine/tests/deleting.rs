//! What engines delete: releases that nothing keeps (K), and pipelines by force (P6).

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::sync::Arc;

use chrono::TimeDelta;
use common::*;
use cutover::retention::Decision;
use cutover::*;
use cutover_engine::*;
use futures::executor::block_on;

fn asking() -> PipelineDefinition {
    let ann = UserId::new("ann").expect("a valid id");
    let mut stage = stage(DEV, "Dev", &["ok"]).with_approval(Moment::Before, ApprovalStep::user(ann));
    stage.retention = Retention { days: 10, releases: 0, keep_build: false };
    PipelineDefinition::new("Shop").with_stage(stage)
}

#[test]
fn what_nothing_keeps_is_deleted_and_hidden_and_comes_back() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let (pipeline, rejected) = release_of(&engine, asking());
    let approval = block_on(engine.views().latest())?.all_pending_approvals()[0].id;
    block_on(engine.reject(&ann(), approval, "no"))?;
    bench.clock.advance(TimeDelta::days(10));
    let waiting = block_on(engine.create_release(&ann(), pipeline, NewRelease::default()))?;

    let decisions = block_on(engine.retention(pipeline))?;
    assert!(matches!(decisions[&rejected], Decision::Goes { .. }), "{decisions:?}");
    assert!(matches!(decisions[&waiting], Decision::Stays { .. }), "{decisions:?}");
    assert_eq!(block_on(engine.apply_retention(&ann(), pipeline))?, [rejected]);
    assert!(block_on(engine.apply_retention(&ann(), pipeline))?.is_empty());

    let views = block_on(engine.views().latest())?;
    let ids = |filter| views.releases(&filter).into_iter().map(|release| release.id).collect::<Vec<_>>();
    assert_eq!(ids(ReleaseFilter::all()), [waiting]);
    assert_eq!(ids(ReleaseFilter::all().deleted()), [rejected]);
    block_on(engine.restore_release(&ann(), rejected))?;
    let views = block_on(engine.views().latest())?;
    assert_eq!(views.releases(&ReleaseFilter::all()).len(), 2);
    Ok(())
}

#[test]
fn a_pipeline_that_is_deleted_by_force_cancels_what_waits_also_after_a_restart() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let (pipeline, first) = release_of(&engine, asking());
    let mut releases = vec![first];
    for _ in 0..4 {
        releases.push(block_on(engine.create_release(&ann(), pipeline, NewRelease::default()))?);
    }
    let refused = block_on(engine.delete_pipeline(&ann(), pipeline, NotOver::Refuse, ""));
    assert!(refused.is_err(), "deployments of it are not over");
    block_on(engine.delete_pipeline(&ann(), pipeline, NotOver::Cancel, "the shop is closed"))?;
    assert_eq!(block_on(engine.pipeline_status(pipeline))?.activity(), Activity::Deleting);

    // Another life of the engine finds it, and carries it out.
    drop(engine);
    let engine = bench.engine();
    let driving = drive(&engine);
    until(&engine, "it is deleted", |views| {
        let pipeline = views.pipeline(pipeline).expect("it was created");
        matches!(pipeline.activity, Activity::Deleted { .. })
    });
    for release in releases {
        assert_eq!(block_on(engine.release(release))?.release().going_on().count(), 0);
    }
    Ok(driving.stop()?)
}

/// Story: for each deployment that was cancelled, each release that was not over was read.
#[test]
fn deleting_reads_each_release_a_few_times() -> Fallible {
    const RELEASES: u64 = 40;
    let bench = Bench::new();
    let store = FaultyStore::new(Arc::clone(&bench.store));
    let engine = block_on(bench.builder_on(store.clone()).build())?;
    let (pipeline, _) = release_of(&engine, asking());
    for _ in 1..RELEASES {
        block_on(engine.create_release(&ann(), pipeline, NewRelease::default()))?;
    }
    block_on(engine.delete_pipeline(&ann(), pipeline, NotOver::Cancel, "the shop is closed"))?;
    let before = store.calls(Call::ReadStream);
    let driving = drive(&engine);
    until(&engine, "it is deleted", |views| {
        let pipeline = views.pipeline(pipeline).expect("it was created");
        matches!(pipeline.activity, Activity::Deleted { .. })
    });
    let reads = store.calls(Call::ReadStream) - before;
    assert!(reads < 15 * RELEASES, "{reads} for {RELEASES} releases");
    Ok(driving.stop()?)
}

/// Story: a deployment whose moment came while its pipeline was being deleted was listed as queued, and asked for no slot.
#[test]
fn what_no_slot_is_asked_for_is_not_listed_as_queued() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let manual = Stage::new(DEV, "Dev").with_task(Task::command("ok"));
    let (pipeline, release) = release_of(&engine, PipelineDefinition::new("Shop").with_stage(manual));
    let at = bench.clock.now() + TimeDelta::hours(1);
    block_on(engine.deploy(&ann(), release, DeployRequest { at: Some(at), ..DeployRequest::new(DEV) }))?;
    block_on(engine.delete_pipeline(&ann(), pipeline, NotOver::Cancel, "the shop is closed"))?;
    bench.clock.advance(TimeDelta::hours(1));
    let id: DeploymentId = format!("{release}/1#1").parse()?;
    let comes = ReleaseCommand::Reach(deployment::Deadline::MomentComes(id));
    block_on(engine.submit(&Actor::System, transaction::Command::Release(release, comes)))?;
    let listed = block_on(engine.views().latest())?.release(release).map(|it| it.status(DEV));
    let stands = block_on(engine.release(release))?.release().status(DEV);
    assert_eq!((listed, stands), (Some(stands), status::StageStatus::InProgress));
    Ok(())
}
