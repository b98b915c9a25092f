//! Which document of Azure DevOps a file is.

use std::fmt;

use serde_json::Value;

/// A document that is no release pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DocumentKind {
    /// A release.
    Release,
    /// One stage of a release.
    ReleaseStage,
    /// A list of documents.
    List {
        /// How many.
        documents: usize,
    },
    /// An entry of a list of release pipelines, which lacks what its stages do.
    ListEntry,
    /// A template for a stage.
    StageTemplate,
    /// A stage of a release pipeline, by itself.
    Stage,
    /// An approval.
    Approval,
    /// A manual intervention.
    ManualIntervention,
    /// A deployment.
    Deployment,
    /// An event that a service sends.
    Event,
    /// A build pipeline.
    BuildPipeline,
    /// A task group.
    TaskGroup,
    /// A variable group.
    VariableGroup,
    /// JSON of another kind.
    Other,
}

impl fmt::Display for DocumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::Release => {
                "this is a release and not a release pipeline: export the pipeline that it was made from"
            }
            Self::ReleaseStage => {
                "this is a stage of a release and not a release pipeline: export the pipeline that the release was made from"
            }
            Self::List { documents } => {
                return write!(
                    f,
                    "this is a list of {documents} documents: import each release pipeline as a file of its own"
                );
            }
            Self::ListEntry => {
                "this is an entry of a list of release pipelines, without what its stages do: export the pipeline by its id"
            }
            Self::StageTemplate => {
                "this is a template for a stage and not a release pipeline: export a pipeline that uses it"
            }
            Self::Stage => "this is a single stage: export the release pipeline that it belongs to",
            Self::Approval => "this is an approval and not a release pipeline",
            Self::ManualIntervention => "this is a manual intervention and not a release pipeline",
            Self::Deployment => "this is a deployment and not a release pipeline",
            Self::Event => "this is an event that a service sends and not a release pipeline",
            Self::BuildPipeline => "this is a build pipeline: only release pipelines are imported",
            Self::TaskGroup => "this is a task group: only release pipelines are imported",
            Self::VariableGroup => "this is a variable group: only release pipelines are imported",
            Self::Other => {
                "this is no release pipeline: export one from Azure DevOps, or ask its REST interface for one by its id"
            }
        };
        f.write_str(what)
    }
}

/// Which other document it is; `None` for a release pipeline.
pub(crate) fn other_than_a_definition(document: &Value) -> Option<DocumentKind> {
    let list = document.as_array().or_else(|| document.get("value")?.as_array());
    if let Some(list) = list {
        let documents = list.len();
        return Some(DocumentKind::List { documents });
    }
    let has = |key: &str| document.get(key).is_some();
    let has_all = |keys: &[&str]| keys.iter().all(|key| has(key));
    if !has("environments") {
        return Some(without_stages(&has, &has_all));
    }
    let stages = document.get("environments").and_then(Value::as_array);
    let some_stage_has = |key: &str| stages.into_iter().flatten().any(|stage| stage.get(key).is_some());
    if has("releaseDefinition") || has("keepForever") || some_stage_has("deploySteps") {
        return Some(DocumentKind::Release);
    }
    let has_stages = stages.is_some_and(|stages| !stages.is_empty());
    let is_whole =
        ["deployPhases", "deployStep", "preDeployApprovals", "conditions"].into_iter().any(some_stage_has);
    (has_stages && !is_whole).then_some(DocumentKind::ListEntry)
}

fn without_stages(has: &dyn Fn(&str) -> bool, has_all: &dyn Fn(&[&str]) -> bool) -> DocumentKind {
    // The order matters: a document may show what a later line looks for as well.
    if has_all(&["eventType", "resource"]) || has_all(&["context", "subject"]) {
        DocumentKind::Event
    } else if has_all(&["taskInstanceId", "instructions"]) {
        DocumentKind::ManualIntervention
    } else if has("approvalType") {
        DocumentKind::Approval
    } else if has("deploymentStatus") && has("operationStatus") {
        DocumentKind::Deployment
    } else if has("deploySteps") || has_all(&["releaseId", "definitionEnvironmentId"]) {
        DocumentKind::ReleaseStage
    } else if has("keepForever") || has_all(&["releaseDefinition", "status"]) {
        DocumentKind::Release
    } else if has("environment") && (has("canDelete") || has("category") || has("name")) {
        DocumentKind::StageTemplate
    } else if has("deployPhases") || has("deployStep") || has("preDeployApprovals") {
        DocumentKind::Stage
    } else if has("releaseNameFormat") {
        DocumentKind::ListEntry
    } else if has_all(&["repository", "process"]) || has_all(&["repository", "build"]) {
        DocumentKind::BuildPipeline
    } else if has_all(&["tasks", "runsOn"]) {
        DocumentKind::TaskGroup
    } else if has_all(&["variables", "type"]) {
        DocumentKind::VariableGroup
    } else if has_all(&["action", "sender"]) || has_all(&["pusher", "commits"]) {
        DocumentKind::Event
    } else {
        DocumentKind::Other
    }
}
