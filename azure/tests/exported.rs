//! Exports of pipelines: what the server's shape says, what only Cutover reads of it, and what an import had set aside.

mod common;

use std::error::Error;

use common::said::news;
use common::{definition, fixture, imported, imported_bytes, stage, texts, with};
use cutover::{
    JobKind, PipelineDefinition, ReleaseTrigger, ScheduleId, SlotSpan, Stage, StageId, StageTrigger, Task,
    TriggerKind,
};
use cutover_azure::{ExportError, Imported, export, import, import_over, tasks};
use serde_json::{Value, json};

fn exported(definition: &PipelineDefinition) -> Value {
    let document = export(definition).map(|exported| exported.document);
    document.map_or_else(|error| panic!("{error}"), |text| serde_json::from_str(&text).unwrap_or(Value::Null))
}

/// The import of the export, which must be the same, and no warning of the export.
fn again(definition: &PipelineDefinition) -> Result<Imported, Box<dyn Error>> {
    let exported = export(definition)?;
    assert_eq!(exported.warnings, []);
    let again = import(exported.document.as_bytes())?;
    assert_eq!(again.definition, *definition);
    Ok(again)
}

#[test]
fn what_was_imported_is_exported_in_the_servers_shape_alone() -> Result<(), Box<dyn Error>> {
    for name in ["full-names.json", "full-numbers.json", "old.json", "template.json"] {
        let first = imported_bytes(&fixture(name));
        let second = again(&first.definition)?;
        assert_eq!(news(&first, &second), [""; 0], "{name}: it is said of the second import only");
        assert!(!exported(&first.definition).to_string().contains("\"cutover\""), "{name}");
    }
    Ok(())
}

#[test]
fn what_only_cutover_has_is_said_where_it_belongs_and_told() -> Result<(), Box<dyn Error>> {
    let mut shop = PipelineDefinition::new("Shop")
        .with_stage(Stage::new(StageId(1), "Dev").after_release().with_task(Task::command("make")))
        .with_stage(Stage::new(StageId(2), "QA").after(&[StageId(1)]));
    "Europe/Warsaw".clone_into(&mut shop.zone);
    shop.stages[1].slot_span = SlotSpan::JobsOnly;
    shop.stages[1].lock_groups = vec!["database".to_owned()];
    shop.stages[0].jobs[0].tasks[0].repeatable = true;

    let told: Vec<_> = export(&shop)?.warnings.iter().map(ToString::to_string).collect();
    let places = [
        "cutover.zone",
        "environments[1].cutover.lock_groups",
        "environments[1].cutover.slot_span",
        "environments[0].deployPhases[0].workflowTasks[0].cutover.repeatable",
        "environments[0].deployPhases[0].workflowTasks[0].cutover.task",
    ];
    let expected =
        places.map(|place| format!("{place}: there is no place for it there: only Cutover reads it"));
    assert_eq!(told.iter().collect::<std::collections::BTreeSet<_>>(), expected.iter().collect());

    let document = exported(&shop);
    assert_eq!(
        document["environments"][1]["cutover"],
        json!({ "lock_groups": ["database"], "slot_span": "jobs-only" })
    );
    let task = &document["environments"][0]["deployPhases"][0]["workflowTasks"][0];
    assert_eq!(task["taskId"], tasks::COMMAND_LINE, "the server runs it, too");
    assert_eq!(import(document.to_string().as_bytes())?.definition, shop);
    Ok(())
}

#[test]
fn an_edit_of_the_servers_part_counts_beside_what_only_cutover_reads() -> Result<(), Box<dyn Error>> {
    let mut shop = PipelineDefinition::new("Shop").with_stage(Stage::new(StageId(1), "Dev"));
    shop.stages[0].lock_groups = vec!["database".to_owned()];
    let mut document = exported(&shop);
    document["environments"][0]["name"] = json!("Test");
    let edited = import(document.to_string().as_bytes())?.definition;
    assert_eq!((edited.stages[0].name.as_str(), edited.stages[0].lock_groups.len()), ("Test", 1));
    Ok(())
}

#[test]
fn what_cannot_be_read_of_it_is_left_out_and_told() {
    let said = |own: Value| texts(&imported(&definition(&[stage("Dev", json!({ "cutover": own }))])));
    assert_eq!(said(json!("x")), ["environments[0].cutover: cannot be read: left out"]);
    assert_eq!(said(json!({ "lock_groups": 7 })), ["environments[0].cutover: cannot be read: left out"]);
    assert_eq!(said(json!({ "badge": true })), [""; 0]);
    assert_eq!(
        said(json!({ "colour": { "hunter2": 1 } })),
        ["environments[0].cutover.colour: unknown, or as usual anyway: not taken over"]
    );
}

#[test]
fn a_trigger_that_could_not_work_is_given_back_as_it_stood() -> Result<(), Box<dyn Error>> {
    let triggers = json!([
        { "triggerType": "artifactSource", "artifactAlias": "_gone", "triggerConditions": [], "colour": "red" },
        { "triggerType": 2, "schedule": { "daysToRelease": 31, "timeZoneId": "Nowhere Time", "startHours": 3 } },
        { "triggerType": "moonPhase", "phase": "full" },
        { "triggerType": "schedule", "schedule": { "daysToRelease": 31, "timeZoneId": "UTC", "startHours": 4 } },
    ]);
    let first = imported(&with(definition(&[stage("Dev", json!({}))]), json!({ "triggers": triggers })));
    let enabled: Vec<_> = first.definition.triggers.iter().map(|trigger| trigger.enabled).collect();
    assert_eq!(enabled, [false, false, true]);
    assert!(cutover::validate(&first.definition).is_ok());

    let back = exported(&first.definition);
    assert_eq!(back["triggers"][0], triggers[0]);
    assert_eq!(back["triggers"][1], triggers[1]);
    assert_eq!(back["triggers"][3], triggers[2], "what was left out stands at the end");
    again(&first.definition)?;
    Ok(())
}

#[test]
fn what_was_kept_is_not_given_back_where_it_would_start_more() -> Result<(), Box<dyn Error>> {
    let triggers = json!([{ "triggerType": 1, "artifactAlias": "_gone", "triggerConditions": [] }]);
    let mut shop =
        imported(&with(definition(&[stage("Dev", json!({}))]), json!({ "triggers": triggers }))).definition;
    // Somebody adds the source, and leaves the trigger as it is: not enabled.
    shop.artifacts = imported(&with(
        definition(&[stage("Dev", json!({}))]),
        json!({ "artifacts": [{ "alias": "_gone", "type": "Build", "isPrimary": true }] }),
    ))
    .definition
    .artifacts;
    let exported = export(&shop)?;
    assert_eq!(
        exported.warnings[0].to_string(),
        "what was kept at its import does not fit the pipeline any more: it is not given back"
    );
    let document: Value = serde_json::from_str(&exported.document)?;
    assert_eq!(document["triggers"], json!([]));
    assert_eq!(import(exported.document.as_bytes())?.definition, shop);
    Ok(())
}

#[test]
fn a_stage_that_starts_by_hand_only_gets_back_what_started_it() -> Result<(), Box<dyn Error>> {
    let conditions =
        json!([{ "name": "ReleaseStarted", "conditionType": 1 }, { "name": "x", "conditionType": 77 }]);
    let schedules = json!([{ "daysToRelease": 1, "timeZoneId": "UTC" }]);
    let more = json!({ "conditions": conditions, "schedules": schedules });
    let first = imported(&definition(&[stage("Dev", more)])).definition;
    assert_eq!((&first.stages[0].trigger, first.stages[0].schedules.len()), (&StageTrigger::Manual, 0));

    let back = exported(&first);
    assert_eq!(back["environments"][0]["conditions"], conditions);
    assert_eq!(back["environments"][0]["schedules"], schedules);
    again(&first)?;

    // Once somebody says what starts it, that is what is exported.
    let mut edited = first;
    edited.stages[0].trigger = StageTrigger::AfterRelease;
    assert_eq!(exported(&edited)["environments"][0]["conditions"].as_array().map(Vec::len), Some(1));
    assert_eq!(import(export(&edited)?.document.as_bytes())?.definition, edited);
    Ok(())
}

#[test]
fn a_schedule_in_an_unknown_zone_and_a_demand_that_cannot_be_read_come_back() -> Result<(), Box<dyn Error>> {
    let schedules = json!([
        { "daysToRelease": 1, "timeZoneId": "UTC", "startHours": 1, "startMinutes": 0 },
        { "daysToRelease": 2, "timeZoneId": "Nowhere Time", "startHours": 2 },
    ]);
    let input = json!({ "queueId": 4, "demands": ["java", "a -b c"] });
    let phases = json!([{ "phaseType": 1, "name": "Job", "deploymentInput": input, "workflowTasks": [] }]);
    let stages =
        [stage("Dev", json!({ "schedules": schedules })), stage("QA", json!({ "deployPhases": phases }))];
    let first = imported(&definition(&stages)).definition;
    assert_eq!(first.stages[0].schedules.len(), 1);
    assert_eq!(first.stages[1].trigger, StageTrigger::Manual);
    let back = exported(&first);
    assert_eq!(back["environments"][0]["schedules"][1], schedules[1]);
    assert_eq!(
        back["environments"][1]["deployPhases"][0]["deploymentInput"]["demands"],
        json!(["java", "a -b c"])
    );
    again(&first)?;
    Ok(())
}

#[test]
fn variables_and_conditions_that_cannot_be_are_set_aside_and_come_back() -> Result<(), Box<dyn Error>> {
    let task = json!({ "taskId": tasks::BASH, "name": "x", "condition": "startsWith(" });
    let phases = json!([{ "phaseType": 1, "name": "Job", "workflowTasks": [task, task], "deploymentInput": { "condition": "no(" } }]);
    let variables = json!({
        "System.Debug": { "value": "true" },
        "app-name": { "value": "hunter2", "isSecret": true, "allowOverride": true },
        "Good": { "value": "1" }
    });
    let stages = [stage("Dev", json!({ "deployPhases": phases, "variables": variables }))];
    let first = imported(&with(definition(&stages), json!({ "variables": variables })));
    assert!(cutover::validate(&first.definition).is_ok());
    assert_eq!(first.definition.variables.keys().collect::<Vec<_>>(), ["Good"]);
    assert_eq!(first.definition.stages[0].trigger, StageTrigger::Manual);
    assert!(!format!("{first:?}").contains("hunter2"));

    let back = exported(&first.definition);
    assert_eq!(back["variables"]["System.Debug"], json!({ "value": "true" }));
    assert_eq!(
        back["environments"][0]["variables"]["app-name"],
        json!({ "value": null, "isSecret": true, "allowOverride": true })
    );
    let job = &back["environments"][0]["deployPhases"][0];
    assert_eq!(job["deploymentInput"]["condition"], "no(");
    assert_eq!(job["workflowTasks"][1]["condition"], "startsWith(");
    assert_eq!(back["environments"][0]["conditions"][0]["name"], "ReleaseStarted");
    again(&first.definition)?;
    Ok(())
}

#[test]
fn a_deployment_group_that_is_not_named_is_one_that_nobody_has() -> Result<(), Box<dyn Error>> {
    let input = json!({ "queueId": null, "tags": ["web"] });
    let phases = json!([{ "phaseType": 4, "name": "Job", "deploymentInput": input, "workflowTasks": [] }]);
    let first = imported(&definition(&[stage("Dev", json!({ "deployPhases": phases }))]));
    assert!(cutover::validate(&first.definition).is_ok());
    let JobKind::DeploymentGroup { group, .. } = &first.definition.stages[0].jobs[0].kind else {
        return Err("a deployment group".into());
    };
    assert_eq!(group, "(not in the export)");
    assert_eq!(texts(&first).len(), 1, "{:?}", texts(&first));
    again(&first.definition)?;
    Ok(())
}

#[test]
fn kinds_of_sources_and_default_versions_that_have_no_place_come_back() -> Result<(), Box<dyn Error>> {
    let part = |id: &str| json!({ "id": id, "name": id });
    let reference = json!({
        "definition": part("3"),
        "defaultVersionType": part("latestWithBuildDefinitionBranchAndTagsType"),
        "defaultVersionTags": part("good")
    });
    let artifacts = json!([
        { "alias": "_web", "type": "DockerHub", "isPrimary": true, "definitionReference": reference },
    ]);
    let first = imported(&with(definition(&[stage("Dev", json!({}))]), json!({ "artifacts": artifacts })));
    let back = exported(&first.definition);
    assert_eq!(back["artifacts"], artifacts);
    again(&first.definition)?;
    Ok(())
}

#[test]
fn a_file_without_ids_is_known_by_its_names_when_it_is_imported_again() -> Result<(), Box<dyn Error>> {
    let at = |hours: i64| json!({ "daysToRelease": 127, "timeZoneId": "UTC", "startHours": hours });
    let scheduled = |hours| json!({ "triggerType": 2, "schedule": at(hours) });
    let file = |stages: &[&str], triggers: &[i64]| {
        let stages: Vec<_> = stages.iter().map(|name| stage(name, json!({}))).collect();
        let triggers: Vec<_> = triggers.iter().map(|hours| scheduled(*hours)).collect();
        with(definition(&stages), json!({ "triggers": triggers })).to_string()
    };
    let first = import(file(&["Dev", "QA"], &[1, 2]).as_bytes())?.definition;
    let second = import_over(file(&["Lint", "qa", "Dev"], &[3, 1]).as_bytes(), &first)?.definition;
    let ids: Vec<_> = second.stages.iter().map(|stage| (stage.name.as_str(), stage.id.0)).collect();
    assert_eq!(ids, [("Lint", 3), ("qa", 2), ("Dev", 1)]);
    let ids: Vec<_> = second
        .triggers
        .iter()
        .filter_map(|ReleaseTrigger { kind, .. }| match kind {
            TriggerKind::Scheduled(schedule) => Some((schedule.hour, schedule.id)),
            TriggerKind::ContinuousDeployment { .. } | TriggerKind::PullRequest { .. } => None,
        })
        .collect();
    assert_eq!(ids, [(3, ScheduleId(3)), (1, ScheduleId(1))], "at 1 is the one that was there");
    Ok(())
}

#[test]
fn what_could_not_be_imported_is_not_exported() {
    let stage = |id, name| Stage::new(StageId(id), name);
    let twice = PipelineDefinition::new("Shop").with_stage(stage(1, "Dev")).with_stage(stage(2, "DEV"));
    assert!(matches!(export(&twice), Err(ExportError::Invalid(problems)) if problems.len() == 1));
    let nothing = PipelineDefinition::new("");
    assert!(matches!(export(&nothing), Err(ExportError::Invalid(problems)) if problems.len() == 2));
    let mut large = PipelineDefinition::new("Shop").with_stage(stage(1, "Dev"));
    large.description = "x".repeat(cutover_azure::FILE_BYTES);
    let message = export(&large).map_or_else(|error| error.to_string(), |_| String::new());
    assert!(message.ends_with("more than the 16777216 that are imported: split the pipeline"), "{message}");
}
