//! Variables and variable groups (V). Values of secrets are never kept, and no value is ever shown in a message.

use std::collections::BTreeSet;

use cutover::{SecretRef, Variable, VariableValue, Variables};
use serde_json::{Map, Value, json};

use crate::left_out;
use crate::read::{Fields, Node};
use crate::write::number_or_text;

/// Reads variables by name. `scope` is the name of their stage, empty for those of the pipeline: a secret of a stage is called
/// `stage/variable`, so that stages with a variable of the same name do not share one secret.
pub(crate) fn read(node: &Node<'_>, scope: &str) -> Variables {
    let mut variables = Variables::new();
    let mut names = BTreeSet::new();
    node.object(left_out::NONE, |fields| {
        for (name, value) in fields.take_all() {
            if !names.insert(name.to_lowercase()) {
                value.warn("differs from another variable in case only: left out");
                continue;
            }
            variables.insert(name.to_owned(), variable(&value, name, scope));
        }
    });
    variables
}

/// Writes variables by name. Where a secret is kept stays here.
pub(crate) fn write(variables: &Variables) -> Map<String, Value> {
    variables.iter().map(|(name, variable)| (name.clone(), write_one(variable))).collect()
}

/// How the names of variables begin that are parameters of their stage.
const PARAMETERS: &str = "Parameters.";

/// Writes the variables of a stage, and its parameters, which are variables here.
pub(crate) fn write_with_parameters(variables: &Variables) -> (Map<String, Value>, Value) {
    let mut written = write(variables);
    let mut inputs = Vec::new();
    for (name, variable) in variables {
        let parameter = name.strip_prefix(PARAMETERS).filter(|_| !variable.settable);
        if let (Some(parameter), Some(text)) = (parameter, variable.value.plain()) {
            written.remove(name);
            inputs.push(json!({ "name": parameter, "defaultValue": text }));
        }
    }
    (written, json!({ "inputs": inputs }))
}

/// Writes a variable.
pub(crate) fn write_one(variable: &Variable) -> Value {
    let Variable { value, settable } = variable;
    let mut written = match value {
        VariableValue::Plain(text) => json!({ "value": text }),
        VariableValue::Secret(_) => json!({ "value": null, "isSecret": true }),
    };
    if *settable {
        written["allowOverride"] = json!(true);
    }
    written
}

fn variable(node: &Node<'_>, name: &str, scope: &str) -> Variable {
    if !node.is_object() && !node.is_missing() {
        return bare_value(node);
    }
    node.object(left_out::NONE, |fields| {
        let is_secret = is_secret(fields);
        let settable = fields.take("allowOverride").flag().unwrap_or(false);
        let value = fields.take("value");
        let value = if is_secret {
            secret(&value, name, scope)
        } else {
            VariableValue::Plain(value.text_or_json().unwrap_or_default())
        };
        Variable { value, settable }
    })
}

/// A variable that is written as its value alone, as hand-made files do.
fn bare_value(node: &Node<'_>) -> Variable {
    let mut variable = Variable::plain("");
    // An object cut off by PowerShell is reported by `object`, and must not be taken for a value.
    if node.is_cut_off() {
        node.object(left_out::NONE, |_| ());
    } else {
        node.warn("a value where an object with one belongs: taken as a plain value");
        variable = Variable::plain(node.text_or_json().unwrap_or_default());
    }
    variable
}

/// What is not plainly marked as public is a secret.
fn is_secret(fields: &mut Fields<'_>) -> bool {
    let mark = fields.take("isSecret");
    mark.flag().unwrap_or(!mark.is_idle())
}

fn secret(value: &Node<'_>, name: &str, scope: &str) -> VariableValue {
    let reference = match scope {
        "" => name.to_owned(),
        stage => format!("{stage}/{name}"),
    };
    let said = format!("the host's secrets must have it as {reference:?}");
    if value.is_missing() || value.text().is_some_and(|text| text.is_empty()) {
        value.note(format!("the value of a secret is not in the export: {said}"));
    } else {
        value.warn(format!("a secret in clear text: its value is dropped; {said}"));
    }
    VariableValue::Secret(SecretRef::newest(reference))
}

/// Reads the groups that a pipeline or a stage sees: exports have their numbers only.
pub(crate) fn groups(node: &Node<'_>) -> Vec<String> {
    let mut groups = Vec::new();
    for group in node.items() {
        let name = if group.is_object() {
            let named = group.peek("name").name();
            named.or_else(|| group.peek("id").name())
        } else {
            group.name()
        };
        match name {
            Some(name) => {
                group.warn(format!(
                    "variable groups are not in the export: the host must have one named {name:?}"
                ));
                groups.push(name);
            }
            None => group.warn("a variable group without name or number: left out"),
        }
    }
    groups
}

/// Writes the groups that a pipeline or a stage sees.
pub(crate) fn write_groups(groups: &[String]) -> Value {
    groups.iter().map(|group| number_or_text(group)).collect()
}

/// Reads the parameters of a stage as variables: tasks read them as `$(Parameters.name)`.
pub(crate) fn parameters(node: &Node<'_>, variables: &mut Variables) {
    let inputs = node.object(left_out::PARAMETERS, |fields| fields.take("inputs").items());
    let mut names: BTreeSet<_> = variables.keys().map(|name| name.to_ascii_lowercase()).collect();
    for input in inputs {
        input.object(left_out::PARAMETER, |fields| {
            let value = fields.take("defaultValue").text().unwrap_or_default();
            match fields.take("name").name() {
                Some(name) => {
                    let name = format!("{PARAMETERS}{name}");
                    if names.insert(name.to_ascii_lowercase()) {
                        variables.insert(name, Variable::plain(value));
                    } else {
                        input.warn("a variable has the name of the parameter already: left out");
                    }
                }
                None => input.warn("a parameter without a name: left out"),
            }
        });
    }
}
