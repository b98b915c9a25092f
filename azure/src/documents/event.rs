//! Events of service hooks.

use cutover::Timestamp;
use serde_json::Value;

use super::record::record;
use super::{Approval, Deployment, Document, Project, Release, ReleaseStage};
use crate::kind::DocumentKind;

record! {
    /// An event that a service hook sends.
    ///
    /// ```
    /// use cutover_azure::documents::{ApprovalStatus, Document, ServiceEvent};
    ///
    /// let sent = br#"{
    ///   "eventType": "ms.vss-release.deployment-approval-pending-event",
    ///   "resource": { "approval": { "id": 3, "status": "pending" } }
    /// }"#;
    /// let event = ServiceEvent::parse(sent)?.document;
    /// let approval = event.resource.approval.unwrap_or_default();
    /// assert_eq!(approval.status, Some(ApprovalStatus::Pending));
    /// # Ok::<(), cutover_azure::ImportError>(())
    /// ```
    pub struct ServiceEvent {
        /// Its id, a GUID.
        id: String = "id",
        /// Of which kind it is, `ms.vss-release.release-created-event` for one.
        kind: String = "eventType",
        /// Who sent it: `rm` tells of releases.
        publisher: String = "publisherId",
        /// Whom it was sent to.
        scope: String = "scope",
        /// What happened, in short.
        message: Message = "message",
        /// What happened.
        detailed_message: Message = "detailedMessage",
        /// What it happened to.
        resource: Resource = "resource",
        /// The version of the resource's shape.
        resource_version: String = "resourceVersion",
        /// When it was sent.
        created_on: Option<Timestamp> = "createdDate",
    }
}

record! {
    /// A text in three forms.
    pub struct Message {
        /// Plain.
        text: String = "text",
        /// In HTML.
        html: String = "html",
        /// In Markdown.
        markdown: String = "markdown",
    }
}

record! {
    /// What an event tells of. Of events about anything but releases all of it is in `rest`.
    pub struct Resource {
        /// The release.
        release: Option<Release> = "release",
        /// The stage of the release.
        stage: Option<ReleaseStage> = "environment",
        /// The approval.
        approval: Option<Approval> = "approval",
        /// The deployment.
        deployment: Option<Deployment> = "deployment",
        /// The project.
        project: Option<Project> = "project",
    }
}

impl Document for ServiceEvent {
    const NAME: &'static str = "an event of a service hook";

    fn is_one(kind: Option<DocumentKind>) -> bool {
        kind == Some(DocumentKind::Event)
    }

    fn known_by() -> Vec<(&'static str, Value)> {
        vec![("eventType", Value::Null), ("resource", Value::Null)]
    }

    /// Events of others have no such kind.
    fn is_whole(&self) -> bool {
        !self.kind.is_empty()
    }
}
