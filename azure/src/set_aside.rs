//! What a pipeline can't have in a form that would work: it is set aside, with a warning, and an export gives it back.
//!
//! A stage whose conditions, schedules or demands can't be read starts by hand only. A task or a job whose condition can't be read never
//! runs, and its stage starts by hand only. A variable whose name only the system has, or none may have, is not there.

use cutover::{Condition, Job, PipelineDefinition, Stage, StageId, StageTrigger, Variable, Variables};
use serde_json::{Value, json};

use crate::kept::Kept;
use crate::read::Node;
use crate::tasks::{self, NEVER};
use crate::text::child_path;
use crate::warning::Report;
use crate::{conditions, schedules};

// The lists of what is kept for an export.
const CONDITIONS: &str = "conditions";
const SCHEDULES: &str = "schedules";
const TEXTS: &str = "condition-texts";
const VARIABLES: &str = "variables";

/// Lets only people start a stage, and keeps what the file says starts it.
pub(crate) fn by_hand_only(stage: &mut Stage, item: &Node<'_>) {
    for (list, key) in [(CONDITIONS, "conditions"), (SCHEDULES, "schedules")] {
        let node = item.peek(key);
        if !node.is_idle() {
            item.report().keep(list, json!({ "stage": stage.id, "as": node.raw() }));
        }
    }
    stage.trigger = StageTrigger::Manual;
    if !stage.schedules.is_empty() {
        item.peek("schedules").warn("the stage starts by hand only: its schedules are left out");
        stage.schedules.clear();
    }
}

/// Writes what starts a stage: its conditions and its schedules. Of one that is started by hand since it was imported so, both stand as
/// they stood.
pub(crate) fn starts(stage: &Stage, definition: &PipelineDefinition, kept: &Kept<'_>) -> [Value; 2] {
    let is_by_hand = stage.trigger == StageTrigger::Manual && stage.schedules.is_empty();
    let as_it_stood = |list| {
        let entry = kept.entry(list, &[("stage", json!(stage.id))]).filter(|_| is_by_hand);
        entry.and_then(|entry| entry.get("as")).cloned()
    };
    let conditions = as_it_stood(CONDITIONS);
    let schedules = as_it_stood(SCHEDULES);
    [
        conditions.unwrap_or_else(|| conditions::write(stage, definition).into()),
        schedules.unwrap_or_else(|| schedules::write_all(stage, kept).into()),
    ]
}

/// Sets aside what does not validate of a pipeline whose stages stand at `items`, as far as there is a way. [`report_the_rest`] says what is left.
pub(crate) fn what_is_invalid(definition: &mut PipelineDefinition, items: &[Node<'_>], report: &Report) {
    let Err(problems) = cutover::validate(definition) else { return };
    for cutover::Problem { path, what } in problems.0 {
        let (node, rest) = match item(&path, "stages") {
            Some((place, rest)) => (items.get(place).map(|item| (place, item)), rest),
            None => (None, path.as_str()),
        };
        match node {
            Some((place, item)) => of_stage(&mut definition.stages[place], item, rest, &what),
            None => set_aside_variable(&mut definition.variables, None, "", rest, &what, report),
        }
    }
}

/// Says what keeps the pipeline from being saved, once all of it is read.
pub(crate) fn report_the_rest(definition: &PipelineDefinition, items: &[Node<'_>], report: &Report) {
    let Err(problems) = cutover::validate(definition) else { return };
    for cutover::Problem { path, what } in problems.0 {
        let (of, rest) = match item(&path, "stages") {
            Some((place, rest)) => (items.get(place).map_or("", Node::path), rest),
            None => ("", path.as_str()),
        };
        // What is said of an input may show it.
        let what = if rest.contains("inputs") { "it is not as it must be" } else { &what };
        report.warn(of, format!("the pipeline cannot be saved before this is put right: {rest}: {what}"));
    }
}

fn of_stage(stage: &mut Stage, node: &Node<'_>, rest: &str, what: &str) {
    set_aside_variable(&mut stage.variables, Some(stage.id), node.path(), rest, what, node.report());
    let Some((job, rest)) = item(rest, "jobs") else { return };
    let (task, rest) = item(rest, "tasks").map_or((None, rest), |(task, rest)| (Some(task), rest));
    if !rest.starts_with("condition") {
        return;
    }
    let report = node.report();
    let Some(condition) = stage.jobs.get_mut(job).and_then(|job| condition_of(job, task)) else { return };
    // One condition may have several problems.
    if *condition != never() {
        let text = tasks::text_of(condition);
        report.keep(TEXTS, json!({ "stage": stage.id, "job": job, "task": task, "condition": text }));
        *condition = never();
        let of = task.map_or("the job".to_owned(), |task| format!("task {task}"));
        node.warn(format!(
            "a condition cannot hold here ({what}): {of} of jobs[{job}] never runs, and the stage starts by hand only"
        ));
        by_hand_only(stage, node);
    }
}

fn condition_of(job: &mut Job, task: Option<usize>) -> Option<&mut Condition> {
    match task {
        Some(task) => job.tasks.get_mut(task).map(|task| &mut task.condition),
        None => Some(&mut job.condition),
    }
}

fn never() -> Condition {
    Condition::Expression(NEVER.to_owned())
}

fn set_aside_variable(
    variables: &mut Variables,
    stage: Option<StageId>,
    at: &str,
    rest: &str,
    what: &str,
    report: &Report,
) {
    let is_meant = |name: &&String| rest.starts_with(&format!("variables[{name:?}]"));
    // It may have several problems, and have been set aside for the first one.
    let Some(name) = variables.keys().find(is_meant).cloned() else { return };
    let variable = variables.remove(&name);
    report.keep(VARIABLES, json!({ "stage": stage, "name": name, "variable": variable }));
    let dot = if at.is_empty() { "" } else { "." };
    report.warn(
        &child_path(&format!("{at}{dot}variables"), &name),
        format!(
            "no variable can be so here ({what}): it is set aside, and a text that names it stays as it is"
        ),
    );
}

/// The place in a list that a path begins with, and the rest of the path.
fn item<'p>(path: &'p str, list: &str) -> Option<(usize, &'p str)> {
    let (place, rest) = path.strip_prefix(list)?.strip_prefix('[')?.split_once(']')?;
    Some((place.parse().ok()?, rest.strip_prefix('.').unwrap_or(rest)))
}

/// The pipeline with everything that was set aside where it stood, as it is exported.
pub(crate) fn restored(definition: &PipelineDefinition, kept: &Kept<'_>) -> PipelineDefinition {
    let mut restored = definition.clone();
    for entry in kept.list(VARIABLES) {
        restore_variable(&mut restored, entry);
    }
    for entry in kept.list(TEXTS) {
        restore_condition(&mut restored, entry);
    }
    restored
}

fn restore_variable(definition: &mut PipelineDefinition, entry: &Value) -> Option<()> {
    let name = entry.get("name")?.as_str()?;
    let variable: Variable = serde_json::from_value(entry.get("variable")?.clone()).ok()?;
    let stage = entry.get("stage")?;
    let variables =
        if stage.is_null() { &mut definition.variables } else { &mut stage_of(definition, stage)?.variables };
    if !variables.keys().any(|known| cutover::fold(known) == cutover::fold(name)) {
        variables.insert(name.to_owned(), variable);
    }
    Some(())
}

fn restore_condition(definition: &mut PipelineDefinition, entry: &Value) -> Option<()> {
    let place = |key: &str| entry.get(key)?.as_u64().and_then(|place| usize::try_from(place).ok());
    let text = entry.get("condition")?.as_str()?;
    let job = stage_of(definition, entry.get("stage")?)?.jobs.get_mut(place("job")?)?;
    let condition = condition_of(job, place("task"))?;
    if *condition == never() {
        *condition = Condition::Expression(text.to_owned());
    }
    Some(())
}

fn stage_of<'d>(definition: &'d mut PipelineDefinition, id: &Value) -> Option<&'d mut Stage> {
    let id: StageId = serde_json::from_value(id.clone()).ok()?;
    definition.stages.iter_mut().find(|stage| stage.id == id)
}
