//! Tasks of a job (J4), and the public ids of the tasks that a host most likely has a runner for.
//!
//! Tasks are kept as they are: their id, their version and their inputs. Which runner takes which task is the host's decision, made by
//! these ids. A runner for [`COMMAND_LINE`] finds its text in the input `script`.

use std::collections::BTreeMap;

use cutover::{Condition, Task, TaskRef};
use serde_json::{Map, Value, json};

use crate::identity::{in_one_case, is_zero_guid};
use crate::read::{Fields, Node};
use crate::write;
use crate::{left_out, own, waiting};

/// "Command Line": input `script`, run by the platform's shell.
pub const COMMAND_LINE: &str = "d9bafed4-0b18-4f58-968d-86655b4d2ce9";
/// "Bash", and "Shell Script" in versions below 3: input `script` where `targetType` is `inline`, else the file `filePath`.
pub const BASH: &str = "6c731c3c-3c68-459a-a5c9-bde6e6595b5b";
/// "PowerShell": input `script` where `targetType` is `inline`, else the file `filePath`.
pub const POWERSHELL: &str = "e213ff0f-5d5c-4791-802d-52ea3e7be1f1";
/// "Manual Intervention", in a job without agent (J8).
pub const MANUAL_INTERVENTION: &str = "bcb64569-d51a-4af0-9c01-ea5d05b3b622";
/// "Delay", in a job without agent (J9): input `delayForMinutes`.
pub const DELAY: &str = "28782b92-5e8e-4458-9751-a71cd1492bae";
/// "Invoke REST API", in a job without agent or as a gate.
pub const INVOKE_REST_API: &str = "9c3e8943-130d-4c78-ac63-8af81df62dfb";
/// "Query Work Items", as a gate.
pub const QUERY_WORK_ITEMS: &str = "f1e4b0e6-017e-4819-8a48-ef19ae96e289";

/// Minutes in 365 days: longer than anything that a task waits for.
const MOST_MINUTES: u32 = 525_600;

/// Reads the tasks of a job, in the order of the list.
pub(crate) fn read(tasks: &Node<'_>) -> Vec<Task> {
    tasks.items().iter().map(|task| task.object(left_out::NONE, read_task)).collect()
}

/// Writes a task, with what the engine carries out by itself as the task that stands for it there.
pub(crate) fn write(task: &Task) -> Value {
    let Task {
        name,
        task: reference,
        reference_name,
        inputs,
        enabled,
        condition,
        continue_on_error,
        timeout_minutes,
        retry_count,
        environment,
        // Only Cutover has it.
        repeatable: _,
    } = task;
    let mut written = write_reference(reference);
    let inputs = waiting::inputs_there(task).unwrap_or_else(|| inputs.clone());
    let fields = [
        ("name", json!(name)),
        ("refName", json!(reference_name)),
        ("enabled", json!(enabled)),
        ("continueOnError", json!(continue_on_error)),
        ("timeoutInMinutes", json!(timeout_minutes)),
        ("retryCountOnTaskFailure", json!(retry_count)),
        ("condition", json!(text_of(condition))),
        ("environment", write::texts_by_name(environment)),
        ("inputs", write::texts_by_name(&inputs)),
    ];
    written.extend(fields.map(|(key, value)| (key.to_owned(), value)));
    written.into()
}

fn read_task(fields: &mut Fields<'_>) -> Task {
    let task = reference(fields);
    let name = fields.take("name").name().unwrap_or_else(|| task.id.clone());
    let retry_count = fields.take("retryCountOnTaskFailure").within(0..=10);
    fields.lose("overrideInputs", "inputs that can be overridden have no place here: not taken over");
    fields.take(own::KEY);
    Task {
        name,
        task,
        reference_name: fields.take("refName").name().unwrap_or_default(),
        inputs: texts_by_name(&fields.take("inputs")),
        enabled: fields.take("enabled").flag().unwrap_or(true),
        condition: condition(fields),
        continue_on_error: fields.take("continueOnError").flag().unwrap_or(false),
        timeout_minutes: fields.take("timeoutInMinutes").within(0..=MOST_MINUTES).unwrap_or(0),
        retry_count: retry_count.unwrap_or(0),
        environment: texts_by_name(&fields.take("environment")),
        repeatable: false,
    }
}

/// Reads which task it is.
pub(crate) fn reference(fields: &mut Fields<'_>) -> TaskRef {
    let id = fields.take("taskId");
    let found = in_one_case(id.name().unwrap_or_default());
    if found.is_empty() {
        id.warn("the task has no id: no runner will be found for it");
    } else if is_zero_guid(&found) {
        id.warn("the task's id is all zeros, as in a template: no runner will be found for it");
    }
    let kind = fields.take("definitionType");
    match kind.name() {
        Some(name) if name.eq_ignore_ascii_case("metaTask") => {
            kind.warn(
                "a task group: its tasks are not in the export, and the host must have a runner for it",
            );
            kind.report().keep(TASK_GROUPS, json!(found));
        }
        Some(name) if name.eq_ignore_ascii_case("task") => {}
        Some(_) => kind.warn(format!("{} is not known here: read as a task", kind.shown())),
        None => {}
    }
    TaskRef { id: found, version: fields.take("version").name().unwrap_or_default() }
}

/// The list of the ids that are those of task groups, among what is kept for an export.
pub(crate) const TASK_GROUPS: &str = "task-groups";

/// Writes which task it is.
pub(crate) fn write_reference(task: &TaskRef) -> Map<String, Value> {
    let TaskRef { id, version } = task;
    let version = if version.is_empty() && id == TaskRef::COMMAND { "2.*" } else { version };
    let id = match id.as_str() {
        TaskRef::COMMAND => COMMAND_LINE,
        TaskRef::MANUAL_INTERVENTION => MANUAL_INTERVENTION,
        TaskRef::DELAY => DELAY,
        other => other,
    };
    let fields = [("taskId", id), ("version", version), ("definitionType", "task")];
    fields.into_iter().map(|(key, text)| (key.to_owned(), json!(text))).collect()
}

/// Marks the tasks of a document that are task groups.
pub(crate) fn mark_groups(document: &mut Value, groups: &[Value]) {
    if groups.is_empty() {
        return;
    }
    match document {
        Value::Array(items) => items.iter_mut().for_each(|item| mark_groups(item, groups)),
        Value::Object(map) => {
            if map.get("taskId").is_some_and(|id| groups.contains(id)) {
                map.insert("definitionType".to_owned(), json!("metaTask"));
            }
            map.values_mut().for_each(|value| mark_groups(value, groups));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The condition, or what `alwaysRun` of older exports stands for (J5).
fn condition(fields: &mut Fields<'_>) -> Condition {
    let always_run = fields.take("alwaysRun");
    let written = fields.take("condition");
    if !always_run.flag().unwrap_or(false) {
        return condition_of(&written);
    }
    if written.name().is_none() {
        return Condition::SucceededOrFailed;
    }
    always_run.note("the condition says when it runs: left out");
    condition_of(&written)
}

/// What the text of a condition stands for (J5, C1). One that does not parse is kept as it is: the pipeline can't be saved before it
/// is put right.
pub(crate) fn condition_of(node: &Node<'_>) -> Condition {
    let text = node.name().unwrap_or_default();
    Condition::parse(&text).unwrap_or_else(|error| {
        node.warn(format!("the condition can't be read: {error}"));
        Condition::Expression(text)
    })
}

/// A condition that never holds: that of what must not run before somebody has put its own condition right.
pub(crate) const NEVER: &str = "eq(1, 2)";

/// The text of a condition.
pub(crate) fn text_of(condition: &Condition) -> &str {
    match condition {
        Condition::Succeeded => "succeeded()",
        Condition::SucceededOrFailed => "succeededOrFailed()",
        Condition::Always => "always()",
        Condition::Failed => "failed()",
        Condition::Expression(text) => text,
    }
}

/// Reads texts by name: inputs, or environment variables.
pub(crate) fn texts_by_name(node: &Node<'_>) -> BTreeMap<String, String> {
    node.object(left_out::NONE, |fields| {
        let texts = fields.take_all().into_iter();
        texts.map(|(name, value)| (name.to_owned(), value.text_or_json().unwrap_or_default())).collect()
    })
}
