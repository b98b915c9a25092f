//! Steps that say what a pipeline is, and how the world stands.

use cucumber::gherkin::Step;
use cucumber::{given, when};
use cutover::{
    CheckOrder, DeploymentId, Event, Gate, Gates, GroupId, PipelineDefinition, PipelineId, QueueEvent,
    ReleaseId, Stage, StageId, Subject, Task, TaskRef, Variable,
};

use super::definition;
use super::spec::{Editor, Spec};
use super::words::{self, rows};

fn edit(spec: &mut Spec, name: &str, definition: PipelineDefinition) {
    let id = PipelineId(spec.pipelines.len() as u64 + 1);
    spec.pipelines.insert(name.to_owned(), Editor { id, definition, saves: 0 });
    name.clone_into(&mut spec.current);
}

#[given(regex = r#"^a pipeline "(.*)" with stages:$"#)]
fn a_pipeline(spec: &mut Spec, name: String, step: &Step) {
    let rows = rows(step, &["stage", "starts", "queue", "before", "after", "tasks"]);
    edit(spec, &name, definition::with_stages(&name, &rows));
}

#[given(regex = r#"^a pipeline "(.*)" with (\d+) stages$"#)]
fn a_large_pipeline(spec: &mut Spec, name: String, count: u32) {
    let stages = (1..=count).map(|id| Stage::new(StageId(id), format!("Stage {id}")));
    let definition = stages.fold(PipelineDefinition::new(&*name), PipelineDefinition::with_stage);
    edit(spec, &name, definition);
}

#[given(regex = r#"^the pipeline "(.*)"$"#)]
fn the_pipeline(spec: &mut Spec, name: String) {
    assert!(spec.pipelines.contains_key(&name), "no pipeline {name:?}");
    spec.current = name;
}

#[given(regex = r"^(\S+) has these tasks:$")]
fn has_tasks(spec: &mut Spec, stage: String, step: &Step) {
    const COLUMNS: &[&str] = &[
        "job",
        "kind",
        "runs",
        "job condition",
        "job reference name",
        "job time-out",
        "cancel time-out",
        "task",
        "reference name",
        "condition",
        "continue on error",
        "time-out",
        "enabled",
    ];
    let stage = spec.edited_stage(&stage);
    stage.jobs.clear();
    rows(step, COLUMNS).iter().for_each(|row| definition::add_task(stage, row));
}

#[given(regex = r"^(\S+) has one more task (\S+)$")]
fn one_more_task(spec: &mut Spec, stage: String, task: String) {
    let stage = spec.edited_stage(&stage);
    *stage = stage.clone().with_task(Task::command(task));
}

#[given(regex = r"^(\S+) is removed$")]
fn is_removed(spec: &mut Spec, stage: String) {
    spec.editor().definition.stages.retain(|it| it.name != stage);
}

/// Minutes: `the gates before QA are A, B, with delay 5, interval 5, steady 0, time-out 60`
#[given(
    regex = r"^the gates (before|after) (\S+) are (.+), with delay (\d+), interval (\d+), steady (\d+), time-out (\d+)$"
)]
#[expect(clippy::too_many_arguments, reason = "a step gives each part of its text as an argument")]
fn gates_are(
    spec: &mut Spec,
    side: String,
    stage: String,
    names: String,
    delay_minutes: u32,
    interval_minutes: u32,
    minimum_success_minutes: u32,
    timeout_minutes: u32,
) {
    let gates = words::list(&names).into_iter().map(|name| {
        let inputs =
            std::collections::BTreeMap::from([("of".to_owned(), "$(Release.EnvironmentName)".to_owned())]);
        Gate { name, task: TaskRef::new("health"), inputs, enabled: true }
    });
    let gates = Gates {
        enabled: true,
        gates: gates.collect(),
        delay_minutes,
        sampling_interval_seconds: interval_minutes * 60,
        minimum_success_minutes,
        timeout_minutes,
    };
    let stage = spec.edited_stage(&stage);
    if side == "before" { stage.before.gates = Some(gates) } else { stage.after.gates = Some(gates) }
}

#[given(
    regex = r"^approvals (before|after) (\S+) are asked (before gates|after successful gates|after gates always)$"
)]
fn check_order(spec: &mut Spec, side: String, stage: String, order: String) {
    let order = match &*order {
        "before gates" => CheckOrder::BeforeGates,
        "after successful gates" => CheckOrder::AfterSuccessfulGates,
        _ => CheckOrder::AfterGatesAlways,
    };
    let stage = spec.edited_stage(&stage);
    let checks = if side == "before" { &mut stage.before } else { &mut stage.after };
    checks.approvals.check_order = Some(order);
}

#[given(regex = r"^gate (\S+) (succeeds|fails|does not answer)$")]
#[when(regex = r"^gate (\S+) (succeeds|fails|does not answer)$")]
async fn gate_answers(spec: &mut Spec, name: String, how: String) {
    let answer = match &*how {
        "succeeds" => Some(cutover::gate::Answer::Succeeded),
        "fails" => Some(cutover::gate::Answer::Failed),
        _ => None,
    };
    spec.driver().gates.insert(name, answer);
    spec.driver().go_on().await;
}

#[given(regex = r"^(\S+) starts (manual|after .+)$")]
fn stage_starts(spec: &mut Spec, stage: String, starts: String) {
    let definition = spec.editor().definition.clone();
    let place = definition.stages.iter().position(|it| it.name == stage).expect("a stage of the pipeline");
    spec.edited_stage(&stage).trigger = definition::trigger(&definition, place, &starts);
}

#[given(regex = r#"^the queue of (\S+) is "(.+)"$"#)]
fn queue_is(spec: &mut Spec, stage: String, policy: String) {
    spec.edited_stage(&stage).queuing = words::queuing(&policy);
}

#[given("these variables:")]
fn variables(spec: &mut Spec, step: &Step) {
    for row in rows(step, &["name", "value", "of", "settable"]) {
        let mut variable = match row.cell("value").strip_prefix("secret ") {
            Some(secret) => Variable::secret(secret),
            None => Variable::plain(row.cell("value")),
        };
        variable.settable = row.cell("settable") == "yes";
        let name = row.cell("name").to_owned();
        let of = row.cell("of");
        if let Some(stage) = of.strip_prefix("the job of ") {
            let job = spec.edited_stage(stage).jobs.first_mut().expect("the stage has a job");
            job.variables.insert(name, variable);
        } else if of.is_empty() || of == "the pipeline" {
            spec.editor().definition.variables.insert(name, variable);
        } else {
            spec.edited_stage(of).variables.insert(name, variable);
        }
    }
}

#[given(regex = r"^a chain of (\d+) variables, each of which refers to the next$")]
fn chain_of(spec: &mut Spec, count: u32) {
    let variables = &mut spec.editor().definition.variables;
    for place in 1..count {
        variables.insert(format!("a{place}"), Variable::plain(format!("$(a{})", place + 1)));
    }
    variables.insert(format!("a{count}"), Variable::plain("end"));
}

#[given(regex = r#"^releases are named "(.*)"$"#)]
fn names(spec: &mut Spec, format: String) {
    spec.editor().definition.release_name_format = format;
}

#[given(regex = r"^the definition says (\S+) = (.+)$")]
fn says(spec: &mut Spec, path: String, value: String) {
    definition::set(&mut spec.editor().definition, &path, &value);
}

#[given(regex = r"^it is (\d{4}-\d\d-\d\d \d\d:\d\d)$")]
fn it_is(spec: &mut Spec, moment: String) {
    spec.driver().set_clock(words::moment(&moment));
}

#[given(regex = r"^(\S+) is a member of (\S+)$")]
fn member(spec: &mut Spec, user: String, group: String) {
    let group = GroupId::new(group).expect("a group's name");
    spec.driver().groups.entry(group).or_default().insert(words::user(&user));
}

#[given(regex = r"^(\S+) is no longer a member of (\S+)$")]
fn no_member(spec: &mut Spec, user: String, group: String) {
    let group = GroupId::new(group).expect("a group's name");
    spec.driver().groups.entry(group).or_default().remove(&words::user(&user));
}

/// AP8: the host asks them anew, and they show who they are.
#[given(regex = r"^the host confirms who (\S+) is$")]
fn confirms(spec: &mut Spec, user: String) {
    spec.driver().confirmed.insert(words::user(&user));
}

#[given(regex = r"^the host no longer confirms who (\S+) is$")]
fn confirms_no_longer(spec: &mut Spec, user: String) {
    spec.driver().confirmed.remove(&words::user(&user));
}

/// History that is written straight into the store: a queue that is filled one by one would take minutes.
#[given(regex = r"^(\d+) more deployments (wait for|are being approved for) (\S+)$")]
async fn many_wait(spec: &mut Spec, count: u64, how: String, stage: String) {
    let queue = spec.queue_id(&stage);
    let entered = (0..count).map(|place| {
        let release = ReleaseId(1_000_000 + place);
        let attempt = std::num::NonZeroU32::MIN;
        let deployment = DeploymentId { release, stage: queue.stage, attempt };
        Event::Queue(match &*how {
            "wait for" => QueueEvent::Entered { deployment, yields: false },
            _ => QueueEvent::Announced { deployment, scheduled: None },
        })
    });
    let events: Vec<Event> = entered.collect();
    spec.driver().write_history(Subject::Queue(queue), &events).await;
}
