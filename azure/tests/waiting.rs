//! Interventions and delays of an export (J8, J9).

mod common;

use std::collections::BTreeMap;

use common::only_stage;
use cutover::{Task, TaskRef};
use serde_json::json;

/// Both tasks in a job of this kind, and the warnings.
fn tasks_of(phase: &str) -> (Vec<Task>, Vec<String>) {
    let tasks = json!([
        {
            "taskId": "BCB64569-D51A-4AF0-9C01-EA5D05B3B622", "version": "8.*", "name": "Look", "enabled": true,
            "inputs": {"instructions": "look at it", "emailRecipients": "a1, b2", "onTimeout": "Resume"}
        },
        {
            "taskId": "28782b92-5e8e-4458-9751-a71cd1492bae", "version": "1.*", "name": "Wait", "enabled": true,
            "inputs": {"delayForMinutes": "15"}
        }
    ]);
    let phases = json!([{"rank": 1, "phaseType": phase, "name": "Pause", "workflowTasks": tasks}]);
    let (mut stage, warnings) = only_stage(json!({"deployPhases": phases}));
    (stage.jobs.remove(0).tasks, warnings)
}

fn told(task: &Task) -> BTreeMap<&str, &str> {
    task.inputs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

#[test]
fn in_a_job_without_agent_they_are_the_engines_own() {
    let (tasks, warnings) = tasks_of("runOnServer");
    let [look, wait] = tasks.as_slice() else { panic!("two tasks") };
    // Their versions are kept for an export.
    let own = |id: &str, version: &str| TaskRef { version: version.to_owned(), ..TaskRef::new(id) };
    assert_eq!(look.task, own(TaskRef::MANUAL_INTERVENTION, "8.*"));
    let expected =
        [("instructions", "look at it"), ("users", "a1, b2"), ("groups", "a1, b2"), ("on-timeout", "resume")];
    assert_eq!(told(look), BTreeMap::from(expected));
    assert_eq!(wait.task, own(TaskRef::DELAY, "1.*"));
    assert_eq!(told(wait), BTreeMap::from([("minutes", "15")]));
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("\"Look\" is assigned to"), "{warnings:?}");
}

#[test]
fn in_a_job_on_an_agent_they_are_kept_and_warned_about() {
    let (tasks, warnings) = tasks_of("agentBasedDeployment");
    assert_eq!(tasks[0].task.id, cutover_azure::tasks::MANUAL_INTERVENTION);
    assert_eq!(tasks[1].task.id, cutover_azure::tasks::DELAY);
    assert_eq!(told(&tasks[1]), BTreeMap::from([("delayForMinutes", "15")]));
    assert_eq!(warnings.len(), 2, "{warnings:?}");
}

#[test]
fn inputs_that_the_engine_has_no_place_for_are_told() {
    let delay = json!({
        "taskId": "28782b92-5e8e-4458-9751-a71cd1492bae", "version": "1.*", "name": "Wait", "enabled": true,
        "inputs": {"delayForMinutes": "15", "unit": "hours", "nothing": ""}
    });
    let phases = json!([{"rank": 1, "phaseType": "runOnServer", "name": "Pause", "workflowTasks": [delay]}]);
    let (stage, warnings) = only_stage(json!({"deployPhases": phases}));
    assert_eq!(told(&stage.jobs[0].tasks[0]), BTreeMap::from([("minutes", "15")]));
    let said = "\"Wait\" has inputs that have no place here: unit: not taken over";
    assert!(matches!(&warnings[..], [warning] if warning.ends_with(said)), "{warnings:?}");
}

#[test]
fn what_an_old_stage_says_beside_its_jobs_is_told() {
    let phases = json!([{"rank": 1, "phaseType": 1, "name": "Agent job", "workflowTasks": []}]);
    let (_, warnings) = only_stage(json!({"deployPhases": phases, "runOptions": {"timeoutInMinutes": 30}}));
    let said = "environments[0].runOptions: a time-out of the stage beside those of its jobs: only those of the jobs are taken over";
    assert_eq!(warnings, [said]);
}
