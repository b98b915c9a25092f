//! Tasks that run on other machines, by leases.

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use common::*;
use cutover::deployment::{Report, SetVariable, TaskResult};
use cutover::status::StageStatus;
use cutover::*;
use cutover_engine::remote::{Lease, LeaseEnd, LeaseError, LeaseToken, RemoteRunner};
use cutover_engine::*;
use futures::FutureExt;
use futures::executor::block_on;
use futures::future::BoxFuture;

const LEASE: Duration = Duration::from_mins(1);
/// The tasks that are over and are known yet where leases are in memory.
const REMEMBERED: u32 = 10_000;
const MILLISECOND: TimeDelta = TimeDelta::milliseconds(1);

fn agent(name: &str) -> AgentId {
    AgentId::new(name).expect("a valid id")
}

fn in_memory(bench: &Bench) -> RemoteRunner {
    RemoteRunner::in_memory(LEASE, bench.clock.clone())
}

fn kept_in(folder: &Path, bench: &Bench) -> RemoteRunner {
    RemoteRunner::kept_in(folder, LEASE, bench.clock.clone()).expect("a folder")
}

/// Of a life that ends before the test's does: nothing comes to its time there any more.
fn earlier_life(folder: &Path, bench: &Bench) -> RemoteRunner {
    let stands_still = ManualClock::at(bench.clock.now());
    RemoteRunner::kept_in(folder, LEASE, stands_still).expect("a folder")
}

fn engine_with(bench: &Bench, runner: &RemoteRunner) -> Engine {
    block_on(bench.builder().runner(runner.clone()).build()).expect("the store can be read")
}

fn taken(runner: &RemoteRunner) -> Lease {
    let linux = agent("linux");
    patiently("there is a task", runner.next(&linux, |_| true)).expect("it can be taken")
}

fn report(runner: &RemoteRunner, token: &LeaseToken, report: Report) -> Result<(), LeaseError> {
    block_on(runner.report(token, report))
}

/// A release of one task that an agent has taken.
fn going_on(bench: &Bench, runner: &RemoteRunner) -> (Driven, ReleaseId, Lease) {
    let driven = drive(&engine_with(bench, runner));
    let (_, release) = release_of(&driven.engine, one_stage(&["deploy"]));
    let lease = taken(runner);
    (driven, release, lease)
}

fn ending(bench: &Bench) -> (TaskResult, String) {
    let (result, message, _) = endings(bench).pop().expect("a task has ended");
    (result, message)
}

#[test]
fn an_agent_takes_a_task_and_reports_it_once() -> Fallible {
    let bench = Bench::new();
    let runner = in_memory(&bench);
    let (driven, release, lease) = going_on(&bench, &runner);
    assert_eq!(lease.order.inputs["script"], "deploy");
    assert_eq!(lease.ends_at, bench.clock.now() + LEASE);
    assert!(runner.take(&agent("other"), |_| true)?.is_none(), "it is taken");
    let issues = Report::SucceededWithIssues { message: "slow".to_owned() };
    report(&runner, &lease.token, issues)?;
    let again = report(&runner, &lease.token, Report::Failed { message: "twice".to_owned() });
    assert!(matches!(again, Err(LeaseError::AlreadyReported { task }) if task == lease.order.id));
    until_status(&driven.engine, release, DEV, StageStatus::PartiallySucceeded);
    assert_eq!(ending(&bench), (TaskResult::SucceededWithIssues, "slow".to_owned()));
    assert!(matches!(runner.heartbeat(&lease.token), Err(LeaseError::AlreadyReported { .. })));
    assert!(matches!(runner.heartbeat(&LeaseToken::new("made up")), Err(LeaseError::Unknown)));
    assert!(!format!("{lease:?} {:?} {runner:?}", lease.token).contains(lease.token.reveal()));
    Ok(driven.stop()?)
}

#[test]
fn a_lease_that_ends_without_a_heartbeat_is_a_lost_task() -> Fallible {
    let bench = Bench::new();
    let runner = in_memory(&bench);
    let (driven, release, lease) = going_on(&bench, &runner);
    let begun = bench.clock.now();
    bench.clock.set(begun + LEASE - MILLISECOND);
    let beat = runner.heartbeat(&lease.token)?;
    assert_eq!((beat.ends_at, beat.stop), (bench.clock.now() + LEASE, None));
    bench.clock.set(beat.ends_at - MILLISECOND);
    runner.log(&lease.token, begun, "a line is no heartbeat")?;
    bench.clock.set(beat.ends_at);
    let late = report(&runner, &lease.token, Report::Succeeded);
    let expired = LeaseEnd::Expired { at: beat.ends_at };
    let error = late.expect_err("the lease has ended");
    assert!(error.to_string().contains("has ended: stop it"), "{error}");
    assert!(
        matches!(&error, LeaseError::Ended { task, agent: who, end } if (*task, who, *end) == (lease.order.id, &agent("linux"), expired)),
        "{error:?}"
    );
    until_status(&driven.engine, release, DEV, StageStatus::Rejected);
    let (result, message) = ending(&bench);
    assert_eq!(result, TaskResult::Lost);
    assert!(message.starts_with("agent linux was not heard of before its lease ended, at "), "{message}");
    assert!(matches!(runner.heartbeat(&lease.token), Err(LeaseError::Ended { .. })));
    Ok(driven.stop()?)
}

#[test]
fn an_agent_hears_that_the_task_should_stop() -> Fallible {
    let bench = Bench::new();
    let runner = in_memory(&bench);
    let (driven, release, lease) = going_on(&bench, &runner);
    block_on(driven.engine.cancel(&ann(), release, DEV, "no"))?;
    soon("it is to stop", || {
        runner.heartbeat(&lease.token).is_ok_and(|beat| beat.stop == Some(Urgency::Gently))
    });
    report(&runner, &lease.token, Report::Failed { message: "stopped".to_owned() })?;
    until_status(&driven.engine, release, DEV, StageStatus::Canceled);
    Ok(driven.stop()?)
}

#[test]
fn an_agent_that_does_not_stop_is_given_up_and_hears_it() -> Fallible {
    let bench = Bench::new();
    // Longer than the clock may get while somebody is looked at slowly.
    let runner = RemoteRunner::in_memory(Duration::from_hours(24 * 365), bench.clock.clone());
    let (driven, release, lease) = going_on(&bench, &runner);
    block_on(driven.engine.cancel(&ann(), release, DEV, "no"))?;
    soon("it is to stop", || runner.heartbeat(&lease.token).is_ok_and(|beat| beat.stop.is_some()));
    soon("it is given up", || {
        bench.clock.advance(TimeDelta::minutes(1));
        let views = driven.engine.views();
        views.release(release).is_some_and(|release| release.status(DEV) == StageStatus::Canceled)
    });
    soon("the lease ends", || {
        bench.clock.advance(TimeDelta::seconds(1));
        let end = runner.heartbeat(&lease.token);
        matches!(end, Err(LeaseError::Ended { end: LeaseEnd::GivenUp, .. }))
    });
    Ok(driven.stop()?)
}

#[test]
fn a_task_that_nobody_took_is_withdrawn_when_it_should_stop() -> Fallible {
    let bench = Bench::new();
    let runner = in_memory(&bench);
    let driven = drive(&engine_with(&bench, &runner));
    let (_, release) = release_of(&driven.engine, one_stage(&["deploy"]));
    soon("it is on offer", || runner.offers().len() == 1);
    assert!(runner.take(&agent("linux"), |order| order.name == "another")?.is_none(), "it does not suit");
    // Much longer than a lease, and less than its job's time-out.
    bench.clock.advance(TimeDelta::minutes(30));
    assert_eq!(runner.offers().len(), 1, "an offer has no end");
    block_on(driven.engine.cancel(&ann(), release, DEV, "no"))?;
    until_status(&driven.engine, release, DEV, StageStatus::Canceled);
    assert!(runner.offers().is_empty() && runner.take(&agent("linux"), |_| true)?.is_none());
    Ok(driven.stop()?)
}

#[test]
fn the_oldest_offer_goes_first() -> Fallible {
    let bench = Bench::new();
    let runner = in_memory(&bench);
    let driven = drive(&engine_with(&bench, &runner));
    let (pipeline, first) = release_of(&driven.engine, one_stage(&["deploy"]));
    soon("the first is on offer", || runner.offers().len() == 1);
    let second = block_on(driven.engine.create_release(&ann(), pipeline, NewRelease::default()))?;
    soon("both are on offer", || runner.offers().len() == 2);
    let order = [taken(&runner), taken(&runner)].map(|lease| lease.order.id.deployment().release);
    assert_eq!(order, [first, second]);
    Ok(driven.stop()?)
}

#[test]
fn a_task_is_for_the_agent_that_the_core_chose() -> Fallible {
    let bench = Bench::new();
    let runner = in_memory(&bench);
    let mut order = order("17/2#1.0.3");
    let pool = PoolId::new("linux")?;
    order.agent = Some(deployment::SliceAgent { pool, agent: agent("chosen") });
    let _running = offered(&runner, order);
    assert!(runner.take(&agent("other"), |_| true)?.is_none());
    assert!(runner.take(&agent("chosen"), |_| true)?.is_some());
    Ok(())
}

fn order(id: &str) -> TaskOrder {
    TaskOrder {
        id: id.parse().expect("an id"),
        name: "a task".to_owned(),
        stage: "prod".to_owned(),
        release: "Release-17".to_owned(),
        task: TaskRef::new("command"),
        inputs: [("script".to_owned(), "deploy".to_owned())].into(),
        environment: [].into(),
        variables: variable::Resolved::default(),
        secrets: [].into(),
        target: None,
        cancel_timeout_minutes: 1,
        agent: None,
    }
}

/// A task that is on offer as long as what is returned here lives.
fn offered(runner: &RemoteRunner, order: TaskOrder) -> BoxFuture<'_, Report> {
    let control = TaskControl::new(StopHandle::new().signal(), Arc::new(NoLog));
    let mut running = runner.run(order, control).boxed();
    assert!((&mut running).now_or_never().is_none());
    running
}

#[test]
fn a_lease_outlives_the_host() -> Fallible {
    let folder = tempfile::tempdir()?;
    let bench = Bench::new();
    let first = earlier_life(folder.path(), &bench);
    let (driven, release, lease) = going_on(&bench, &first);
    driven.stop()?;
    drop(first);
    bench.clock.advance(TimeDelta::minutes(10));

    let runner = kept_in(folder.path(), &bench);
    assert_eq!(runner.heartbeat(&lease.token)?.ends_at, bench.clock.now() + LEASE);
    let early = report(&runner, &lease.token, Report::Succeeded);
    assert!(matches!(early, Err(LeaseError::NotNow { .. })), "nobody could mask what it says");
    let driven = drive(&engine_with(&bench, &runner));
    soon("it is watched again", || runner.log(&lease.token, bench.clock.now(), "on").is_ok());
    report(&runner, &lease.token, Report::Succeeded)?;
    until_status(&driven.engine, release, DEV, StageStatus::Succeeded);
    Ok(driven.stop()?)
}

#[test]
fn an_agent_that_went_away_with_the_host_is_lost_after_a_lease() -> Fallible {
    let folder = tempfile::tempdir()?;
    let bench = Bench::new();
    let first = earlier_life(folder.path(), &bench);
    let (driven, release, lease) = going_on(&bench, &first);
    driven.stop()?;
    bench.clock.advance(TimeDelta::minutes(10));

    let runner = kept_in(folder.path(), &bench);
    let driven = drive(&engine_with(&bench, &runner));
    soon("it is watched again", || runner.log(&lease.token, bench.clock.now(), "on").is_ok());
    bench.clock.advance(TimeDelta::from_std(LEASE)?);
    until_status(&driven.engine, release, DEV, StageStatus::Rejected);
    assert_eq!(ending(&bench).0, TaskResult::Lost);
    drop(runner);
    let later = kept_in(folder.path(), &bench);
    assert!(matches!(later.heartbeat(&lease.token), Err(LeaseError::Ended { .. })), "that is kept, too");
    Ok(driven.stop()?)
}

#[test]
fn a_report_that_no_engine_recorded_is_found_with_its_time() -> Fallible {
    let folder = tempfile::tempdir()?;
    let bench = Bench::new();
    let runner = kept_in(folder.path(), &bench);
    let order = order("17/2#1.0.3");
    let control = || TaskControl::new(StopHandle::new().signal(), Arc::new(NoLog));
    let running = offered(&runner, order.clone());
    let lease = taken(&runner);
    let said_at = bench.clock.now();
    let variables = vec![SetVariable::output("version", "1.2")];
    report(&runner, &lease.token, Report::Succeeded.setting(variables.clone()))?;
    // It dies before it hears of it.
    drop(running);
    drop(runner);
    bench.clock.advance(TimeDelta::hours(1));

    let later = kept_in(folder.path(), &bench);
    assert_eq!(block_on(later.find(&order)), Found::Ended);
    let expected = Report::Succeeded.setting(variables).ended_at(said_at);
    assert_eq!(block_on(later.resume(order.clone(), control())), expected);
    let again = block_on(later.run(order.clone(), control()));
    assert!(matches!(again, Report::Failed { message } if message.contains("was offered before")));
    later.forget(order.id.deployment())?;
    assert_eq!(block_on(later.find(&order)), Found::NeverBegan);
    assert_eq!(fs::read_dir(folder.path())?.count(), 0);
    Ok(())
}

/// Story: what was kept in files was forgotten after ten thousand others, and its task could have been run again.
#[test]
fn what_is_kept_in_files_is_not_forgotten_by_itself() -> Fallible {
    let folder = tempfile::tempdir()?;
    let bench = Bench::new();
    let (order, agent_is_done) =
        (order("17/2#1.0.3"), |error| matches!(error, LeaseError::AlreadyReported { .. }));
    for (runner, is_kept) in [(kept_in(folder.path(), &bench), true), (in_memory(&bench), false)] {
        let mut running = offered(&runner, order.clone());
        let lease = taken(&runner);
        report(&runner, &lease.token, Report::Succeeded)?;
        assert_eq!(
            running.as_mut().now_or_never().map(|report| report.outcome().clone()),
            Some(Report::Succeeded)
        );
        drop(running);
        for number in 0..REMEMBERED {
            assert!(runner.heartbeat(&lease.token).is_err_and(agent_is_done), "after {number}");
            // Others are over, too: nobody took them.
            drop(offered(&runner, self::order(&format!("18/2#1.0.{number}"))));
        }
        assert_eq!(block_on(runner.find(&order)) == Found::Ended, is_kept);
        assert_eq!(runner.heartbeat(&lease.token).is_err_and(agent_is_done), is_kept);
        runner.forget(order.id.deployment())?;
        assert!(matches!(runner.heartbeat(&lease.token), Err(LeaseError::Unknown)));
    }
    Ok(())
}

#[test]
fn what_is_found_again_is_the_truth() -> Fallible {
    let folder = tempfile::tempdir()?;
    let bench = Bench::new();
    let order = order("17/2#1.0.3");
    let is_lost = |runner: &RemoteRunner| matches!(block_on(runner.find(&order)), Found::Lost { .. });
    for runner in [in_memory(&bench), kept_in(folder.path(), &bench)] {
        // It was offered, and its future dropped.
        let running = offered(&runner, order.clone());
        assert!(matches!(block_on(runner.find(&order)), Found::NotNow { .. }));
        drop(running);
        assert_eq!(block_on(runner.find(&order)), Found::NeverBegan);
        // It is offered again, and taken.
        let running = offered(&runner, order.clone());
        let lease = taken(&runner);
        drop(running);
        assert_eq!(block_on(runner.find(&order)), Found::Begun);
        assert_eq!(block_on(runner.running()).tasks, [order.id]);
        assert!(runner.forget(order.id.deployment()).is_err(), "an agent has it");
        block_on(runner.kill(order.id));
        assert!(is_lost(&runner) && block_on(runner.running()).tasks.is_empty());
        assert!(matches!(
            runner.heartbeat(&lease.token),
            Err(LeaseError::Ended { end: LeaseEnd::GivenUp, .. })
        ));
    }
    assert!(is_lost(&kept_in(folder.path(), &bench)));
    assert!(is_lost(&in_memory(&bench)), "in memory nothing is known of an earlier life");
    let empty = tempfile::tempdir()?;
    assert_eq!(block_on(kept_in(empty.path(), &bench).find(&order)), Found::NeverBegan);
    Ok(())
}

#[test]
fn what_an_agent_says_shows_no_secret_in_the_log_in_the_record_or_on_disk() -> Fallible {
    let folder = tempfile::tempdir()?;
    let bench = Bench::new();
    let runner = kept_in(folder.path(), &bench);
    let lines = Arc::new(Lines::default());
    let builder = bench.builder().runner(runner.clone()).secrets(kept()).log(Arc::clone(&lines));
    let driven = drive(&block_on(builder.build())?);
    let (_, release) = release_of(&driven.engine, shop(&["login $(Password)"]));
    let lease = taken(&runner);
    assert_eq!(lease.secrets.expand(&lease.order.inputs["script"]).reveal(), format!("login {VALUE}"));
    runner.secrets(&lease.token)?.hide(&Secret::new("declared"));
    runner.log(&lease.token, bench.clock.now(), &format!("{VALUE} and declared"))?;
    let variables = vec![SetVariable::output("url", format!("http://{VALUE}@shop"))];
    let said = Report::Failed { message: format!("{VALUE} was refused") };
    report(&runner, &lease.token, said.setting(variables))?;
    until_status(&driven.engine, release, DEV, StageStatus::Rejected);
    assert_eq!(lines.all(), ["*** and ***"]);
    assert_eq!(ending(&bench).1, "*** was refused");
    assert!(!recorded(&bench).contains(VALUE));
    let record = folder.path().join(format!("{release}-1-1/0.0.0~0"));
    let kept = fs::read_to_string(record.join("report"))?;
    assert!(kept.contains("*** was refused") && !kept.contains(VALUE), "{kept}");
    assert!(!fs::read_to_string(record.join("taken"))?.contains(lease.token.reveal()));
    Ok(driven.stop()?)
}
