//! Gates before and after the jobs of a stage (G).

use cutover::{Condition, Gate, Gates};
use serde_json::{Value, json};

use crate::left_out;
use crate::read::{Fields, Node};
use crate::tasks;
use crate::write::texts_by_name;

/// Minutes in 15 days (G1).
const MOST_MINUTES: u32 = 21_600;
/// Minutes in 48 hours (G1).
const MOST_DELAY_MINUTES: u32 = 2_880;

/// Reads the gates of one side of the jobs; `None` if there are neither gates nor options for them.
pub(crate) fn read(node: &Node<'_>) -> Option<Gates> {
    node.object(left_out::GATES, |fields| {
        let list = fields.take("gates");
        let gates: Vec<_> = list.items().iter().flat_map(read_gate).collect();
        let options = fields.take("gatesOptions");
        let options_given = !options.is_idle();
        let options = options.object(left_out::NONE, read_options);
        match (options_given, gates.is_empty()) {
            (false, true) => return None,
            (false, false) => list.warn("gates without options: read as enabled, with the usual options"),
            (true, _) => {}
        }
        Some(Gates { gates, ..options })
    })
}

/// Writes the gates of one side of the jobs.
pub(crate) fn write(gates: Option<&Gates>) -> Value {
    let Some(options) = gates else {
        return json!({ "id": 0, "gatesOptions": null, "gates": [] });
    };
    let Gates {
        enabled,
        gates,
        delay_minutes,
        sampling_interval_seconds,
        minimum_success_minutes,
        timeout_minutes,
    } = options;
    let gates: Vec<_> = gates.iter().map(|gate| json!({ "tasks": [write_gate(gate)] })).collect();
    let options = json!({
        "isEnabled": enabled,
        "stabilizationTime": delay_minutes,
        "samplingInterval": sampling_interval_seconds.div_ceil(60),
        "minimumSuccessDuration": minimum_success_minutes,
        "timeout": timeout_minutes,
    });
    json!({ "id": 0, "gatesOptions": options, "gates": gates })
}

fn write_gate(gate: &Gate) -> Value {
    let Gate { name, task, inputs, enabled } = gate;
    let mut written = tasks::write_reference(task);
    written.insert("name".to_owned(), json!(name));
    written.insert("inputs".to_owned(), texts_by_name(inputs));
    written.insert("enabled".to_owned(), json!(enabled));
    written.into()
}

fn read_options(fields: &mut Fields<'_>) -> Gates {
    let usual = Gates::default();
    let mut minutes = |key: &str, most| fields.take(key).within(0..=most);
    let delay = minutes("stabilizationTime", MOST_DELAY_MINUTES);
    let steady = minutes("minimumSuccessDuration", MOST_MINUTES);
    let timeout = minutes("timeout", MOST_MINUTES);
    let interval = fields.take("samplingInterval").within(1..=MOST_MINUTES);
    Gates {
        enabled: fields.take("isEnabled").flag().unwrap_or(true),
        gates: Vec::new(),
        delay_minutes: delay.unwrap_or(usual.delay_minutes),
        sampling_interval_seconds: interval
            .map_or(usual.sampling_interval_seconds, |minutes| minutes.saturating_mul(60)),
        minimum_success_minutes: steady.unwrap_or(usual.minimum_success_minutes),
        timeout_minutes: timeout.unwrap_or(usual.timeout_minutes),
    }
}

/// A gate is a list of tasks, nearly always one. All gates must succeed, and so must all tasks: each task becomes a gate.
fn read_gate(node: &Node<'_>) -> Vec<Gate> {
    let tasks = node.object(left_out::GATES, |fields| fields.take("tasks").items());
    tasks.iter().map(|task| task.object(left_out::NONE, read_task)).collect()
}

fn read_task(fields: &mut Fields<'_>) -> Gate {
    let task = tasks::reference(fields);
    let name = fields.take("name").name().unwrap_or_else(|| task.id.clone());
    for key in ["alwaysRun", "continueOnError", "retryCountOnTaskFailure"] {
        fields.lose(key, "a gate is evaluated in every sample, whatever came before: left out");
    }
    for key in ["environment", "overrideInputs", "timeoutInMinutes"] {
        fields.lose(key, "a gate has no such setting here: not taken over");
    }
    fields.lose_quietly("refName", "a gate has no output variables: left out");
    let condition = fields.take("condition");
    let text = condition.name().unwrap_or_default();
    if Condition::parse(&text) != Ok(Condition::Succeeded) {
        condition.warn("a gate has no condition here: not taken over");
    }
    Gate {
        name,
        task,
        inputs: tasks::texts_by_name(&fields.take("inputs")),
        enabled: fields.take("enabled").flag().unwrap_or(true),
    }
}
