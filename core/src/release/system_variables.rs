//! What the engine itself knows of a release, as variables (V1).

use std::collections::BTreeMap;

use super::About;
use crate::deployment::{Deployment, Slice};
use crate::{
    DeploymentId, Job, JobKind, Parallelism, PipelineDefinition, PullRequest, ReleaseReason, SliceId, Stage,
};

/// What the engine itself knows (V1).
pub(super) fn system_variables(
    about: &About,
    definition: &PipelineDefinition,
    stage: &Stage,
    deployment: DeploymentId,
) -> BTreeMap<String, String> {
    let mut system = BTreeMap::from([
        ("Release.ReleaseId".to_owned(), about.id.to_string()),
        ("Release.ReleaseName".to_owned(), about.name.clone()),
        ("Release.ReleaseDescription".to_owned(), about.description.clone()),
        ("Release.DefinitionId".to_owned(), about.pipeline.to_string()),
        ("Release.DefinitionName".to_owned(), definition.name.clone()),
        ("Release.EnvironmentId".to_owned(), stage.id.to_string()),
        ("Release.EnvironmentName".to_owned(), stage.name.clone()),
        ("Release.AttemptNumber".to_owned(), deployment.attempt.to_string()),
        ("Release.DeploymentId".to_owned(), deployment.to_string()),
        ("Release.Reason".to_owned(), reason(about.reason).to_owned()),
        ("Release.DefinitionEnvironmentId".to_owned(), stage.id.to_string()),
        ("System.HostType".to_owned(), "release".to_owned()),
    ]);
    if let Some(project) = definition.properties.get("System.TeamProject") {
        system.insert("System.TeamProject".to_owned(), project.clone());
    }
    if let Some(user) = about.requested_for.as_ref().or_else(|| about.creator.as_user()) {
        system.insert("Release.RequestedForId".to_owned(), user.to_string());
    }
    let triggering = about.triggered_by.as_ref();
    system.extend(triggering.map(|alias| ("Release.TriggeringArtifact.Alias".to_owned(), alias.clone())));
    for source in &definition.artifacts {
        let Some(version) = about.artifacts.get(&source.alias) else { continue };
        let mut set = |prefix: &str| {
            system.insert(format!("{prefix}BuildId"), version.id.clone());
            system.insert(format!("{prefix}BuildNumber"), version.name.clone());
            system.insert(format!("{prefix}SourceBranch"), version.branch.clone());
            system.insert(format!("{prefix}SourceBranchName"), last_part(&version.branch).to_owned());
            system.insert(format!("{prefix}SourceVersion"), version.commit.clone());
            system.insert(format!("{prefix}DefinitionName"), source.definition_name().to_owned());
            if let Some(PullRequest { target_branch, .. }) = &version.pull_request {
                let name = last_part(target_branch).to_owned();
                system.insert(format!("{prefix}PullRequest.TargetBranch"), target_branch.clone());
                system.insert(format!("{prefix}PullRequest.TargetBranchName"), name);
            }
        };
        set(&format!("Release.Artifacts.{}.", source.alias));
        set(&format!("Artifacts.{}.", source.alias));
        if source.primary {
            set("Build.");
            system.insert("Release.PrimaryArtifactSourceAlias".to_owned(), source.alias.clone());
        }
    }
    system
}

/// What the engine itself knows of a job and of the slice of it that asks (J2, V1): which one of how many it is, once the job has begun,
/// the target that it runs on (J3), and the agent, once it was granted one (J11).
pub(super) fn job_variables(deployment: &Deployment, job: &Job, slice: SliceId) -> BTreeMap<String, String> {
    let kind = match job.parallelism {
        Parallelism::None => "None",
        Parallelism::MultiConfiguration { .. } => "MultiConfiguration",
        Parallelism::MultiAgent { .. } => "MultiMachine",
    };
    let mut system = BTreeMap::from([("System.ParallelExecutionType".to_owned(), kind.to_owned())]);
    let slices = deployment.jobs.get(slice.job.job as usize).map_or(0, |run| run.slices().len());
    if slices > 0 {
        system.insert("System.JobPositionInPhase".to_owned(), slice.slice.saturating_add(1).to_string());
        system.insert("System.TotalJobsInPhase".to_owned(), slices.to_string());
    }
    if let Some(granted) = deployment.slice(slice).and_then(|run| run.agent.as_ref()) {
        system.insert("Agent.Name".to_owned(), granted.agent.to_string());
    }
    let run = deployment.slice(slice).and_then(|run| run.slice.as_ref());
    if let (JobKind::DeploymentGroup { group, .. }, Some(Slice { name, target: Some(_), .. })) =
        (&job.kind, run)
    {
        system.insert("Agent.DeploymentGroupId".to_owned(), group.clone());
        system.insert("Agent.MachineName".to_owned(), name.clone());
    }
    system
}

/// The word that Azure has for a release's reason.
fn reason(reason: ReleaseReason) -> &'static str {
    match reason {
        ReleaseReason::None => "None",
        ReleaseReason::Manual => "Manual",
        ReleaseReason::ContinuousIntegration => "ContinuousIntegration",
        ReleaseReason::Schedule => "Schedule",
        ReleaseReason::PullRequest => "PullRequest",
    }
}

/// What follows a branch's last slash: `main` of `refs/heads/main`.
fn last_part(branch: &str) -> &str {
    branch.rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::last_part;

    #[test]
    fn a_branch_is_called_by_what_follows_its_last_slash() {
        let names = ["refs/heads/main", "refs/heads/feature/login", "main", ""].map(last_part);
        assert_eq!(names, ["main", "login", "main", ""]);
    }
}
