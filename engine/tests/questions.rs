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

const QA: StageId = StageId(2);

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
    assert_eq!(views.deployments(&DeploymentFilter::going_on().of(pipeline)).len(), 1);
    assert!(views.deployments(&DeploymentFilter::going_on().of(PipelineId(99))).is_empty());
    assert_eq!(views.pending_approvals(&UserId::new("ann")?, &BTreeSet::new()).len(), 1);
    assert!(views.pending_approvals(&UserId::new("bob")?, &BTreeSet::new()).is_empty());

    let rejected = block_on(engine.reject(&ann(), views.all_pending_approvals()[0].id, "no"))?;
    let views = block_on(engine.views().at_least(rejected.position))?;
    assert_eq!(views.release(release).map(|release| release.status(DEV)), Some(StageStatus::Rejected));
    assert!(
        views.all_pending_approvals().is_empty()
            && views.deployments(&DeploymentFilter::going_on()).is_empty()
    );
    Ok(())
}

#[test]
fn a_pipeline_that_was_created_is_asked_for_its_warnings() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let mut definition = asking();
    definition.release_name_format = "$(Cheese)-$(rev:r)".to_owned();
    let pipeline = block_on(engine.create_pipeline(&ann(), definition.clone()))?;
    let warned = block_on(engine.warnings_of(pipeline))?;
    assert_eq!(warned, warnings(&definition));
    assert_eq!(warned.len(), 1);
    assert!(matches!(block_on(engine.warnings_of(PipelineId(99))), Err(EngineError::NotFound(_))));
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
    let ids = |filter| views.releases(&filter).into_iter().map(|release| release.id).collect::<Vec<_>>();
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

fn with_one_more_task() -> Stage {
    asking().stages[0].clone().with_task(Task::command("smoke-test"))
}

#[test]
fn every_revision_of_a_pipeline_is_read_compared_and_restored() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let (id, _) = release_of(&engine, asking());
    let first = bench.clock.now();
    bench.clock.advance(TimeDelta::minutes(1));
    let other = PipelineDefinition { stages: vec![with_one_more_task()], ..asking() };
    block_on(engine.revise_pipeline(&ann(), id, 1, other.clone(), "look closer"))?;
    let difference = block_on(engine.compare_revisions(id, 1, 2))?;
    assert_eq!(difference.changes().len(), 1, "{difference}");

    // A preview records nothing.
    let restoration = block_on(engine.restoration(id, 2, 1, "too slow"))?;
    let preview = block_on(engine.preview(&ann(), restoration))?;
    assert!(preview.iter().any(|it| matches!(it.event, Event::Pipeline(PipelineEvent::Revised { .. }))));
    assert_eq!(block_on(engine.revisions(id))?.len(), 2);

    block_on(engine.restore_revision(&ann(), id, 2, 1, "too slow"))?;
    let revisions = block_on(engine.revisions(id))?;
    let told: Vec<_> = revisions.iter().map(|it| (it.revision, it.comment.as_str(), it.restores)).collect();
    assert_eq!(told, [(1, "", None), (2, "look closer", None), (3, "too slow", Some(1))]);
    assert_eq!((&*revisions[1].definition, &*revisions[2].definition), (&other, &asking()));
    assert_eq!(revisions[2].header.actor, ann());
    assert!(block_on(engine.compare_revisions(id, 1, 3))?.is_empty());
    let then = block_on(engine.pipeline_as_of(id, AsOf::Time(first)))?;
    assert_eq!(then.current().map(|current| current.revision), Some(1));
    let unknown = block_on(engine.revision(id, 9)).expect_err("no such revision");
    assert_eq!(unknown.to_string(), "the pipeline has no revision 9: the newest is 3");
    assert!(matches!(block_on(engine.revisions(PipelineId(9))), Err(EngineError::NotFound(_))));
    Ok(())
}

#[test]
fn a_release_is_edited_and_compared_with_another() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let (pipeline, was) = release_of(&engine, asking());
    let is = block_on(engine.create_release(&ann(), pipeline, NewRelease::default()))?;
    assert!(block_on(engine.compare_releases(was, is))?.is_empty());
    let edit = StageEdit { jobs: Some(with_one_more_task().jobs), ..StageEdit::of(DEV) };
    let command = transaction::Command::Release(is, ReleaseCommand::ReviseStage(edit.clone()));
    assert!(!block_on(engine.preview(&ann(), command))?.is_empty());
    assert!(block_on(engine.compare_releases(was, is))?.is_empty(), "a preview records nothing");
    let revised = block_on(engine.revise_stage(&ann(), is, edit))?;
    let difference = block_on(engine.compare_releases(was, is))?;
    assert_eq!(difference.changes().len(), 1, "{difference}");
    let before = AsOf::Position(Position(revised.position.0 - 1));
    assert_eq!(block_on(engine.release_as_of(is, before))?.definition().stages, asking().stages);

    block_on(engine.edit(&ann(), is, ReleaseEdit { name: Some("Summer".into()), ..ReleaseEdit::default() }))?;
    block_on(engine.keep_forever(&ann(), is, "audited"))?;
    let views = block_on(engine.views().latest())?;
    assert_eq!(views.release(is).map(|release| release.name), Some("Summer".to_owned()));
    assert_eq!(views.all_pending_approvals().len(), 2, "what was asked before is asked once more, not twice");
    block_on(engine.let_go(&ann(), is, ""))?;
    let at = block_on(engine.release(is))?;
    let about = at.release().about().expect("it exists");
    assert_eq!(about.keep_forever, retention::KeepForever::Until(bench.clock.now()));
    Ok(())
}

#[test]
fn what_is_deployed_on_two_stages_is_compared_by_what_each_deployment_ran() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let empty = |id, name: &str| Stage::new(id, name).after_release();
    let pipeline = PipelineDefinition::new("Shop").with_stage(empty(DEV, "Dev"));
    let (pipeline, first) = release_of(&engine, pipeline.with_stage(Stage::new(QA, "QA")));
    let queue = |stage| QueueId { pipeline, stage };
    let settle = |release, stage| {
        let id = block_on(engine.release(release))?.release().latest(stage).expect("it was deployed").id;
        let command = transaction::Command::Release(release, ReleaseCommand::Settle(id));
        block_on(engine.submit(&Actor::System, command))
    };
    settle(first, DEV)?;
    assert!(block_on(engine.compare_deployed(queue(DEV), queue(QA)))?.is_none());
    let variables = Variables::from([("color".to_owned(), Variable::plain("green"))]);
    let edit = StageEdit { variables: Some(variables), ..StageEdit::of(QA) };
    block_on(engine.revise_stage(&ann(), first, edit))?;
    block_on(engine.deploy(&ann(), first, DeployRequest::new(QA)))?;
    settle(first, QA)?;
    let difference = block_on(engine.compare_deployed(queue(DEV), queue(QA)))?.expect("both are deployed");
    assert_eq!(
        difference.to_string(),
        r#"stages[QA].variables: {"color":{"value":{"plain":"green"}}} is new"#
    );
    let before = block_on(engine.queue_as_of(queue(QA), AsOf::Position(Position(1))))?;
    assert_eq!(before.current(), None);
    Ok(())
}

#[test]
fn every_fact_says_who_when_and_what_it_followed_from() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let (_, release) = release_of(&engine, asking());
    bench.clock.advance(TimeDelta::minutes(1));
    let approval = block_on(engine.views().latest())?.all_pending_approvals()[0].id;
    block_on(engine.reject(&ann(), approval, "no"))?;
    let facts = block_on(engine.history(&Subject::Release(release)))?;
    let created = facts.first().expect("it was created");
    let Because::Followed(cause) = &created.because else { panic!("{created:?}") };
    assert!(matches!(cause.event, Event::Pipeline(PipelineEvent::ReleaseNumbered(_))), "{cause:?}");
    let answered = facts.iter().find(|fact| fact.because == Because::Asked).expect("she was asked");
    assert_eq!((&answered.header.actor, answered.header.time), (&ann(), bench.clock.now()));
    assert!(facts.is_sorted_by_key(|fact| fact.sequence));
    assert!(block_on(engine.history(&Subject::Release(ReleaseId(99))))?.is_empty());
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
