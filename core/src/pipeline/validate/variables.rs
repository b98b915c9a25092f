//! Variables of a pipeline, a stage or a job (V).

use std::collections::BTreeMap;

use super::report::{Report, Seen};
use super::{fold, names};
use crate::limits;
use crate::pipeline::place::Place;
use crate::pipeline::{SecretVersion, VariableValue, Variables};

/// How the names of variables begin that only the system sets (V1), folded.
const SYSTEM: [&str; 5] = ["release.", "build.", "system.", "agent.", "artifacts."];

/// Whether a name is one that only the system sets: `Release.*`, `Build.*`, `System.*`, `Agent.*`, `Artifacts.*` (V1).
pub fn is_system_variable(name: &str) -> bool {
    let name = fold(name);
    SYSTEM.iter().any(|system| name.starts_with(system))
}

/// The variables of one scope, in the field `variables` of `at`.
pub(super) fn scope(report: &mut Report, at: &Place<'_>, variables: &Variables) {
    scope_in(report, at, "variables", variables);
}

/// What the groups of a pipeline or a stage said, in the field `group_variables` of `at`: only releases freeze it (V2).
pub(super) fn group_variables(report: &mut Report, at: &Place<'_>, variables: &Variables, may_have: bool) {
    if !may_have && !variables.is_empty() {
        report
            .add(&at.field("group_variables"), "is written by releases only: save a variable group instead");
    }
    scope_in(report, at, "group_variables", variables);
}

/// The variables of a group: none is settable, for its values are its own (V1).
pub(super) fn of_group(report: &mut Report, variables: &Variables) {
    let at = Place::Definition;
    scope(report, &at, variables);
    for (name, _) in variables.iter().filter(|(_, variable)| variable.settable) {
        report.add(&at.key("variables", name), "a variable of a group can not be settable");
    }
}

fn scope_in(report: &mut Report, at: &Place<'_>, field: &'static str, variables: &Variables) {
    report.length(&at.field(field), variables.len(), limits::VARIABLES_PER_SCOPE);
    let mut seen = BTreeMap::new();
    for (name, variable) in variables.iter().take(limits::VARIABLES_PER_SCOPE) {
        let place = at.key(field, name);
        variable_name(report, &place, name);
        if is_system_variable(name) {
            report.add(&place, format!("{name} is a name that only the system sets"));
        }
        if let Some(first) = seen.get(&fold(name)) {
            report.add(&place, format!("differs from {first:?} only by case"));
        }
        seen.entry(fold(name)).or_insert(name);
        match &variable.value {
            VariableValue::Plain(value) => {
                report.bytes(&place.field("value.plain"), value, limits::VARIABLE_BYTES);
            }
            VariableValue::Secret(secret) => {
                let place = place.field("value.secret");
                report.filled(&place, &secret.name, limits::SECRET_NAME_CHARACTERS);
                if let Some(SecretVersion(version)) = &secret.version {
                    report.filled(&place.field("version"), version, limits::NAME_CHARACTERS);
                }
            }
        }
    }
}

/// Whether a variable may have this name (V3).
pub(crate) fn is_variable_name(name: &str) -> bool {
    (1..=limits::NAME_CHARACTERS).contains(&name.len()) && name.chars().all(is_allowed)
}

const fn is_allowed(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '_')
}

/// The name of a variable: letters, digits, `.` and `_` (V3).
pub(super) fn variable_name(report: &mut Report, place: &Place<'_>, name: &str) {
    report.filled(place, name, limits::NAME_CHARACTERS);
    if let Some(found) = name.chars().find(|&character| !is_allowed(character)) {
        report.add(place, format!("may have letters, digits, . and _ only, contains {found:?} in {name:?}"));
    }
}

/// The variable groups of a pipeline or a stage, in the field `variable_groups` of `at`.
pub(super) fn groups(report: &mut Report, at: &Place<'_>, groups: &[String]) {
    report.length(&at.field("variable_groups"), groups.len(), limits::VARIABLE_GROUPS);
    let mut seen = Seen::default();
    for (index, group) in groups.iter().enumerate().take(limits::VARIABLE_GROUPS) {
        let place = at.item("variable_groups", index);
        names::display_name(report, &place, group);
        seen.check(report, &place, "variable_groups", index, group);
    }
}
