//! Releases that nobody makes by hand: by versions that are published, and on schedule, also over restarts.

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::collections::BTreeSet;

use chrono::{TimeDelta, Timelike as _};
use common::*;
use cutover::*;
use cutover_engine::*;
use futures::executor::block_on;

/// The source of a definition that the bench's pipelines wait for.
fn app() -> ArtifactSource {
    ArtifactSource {
        alias: "app".to_owned(),
        kind: ArtifactKind::Build,
        reference: [("definition".to_owned(), "12".to_owned())].into(),
        primary: true,
        default_version: DefaultVersion::Latest,
    }
}

fn waiting(name: &str) -> PipelineDefinition {
    let mut definition = one_stage(&[]);
    name.clone_into(&mut definition.name);
    definition.artifacts = vec![app()];
    let kind =
        TriggerKind::ContinuousDeployment { alias: "app".to_owned(), filters: Vec::new(), on_tagging: false };
    definition.triggers = vec![ReleaseTrigger { enabled: true, kind }];
    definition
}

/// A pipeline with a schedule one hour from where the bench's clock begins.
fn scheduled(bench: &Bench) -> PipelineDefinition {
    let at = bench.clock.now() + TimeDelta::hours(1);
    let kind = TriggerKind::Scheduled(Schedule::daily(ScheduleId(1), at.hour(), at.minute()));
    let mut definition = one_stage(&[]);
    definition.triggers = vec![ReleaseTrigger { enabled: true, kind }];
    definition
}

fn create(engine: &Engine, definition: PipelineDefinition) -> PipelineId {
    block_on(engine.create_pipeline(&ann(), definition)).expect("a pipeline")
}

fn publish(engine: &Engine, id: &str) {
    block_on(engine.publish(&ann(), &app().source(), ArtifactVersion::new(id))).expect("a new version");
}

fn until_observed(engine: &Engine, publication: u64) {
    until(engine, &format!("publication {publication} is observed"), |views| {
        views.watchers(&app().source()).iter().all(|watcher| watcher.observed == publication)
    });
}

fn releases_of(engine: &Engine, pipeline: PipelineId) -> usize {
    engine.views().releases(&ReleaseFilter::of(pipeline)).len()
}

#[test]
fn every_pipeline_that_waits_for_a_version_makes_one_release_of_it() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let pipelines: Vec<_> =
        (0..50).map(|number| create(&engine, waiting(&format!("Shop {number}")))).collect();
    let driven = drive(&engine);
    publish(&engine, "1");
    publish(&engine, "2");
    until_observed(&engine, 2);
    for pipeline in pipelines {
        let state = block_on(engine.pipeline(pipeline))?;
        let watch = &state.watches()[&app().source()];
        assert_eq!((watch.observed, releases_of(&engine, pipeline)), (2, 2));
    }
    assert_eq!(count(&bench.store, "pipeline.publication-observed"), 100);
    let feed = block_on(engine.artifact_feed(&app().source()))?;
    assert_eq!((feed.newest_publication(), feed.versions().count()), (2, 2));
    Ok(driven.stop()?)
}

#[test]
fn tags_are_published_too() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let pipeline = create(&engine, waiting("Shop"));
    let driven = drive(&engine);
    publish(&engine, "1");
    let tags = BTreeSet::from(["good".to_owned()]);
    block_on(engine.tag(&ann(), &app().source(), "1", tags))?;
    until_observed(&engine, 2);
    assert_eq!(releases_of(&engine, pipeline), 1);
    Ok(driven.stop()?)
}

#[test]
fn an_engine_goes_on_observing_where_its_earlier_life_ended() -> Fallible {
    let bench = Bench::new();
    let first = bench.engine();
    for number in 0..30 {
        create(&first, waiting(&format!("Shop {number}")));
    }
    publish(&first, "1");
    assert_eq!(count(&bench.store, "pipeline.publication-observed"), 0, "nobody drives yet");
    let driven = drive(&first);
    until(&first, "some have observed it", |views| {
        views.watchers(&app().source()).iter().any(|watcher| watcher.observed == 1)
    });
    driven.stop()?;
    let second = bench.engine();
    let driven = drive(&second);
    until_observed(&second, 1);
    assert_eq!(count(&bench.store, "pipeline.trigger-fired"), 30);
    Ok(driven.stop()?)
}

#[test]
fn two_engines_on_one_store_make_one_release_of_a_version() -> Fallible {
    let bench = Bench::new();
    let first = bench.engine();
    let second = block_on(bench.builder().name(EngineId::new("second")?).build())?;
    for number in 0..10 {
        create(&first, waiting(&format!("Shop {number}")));
    }
    let driven = [drive(&first), drive(&second)];
    for version in ["1", "2", "3"] {
        publish(&second, version);
    }
    until_observed(&first, 3);
    assert_eq!(count(&bench.store, "pipeline.trigger-fired"), 30);
    driven.into_iter().try_for_each(Driven::stop)?;
    Ok(())
}

#[test]
fn an_observation_whose_answer_is_lost_is_made_once() -> Fallible {
    for fault in [Fault::LostAnswer, Fault::LostCall, Fault::NotDone] {
        let bench = Bench::new();
        let store = bench.faulty_store();
        let engine = block_on(bench.builder_on(store.clone()).build())?;
        let pipeline = create(&engine, waiting("Shop"));
        publish(&engine, "1");
        // The block of ids, then the observation.
        store.next_commits([None, Some(fault.clone())]);
        let driven = drive(&engine);
        until_observed(&engine, 1);
        assert_eq!(releases_of(&engine, pipeline), 1, "{fault:?}");
        driven.stop()?;
    }
    Ok(())
}

#[test]
fn a_schedule_makes_a_release_when_its_moment_comes() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let pipeline = create(&engine, scheduled(&bench));
    let driven = drive(&engine);
    block_on(engine.views().latest())?;
    let upcoming = engine.views().upcoming(10);
    assert_eq!(upcoming.len(), 1);
    assert_eq!(upcoming[0].at, bench.clock.now() + TimeDelta::hours(1));
    for day in 1..=3 {
        bench.clock.advance(TimeDelta::hours(if day == 1 { 1 } else { 24 }));
        until(&engine, "a release is made", |views| {
            views.releases(&ReleaseFilter::of(pipeline)).len() == day
        });
    }
    let newest = engine.views().releases(&ReleaseFilter::of(pipeline)).items.remove(0);
    assert_eq!(newest.reason, ReleaseReason::Schedule);
    Ok(driven.stop()?)
}

#[test]
fn a_moment_before_its_time_a_schedule_makes_nothing() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let pipeline = create(&engine, scheduled(&bench));
    let driven = drive(&engine);
    bench.clock.advance(TimeDelta::hours(1) - TimeDelta::milliseconds(1));
    block_on(engine.create_release(&ann(), pipeline, NewRelease::default()))?;
    assert_eq!(count(&bench.store, "pipeline.schedule-came"), 0);
    Ok(driven.stop()?)
}

#[test]
fn what_came_while_no_engine_ran_happens_once_and_late() -> Fallible {
    let bench = Bench::new();
    let first = bench.engine();
    let pipeline = create(&first, scheduled(&bench));
    bench.clock.advance(TimeDelta::days(3) + TimeDelta::hours(2));
    let engines = [bench.engine(), block_on(bench.builder().name(EngineId::new("second")?).build())?];
    let driven = engines.each_ref().map(drive);
    until(&engines[0], "a release is made", |views| !views.releases(&ReleaseFilter::of(pipeline)).is_empty());
    bench.clock.advance(TimeDelta::days(1));
    until(&engines[0], "another is made", |views| views.releases(&ReleaseFilter::of(pipeline)).len() == 2);
    assert_eq!(count(&bench.store, "pipeline.schedule-fired"), 2);
    driven.into_iter().try_for_each(Driven::stop)?;
    Ok(())
}

/// Story: what has come, and whose release was not made when the engine ended, is found by the next one.
#[test]
fn an_occurrence_that_came_is_answered_by_the_next_life() -> Fallible {
    let bench = Bench::new();
    let first = bench.engine();
    let pipeline = create(&first, scheduled(&bench));
    bench.clock.advance(TimeDelta::hours(1));
    // A command decides what has come; nobody drives who would make the release.
    block_on(first.create_release(&ann(), pipeline, NewRelease::default()))?;
    assert_eq!(count(&bench.store, "pipeline.schedule-came"), 1);
    assert_eq!(count(&bench.store, "pipeline.schedule-fired"), 0);
    let second = bench.engine();
    let driven = drive(&second);
    until(&second, "the release is made", |views| views.releases(&ReleaseFilter::of(pipeline)).len() == 2);
    Ok(driven.stop()?)
}

/// Story: one pipeline's release was larger than the store takes, and that ended the driving of all pipelines, at each start again.
#[test]
fn a_release_that_the_store_does_not_take_keeps_the_engine_from_nothing_else() -> Fallible {
    let bench = Bench::new();
    let store = bench.faulty_store();
    let engine = block_on(bench.builder_on(store.clone()).build())?;
    create(&engine, waiting("Shop"));
    publish(&engine, "1");
    store.add(Rule::on(Call::Commit).with_event("pipeline.trigger-fired").always().meets(Fault::TooLarge));
    let driven = drive(&engine);
    let other = PipelineDefinition { name: "Other".to_owned(), ..one_stage(&["ok"]) };
    let (_, release) = release_of(&engine, other);
    until_status(&engine, release, DEV, status::StageStatus::Succeeded);
    assert_eq!(count(&bench.store, "pipeline.trigger-fired"), 0);
    soon("the health tells it", || !engine.health().troubles.is_empty());
    let [trouble] = &engine.health().troubles[..] else { panic!("{:?}", engine.health()) };
    assert_eq!(trouble.about, Subject::Pipeline(PipelineId(1)));
    assert!(trouble.what.contains("at most 1"), "{trouble:?}");
    store.heal();
    publish(&engine, "2");
    until_observed(&engine, 2);
    soon("nothing is the matter any more", || engine.health().troubles.is_empty());
    assert_eq!(count(&bench.store, "pipeline.trigger-fired"), 2);
    Ok(driven.stop()?)
}

/// Story: the variables of a group stand in a release once for each stage that names it: a small definition could make a snapshot that no
/// store takes.
#[test]
fn a_trigger_makes_no_release_that_is_too_large_and_says_so() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let large = |number| (format!("v{number}"), Variable::plain("x".repeat(limits::VARIABLE_BYTES)));
    let group = VariableGroupId::new("large")?;
    block_on(engine.save_variable_group(&ann(), &group, 0, (0..10).map(large).collect(), ""))?;
    let mut definition = waiting("Shop");
    for id in 2..12 {
        let mut stage = Stage::new(StageId(id), format!("stage {id}"));
        stage.variable_groups = vec!["large".to_owned()];
        definition.stages.push(stage);
    }
    let pipeline = create(&engine, definition);
    let by_hand = block_on(engine.create_release(&ann(), pipeline, NewRelease::default()));
    assert!(matches!(
        by_hand,
        Err(EngineError::Refused(transaction::Refusal::Pipeline(PipelineRefusal::TooLarge { .. })))
    ));
    let driven = drive(&engine);
    publish(&engine, "1");
    until_observed(&engine, 1);
    assert_eq!((count(&bench.store, "pipeline.trigger-declined"), releases_of(&engine, pipeline)), (1, 0));
    Ok(driven.stop()?)
}

/// Story: a pipeline that was deleted went on recording every publication and every occurrence for ever.
#[test]
fn a_pipeline_that_is_deleted_for_good_follows_nothing_any_more() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let mut definition = waiting("Shop");
    definition.triggers.extend(scheduled(&bench).triggers);
    let pipeline = create(&engine, definition);
    let other = create(&engine, waiting("Other"));
    block_on(engine.delete_pipeline(&ann(), pipeline, NotOver::Refuse, ""))?;
    let driven = drive(&engine);
    publish(&engine, "1");
    until_observed(&engine, 1);
    bench.clock.advance(TimeDelta::days(31));
    until(&engine, "what came meanwhile is answered", |views| {
        views.upcoming(10).is_empty() && !views.releases(&ReleaseFilter::of(other)).is_empty()
    });
    let came = count(&bench.store, "pipeline.schedule-came");
    publish(&engine, "2");
    until(&engine, "the other makes another release", |views| {
        views.releases(&ReleaseFilter::of(other)).len() == 2
    });
    bench.clock.advance(TimeDelta::days(5));
    driven.stop()?;
    assert_eq!(count(&bench.store, "pipeline.publication-observed"), 3, "the other's second one alone");
    assert_eq!(count(&bench.store, "pipeline.schedule-came"), came);
    // Another life finds nothing to do either.
    let second = bench.engine();
    let driven = drive(&second);
    publish(&second, "3");
    until(&second, "the other makes a third", |views| views.releases(&ReleaseFilter::of(other)).len() == 3);
    driven.stop()?;
    assert_eq!(count(&bench.store, "pipeline.publication-observed"), 4);
    assert_eq!(block_on(second.pipeline(pipeline))?.watches()[&app().source()].observed, 1);
    Ok(())
}

#[test]
fn a_release_that_a_trigger_makes_is_created_in_its_name() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let mut definition = waiting("Shop");
    definition.triggers.extend(scheduled(&bench).triggers);
    let pipeline = create(&engine, definition);
    let driven = drive(&engine);
    publish(&engine, "1");
    until(&engine, "a release is made", |views| views.releases(&ReleaseFilter::of(pipeline)).len() == 1);
    bench.clock.advance(TimeDelta::hours(1));
    until(&engine, "another is made", |views| views.releases(&ReleaseFilter::of(pipeline)).len() == 2);
    let creators =
        engine.views().releases(&ReleaseFilter::of(pipeline)).into_iter().map(|release| release.creator);
    let named = |name: &str| Actor::Trigger(name.to_owned());
    assert_eq!(creators.collect::<Vec<_>>(), [named("schedule 1"), named("app")]);
    Ok(driven.stop()?)
}
