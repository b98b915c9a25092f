//! Other documents of the service are read as tolerantly as release pipelines, and say the same when they are written.

use std::error::Error;
use std::fmt::Debug;

use cutover_azure::documents::{
    Approval, ApprovalStatus, Deployment, DeploymentReason, Document, Intervention, OperationStatus, Parsed,
    Release, ReleaseReason, ReleaseStage, ReleaseStatus, ServiceEvent, StageStatus,
};
use cutover_azure::{DocumentKind, ImportError};
use serde_json::{Value, json};

/// Reads one, and what was written of it, which must be the same.
fn read<T: Document + PartialEq + Debug>(document: &Value) -> Result<Parsed<T>, ImportError> {
    let first = T::parse(document.to_string().as_bytes())?;
    let second = T::parse(first.document.to_json().as_bytes())?;
    assert_eq!(second.document, first.document, "{document}");
    Ok(first)
}

fn texts<T>(parsed: &Parsed<T>) -> Vec<String> {
    parsed.warnings.iter().map(ToString::to_string).collect()
}

fn release() -> Value {
    json!({
        "id": 17,
        "name": "Release-17",
        "status": 2,
        "reason": "continuousIntegration",
        "keepForever": "False",
        "createdBy": "{}",
        "createdOn": "",
        "modifiedOn": "0001-01-01T00:00:00",
        "tags": null,
        "releaseDefinition": { "id": 5, "name": "Shop", "path": "\\", "projectReference": null, "_links": {} },
        "variables": {
            "Region": { "value": "north", "allowOverride": true },
            "ApiKey": { "value": "hunter2", "isSecret": true }
        },
        "artifacts": [{
            "alias": "_web",
            "type": "Build",
            "definitionReference": { "Version": { "id": "90", "name": null }, "definition": { "id": "3", "name": "ci" } },
            "isPrimary": true
        }],
        "environments": [{
            "id": 8,
            "name": "Dev",
            "status": "partiallySucceeded",
            "releaseId": 17,
            "deploySteps": [{ "id": 1, "attempt": 2, "status": 4, "operationStatus": 256, "hasStarted": true, "tasks": [] }],
            "preDeployApprovals": [{ "id": 1, "status": "approved", "isAutomated": true, "rank": 1 }],
            "conditions": [{ "name": "ReleaseStarted", "conditionType": 1, "value": "", "result": true }, { "name": "QA", "result": false }],
            "deployPhasesSnapshot": [{ "name": "Job" }]
        }]
    })
}

#[test]
fn a_release_is_read_whatever_form_its_values_have() -> Result<(), Box<dyn Error>> {
    let parsed = read::<Release>(&release())?;
    assert_eq!(texts(&parsed), ["variables.ApiKey.value: a secret in clear text: its value is dropped"]);
    let release = parsed.document;
    assert!(!format!("{release:?}").contains("hunter2"));
    assert_eq!((release.id, release.status), (Some(17), Some(ReleaseStatus::Active)));
    assert_eq!(release.reason, Some(ReleaseReason::ContinuousIntegration));
    assert!(!release.keep_forever && release.tags.is_empty());
    assert_eq!((release.created_on, release.modified_on), (None, None));
    assert_eq!(release.variables["Region"].value.as_deref(), Some("north"));
    assert_eq!((&release.variables["ApiKey"].value, release.variables["ApiKey"].is_secret), (&None, true));
    assert_eq!(release.artifacts[0].version(), "90");
    let [stage] = release.stages.as_slice() else { return Err("one stage".into()) };
    assert_eq!(stage.status, Some(StageStatus::PartiallySucceeded));
    assert_eq!(stage.attempts[0].operation_status, Some(OperationStatus::PhaseSucceeded));
    assert_eq!(stage.before[0].status, Some(ApprovalStatus::Approved));
    assert_eq!((stage.conditions[0].kind.as_str(), stage.conditions[0].result), ("1", Some(true)));
    assert_eq!(stage.conditions[1].result, Some(false), "which is not the same as nothing");
    assert_eq!(stage.rest.keys().collect::<Vec<_>>(), ["deployPhasesSnapshot"]);
    assert_eq!(
        release.release_definition.map(|it| it.rest.len()),
        Some(2),
        "`_links` and `projectReference`"
    );
    Ok(())
}

#[test]
fn what_cannot_be_read_is_kept_as_it_stands_and_told() -> Result<(), Box<dyn Error>> {
    let odd = json!({
        "id": "abc",
        "approvalType": [],
        "status": "sleeping",
        "rank": 1.5,
        "createdOn": "yesterday",
        "approver": 7,
        "history": [{ "revision": 1 }, "x"],
        "release": { "id": 3 },
        "isAutomated": "perhaps",
        "Attempt": "2"
    });
    let parsed = read::<Approval>(&odd)?;
    let paths: Vec<_> = parsed.warnings.iter().map(|warning| warning.path.as_str()).collect();
    assert_eq!(
        paths,
        ["id", "approvalType", "approver", "createdOn", "isAutomated", "rank", "history"],
        "in the order of the record"
    );
    let approval = parsed.document;
    assert_eq!(approval.status, Some(ApprovalStatus::Other("sleeping".to_owned())));
    assert_eq!((approval.attempt, approval.id), (Some(2), None), "keys are compared without case");
    assert_eq!(approval.rest["history"], odd["history"]);
    assert_eq!(approval.rest.len(), 7);
    Ok(())
}

#[test]
fn moments_are_read_with_and_without_a_zone() -> Result<(), Box<dyn Error>> {
    let moment = |text: &str| -> Result<Option<String>, Box<dyn Error>> {
        let deployment = json!({ "deploymentStatus": 0, "operationStatus": 0, "queuedOn": text });
        let parsed = read::<Deployment>(&deployment)?;
        assert_eq!(parsed.warnings.is_empty(), parsed.document.rest.is_empty());
        Ok(parsed.document.queued_on.map(|time| time.to_rfc3339()))
    };
    assert_eq!(
        moment("2016-09-19T13:03:27.6570261Z")?.as_deref(),
        Some("2016-09-19T13:03:27.657026100+00:00")
    );
    assert_eq!(moment("2016-01-21T08:19:17.26")?.as_deref(), Some("2016-01-21T08:19:17.260+00:00"));
    assert_eq!(moment("2016-01-21T08:19:17+02:00")?.as_deref(), Some("2016-01-21T06:19:17+00:00"));
    for none in ["", "0001-01-01T00:00:00", "0001-01-01T00:00:00Z", "-infinity", "9999-12-31T23:59:59-05:00"]
    {
        assert_eq!(moment(none)?, None, "{none}");
    }
    Ok(())
}

#[test]
fn each_kind_of_document_is_told_from_the_others() -> Result<(), Box<dyn Error>> {
    let approval = json!({ "id": 4, "approvalType": "preDeploy", "status": "pending" });
    assert_eq!(
        read::<Release>(&approval),
        Err(ImportError::NotThat { wanted: "a release", found: Some(DocumentKind::Approval) })
    );
    assert_eq!(
        read::<Release>(&approval).map_err(|error| error.to_string()),
        Err("this is not a release".to_owned())
    );
    assert!(read::<Approval>(&release()).is_err() && read::<ServiceEvent>(&approval).is_err());
    let stage = json!({ "id": 5, "releaseId": 7, "definitionEnvironmentId": 1, "deploySteps": [] });
    assert_eq!(read::<ReleaseStage>(&stage)?.document.release_id, Some(7));
    let intervention = json!({ "taskInstanceId": "x", "instructions": "look", "status": 1 });
    assert_eq!(read::<Intervention>(&intervention)?.document.instructions.as_deref(), Some("look"));
    let deployment = json!({ "deploymentStatus": "succeeded", "operationStatus": "Approved", "reason": 8 });
    let deployment = read::<Deployment>(&deployment)?.document;
    assert_eq!(deployment.reason, Some(DeploymentReason::RedeployTrigger));
    assert_eq!(deployment.operation_status, Some(OperationStatus::Approved));
    Ok(())
}

#[test]
fn lists_are_read_in_both_forms() -> Result<(), Box<dyn Error>> {
    let approval = |id: i64| json!({ "id": id, "approvalType": 1 });
    for list in
        [json!({ "count": 2, "value": [approval(1), approval(2)] }), json!([approval(1), approval(2)])]
    {
        let ids: Vec<_> =
            Approval::parse_list(list.to_string().as_bytes())?.document.iter().map(|it| it.id).collect();
        assert_eq!(ids, [Some(1), Some(2)]);
    }
    assert!(Approval::parse_list(approval(1).to_string().as_bytes()).is_err(), "no list");
    assert!(Approval::parse_list(json!([release()]).to_string().as_bytes()).is_err(), "a list of others");
    Ok(())
}

#[test]
fn an_event_of_anything_else_keeps_its_resource() -> Result<(), Box<dyn Error>> {
    let event = json!({
        "eventType": "build.complete",
        "resource": { "id": 2, "status": "succeeded", "definition": { "name": "ci" } },
        "message": null,
        "resourceContainers": { "account": { "id": "a" } }
    });
    let event = read::<ServiceEvent>(&event)?.document;
    assert_eq!(event.resource.rest.len(), 3);
    assert_eq!(event.rest.keys().collect::<Vec<_>>(), ["resourceContainers"]);
    Ok(())
}
