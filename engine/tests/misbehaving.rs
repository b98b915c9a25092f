//! Runners that misbehave: their deployments end as the rules say, and the engine goes on.

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use common::*;
use cutover::deployment::{Report, TaskResult};
use cutover::status::StageStatus;
use cutover::*;
use cutover_engine::remote::{LeaseError, RemoteRunner};
use cutover_engine::*;
use futures::executor::block_on;

/// Does what no runner should.
struct Misbehaves;

#[async_trait]
impl TaskRunner for Misbehaves {
    async fn run(&self, order: TaskOrder, control: TaskControl) -> Report {
        match &*order.inputs["script"] {
            "panics" => panic!("a runner that panics"),
            // It hears neither that it should stop nor anything else.
            "hangs" => futures::future::pending().await,
            "panics when it should stop" => {
                control.stop.stopped(Urgency::Gently).await;
                panic!("a runner that panics");
            }
            "says something else when it should stop" => {
                control.stop.stopped(Urgency::Gently).await;
                Report::Succeeded
            }
            "floods" => {
                for _ in 0..20_000 {
                    control.log.line(order.id, Timestamp::UNIX_EPOCH, &"x".repeat(200));
                }
                Report::Failed { message: "x".repeat(1_000_000) }
            }
            "sets far too much" => {
                let variable =
                    |number| deployment::SetVariable::output(format!("v{number}"), "x".repeat(10_000));
                Report::Succeeded.setting((0..5_000).map(variable).collect())
            }
            _ => Report::Succeeded,
        }
    }

    async fn find(&self, _: &TaskOrder) -> Found {
        panic!("a runner that panics")
    }

    async fn running(&self) -> StillRunning {
        panic!("a runner that panics")
    }

    async fn kill(&self, _: TaskId) {
        panic!("a runner that panics")
    }
}

/// A release of a task that does this; one that does not end by itself has a minute.
fn doing_this(engine: &Engine, script: &str) -> ReleaseId {
    let mut definition = one_stage(&[script]);
    definition.name = format!("Shop that {script}");
    let job = &mut definition.stages[0].jobs[0];
    job.timeout_minutes = Some(0);
    job.cancel_timeout_minutes = 1;
    job.tasks[0].timeout_minutes = u32::from(does_not_end(script));
    release_of(engine, definition).1
}

fn does_not_end(script: &str) -> bool {
    script == "hangs" || script.ends_with("when it should stop")
}

#[test]
fn whatever_runners_do_each_deployment_ends_and_the_engine_goes_on() -> Fallible {
    let folder = tempfile::tempdir()?;
    let log = FileLog::new(folder.path()).task_bytes(50_000);
    let bench = Bench::new();
    let engine = block_on(bench.builder().runner(Misbehaves).log(log.clone()).build())?;
    let driven = drive(&engine);
    let expected = [
        ("panics", StageStatus::Rejected),
        ("hangs", StageStatus::Rejected),
        ("panics when it should stop", StageStatus::Rejected),
        ("says something else when it should stop", StageStatus::Rejected),
        ("floods", StageStatus::Rejected),
        ("sets far too much", StageStatus::Succeeded),
        ("does well", StageStatus::Succeeded),
    ];
    let releases: Vec<_> =
        expected.into_iter().map(|(script, status)| (doing_this(&engine, script), script, status)).collect();
    for (release, _, status) in releases.iter().filter(|(_, script, _)| !does_not_end(script)) {
        until_status(&engine, *release, DEV, *status);
    }
    for (release, script, status) in releases.iter().filter(|(_, script, _)| does_not_end(script)) {
        soon(&format!("what {script} is {status}"), || {
            bench.clock.advance(TimeDelta::seconds(1));
            let views = engine.views();
            views.release(*release).is_some_and(|release| release.status(DEV) == *status)
        });
    }
    let [(panics, ..), (hangs, ..), .., (floods, ..), _, _] = &*releases else { panic!("there are seven") };
    let result = |release: &ReleaseId| {
        let mut ends = ends(&bench).into_iter();
        let ended = ends.find(|(id, _, _)| id.deployment().release == *release).expect("it has ended");
        (ended.1, ended.2)
    };
    assert_eq!(result(panics).0, TaskResult::Lost);
    assert_eq!(result(hangs).0, TaskResult::TimedOut);
    let (failed, message) = result(floods);
    assert!(failed == TaskResult::Failed && message.len() < 10_000, "{} bytes", message.len());
    let task = log.tasks(*floods)?[0];
    let entries = log.read(task).more()?;
    assert!(matches!(&*entries, [.., LogEntry::Cut { .. }, LogEntry::Ended { .. }]));
    soon("nothing runs any more", || {
        bench.clock.advance(TimeDelta::seconds(5));
        engine.health().running.is_empty()
    });

    let last = doing_this(&engine, "does well, too");
    until_status(&engine, last, DEV, StageStatus::Succeeded);
    Ok(driven.stop()?)
}

/// How tasks ended, with their ids.
fn ends(bench: &Bench) -> Vec<(TaskId, TaskResult, String)> {
    use cutover::deployment::DeploymentEvent;
    use cutover::store::EventStore;
    let commits = block_on(bench.store.read_all(store::Position::START, usize::MAX)).expect("a memory");
    let mut ends = Vec::new();
    for event in commits.iter().flat_map(|commit| &commit.events) {
        let subject = Subject::try_from(&event.stream).expect("a stream of an aggregate");
        if let Ok(Event::Release(ReleaseEvent::Deployment(DeploymentEvent::TaskEnded {
            task,
            result,
            message,
            ..
        }))) = Event::decode(&subject, event)
        {
            ends.push((task, result, message));
        }
    }
    ends
}

/// Whoever speaks for the same task twice, at the same time and with another word, is heard once.
#[test]
fn of_two_reports_one_counts_and_the_other_hears_that_it_does_not() -> Fallible {
    let bench = Bench::new();
    let agents = RemoteRunner::in_memory(Duration::from_mins(1), bench.clock.clone());
    let driven = drive(&block_on(bench.builder().runner(agents.clone()).build())?);
    let release = doing_this(&driven.engine, "is reported twice");
    let lease = patiently("it is offered", agents.next(&AgentId::new("linux")?, |_| true))?;
    let threads = ["one", "other"].map(|word| {
        let (agents, token) = (agents.clone(), lease.token.clone());
        std::thread::spawn(move || {
            let report = Report::SucceededWithIssues { message: word.to_owned() };
            (word, block_on(agents.report(&token, report)))
        })
    });
    let heard = threads.map(|thread| thread.join().expect("it does not panic"));
    let taken: Vec<_> = heard.iter().filter(|(_, answer)| answer.is_ok()).map(|(word, _)| *word).collect();
    let refused =
        heard.iter().filter(|(_, answer)| matches!(answer, Err(LeaseError::AlreadyReported { .. })));
    assert_eq!((taken.len(), refused.count()), (1, 1));
    until_status(&driven.engine, release, DEV, StageStatus::PartiallySucceeded);
    assert_eq!(endings(&bench).iter().map(|(_, message, _)| message.as_str()).collect::<Vec<_>>(), taken);
    Ok(driven.stop()?)
}
