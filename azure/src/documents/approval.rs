//! Approvals (AP).

use cutover::Timestamp;
use serde_json::Value;

use super::names::names;
use super::record::record;
use super::{Document, Identity, Reference};
use crate::kind::DocumentKind;

names! {
    /// Before or after the jobs of a stage.
    pub enum ApprovalKind {
        /// Not said.
        Undefined = 0 "undefined",
        /// Before.
        PreDeploy = 1 "preDeploy",
        /// After.
        PostDeploy = 2 "postDeploy",
        /// Both, in queries.
        All = 3 "all",
    }
}

names! {
    /// What became of an approval.
    pub enum ApprovalStatus {
        /// Not said.
        Undefined = 0 "undefined",
        /// It is open.
        Pending = 1 "pending",
        /// Somebody said yes, or it approved itself.
        Approved = 2 "approved",
        /// Somebody said no.
        Rejected = 4 "rejected",
        /// It was handed on.
        Reassigned = 6 "reassigned",
        /// Nobody has to answer it any more.
        Canceled = 7 "canceled",
        /// It was not needed.
        Skipped = 8 "skipped",
    }
}

record! {
    /// An approval of a deployment.
    ///
    /// ```
    /// use cutover_azure::documents::{Approval, ApprovalKind, Document, Identity};
    ///
    /// let approval = Approval {
    ///     id: Some(3),
    ///     kind: Some(ApprovalKind::PreDeploy),
    ///     approver: Some(Identity { id: "ada".to_owned(), ..Identity::default() }),
    ///     ..Approval::default()
    /// };
    /// assert_eq!(approval.to_json(), r#"{"approvalType":"preDeploy","approver":{"id":"ada"},"id":3}"#);
    /// ```
    pub struct Approval {
        /// Its number.
        id: Option<i64> = "id",
        /// How often it was changed.
        revision: Option<i64> = "revision",
        /// Before or after the jobs.
        kind: Option<ApprovalKind> = "approvalType",
        /// What became of it.
        status: Option<ApprovalStatus> = "status",
        /// Who is asked; nobody, if it is automated.
        approver: Option<Identity> = "approver",
        /// Who answered.
        approved_by: Option<Identity> = "approvedBy",
        /// What they said.
        comments: String = "comments",
        /// When it was asked.
        created_on: Option<Timestamp> = "createdOn",
        /// When it was changed last.
        modified_on: Option<Timestamp> = "modifiedOn",
        /// Whether it approves itself.
        is_automated: bool = "isAutomated",
        /// Whether the approver is told.
        is_notification_on: bool = "isNotificationOn",
        /// The attempt of the deployment, from 1.
        attempt: Option<i64> = "attempt",
        /// The attempt, in older documents.
        trial_number: Option<i64> = "trialNumber",
        /// Its place in a sequence, from 1.
        rank: Option<i64> = "rank",
        /// The release.
        release: Option<Reference> = "release",
        /// The release's pipeline.
        release_definition: Option<Reference> = "releaseDefinition",
        /// The stage of the release.
        release_stage: Option<Reference> = "releaseEnvironment",
        /// How it was handed on.
        history: Vec<ApprovalChange> = "history",
    }
}

record! {
    /// A change of an approval.
    pub struct ApprovalChange {
        /// How many changes there were before.
        revision: Option<i64> = "revision",
        /// Who was asked until then.
        approver: Option<Identity> = "approver",
        /// Who changed it.
        changed_by: Option<Identity> = "changedBy",
        /// What they said.
        comments: String = "comments",
        /// When it was asked.
        created_on: Option<Timestamp> = "createdOn",
        /// When it was changed.
        modified_on: Option<Timestamp> = "modifiedOn",
    }
}

impl Document for Approval {
    const NAME: &'static str = "an approval";

    fn is_one(kind: Option<DocumentKind>) -> bool {
        kind == Some(DocumentKind::Approval)
    }

    fn known_by() -> Vec<(&'static str, Value)> {
        vec![("approvalType", Value::Null)]
    }
}
