//! Artifact sources of a pipeline (A).

use std::collections::{BTreeMap, BTreeSet};

use cutover::{ArtifactKind, ArtifactSource};
use serde_json::{Map, Value, json};

use crate::default_version::NAME;
use crate::kept::Kept;
use crate::read::{Fields, Node};
use crate::{default_version, left_out};

/// The names of kinds that are not the usual ones, among what is kept for an export.
const KINDS: &str = "artifact-types";

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
        0 if sources.len() == 1 => node.note("the only source is the primary one, though it is not marked"),
        0 if sources.len() > 1 => node.warn(format!("no source is marked as primary: {alias:?} is taken")),
        0 | 1 => {}
        _ => node.warn(format!("several sources are marked as primary: {alias:?} is taken")),
    }
    for (place, source) in sources.iter_mut().enumerate() {
        source.primary = place == chosen;
    }
}

fn read_source(fields: &mut Fields<'_>) -> Option<ArtifactSource> {
    let written_kind = fields.take("type");
    let kind = kind_of(&written_kind);
    let primary = fields.take("isPrimary").flag().unwrap_or(false);
    fields.lose("isRetained", "a lock on the build of a release: releases are not imported");
    let reference = fields.take("definitionReference");
    let mut parts = reference.object(left_out::NONE, read_parts);
    let alias = fields.take("alias").name()?;
    if let Some(name) = written_kind.name().filter(|name| *name != name_of(&kind)) {
        written_kind.report().keep(KINDS, json!({ "alias": alias, "type": name }));
    }
    let default_version = default_version::take(&reference, &alias, &kind, &mut parts);
    Some(ArtifactSource { alias, kind, reference: parts, primary, default_version })
}

fn kind_of(node: &Node<'_>) -> ArtifactKind {
    let Some(name) = node.name() else {
        node.warn("the source says not of what kind it is: read as a build pipeline");
        return ArtifactKind::Build;
    };
    kind_named(&name)
}

fn kind_named(name: &str) -> ArtifactKind {
    match name.to_ascii_lowercase().as_str() {
        "build" => ArtifactKind::Build,
        "git" => ArtifactKind::Git,
        "github" => ArtifactKind::GitHub,
        "azurecontainerrepository" | "dockerhub" => ArtifactKind::ContainerRegistry,
        "packagemanagement" => ArtifactKind::PackageFeed,
        "jenkins" => ArtifactKind::Jenkins,
        _ => ArtifactKind::Other(name.to_owned()),
    }
}

/// The usual name of a kind.
fn name_of(kind: &ArtifactKind) -> &str {
    match kind {
        ArtifactKind::Build => "Build",
        ArtifactKind::Git => "Git",
        ArtifactKind::GitHub => "GitHub",
        ArtifactKind::ContainerRegistry => "AzureContainerRepository",
        ArtifactKind::PackageFeed => "PackageManagement",
        ArtifactKind::Jenkins => "Jenkins",
        ArtifactKind::Other(name) => name,
    }
}

/// Writes the sources, with what was kept of each when it was imported.
pub(crate) fn write(sources: &[ArtifactSource], kept: &Kept<'_>) -> Value {
    sources.iter().map(|source| write_source(source, kept)).collect()
}

fn write_source(source: &ArtifactSource, kept: &Kept<'_>) -> Value {
    let ArtifactSource { alias, kind, reference, primary, default_version } = source;
    let entry = kept.entry(KINDS, &[("alias", json!(alias))]);
    let name = entry.and_then(|entry| entry.get("type")?.as_str()).filter(|name| kind_named(name) == *kind);
    let mut parts = write_parts(reference);
    parts.extend(default_version::write(default_version, alias, kind, reference, kept));
    json!({
        "alias": alias,
        "type": name.unwrap_or(name_of(kind)),
        "isPrimary": primary,
        "definitionReference": parts,
    })
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

/// Writes the parts, each with its id and its name.
fn write_parts(reference: &BTreeMap<String, String>) -> Map<String, Value> {
    let keys: BTreeSet<_> = reference.keys().map(|key| key.strip_suffix(NAME).unwrap_or(key)).collect();
    let part = |key: &str| {
        let id = reference.get(key).map_or("", String::as_str);
        let name = reference.get(&format!("{key}{NAME}")).map_or(id, String::as_str);
        (key.to_owned(), json!({ "id": id, "name": name }))
    };
    keys.into_iter().map(part).collect()
}
