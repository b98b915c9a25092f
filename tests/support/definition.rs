//! A definition as a scenario writes it.

use cutover::{AfterStage, PipelineDefinition, Stage, StageId, StageTrigger, Task};
use serde_json::Value;

use super::words::{self, Row};

/// The stages of a table: the first one is after the release, every other one after the one above it, unless it says otherwise.
pub fn with_stages(name: &str, rows: &[Row<'_>]) -> PipelineDefinition {
    let mut definition = PipelineDefinition::new(name);
    for (id, row) in (1..).zip(rows) {
        let mut stage = Stage::new(StageId(id), row.cell("stage"));
        stage.queuing = words::queuing(row.cell("queue"));
        stage.before.approvals = words::approvals(row.cell("before"));
        stage.after.approvals = words::approvals(row.cell("after"));
        let tasks = row.has("tasks").unwrap_or("deploy");
        if tasks != "none" {
            for task in words::list(tasks) {
                stage = stage.with_task(Task::command(task));
            }
        }
        definition = definition.with_stage(stage);
    }
    for (place, row) in rows.iter().enumerate() {
        let starts =
            row.has("starts").unwrap_or(if place == 0 { "after release" } else { "after the one above" });
        let trigger = trigger(&definition, place, starts);
        definition.stages[place].trigger = trigger;
    }
    definition
}

/// `after release`, `manual`, `after Dev`, `after QA1, QA2`, `after Dev or partially`, `after the one above`.
pub fn trigger(definition: &PipelineDefinition, place: usize, starts: &str) -> StageTrigger {
    match starts {
        "after release" => return StageTrigger::AfterRelease,
        "manual" | "" => return StageTrigger::Manual,
        "after the one above" => {
            let stage = definition.stages[place - 1].id;
            return StageTrigger::AfterStages(vec![AfterStage { stage, or_partially: false }]);
        }
        _ => {}
    }
    let names = starts.strip_prefix("after ").unwrap_or_else(|| panic!("nothing starts {starts:?}"));
    let after = words::list(names).into_iter().map(|name| {
        let (name, or_partially) = match name.strip_suffix(" or partially") {
            Some(name) => (name.to_owned(), true),
            None => (name, false),
        };
        // A stage that is not there is for validation to find.
        let stage = definition.stage_named(&name).map_or(StageId(99), |stage| stage.id);
        AfterStage { stage, or_partially }
    });
    StageTrigger::AfterStages(after.collect())
}

/// Adds a line of a table of tasks to a stage. A line that names another job than the one above begins a new job.
pub fn add_task(stage: &mut Stage, row: &Row<'_>) {
    let job = row.has("job").filter(|it| !it.is_empty()).unwrap_or("Agent job");
    if stage.jobs.last().is_none_or(|last| last.name != job) {
        stage.jobs.push(cutover::Job::agent(job));
    }
    let Some(last) = stage.jobs.last_mut() else { return };
    if given(row, "kind") == Some("server") {
        last.kind = cutover::JobKind::Server;
    }
    if let Some(condition) = given(row, "job condition") {
        last.condition = self::condition(condition);
    }
    if let Some(name) = given(row, "job reference name") {
        name.clone_into(&mut last.reference_name);
    }
    if let Some(minutes) = given(row, "job time-out") {
        last.timeout_minutes = Some(minutes.parse().expect("minutes"));
    }
    if let Some(minutes) = given(row, "cancel time-out") {
        last.cancel_timeout_minutes = minutes.parse().expect("minutes");
    }
    let Some(name) = given(row, "task") else { return };
    let mut task = Task::command(name);
    if let Some(id) = given(row, "runs") {
        task.task = cutover::TaskRef::new(id);
        task.inputs.clear();
    }
    if let Some(condition) = given(row, "condition") {
        task.condition = self::condition(condition);
    }
    if let Some(name) = given(row, "reference name") {
        name.clone_into(&mut task.reference_name);
    }
    task.continue_on_error = given(row, "continue on error") == Some("yes");
    task.enabled = given(row, "enabled") != Some("no");
    if let Some(minutes) = given(row, "time-out") {
        task.timeout_minutes = minutes.parse().expect("minutes");
    }
    for (heading, text) in row.cells() {
        if let Some(input) = heading.strip_prefix("input ")
            && !text.is_empty()
        {
            task.inputs.insert(input.to_owned(), (*text).to_owned());
        }
    }
    last.tasks.push(task);
}

fn given<'s>(row: &Row<'s>, heading: &str) -> Option<&'s str> {
    row.has(heading).filter(|cell| !cell.is_empty())
}

fn condition(name: &str) -> cutover::Condition {
    match name.trim_end_matches("()") {
        "succeeded" => cutover::Condition::Succeeded,
        "succeededOrFailed" => cutover::Condition::SucceededOrFailed,
        "always" => cutover::Condition::Always,
        "failed" => cutover::Condition::Failed,
        _ => cutover::Condition::Expression(name.to_owned()),
    }
}

/// Sets any part of a definition by its path in the definition's JSON. `257 characters` is a text of that length.
pub fn set(definition: &mut PipelineDefinition, path: &str, value: &str) {
    let count = value.strip_suffix(" characters").and_then(|count| count.parse().ok());
    let value = match count {
        Some(count) => Value::String("x".repeat(count)),
        None => serde_json::from_str(value).unwrap_or_else(|error| panic!("{value} is no JSON: {error}")),
    };
    let mut json = serde_json::to_value(&*definition).expect("a definition is JSON");
    let mut at = &mut json;
    for part in path.split('.') {
        let (name, places) = part.split_once('[').map_or((part, None), |(name, rest)| (name, Some(rest)));
        if at.is_null() || at.is_string() {
            *at = Value::Object(serde_json::Map::new());
        }
        at = at.as_object_mut().expect("fields").entry(name).or_insert(Value::Null);
        for place in places.into_iter().flat_map(|places| places.split('[')) {
            let place: usize = place.trim_end_matches(']').parse().expect("a place in a list");
            if at.is_null() {
                *at = Value::Array(Vec::new());
            }
            let items = at.as_array_mut().expect("a list");
            if place == items.len() {
                items.push(Value::Null);
            }
            at = items.get_mut(place).expect("a place in the list or behind it");
        }
    }
    *at = value;
    *definition = serde_json::from_value(json).unwrap_or_else(|error| panic!("no definition: {error}"));
}
