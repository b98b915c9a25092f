use std::fmt;

use serde::{Deserialize, Serialize};

/// Something that people may be allowed to do (U1). The stored names are fixed for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Permission {
    /// See pipelines, releases and what goes on in their stages.
    View,
    /// Create and revise pipelines.
    EditPipeline,
    /// Change what a stage is, in a revision of its pipeline.
    EditStage,
    /// Delete pipelines.
    DeletePipeline,
    /// Create releases.
    CreateReleases,
    /// Edit and start drafts, abandon and reactivate releases.
    EditReleases,
    /// Delete releases.
    DeleteReleases,
    /// Start and cancel deployments, and declare freezes.
    ManageDeployments,
    /// Hand approvals on, and answer them on behalf of others.
    ManageReleaseApprovers,
    /// Let a deployment go on although a gate fails.
    IgnoreGates,
    /// Deploy versions that a stage's artifact filters don't take.
    OverrideArtifactFilters,
    /// Answer interventions.
    ResumeInterventions,
    /// Pause a stage's queue, and change its order; define lock groups, and pools with their agents.
    ManageQueues,
    /// Publish versions of artifacts.
    PublishArtifacts,
    /// Claim tasks, and report what came of them.
    ReportTaskResults,
    /// Grant permissions, and revoke them.
    AdministerPermissions,
    /// Let a deployment begin although its stage is frozen, and lift freezes.
    OverrideFreezes,
}

impl Permission {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::View,
        Self::EditPipeline,
        Self::EditStage,
        Self::DeletePipeline,
        Self::CreateReleases,
        Self::EditReleases,
        Self::DeleteReleases,
        Self::ManageDeployments,
        Self::ManageReleaseApprovers,
        Self::IgnoreGates,
        Self::OverrideArtifactFilters,
        Self::ResumeInterventions,
        Self::ManageQueues,
        Self::PublishArtifacts,
        Self::ReportTaskResults,
        Self::AdministerPermissions,
        Self::OverrideFreezes,
    ];
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::View => "view",
            Self::EditPipeline => "edit pipeline",
            Self::EditStage => "edit stage",
            Self::DeletePipeline => "delete pipeline",
            Self::CreateReleases => "create releases",
            Self::EditReleases => "edit releases",
            Self::DeleteReleases => "delete releases",
            Self::ManageDeployments => "manage deployments",
            Self::ManageReleaseApprovers => "manage release approvers",
            Self::IgnoreGates => "ignore gates",
            Self::OverrideArtifactFilters => "override artifact filters",
            Self::ResumeInterventions => "resume interventions",
            Self::ManageQueues => "manage queues",
            Self::PublishArtifacts => "publish artifacts",
            Self::ReportTaskResults => "report task results",
            Self::AdministerPermissions => "administer permissions",
            Self::OverrideFreezes => "override freezes",
        })
    }
}
