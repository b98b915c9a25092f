//! What the engine could not do by itself is looked at again after a while, also where nothing changes there (I14).

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::sync::Arc;

use chrono::TimeDelta;
use common::*;
use cutover::status::StageStatus;
use cutover::*;
use cutover_engine::*;
use cutover_store_memory::MemoryStore;
use futures::executor::block_on;

type Faulty = FaultyStore<Arc<MemoryStore>>;

fn too_large(event: &str) -> Rule {
    Rule::on(Call::Commit).with_event(event).always().meets(Fault::TooLarge)
}

/// An engine on a store that does not take this event, until it does.
fn stuck(event: &str) -> (Bench, Faulty, Engine) {
    let bench = Bench::new();
    let store = FaultyStore::new(Arc::clone(&bench.store));
    store.add(too_large(event));
    let engine = block_on(bench.builder_on(store.clone()).build()).expect("the store can be read");
    (bench, store, engine)
}

fn until_told(engine: &Engine, about: &Subject) {
    soon("the health tells it", || engine.health().troubles.iter().any(|trouble| trouble.about == *about));
}

/// It says what the store said.
fn assert_is_of_the_store(engine: &Engine) {
    let troubles = engine.health().troubles;
    let [trouble] = &troubles[..] else { panic!("{troubles:?}") };
    assert!(trouble.what.contains("at most 1"), "{trouble:?}");
}

fn until_nothing_is_told(engine: &Engine) {
    soon("the health tells nothing more", || engine.health().troubles.is_empty());
}

/// Story: a task had ended, and its report could not be recorded. It was given only once somebody touched its release.
#[test]
fn a_report_that_could_not_be_recorded_is_given_again() -> Fallible {
    let bench = Bench::new();
    let store = FaultyStore::new(Arc::clone(&bench.store));
    store.add(too_large("task.ended"));
    let engine = block_on(bench.builder_on(store.clone()).spawn(at_once).build())?;
    let mut driving = ByHand::of(&engine);
    let (_, release) = release_of(&engine, one_stage(&["ok"]));
    driving.until_idle();
    until_told(&engine, &Subject::Release(release));
    assert_is_of_the_store(&engine);
    store.heal();
    bench.clock.advance(TimeDelta::seconds(59));
    driving.until_idle();
    assert_eq!(count(&bench.store, "task.ended"), 0);
    bench.clock.advance(TimeDelta::seconds(1));
    driving.until_idle();
    assert_eq!((count(&bench.store, "task.ended"), bench.runner.ran().len()), (1, 1));
    assert_eq!(engine.health().troubles, []);
    Ok(())
}

/// Story: the same with a deadline, which was forgotten.
#[test]
fn a_deadline_of_which_nothing_came_is_reached_later() -> Fallible {
    let (bench, store, engine) = stuck("approval.timed-out");
    let driven = drive(&engine);
    let step = ApprovalStep::user(UserId::new("ann")?);
    let asks = stage(DEV, "Dev", &["ok"]).with_approval(Moment::Before, step);
    let (_, release) = release_of(&engine, PipelineDefinition::new("Shop").with_stage(asks));
    bench.clock.advance(TimeDelta::days(31));
    until_told(&engine, &Subject::Release(release));
    soon("it is given up", || engine.health().next_deadline.is_none());
    // It stays the same trouble while it is looked at in vain.
    let since = engine.health().troubles[0].since;
    let before = store.injected();
    bench.clock.advance(TimeDelta::minutes(1));
    soon("it is looked at again", || store.injected() > before);
    soon("it is given up once more", || engine.health().next_deadline.is_none());
    assert_eq!(engine.health().troubles[0].since, since);
    assert_is_of_the_store(&engine);
    store.heal();
    bench.clock.advance(TimeDelta::minutes(1));
    until_status(&engine, release, DEV, StageStatus::Rejected);
    until_nothing_is_told(&engine);
    Ok(driven.stop()?)
}

#[test]
fn a_deployment_that_could_not_thaw_thaws_later() -> Fallible {
    let (bench, store, engine) = stuck("deployment.thawed");
    let freeze = FreezeId::new("sale")?;
    block_on(engine.stop_the_line(&ann(), freeze.clone(), Scope::Store, "the sale"))?;
    let (_, release) = release_of(&engine, one_stage(&["ok"]));
    let driven = drive(&engine);
    block_on(engine.lift_freeze(&ann(), freeze, ""))?;
    until_told(&engine, &Subject::Release(release));
    store.heal();
    bench.clock.advance(TimeDelta::minutes(1));
    until_status(&engine, release, DEV, StageStatus::Succeeded);
    Ok(driven.stop()?)
}

/// A queue with work for more than one commit, of `FAN_OUT + 7` deployments that ask for an approval.
fn queue_with_pending_work(engine: &Engine) -> Result<PipelineId, Box<dyn std::error::Error>> {
    let ann_is_asked = |policy| {
        let step = ApprovalStep::user(UserId::new("ann").expect("a valid id"));
        let stage = stage(DEV, "Dev", &[]).with_approval(Moment::Before, step).with_queuing(policy);
        PipelineDefinition::new("Shop").with_stage(stage)
    };
    let (pipeline, _) = release_of(engine, ann_is_asked(QueuingPolicy::in_order(1.try_into()?)));
    for _ in 0..limits::FAN_OUT + 5 {
        block_on(engine.create_release(&ann(), pipeline, NewRelease::default()))?;
    }
    let unlimited = ann_is_asked(QueuingPolicy::Unlimited);
    block_on(engine.revise_pipeline(&ann(), pipeline, 1, unlimited, "no limit"))?;
    block_on(engine.create_release(&ann(), pipeline, NewRelease::default()))?;
    Ok(pipeline)
}

/// Nothing else is granted before (Q5).
#[test]
fn a_queue_whose_pending_work_could_not_be_recorded_goes_on_later() -> Fallible {
    let (bench, store, engine) = stuck("nothing");
    let pipeline = queue_with_pending_work(&engine)?;
    store.add(too_large("approval.asked"));
    // So that it is looked at once as it begins, and nobody tells of changes.
    block_on(engine.views().latest())?;
    let driven = drive(&engine);
    until_told(&engine, &Subject::Queue(QueueId { pipeline, stage: DEV }));
    store.heal();
    bench.clock.advance(TimeDelta::minutes(1));
    until(&engine, "everybody asks", |views| views.all_pending_approvals().len() == limits::FAN_OUT + 7);
    Ok(driven.stop()?)
}

/// Story: the health told of it for ever.
#[test]
fn what_somebody_else_has_done_meanwhile_is_no_trouble_any_more() -> Fallible {
    let bench = Bench::new();
    let store = FaultyStore::new(Arc::clone(&bench.store));
    let engine = block_on(bench.builder_on(store.clone()).spawn(at_once).build())?;
    let pipeline = queue_with_pending_work(&engine)?;
    store.add(too_large("approval.asked"));
    let mut driving = ByHand::of(&engine);
    driving.until_idle();
    until_told(&engine, &Subject::Queue(QueueId { pipeline, stage: DEV }));

    let other = bench.engine();
    let driven = drive(&other);
    until(&other, "everybody asks", |views| views.all_pending_approvals().len() == limits::FAN_OUT + 7);
    driven.stop()?;
    driving.until_idle();
    bench.clock.advance(TimeDelta::minutes(1));
    driving.until_idle();
    assert_eq!(engine.health().troubles, []);
    Ok(())
}
