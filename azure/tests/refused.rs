//! What is no release pipeline, or none that can be built, is refused with what to do.

mod common;

use common::{definition, problems, refused, stage, stage_after, with};
use cutover_azure::{DocumentKind, FILE_BYTES, ImportError, ProblemKind, import};
use serde_json::{Value, json};

fn kind(document: &Value) -> DocumentKind {
    let error = refused(document);
    let ImportError::NotADefinition(kind) = error else { panic!("refused otherwise: {error}") };
    kind
}

#[test]
fn a_release_is_told_apart_by_each_of_its_marks() {
    let marks = [
        json!({ "releaseDefinition": { "id": 1 } }),
        json!({ "keepForever": false }),
        json!({ "environments": [{ "name": "Dev", "deploySteps": [], "conditions": [] }] }),
    ];
    for mark in marks {
        let release = with(definition(&[stage("Dev", json!({}))]), mark);
        assert_eq!(kind(&release), DocumentKind::Release);
    }
    assert_eq!(
        kind(&json!({ "name": "Release-1", "status": "active", "releaseDefinition": {} })),
        DocumentKind::Release
    );
    assert_eq!(
        DocumentKind::Release.to_string(),
        "this is a release and not a release pipeline: export the pipeline that it was made from"
    );
}

#[test]
fn lists_are_refused_with_how_many_documents_they_have() {
    let one = definition(&[stage("Dev", json!({}))]);
    let list = json!({ "count": 2, "value": [one, one] });
    assert_eq!(kind(&list), DocumentKind::List { documents: 2 });
    assert_eq!(kind(&json!([one])), DocumentKind::List { documents: 1 });
    assert!(refused(&list).to_string().starts_with("this is a list of 2 documents"));
}

#[test]
fn an_entry_of_a_list_has_no_stages_or_stages_that_do_nothing() {
    let entry = json!({ "id": 1, "name": "Shop", "revision": 3, "releaseNameFormat": "Release-$(rev:r)" });
    assert_eq!(kind(&entry), DocumentKind::ListEntry);
    let shallow =
        with(entry, json!({ "environments": [{ "id": 1, "name": "Dev", "rank": 1, "schedules": [] }] }));
    assert_eq!(kind(&shallow), DocumentKind::ListEntry);
}

#[test]
fn other_documents_are_told_apart() {
    let documents = [
        (
            json!({ "name": "Web app", "canDelete": false, "environment": { "deployPhases": [] } }),
            DocumentKind::StageTemplate,
        ),
        (json!({ "name": "Dev", "deployPhases": [], "preDeployApprovals": {} }), DocumentKind::Stage),
        (
            json!({ "id": 4, "approvalType": "preDeploy", "status": "pending", "release": {} }),
            DocumentKind::Approval,
        ),
        (
            json!({ "taskInstanceId": "x", "instructions": "look", "releaseDefinition": {}, "status": "pending" }),
            DocumentKind::ManualIntervention,
        ),
        (
            json!({ "deploymentStatus": "succeeded", "operationStatus": "Approved", "releaseDefinition": {} }),
            DocumentKind::Deployment,
        ),
        (
            json!({ "id": 5, "releaseId": 7, "definitionEnvironmentId": 1, "deploySteps": [] }),
            DocumentKind::ReleaseStage,
        ),
        (json!({ "eventType": "ms.vss-release.release-created-event", "resource": {} }), DocumentKind::Event),
        (json!({ "context": {}, "subject": {} }), DocumentKind::Event),
        (json!({ "repository": {}, "process": {}, "triggers": [] }), DocumentKind::BuildPipeline),
        (json!({ "tasks": [], "runsOn": ["Agent"], "name": "Deploy" }), DocumentKind::TaskGroup),
        (json!({ "variables": {}, "type": "Vsts" }), DocumentKind::VariableGroup),
        (json!({}), DocumentKind::Other),
        (json!("text"), DocumentKind::Other),
        (json!(null), DocumentKind::Other),
    ];
    for (document, expected) in documents {
        assert_eq!(kind(&document), expected, "{document}");
        let text = expected.to_string();
        assert!(
            text.starts_with("this is ") && !text.ends_with('.') && !text.ends_with(char::is_whitespace),
            "{text}"
        );
    }
}

#[test]
fn a_pipeline_needs_a_name_and_stages_and_both_are_said_at_once() {
    for empty in [json!([]), json!(null), json!({}), json!("")] {
        assert_eq!(
            problems(&json!({ "environments": empty })),
            [
                ("name".to_owned(), ProblemKind::UnnamedPipeline),
                ("environments".to_owned(), ProblemKind::NoStages),
            ]
        );
    }
}

#[test]
fn stages_need_names_of_their_own_without_case() {
    let found =
        problems(&definition(&[stage("Dev", json!({})), stage(" ", json!({})), stage("DEV ", json!({}))]));
    assert_eq!(
        found,
        [
            ("environments[1].name".to_owned(), ProblemKind::UnnamedStage),
            (
                "environments[2].name".to_owned(),
                ProblemKind::DuplicateStageName {
                    name: "DEV".to_owned(),
                    first: "environments[0]".to_owned()
                }
            ),
        ]
    );
}

#[test]
fn a_condition_on_an_unknown_stage_is_refused_with_its_path() {
    let document = definition(&[
        stage("Dev", json!({})),
        stage_after("QA", &["dev"]),
        stage_after("Prod", &["QA", "Test"]),
    ]);
    assert_eq!(
        refused(&document).to_string(),
        "environments[2].conditions[1].name: no stage is named \"Test\": correct the condition or remove it"
    );
}

#[test]
fn stages_that_wait_for_each_other_are_named() {
    let circle = definition(&[
        stage("Dev", json!({})),
        stage_after("A", &["Dev", "C"]),
        stage_after("B", &["A"]),
        stage_after("C", &["B"]),
        stage_after("Behind", &["C"]),
        stage_after("Self", &["self"]),
    ]);
    assert_eq!(
        problems(&circle),
        [
            (
                "environments[1].conditions".to_owned(),
                ProblemKind::Cycle { stages: ["A", "C", "B", "A"].map(str::to_owned).to_vec() }
            ),
            (
                "environments[5].conditions".to_owned(),
                ProblemKind::Cycle { stages: ["Self", "Self"].map(str::to_owned).to_vec() }
            ),
        ]
    );
}

#[test]
fn forks_and_joins_are_no_circles() {
    let diamond = definition(&[
        stage_after("End", &["Left", "Right"]),
        stage_after("Left", &["Begin"]),
        stage_after("Right", &["Begin"]),
        stage("Begin", json!({})),
    ]);
    assert_eq!(common::imported(&diamond).definition.stages.len(), 4);
}

#[test]
fn the_last_number_of_stages_that_is_read_is_1000() {
    let stages = |count: u32| -> Vec<_> { (0..count).map(|n| stage(&format!("S{n}"), json!({}))).collect() };
    assert_eq!(common::imported(&definition(&stages(1_000))).definition.stages.len(), 1_000);
    assert_eq!(
        problems(&definition(&stages(1_001))),
        [("environments".to_owned(), ProblemKind::TooManyStages { stages: 1_001, limit: 1_000 })]
    );
}

#[test]
fn an_approval_that_names_nobody_is_not_left_out() {
    let nobody = json!({ "preDeployApprovals": { "approvals": [{ "isAutomated": false, "rank": 1, "approver": {} }] } });
    assert_eq!(
        problems(&definition(&[stage("Dev", nobody)])),
        [("environments[0].preDeployApprovals.approvals[0].approver".to_owned(), ProblemKind::NoApprover)]
    );
}

#[test]
fn what_powershell_cut_off_is_refused_with_the_places() {
    let document = with(
        definition(&[stage(
            "Dev",
            json!({ "deployPhases": [{ "workflowTasks": "@{taskId=1; name=a} @{taskId=2}" }] }),
        )]),
        json!({
            "artifacts": [{ "alias": "web", "type": "Build", "definitionReference": "@{branch=; project=}" }],
            "triggers": [{ "triggerType": 1, "artifactAlias": "web", "triggerConditions": "" }],
            "variables": { "password": "@{value=hunter2; isSecret=True}" },
        }),
    );
    let error = refused(&document);
    assert_eq!(
        error,
        ImportError::DepthTruncated {
            paths: [
                "variables.password",
                "artifacts[0].definitionReference",
                "environments[0].deployPhases[0].workflowTasks"
            ]
            .map(str::to_owned)
            .to_vec()
        }
    );
    assert!(error.to_string().ends_with("export again with `-Depth 100`"));
    assert!(!format!("{error:?}").contains("hunter2"));
}

#[test]
fn size_has_a_limit() {
    let mut document = definition(&[stage("Dev", json!({}))]).to_string().into_bytes();
    document.resize(FILE_BYTES, b' ');
    assert!(import(&document).is_ok());
    document.push(b' ');
    assert_eq!(import(&document), Err(ImportError::TooLarge { bytes: FILE_BYTES + 1, limit: FILE_BYTES }));
}
