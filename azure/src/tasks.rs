//! Tasks of a job (J4), and the public ids of the tasks that a host most likely has a runner for.
//!
//! Tasks are kept as they are: their id, their version and their inputs. Which runner takes which task is the host's decision, made by
//! these ids. A runner for [`COMMAND_LINE`] finds its text in the input `script`.

use std::collections::BTreeMap;

use cutover::{Condition, Task, TaskRef};

use crate::identity::{in_one_case, is_zero_guid};
use crate::left_out;
use crate::read::{Fields, Node};

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

fn read_task(fields: &mut Fields<'_>) -> Task {
    let task = reference(fields);
    let name = fields.take("name").name().unwrap_or_else(|| task.id.clone());
    let retry_count = fields.take("retryCountOnTaskFailure").within(0..=10);
    fields.lose("overrideInputs", "inputs that can be overridden have no place here: not taken over");
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
        }
        Some(name) if name.eq_ignore_ascii_case("task") => {}
        Some(_) => kind.warn(format!("{} is not known here: read as a task", kind.shown())),
        None => {}
    }
    TaskRef { id: found, version: fields.take("version").name().unwrap_or_default() }
}

/// The condition, or what `alwaysRun` of older exports stands for (J5).
fn condition(fields: &mut Fields<'_>) -> Condition {
    let always_run = fields.take("alwaysRun").flag().unwrap_or(false);
    let written = fields.take("condition");
    if written.name().is_none() && always_run {
        return Condition::SucceededOrFailed;
    }
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

/// Reads texts by name: inputs, or environment variables.
pub(crate) fn texts_by_name(node: &Node<'_>) -> BTreeMap<String, String> {
    node.object(left_out::NONE, |fields| {
        let texts = fields.take_all().into_iter();
        texts.map(|(name, value)| (name.to_owned(), value.text_or_json().unwrap_or_default())).collect()
    })
}
