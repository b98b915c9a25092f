//! Small helps of the writers, which stand beside the readers of the same things.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// The name that a table of [`Node::choice`](crate::read::Node::choice) gives a meaning; null if it has none.
pub(crate) fn name_of<T: PartialEq>(known: &[(i64, &str, T)], meaning: &T) -> Value {
    let found = known.iter().find(|(_, _, known)| known == meaning);
    found.map_or(Value::Null, |(_, name, _)| json!(name))
}

/// The id of something of the server: a number where it is one, as there; else the text.
pub(crate) fn number_or_text(id: &str) -> Value {
    match id.parse::<u32>() {
        Ok(number) if number.to_string() == id => json!(number),
        Ok(_) | Err(_) => json!(id),
    }
}

/// Texts by name.
pub(crate) fn texts_by_name(texts: &BTreeMap<String, String>) -> Value {
    texts.iter().map(|(name, text)| (name.clone(), json!(text))).collect::<Map<_, _>>().into()
}
