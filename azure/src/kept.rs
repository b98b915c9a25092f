//! What a pipeline has no place for and an export gives back, as it stood in the file: a trigger that could not work here, for one.
//!
//! It is kept in the properties of the imported pipeline, as lists in JSON, so that it is still there when the pipeline is exported
//! long after. Whoever removes such a property gives it up. Values of secrets are never in it.

use std::collections::BTreeMap;

use cutover::limits;
use serde_json::Value;

use crate::warning::Report;

/// How the names of such properties begin.
const PREFIX: &str = "azure.kept/";

/// The lists of what was kept, by what they hold.
#[derive(Default)]
pub(crate) struct Kept<'a>(BTreeMap<&'a str, Vec<Value>>);

impl<'a> Kept<'a> {
    /// What the properties of a pipeline have.
    pub(crate) fn of(properties: &'a BTreeMap<String, String>) -> Self {
        let lists = properties.iter().filter_map(|(property, text)| {
            let list = property.strip_prefix(PREFIX)?;
            Some((list, serde_json::from_str(text).ok()?))
        });
        Self(lists.collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A list; empty if nothing of that kind was kept.
    pub(crate) fn list(&self, list: &str) -> &[Value] {
        self.0.get(list).map(Vec::as_slice).unwrap_or_default()
    }

    /// The entry of a list in which all of these keys hold these values.
    pub(crate) fn entry(&self, list: &str, keys: &[(&str, Value)]) -> Option<&Value> {
        let is_meant = |entry: &&Value| keys.iter().all(|(key, value)| entry.get(key) == Some(value));
        self.list(list).iter().find(is_meant)
    }
}

/// Whether a property holds something that was kept.
pub(crate) fn is_kept(property: &str) -> bool {
    property.starts_with(PREFIX)
}

/// Puts what was kept into the properties of a pipeline; what is too large for one is reported.
pub(crate) fn store(
    kept: BTreeMap<String, Vec<Value>>,
    properties: &mut BTreeMap<String, String>,
    report: &Report,
) {
    for (list, mut values) in kept {
        let mut seen = std::collections::BTreeSet::new();
        values.retain(|value| seen.insert(value.to_string()));
        let text = Value::Array(values).to_string();
        if text.len() <= limits::VARIABLE_BYTES {
            properties.insert(format!("{PREFIX}{list}"), text);
        } else {
            report.warn("", format!("of {list}, more was left out than is kept for an export"));
        }
    }
}
