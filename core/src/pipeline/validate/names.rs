//! Names and other short texts (P1).

use std::collections::{BTreeMap, BTreeSet};

use super::report::Report;
use crate::limits;
use crate::pipeline::place::Place;

/// The characters that a pipeline's name, and a folder's, may not have (P1).
const FORBIDDEN: [char; 9] = ['"', ':', '<', '>', '\\', '/', '|', '?', '*'];

/// The form of a name in which it is compared without case (P1): two names are the same if their folded forms are.
///
/// ```
/// assert_eq!(cutover::fold("Web SHOP"), cutover::fold("web shop"));
/// ```
pub fn fold(name: &str) -> String {
    name.to_lowercase()
}

/// A pipeline's name: it is also the last part of a path.
pub(super) fn pipeline_name(report: &mut Report, place: &Place<'_>, name: &str) {
    display_name(report, place, name);
    path_part(report, place, name);
}

/// A name that people see and choose by, in no path: a stage's, an alias, a group's.
pub(super) fn display_name(report: &mut Report, place: &Place<'_>, name: &str) {
    let characters = name.chars().count();
    if characters == 0 || characters > limits::NAME_CHARACTERS {
        let most = limits::NAME_CHARACTERS;
        report.add(place, format!("must have 1 to {most} characters, has {characters}"));
    }
    if name.starts_with(' ') || name.ends_with(' ') {
        report.add(place, "must not begin or end with a space");
    }
    if let Some(control) = name.chars().find(|character| character.is_control()) {
        report.add(place, format!("must not contain control characters, contains {control:?}"));
    }
}

/// A path from the root, `\`, such as `\shop\web`.
pub(super) fn folder(report: &mut Report, place: &Place<'_>, folder: &str) {
    if folder.chars().count() > limits::FOLDER_CHARACTERS {
        // Its parts are not looked into: each would be a problem of its own.
        report.characters(place, folder, limits::FOLDER_CHARACTERS);
        return;
    }
    let Some(path) = folder.strip_prefix('\\') else {
        report.add(place, format!("must begin with \\, the root, is {folder:?}"));
        return;
    };
    if path.is_empty() {
        return;
    }
    for part in path.split('\\') {
        if part.is_empty() {
            report.add(place, format!("must have a name between and after its \\, is {folder:?}"));
        } else {
            display_name(report, place, part);
            path_part(report, place, part);
        }
    }
}

/// What is beside the rules of every name the rule of one that stands in a path.
fn path_part(report: &mut Report, place: &Place<'_>, name: &str) {
    if let Some(found) = name.chars().find(|character| FORBIDDEN.contains(character)) {
        let what = format!("must not contain any of \" : < > \\ / | ? *, contains {found} in {name:?}");
        report.add(place, what);
    }
    if name.starts_with('.') || name.ends_with('.') {
        report.add(place, format!("must not begin or end with a dot, is {name:?}"));
    }
}

/// Tags of anything.
pub(super) fn tags(report: &mut Report, place: &Place<'_>, tags: &BTreeSet<String>) {
    report.length(place, tags.len(), limits::TAGS);
    for tag in tags.iter().take(limits::TAGS) {
        report.filled(place, tag, limits::NAME_CHARACTERS);
    }
}

/// Texts by name: inputs, properties, references.
pub(super) fn texts(
    report: &mut Report,
    at: &Place<'_>,
    map: &'static str,
    texts: &BTreeMap<String, String>,
    most: usize,
    bytes: usize,
) {
    report.length(&at.field(map), texts.len(), most);
    for (key, text) in texts.iter().take(most) {
        let place = at.key(map, key);
        report.filled(&place, key, limits::NAME_CHARACTERS);
        report.bytes(&place, text, bytes);
    }
}

/// A name by which output variables are read (J10): letters, digits and `_`; empty is none.
pub(super) fn reference_name(report: &mut Report, place: &Place<'_>, name: &str) {
    report.characters(place, name, limits::NAME_CHARACTERS);
    let is_allowed = |character: char| character.is_ascii_alphanumeric() || character == '_';
    if let Some(found) = name.chars().find(|&character| !is_allowed(character)) {
        report.add(place, format!("may have letters, digits and _ only, contains {found:?} in {name:?}"));
    }
}
