//! Deployments (D).

use cutover::Timestamp;
use serde_json::Value;

use super::names::names;
use super::record::record;
use super::{Approval, Document, Identity, MetCondition, Reference};
use crate::kind::DocumentKind;

names! {
    /// What became of a deployment (D2).
    pub enum DeploymentStatus {
        /// Not said.
        Undefined = 0 "undefined",
        /// Its jobs have not begun, or never will.
        NotDeployed = 1 "notDeployed",
        /// Its jobs run, or are to be approved.
        InProgress = 2 "inProgress",
        /// All went well.
        Succeeded = 4 "succeeded",
        /// Something failed that lets the others go on.
        PartiallySucceeded = 8 "partiallySucceeded",
        /// It failed.
        Failed = 16 "failed",
        /// Any of them, in queries.
        All = 31 "all",
    }
}

names! {
    /// Why a deployment began.
    pub enum DeploymentReason {
        /// Not said.
        None = 0 "none",
        /// Somebody started it.
        Manual = 1 "manual",
        /// The release or another stage started it.
        Automated = 2 "automated",
        /// A schedule.
        Scheduled = 4 "scheduled",
        /// It is deployed again by itself (D6).
        RedeployTrigger = 8 "redeployTrigger",
    }
}

names! {
    /// What a deployment does at the moment, or did last.
    #[expect(missing_docs, reason = "the names say all")]
    pub enum OperationStatus {
        Undefined = 0 "undefined",
        Queued = 1 "queued",
        Scheduled = 2 "scheduled",
        Pending = 4 "pending",
        Approved = 8 "approved",
        Rejected = 16 "rejected",
        Deferred = 32 "deferred",
        QueuedForAgent = 64 "queuedForAgent",
        PhaseInProgress = 128 "phaseInProgress",
        PhaseSucceeded = 256 "phaseSucceeded",
        PhasePartiallySucceeded = 512 "phasePartiallySucceeded",
        PhaseFailed = 1024 "phaseFailed",
        Canceled = 2048 "canceled",
        PhaseCanceled = 4096 "phaseCanceled",
        ManualInterventionPending = 8192 "manualInterventionPending",
        QueuedForPipeline = 16384 "queuedForPipeline",
        Cancelling = 32768 "cancelling",
        EvaluatingGates = 65536 "evaluatingGates",
        GateFailed = 131_072 "gateFailed",
    }
}

record! {
    /// A deployment: one attempt at a stage of a release.
    ///
    /// ```
    /// use cutover_azure::documents::{Deployment, DeploymentStatus, Document};
    ///
    /// let sent = br#"{ "id": 79, "attempt": 1, "deploymentStatus": 4, "operationStatus": "Approved", "queuedOn": "0001-01-01T00:00:00" }"#;
    /// let deployment = Deployment::parse(sent)?.document;
    /// assert_eq!(deployment.status, Some(DeploymentStatus::Succeeded));
    /// assert_eq!(deployment.queued_on, None);
    /// # Ok::<(), cutover_azure::ImportError>(())
    /// ```
    pub struct Deployment {
        /// Its number.
        id: Option<i64> = "id",
        /// The release.
        release: Option<Reference> = "release",
        /// The release's pipeline.
        release_definition: Option<Reference> = "releaseDefinition",
        /// The stage of the release.
        release_stage: Option<Reference> = "releaseEnvironment",
        /// The number of the stage in the pipeline.
        definition_stage_id: Option<i64> = "definitionEnvironmentId",
        /// Which attempt it is, from 1.
        attempt: Option<i64> = "attempt",
        /// Why it began.
        reason: Option<DeploymentReason> = "reason",
        /// What became of it.
        status: Option<DeploymentStatus> = "deploymentStatus",
        /// What it does.
        operation_status: Option<OperationStatus> = "operationStatus",
        /// Who started it.
        requested_by: Option<Identity> = "requestedBy",
        /// For whom.
        requested_for: Option<Identity> = "requestedFor",
        /// When it entered the queue.
        queued_on: Option<Timestamp> = "queuedOn",
        /// When its jobs began.
        started_on: Option<Timestamp> = "startedOn",
        /// When it was over.
        completed_on: Option<Timestamp> = "completedOn",
        /// When anything of it happened last.
        last_modified_on: Option<Timestamp> = "lastModifiedOn",
        /// Who did that.
        last_modified_by: Option<Identity> = "lastModifiedBy",
        /// The moment that it waits for.
        scheduled_for: Option<Timestamp> = "scheduledDeploymentTime",
        /// What started it by itself.
        conditions: Vec<MetCondition> = "conditions",
        /// Approvals before the jobs.
        before: Vec<Approval> = "preDeployApprovals",
        /// Approvals after the jobs.
        after: Vec<Approval> = "postDeployApprovals",
    }
}

impl Document for Deployment {
    const NAME: &'static str = "a deployment";

    fn is_one(kind: Option<DocumentKind>) -> bool {
        kind == Some(DocumentKind::Deployment)
    }

    fn known_by() -> Vec<(&'static str, Value)> {
        vec![("deploymentStatus", Value::Null), ("operationStatus", Value::Null)]
    }
}
