//! Gates, as an engine has them evaluated: in time, beside everything else, and whatever probes do.

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use common::*;
use cutover::deployment::DeploymentEvent;
use cutover::gate::{GateResult, SampleNumber, Sampled};
use cutover::status::StageStatus;
use cutover::*;
use cutover_engine::*;
use futures::executor::block_on;

/// What a probe does when it is asked.
#[derive(Clone, Copy)]
enum Does {
    Succeed,
    Fail,
    /// It fails once two have asked.
    FailBoth,
    Panic,
    Hang,
}

/// What each gate does, and what was asked.
type Doings = (BTreeMap<String, Does>, Vec<GateOrder>);

/// Does what it is told, gate by gate, and remembers what it was asked.
#[derive(Clone, Default)]
struct ScriptedProbe(Arc<Mutex<Doings>>);

impl ScriptedProbe {
    fn will(&self, gate: &str, does: Does) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.insert(gate.to_owned(), does);
    }

    fn asked(&self) -> Vec<GateOrder> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.clone()
    }
}

#[async_trait]
impl GateProbe for ScriptedProbe {
    async fn evaluate(&self, order: GateOrder) -> Evaluation {
        let does = {
            let mut script = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            script.1.push(order.clone());
            script.0.get(&order.name).copied().unwrap_or(Does::Succeed)
        };
        match does {
            Does::Succeed => Evaluation::Succeeded,
            Does::Fail => Evaluation::Failed { message: "as it was told".to_owned() },
            Does::FailBoth => {
                let both_have_asked = |context: &mut Context<'_>| {
                    if self.asked().len() >= 2 {
                        return Poll::Ready(());
                    }
                    std::thread::sleep(Duration::from_millis(1));
                    context.waker().wake_by_ref();
                    Poll::Pending
                };
                poll_fn(both_have_asked).await;
                Evaluation::Failed { message: "as it was told".to_owned() }
            }
            Does::Panic => panic!("as it was told"),
            Does::Hang => futures::future::pending().await,
        }
    }
}

/// One stage with these gates before its jobs: a sample each minute, the first one at once, for an hour.
fn gated(names: &[&str], minimum_success_minutes: u32) -> PipelineDefinition {
    let gates = names.iter().map(|name| Gate {
        name: (*name).to_owned(),
        task: TaskRef::new("health"),
        inputs: BTreeMap::from([("url".to_owned(), "$(host)/$(Release.EnvironmentName)".to_owned())]),
        enabled: true,
    });
    let gates = Gates {
        enabled: true,
        gates: gates.collect(),
        delay_minutes: 0,
        sampling_interval_seconds: 60,
        minimum_success_minutes,
        timeout_minutes: 60,
    };
    let mut definition = one_stage(&["deploy"]);
    definition.variables.insert("host".to_owned(), Variable::plain("https://shop.example"));
    definition.stages[0].before.gates = Some(gates);
    definition
}

fn sampled(engine: &Engine, what: &str, fits: impl Fn(&Sampled) -> bool) {
    until_event(
        engine,
        what,
        |event| matches!(event, Event::Release(ReleaseEvent::Deployment(DeploymentEvent::GatesSampled { sampled, .. })) if fits(sampled)),
    );
}

fn until(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..2_000 {
        if holds() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("waited in vain: {what}");
}

#[test]
fn gates_are_asked_with_their_variables_replaced_and_pass() -> Fallible {
    let (bench, probe) = (Bench::new(), ScriptedProbe::default());
    let engine = block_on(bench.builder().probe(Probes::new().with("HEALTH", probe.clone())).build())?;
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, gated(&["A"], 0));
    until_status(&engine, release, DEV, StageStatus::Succeeded);
    let asked = probe.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].inputs["url"], "https://shop.example/Dev");
    assert_eq!((count(&bench.store, "gates.sampled"), count(&bench.store, "gates.passed")), (1, 1));
    Ok(driven.stop()?)
}

#[test]
fn samples_go_on_at_their_interval_until_all_succeed() -> Fallible {
    let (bench, probe) = (Bench::new(), ScriptedProbe::default());
    probe.will("B", Does::Fail);
    let engine = block_on(bench.builder().probe(probe.clone()).build())?;
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, gated(&["A", "B"], 0));
    sampled(&engine, "the first sample", |it| it.sample == SampleNumber(0));
    probe.will("B", Does::Succeed);
    bench.clock.advance(TimeDelta::seconds(60));
    until_status(&engine, release, DEV, StageStatus::Succeeded);
    assert_eq!(count(&bench.store, "gates.sampled"), 2);
    Ok(driven.stop()?)
}

#[test]
fn a_probe_that_panics_or_hangs_fails_its_sample_and_nothing_else() -> Fallible {
    let (bench, probe) = (Bench::new(), ScriptedProbe::default());
    probe.will("A", Does::Panic);
    probe.will("B", Does::Hang);
    let engine = block_on(bench.builder().probe(probe.clone()).build())?;
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, gated(&["A", "B"], 0));
    until("A panics and B is asked", || probe.asked().len() == 2 && engine.health().gates.len() == 1);
    probe.will("A", Does::Succeed);
    probe.will("B", Does::Succeed);
    bench.clock.advance(TimeDelta::seconds(60));
    let results = BTreeMap::from([(0, GateResult::Failed), (1, GateResult::NoAnswer)]);
    sampled(&engine, "the sample of both", |it| it.sample == SampleNumber(0) && it.results == results);
    until_status(&engine, release, DEV, StageStatus::Succeeded);
    Ok(driven.stop()?)
}

#[test]
fn a_gate_whose_id_nobody_evaluates_fails_and_says_so() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let driven = drive(&engine);
    let _ = release_of(&engine, gated(&["A"], 0));
    sampled(&engine, "the first sample", |it| it.results == BTreeMap::from([(0, GateResult::Failed)]));
    let answers = engine.health().gates;
    let Evaluation::Failed { message } = &answers[0].evaluation else { panic!("{answers:?}") };
    assert!(message.contains("nobody evaluates gates of id \"health\""), "{message}");
    Ok(driven.stop()?)
}

#[test]
fn a_gate_that_is_ignored_is_not_asked_any_more() -> Fallible {
    let (bench, probe) = (Bench::new(), ScriptedProbe::default());
    probe.will("A", Does::Fail);
    let engine = block_on(bench.builder().probe(probe.clone()).build())?;
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, gated(&["A"], 0));
    sampled(&engine, "the first sample", |it| it.sample == SampleNumber(0));
    block_on(engine.ignore_gate(&ann(), "1/1#1-pre-gate.0".parse()?, "known"))?;
    bench.clock.advance(TimeDelta::seconds(60));
    until_status(&engine, release, DEV, StageStatus::Succeeded);
    assert_eq!(probe.asked().len(), 1);
    Ok(driven.stop()?)
}

#[test]
fn an_engine_that_is_shut_down_records_what_it_counted_and_the_next_goes_on_from_there() -> Fallible {
    let (bench, probe) = (Bench::new(), ScriptedProbe::default());
    let engine = block_on(bench.builder().probe(probe.clone()).build())?;
    let mut driven = drive(&engine);
    let (_, release) = release_of(&engine, gated(&["A"], 4));
    sampled(&engine, "the first sample", |it| it.sample == SampleNumber(0));
    for minute in 1..=3 {
        bench.clock.advance(TimeDelta::seconds(60));
        let now = bench.clock.now();
        until("the gate answers", || engine.health().gates.iter().any(|answer| answer.at == now));
        assert_eq!(count(&bench.store, "gates.sampled"), 1, "in minute {minute}");
    }
    engine.shut_down(Duration::from_secs(5));
    driven.end()?;
    sampled(&engine, "what was counted", |it| it.sample == SampleNumber(3) && it.unrecorded == 2);
    bench.clock.advance(TimeDelta::seconds(60));
    let next = block_on(bench.builder().probe(probe).build())?;
    let driven = drive(&next);
    until_status(&next, release, DEV, StageStatus::Succeeded);
    Ok(driven.stop()?)
}

#[test]
fn of_two_engines_that_take_the_same_sample_the_first_one_counts() -> Fallible {
    let (bench, probe) = (Bench::new(), ScriptedProbe::default());
    // Else the first one might have recorded its sample before the second one looks.
    probe.will("A", Does::FailBoth);
    let build =
        |name| bench.builder().name(EngineId::new(name).expect("a valid id")).probe(probe.clone()).build();
    let (first, second) = (block_on(build("one"))?, block_on(build("two"))?);
    let (driven_first, driven_second) = (drive(&first), drive(&second));
    let (_, release) = release_of(&first, gated(&["A"], 0));
    until("both have asked", || probe.asked().len() == 2);
    sampled(&first, "the first sample", |it| it.sample == SampleNumber(0));
    probe.will("A", Does::Succeed);
    bench.clock.advance(TimeDelta::seconds(60));
    until_status(&first, release, DEV, StageStatus::Succeeded);
    assert_eq!((count(&bench.store, "gates.sampled"), count(&bench.store, "gates.passed")), (2, 1));
    driven_first.stop()?;
    Ok(driven_second.stop()?)
}
