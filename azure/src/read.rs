//! Tolerant access to JSON: every reader takes what it knows, and what nobody took is reported.
//!
//! A [`Node`] is a value with its place in the file; a missing key is a node that holds null. [`Node::object`] gives its [`Fields`]
//! to a reader and then reports every key that the reader did not take: as a note where a table of [`crate::left_out`] gives a reason,
//! as a warning else. So a key that Azure adds tomorrow is never dropped in silence.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use crate::left_out::{self, LeftOut};
use crate::text::{child_path, is_cut_off, is_empty_text, quoted};
use crate::warning::Report;

static NOTHING: Value = Value::Null;

/// A value with its place in the file.
#[derive(Clone)]
pub struct Node<'a> {
    value: &'a Value,
    path: String,
    report: &'a Report,
}

/// The keys of an object, and which of them were taken.
pub(crate) struct Fields<'a> {
    map: Option<&'a Map<String, Value>>,
    node: Node<'a>,
    taken: BTreeSet<&'a str>,
}

impl<'a> Node<'a> {
    pub(crate) const fn new(value: &'a Value, path: String, report: &'a Report) -> Self {
        Self { value, path, report }
    }

    /// The value as it stands in the file.
    pub(crate) const fn raw(&self) -> &'a Value {
        self.value
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(crate) const fn report(&self) -> &'a Report {
        self.report
    }

    pub(crate) fn warn(&self, what: impl Into<String>) {
        self.report.warn(&self.path, what);
    }

    pub(crate) fn note(&self, what: impl Into<String>) {
        self.report.note(&self.path, what);
    }

    pub(crate) fn is_missing(&self) -> bool {
        self.value.is_null()
    }

    pub(crate) fn is_object(&self) -> bool {
        self.value.is_object()
    }

    /// Whether nothing would be different if it were not there: null, false, 0, or empty.
    pub(crate) fn is_idle(&self) -> bool {
        match self.value {
            Value::Null => true,
            Value::Bool(value) => !value,
            Value::Number(number) => number.as_f64() == Some(0.0),
            Value::String(text) => is_empty_text(text) || text == "0" || text.eq_ignore_ascii_case("false"),
            Value::Array(items) => items.is_empty(),
            Value::Object(map) => map.is_empty(),
        }
    }

    /// Whether `PowerShell` has cut off an object or a list here.
    pub(crate) fn is_cut_off(&self) -> bool {
        self.value.as_str().is_some_and(is_cut_off)
    }

    /// What a key of this object holds, without taking it.
    pub(crate) fn peek(&self, key: &str) -> Self {
        let found = self.value.as_object().and_then(|map| find(map, key));
        self.child(key, found.map_or(&NOTHING, |(_, value)| value))
    }

    /// What exactly this key of the object holds.
    pub(crate) fn exactly(&self, key: &str) -> Self {
        self.child(key, self.value.get(key).unwrap_or(&NOTHING))
    }

    fn child(&self, key: &str, value: &'a Value) -> Self {
        Self::new(value, child_path(&self.path, key), self.report)
    }

    /// Gives the keys to `read`, and reports those that it did not take.
    pub(crate) fn object<T>(&self, known: LeftOut, read: impl FnOnce(&mut Fields<'a>) -> T) -> T {
        let map = match self.value {
            Value::Object(map) => Some(map),
            Value::Null => None,
            Value::String(text) if is_empty_text(text) => None,
            Value::String(text) if is_cut_off(text) => {
                self.report.cut_off(&self.path);
                None
            }
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                self.warn(format!("{} where an object belongs: read as empty", self.type_name()));
                None
            }
        };
        let mut fields = Fields { map, node: self.clone(), taken: BTreeSet::new() };
        let result = read(&mut fields);
        fields.report_rest(known);
        result
    }

    /// The items of a list.
    pub(crate) fn items(&self) -> Vec<Self> {
        match self.value {
            Value::Array(items) => {
                let place = |(place, item)| Self::new(item, format!("{}[{place}]", self.path), self.report);
                items.iter().enumerate().map(place).collect()
            }
            Value::Null => Vec::new(),
            Value::Object(map) if map.is_empty() => Vec::new(),
            Value::String(text) if is_empty_text(text) => Vec::new(),
            Value::String(text) if is_cut_off(text) => {
                self.report.cut_off(&self.path);
                Vec::new()
            }
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                self.warn(format!("{} where a list belongs: read as a list of one", self.type_name()));
                vec![self.clone()]
            }
        }
    }

    /// The items of a list in the order of their ranks, or of the list if one of them has none.
    pub(crate) fn ranked_items(&self) -> Vec<Self> {
        let mut items = self.items();
        let rank = |item: &Self| item.peek("rank").whole_number();
        if items.iter().all(|item| rank(item).is_some()) {
            items.sort_by_key(rank);
        } else if items.iter().any(|item| rank(item).is_some()) {
            self.warn("some have a rank and some have none: taken in the order of the list");
        }
        items
    }

    /// The texts of a list, without empty ones.
    pub(crate) fn texts(&self) -> Vec<String> {
        let items = self.items();
        let texts = items.iter().filter_map(Self::text);
        texts.filter(|text| !text.is_empty()).collect()
    }

    /// One text, or the texts of a list, without empty ones.
    pub(crate) fn one_or_more_texts(&self) -> Vec<String> {
        match self.value {
            Value::Array(_) => self.texts(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                self.name().into_iter().collect()
            }
        }
    }

    /// The parts of a text between separators, without empty ones. Of more than anybody writes, the rest is reported.
    pub(crate) fn parts<'t>(&self, text: &'t str, separators: &[char]) -> Vec<&'t str> {
        const PARTS: usize = 1_000;
        let parts = text.split(separators).map(str::trim).filter(|part| !part.is_empty());
        let mut parts: Vec<_> = parts.take(PARTS + 1).collect();
        if parts.len() > PARTS {
            parts.truncate(PARTS);
            self.warn(format!("more than {PARTS} parts in one text: only these are taken over"));
        }
        parts
    }

    /// A text; numbers and booleans count as one.
    pub(crate) fn text(&self) -> Option<String> {
        match self.value {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            Value::Bool(value) => Some(value.to_string()),
            Value::Number(number) => Some(number.to_string()),
            Value::Array(_) | Value::Object(_) => {
                self.warn(format!("{} where a text belongs: left out", self.type_name()));
                None
            }
        }
    }

    /// A text, or an object or a list in JSON as text.
    pub(crate) fn text_or_json(&self) -> Option<String> {
        match self.value {
            Value::Array(_) | Value::Object(_) => {
                self.warn(format!("{} where a text belongs: taken as its JSON", self.type_name()));
                Some(self.value.to_string())
            }
            Value::Null | Value::String(_) | Value::Bool(_) | Value::Number(_) => self.text(),
        }
    }

    /// A text that says something.
    pub(crate) fn name(&self) -> Option<String> {
        let text = self.text()?;
        let trimmed = text.trim();
        (!trimmed.is_empty()).then(|| trimmed.to_owned())
    }

    /// A boolean, also as text or as 0 and 1.
    pub(crate) fn flag(&self) -> Option<bool> {
        let flag = match self.value {
            Value::Bool(value) => Some(*value),
            Value::Number(number) => match number.as_i64() {
                Some(0) => Some(false),
                Some(1) => Some(true),
                Some(_) | None => None,
            },
            Value::String(text) if text.trim().eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.trim().eq_ignore_ascii_case("false") => Some(false),
            Value::Null | Value::String(_) | Value::Array(_) | Value::Object(_) => None,
        };
        if flag.is_none() && !self.is_idle() {
            self.warn("neither true nor false: left out");
        }
        flag
    }

    /// A whole number, also as text; `None` for anything else.
    pub(crate) fn whole_number(&self) -> Option<i64> {
        match self.value {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.trim().parse().ok(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// A number within `range`, or the nearest one within it.
    pub(crate) fn within(&self, range: RangeInclusive<u32>) -> Option<u32> {
        let Some(number) = self.whole_number() else {
            if !self.is_idle() {
                self.warn("no whole number: left out");
            }
            return None;
        };
        let nearest = number.clamp(i64::from(*range.start()), i64::from(*range.end()));
        if nearest != number {
            self.warn(format!(
                "{number} is not within {} to {}: read as {nearest}",
                range.start(),
                range.end()
            ));
        }
        u32::try_from(nearest).ok()
    }

    /// One of several known meanings, by number or by name; `otherwise` says what becomes of an unknown one.
    pub(crate) fn choice<T: Copy>(&self, known: &[(i64, &str, T)], otherwise: &str) -> Option<T> {
        let found = match self.value {
            Value::Null => return None,
            Value::String(text) if is_empty_text(text) => return None,
            Value::String(text) if self.whole_number().is_none() => {
                let text = text.trim();
                known.iter().find(|(_, name, _)| name.eq_ignore_ascii_case(text))
            }
            Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                let number = self.whole_number();
                known.iter().find(|(value, _, _)| Some(*value) == number)
            }
        };
        if found.is_none() {
            self.warn(format!("{} is not known here: {otherwise}", self.shown()));
        }
        found.map(|&(_, _, meaning)| meaning)
    }

    /// As [`choice`](Self::choice), where something must be said.
    pub(crate) fn kind<T: Copy>(&self, known: &[(i64, &str, T)], otherwise: &str) -> Option<T> {
        if self.is_missing() {
            self.warn(format!("nothing says of which kind it is: {otherwise}"));
        }
        self.choice(known, otherwise)
    }

    /// A set of flags: a number, or names or numbers between commas. Unknown names are reported.
    pub(crate) fn flags(&self, known: &[(&str, u32)]) -> Option<u32> {
        let text = self.name()?;
        let mut sum = 0;
        for part in self.parts(&text, &[',']) {
            let named = known.iter().find(|(name, _)| name.eq_ignore_ascii_case(part));
            match named.map(|&(_, bit)| bit).or_else(|| part.parse().ok()) {
                Some(bits) => sum |= bits,
                None => self.warn(format!("{} is not known here: left out", quoted(part))),
            }
        }
        Some(sum)
    }

    /// The value for a message, shortened. Only for values that are no secrets: kinds, names, ids.
    pub(crate) fn shown(&self) -> String {
        match self.value {
            Value::String(text) => quoted(text),
            Value::Number(number) => number.to_string(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => self.type_name().to_owned(),
        }
    }

    const fn type_name(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a text",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        }
    }
}

impl<'a> Fields<'a> {
    /// What the key holds, which is then taken care of. Keys are compared without case.
    pub(crate) fn take(&mut self, key: &str) -> Node<'a> {
        let Some((name, value)) = self.map.and_then(|map| find(map, key)) else {
            return self.node.child(key, &NOTHING);
        };
        self.taken.insert(name);
        self.node.child(name, value)
    }

    /// Every key with what it holds; all of them are then taken care of.
    pub(crate) fn take_all(&mut self) -> Vec<(&'a str, Node<'a>)> {
        let map = self.map.into_iter().flatten();
        let all: Vec<_> = map.map(|(key, value)| (key.as_str(), self.node.child(key, value))).collect();
        self.taken.extend(all.iter().map(|(key, _)| *key));
        all
    }

    /// Takes a key that has no place in a pipeline, and warns if it says anything.
    pub(crate) fn lose(&mut self, key: &str, what: &str) {
        let node = self.take(key);
        if !node.is_idle() {
            node.warn(what);
        }
    }

    /// Takes a key that has no place in a pipeline and matters to nobody, and notes it if it says anything.
    pub(crate) fn lose_quietly(&mut self, key: &str, what: &str) {
        let node = self.take(key);
        if !node.is_idle() {
            node.note(what);
        }
    }

    pub(crate) const fn node(&self) -> &Node<'a> {
        &self.node
    }

    fn report_rest(&self, known: LeftOut) {
        for (key, value) in self.map.into_iter().flatten() {
            if self.taken.contains(key.as_str()) {
                continue;
            }
            let node = self.node.child(key, value);
            match left_out::reason(known, key) {
                Some(reason) if !node.is_idle() => node.note(reason),
                Some(_) => {}
                None if node.is_idle() => node.note("an unknown key that says nothing: left out"),
                None => node.warn("an unknown key: not taken over"),
            }
        }
    }
}

fn find<'a>(map: &'a Map<String, Value>, key: &str) -> Option<(&'a str, &'a Value)> {
    let exact = map.get_key_value(key);
    let found = exact.or_else(|| map.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)));
    found.map(|(name, value)| (name.as_str(), value))
}
