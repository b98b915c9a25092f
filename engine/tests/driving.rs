//! Releases are driven to their end.

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use common::*;
use cutover::deployment::{DeploymentEvent, Report};
use cutover::status::StageStatus;
use cutover::*;
use cutover_engine::*;
use futures::executor::block_on;

#[test]
fn a_chain_of_stages_runs_to_its_end() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let driven = drive(&engine);

    let (pipeline, release) = release_of(&engine, two_stages(&["one", "two"], &["three"]));

    until_status(&engine, release, PROD, StageStatus::Succeeded);
    let ran: Vec<_> = bench.runner.ran().iter().map(ToString::to_string).collect();
    assert_eq!(ran, ["1/1#1.0.0", "1/1#1.0.1", "1/2#1.0.0"]);
    let deployed = engine.views().deployed_where(pipeline);
    assert!(deployed.iter().all(|at| at.current.is_some_and(|current| current.release == release)));
    assert!(engine.health().running.is_empty());
    Ok(driven.stop()?)
}

#[test]
fn a_stage_without_tasks_succeeds() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, two_stages(&[], &[]));
    until_status(&engine, release, PROD, StageStatus::Succeeded);
    Ok(driven.stop()?)
}

#[test]
fn a_task_that_fails_rejects_its_stage_and_nothing_comes_after_it() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, two_stages(&["one", Script::FAIL, "two"], &["three"]));
    until_status(&engine, release, DEV, StageStatus::Rejected);
    assert_eq!(bench.runner.ran().len(), 2);
    assert_eq!(
        engine.views().release(release).map(|release| release.status(PROD)),
        Some(StageStatus::NotStarted)
    );
    Ok(driven.stop()?)
}

#[test]
fn a_runner_that_panics_loses_its_task_and_stops_nobody_else() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let driven = drive(&engine);
    let (pipeline, first) = release_of(&engine, one_stage(&[Script::PANIC]));
    until_status(&engine, first, DEV, StageStatus::Rejected);
    let revised = one_stage(&["ok"]);
    block_on(engine.revise_pipeline(&ann(), pipeline, 1, revised, "no panic"))?;
    let second = block_on(engine.create_release(&ann(), pipeline, NewRelease::default()))?;
    until_status(&engine, second, DEV, StageStatus::Succeeded);
    Ok(driven.stop()?)
}

#[test]
fn a_runner_that_blocks_stops_nobody_else() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let driven = drive(&engine);
    let (pipeline, blocked) = release_of(&engine, one_stage(&[Script::BLOCK]));
    bench.runner.until_ran(1);
    block_on(engine.revise_pipeline(&ann(), pipeline, 1, one_stage(&["ok"]), ""))?;
    let other = block_on(engine.create_release(&ann(), pipeline, NewRelease::default()))?;
    until_status(&engine, other, DEV, StageStatus::Succeeded);
    bench.runner.unblock();
    until_status(&engine, blocked, DEV, StageStatus::Succeeded);
    Ok(driven.stop()?)
}

#[test]
fn with_one_slot_one_release_runs_at_a_time_and_the_others_follow_in_order() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let driven = drive(&engine);
    let only = stage(DEV, "Dev", &[Script::HOLD]).with_queuing(QueuingPolicy::in_order(1.try_into()?));
    let definition = PipelineDefinition::new("Shop").with_stage(only);
    let (pipeline, first) = release_of(&engine, definition);
    let second = block_on(engine.create_release(&ann(), pipeline, NewRelease::default()))?;

    bench.runner.until_ran(1);
    until_status(&engine, second, DEV, StageStatus::Queued);
    let queue = block_on(engine.queue(QueueId { pipeline, stage: DEV }))?;
    assert_eq!((queue.holders().len(), queue.waiting().len()), (1, 1));
    bench.runner.end("1/1#1.0.0".parse()?, Report::Succeeded);
    until_status(&engine, first, DEV, StageStatus::Succeeded);
    bench.runner.end("2/1#1.0.0".parse()?, Report::Succeeded);
    until_status(&engine, second, DEV, StageStatus::Succeeded);
    assert_eq!(bench.runner.most_at_once(), 1);
    Ok(driven.stop()?)
}

#[test]
fn no_more_tasks_run_at_once_than_the_host_allows() -> Fallible {
    let bench = Bench::new();
    let engine = block_on(bench.builder().tasks_at_once(1.try_into()?).build())?;
    let driven = drive(&engine);
    let (pipeline, _) = release_of(&engine, one_stage(&[Script::HOLD]));
    let second = block_on(engine.create_release(&ann(), pipeline, NewRelease::default()))?;
    bench.runner.end("1/1#1.0.0".parse()?, Report::Succeeded);
    bench.runner.end("2/1#1.0.0".parse()?, Report::Succeeded);
    until_status(&engine, second, DEV, StageStatus::Succeeded);
    assert_eq!(bench.runner.most_at_once(), 1);
    Ok(driven.stop()?)
}

#[test]
fn a_task_whose_id_nobody_runs_fails_and_says_so() -> Fallible {
    let bench = Bench::new();
    let engine =
        block_on(bench.builder().runner(Runners::new().with("other", bench.runner.clone())).build())?;
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, one_stage(&["ok"]));
    until_event(&engine, "the task fails and names the id", |event| {
        matches!(event, Event::Release(ReleaseEvent::Deployment(DeploymentEvent::TaskEnded { message, .. }))
            if message.contains("\"command\""))
    });
    until_status(&engine, release, DEV, StageStatus::Rejected);
    Ok(driven.stop()?)
}

#[test]
fn what_one_commit_of_a_queue_can_not_hold_goes_on_in_further_ones() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let ann_is_asked = |policy| {
        let step = ApprovalStep::user(UserId::new("ann").expect("a valid id"));
        let stage = stage(DEV, "Dev", &[]).with_approval(Moment::Before, step).with_queuing(policy);
        PipelineDefinition::new("Shop").with_stage(stage)
    };
    let (pipeline, _) = release_of(&engine, ann_is_asked(QueuingPolicy::in_order(1.try_into()?)));
    let many = 2 * limits::FAN_OUT + 5;
    for _ in 0..many {
        block_on(engine.create_release(&ann(), pipeline, NewRelease::default()))?;
    }
    assert_eq!(block_on(engine.views().latest())?.all_pending_approvals().len(), 1);
    let unlimited = ann_is_asked(QueuingPolicy::Unlimited);
    block_on(engine.revise_pipeline(&ann(), pipeline, 1, unlimited, "no limit"))?;
    block_on(engine.create_release(&ann(), pipeline, NewRelease::default()))?;
    assert_eq!(block_on(engine.views().latest())?.all_pending_approvals().len(), 1 + limits::FAN_OUT);

    let driven = drive(&engine);
    until(&engine, "everybody asks", |views| views.all_pending_approvals().len() == many + 2);
    Ok(driven.stop()?)
}

/// Story: a stage's variables were changed while a claim of its task was on the way to the store. The edit was acknowledged, the claim was
/// decided again on top of it, and the task then ran with the old values: those of the release as it was looked at before.
#[test]
fn what_was_edited_before_a_claim_counts_for_the_claimed_task() -> Fallible {
    let bench = Bench::new();
    let store = bench.faulty_store();
    let (east, west) = (block_on(bench.builder_on(store.clone()).build())?, bench.engine());
    let greeting = |text: &str| Variables::from([("greeting".to_owned(), Variable::plain(text))]);
    let mut pipeline = one_stage(&["say $(greeting)", "say $(greeting)"]);
    pipeline.stages[0].variables = greeting("old");
    let (_, release) = release_of(&east, pipeline);
    let edited = async move {
        let edit = StageEdit { variables: Some(greeting("new")), ..StageEdit::of(DEV) };
        west.revise_stage(&ann(), release, edit).await.expect("it is an active release");
    };
    store.add(Rule::on(Call::Commit).with_event("task.claimed").happens_first(edited));
    let driven = drive(&east);
    until_status(&east, release, DEV, StageStatus::Succeeded);
    assert_eq!(bench.runner.scripts(), ["say new", "say new"]);
    Ok(driven.stop()?)
}
