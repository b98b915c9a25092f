//! V4: secrets are resolved when a task begins, and nothing that is said of it tells them.

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use chrono::TimeDelta;
use common::*;
use cutover::deployment::{DeploymentEvent, Report, SetVariable, TaskResult};
use cutover::status::StageStatus;
use cutover::transaction::Refusal;
use cutover::*;
use cutover_engine::*;
use futures::executor::block_on;

#[test]
fn a_task_gets_the_value_and_what_it_says_is_told_without() -> Fallible {
    let (bench, lines) = (Bench::new(), Lines::default());
    let runner = doing(|order, control| {
        let script = control.secrets.expand(&order.inputs["script"]);
        assert_eq!(script.reveal(), "login hunter2");
        control.log.line(order.id, Timestamp::UNIX_EPOCH, script.reveal());
        Report::Failed { message: format!("{:?} is wrong", script.reveal()) }
    });
    let engine = block_on(bench.builder().runner(runner).secrets(kept()).log(lines.clone()).build())?;
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, shop(&["login $(password)"]));
    until_status(&engine, release, DEV, StageStatus::Rejected);
    driven.stop()?;
    assert_eq!(lines.all(), ["login ***"]);
    assert_eq!(endings(&bench), [(TaskResult::Failed, "\"login ***\" is wrong".to_owned(), vec![])]);
    assert!(!recorded(&bench).contains(VALUE));
    Ok(())
}

#[test]
fn a_secret_that_nobody_keeps_fails_the_task_that_speaks_of_it_and_no_other() -> Fallible {
    for (secrets, expected) in [
        (
            Arc::new(NoSecrets) as Arc<dyn Secrets>,
            "nobody keeps the secret shop/password: name who does when the engine is built",
        ),
        (Arc::new(MemorySecrets::new()), "there is no secret shop/password"),
        (
            Arc::new(MemorySecrets::new().with("shop/password", "x".repeat(32 * 1_024 + 1))),
            "the secret shop/password is longer than 32768 bytes",
        ),
    ] {
        let bench = Bench::new();
        let engine = block_on(bench.builder().secrets(secrets).build())?;
        let driven = drive(&engine);
        let (_, release) = release_of(&engine, shop(&["ok", "login $(password)"]));
        until_status(&engine, release, DEV, StageStatus::Rejected);
        driven.stop()?;
        let [first, second] = &*endings(&bench) else { panic!("two tasks ended") };
        assert_eq!(first.0, TaskResult::Succeeded);
        assert_eq!(second.1, expected);
        assert_eq!(bench.runner.ran().len(), 1, "the second never began");
    }
    Ok(())
}

#[test]
fn a_secret_that_can_not_be_reached_is_asked_for_again_for_a_while() -> Fallible {
    for (times, ends, asked) in [(7, StageStatus::Succeeded, 8), (8, StageStatus::Rejected, 8)] {
        let (bench, away, lines) = (Bench::new(), Away::new(times), Lines::default());
        let engine = block_on(bench.builder().secrets(away.clone()).log(lines.clone()).build())?;
        let driven = drive(&engine);
        let (_, release) = release_of(&engine, shop(&["login $(password)"]));
        let has_asked = |times| away.asked.load(Ordering::SeqCst) >= times;
        spin("it is asked for", || has_asked(1));
        assert_eq!(bench.runner.ran(), [], "it does not begin before");
        spin("it is asked for again", || {
            bench.clock.advance(TimeDelta::seconds(60));
            has_asked(asked)
        });
        until_status(&engine, release, DEV, ends);
        driven.stop()?;
        assert_eq!(away.asked.load(Ordering::SeqCst), asked);
        let why = "the secret shop/password can't be reached now: the vault is sealed";
        assert_eq!(lines.all(), [format!("it waits: {why}")]);
        if ends == StageStatus::Rejected {
            assert_eq!(endings(&bench)[0].1, why);
        }
    }
    Ok(())
}

#[test]
fn a_task_that_waits_for_a_secret_can_be_cancelled() -> Fallible {
    let (bench, away) = (Bench::new(), Away::new(u32::MAX));
    let engine = block_on(bench.builder().secrets(away.clone()).build())?;
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, shop(&["login $(password)"]));
    until_event(&engine, "it is claimed", |event| {
        matches!(event, Event::Release(ReleaseEvent::Deployment(DeploymentEvent::TaskClaimed { .. })))
    });
    block_on(engine.cancel(&ann(), release, DEV, ""))?;
    until_status(&engine, release, DEV, StageStatus::Canceled);
    driven.stop()?;
    assert_eq!(bench.runner.ran(), []);
    Ok(())
}

#[test]
fn a_variable_that_holds_a_secret_becomes_one_and_later_tasks_see_it() -> Fallible {
    let (bench, lines) = (Bench::new(), Lines::default());
    let runner = doing(|order, control| match order.inputs["script"].as_str() {
        "set" => {
            let value =
                control.secrets.get("PASSWORD").expect("it is at hand even where nothing speaks of it");
            let url = SetVariable::new("url", format!("https://ann:{}@shop", value.reveal()));
            Report::Succeeded.setting(vec![SetVariable::new("color", "blue"), url])
        }
        script => {
            control.log.line(order.id, Timestamp::UNIX_EPOCH, control.secrets.expand(script).reveal());
            Report::Succeeded
        }
    });
    let engine = block_on(bench.builder().runner(runner).secrets(kept()).log(lines.clone()).build())?;
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, shop(&["set", "open $(url) $(color)"]));
    until_status(&engine, release, DEV, StageStatus::Succeeded);
    driven.stop()?;
    assert_eq!(lines.all(), ["open *** blue"]);
    let reference = SecretRef::versioned("outputs/1/1#1.0.0/url", "1");
    let set = vec![SetVariable::new("color", "blue"), SetVariable::secret("url", reference)];
    assert_eq!(endings(&bench)[0].2, set);
    Ok(())
}

/// Keeps what it has, and nothing more.
struct ReadOnly(MemorySecrets);

#[async_trait]
impl Secrets for ReadOnly {
    async fn put(&self, name: &str, _: Secret) -> Result<SecretRef, SecretError> {
        Err(SecretError::Refused { reference: SecretRef::newest(name), why: "read only".to_owned() })
    }

    async fn resolve(&self, reference: &SecretRef) -> Result<Secret, SecretError> {
        self.0.resolve(reference).await
    }
}

#[test]
fn a_variable_that_holds_a_secret_and_can_not_be_kept_is_dropped_with_a_line() -> Fallible {
    let (bench, lines) = (Bench::new(), Lines::default());
    let runner = doing(|_, control| {
        let value = control.secrets.get("password").expect("it is at hand").reveal().to_owned();
        let named = SetVariable::new(&value, "1");
        let named_at_last = SetVariable::new("n".repeat(38) + &value, "1");
        let no_name = SetVariable::new("no name", "1");
        let again = SetVariable::new("A", value);
        Report::Succeeded.setting(vec![SetVariable::new("a", "1"), again, named, named_at_last, no_name])
    });
    let engine =
        block_on(bench.builder().runner(runner).secrets(ReadOnly(kept())).log(lines.clone()).build())?;
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, shop(&["set"]));
    until_status(&engine, release, DEV, StageStatus::PartiallySucceeded);
    driven.stop()?;
    let expected = [
        "the variable \"A\" is not kept: it holds a secret; the secret outputs/1/1#1.0.0/A is refused: read only",
        "the variable \"***\" is not kept: its name holds a secret",
        &format!("the variable \"{}***\" is not kept: its name holds a secret", "n".repeat(38)),
    ];
    assert_eq!(lines.all(), expected);
    let (result, message, set) = endings(&bench).remove(0);
    assert_eq!(set, [], "the earlier value would be taken for this one");
    let told = format!(
        "variables that hold secrets and are not kept: \"A\" (it holds a secret; the secret outputs/1/1#1.0.0/A is refused: read only), \
         \"***\" (its name holds a secret), \"{}**\" (its name holds a secret); \
         variables that are not kept: \"no name\" (its name is not that of a variable)",
        "n".repeat(38)
    );
    assert_eq!((result, message), (TaskResult::SucceededWithIssues, told));
    Ok(())
}

/// Story: what hides secrets lived in the engine that began the task, and the next incarnation wrote them into its log.
#[test]
fn a_task_that_is_found_again_is_told_without_its_secrets() -> Fallible {
    for (secrets, shown, message, set) in [
        (kept(), "I am ***", "*** is wrong", 1),
        (
            MemorySecrets::new(),
            "what it says is not shown any more: there is no secret shop/password",
            "what it says is not shown any more: there is no secret shop/password; what it set could not be \
             looked through for secrets either, and is not kept",
            0,
        ),
    ] {
        let (bench, lines) = (Bench::new(), Lines::default());
        let engine = block_on(bench.builder().secrets(kept()).build())?;
        let driven = drive(&engine);
        let mut definition = shop(&[Script::HOLD]);
        definition.stages[0].jobs[0].tasks[0].inputs.insert("other".to_owned(), "$(password)".to_owned());
        let (_, release) = release_of(&engine, definition);
        bench.runner.until_ran(1);
        driven.stop()?;
        drop(engine);

        let runner = doing(|order, control| {
            control.log.line(order.id, Timestamp::UNIX_EPOCH, "I am hunter2");
            Report::Failed { message: "hunter2 is wrong".to_owned() }
                .setting(vec![SetVariable::new("x", "hunter2")])
        });
        let builder = bench.builder().runner(runner).secrets(secrets).log(lines.clone());
        let engine = block_on(builder.build())?;
        let driven = drive(&engine);
        until_status(&engine, release, DEV, StageStatus::Rejected);
        driven.stop()?;
        assert_eq!(lines.all(), [shown]);
        assert_eq!(endings(&bench)[0].1, message);
        assert_eq!(endings(&bench)[0].2.len(), set);
        assert!(!recorded(&bench).contains(VALUE));
    }
    Ok(())
}

#[test]
fn a_gate_gets_its_secrets_and_health_does_not_tell_them() -> Fallible {
    struct Login;

    #[async_trait]
    impl GateProbe for Login {
        async fn evaluate(&self, _: GateOrder) -> Evaluation {
            Evaluation::Succeeded
        }

        async fn evaluate_with(&self, order: GateOrder, secrets: SecretsAtHand) -> Evaluation {
            Evaluation::Failed { message: secrets.expand(&order.inputs["url"]).reveal().to_owned() }
        }
    }

    for (secrets, expected) in
        [(kept(), "https://***@shop"), (MemorySecrets::new(), "there is no secret shop/password")]
    {
        let bench = Bench::new();
        let mut definition = shop(&["ok"]);
        let task = TaskRef { id: "login".to_owned(), version: String::new() };
        let inputs = BTreeMap::from([("url".to_owned(), "https://$(password)@shop".to_owned())]);
        let gates = vec![Gate { name: "login".to_owned(), task, inputs, enabled: true }];
        definition.stages[0].before.gates = Some(Gates { gates, delay_minutes: 0, ..Gates::default() });
        let probes = Probes::new().with("login", Login);
        let engine = block_on(bench.builder().probe(probes).secrets(secrets).build())?;
        let driven = drive(&engine);
        release_of(&engine, definition);
        spin("the gate answers", || !engine.health().gates.is_empty());
        let health = engine.health();
        driven.stop()?;
        assert_eq!(health.gates[0].evaluation, Evaluation::Failed { message: expected.to_owned() });
        assert!(!format!("{health:?}").contains(VALUE));
    }
    Ok(())
}

fn given(value: GivenValue) -> BTreeMap<String, GivenValue> {
    BTreeMap::from([("Password".to_owned(), value)])
}

#[test]
fn what_is_refused_is_refused_before_anything_is_kept_for_it() -> Fallible {
    let (bench, secrets) = (Bench::new(), MemorySecrets::new());
    let engine = block_on(bench.builder().secrets(secrets.clone()).build())?;
    let group = VariableGroupId::new("shop")?;
    let new = |value: &str| given(GivenValue::NewSecret(Secret::new(value)));
    let none = block_on(engine.save_variables(&ann(), &group, 0, given(GivenValue::SameSecret), ""));
    assert!(matches!(none, Err(EngineError::NoSecretToKeep { variable }) if variable == "Password"));
    let stale = block_on(engine.save_variables(&ann(), &group, 3, new(VALUE), ""));
    let refused = VariableGroupRefusal::StaleRevision { against: 3, current: 0 };
    assert!(matches!(stale, Err(EngineError::Refused(Refusal::VariableGroup(it))) if it == refused));
    let nothing = block_on(secrets.resolve(&SecretRef::newest("groups/shop/password")));
    assert!(matches!(nothing, Err(SecretError::Unknown { .. })));

    block_on(engine.save_variables(&ann(), &group, 0, new(VALUE), ""))?;
    let reference = |version| SecretRef::versioned("groups/shop/password", version);
    let saved = block_on(engine.variable_group(&group))?;
    assert_eq!(saved.variables()["Password"], Variable::secret(reference("1")));
    let same = block_on(engine.save_variables(&ann(), &group, 1, new(VALUE), ""))?;
    assert_eq!(same.events, [], "the same value is the same secret");
    block_on(engine.save_variables(&ann(), &group, 1, new("hunter3"), ""))?;
    assert_eq!(block_on(secrets.resolve(&reference("1")))?.reveal(), VALUE, "releases refer to it");
    assert_eq!(block_on(secrets.resolve(&reference("2")))?.reveal(), "hunter3");
    let without = block_on(Bench::new().engine().keep_secret("a", Secret::new("b")));
    assert!(matches!(without, Err(EngineError::Secret(SecretError::Nobody { .. }))));
    Ok(())
}
