//! The versions that a release deploys (A3, A4).

use std::collections::BTreeMap;

use super::{ArtifactVersion, PipelineDefinition, PipelineRefusal};
use crate::artifact::default_version;
use crate::flow::Facts;
use crate::{ArtifactFeed, ArtifactRefusal, Subject};

/// What is wrong with versions that somebody gave.
#[derive(Debug)]
pub(crate) enum GivenVersions {
    /// There is no source of this alias.
    UnknownSource { alias: String },
    /// Two of one source.
    Twice { alias: String },
    /// It is no version of its source.
    Refused { alias: String, because: ArtifactRefusal },
}

/// The feeds that choosing versions reads.
pub(crate) fn feeds_of(definition: &PipelineDefinition) -> impl Iterator<Item = Subject> {
    definition.artifacts.iter().map(|source| Subject::Artifact(source.source()))
}

/// A4: the versions that somebody gave, each as its source's feed knows it. Aliases are compared without case, and come out as the
/// definition spells them.
pub(crate) fn given_versions(
    definition: &PipelineDefinition,
    given: &BTreeMap<String, ArtifactVersion>,
    facts: &Facts<'_>,
) -> Result<BTreeMap<String, ArtifactVersion>, GivenVersions> {
    let nothing = ArtifactFeed::default();
    let mut taken = BTreeMap::new();
    for (alias, version) in given {
        let unknown = || GivenVersions::UnknownSource { alias: alias.clone() };
        let source = definition.artifact(alias).ok_or_else(unknown)?;
        let refused = |because| GivenVersions::Refused { alias: source.alias.clone(), because };
        let feed = facts.artifact_feed(&source.source()).unwrap_or(&nothing);
        let version = feed.named(version).map_err(refused)?;
        if taken.insert(source.alias.clone(), version.clone()).is_some() {
            return Err(GivenVersions::Twice { alias: source.alias.clone() });
        }
    }
    Ok(taken)
}

/// A4: exactly one version of every source; those that are given win over the default ones.
pub(super) fn choose_versions(
    definition: &PipelineDefinition,
    given: &BTreeMap<String, ArtifactVersion>,
    facts: &Facts<'_>,
) -> Result<BTreeMap<String, ArtifactVersion>, PipelineRefusal> {
    let nothing = ArtifactFeed::default();
    let mut chosen = given_versions(definition, given, facts)?;
    for source in &definition.artifacts {
        if chosen.contains_key(&source.alias) {
            continue;
        }
        let feed = facts.artifact_feed(&source.source()).unwrap_or(&nothing);
        let missing = || PipelineRefusal::NoArtifactVersion { alias: source.alias.clone() };
        let version = default_version(&source.default_version, feed).ok_or_else(missing)?;
        chosen.insert(source.alias.clone(), version.clone());
    }
    Ok(chosen)
}

impl From<GivenVersions> for PipelineRefusal {
    fn from(given: GivenVersions) -> Self {
        match given {
            GivenVersions::UnknownSource { alias } => Self::UnknownArtifact { alias },
            GivenVersions::Twice { alias } => Self::ArtifactGivenTwice { alias },
            GivenVersions::Refused { alias, because } => Self::ArtifactRefused { alias, because },
        }
    }
}
