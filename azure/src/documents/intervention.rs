//! Manual interventions (J8).

use cutover::Timestamp;
use serde_json::Value;

use super::names::names;
use super::record::record;
use super::{Document, Identity, Reference};
use crate::kind::DocumentKind;

names! {
    /// What became of an intervention.
    pub enum InterventionStatus {
        /// Not said.
        Unknown = 0 "unknown",
        /// It waits for an answer.
        Pending = 1 "pending",
        /// The job ends.
        Rejected = 2 "rejected",
        /// The job goes on.
        Approved = 4 "approved",
        /// Nobody has to answer any more.
        Canceled = 8 "canceled",
    }
}

record! {
    /// A task that waits until somebody resumes or rejects it.
    ///
    /// ```
    /// use cutover_azure::documents::{Document, Intervention, InterventionStatus};
    ///
    /// let sent = br#"{ "id": 1, "status": "pending", "instructions": "look at it", "taskInstanceId": "c65" }"#;
    /// let intervention = Intervention::parse(sent)?.document;
    /// assert_eq!(intervention.status, Some(InterventionStatus::Pending));
    /// # Ok::<(), cutover_azure::ImportError>(())
    /// ```
    pub struct Intervention {
        /// Its number.
        id: Option<i64> = "id",
        /// The task's name.
        name: String = "name",
        /// What became of it.
        status: Option<InterventionStatus> = "status",
        /// What those who are asked are told.
        instructions: Option<String> = "instructions",
        /// What was said.
        comments: String = "comments",
        /// Who answered.
        approver: Option<Identity> = "approver",
        /// The task's id.
        task_instance_id: String = "taskInstanceId",
        /// When it was asked.
        created_on: Option<Timestamp> = "createdOn",
        /// When it was changed last.
        modified_on: Option<Timestamp> = "modifiedOn",
        /// The release.
        release: Option<Reference> = "release",
        /// The release's pipeline.
        release_definition: Option<Reference> = "releaseDefinition",
        /// The stage of the release.
        release_stage: Option<Reference> = "releaseEnvironment",
    }
}

impl Document for Intervention {
    const NAME: &'static str = "a manual intervention";

    fn is_one(kind: Option<DocumentKind>) -> bool {
        kind == Some(DocumentKind::ManualIntervention)
    }

    fn known_by() -> Vec<(&'static str, Value)> {
        vec![("taskInstanceId", Value::Null), ("instructions", Value::Null)]
    }
}
