//! V4: what is hidden of what tasks and gates say, also where not all is known at once.

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::collections::BTreeMap;

use async_trait::async_trait;
use common::*;
use cutover::deployment::{Report, SetVariable, TaskResult};
use cutover::status::StageStatus;
use cutover::*;
use cutover_engine::*;
use futures::executor::block_on;

fn say(order: &TaskOrder, control: &TaskControl, line: &str) {
    control.log.line(order.id, Timestamp::UNIX_EPOCH, line);
}

/// Story: what a probe said when it panicked with its secret stood in the host's log, and in the engine's health.
#[test]
fn a_gate_whose_probe_panics_is_told_without_its_secrets() -> Fallible {
    struct Panics;

    #[async_trait]
    impl GateProbe for Panics {
        async fn evaluate(&self, _: GateOrder) -> Evaluation {
            Evaluation::Succeeded
        }

        async fn evaluate_with(&self, order: GateOrder, secrets: SecretsAtHand) -> Evaluation {
            panic!("{} does not answer", secrets.expand(&order.inputs["url"]).reveal())
        }
    }

    let bench = Bench::new();
    let engine = block_on(bench.builder().probe(Panics).secrets(kept()).build())?;
    let driven = drive(&engine);
    release_of(&engine, gated("https://$(password)@shop"));
    spin("the gate answers", || !engine.health().gates.is_empty());
    let health = engine.health();
    driven.stop()?;
    let message = "its probe panicked: https://***@shop does not answer".to_owned();
    assert_eq!(health.gates[0].evaluation, Evaluation::Failed { message });
    Ok(())
}

/// Story: the words of whoever keeps secrets were masked in some places only.
#[test]
fn what_is_said_of_a_secret_that_is_not_there_is_told_without_the_others() -> Fallible {
    /// Says more than it should.
    struct Babbles;

    #[async_trait]
    impl Secrets for Babbles {
        async fn put(&self, name: &str, _: Secret) -> Result<SecretRef, SecretError> {
            Err(SecretError::Nobody { reference: SecretRef::newest(name) })
        }

        async fn resolve(&self, reference: &SecretRef) -> Result<Secret, SecretError> {
            if reference.name == "shop/password" {
                return Ok(Secret::new(VALUE));
            }
            let (reference, why) = (reference.clone(), format!("{VALUE} is no token"));
            Err(match &*reference.name {
                "shop/away" => SecretError::Unavailable { reference, why },
                _ => SecretError::Refused { reference, why },
            })
        }
    }

    let (bench, lines) = (Bench::new(), Lines::default());
    let engine = block_on(bench.builder().secrets(Babbles).log(lines.clone()).probe(Unasked).build())?;
    let driven = drive(&engine);
    let with = |definition: PipelineDefinition| {
        let away = definition.with_variable("away", Variable::secret("shop/away"));
        away.with_variable("token", Variable::secret("shop/token"))
    };
    let (_, release) = release_of(&engine, with(shop(&["$(password) $(token)"])));
    until_status(&engine, release, DEV, StageStatus::Rejected);
    assert_eq!(endings(&bench)[0].1, "the secret shop/token is refused: *** is no token");

    let mut second = with(gated("$(password) $(token)"));
    second.name = "Gated".to_owned();
    release_of(&engine, second);
    spin("the gate answers", || !engine.health().gates.is_empty());
    let message = "the secret shop/token is refused: *** is no token".to_owned();
    assert_eq!(engine.health().gates[0].evaluation, Evaluation::Failed { message });

    let mut third = with(shop(&["$(password) $(away)"]));
    third.name = "Waiting".to_owned();
    release_of(&engine, third);
    spin("it waits", || !lines.all().is_empty());
    driven.stop()?;
    assert_eq!(lines.all(), ["it waits: the secret shop/away can't be reached now: *** is no token"]);
    Ok(())
}

struct Unasked;

#[async_trait]
impl GateProbe for Unasked {
    async fn evaluate(&self, _: GateOrder) -> Evaluation {
        Evaluation::Succeeded
    }
}

fn gated(url: &str) -> PipelineDefinition {
    let mut definition = shop(&["ok"]);
    let task = TaskRef { id: "login".to_owned(), version: String::new() };
    let inputs = BTreeMap::from([("url".to_owned(), url.to_owned())]);
    let gates = vec![Gate { name: "login".to_owned(), task, inputs, enabled: true }];
    definition.stages[0].before.gates = Some(Gates { gates, delay_minutes: 0, ..Gates::default() });
    definition
}

/// Story: a task whose secrets were not known any more when it was found again succeeded, and what it set was dropped without a word:
/// what came after it deployed another version.
#[test]
fn a_task_that_is_watched_blindly_and_sets_variables_has_not_succeeded() -> Fallible {
    for (sets, ends, second) in
        [(true, StageStatus::Rejected, None), (false, StageStatus::Succeeded, Some("deploy 1.0"))]
    {
        let (bench, lines) = (Bench::new(), Lines::default());
        let engine = block_on(bench.builder().secrets(kept()).build())?;
        let driven = drive(&engine);
        let mut definition = shop(&[Script::HOLD, "deploy $(version)"]);
        definition = definition.with_variable("version", Variable::plain("1.0"));
        definition.stages[0].jobs[0].tasks[0].inputs.insert("other".to_owned(), "$(password)".to_owned());
        let (_, release) = release_of(&engine, definition);
        bench.runner.until_ran(1);
        driven.stop()?;
        drop(engine);

        let ran = Lines::default();
        let runner = doing({
            let ran = ran.clone();
            move |order, control| {
                if order.id.task == 1 {
                    ran.line(order.id, Timestamp::UNIX_EPOCH, &order.inputs["script"]);
                    return Report::Succeeded;
                }
                say(order, control, "I am hunter2");
                let set = if sets { vec![SetVariable::new("version", "2.0")] } else { Vec::new() };
                Report::Succeeded.setting(set)
            }
        });
        let builder = bench.builder().runner(runner).secrets(MemorySecrets::new()).log(lines.clone());
        let engine = block_on(builder.build())?;
        let driven = drive(&engine);
        until_status(&engine, release, DEV, ends);
        driven.stop()?;
        assert_eq!(ran.all().first().map(String::as_str), second);
        let why = "what it says is not shown any more: there is no secret shop/password";
        assert_eq!(lines.all(), [why]);
        if sets {
            let message =
                format!("{why}; what it set could not be looked through for secrets either, and is not kept");
            assert_eq!(endings(&bench)[0], (TaskResult::Failed, message, vec![]));
        }
    }
    Ok(())
}

/// Story: a secret that was rotated while its task ran was not hidden any more once the engine was started anew: only the new value was.
#[test]
fn a_task_that_is_found_again_is_told_without_the_secrets_that_it_began_with() -> Fallible {
    let secrets = kept().with("shop/other", "hunter3");
    for variable in [Variable::secret("shop/other"), Variable::plain("open")] {
        let (bench, lines) = (Bench::new(), Lines::default());
        let engine = block_on(bench.builder().secrets(secrets.clone()).build())?;
        let driven = drive(&engine);
        let mut definition = shop(&[Script::HOLD]);
        let (task, with) = (&mut definition.stages[0].jobs[0].tasks[0], "password".to_owned());
        task.inputs.insert("login".to_owned(), "login $(password)".to_owned());
        definition.stages[0].variables.insert(with, Variable::secret("shop/password"));
        let (_, release) = release_of(&engine, definition);
        bench.runner.until_ran(1);
        let mut variables = Stage::new(DEV, "Dev").variables;
        variables.insert("password".to_owned(), variable);
        let edit = StageEdit { variables: Some(variables), ..StageEdit::of(DEV) };
        block_on(engine.revise_stage(&ann(), release, edit))?;
        driven.stop()?;
        drop(engine);

        let runner = doing(|order, control| {
            say(order, control, "hunter2 hunter3");
            say(order, control, control.secrets.expand(&order.inputs["login"]).reveal());
            Report::Failed { message: "hunter2 is wrong".to_owned() }
        });
        let builder = bench.builder().runner(runner).secrets(secrets.clone()).log(lines.clone());
        let engine = block_on(builder.build())?;
        let driven = drive(&engine);
        until_status(&engine, release, DEV, StageStatus::Rejected);
        driven.stop()?;
        let first = lines.all().remove(0);
        assert!(["*** ***", "*** hunter3"].contains(&&*first), "{first}");
        assert_eq!(lines.all()[1], "login ***", "it is told what it was told then");
        assert_eq!(endings(&bench)[0].1, "*** is wrong");
        assert!(!recorded(&bench).contains(VALUE));
    }
    Ok(())
}

/// Story: what a task declared as a secret was shown by the next one.
#[test]
fn what_a_task_declares_as_secret_is_hidden_in_its_slice() -> Fallible {
    let (bench, lines) = (Bench::new(), Lines::default());
    let runner = doing(|order, control| {
        if order.inputs["script"] == "declare" {
            control.secrets.hide(&Secret::new("token"));
        }
        say(order, control, &format!("{}: token", order.id));
        Report::Failed { message: "no token".to_owned() }
    });
    let engine = block_on(bench.builder().runner(runner).secrets(kept()).log(lines.clone()).build())?;
    let driven = drive(&engine);
    let mut definition = one_stage(&["declare", "show"]);
    let mut other = definition.stages[0].jobs[0].clone();
    other.name = "Other".to_owned();
    other.tasks.remove(0);
    definition.stages[0].jobs.push(other);
    for job in &mut definition.stages[0].jobs {
        job.tasks.iter_mut().for_each(|task| task.continue_on_error = true);
    }
    let (_, release) = release_of(&engine, definition);
    until_status(&engine, release, DEV, StageStatus::PartiallySucceeded);
    driven.stop()?;
    assert_eq!(lines.all(), ["1/1#1.0.0: ***", "1/1#1.0.1: ***", "1/1#1.1.0: token"]);
    let messages: Vec<_> = endings(&bench).into_iter().map(|(_, message, _)| message).collect();
    assert_eq!(messages, ["no ***", "no ***", "no token"]);
    Ok(())
}

#[test]
fn a_short_secret_takes_nothing_harmless_away() -> Fallible {
    let bench = Bench::new();
    let runner = doing(|_, _| {
        let set = [("step1", "v1.1"), ("one", "1")].map(|(name, value)| SetVariable::new(name, value));
        Report::Succeeded.setting(set.to_vec())
    });
    let secrets = MemorySecrets::new().with("shop/password", "1");
    let engine = block_on(bench.builder().runner(runner).secrets(secrets).build())?;
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, shop(&["set"]));
    until_status(&engine, release, DEV, StageStatus::Succeeded);
    driven.stop()?;
    let one = SecretRef::versioned("outputs/1/1#1.0.0/one", "1");
    let set = vec![SetVariable::secret("one", one), SetVariable::new("step1", "v1.1")];
    assert_eq!(endings(&bench)[0], (TaskResult::Succeeded, String::new(), set));
    Ok(())
}
