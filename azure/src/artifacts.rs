//! Artifact sources of a pipeline (A).

use std::collections::{BTreeMap, BTreeSet};

use cutover::{ArtifactKind, ArtifactSource, DefaultVersion};

use crate::left_out;
use crate::read::{Fields, Node};

/// Reads the sources. If none is marked as the primary one, the first is.
pub(crate) fn read(node: &Node<'_>) -> Vec<ArtifactSource> {
    let mut sources: Vec<ArtifactSource> = Vec::new();
    let mut aliases = BTreeSet::new();
    for item in node.items() {
        let Some(source) = item.object(left_out::ARTIFACT, read_source) else {
            item.warn("an artifact source without alias: left out");
            continue;
        };
        if aliases.insert(source.alias.to_lowercase()) {
            sources.push(source);
        } else {
            item.warn("another artifact source has the same alias: left out");
        }
    }
    choose_primary(node, &mut sources);
    sources
}

/// The aliases of a pipeline's sources, found without case.
pub(crate) struct Aliases(BTreeMap<String, String>);

impl Aliases {
    pub(crate) fn of(sources: &[ArtifactSource]) -> Self {
        let aliases = sources.iter().map(|source| &source.alias);
        Self(aliases.map(|alias| (alias.to_lowercase(), alias.clone())).collect())
    }

    /// The alias of a source as the source itself writes it.
    pub(crate) fn find(&self, alias: &str) -> Option<&str> {
        self.0.get(&alias.to_lowercase()).map(String::as_str)
    }
}

fn choose_primary(node: &Node<'_>, sources: &mut [ArtifactSource]) {
    let marked = sources.iter().filter(|source| source.primary).count();
    let chosen = sources.iter().position(|source| source.primary).unwrap_or(0);
    let Some(alias) = sources.get(chosen).map(|source| source.alias.clone()) else {
        return;
    };
    match marked {
        0 if sources.len() > 1 => node.warn(format!("no source is marked as primary: {alias:?} is taken")),
        0 | 1 => {}
        _ => node.warn(format!("several sources are marked as primary: {alias:?} is taken")),
    }
    for (place, source) in sources.iter_mut().enumerate() {
        source.primary = place == chosen;
    }
}

fn read_source(fields: &mut Fields<'_>) -> Option<ArtifactSource> {
    let kind = kind_of(&fields.take("type"));
    let primary = fields.take("isPrimary").flag().unwrap_or(false);
    fields.lose("isRetained", "a lock on the build of a release: releases are not imported");
    let reference = fields.take("definitionReference");
    let mut parts = reference.object(left_out::NONE, read_parts);
    let default_version = default_version(&reference, &kind, &mut parts);
    Some(ArtifactSource {
        alias: fields.take("alias").name()?,
        kind,
        reference: parts,
        primary,
        default_version,
    })
}

fn kind_of(node: &Node<'_>) -> ArtifactKind {
    let name = node.name().unwrap_or_default();
    match name.to_ascii_lowercase().as_str() {
        "build" => ArtifactKind::Build,
        "git" => ArtifactKind::Git,
        "github" => ArtifactKind::GitHub,
        "azurecontainerrepository" | "dockerhub" => ArtifactKind::ContainerRegistry,
        "packagemanagement" => ArtifactKind::PackageFeed,
        "jenkins" => ArtifactKind::Jenkins,
        "" => {
            node.warn("the source says not of what kind it is: read as a build pipeline");
            ArtifactKind::Build
        }
        _ => ArtifactKind::Other(name),
    }
}

/// Each part has an id and a name for people. The name is kept beside the id where it says more.
fn read_parts(fields: &mut Fields<'_>) -> BTreeMap<String, String> {
    let mut parts = BTreeMap::new();
    for (key, node) in fields.take_all() {
        if !node.is_object() && !node.is_cut_off() {
            if let Some(text) = node.text_or_json().filter(|text| !text.is_empty()) {
                parts.insert(key.to_owned(), text);
            }
            continue;
        }
        let (id, name) =
            node.object(left_out::NONE, |part| (part.take("id").text(), part.take("name").text()));
        let (id, name) = (id.unwrap_or_default(), name.unwrap_or_default());
        if !name.is_empty() && name != id {
            parts.insert(format!("{key}.name"), name);
        }
        if !id.is_empty() {
            parts.insert(key.to_owned(), id);
        }
    }
    parts
}

/// What the parts of a reference say about the default version (A3), which are then no parts of the reference any more.
fn default_version(
    node: &Node<'_>,
    kind: &ArtifactKind,
    parts: &mut BTreeMap<String, String>,
) -> DefaultVersion {
    let mut part = |key: &str| {
        remove(parts, &format!("{key}.name"));
        remove(parts, key).unwrap_or_default()
    };
    let written = part("defaultVersionType");
    let branch = part("defaultVersionBranch");
    let tags = tags_of(&part("defaultVersionTags"));
    let specific = part("defaultVersionSpecific");
    let is_repository = matches!(kind, ArtifactKind::Git | ArtifactKind::GitHub);
    let of_repository = ["branch", "branches"].iter().find_map(|key| Some(&parts[&spelled(parts, key)?]));
    let of_repository = of_repository.cloned().unwrap_or_default();
    let latest_of = |branch: String| match branch.as_str() {
        "" if tags.is_empty() => DefaultVersion::Latest,
        "" => DefaultVersion::LatestOf { branch: "*".to_owned(), tags: tags.clone() },
        _ => DefaultVersion::LatestOf { branch, tags: tags.clone() },
    };
    let path = node.peek("defaultVersionType");
    match written.to_ascii_lowercase().as_str() {
        "" | "latesttype" if is_repository => latest_of(of_repository),
        "" | "latesttype" => DefaultVersion::Latest,
        "latestwithbranchandtagstype" => latest_of(branch),
        "latestfrombranchtype" => latest_of(if branch.is_empty() { of_repository } else { branch }),
        "specificversiontype" if !specific.is_empty() => DefaultVersion::Specific(specific),
        "selectduringreleasecreationtype" => DefaultVersion::ChosenAtCreation,
        "latestwithbuilddefinitionbranchandtagstype" => {
            path.warn("the latest from the source's own default branch has no place here: the version must be chosen when a release is created");
            DefaultVersion::ChosenAtCreation
        }
        _ => {
            path.warn("the default version is not known here, or says not which: the version must be chosen when a release is created");
            DefaultVersion::ChosenAtCreation
        }
    }
}

/// How a part's name is written: keys are compared without case.
fn spelled(parts: &BTreeMap<String, String>, key: &str) -> Option<String> {
    parts.keys().find(|name| name.eq_ignore_ascii_case(key)).cloned()
}

fn remove(parts: &mut BTreeMap<String, String>, key: &str) -> Option<String> {
    let name = spelled(parts, key)?;
    parts.remove(&name)
}

fn tags_of(text: &str) -> BTreeSet<String> {
    let tags = text.split([',', ';']).map(str::trim).filter(|tag| !tag.is_empty());
    tags.map(ToOwned::to_owned).collect()
}
