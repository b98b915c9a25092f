//! Says of each value of a document what became of it in an import.

#![allow(dead_code, reason = "each file of tests uses a part of it")]

use std::collections::{BTreeMap, BTreeSet};

use cutover_azure::{Imported, export, import};
use serde_json::Value;

/// Keys whose values are left out without a word, each with the reason: no deployment, and nobody who reads the pipeline, misses it.
const IGNORED: &[(&str, &str)] = &[
    ("rank", "says an order, and nothing where there is one thing to order: other tests reorder by it"),
    ("$type", "the type of a property's value, which is a text here"),
];

/// Where a value stands, as messages name it, and as [`Value::pointer`] finds it.
struct Leaf {
    path: String,
    pointer: String,
}

/// How often values at places of one kind are tried, over several files: so many times whatever stands there; and so many more where the
/// export does not show the same value at the same place.
pub(crate) struct Trials {
    tried: BTreeMap<String, usize>,
    each: usize,
    more: usize,
}

impl Trials {
    /// Every value of every file.
    pub(crate) const fn all() -> Self {
        Self { tried: BTreeMap::new(), each: usize::MAX, more: 0 }
    }

    /// A few of each kind.
    pub(crate) const fn some(each: usize, more: usize) -> Self {
        Self { tried: BTreeMap::new(), each, more }
    }

    fn is_enough(&mut self, path: &str, is_exported: bool) -> bool {
        let kind = path.chars().filter(|c| !c.is_ascii_digit()).collect();
        let times = self.tried.entry(kind).or_default();
        *times += 1;
        *times > self.each && (is_exported || *times - self.each > self.more)
    }
}

/// The paths of those values of a file that could be others, and nothing would be different or said: what was lost in silence.
///
/// A value is accounted for if a warning or a note names it or what it stands in, or if another value there makes another pipeline, other
/// warnings or other notes.
pub(crate) fn lost(bytes: &[u8], trials: &mut Trials) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let mut document: Value = serde_json::from_slice(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes))?;
    let before = import(bytes)?;
    let exported: Value = serde_json::from_str(&export(&before.definition)?.document)?;
    let named = named(&before);
    let mut leaves = Vec::new();
    walk(&document, Leaf { path: String::new(), pointer: String::new() }, &mut leaves);
    leaves.retain(|leaf| {
        let key = leaf.pointer.rsplit('/').next().unwrap_or_default();
        let is_exported = document.pointer(&leaf.pointer) == exported.pointer(&leaf.pointer);
        IGNORED.iter().all(|(ignored, _)| *ignored != key)
            && !is_named(&leaf.path, &named)
            && !trials.is_enough(&leaf.path, is_exported)
    });
    leaves.retain(|leaf| !makes_a_difference(&mut document, &leaf.pointer, &before));
    Ok(leaves.into_iter().map(|leaf| leaf.path).collect())
}

fn walk(value: &Value, at: Leaf, leaves: &mut Vec<Leaf>) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            for (place, item) in items.iter().enumerate() {
                let path = format!("{}[{place}]", at.path);
                walk(item, Leaf { path, pointer: format!("{}/{place}", at.pointer) }, leaves);
            }
        }
        Value::Object(map) if !map.is_empty() => {
            for (key, item) in map {
                let escaped = key.replace('~', "~0").replace('/', "~1");
                let path = child(&at.path, key);
                walk(item, Leaf { path, pointer: format!("{}/{escaped}", at.pointer) }, leaves);
            }
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => {
            leaves.push(at);
        }
    }
}

/// As messages write a path.
fn child(path: &str, key: &str) -> String {
    let is_plain = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || "_-$".contains(c));
    match (path, is_plain) {
        ("", true) => key.to_owned(),
        (path, true) => format!("{path}.{key}"),
        (path, false) => format!("{path}[{key:?}]"),
    }
}

/// Every place that a message names.
fn named(imported: &Imported) -> BTreeSet<String> {
    let all = imported.warnings.iter().chain(&imported.notes);
    let paths = all.flat_map(|warning| std::iter::once(&warning.path).chain(&warning.also));
    paths.filter(|path| !path.is_empty()).cloned().collect()
}

/// Whether a message names the value, or what it stands in.
fn is_named(path: &str, named: &BTreeSet<String>) -> bool {
    let ends = path.char_indices().filter(|(_, c)| matches!(c, '.' | '[')).map(|(end, _)| end);
    named.contains(path) || ends.into_iter().any(|end| named.contains(&path[..end]))
}

/// Whether another value there is another pipeline, or is told of in another way.
fn makes_a_difference(document: &mut Value, pointer: &str, before: &Imported) -> bool {
    let Some(value) = document.pointer(pointer).cloned() else { return false };
    let mut put = |other| {
        if let Some(value) = document.pointer_mut(pointer) {
            *value = other;
        }
        import(document.to_string().as_bytes()).as_ref() != Ok(before)
    };
    let found = others(&value).into_iter().any(&mut put);
    let _back = put(value);
    found
}

/// Values that could stand there as well, of the same type.
fn others(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => vec!["other".into(), 7.into(), serde_json::json!({ "other": 7 })],
        Value::Bool(value) => vec![(!value).into()],
        Value::Number(number) => {
            let number = number.as_i64().unwrap_or(0);
            vec![(number + 1).into(), (number + 64).into()]
        }
        Value::String(text) => vec![format!("{text}x").into(), "8".into(), "true".into()],
        Value::Array(_) => vec![serde_json::json!(["other"]), serde_json::json!([{ "other": 7 }])],
        Value::Object(_) => vec![serde_json::json!({ "other": { "other": 7 } })],
    }
}
