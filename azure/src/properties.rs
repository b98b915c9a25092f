//! Properties: what extensions and pages keep with a pipeline or a stage.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::left_out;
use crate::read::Node;

/// Reads properties by name: plain texts, or objects that hold a type and a value.
pub(crate) fn read(node: &Node<'_>) -> Vec<(String, String)> {
    node.object(left_out::NONE, |fields| {
        let mut properties = Vec::new();
        for (name, value) in fields.take_all() {
            let text = if value.peek("$value").is_missing() {
                value.text_or_json()
            } else {
                value.object(left_out::NONE, |wrapped| {
                    wrapped.take("$type");
                    wrapped.take("$value").text_or_json()
                })
            };
            properties.extend(text.map(|text| (name.to_owned(), text)));
        }
        properties
    })
}

/// Writes the properties whose names begin with `prefix`, without it, but for those that `is_elsewhere`.
pub(crate) fn write(
    properties: &BTreeMap<String, String>,
    prefix: &str,
    is_elsewhere: impl Fn(&str) -> bool,
) -> Value {
    let named = properties.iter().filter_map(|(name, text)| Some((name.strip_prefix(prefix)?, name, text)));
    let here = named.filter(|(_, name, _)| !is_elsewhere(name));
    let written: Map<_, _> = here.map(|(name, _, text)| (name.to_owned(), json!(text))).collect();
    written.into()
}
