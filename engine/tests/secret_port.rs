//! V4: what an engine makes of whoever keeps secrets: that they are slow, away, or panic.

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::TimeDelta;
use common::*;
use cutover::deployment::{Report, SetVariable, TaskResult};
use cutover::status::StageStatus;
use cutover::*;
use cutover_engine::*;
use futures::executor::block_on;
use futures::future::pending;

/// How somebody keeps secrets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    Well,
    Away,
    Hang,
    Panic,
}

/// Keeps secrets in its own manner, but for the password, of which it always knows; and counts what it is asked.
#[derive(Clone)]
struct Keeps {
    resolving: Manner,
    putting: Manner,
    resolved: Arc<AtomicUsize>,
    put: Arc<AtomicUsize>,
    at_once: Arc<Mutex<(usize, usize)>>,
}

impl Keeps {
    fn new(resolving: Manner, putting: Manner) -> Self {
        let (resolved, put, at_once) = (Arc::default(), Arc::default(), Arc::default());
        Self { resolving, putting, resolved, put, at_once }
    }

    fn puts(&self) -> usize {
        self.put.load(Ordering::SeqCst)
    }

    /// The answer in this manner.
    async fn answer(manner: Manner, reference: SecretRef) -> Result<SecretRef, SecretError> {
        match manner {
            Manner::Well => Ok(reference),
            Manner::Away => {
                let reference = SecretRef::newest(reference.name);
                Err(SecretError::Unavailable { reference, why: "sealed".to_owned() })
            }
            Manner::Hang => pending().await,
            Manner::Panic => panic!("{reference} is {VALUE}"),
        }
    }
}

#[async_trait]
impl Secrets for Keeps {
    async fn put(&self, name: &str, _: Secret) -> Result<SecretRef, SecretError> {
        self.put.fetch_add(1, Ordering::SeqCst);
        Self::answer(self.putting, SecretRef::versioned(name, "1")).await
    }

    async fn resolve(&self, reference: &SecretRef) -> Result<Secret, SecretError> {
        self.resolved.fetch_add(1, Ordering::SeqCst);
        if reference.name == "shop/password" {
            return Ok(Secret::new(VALUE));
        }
        let answer = |at_once: &mut (usize, usize)| {
            at_once.0 += 1;
            at_once.1 = at_once.1.max(at_once.0);
        };
        answer(&mut self.at_once.lock().expect("nobody panics"));
        Self::answer(self.resolving, reference.clone()).await.map(|_| Secret::new("other"))
    }
}

/// Sees so many secrets beside the one that it speaks of.
fn seeing(others: usize) -> PipelineDefinition {
    (0..others).fold(shop(&["login $(password)"]), |definition, number| {
        let name = format!("other{number}");
        let secret = Variable::secret(format!("shop/{name}").as_str());
        definition.with_variable(name, secret)
    })
}

/// Story: a task waited for each secret that it could see and did not need, one after the other, as long as a vault that was away took.
#[test]
fn a_task_does_not_wait_for_secrets_that_it_does_not_need() -> Fallible {
    let (bench, keeps) = (Bench::new(), Keeps::new(Manner::Hang, Manner::Well));
    let engine = block_on(bench.builder().secrets(keeps.clone()).build())?;
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, seeing(20));
    spin("several are asked for at once", || keeps.at_once.lock().expect("nobody panics").1 == 16);
    assert_eq!(bench.runner.ran(), []);
    bench.clock.advance(TimeDelta::seconds(5));
    until_status(&engine, release, DEV, StageStatus::Succeeded);
    driven.stop()?;
    assert_eq!(keeps.resolved.load(Ordering::SeqCst), 17);
    Ok(())
}

#[test]
fn a_task_that_waits_for_secrets_that_it_does_not_need_can_be_cancelled() -> Fallible {
    let (bench, keeps) = (Bench::new(), Keeps::new(Manner::Hang, Manner::Well));
    let engine = block_on(bench.builder().secrets(keeps.clone()).build())?;
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, seeing(1));
    spin("it is asked for", || keeps.resolved.load(Ordering::SeqCst) == 2);
    block_on(engine.cancel(&ann(), release, DEV, ""))?;
    until_status(&engine, release, DEV, StageStatus::Canceled);
    driven.stop()?;
    assert_eq!(bench.runner.ran(), []);
    Ok(())
}

/// A runner whose task sets so many variables that hold its secret, once it is let go.
fn setting(variables: usize, may_end: &Arc<AtomicBool>) -> impl TaskRunner + use<> {
    let may_end = Arc::clone(may_end);
    doing(move |_, _| {
        spin("it may end", || may_end.load(Ordering::SeqCst));
        let set = (0..variables).map(|number| SetVariable::new(format!("v{number}"), VALUE));
        Report::Succeeded.setting(set.collect())
    })
}

/// Story: each of the secrets that a task had set was put by itself, for two minutes each while that could not be reached.
#[test]
fn what_a_task_sets_is_put_at_once_and_for_two_minutes_together() -> Fallible {
    let (bench, keeps) = (Bench::new(), Keeps::new(Manner::Well, Manner::Away));
    let runner = setting(50, &Arc::new(AtomicBool::new(true)));
    let engine = block_on(bench.builder().runner(runner).secrets(keeps.clone()).build())?;
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, shop(&["set"]));
    spin("several are put at once", || keeps.puts() == 16);
    let is_over =
        || engine.views().release(release).is_some_and(|it| it.status(DEV) != StageStatus::InProgress);
    spin("it ends", || {
        bench.clock.advance(TimeDelta::milliseconds(100));
        block_on(engine.views().latest()).expect("a memory");
        is_over()
    });
    driven.stop()?;
    let (result, message, set) = endings(&bench).remove(0);
    assert_eq!((result, set), (TaskResult::SucceededWithIssues, vec![]));
    let first = "variables that hold secrets and are not kept: \"v0\" (it holds a secret; the secret outputs/1/1#1.0.0/v0 can't be reached \
                 now: sealed), ";
    assert!(message.starts_with(first) && message.ends_with(" and 45 more"), "{message}");
    assert!(
        keeps.puts() <= 16 * 8 + 34,
        "{}: those that come after two minutes are tried once each",
        keeps.puts()
    );
    Ok(())
}

#[test]
fn whoever_is_asked_to_stop_waits_for_nobody_who_keeps_secrets() -> Fallible {
    for putting in [Manner::Away, Manner::Hang] {
        let (bench, keeps) = (Bench::new(), Keeps::new(Manner::Well, putting));
        let runner = setting(1, &Arc::new(AtomicBool::new(true)));
        let engine = block_on(bench.builder().runner(runner).secrets(keeps.clone()).build())?;
        let driven = drive(&engine);
        let (_, release) = release_of(&engine, shop(&["set"]));
        spin("it is put", || keeps.puts() == 1);
        block_on(engine.cancel(&ann(), release, DEV, ""))?;
        let is_told = || engine.health().running.iter().all(|task| task.stop.is_some());
        spin("it is told to stop", is_told);
        // Whoever is away is not asked again, whatever the time is. Whoever hangs is left before the task is given up, after a minute.
        let mut left = if putting == Manner::Hang { 500 } else { 0 };
        spin("it ends", || {
            if left > 0 {
                bench.clock.advance(TimeDelta::milliseconds(100));
                std::thread::sleep(std::time::Duration::from_millis(5));
                left -= 1;
            }
            !endings(&bench).is_empty()
        });
        until_status(&engine, release, DEV, StageStatus::Canceled);
        driven.stop()?;
        assert_eq!((keeps.puts(), endings(&bench)[0].0), (1, TaskResult::Canceled));
        assert_eq!(endings(&bench)[0].2, []);
    }
    Ok(())
}

/// Story: a panic of whoever keeps secrets counted as one of the task's runner, and the task as lost, with words that nothing had masked.
#[test]
fn whoever_panics_where_secrets_are_kept_is_not_the_runner() -> Fallible {
    let (bench, keeps) = (Bench::new(), Keeps::new(Manner::Panic, Manner::Panic));
    let runner = setting(1, &Arc::new(AtomicBool::new(true)));
    let engine = block_on(bench.builder().runner(runner).secrets(keeps).build())?;
    let driven = drive(&engine);
    let definition = shop(&["set", "$(other)"]).with_variable("other", Variable::secret("shop/other"));
    let (_, release) = release_of(&engine, definition);
    until_status(&engine, release, DEV, StageStatus::Rejected);
    driven.stop()?;
    let [put, resolved] = &*endings(&bench) else { panic!("two tasks ended") };
    let why = "variables that hold secrets and are not kept: \"v0\" (it holds a secret; the secret outputs/1/1#1.0.0/v0 is refused: \
               whoever keeps it panicked)";
    assert_eq!((put.0, &*put.1), (TaskResult::SucceededWithIssues, why));
    let why = "the secret shop/other is refused: whoever keeps it panicked";
    assert_eq!((resolved.0, &*resolved.1), (TaskResult::Failed, why));
    assert!(!recorded(&bench).contains(VALUE));
    Ok(())
}
