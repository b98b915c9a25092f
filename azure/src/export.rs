//! From a pipeline to a document that has the shape of an exported release definition.

use cutover::PipelineDefinition;
use serde_json::Value;

use crate::kept::Kept;
use crate::warning::{Findings, Report};
use crate::{FILE_BYTES, Problem, Warning, definition, own};

/// A document that says all of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The document, in JSON.
    pub document: String,
    /// What the server's shape has no place for, each with its path in the document. It stands there under the key `cutover`, which
    /// [`import`](crate::import) reads and nobody else does.
    pub warnings: Vec<Warning>,
}

/// Why a pipeline is not exported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The document could not be read as one of a release pipeline. Never of a pipeline that [`validate`](cutover::validate) finds nothing
    /// wrong with.
    #[error("the pipeline cannot be exported: {}", .0.iter().map(Problem::to_string).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<Problem>),
    /// The document would be larger than any that is imported.
    #[error("the document has {bytes} bytes, more than the {limit} that are imported: split the pipeline")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The largest size.
        limit: usize,
    },
}

/// Writes a pipeline as the server exports one: [`import`](crate::import) makes the same pipeline of it again.
///
/// What the server's shape can't say stands in it under the key `cutover`, and is told in the warnings; what an import had set aside stands
/// where it stood.
///
/// ```
/// use cutover::{PipelineDefinition, Stage, StageId, Task};
///
/// let mut shop = PipelineDefinition::new("Web shop")
///     .with_stage(Stage::new(StageId(1), "Dev").after_release().with_task(Task::command("./deploy.sh dev")));
/// shop.stages[0].lock_groups = vec!["database".to_owned()];
///
/// let exported = cutover_azure::export(&shop)?;
///
/// let warnings: Vec<_> = exported.warnings.iter().map(|warning| &warning.path[..]).collect();
/// assert_eq!(warnings, ["environments[0].cutover.lock_groups", "environments[0].deployPhases[0].workflowTasks[0].cutover.task"]);
/// assert_eq!(cutover_azure::import(exported.document.as_bytes())?.definition, shop);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// - [`ExportError::Invalid`] if two stages have one name, or the like: [`validate`](cutover::validate) says what is wrong;
/// - [`ExportError::TooLarge`] if the document would be too large to be imported.
pub fn export(definition: &PipelineDefinition) -> Result<Exported, ExportError> {
    let kept = Kept::of(&definition.properties);
    let (mut document, mut back) = write(definition, &kept);
    let report = Report::default();
    // What was kept comes from a file that somebody else wrote, and the pipeline may have changed since.
    if !kept.is_empty() && (!back.1.problems.is_empty() || starts_more(&back.0, definition)) {
        report
            .warn("", "what was kept at its import does not fit the pipeline any more: it is not given back");
        (document, back) = write(definition, &Kept::default());
    }
    let (back, findings) = back;
    if !findings.problems.is_empty() {
        return Err(ExportError::Invalid(findings.problems));
    }
    own::complete(&mut document, definition, &back, &report);
    let document = format!("{document:#}\n");
    if document.len() > FILE_BYTES {
        return Err(ExportError::TooLarge { bytes: document.len(), limit: FILE_BYTES });
    }
    Ok(Exported { document, warnings: report.finish().warnings })
}

/// A document in the server's shape alone, and what is read from it.
fn write(definition: &PipelineDefinition, kept: &Kept<'_>) -> (Value, (PipelineDefinition, Findings)) {
    let document = definition::write(definition, kept);
    let back = definition::read(&document, None, Report::default());
    (document, back)
}

/// Whether a trigger of one is enabled that is not in the other.
fn starts_more(back: &PipelineDefinition, definition: &PipelineDefinition) -> bool {
    let enabled = |of: &PipelineDefinition| of.triggers.iter().filter(|trigger| trigger.enabled).count();
    enabled(back) > enabled(definition)
}
