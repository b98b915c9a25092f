//! What happens by itself when a moment comes: time-outs, stops that are not heard, deadlines that passed while nobody drove.

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use chrono::{TimeDelta, Timelike as _};
use common::*;
use cutover::deployment::{Deadline, DeploymentEvent, Report, TaskResult};
use cutover::status::StageStatus;
use cutover::*;
use cutover_engine::*;
use futures::executor::block_on;

fn with_timeout(script: &str, minutes: u32) -> PipelineDefinition {
    let mut definition = one_stage(&[script]);
    definition.stages[0].jobs[0].tasks[0].timeout_minutes = minutes;
    definition
}

fn with_approval(scripts: &[&str]) -> PipelineDefinition {
    let ann = UserId::new("ann").expect("a valid id");
    let stage = stage(DEV, "Dev", scripts).with_approval(Moment::Before, ApprovalStep::user(ann));
    PipelineDefinition::new("Shop").with_stage(stage)
}

fn until_task_ended(engine: &Engine, expected: TaskResult) {
    until_event(
        engine,
        &format!("a task ends as {expected:?}"),
        |event| matches!(event, Event::Release(ReleaseEvent::Deployment(DeploymentEvent::TaskEnded { result, .. })) if *result == expected),
    );
}

#[test]
fn a_task_whose_time_is_over_is_told_to_stop_and_counts_as_timed_out() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, with_timeout(Script::HOLD, 10));
    bench.runner.until_ran(1);
    bench.clock.advance(TimeDelta::minutes(10));
    bench.runner.until_stopped(Urgency::Gently);
    until_task_ended(&engine, TaskResult::TimedOut);
    until_status(&engine, release, DEV, StageStatus::Rejected);
    Ok(driven.stop()?)
}

#[test]
fn a_millisecond_before_its_time_is_over_a_task_still_runs() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, with_timeout(Script::HOLD, 10));
    bench.runner.until_ran(1);
    bench.clock.advance(TimeDelta::minutes(10) - TimeDelta::milliseconds(1));
    bench.runner.end("1/1#1.0.0".parse()?, Report::Succeeded);
    until_status(&engine, release, DEV, StageStatus::Succeeded);
    assert_eq!(count(&bench.store, "task.stop-asked"), 0);
    Ok(driven.stop()?)
}

#[test]
fn a_runner_that_does_not_stop_is_given_up_after_its_cancel_time_out() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, one_stage(&[Script::DEAF]));
    bench.runner.until_ran(1);
    block_on(engine.cancel(&ann(), release, DEV, "enough"))?;
    until_event(&engine, "the task is asked to stop", |event| {
        matches!(event, Event::Release(ReleaseEvent::Deployment(DeploymentEvent::TaskStopAsked { .. })))
    });
    assert_eq!(engine.views().release(release).map(|release| release.is_going_on()), Some(true));
    bench.clock.advance(TimeDelta::minutes(5));
    until_status(&engine, release, DEV, StageStatus::Canceled);
    bench.runner.until_stopped(Urgency::AtOnce);
    assert!(engine.health().running.is_empty());
    Ok(driven.stop()?)
}

#[test]
fn a_cancelled_deployment_stops_its_task_and_is_canceled() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, two_stages(&[Script::HOLD, "never"], &["never"]));
    bench.runner.until_ran(1);
    block_on(engine.cancel(&ann(), release, DEV, "enough"))?;
    bench.runner.until_stopped(Urgency::Gently);
    until_status(&engine, release, DEV, StageStatus::Canceled);
    assert_eq!(bench.runner.ran().len(), 1);
    Ok(driven.stop()?)
}

#[test]
fn an_approval_that_nobody_answers_times_out() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, with_approval(&["ok"]));
    until(&engine, "an approval is pending", |views| views.all_pending_approvals().len() == 1);
    let due = engine.views().all_pending_approvals()[0].due;
    bench.clock.set(due);
    until_status(&engine, release, DEV, StageStatus::Rejected);
    assert!(engine.views().all_pending_approvals().is_empty());
    Ok(driven.stop()?)
}

#[test]
fn the_next_deadline_is_known() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, with_timeout(Script::HOLD, 10));
    bench.runner.until_ran(1);
    until_event(&engine, "it is claimed", |event| {
        matches!(event, Event::Release(ReleaseEvent::Deployment(DeploymentEvent::TaskClaimed { .. })))
    });
    let task: TaskId = "1/1#1.0.0".parse()?;
    patiently("the deadline is known", async {
        while engine.health().next_deadline
            != Some((bench.clock.now() + TimeDelta::minutes(10), release, Deadline::TaskTimesOut(task)))
        {
            SystemClock::new().wait_until(SystemClock::new().now() + TimeDelta::milliseconds(1)).await;
        }
    });
    Ok(driven.stop()?)
}

#[test]
fn deadlines_that_passed_while_nobody_drove_are_decided_in_their_order_and_before_anything_else() -> Fallible
{
    let bench = Bench::new();
    let engine = bench.engine();
    // The second stage of each release could begin at once, and what is due of a release is decided before that.
    let mut definition = with_approval(&["ok"]).with_stage(stage(PROD, "Prod", &["ok"]));
    definition.stages[1].jobs[0].timeout_minutes = Some(0);
    let (pipeline, first) = release_of(&engine, definition);
    bench.clock.advance(TimeDelta::minutes(-1));
    // The pipeline's stream is ahead of the clock, so that the second is due when the first is: then the number decides.
    let second = block_on(engine.create_release(&ann(), pipeline, NewRelease::default()))?;
    bench.clock.advance(TimeDelta::days(31));

    let driven = drive(&engine);
    for release in [first, second] {
        until_status(&engine, release, DEV, StageStatus::Rejected);
        until_status(&engine, release, PROD, StageStatus::Succeeded);
    }
    let recorded = names(&bench.store);
    let first_claim = recorded.iter().position(|name| name == "task.claimed");
    let mut timed_out = recorded.iter().enumerate().filter(|(_, name)| *name == "approval.timed-out");
    assert!(timed_out.clone().count() == 2 && timed_out.next_back().map(|(place, _)| place) < first_claim);
    let commits = block_on(store::EventStore::read_all(&*bench.store, store::Position::START, 1_000))?;
    let events = commits.into_iter().flat_map(|commit| commit.events);
    let timed_out = events.filter(|event| event.name == "approval.timed-out");
    let streams: Vec<_> = timed_out.map(|event| event.stream.to_string()).collect();
    assert_eq!(streams, ["release/1", "release/2"]);
    Ok(driven.stop()?)
}

/// Story: an engine was down while approvals of two releases timed out in turns. Once it was back it decided all of the first release
/// and then all of the second, so that the log told another order than if it had been there.
#[test]
fn deadlines_that_passed_are_decided_in_the_order_of_all_releases() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let mut definition = with_approval(&["ok"]).with_stage(stage(PROD, "Prod", &["ok"]));
    let ann_before = definition.stages[0].before.clone();
    definition.stages[1].before = ann_before;
    definition.stages[0].before.approvals.timeout_minutes = 10;
    definition.stages[1].before.approvals.timeout_minutes = 30;
    let (pipeline, _) = release_of(&engine, definition);
    bench.clock.advance(TimeDelta::minutes(1));
    block_on(engine.create_release(&ann(), pipeline, NewRelease::default()))?;
    bench.clock.advance(TimeDelta::hours(2));

    let driven = drive(&engine);
    until(&engine, "nothing is pending", |views| views.all_pending_approvals().is_empty());
    let commits = block_on(store::EventStore::read_all(&*bench.store, store::Position::START, 1_000))?;
    let mut timed_out = Vec::new();
    for event in commits.into_iter().flat_map(|commit| commit.events) {
        if event.name == "approval.timed-out" {
            assert_eq!(event.cause, store::Cause::Deadline);
            timed_out.push(format!("{} {}", event.stream, event.payload));
        }
    }
    let order: Vec<_> = timed_out.iter().map(|text| text.split(['"', '#']).nth(3).unwrap_or(text)).collect();
    assert_eq!(order, ["1/1", "2/1", "1/2", "2/2"], "{timed_out:?}");
    Ok(driven.stop()?)
}

#[test]
fn an_approval_that_is_given_lets_the_jobs_begin() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, with_approval(&["ok"]));
    until(&engine, "an approval is pending", |views| views.all_pending_approvals().len() == 1);
    let asked = engine.views().pending_approvals(&UserId::new("ann")?, &std::collections::BTreeSet::new());
    assert!(bench.runner.ran().is_empty());
    let bob = Actor::user("bob")?;
    assert!(matches!(block_on(engine.approve(&bob, asked[0].id, "")), Err(EngineError::Refused(_))));
    let outcome = block_on(engine.approve(&ann(), asked[0].id, "fine"))?;
    assert!(!outcome.repeated);
    until_status(&engine, release, DEV, StageStatus::Succeeded);
    Ok(driven.stop()?)
}

#[test]
fn a_member_of_the_group_that_is_asked_may_approve() -> Fallible {
    let bench = Bench::new();
    let managers = GroupId::new("managers")?;
    let groups = FixedGroups::new().with_member(managers.clone(), UserId::new("ann")?);
    let engine = block_on(bench.builder().identities(groups).build())?;
    let driven = drive(&engine);
    let asking =
        stage(DEV, "Dev", &["ok"]).with_approval(Moment::Before, ApprovalStep::group(managers.clone()));
    let (_, release) = release_of(&engine, PipelineDefinition::new("Shop").with_stage(asking));
    until(&engine, "an approval is pending", |views| {
        views.pending_approvals(&UserId::new("ann").expect("an id"), &[managers.clone()].into()).len() == 1
    });
    let approval = engine.views().all_pending_approvals()[0].id;
    assert!(block_on(engine.approve(&Actor::user("bob")?, approval, "")).is_err());
    block_on(engine.approve(&ann(), approval, ""))?;
    until_status(&engine, release, DEV, StageStatus::Succeeded);
    Ok(driven.stop()?)
}

/// Story: R1 and R2 waited for one occurrence of a stage where one deploys at a time. At that moment somebody edited R2, before a timer
/// rang: R2's moment was decided with that command, and R2 overtook R1 (Q11).
#[test]
fn a_command_at_a_moment_lets_no_release_overtake_an_older_one_that_waited_for_it_too() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let mut stage = stage(DEV, "Dev", &["ok"]);
    stage.queuing = QueuingPolicy::in_order(std::num::NonZeroU32::MIN);
    let at = bench.clock.now() + TimeDelta::hours(2);
    stage.schedules = vec![Schedule::daily(ScheduleId(1), at.hour(), at.minute())];
    let (pipeline, older) = release_of(&engine, PipelineDefinition::new("Shop").with_stage(stage));
    let newer = block_on(engine.create_release(&ann(), pipeline, NewRelease::default()))?;
    bench.clock.advance(TimeDelta::days(1));
    let edit = ReleaseEdit { description: Some("the fix".to_owned()), ..ReleaseEdit::default() };
    block_on(engine.edit(&ann(), newer, edit))?;
    let queue = block_on(engine.queue(QueueId { pipeline, stage: DEV }))?;
    assert_eq!(queue.holders().map(|(id, _)| id.release).collect::<Vec<_>>(), [older]);
    assert_eq!(queue.waiting().map(|(id, _)| id.release).collect::<Vec<_>>(), [newer]);
    Ok(())
}
