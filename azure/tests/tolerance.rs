//! Files as they really are: old shapes, templates with placeholders, and every kind of carelessness.

mod common;

use std::error::Error;

use common::{
    definition, first_stage, fixture, imported, imported_bytes, note_texts, only_stage, stage, stage_after,
    texts, with,
};
use cutover::{
    ApprovalOrder, Approver, Condition, JobKind, QueuingPolicy, Required, Retention, StageId, StageTrigger,
    TriggerKind, UserId, Variable,
};
use serde_json::json;

#[test]
fn an_old_export_without_jobs_gets_one_job() {
    let imported = imported_bytes(&fixture("old.json"));
    assert_eq!(texts(&imported), Vec::<String>::new(), "an old shape loses nothing");
    let [dev, qa, prod] = imported.definition.stages.as_slice() else { panic!("three stages") };
    let [job] = dev.jobs.as_slice() else { panic!("one job") };
    assert_eq!(
        job.kind,
        JobKind::Agent { pool: "8".to_owned(), demands: vec!["Agent.Version -gtVersion 1.87".to_owned()] }
    );
    assert_eq!(job.timeout_minutes, Some(25));
    assert_eq!(job.tasks[0].condition, Condition::SucceededOrFailed, "alwaysRun without a condition");
    assert_eq!(job.tasks[0].task.version, "*");
    assert_eq!((job.tasks[1].task.version.as_str(), job.tasks[1].enabled), ("", true));
    assert_eq!(job.tasks[1].inputs["force"], "true");
    assert_eq!(job.tasks[1].inputs["times"], "2");
    assert_eq!(job.tasks[1].inputs["nothing"], "");
    assert!(qa.jobs.is_empty() && prod.jobs.is_empty(), "`deployStep` of {{}} and of an id alone");
    assert_eq!(qa.trigger, StageTrigger::Manual, "no conditions at all");
    assert_eq!(prod.trigger, StageTrigger::Manual, "an empty list of conditions");
}

#[test]
fn a_pipelines_retention_is_that_of_stages_without_one() {
    let stages = imported_bytes(&fixture("old.json")).definition.stages;
    let days: Vec<_> = stages.iter().map(|stage| stage.retention.days).collect();
    assert_eq!(days, [60, 10, 60]);
    assert_eq!(stages[1].retention, Retention { days: 10, releases: 1, keep_build: true });
}

#[test]
fn one_of_two_approvers_of_the_same_rank_is_enough() {
    let stage = first_stage(imported_bytes(&fixture("old.json")).definition);
    assert_eq!(stage.after.approvals.required, Required::AtLeast(std::num::NonZeroU32::MIN));
    assert_eq!(stage.after.approvals.order, ApprovalOrder::AnyOrder);
    assert_eq!(stage.after.approvals.steps.len(), 2);
}

#[test]
fn the_only_source_is_the_primary_one_and_aliases_have_no_case() {
    let definition = imported_bytes(&fixture("old.json")).definition;
    assert!(definition.artifacts[0].primary);
    assert!(definition.triggers[0].enabled);
    assert!(
        matches!(&definition.triggers[0].kind, TriggerKind::ContinuousDeployment { alias, .. } if alias == "drop")
    );
}

#[test]
fn a_template_with_placeholders_is_imported_with_what_to_look_at() {
    let imported = imported_bytes(&fixture("template.json"));
    assert_eq!(
        texts(&imported),
        [
            "variables.Odd.isSecret: neither true nor false: left out",
            "variables.Odd.value: a secret in clear text: its value is dropped; the host's secrets must have it as \"Odd\"",
            "variables.Password.value: a secret in clear text: its value is dropped; the host's secrets must have it as \"Password\"",
            "variables.Token.value: a secret in clear text: its value is dropped; the host's secrets must have it as \"Token\"",
            "triggers[0].artifactAlias: the pipeline has no artifact source of this alias: the trigger is kept, but not enabled",
            "environments[1].id and 2 more places: no positive id that is the stage's alone: the stage gets one by its place, and is known again by its name only",
            "environments[1].deployPhases[0].workflowTasks[0].taskId and 3 more places: the task's id is all zeros, as in a template: no runner will be found for it",
            "environments[1].deployPhases[0].deploymentInput.queueId and 3 more places: a placeholder of a template: nothing has this id until it is replaced",
            "environments[1].variables.Password.value: a secret in clear text: its value is dropped; the host's secrets must have it as \"First/Password\"",
            "environments[2].owner and environments[3].owner: a placeholder of a template: nothing has this id until it is replaced",
            "environments[2].executionPolicy.queueDepthCount: 5 cannot wait: read as 1, so that only the newest waits",
            "environments[0].owner: no id: its name is taken as its id",
            "environments[0].preDeployApprovals.approvals[0].approver: a placeholder of a template: nothing has this id until it is replaced",
            "environments[0].preDeployApprovals.approvalOptions.timeoutInMintues: an unknown key: not taken over",
        ]
    );
    let stages = &imported.definition.stages;
    let order: Vec<_> = stages.iter().map(|stage| (stage.id, stage.name.as_str())).collect();
    assert_eq!(
        order,
        [(StageId(1), "First"), (StageId(3), "Second"), (StageId(4), "Third"), (StageId(2), "Aside")],
        "in the order of ranks; the only positive id is kept, the others get the lowest ones that are left"
    );
    assert!(!imported.definition.triggers[0].enabled);
    assert_eq!(imported.definition.folder, "\\");
}

#[test]
fn no_secret_of_a_template_is_kept_or_shown() {
    let file = fixture("template.json");
    assert!(String::from_utf8_lossy(&file).contains("hunter2"));
    let imported = imported_bytes(&file);
    assert!(!format!("{imported:?}").contains("hunter2"));
    let variables = &imported.definition.variables;
    for name in ["Password", "Token", "Odd", "Kept"] {
        assert_eq!(variables[name], Variable::secret(name), "{name}");
    }
    assert_eq!(imported.definition.stages[0].variables["Password"], Variable::secret("First/Password"));
}

#[test]
fn the_same_file_in_any_encoding_and_layout_is_the_same_pipeline() {
    let plain = fixture("old.json");
    let text = String::from_utf8_lossy(&plain).into_owned();
    let expected = imported_bytes(&plain);
    let windows = text.replace('\n', "\r\n");
    let utf16: Vec<u8> =
        "\u{FEFF}".encode_utf16().chain(windows.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for file in [[b"\xEF\xBB\xBF", windows.as_bytes()].concat(), utf16, text.replace('\n', "").into_bytes()] {
        assert_eq!(imported_bytes(&file), expected);
    }
}

#[test]
fn ranks_are_only_used_if_every_stage_has_one() {
    let first = stage("First", json!({ "rank": 2 }));
    let none = imported(&definition(&[first.clone(), stage("Second", json!({ "rank": 1 }))]));
    assert_eq!(none.definition.stages[0].name, "Second");
    let some = imported(&definition(&[first, stage("Second", json!({}))]));
    assert_eq!(some.definition.stages[0].name, "First");
    assert_eq!(
        texts(&some),
        ["environments: some have a rank and some have none: taken in the order of the list"]
    );
}

#[test]
fn missing_ids_are_given_without_a_warning() {
    let imported = imported(&definition(&[stage("Dev", json!({})), stage_after("QA", &[" dev"])]));
    assert_eq!(imported.warnings, []);
    let ids: Vec<_> = imported.definition.stages.iter().map(|stage| stage.id).collect();
    assert_eq!(ids, [StageId(1), StageId(2)]);
}

#[test]
fn conditions_of_jobs_and_tasks_that_parse_are_read_without_a_warning() {
    let of = |condition: &str| {
        let task = json!({ "taskId": "d9bafed4-0b18-4f58-968d-86655b4d2ce9", "version": "2.*", "name": "x", "condition": condition });
        let input = json!({ "condition": condition });
        let job = json!({ "name": "Job", "phaseType": 1, "workflowTasks": [task], "deploymentInput": input });
        let (stage, warnings) = only_stage(json!({ "deployPhases": [job] }));
        let job = &stage.jobs[0];
        assert_eq!(job.condition, job.tasks[0].condition);
        (job.condition.clone(), warnings.len())
    };
    assert_eq!(of(""), (Condition::Succeeded, 0));
    assert_eq!(of(" Succeeded( )"), (Condition::Succeeded, 0));
    assert_eq!(of("SUCCEEDEDORFAILED()"), (Condition::SucceededOrFailed, 0));
    assert_eq!(of("always()\n"), (Condition::Always, 0));
    assert_eq!(of("failed()"), (Condition::Failed, 0));
    let text = "and(succeeded(), eq(variables['A'], 'B'))";
    assert_eq!(of(&format!(" {text} ")), (Condition::Expression(text.to_owned()), 0));
    // What cannot be read never holds, and nothing starts the stage by itself.
    assert_eq!(of("eq(1"), (Condition::Expression("eq(1, 2)".to_owned()), 4));
}

#[test]
fn a_job_on_a_deployment_group_is_not_parallel_beside_that() {
    let input = json!({ "queueId": 18, "parallelExecution": { "parallelExecutionType": "multiMachine", "maxNumberOfAgents": 2 } });
    let job = json!({ "name": "Job", "phaseType": "machineGroupBasedDeployment", "deploymentInput": input });
    let (stage, warnings) = only_stage(json!({ "deployPhases": [job] }));
    assert_eq!(stage.jobs[0].parallelism, cutover::Parallelism::None);
    let warned = |warning: &String| warning.contains("runs once on each machine");
    assert_eq!(warnings.iter().filter(|warning| warned(warning)).count(), 1, "{warnings:?}");
}

#[test]
fn queuing_policies() {
    let policy = |count: i64, depth: i64| {
        let (stage, warnings) =
            only_stage(json!({ "executionPolicy": { "concurrencyCount": count, "queueDepthCount": depth } }));
        (stage.queuing, warnings.len())
    };
    let one = std::num::NonZeroU32::MIN;
    assert_eq!(policy(0, 0), (QueuingPolicy::Unlimited, 0));
    assert_eq!(policy(1, 0), (QueuingPolicy::in_order(one), 0));
    assert_eq!(policy(1, 1), (QueuingPolicy::only_latest(one), 0));
    assert_eq!(policy(1, 2), (QueuingPolicy::only_latest(one), 1));
    assert_eq!(policy(1, -1), (QueuingPolicy::only_latest(one), 1), "any other depth is read as 1");
    let worded = json!({ "executionPolicy": { "concurrencyCount": "some", "queueDepthCount": "few" } });
    let (stage, warnings) = only_stage(worded);
    assert_eq!((stage.queuing, warnings.len()), (QueuingPolicy::only_latest(one), 2));
    assert_eq!(policy(-1, 0), (QueuingPolicy::in_order(one), 1));
    assert_eq!(policy(1_000, 0).1, 0);
    assert_eq!(policy(1_001, 0), (policy(1_000, 0).0, 1));
    assert_eq!(only_stage(json!({})).0.queuing, QueuingPolicy::Unlimited);
}

#[test]
fn all_shapes_of_no_approval_ask_nobody() {
    let automated = json!({ "approvals": [{ "rank": 1, "isAutomated": true, "approver": null }], "approvalOptions": null });
    let shapes = [
        json!(null),
        json!({}),
        json!({ "approvals": [] }),
        json!({ "approvals": null }),
        automated,
        json!({ "approvals": [{}] }),
    ];
    for shape in shapes {
        let (stage, warnings) = only_stage(json!({ "preDeployApprovals": shape }));
        assert!(stage.before.approvals.is_empty(), "{shape}");
        assert_eq!(warnings, Vec::<String>::new());
    }
}

#[test]
fn an_automated_approval_beside_a_manual_one_stays() -> Result<(), Box<dyn Error>> {
    let approvals = json!([{ "rank": 1, "isAutomated": true }, { "rank": 2, "isAutomated": false, "approver": { "id": "ann" } }]);
    let options = json!({ "requiredApproverCount": 3, "timeoutInMinutes": 600_000, "executionOrder": 64 });
    let (stage, warnings) =
        only_stage(json!({ "preDeployApprovals": { "approvals": approvals, "approvalOptions": options } }));
    let approvers: Vec<_> = stage.before.approvals.steps.iter().map(|step| step.approver.clone()).collect();
    assert_eq!(approvers, [Approver::Automatic, Approver::User(UserId::new("ann")?)]);
    assert_eq!(stage.before.approvals.required, Required::All);
    assert_eq!(stage.before.approvals.timeout_minutes, 525_600);
    let at = "environments[0].preDeployApprovals.approvalOptions";
    assert_eq!(
        warnings,
        [
            format!("{at}.timeoutInMinutes: 600000 is not within 0 to 525600: read as 525600"),
            format!("{at}.executionOrder: 64 is not known here: read as the usual order of its side"),
            format!("{at}.requiredApproverCount: 3 of 2 cannot approve: read as all of them"),
        ]
    );
    Ok(())
}

#[test]
fn all_shapes_of_no_gates_are_none() {
    for shape in [json!(null), json!({}), json!({ "id": 0, "gatesOptions": null, "gates": [] })] {
        let (stage, warnings) = only_stage(json!({ "preDeploymentGates": shape }));
        assert_eq!(stage.before.gates, None);
        assert_eq!(warnings, Vec::<String>::new());
    }
    let empty = json!({ "gatesOptions": { "isEnabled": true, "timeout": 1440 }, "gates": [] });
    let (stage, _) = only_stage(json!({ "preDeploymentGates": empty }));
    assert!(stage.before.gates.is_some_and(|gates| !gates.is_in_force()));
    let bare = json!({ "gatesOptions": null, "gates": [{ "tasks": [{ "taskId": "x", "name": "Health" }] }] });
    let (stage, warnings) = only_stage(json!({ "postDeploymentGates": bare }));
    assert!(stage.after.gates.is_some_and(|gates| gates.is_in_force()));
    assert_eq!(
        warnings,
        [
            "environments[0].postDeploymentGates.gates: gates without options: read as enabled, with the usual options"
        ]
    );
}

#[test]
fn unknown_keys_are_warned_about_and_known_ones_without_a_place_are_noted() {
    let imported = imported(&with(
        definition(&[stage("Dev", json!({ "brandNew": 1, "alsoNew": null, "badgeUrl": "x" }))]),
        json!({ "modifiedOn": "2024-05-03" }),
    ));
    assert_eq!(texts(&imported), ["environments[0].brandNew: an unknown key: not taken over"]);
    assert_eq!(
        note_texts(&imported),
        [
            "environments[0].alsoNew: an unknown key that says nothing: left out",
            "environments[0].badgeUrl: an address of the server that it was exported from",
            "modifiedOn: who changed it there, and when: its history begins anew here",
        ]
    );
}

#[test]
fn wrong_types_are_read_as_what_they_can_only_mean() {
    let (stage, warnings) = only_stage(json!({
        "variables": { "A": 5, "B": { "value": 6, "allowOverride": "True" } },
        "variableGroups": 3,
        "deployPhases": { "name": "Only", "phaseType": "somewhere", "workflowTasks": [{ "taskId": "x", "enabled": "no", "inputs": { "a": ["b"] } }] },
        "environmentOptions": [],
    }));
    assert_eq!(
        warnings,
        [
            "environments[0].deployPhases: an object where a list belongs: read as a list of one",
            "environments[0].deployPhases.phaseType: \"somewhere\" is not known here: read as a job on an agent",
            "environments[0].deployPhases.workflowTasks[0].inputs.a: a list where a text belongs: taken as its JSON",
            "environments[0].deployPhases.workflowTasks[0].enabled: neither true nor false: left out",
            "environments[0].variables.A: a value where an object with one belongs: taken as a plain value",
            "environments[0].variableGroups: a number where a list belongs: read as a list of one",
            "environments[0].variableGroups: variable groups are not in the export: the host must have one named \"3\"",
            "environments[0].environmentOptions: a list where an object belongs: read as empty",
        ]
    );
    assert_eq!(stage.variables["A"], Variable::plain("5"));
    assert_eq!(stage.variables["B"], Variable::plain("6").settable());
    assert_eq!(stage.jobs[0].tasks[0].inputs["a"], "[\"b\"]");
}
