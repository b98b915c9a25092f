//! What a pipeline's releases deploy, and where it comes from (A).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{SourceId, Timestamp, artifact, fold};

/// A source of versions (A1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArtifactSource {
    /// Its name in the pipeline, unique without case.
    pub alias: String,
    /// What kind of source it is.
    pub kind: ArtifactKind,
    /// What it points to, as its kind understands it: `{"definition": "12", "project": "shop"}` for example.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reference: BTreeMap<String, String>,
    /// Whether it is the one that `Build.*` variables and release names speak of. Exactly one source of a pipeline is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub primary: bool,
    /// The version that a release takes if none is named (A3).
    #[serde(default)]
    pub default_version: DefaultVersion,
}

impl ArtifactSource {
    /// The feed that its versions are published on, shared by all pipelines that name the same thing: see
    /// [`source_of`](artifact::source_of).
    pub fn source(&self) -> SourceId {
        artifact::source_of(&self.kind, &self.reference)
    }

    /// What people call that which makes its versions (P7, V1): the part `definition.name` of its reference, or `definition` where
    /// there is none, whatever their case; empty if there is neither.
    pub fn definition_name(&self) -> &str {
        let part = |name: &str| self.reference.iter().find(|(part, _)| fold(part) == name);
        let named = part("definition.name").filter(|(_, name)| !name.is_empty());
        named.or_else(|| part("definition")).map_or("", |(_, name)| name)
    }
}

/// What kind of source a version comes from (A1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ArtifactKind {
    /// A build pipeline.
    Build,
    /// A git repository of Azure Repos.
    Git,
    /// A GitHub repository.
    GitHub,
    /// A registry of container images.
    ContainerRegistry,
    /// A feed of packages.
    PackageFeed,
    /// A Jenkins job.
    Jenkins,
    /// Any other, by its own name.
    Other(String),
}

/// Which version a release takes if none is named at its creation (A3).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DefaultVersion {
    /// The one that was published last.
    #[default]
    Latest,
    /// The last published one of a branch that has all of these tags.
    LatestOf {
        /// The branch, with or without `refs/heads/`.
        branch: String,
        /// Compared without case.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        tags: BTreeSet<String>,
    },
    /// This one, by its id.
    Specific(String),
    /// None: it must be named when the release is created.
    ChosenAtCreation,
}

/// A version of a source (A2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArtifactVersion {
    /// Its id within the source.
    pub id: String,
    /// Its name for people, a build number for example.
    pub name: String,
    /// The branch it was made from; empty if none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub branch: String,
    /// The commit it was made from; empty if none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub commit: String,
    /// What it was tagged with.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<String>,
    /// When it was made; `None` if nobody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
    /// The pull request that it came from, if it did (T3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull_request: Option<PullRequest>,
    /// Whether its branch is the one that the source itself calls its default branch (T1).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_of_default_branch: bool,
}

/// A pull request that a version came from (A2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequest {
    /// The branch that it is to be merged into.
    pub target_branch: String,
}

impl ArtifactVersion {
    /// A version whose id is also its name.
    pub fn new(id: impl Into<String>) -> Self {
        let id = id.into();
        Self {
            name: id.clone(),
            id,
            branch: String::new(),
            commit: String::new(),
            tags: BTreeSet::new(),
            time: None,
            pull_request: None,
            is_of_default_branch: false,
        }
    }

    /// Made from this branch.
    #[must_use]
    pub fn on_branch(mut self, branch: impl Into<String>) -> Self {
        self.branch = branch.into();
        self
    }

    /// With one more tag.
    #[must_use]
    pub fn with_tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.insert(tag.into());
        self
    }

    /// Made for a pull request that is to be merged into this branch.
    #[must_use]
    pub fn from_pull_request(mut self, target_branch: impl Into<String>) -> Self {
        self.pull_request = Some(PullRequest { target_branch: target_branch.into() });
        self
    }
}

/// Which versions pass: every part that is given must match (A5).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionFilter {
    /// Branch patterns; one with a leading `-` excludes. Empty: every branch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub branches: Vec<String>,
    /// Tags that must all be on the version, compared without case.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<String>,
    /// A regular expression that an image's tag, or a package's version, must match (T4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_pattern: Option<String>,
    /// The version's branch must be the source's own default branch (T1).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub default_branch_only: bool,
}
