//! What only Cutover says of a pipeline: the key `cutover`, which an export has wherever the server's own shape can't say all.
//!
//! It holds what differs from the rest of the object, in the words of Cutover's own JSON, as a merge patch (RFC 7396): a key with a new
//! value, or with null where there is none. A pipeline, its stages, their jobs and their tasks can have one each. Nobody has to know
//! beforehand what the server's shape can say: an export is read back, and what came out otherwise is said here.

use cutover::{Job, PipelineDefinition, Stage, Task};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::read::Node;
use crate::warning::Report;

/// The key.
pub(crate) const KEY: &str = "cutover";

const SAID_HERE: &str = "there is no place for it there: only Cutover reads it";
const UNREADABLE: &str = "cannot be read: left out";

/// Puts into the document of an export what it does not say: `back` is what is read from it. The report gets every place.
pub(crate) fn complete(
    document: &mut Value,
    wanted: &PipelineDefinition,
    back: &PipelineDefinition,
    report: &Report,
) {
    let are_same_stages = wanted.stages.len() == back.stages.len();
    say(document, "", wanted, back, are_same_stages.then_some("stages"), report);
    let stages = wanted.stages.iter().zip(&back.stages).enumerate();
    for (place, (wanted, back)) in stages.filter(|_| are_same_stages) {
        let path = format!("environments[{place}]");
        complete_stage(&mut document["environments"][place], &path, wanted, back, report);
    }
}

fn complete_stage(document: &mut Value, path: &str, wanted: &Stage, back: &Stage, report: &Report) {
    let are_same_jobs = wanted.jobs.len() == back.jobs.len();
    say(document, path, wanted, back, are_same_jobs.then_some("jobs"), report);
    let jobs = wanted.jobs.iter().zip(&back.jobs).enumerate();
    for (place, (wanted, back)) in jobs.filter(|_| are_same_jobs) {
        let (document, path) =
            (&mut document["deployPhases"][place], format!("{path}.deployPhases[{place}]"));
        let are_same_tasks = wanted.tasks.len() == back.tasks.len();
        say(document, &path, wanted, back, are_same_tasks.then_some("tasks"), report);
        let tasks = wanted.tasks.iter().zip(&back.tasks).enumerate();
        for (place, (wanted, back)) in tasks.filter(|_| are_same_tasks) {
            let document = &mut document["workflowTasks"][place];
            say(document, &format!("{path}.workflowTasks[{place}]"), wanted, back, None, report);
        }
    }
}

/// Says in an object of the document what differs, but for what its parts say themselves.
fn say<T: Serialize + PartialEq>(
    document: &mut Value,
    path: &str,
    wanted: &T,
    back: &T,
    parts: Option<&str>,
    report: &Report,
) {
    if wanted == back {
        return;
    }
    let fields = |of: &T| {
        let mut fields = fields_of(of);
        parts.map(|parts| fields.remove(parts));
        fields
    };
    let changes = difference(&fields(back), &fields(wanted));
    for key in changes.keys() {
        let dot = if path.is_empty() { "" } else { "." };
        report.warn(&format!("{path}{dot}{KEY}.{key}"), SAID_HERE);
    }
    if !changes.is_empty() {
        document[KEY] = changes.into();
    }
}

fn fields_of<T: Serialize>(of: &T) -> Map<String, Value> {
    match serde_json::to_value(of) {
        Ok(Value::Object(fields)) => fields,
        // Definitions are objects whose keys are texts.
        Ok(_) | Err(_) => Map::new(),
    }
}

/// The merge patch that makes the second of the first.
fn difference(from: &Map<String, Value>, to: &Map<String, Value>) -> Map<String, Value> {
    let gone = from.keys().filter(|key| !to.contains_key(*key));
    let mut patch: Map<_, _> = gone.map(|key| (key.clone(), Value::Null)).collect();
    for (key, value) in to {
        let changed = match (from.get(key), value) {
            (Some(before), after) if before == after => continue,
            (Some(Value::Object(before)), Value::Object(after)) => difference(before, after).into(),
            (Some(_) | None, after) => after.clone(),
        };
        patch.insert(key.clone(), changed);
    }
    patch
}

/// Merges a patch into a value.
fn merge(into: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *into = patch.clone();
        return;
    };
    if !into.is_object() {
        *into = Map::new().into();
    }
    let Value::Object(fields) = into else { return };
    for (key, value) in patch {
        if value.is_null() {
            fields.remove(key);
        } else {
            merge(fields.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

/// Takes over what a document says in Cutover's own words of the pipeline that was read from the rest of it.
pub(crate) fn apply(document: &Value, definition: &mut PipelineDefinition, report: &Report) {
    // Whatever is odd about these places was said when they were read.
    let silent = Report::default();
    let document = Node::new(document, String::new(), &silent);
    let stages = document.peek("environments").ranked_items();
    // From the inside to the outside: what a pipeline says of its stages would count, not what they say.
    for (node, stage) in pairs(&stages, &mut definition.stages) {
        apply_stage(node, stage, report);
    }
    take_over(&document, definition, report);
}

fn apply_stage(node: &Node<'_>, stage: &mut Stage, report: &Report) {
    let jobs = node.peek("deployPhases").ranked_items();
    for (node, job) in pairs(&jobs, &mut stage.jobs) {
        apply_job(node, job, report);
    }
    take_over(node, stage, report);
}

fn apply_job(node: &Node<'_>, job: &mut Job, report: &Report) {
    let tasks = node.peek("workflowTasks").items();
    for (node, task) in pairs(&tasks, &mut job.tasks) {
        take_over::<Task>(node, task, report);
    }
    take_over(node, job, report);
}

/// What was read with where it stands; nothing where it was read from elsewhere.
fn pairs<'p, 'n, T>(
    nodes: &'p [Node<'n>],
    parts: &'p mut [T],
) -> impl Iterator<Item = (&'p Node<'n>, &'p mut T)> {
    let count = if nodes.len() == parts.len() { nodes.len() } else { 0 };
    nodes.iter().zip(parts).take(count)
}

/// Takes over what one object says.
fn take_over<T: Serialize + DeserializeOwned>(node: &Node<'_>, into: &mut T, report: &Report) {
    let patch = node.peek(KEY);
    if patch.is_missing() {
        return;
    }
    if !patch.is_object() {
        report.warn(patch.path(), UNREADABLE);
        return;
    }
    let known = fields_of(into);
    let mut merged = Value::Object(known);
    merge(&mut merged, patch.raw());
    match serde_json::from_value::<T>(merged) {
        Ok(merged) => {
            report_unknown(&patch, Some(&fields_of(&merged).into()), report);
            *into = merged;
        }
        // Its message may show a value.
        Err(_) => report.warn(patch.path(), UNREADABLE),
    }
}

/// Says which keys of a patch are not there afterwards.
fn report_unknown(patch: &Node<'_>, taken: Option<&Value>, report: &Report) {
    for (key, value) in patch.raw().as_object().into_iter().flatten() {
        let taken = taken.and_then(|taken| taken.get(key));
        match (value, taken) {
            (Value::Object(_), Some(_)) => report_unknown(&patch.peek(key), taken, report),
            (Value::Null, _) | (_, Some(_)) => {}
            // An export writes nothing that is as usual.
            (_, None) => {
                report.warn(patch.peek(key).path(), "unknown, or as usual anyway: not taken over");
            }
        }
    }
}
