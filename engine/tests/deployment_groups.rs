//! J3, D6: jobs run on the targets of a deployment group, and what is current is deployed to whoever joins.

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use common::*;
use cutover::deployment::{DeploymentReason, Report};
use cutover::status::StageStatus;
use cutover::transaction::Refusal;
use cutover::*;
use cutover_engine::*;
use futures::executor::block_on;

fn web() -> TargetGroupId {
    TargetGroupId::new("web").expect("a short text")
}

fn target(name: &str) -> TargetId {
    TargetId::new(name).expect("a short text")
}

fn register(engine: &Engine, name: &str) -> Outcome {
    let (none, online) = (BTreeSet::new(), Presence::Online);
    block_on(engine.register_target(&ann(), &web(), target(name), name, none, online))
        .expect("it is registered")
}

/// A stage that installs on all targets at once, and on whoever joins.
fn definition() -> PipelineDefinition {
    let at_once = TargetLimit::Percent(NonZeroU32::new(100).expect("not zero"));
    let mut stage = stage(DEV, "Dev", &[Script::OK]);
    stage.jobs[0].kind = JobKind::DeploymentGroup { group: "web".to_owned(), tags: BTreeSet::new(), at_once };
    stage.redeploy = Some(Redeploy::NewTargets);
    PipelineDefinition::new("Shop").with_stage(stage)
}

/// Succeeds, and remembers which task was for which target.
#[derive(Clone, Default)]
struct Machines(Arc<Mutex<BTreeMap<TaskId, TargetOrder>>>);

impl Machines {
    fn reached(&self) -> Vec<(String, String)> {
        let reached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        reached.iter().map(|(task, at)| (task.to_string(), at.target.to_string())).collect()
    }
}

#[async_trait]
impl TaskRunner for Machines {
    async fn run(&self, order: TaskOrder, _: TaskControl) -> Report {
        let at = order.target.expect("it is for a target");
        let name = order.variables.plain("Agent.MachineName").map(str::to_owned);
        assert_eq!((at.group.as_str(), name.as_deref()), ("web", Some(&*at.name)));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(order.id, at);
        Report::Succeeded
    }
}

#[test]
fn targets_are_registered_and_asked_for() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    assert!(block_on(engine.targets(&web()))?.is_empty());
    register(&engine, "m1");
    let outcome = register(&engine, "m1");
    assert!(outcome.events.is_empty(), "it is so already");
    block_on(engine.set_target_presence(&ann(), &web(), target("m1"), Presence::Offline))?;
    let position =
        block_on(engine.retag_target(&ann(), &web(), target("m1"), BTreeSet::from(["eu".to_owned()])))?
            .position;
    let groups = block_on(engine.views().at_least(position))?.deployment_groups();
    let known = groups.get(&web()).and_then(|targets| targets.get(&target("m1"))).expect("it is registered");
    assert_eq!((known.presence, known.joined), (Presence::Offline, Some(Join(1))));
    assert_eq!(block_on(engine.targets(&web()))?, groups[&web()]);
    let unknown = block_on(engine.set_target_presence(&ann(), &web(), target("m2"), Presence::Online));
    let refused = TargetsRefusal::NotFound { target: target("m2") };
    assert!(matches!(unknown, Err(EngineError::Refused(Refusal::Targets(it))) if it == refused));
    block_on(engine.remove_target(&ann(), &web(), target("m1")))?;
    assert!(block_on(engine.targets(&web()))?.is_empty());
    Ok(())
}

#[test]
fn each_task_reaches_its_target_and_whoever_joins_has_what_is_current() -> Fallible {
    let bench = Bench::new();
    let machines = Machines::default();
    let engine = block_on(bench.builder().runner(machines.clone()).spawn(at_once).build())?;
    let mut driving = ByHand::of(&engine);
    register(&engine, "m1");
    register(&engine, "m2");
    let (_, release) = release_of(&engine, definition());
    driving.until_idle();
    let latest = || {
        let views = block_on(engine.views().latest()).expect("the log can be read");
        views.release(release).and_then(|it| it.stages.into_iter().next()).expect("it is deployed")
    };
    assert_eq!((latest().id.attempt.get(), latest().status), (1, StageStatus::Succeeded));
    // Nothing else is left to be looked at: it is the joining alone that wakes the driver.
    register(&engine, "m3");
    driving.until_idle();
    assert_eq!(
        (latest().reason, latest().status),
        (DeploymentReason::RedeployTrigger, StageStatus::Succeeded)
    );
    let reached = machines.reached();
    let reached: Vec<_> = reached.iter().map(|(task, at)| (task.as_str(), at.as_str())).collect();
    assert_eq!(reached, [("1/1#1.0.0", "m1"), ("1/1#1.0:1.0", "m2"), ("1/1#2.0.0", "m3")]);
    Ok(())
}

/// While no engine drove, two joined, and one of them is gone again.
#[test]
fn whoever_joined_while_nobody_drove_is_deployed_to_once() -> Fallible {
    let bench = Bench::new();
    let machines = Machines::default();
    let first = block_on(bench.builder().runner(machines.clone()).build())?;
    let driven = drive(&first);
    register(&first, "m1");
    let (_, release) = release_of(&first, definition());
    until_status(&first, release, DEV, StageStatus::Succeeded);
    driven.stop()?;
    for name in ["m2", "m3", "m4"] {
        register(&first, name);
    }
    block_on(first.remove_target(&ann(), &web(), target("m3")))?;
    assert_eq!(count(&bench.store, "queue.targets-observed"), 0);

    let second = block_on(bench.builder().runner(machines.clone()).build())?;
    let driven = drive(&second);
    until(&second, "the redeploy is over", |views| {
        let dev = views.release(release).and_then(|it| it.stages.into_iter().next());
        dev.is_some_and(|dev| dev.id.attempt.get() == 2 && dev.status == StageStatus::Succeeded)
    });
    driven.stop()?;
    let third = block_on(bench.builder().runner(machines.clone()).build())?;
    let driven = drive(&third);
    register(&third, "m5");
    until(&third, "the next redeploy is over", |views| {
        let dev = views.release(release).and_then(|it| it.stages.into_iter().next());
        dev.is_some_and(|dev| dev.id.attempt.get() == 3 && dev.status == StageStatus::Succeeded)
    });
    driven.stop()?;
    assert_eq!(count(&bench.store, "queue.targets-observed"), 2);
    let at: Vec<_> = machines.reached().into_iter().map(|(_, at)| at).collect();
    assert_eq!(at, ["m1", "m2", "m4", "m5"]);
    Ok(())
}
