//! Which version of a source a release takes if none is named (A3): parts of the source's reference there.

use std::collections::{BTreeMap, BTreeSet};

use cutover::{ArtifactKind, DefaultVersion};
use serde_json::{Map, Value, json};

use crate::kept::Kept;
use crate::read::Node;

/// Default versions that have no place here, among what is kept for an export.
const DEFAULT_VERSIONS: &str = "default-versions";

const KIND: &str = "defaultVersionType";
const BRANCH: &str = "defaultVersionBranch";
const TAGS: &str = "defaultVersionTags";
const SPECIFIC: &str = "defaultVersionSpecific";

const CHOSEN_AT_CREATION: &str = "selectDuringReleaseCreationType";

/// What the name of a part adds to its key.
pub(crate) const NAME: &str = ".name";

/// Takes the default version out of the parts of a reference: they are no parts of it any more.
pub(crate) fn take(
    node: &Node<'_>,
    alias: &str,
    kind: &ArtifactKind,
    parts: &mut BTreeMap<String, String>,
) -> DefaultVersion {
    let mut part = |key: &str| {
        let name = remove(parts, &format!("{key}{NAME}"));
        if name.is_some_and(|name| !name.is_empty()) {
            node.peek(key).note("how the server's page names it: left out");
        }
        remove(parts, key).unwrap_or_default()
    };
    let (written, branch, tags, specific) = (part(KIND), part(BRANCH), part(TAGS), part(SPECIFIC));
    let of_tags: BTreeSet<_> = node.parts(&tags, &[',', ';']).into_iter().map(ToOwned::to_owned).collect();
    let of_repository = branch_of(parts).cloned().unwrap_or_default();
    let latest_of = |branch: &str| match branch {
        "" if of_tags.is_empty() => DefaultVersion::Latest,
        "" => DefaultVersion::LatestOf { branch: "*".to_owned(), tags: of_tags.clone() },
        _ => DefaultVersion::LatestOf { branch: branch.to_owned(), tags: of_tags.clone() },
    };
    let version = match written.to_ascii_lowercase().as_str() {
        "" | "latesttype" if is_repository(kind) => latest_of(&of_repository),
        "" | "latesttype" => DefaultVersion::Latest,
        "latestwithbranchandtagstype" => latest_of(&branch),
        "latestfrombranchtype" => latest_of(if branch.is_empty() { &of_repository } else { &branch }),
        "specificversiontype" if !specific.is_empty() => DefaultVersion::Specific(specific.clone()),
        _ if written.eq_ignore_ascii_case(CHOSEN_AT_CREATION) => DefaultVersion::ChosenAtCreation,
        _ => {
            keep(node, alias, &written);
            return DefaultVersion::ChosenAtCreation;
        }
    };
    let is_said = match &version {
        DefaultVersion::LatestOf { branch: said, .. } => [*said == branch, true, false],
        DefaultVersion::Specific(_) => [false, false, true],
        DefaultVersion::Latest | DefaultVersion::ChosenAtCreation => [false; 3],
    };
    for ((key, text), is_said) in
        [(BRANCH, branch), (TAGS, tags), (SPECIFIC, specific)].into_iter().zip(is_said)
    {
        if !is_said && !text.is_empty() {
            node.peek(key).note("says nothing where the default version is of this kind: left out");
        }
    }
    version
}

/// One that has no place here is kept for an export.
fn keep(node: &Node<'_>, alias: &str, written: &str) {
    let what = if written.eq_ignore_ascii_case("latestWithBuildDefinitionBranchAndTagsType") {
        "the latest from the source's own default branch has no place here: the version must be chosen when a release is created"
    } else {
        "the default version is not known here, or says not which: the version must be chosen when a release is created"
    };
    node.peek(KIND).warn(what);
    let parts = node.raw().as_object().into_iter().flatten();
    let parts = parts.filter(|(key, _)| key.to_ascii_lowercase().starts_with("defaultversion"));
    let parts: Map<_, _> = parts.map(|(key, part)| (key.clone(), part.clone())).collect();
    node.report().keep(DEFAULT_VERSIONS, json!({ "alias": alias, "parts": parts }));
}

/// Writes which version of a source is the default, as parts of its reference.
pub(crate) fn write(
    version: &DefaultVersion,
    alias: &str,
    kind: &ArtifactKind,
    reference: &BTreeMap<String, String>,
    kept: &Kept<'_>,
) -> Map<String, Value> {
    let as_it_stood = kept.entry(DEFAULT_VERSIONS, &[("alias", json!(alias))]);
    if let (DefaultVersion::ChosenAtCreation, Some(Value::Object(parts))) =
        (version, as_it_stood.and_then(|entry| entry.get("parts")))
    {
        return parts.clone();
    }
    let parts: Vec<(&str, String)> = match version {
        DefaultVersion::Latest => vec![(KIND, "latestType".to_owned())],
        DefaultVersion::LatestOf { branch, tags }
            if is_repository(kind) && tags.is_empty() && branch_of(reference) == Some(branch) =>
        {
            vec![(KIND, "latestFromBranchType".to_owned())]
        }
        DefaultVersion::LatestOf { branch, tags } => {
            // Every branch is none in particular there.
            let branch = if branch == "*" && !tags.is_empty() { "" } else { branch };
            vec![
                (KIND, "latestWithBranchAndTagsType".to_owned()),
                (BRANCH, branch.to_owned()),
                (TAGS, Vec::from_iter(tags.clone()).join(",")),
            ]
        }
        DefaultVersion::Specific(version) => {
            vec![(KIND, "specificVersionType".to_owned()), (SPECIFIC, version.clone())]
        }
        DefaultVersion::ChosenAtCreation => vec![(KIND, CHOSEN_AT_CREATION.to_owned())],
    };
    parts.into_iter().map(|(key, id)| (key.to_owned(), json!({ "id": id, "name": id }))).collect()
}

/// Whether a source is one of a repository, whose latest version is that of a branch.
const fn is_repository(kind: &ArtifactKind) -> bool {
    matches!(kind, ArtifactKind::Git | ArtifactKind::GitHub)
}

/// The branch that the reference of a repository names.
fn branch_of(parts: &BTreeMap<String, String>) -> Option<&String> {
    ["branch", "branches"].iter().find_map(|key| parts.get(&spelled(parts, key)?))
}

/// How a part's name is written: keys are compared without case.
fn spelled(parts: &BTreeMap<String, String>, key: &str) -> Option<String> {
    parts.keys().find(|name| name.eq_ignore_ascii_case(key)).cloned()
}

fn remove(parts: &mut BTreeMap<String, String>, key: &str) -> Option<String> {
    let name = spelled(parts, key)?;
    parts.remove(&name)
}
