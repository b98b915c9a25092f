//! The other documents of the service, as other tools send and expect them: releases and their stages, approvals, deployments, manual
//! interventions, and the events of service hooks.
//!
//! Each is a plain record with public fields. [`Document::parse`] reads one from a file or a request, [`Document::to_json`] writes it. Reading
//! is as tolerant as an [`import`](crate::import): values of enums may be numbers or names, containers missing, null or empty, dates without
//! their zone. Nothing is dropped in silence: what a record has no field for stays in its `rest`, and so does a value that can't be read, with
//! a warning; both are written again. So reading what was written gives the same record. Only the value of a variable that is marked as
//! secret is dropped, with a warning.
//!
//! ```
//! use cutover_azure::documents::{Approval, ApprovalStatus, Document};
//!
//! let sent = br#"{
//!   "id": 5171,
//!   "approvalType": "preDeploy",
//!   "status": 1,
//!   "approver": { "id": "5b1f0f6c-3c1b-4d6a-9e0e-1c8d1a2b3c4d", "displayName": "Ada" },
//!   "createdOn": "2026-03-01T12:30:00.5",
//!   "release": { "id": 17, "name": "Release-17" },
//!   "colour": "green"
//! }"#;
//!
//! let mut approval = Approval::parse(sent)?.document;
//! assert_eq!(approval.status, Some(ApprovalStatus::Pending));
//! assert_eq!(approval.rest["colour"], "green");
//!
//! approval.status = Some(ApprovalStatus::Approved);
//! assert_eq!(Approval::parse(approval.to_json().as_bytes())?.document, approval);
//! # Ok::<(), cutover_azure::ImportError>(())
//! ```
//!
//! What it is not: these records are not the domain's. A host that answers with them fills them from its views.
//!
//! Read [`Release`] first; `record.rs` has the macro that makes a reader and a writer of one list of fields.

mod approval;
mod deployment;
mod event;
mod intervention;
mod names;
mod part;
mod record;
mod reference;
mod release;
mod stage;

use serde_json::Value;

use crate::kind::{self, DocumentKind};
use crate::read::Node;
use crate::warning::Report;
use crate::{ImportError, Warning, document};

pub use approval::{Approval, ApprovalChange, ApprovalKind, ApprovalStatus};
pub use deployment::{Deployment, DeploymentReason, DeploymentStatus, OperationStatus};
pub use event::{Message, Resource, ServiceEvent};
pub use intervention::{Intervention, InterventionStatus};
pub use reference::{Identity, Project, Reference};
pub use release::{ArtifactPart, Release, ReleaseArtifact, ReleaseReason, ReleaseStatus, ReleaseVariable};
pub use stage::{Attempt, MetCondition, ReleaseStage, StageStatus};

/// A document that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed<T> {
    /// The document.
    pub document: T,
    /// What could not be read, and is kept as it stands; and what was dropped, since it is secret.
    pub warnings: Vec<Warning>,
}

/// A document of the service. The trait is sealed: its documents are those of this module.
pub trait Document: part::Part {
    /// What it is called, for messages.
    const NAME: &'static str;

    /// Whether a document is one of these, by what a file was taken for.
    #[doc(hidden)]
    fn is_one(kind: Option<DocumentKind>) -> bool;

    /// Whether it says what no document of its kind leaves out.
    #[doc(hidden)]
    fn is_whole(&self) -> bool {
        true
    }

    /// The keys by which its kind is known, each with what it holds where there is nothing to say: they are always written.
    #[doc(hidden)]
    fn known_by() -> Vec<(&'static str, Value)>;

    /// Reads one document.
    ///
    /// # Errors
    /// - [`ImportError::TooLarge`], [`NotText`](ImportError::NotText), [`Empty`](ImportError::Empty),
    ///   [`Truncated`](ImportError::Truncated), [`NotJson`](ImportError::NotJson), [`TooDeep`](ImportError::TooDeep),
    ///   [`TooManyValues`](ImportError::TooManyValues) if it cannot be read as JSON;
    /// - [`ImportError::NotThat`] if it is a document of another kind.
    fn parse(bytes: &[u8]) -> Result<Parsed<Self>, ImportError> {
        let report = Report::default();
        let document = read_one(document(bytes, &report)?, "", &report)?;
        Ok(Parsed { document, warnings: report.finish().warnings })
    }

    /// Reads a list of documents: `{ "count": 2, "value": [..] }`, or the bare list.
    ///
    /// # Errors
    /// As of [`parse`](Self::parse), for any of them.
    fn parse_list(bytes: &[u8]) -> Result<Parsed<Vec<Self>>, ImportError> {
        let report = Report::default();
        let mut whole = document(bytes, &report)?;
        let (items, at) = match whole.get_mut("value") {
            Some(items) => (items.take(), "value"),
            None => (whole, ""),
        };
        let Value::Array(items) = items else {
            return Err(ImportError::NotThat {
                wanted: "a list",
                found: kind::other_than_a_definition(&items),
            });
        };
        let items = items.into_iter().enumerate();
        let read = items.map(|(place, item)| read_one(item, &format!("{at}[{place}]"), &report));
        let document = read.collect::<Result<_, _>>()?;
        Ok(Parsed { document, warnings: report.finish().warnings })
    }

    /// Writes it in JSON.
    fn to_json(&self) -> String {
        let mut written = self.write();
        if let Value::Object(written) = &mut written {
            for (key, nothing) in Self::known_by() {
                written.entry(key).or_insert(nothing);
            }
        }
        written.to_string()
    }
}

fn read_one<T: Document>(mut value: Value, path: &str, report: &Report) -> Result<T, ImportError> {
    let kind = kind::other_than_a_definition(&value);
    let not_that = ImportError::NotThat { wanted: T::NAME, found: kind };
    if !T::is_one(kind) {
        return Err(not_that);
    }
    drop_secrets(&mut value, path, report);
    T::read(&Node::new(&value, path.to_owned(), report)).filter(T::is_whole).ok_or(not_that)
}

/// Takes the values out of what is marked as secret, wherever it stands.
fn drop_secrets(value: &mut Value, path: &str, report: &Report) {
    match value {
        Value::Array(items) => {
            for (place, item) in items.iter_mut().enumerate() {
                drop_secrets(item, &format!("{path}[{place}]"), report);
            }
        }
        Value::Object(map) => {
            // What is not plainly marked as public is a secret.
            let marked = map.iter().filter(|(key, _)| key.eq_ignore_ascii_case("isSecret"));
            let silent = Report::default();
            let mut marks = marked.map(|(_, mark)| Node::new(mark, String::new(), &silent));
            let is_secret = marks.any(|mark| mark.flag().unwrap_or(!mark.is_idle()));
            for (key, item) in map.iter_mut() {
                let path = crate::text::child_path(path, key);
                if !(is_secret && key.eq_ignore_ascii_case("value")) {
                    drop_secrets(item, &path, report);
                } else if !item.is_null() {
                    *item = Value::Null;
                    report.warn(&path, "a secret in clear text: its value is dropped");
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
