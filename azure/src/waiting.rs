//! Interventions and delays: tasks that the engine carries out by itself (J8, J9).

use std::collections::BTreeMap;

use cutover::{JobKind, OwnTask, Task, TaskRef};

use crate::read::Node;
use crate::tasks::{DELAY, MANUAL_INTERVENTION};

/// Makes of a task what the engine carries out by itself, if it is that. `job` is where warnings stand.
pub(crate) fn take_over(job: &Node<'_>, kind: &JobKind, task: &mut Task) {
    let own = match task.task.id.as_str() {
        MANUAL_INTERVENTION => OwnTask::ManualIntervention,
        DELAY => OwnTask::Delay,
        _ => return,
    };
    if !matches!(kind, JobKind::Server) {
        let name = &task.name;
        job.warn(format!("{name:?} stands in a job without agent only: no runner will be found for it"));
        return;
    }
    let inputs = std::mem::take(&mut task.inputs);
    report_others(job, &task.name, own, &inputs);
    match own {
        OwnTask::ManualIntervention => {
            TaskRef::MANUAL_INTERVENTION.clone_into(&mut task.task.id);
            task.inputs = of_intervention(job, &task.name, &inputs);
        }
        OwnTask::Delay => {
            TaskRef::DELAY.clone_into(&mut task.task.id);
            let minutes = given(&inputs, "delayForMinutes").unwrap_or("0");
            task.inputs = BTreeMap::from([(OwnTask::MINUTES.to_owned(), minutes.to_owned())]);
        }
    }
}

/// What the task that stands there for one that the engine carries out by itself is told; `None` for every other task.
pub(crate) fn inputs_there(task: &Task) -> Option<BTreeMap<String, String>> {
    let told = |names: &[&str]| {
        let told = names.iter().find_map(|name| given(&task.inputs, name));
        told.unwrap_or_default().to_owned()
    };
    let inputs = match task.task.own()? {
        OwnTask::ManualIntervention => vec![
            ("instructions", told(&[OwnTask::INSTRUCTIONS])),
            ("emailRecipients", told(&[OwnTask::USERS, OwnTask::GROUPS])),
            ("onTimeout", told(&[OwnTask::ON_TIMEOUT])),
        ],
        OwnTask::Delay => vec![("delayForMinutes", told(&[OwnTask::MINUTES]))],
    };
    Some(inputs.into_iter().map(|(name, text)| (name.to_owned(), text)).collect())
}

/// What the engine has no place for: all but what [`take_over`] reads.
fn report_others(job: &Node<'_>, name: &str, own: OwnTask, inputs: &BTreeMap<String, String>) {
    let known: &[&str] = match own {
        OwnTask::ManualIntervention => &["instructions", "emailRecipients", "onTimeout"],
        OwnTask::Delay => &["delayForMinutes"],
    };
    let is_known = |input: &str| known.iter().any(|known| known.eq_ignore_ascii_case(input));
    let others = inputs.iter().filter(|(input, value)| !is_known(input) && !value.trim().is_empty());
    let others: Vec<_> = others.map(|(input, _)| input.as_str()).collect();
    if !others.is_empty() {
        job.warn(format!(
            "{name:?} has inputs that have no place here: {}: not taken over",
            others.join(", ")
        ));
    }
}

/// Names of inputs are alike in any case.
fn given<'a>(inputs: &'a BTreeMap<String, String>, name: &str) -> Option<&'a str> {
    let found = inputs.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
}

fn of_intervention(
    job: &Node<'_>,
    name: &str,
    inputs: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut own = BTreeMap::new();
    let mut put = |name: &str, value: &str| own.insert(name.to_owned(), value.to_owned());
    if let Some(instructions) = given(inputs, "instructions") {
        put(OwnTask::INSTRUCTIONS, instructions);
    }
    if let Some(assigned) = given(inputs, "emailRecipients") {
        put(OwnTask::USERS, assigned);
        put(OwnTask::GROUPS, assigned);
        job.warn(format!(
            "who of those that {name:?} is assigned to is a person and who a group, the export does not say: each is taken as both"
        ));
    }
    if let Some(then) = given(inputs, "onTimeout") {
        put(OwnTask::ON_TIMEOUT, &then.to_ascii_lowercase());
    }
    own
}
