//! Stages of releases, and the attempts at them.

use std::collections::BTreeMap;

use cutover::Timestamp;
use serde_json::{Value, json};

use super::names::names;
use super::record::record;
use super::{
    Approval, DeploymentReason, DeploymentStatus, Document, Identity, OperationStatus, Reference,
    ReleaseVariable,
};
use crate::kind::DocumentKind;

names! {
    /// Where a stage of a release stands.
    pub enum StageStatus {
        /// Not said.
        Undefined = 0 "undefined",
        /// Nothing was deployed to it.
        NotStarted = 1 "notStarted",
        /// A deployment goes on.
        InProgress = 2 "inProgress",
        /// All went well.
        Succeeded = 4 "succeeded",
        /// Somebody cancelled it.
        Canceled = 8 "canceled",
        /// It failed, or somebody said no.
        Rejected = 16 "rejected",
        /// A deployment waits for a slot.
        Queued = 32 "queued",
        /// A deployment waits for its moment.
        Scheduled = 64 "scheduled",
        /// Something failed that lets the others go on.
        PartiallySucceeded = 128 "partiallySucceeded",
    }
}

record! {
    /// One stage of a release.
    ///
    /// ```
    /// use cutover_azure::documents::{Document, ReleaseStage, StageStatus};
    ///
    /// let sent = br#"{ "id": 8, "name": "QA", "releaseId": 17, "definitionEnvironmentId": 2, "status": 4 }"#;
    /// let stage = ReleaseStage::parse(sent)?.document;
    /// assert_eq!((stage.name.as_str(), stage.status), ("QA", Some(StageStatus::Succeeded)));
    /// # Ok::<(), cutover_azure::ImportError>(())
    /// ```
    pub struct ReleaseStage {
        /// Its number.
        id: Option<i64> = "id",
        /// Its name.
        name: String = "name",
        /// Where it stands.
        status: Option<StageStatus> = "status",
        /// Its place in the order of display, from 1.
        rank: Option<i64> = "rank",
        /// The number of its release.
        release_id: Option<i64> = "releaseId",
        /// Its number in the pipeline.
        definition_stage_id: Option<i64> = "definitionEnvironmentId",
        /// The release.
        release: Option<Reference> = "release",
        /// The release's pipeline.
        release_definition: Option<Reference> = "releaseDefinition",
        /// Who answers for it.
        owner: Option<Identity> = "owner",
        /// Why it started, for people.
        trigger_reason: String = "triggerReason",
        /// When it came to be.
        created_on: Option<Timestamp> = "createdOn",
        /// When it was changed last.
        modified_on: Option<Timestamp> = "modifiedOn",
        /// The moment that it waits for.
        scheduled_for: Option<Timestamp> = "scheduledDeploymentTime",
        /// What starts it by itself.
        conditions: Vec<MetCondition> = "conditions",
        /// Approvals before the jobs.
        before: Vec<Approval> = "preDeployApprovals",
        /// Approvals after the jobs.
        after: Vec<Approval> = "postDeployApprovals",
        /// Every attempt.
        attempts: Vec<Attempt> = "deploySteps",
        /// Its variables.
        variables: BTreeMap<String, ReleaseVariable> = "variables",
    }
}

record! {
    /// One attempt at a stage.
    pub struct Attempt {
        /// Its number.
        id: Option<i64> = "id",
        /// The number of the deployment.
        deployment_id: Option<i64> = "deploymentId",
        /// Which one it is, from 1.
        attempt: Option<i64> = "attempt",
        /// Why it began.
        reason: Option<DeploymentReason> = "reason",
        /// What became of it.
        status: Option<DeploymentStatus> = "status",
        /// What it does.
        operation_status: Option<OperationStatus> = "operationStatus",
        /// Who started it.
        requested_by: Option<Identity> = "requestedBy",
        /// For whom.
        requested_for: Option<Identity> = "requestedFor",
        /// When it entered the queue.
        queued_on: Option<Timestamp> = "queuedOn",
        /// Who did anything about it last.
        last_modified_by: Option<Identity> = "lastModifiedBy",
        /// When.
        last_modified_on: Option<Timestamp> = "lastModifiedOn",
        /// Whether its jobs began.
        has_started: bool = "hasStarted",
    }
}

record! {
    /// A condition that starts a stage, and whether it holds.
    pub struct MetCondition {
        /// The event, or the stage.
        name: String = "name",
        /// Of which kind it is.
        kind: String = "conditionType",
        /// What of it is accepted.
        value: String = "value",
        /// Whether it holds.
        result: Option<bool> = "result",
    }
}

impl Document for ReleaseStage {
    const NAME: &'static str = "a stage of a release";

    fn is_one(kind: Option<DocumentKind>) -> bool {
        kind == Some(DocumentKind::ReleaseStage)
    }

    fn known_by() -> Vec<(&'static str, Value)> {
        vec![("deploySteps", json!([]))]
    }
}
