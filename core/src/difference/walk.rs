//! Two JSON documents side by side, from the outside to the inside.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{Change, Kind, Part};
use crate::StageId;
use crate::store::Json;

pub(super) fn changes(was: &Value, is: &Value) -> Vec<Change> {
    let mut walk = Walk { place: Vec::new(), found: Vec::new() };
    walk.values(was, is);
    walk.found
}

struct Walk {
    place: Vec<Part>,
    found: Vec<Change>,
}

/// What the parts of a list go by.
#[derive(Clone, Copy)]
enum By {
    Id,
    Name(Kind),
    Place,
}

impl Walk {
    fn values(&mut self, was: &Value, is: &Value) {
        match (was, is) {
            (Value::Object(was), Value::Object(is)) => self.fields(was, is),
            (Value::Array(was), Value::Array(is)) => self.items(was, is),
            (was, is) if was == is => {}
            (was, is) => self.note(Some(was), Some(is)),
        }
    }

    fn fields(&mut self, was: &Map<String, Value>, is: &Map<String, Value>) {
        let kind = match self.place.last() {
            Some(Part::Field(field))
                if matches!(field.as_str(), "variables" | "group_variables" | "values") =>
            {
                Some(Kind::Variable)
            }
            Some(Part::Field(field)) if field == "versions" => Some(Kind::Artifact),
            _ => None,
        };
        let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
        for name in names {
            let part = match kind {
                Some(kind) => Part::Named { kind, name: name.clone(), occurrence: 1 },
                None => Part::Field(name.clone()),
            };
            self.at(part, was.get(name), is.get(name));
        }
    }

    fn items(&mut self, was: &[Value], is: &[Value]) {
        let by = match self.place.last() {
            Some(Part::Field(field)) => match field.as_str() {
                "stages" => By::Id,
                "jobs" => By::Name(Kind::Job),
                "tasks" => By::Name(Kind::Task),
                "artifacts" => By::Name(Kind::Artifact),
                _ => By::Place,
            },
            _ => By::Place,
        };
        let (was, is) = (keyed(was, by), keyed(is, by));
        let find = |list: &[(Key, Part, Value)], key: &Key| {
            list.iter().find(|(known, ..)| known == key).map(|(.., value)| value.clone())
        };
        for (key, part, value) in &is {
            self.at(part.clone(), find(&was, key).as_ref(), Some(value));
        }
        for (_, part, value) in was.iter().filter(|(key, ..)| find(&is, key).is_none()) {
            self.at(part.clone(), Some(value), None);
        }
        let order = |list: &[(Key, Part, Value)], other: &[(Key, Part, Value)]| {
            let shared = list.iter().filter(|(key, ..)| find(other, key).is_some());
            shared.map(|(key, ..)| key.clone()).collect::<Vec<_>>()
        };
        let (before, now) = (order(&was, &is), order(&is, &was));
        if before != now {
            let names = |keys: &[Key]| Value::from(keys.iter().map(|key| key.0.clone()).collect::<Vec<_>>());
            self.place.push(Part::Order);
            self.note(Some(&names(&before)), Some(&names(&now)));
            self.place.pop();
        }
    }

    fn at(&mut self, part: Part, was: Option<&Value>, is: Option<&Value>) {
        self.place.push(part);
        match (was, is) {
            (Some(was), Some(is)) => self.values(was, is),
            (was, is) => self.note(was, is),
        }
        self.place.pop();
    }

    fn note(&mut self, was: Option<&Value>, is: Option<&Value>) {
        // A value that was read as JSON can be written as JSON.
        let written = |value: Option<&Value>| value.and_then(|value| Json::of(value).ok());
        self.found.push(Change { place: self.place.clone(), was: written(was), is: written(is) });
    }
}

/// What a part of a list goes by, and the how many-th of those it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key(String, usize);

fn keyed(list: &[Value], by: By) -> Vec<(Key, Part, Value)> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let keyed = list.iter().enumerate().map(|(place, value)| {
        let text = |field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        let id = || value.get("id").and_then(Value::as_u64).and_then(|id| u32::try_from(id).ok());
        let goes_by = match by {
            By::Id => id().map_or_else(String::new, |id| id.to_string()),
            By::Name(Kind::Artifact) => text("alias"),
            By::Name(Kind::Variable | Kind::Job | Kind::Task) => text("name"),
            By::Place => place.to_string(),
        };
        let occurrence = seen.entry(goes_by.clone()).or_default();
        *occurrence += 1;
        let part = match by {
            By::Id => Part::Stage { id: StageId(id().unwrap_or_default()), name: text("name") },
            By::Name(kind) => Part::Named { kind, name: goes_by.clone(), occurrence: *occurrence },
            By::Place => Part::Item(place),
        };
        (Key(goes_by, *occurrence), part, value.clone())
    });
    keyed.collect()
}
