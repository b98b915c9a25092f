//! Values that documents are made of, each with how it is read and how it is written.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, SecondsFormat};
use cutover::Timestamp;
use serde_json::{Map, Value, json};

use crate::read::Node;
use crate::text::is_empty_text;

/// A value of a document.
pub trait Part: Sized {
    /// Reads one; `None` if it can't be read as one.
    #[doc(hidden)]
    fn read(node: &Node<'_>) -> Option<Self>;

    /// Writes it; null where there is nothing to say.
    #[doc(hidden)]
    fn write(&self) -> Value;

    /// Writes it where it may be missing and is not: also if it says nothing.
    #[doc(hidden)]
    fn write_said(&self) -> Value {
        self.write()
    }

    /// Whether none is said, where one may be missing.
    #[doc(hidden)]
    fn is_none(node: &Node<'_>) -> bool {
        node.is_missing()
    }
}

impl Part for i64 {
    fn read(node: &Node<'_>) -> Option<Self> {
        node.whole_number()
    }

    fn write(&self) -> Value {
        json!(self)
    }
}

/// Missing is false, as everywhere there.
impl Part for bool {
    fn read(node: &Node<'_>) -> Option<Self> {
        match node.raw() {
            Value::Null => Some(false),
            Value::Bool(value) => Some(*value),
            Value::Number(number) => {
                number.as_i64().filter(|number| matches!(number, 0 | 1)).map(|number| number == 1)
            }
            Value::String(text) => text.trim().to_ascii_lowercase().parse().ok(),
            Value::Array(_) | Value::Object(_) => None,
        }
    }

    fn write(&self) -> Value {
        if *self { json!(true) } else { Value::Null }
    }

    fn write_said(&self) -> Value {
        json!(self)
    }
}

/// Missing is empty.
impl Part for String {
    fn read(node: &Node<'_>) -> Option<Self> {
        match node.raw() {
            Value::Null => Some(Self::new()),
            Value::String(text) => Some(text.clone()),
            Value::Bool(value) => Some(value.to_string()),
            Value::Number(number) => Some(number.to_string()),
            Value::Array(_) | Value::Object(_) => None,
        }
    }

    fn write(&self) -> Value {
        if self.is_empty() { Value::Null } else { json!(self) }
    }

    fn write_said(&self) -> Value {
        json!(self)
    }
}

impl Part for Timestamp {
    fn read(node: &Node<'_>) -> Option<Self> {
        let text = node.raw().as_str()?.trim();
        let with_zone = DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc());
        // Where no zone is said it is UTC.
        let read = with_zone.or_else(|| text.parse::<NaiveDateTime>().ok().map(|time| time.and_utc()));
        // Others could not be written in the same form.
        read.filter(|time| (0..=9999).contains(&time.year()))
    }

    fn write(&self) -> Value {
        json!(self.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }

    /// The first moment of the year 1 stands for no moment.
    fn is_none(node: &Node<'_>) -> bool {
        let never = NaiveDate::from_ymd_opt(1, 1, 1).and_then(|day| day.and_hms_opt(0, 0, 0));
        let is_never = || Self::read(node).is_some_and(|time| Some(time.naive_utc()) == never);
        node.is_missing() || node.raw().as_str().is_some_and(is_empty_text) || is_never()
    }
}

impl<T: Part> Part for Option<T> {
    fn read(node: &Node<'_>) -> Option<Self> {
        if T::is_none(node) { Some(None) } else { T::read(node).map(Some) }
    }

    fn write(&self) -> Value {
        self.as_ref().map_or(Value::Null, Part::write_said)
    }
}

/// Missing is empty. A list of which one can't be read is none.
impl<T: Part> Part for Vec<T> {
    fn read(node: &Node<'_>) -> Option<Self> {
        match node.raw() {
            Value::Array(_) => node.items().iter().map(T::read).collect(),
            Value::Null => Some(Self::new()),
            Value::Object(map) if map.is_empty() => Some(Self::new()),
            Value::String(text) if is_empty_text(text) => Some(Self::new()),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => None,
        }
    }

    fn write(&self) -> Value {
        if self.is_empty() { Value::Null } else { self.iter().map(Part::write).collect() }
    }
}

/// Missing is empty.
impl<T: Part> Part for BTreeMap<String, T> {
    fn read(node: &Node<'_>) -> Option<Self> {
        match node.raw() {
            Value::Object(map) => {
                map.keys().map(|key| Some((key.clone(), T::read(&node.exactly(key))?))).collect()
            }
            Value::Null => Some(Self::new()),
            Value::String(text) if is_empty_text(text) => Some(Self::new()),
            Value::Array(items) if items.is_empty() => Some(Self::new()),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => None,
        }
    }

    fn write(&self) -> Value {
        if self.is_empty() {
            return Value::Null;
        }
        let written = self.iter().map(|(key, value)| (key.clone(), value.write()));
        written.collect::<Map<_, _>>().into()
    }
}
