//! The definition: where it comes from, and what of it is changed.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::path::Path;

use cutover::{
    ArtifactVersion, Job, JobKind, NewRelease, PipelineDefinition, QueuingPolicy, Waiting, validate,
};

use crate::common::{Outcome, told};

/// The definition that is simulated if none is named.
const SAMPLE: &[u8] = include_bytes!("../pipelines/web-shop.json");

/// Reads a definition, and takes out what makes releases by itself: those come by chance here.
pub fn read(path: Option<&Path>) -> Outcome<PipelineDefinition> {
    let bytes = match path {
        Some(path) => std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?,
        None => SAMPLE.to_vec(),
    };
    let place = path.map_or_else(String::new, |path| format!("{}: ", path.display()));
    let mut definition = match serde_json::from_slice::<PipelineDefinition>(&bytes) {
        Ok(own) => own,
        Err(_) => {
            let imported =
                cutover_azure::import(&bytes).map_err(|error| format!("{place}{}", told(&error)))?;
            for warning in &imported.warnings {
                eprintln!("warning: {place}{warning}");
            }
            imported.definition
        }
    };
    definition.triggers.clear();
    if !definition.variable_groups.is_empty() {
        eprintln!("warning: {place}nobody keeps variable groups here: what they hold is left out");
        definition.variable_groups.clear();
    }
    validate(&definition).map_err(|problems| format!("{place}{problems}"))?;
    Ok(definition)
}

/// The same, where every stage lets so many deployments go on at once.
pub fn at_once(mut definition: PipelineDefinition, deployments: NonZeroU32) -> PipelineDefinition {
    for stage in &mut definition.stages {
        let waiting = match stage.queuing {
            QueuingPolicy::AtMost { waiting, .. } => waiting,
            QueuingPolicy::Unlimited => Waiting::InOrder,
        };
        stage.queuing = QueuingPolicy::AtMost { deployments, waiting };
    }
    definition
}

/// A release with a version of every artifact.
pub fn release_of(definition: &PipelineDefinition) -> NewRelease {
    let version = |alias: &String| (alias.clone(), ArtifactVersion::new("1.0"));
    let artifacts = definition.artifacts.iter().map(|source| version(&source.alias)).collect();
    NewRelease { artifacts, ..NewRelease::default() }
}

/// The deployment group that a job runs on.
pub fn group_of(job: &Job) -> Option<String> {
    match &job.kind {
        JobKind::DeploymentGroup { group, .. } => Some(group.clone()),
        JobKind::Agent { .. } | JobKind::Server => None,
    }
}

/// All tags by which jobs choose among the targets of a group.
pub fn tags_of(definition: &PipelineDefinition, group: &str) -> BTreeSet<String> {
    let jobs = definition.stages.iter().flat_map(|stage| &stage.jobs);
    let tags = jobs.filter_map(|job| match &job.kind {
        JobKind::DeploymentGroup { group: named, tags, .. } if named == group => Some(tags),
        JobKind::DeploymentGroup { .. } | JobKind::Agent { .. } | JobKind::Server => None,
    });
    tags.flatten().cloned().collect()
}
