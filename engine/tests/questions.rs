//! Views, history, subscriptions and explanations.

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::collections::BTreeSet;

use chrono::TimeDelta;
use common::*;
use cutover::status::StageStatus;
use cutover::store::{Position, Sequence};
use cutover::*;
use cutover_engine::*;
use futures::StreamExt;
use futures::executor::block_on;

fn asking() -> PipelineDefinition {
    let ann = UserId::new("ann").expect("a valid id");
    let stage = stage(DEV, "Dev", &["ok"]).with_approval(Moment::Before, ApprovalStep::user(ann));
    PipelineDefinition::new("Shop").with_stage(stage)
}

#[test]
fn who_writes_reads_it_in_the_views_at_the_position_of_the_commit() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let (pipeline, release) = release_of(&engine, asking());
    let views = block_on(engine.views().at_least(engine.written()))?;
    let summary = views.release(release).expect("it was just created");
    assert_eq!((summary.pipeline, summary.status(DEV)), (pipeline, StageStatus::InProgress));
    assert_eq!(views.pipelines()[0].newest_release, Some(release));
    assert_eq!(views.deployments(Some(pipeline)).len(), 1);
    assert!(views.deployments(Some(PipelineId(99))).is_empty());
    assert_eq!(views.pending_approvals(&UserId::new("ann")?, &BTreeSet::new()).len(), 1);
    assert!(views.pending_approvals(&UserId::new("bob")?, &BTreeSet::new()).is_empty());

    let rejected = block_on(engine.reject(&ann(), views.all_pending_approvals()[0].id, "no"))?;
    let views = block_on(engine.views().at_least(rejected.position))?;
    assert_eq!(views.release(release).map(|release| release.status(DEV)), Some(StageStatus::Rejected));
    assert!(views.all_pending_approvals().is_empty() && views.deployments(None).is_empty());
    Ok(())
}

#[test]
fn releases_are_listed_by_pipeline_and_state_the_newest_first() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let (pipeline, first) = release_of(&engine, asking());
    let mut other = asking();
    other.name = "Other".to_owned();
    let (_, elsewhere) = release_of(&engine, other);
    let draft = NewRelease { draft: true, ..NewRelease::default() };
    let draft = block_on(engine.create_release(&ann(), pipeline, draft))?;
    let views = block_on(engine.views().latest())?;
    let ids = |filter| views.releases(filter).into_iter().map(|release| release.id).collect::<Vec<_>>();
    assert_eq!(ids(ReleaseFilter::all()), [draft, elsewhere, first]);
    assert_eq!(ids(ReleaseFilter::of(pipeline)), [draft, first]);
    assert_eq!(ids(ReleaseFilter::of(pipeline).in_state(ReleaseState::Draft)), [draft]);
    assert_eq!(ids(ReleaseFilter::of(pipeline).before(draft)), [first]);
    assert_eq!(ids(ReleaseFilter::all().before(elsewhere).at_most(5)), [first]);
    assert_eq!(ids(ReleaseFilter::all().at_most(1)), [draft]);
    Ok(())
}

#[test]
fn a_release_is_shown_as_it_stood_earlier() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let (_, release) = release_of(&engine, asking());
    let created = engine.written();
    let before = bench.clock.now();
    bench.clock.advance(TimeDelta::minutes(1));
    let approval = block_on(engine.views().latest())?.all_pending_approvals()[0].id;
    block_on(engine.reject(&ann(), approval, "no"))?;
    let status = |as_of| block_on(engine.release_as_of(release, as_of)).map(|at| at.release().status(DEV));
    assert_eq!(block_on(engine.release(release))?.release().status(DEV), StageStatus::Rejected);
    assert_eq!(status(AsOf::Position(created))?, StageStatus::InProgress);
    assert_eq!(status(AsOf::Time(before))?, StageStatus::InProgress);
    assert_eq!(status(AsOf::Sequence(Sequence(1)))?, StageStatus::NotStarted);
    assert_eq!(status(AsOf::Position(Position(u64::MAX)))?, StageStatus::Rejected);
    assert!(matches!(status(AsOf::Position(Position::START)), Err(EngineError::NotFound(_))));
    Ok(())
}

#[test]
fn a_subscription_tells_the_past_and_then_what_comes() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let (pipeline, _) = release_of(&engine, asking());
    let past = engine.written();
    let mut commits = engine.subscribe(Position::START);
    let mut positions = Vec::new();
    while positions.last() != Some(&past) {
        positions.push(block_on(commits.next()).expect("it never ends")?.position);
    }
    assert!(futures::FutureExt::now_or_never(commits.next()).is_none());
    block_on(engine.create_release(&ann(), pipeline, NewRelease::default()))?;
    let next = block_on(commits.next()).expect("it never ends")?;
    assert!(next.position > past);
    assert_eq!(next.header.actor, ann());
    assert!(next.events.iter().any(|happening| matches!(happening.event, Event::Release(_))));
    Ok(())
}

#[test]
fn a_stage_that_waits_says_for_what() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let (_, release) = release_of(&engine, asking());
    let explanation = block_on(engine.explain(release, DEV))?;
    assert_eq!(explanation.status, StageStatus::InProgress);
    assert!(!explanation.now.is_empty());
    let unknown = block_on(engine.explain(release, StageId(9))).expect_err("no such stage");
    assert_eq!(unknown.to_string(), "the release has no stage 9");
    Ok(())
}

#[test]
fn a_pipeline_is_shown_with_its_present_revision() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let (id, _) = release_of(&engine, asking());
    let mut renamed = asking();
    renamed.name = "Store".to_owned();
    block_on(engine.revise_pipeline(&ann(), id, 1, renamed, "a better name"))?;
    let pipeline = block_on(engine.pipeline(id))?;
    assert_eq!(pipeline.current().map(|current| current.revision), Some(2));
    let summary = block_on(engine.views().latest())?.pipeline(id).expect("it exists");
    assert_eq!((summary.name.as_str(), summary.revision, summary.releases), ("Store", 2, 1));
    assert!(matches!(block_on(engine.pipeline(PipelineId(9))), Err(EngineError::NotFound(_))));
    Ok(())
}
