//! Steps that say what a pipeline is, and how the world stands.

use cucumber::gherkin::Step;
use cucumber::given;
use cutover::{
    ArtifactKind, ArtifactSource, DefaultVersion, DeploymentId, Event, GroupId, PipelineDefinition,
    PipelineId, QueueEvent, ReleaseId, Stage, StageId, Subject, Task, Variable,
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
        "job condition",
        "job time-out",
        "cancel time-out",
        "task",
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

#[given("these artifact sources:")]
fn artifacts(spec: &mut Spec, step: &Step) {
    for row in rows(step, &["alias", "primary", "build definition"]) {
        let mut source = ArtifactSource {
            alias: row.cell("alias").to_owned(),
            kind: ArtifactKind::Build,
            reference: std::collections::BTreeMap::new(),
            primary: row.cell("primary") == "yes",
            default_version: DefaultVersion::Latest,
        };
        if let Some(name) = row.has("build definition") {
            source.reference.insert("definition".to_owned(), name.to_owned());
        }
        spec.editor().definition.artifacts.push(source);
    }
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
#[given(regex = r"^(\d+) more deployments wait for (\S+)$")]
async fn many_wait(spec: &mut Spec, count: u64, stage: String) {
    let queue = spec.queue_id(&stage);
    let entered = (0..count).map(|place| {
        let release = ReleaseId(1_000_000 + place);
        let attempt = std::num::NonZeroU32::MIN;
        let deployment = DeploymentId { release, stage: queue.stage, attempt };
        Event::Queue(QueueEvent::Entered { deployment, yields: false })
    });
    let events: Vec<Event> = entered.collect();
    spec.driver().write_history(Subject::Queue(queue), &events).await;
}
