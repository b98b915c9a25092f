//! Whatever is changed in a definition is named, and nothing else is.

use proptest::prelude::*;
use serde_json::Map;

use super::*;
use crate::{Job, Stage, StageId, Task, Variable};

fn definition() -> impl Strategy<Value = PipelineDefinition> {
    let task = ("[ab]", 0_u32..2, any::<bool>()).prop_map(|(name, timeout, enabled)| {
        let mut task = Task::command(name);
        task.timeout_minutes = timeout;
        task.enabled = enabled;
        task
    });
    let job = ("[xy]", prop::collection::vec(task, 0..4)).prop_map(|(name, tasks)| {
        let mut job = Job::agent(name);
        job.tasks = tasks;
        job
    });
    let variables = || prop::collection::btree_map("[uv]", "[01]".prop_map(Variable::plain), 0..3);
    let stage = ("[DE]", prop::collection::vec(job, 0..3), variables());
    let stages = prop::collection::btree_map(1_u32..5, stage, 0..4);
    let stages = stages.prop_map(|stages| stages.into_iter().collect::<Vec<_>>()).prop_shuffle();
    (stages, variables()).prop_map(|(stages, variables)| {
        let mut definition = PipelineDefinition::new("p");
        definition.variables = variables;
        for (id, (name, jobs, variables)) in stages {
            let mut stage = Stage::new(StageId(id), name);
            stage.jobs = jobs;
            stage.variables = variables;
            definition.stages.push(stage);
        }
        definition
    })
}

/// Every leaf of a document by its path, where stages, jobs and tasks go by id or name as in a difference. Written without looking at
/// `walk.rs`.
fn leaves(value: &Value, path: &[String], found: &mut BTreeMap<Vec<String>, String>) {
    let below = |step: String| [path, &[step]].concat();
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                leaves(value, &below(name.clone()), found);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let mut names: Vec<String> = Vec::new();
            for (place, item) in items.iter().enumerate() {
                let name = match path.last().map(String::as_str) {
                    Some("stages") => item["id"].to_string(),
                    Some("jobs" | "tasks") => item["name"].as_str().expect("a name").to_owned(),
                    _ => place.to_string(),
                };
                let occurrence = names.iter().filter(|known| **known == name).count() + 1;
                names.push(name.clone());
                leaves(item, &below(format!("{name}#{occurrence}")), found);
            }
        }
        leaf @ (Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_)) => {
            found.insert(path.to_vec(), leaf.to_string());
        }
    }
}

fn leaves_of(definition: &PipelineDefinition) -> BTreeMap<Vec<String>, String> {
    let mut found = BTreeMap::new();
    leaves(&of_definition(definition), &[], &mut found);
    found
}

fn steps(change: &Change) -> Vec<String> {
    let steps = change.place.iter().filter_map(|part| match part {
        Part::Field(name) | Part::Named { kind: Kind::Variable, name, .. } => Some(name.clone()),
        Part::Stage { id, .. } => Some(format!("{id}#1")),
        Part::Named { name, occurrence, .. } => Some(format!("{name}#{occurrence}")),
        Part::Item(place) => Some(format!("{place}#1")),
        Part::Order => None,
    });
    steps.collect()
}

proptest! {
    #[test]
    fn two_definitions_have_no_difference_if_and_only_if_they_are_equal(
        was in definition(),
        is in definition(),
    ) {
        prop_assert!(between_definitions(&was, &was).is_empty());
        prop_assert_eq!(between_definitions(&was, &is).is_empty(), was == is);
    }

    #[test]
    fn every_leaf_that_differs_is_under_a_place_that_is_named(was in definition(), is in definition()) {
        let difference = between_definitions(&was, &is);
        let named: Vec<Vec<String>> = difference.changes().iter().map(steps).collect();
        let (was, is) = (leaves_of(&was), leaves_of(&is));
        for path in was.keys().chain(is.keys()) {
            if was.get(path) != is.get(path) {
                prop_assert!(
                    named.iter().any(|place| path.starts_with(place) || place.starts_with(path)),
                    "{path:?} is named by none of {named:?}"
                );
            }
        }
    }

    #[test]
    fn nothing_is_named_that_is_the_same_on_both_sides(was in definition(), is in definition()) {
        for change in between_definitions(&was, &is).changes() {
            let text = |value: &Option<crate::store::Json>| value.as_ref().map(|it| it.as_str().to_owned());
            prop_assert_ne!(text(&change.was), text(&change.is), "{}", change.path());
        }
    }

    #[test]
    fn the_other_way_round_is_the_same_with_the_sides_exchanged(was in definition(), is in definition()) {
        let text = |value: &Option<crate::store::Json>| value.as_ref().map(|it| it.as_str().to_owned());
        let forth = between_definitions(&was, &is);
        let back = between_definitions(&is, &was);
        let mut forth: Vec<_> = forth.changes().iter().map(|it| (steps(it), text(&it.was), text(&it.is))).collect();
        let mut back: Vec<_> = back.changes().iter().map(|it| (steps(it), text(&it.is), text(&it.was))).collect();
        forth.sort();
        back.sort();
        prop_assert_eq!(forth, back);
    }
}

#[test]
fn an_empty_object_is_a_leaf_too() {
    let mut found = BTreeMap::new();
    leaves(&Value::Object(Map::new()), &[], &mut found);
    assert_eq!(found.len(), 1);
}
