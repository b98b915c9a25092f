//! Reads and writes the JSON of Azure DevOps: release definitions as Cutover pipelines, and the documents beside them as records.
//!
//! [`import`] takes a file as it comes: from the page's *Export*, from the REST interface of any version, or from a repository, with
//! numbers or names, with jobs or in the older shape without them. It gives an [`Imported`]: the pipeline, and what became of everything that a
//! pipeline has no place for, each with its path in the file. Nothing is dropped in silence.
//!
//! ```
//! let export = br#"{
//!   "name": "Web shop",
//!   "environments": [
//!     {
//!       "id": 1,
//!       "name": "Dev",
//!       "conditions": [{ "name": "ReleaseStarted", "conditionType": "event", "value": "" }],
//!       "executionPolicy": { "concurrencyCount": 1, "queueDepthCount": 3 },
//!       "deployPhases": [
//!         {
//!           "phaseType": "agentBasedDeployment",
//!           "workflowTasks": [
//!             {
//!               "taskId": "d9bafed4-0b18-4f58-968d-86655b4d2ce9",
//!               "version": "2.*",
//!               "name": "Deploy",
//!               "inputs": { "script": "./deploy.sh dev" }
//!             }
//!           ]
//!         }
//!       ]
//!     }
//!   ]
//! }"#;
//!
//! let imported = cutover_azure::import(export)?;
//!
//! let task = &imported.definition.stages[0].jobs[0].tasks[0];
//! assert_eq!(task.task.id, cutover_azure::tasks::COMMAND_LINE);
//! assert_eq!(
//!     imported.warnings[0].to_string(),
//!     "environments[0].executionPolicy.queueDepthCount: 3 cannot wait: read as 1, so that only the newest waits",
//! );
//! # Ok::<(), cutover_azure::ImportError>(())
//! ```
//!
//! [`export`] writes a pipeline in the same shape, with a key of its own for what only Cutover has, so that the import of an export is the same
//! pipeline. [`import_over`] reads a file as a revision of a pipeline that is there.
//!
//! ```
//! # let file = br#"{ "name": "Web shop", "environments": [{ "id": 1, "name": "Dev", "conditions": [] }] }"#;
//! let shop = cutover_azure::import(file)?.definition;
//! let exported = cutover_azure::export(&shop)?;
//! assert_eq!(cutover_azure::import(exported.document.as_bytes())?.definition, shop);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`documents`] has releases, approvals, deployments, manual interventions and the events of service hooks.
//!
//! What it is not: it validates only what it needs to build the pipeline (call [`cutover::validate`] for the rest), and runs no task
//! (a host maps the ids in [`tasks`] to runners). As pipelines it imports release definitions alone: other documents are told apart and
//! refused by name.
//!
//! Where reading and writing one thing are concerned, both stand in one file: `approvals.rs` reads approvals and writes them.
//!
//! Secrets: the value of a variable that is marked as secret is dropped, and no value of a variable or of a task's input is ever part
//! of a warning or an error.

mod approvals;
mod artifacts;
mod conditions;
mod default_version;
mod definition;
pub mod documents;
mod encoding;
mod error;
mod export;
mod filters;
mod gates;
mod identity;
mod jobs;
mod json;
mod kept;
mod kind;
mod left_out;
mod old_step;
mod own;
mod properties;
mod read;
mod schedules;
mod set_aside;
mod slices;
mod stage_ids;
mod stages;
pub mod tasks;
mod text;
mod triggers;
mod variables;
mod waiting;
mod warning;
mod write;
mod zones;

use cutover::PipelineDefinition;

pub use error::{ImportError, Problem, ProblemKind};
pub use export::{ExportError, Exported, export};
pub use kind::DocumentKind;
pub use warning::Warning;

/// Bytes in a file. Ours: nearly a hundred times the largest real export that we have seen.
pub const FILE_BYTES: usize = 16 * 1024 * 1024;

/// A release pipeline that was read from a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The pipeline. It may still have problems that only [`cutover::validate`] finds.
    pub definition: PipelineDefinition,
    /// What the pipeline does not have, or not in the same way, and somebody should look at.
    pub warnings: Vec<Warning>,
    /// What was left out on purpose, and for which no deployment runs differently: addresses, dates, numbers of the server.
    pub notes: Vec<Warning>,
}

/// Reads the export of a release definition.
///
/// # Errors
/// - [`ImportError::TooLarge`], [`NotText`](ImportError::NotText), [`Empty`](ImportError::Empty),
///   [`Truncated`](ImportError::Truncated), [`NotJson`](ImportError::NotJson), [`TooDeep`](ImportError::TooDeep) if the file cannot be
///   read as JSON;
/// - [`ImportError::NotADefinition`] if it is a document of another kind, such as a release or a list;
/// - [`ImportError::DepthTruncated`] if `PowerShell` cut it off;
/// - [`ImportError::Invalid`], with every problem at once, if no pipeline can be made of it.
pub fn import(bytes: &[u8]) -> Result<Imported, ImportError> {
    import_as(bytes, None)
}

/// Reads the export of a release definition that was imported before, as a revision of the pipeline that it has become.
///
/// A stage of the file is the one of `known` that has its id; if there is none, the one that has its name. So a stage stays who it is where
/// the file has no ids, or where it was made anew on another server. Schedules that say the same as before keep their ids.
///
/// # Errors
/// As of [`import`].
pub fn import_over(bytes: &[u8], known: &PipelineDefinition) -> Result<Imported, ImportError> {
    import_as(bytes, Some(known))
}

fn import_as(bytes: &[u8], known: Option<&PipelineDefinition>) -> Result<Imported, ImportError> {
    let report = warning::Report::default();
    let document = document(bytes, &report)?;
    if let Some(kind) = kind::other_than_a_definition(&document) {
        return Err(ImportError::NotADefinition(kind));
    }
    let (definition, findings) = definition::read(&document, known, report);
    if !findings.cut_off.is_empty() {
        return Err(ImportError::DepthTruncated { paths: findings.cut_off });
    }
    if !findings.problems.is_empty() {
        return Err(ImportError::Invalid(findings.problems));
    }
    Ok(Imported { definition, warnings: findings.warnings, notes: findings.notes })
}

/// The document in a file.
fn document(bytes: &[u8], report: &warning::Report) -> Result<serde_json::Value, ImportError> {
    if bytes.len() > FILE_BYTES {
        return Err(ImportError::TooLarge { bytes: bytes.len(), limit: FILE_BYTES });
    }
    json::parse(&encoding::decode(bytes)?, report)
}
