//! Steps about secrets (V4): an engine of the scenario's store, with somebody who keeps them, takes what people give.

use std::collections::BTreeMap;

use cucumber::gherkin::Step;
use cucumber::{then, when};
use cutover::{SecretRef, Subject, VariableGroupId};
use cutover_engine::{Engine, EngineError, GivenValue, ManualClock, Secret, Secrets};

use super::driver::Outcome;
use super::spec::Spec;
use super::words::{self, rows};

fn group_id(name: &str) -> VariableGroupId {
    VariableGroupId::new(name).expect("a short name")
}

/// `null`: as it is; `secret TEXT`: a new one; else a text that everybody may read.
fn given(text: &str) -> GivenValue {
    match (text, text.strip_prefix("secret ")) {
        ("null", _) => GivenValue::SameSecret,
        (_, Some(value)) => GivenValue::NewSecret(Secret::new(value)),
        (text, None) => GivenValue::Plain(text.to_owned()),
    }
}

#[when(regex = r#"^(\S+) gives the variable group "(.*?)"(?: against revision (\d+))?:$"#)]
async fn gives(spec: &mut Spec, who: String, group: String, against: String, step: &Step) {
    let group = group_id(&group);
    let rows = rows(step, &["name", "value"]);
    let values: BTreeMap<_, _> =
        rows.iter().map(|row| (row.cell("name").to_owned(), given(row.cell("value")))).collect();
    let present = spec.seen().variable_group(&group).map_or(0, |group| group.revision());
    let against = against.parse().unwrap_or(present);
    spec.expect_no_refusal();
    let store = spec.seen().shared_store();
    let builder = Engine::builder(store).clock(ManualClock::at(spec.seen().now()));
    let engine = builder.secrets(spec.secrets.clone()).build().await.expect("the store can be read");
    let outcome = engine.save_variables(&words::actor(&who), &group, against, values, "").await;
    spec.outcome = Some(match outcome {
        Ok(outcome) if outcome.events.is_empty() => Ok(Outcome::AlreadySo),
        Ok(outcome) => Ok(Outcome::Recorded(outcome.events)),
        Err(EngineError::Refused(refusal)) => Err(refusal),
        Err(error) => panic!("{error}"),
    });
    spec.refusal_was_expected = false;
    drop(engine);
    spec.driver().catch_up(&Subject::VariableGroup(group)).await;
}

/// What a reader sees: nothing of a secret.
#[then(regex = r#"^the variable group "(.*)" shows (\S+) as (null|".*")$"#)]
fn shows(spec: &mut Spec, group: String, name: String, expected: String) {
    let group = spec.seen().variable_group(&group_id(&group)).expect("it was saved");
    let shown = group.variables()[&name].value.plain();
    assert_eq!(shown.map_or("null".to_owned(), |text| format!("{text:?}")), expected);
    assert!(!format!("{group:?}").contains("hunter"), "{group:?}");
}

/// What a runner that needs it gets, in the moment in which the task begins.
#[then(regex = r#"^task (\S+) of (\S+) of (R\d+) gets the secret (\S+) = "(.*)"$"#)]
async fn gets(spec: &mut Spec, task: String, stage: String, release: String, name: String, value: String) {
    let reference = reference(spec, &release, &stage, &task, &name).expect("it speaks of it");
    let secret = spec.secrets.resolve(&reference).await.expect("it is kept");
    assert_eq!(secret.reveal(), value);
}

#[then(regex = r"^task (\S+) of (\S+) of (R\d+) refers to the secret (\S+) as (\S+)$")]
fn refers(spec: &mut Spec, task: String, stage: String, release: String, kept: String, name: String) {
    assert_eq!(reference(spec, &release, &stage, &task, &name), Some(SecretRef::newest(kept)));
}

fn reference(spec: &Spec, release: &str, stage: &str, task: &str, name: &str) -> Option<SecretRef> {
    let order = spec.seen().order(spec.task_id(release, stage, task)).expect("it can be told");
    order.secrets.get(name).cloned()
}

#[then(regex = r#"^nothing that was recorded has "(.*)" in it$"#)]
fn recorded_nowhere(spec: &mut Spec, text: String) {
    assert!(!spec.seen().log().is_empty());
    for commit in spec.seen().log() {
        let written = format!("{commit:?}");
        assert!(!written.contains(&text), "{text:?} stands in {written}");
    }
}
