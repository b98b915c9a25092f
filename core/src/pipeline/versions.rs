//! The versions that a release deploys (A3, A4).

use std::collections::BTreeMap;

use super::{ArtifactVersion, PipelineDefinition, PipelineRefusal};
use crate::artifact::default_version;
use crate::flow::Facts;
use crate::{ArtifactFeed, Subject};

/// The feeds that choosing versions reads.
pub(super) fn feeds_of(definition: &PipelineDefinition) -> impl Iterator<Item = Subject> {
    definition.artifacts.iter().map(|source| Subject::Artifact(source.source()))
}

/// A4: exactly one version of every source; those that are given win over the default ones. Aliases are compared without case, and
/// come out as the pipeline spells them.
///
/// A given version of which nothing but the id is said is the one that the feed has under that id, if it has one.
pub(super) fn choose_versions(
    definition: &PipelineDefinition,
    given: &BTreeMap<String, ArtifactVersion>,
    facts: &Facts<'_>,
) -> Result<BTreeMap<String, ArtifactVersion>, PipelineRefusal> {
    let mut chosen = BTreeMap::new();
    for (alias, version) in given {
        let unknown = || PipelineRefusal::UnknownArtifact { alias: alias.clone() };
        let source = definition.artifact(alias).ok_or_else(unknown)?;
        let is_bare = *version == ArtifactVersion::new(&version.id);
        let known = facts.artifact_feed(&source.source()).and_then(|feed| feed.version(&version.id));
        let version = known.filter(|_| is_bare).unwrap_or(version);
        if chosen.insert(source.alias.clone(), version.clone()).is_some() {
            return Err(PipelineRefusal::ArtifactGivenTwice { alias: source.alias.clone() });
        }
    }
    let nothing = ArtifactFeed::default();
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
