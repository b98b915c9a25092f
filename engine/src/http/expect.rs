//! What has to be answered.

use std::ops::RangeInclusive;

use serde_json::Value;
use serde_json_path::JsonPath;
use ureq::http::StatusCode;

use super::call::Inputs;
use super::client::Answer;
use super::criteria::holds;
use crate::limits;

/// What an answer has to be.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) statuses: Statuses,
    path: Option<Selected>,
    criteria: Option<String>,
}

/// The statuses that are well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statuses(Vec<RangeInclusive<u16>>);

/// What a path has to find in the JSON that is answered.
#[derive(Debug)]
struct Selected {
    path: JsonPath,
    value: Option<String>,
}

impl Expected {
    pub(super) fn read(inputs: &Inputs<'_>) -> Result<Self, String> {
        let statuses = match inputs.get("expectedStatus") {
            Some(text) => Statuses::parse(text.reveal()).ok_or(
                "its input \"expectedStatus\" is no list of statuses, such as \"200, 204\" or \"200-299\"",
            )?,
            None => Statuses(vec![200..=299]),
        };
        let value = inputs.get("expectedValue").map(|value| value.reveal().to_owned());
        let path = match (inputs.get("jsonPath"), value) {
            (Some(path), value) => {
                let path = JsonPath::parse(path.reveal())
                    .map_err(|error| format!("its input \"jsonPath\" is no path: {error}"))?;
                Some(Selected { path, value })
            }
            (None, Some(_)) => {
                return Err("it has an input \"expectedValue\", and no \"jsonPath\" says where".to_owned());
            }
            (None, None) => None,
        };
        let criteria = inputs.get("successCriteria").map(|text| text.reveal().to_owned());
        Ok(Self { statuses, path, criteria })
    }

    /// Why the answer is not what it has to be.
    pub(super) fn judge(&self, answer: &Answer) -> Result<(), String> {
        if !self.statuses.includes(answer.status) {
            return Err(format!("answered {}", answer.status));
        }
        if self.path.is_none() && self.criteria.is_none() {
            return Ok(());
        }
        if answer.is_cut {
            return Err(format!("its answer is longer than {} bytes", limits::ANSWER_BYTES));
        }
        let root: Value = serde_json::from_str(&answer.text)
            .map_err(|error| format!("answered {} with what is no JSON: {error}", answer.status))?;
        if let Some(selected) = &self.path {
            selected.judge(&root)?;
        }
        self.criteria.as_ref().map_or(Ok(()), |criteria| holds(criteria, &root))
    }
}

impl Selected {
    fn judge(&self, root: &Value) -> Result<(), String> {
        let found = self.path.query(root).all();
        if found.is_empty() {
            return Err(format!("there is nothing at {} in its answer", self.path));
        }
        let Some(expected) = &self.value else { return Ok(()) };
        match found.into_iter().find(|value| !is(value, expected)) {
            Some(other) => {
                Err(format!("{} is {}, and not {}", self.path, shown(&other.to_string()), shown(expected)))
            }
            None => Ok(()),
        }
    }
}

/// Whether a value is what somebody wrote: a text as it is, anything as JSON.
fn is(value: &Value, expected: &str) -> bool {
    match value {
        Value::String(text) if text == expected => true,
        Value::String(_)
        | Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Array(_)
        | Value::Object(_) => {
            serde_json::from_str::<Value>(expected).is_ok_and(|expected| *value == expected)
        }
    }
}

/// A value for people, not all of a long one.
pub(super) fn shown(text: &str) -> String {
    let mut characters = text.chars();
    let beginning: String = characters.by_ref().take(limits::VALUE_CHARACTERS_SHOWN).collect();
    if characters.next().is_some() { format!("{beginning}...") } else { beginning }
}

impl Statuses {
    /// `200`, `200-299`, `200, 204`.
    fn parse(text: &str) -> Option<Self> {
        let status = |text: &str| text.trim().parse().ok().filter(|status| (100..=599).contains(status));
        let range = |part: &str| match part.split_once('-') {
            Some((from, to)) => Some(status(from)?..=status(to)?).filter(|range| !range.is_empty()),
            None => status(part).map(|status| status..=status),
        };
        text.split(',').map(range).collect::<Option<_>>().map(Self)
    }

    pub(super) fn includes(&self, status: StatusCode) -> bool {
        self.0.iter().any(|range| range.contains(&status.as_u16()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_read_as_people_write_them() {
        let includes = |text: &str, status| {
            Statuses::parse(text).map(|known| known.includes(StatusCode::from_u16(status).unwrap()))
        };
        assert_eq!((includes("200", 200), includes("200", 201)), (Some(true), Some(false)));
        assert_eq!((includes("200-204, 404", 204), includes("200-204, 404", 404)), (Some(true), Some(true)));
        assert_eq!((includes("200-204, 404", 205), includes("200-204,404", 199)), (Some(false), Some(false)));
        for text in ["", "ok", "99", "600", "204-200", "200,"] {
            assert_eq!(Statuses::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_path_finds_what_has_to_be_there() {
        let root = serde_json::json!({"status": "UP", "parts": [{"n": 1}, {"n": 1}], "none": null, "t": "1"});
        let judge = |path: &str, value: Option<&str>| {
            let selected = Selected { path: JsonPath::parse(path).unwrap(), value: value.map(str::to_owned) };
            selected.judge(&root)
        };
        assert_eq!(judge("$.status", None), Ok(()));
        assert_eq!(judge("$.status", Some("UP")), Ok(()));
        assert_eq!(judge("$.status", Some("\"UP\"")), Ok(()));
        assert_eq!(judge("$.parts[*].n", Some("1")), Ok(()));
        assert_eq!(judge("$.parts[?@.n == 1]", None), Ok(()));
        assert_eq!(judge("$.none", Some("null")), Ok(()));
        assert_eq!(judge("$.t", Some("1")), Ok(()));
        assert_eq!(judge("$.status", Some("up")), Err("$.status is \"UP\", and not up".to_owned()));
        assert!(judge("$.parts[*].n", Some("2")).is_err());
        assert_eq!(judge("$.gone", None), Err("there is nothing at $.gone in its answer".to_owned()));
    }
}
