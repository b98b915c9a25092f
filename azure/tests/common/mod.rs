//! Small definitions to begin with, and short ways to import them.

#![allow(dead_code, reason = "each file of tests uses a part of it")]

pub(crate) mod mended;
pub(crate) mod pipelines;
pub(crate) mod said;

use cutover::{PipelineDefinition, Stage};
use cutover_azure::{ImportError, Imported, Problem, ProblemKind, import};
use serde_json::{Value, json};

/// A definition with these stages, and nothing else.
pub(crate) fn definition(stages: &[Value]) -> Value {
    json!({ "name": "Shop", "environments": stages })
}

/// A stage that starts after the release, with more said.
pub(crate) fn stage(name: &str, more: Value) -> Value {
    let event = json!([{ "name": "ReleaseStarted", "conditionType": 1, "value": "" }]);
    with(json!({ "name": name, "conditions": event }), more)
}

/// A stage that starts after others.
pub(crate) fn stage_after(name: &str, others: &[&str]) -> Value {
    let condition = |other: &&str| json!({ "name": other, "conditionType": 2, "value": "4" });
    let conditions: Vec<_> = others.iter().map(condition).collect();
    json!({ "name": name, "conditions": conditions })
}

/// The object with the keys of another one set.
pub(crate) fn with(mut object: Value, more: Value) -> Value {
    if let (Some(object), Value::Object(more)) = (object.as_object_mut(), more) {
        object.extend(more);
    }
    object
}

/// Imports what must be importable.
pub(crate) fn imported(document: &Value) -> Imported {
    imported_bytes(document.to_string().as_bytes())
}

pub(crate) fn imported_bytes(bytes: &[u8]) -> Imported {
    match import(bytes) {
        Ok(imported) => imported,
        Err(error) => panic!("not imported: {error}"),
    }
}

/// Imports what must be refused.
pub(crate) fn refused(document: &Value) -> ImportError {
    match import(document.to_string().as_bytes()) {
        Ok(imported) => panic!("imported as {:?}", imported.definition.name),
        Err(error) => error,
    }
}

/// The problems for which a document is refused.
pub(crate) fn problems(document: &Value) -> Vec<(String, ProblemKind)> {
    let error = refused(document);
    let ImportError::Invalid(problems) = error else { panic!("refused otherwise: {error}") };
    let pair = |Problem { path, what }| (path, what);
    problems.into_iter().map(pair).collect()
}

/// The only stage of a definition with it.
pub(crate) fn only_stage(more: Value) -> (Stage, Vec<String>) {
    let imported = imported(&definition(&[stage("Dev", more)]));
    let warnings = texts(&imported);
    (first_stage(imported.definition), warnings)
}

pub(crate) fn first_stage(definition: PipelineDefinition) -> Stage {
    let mut stages = definition.stages.into_iter();
    let Some(stage) = stages.next() else { panic!("no stage") };
    stage
}

pub(crate) fn texts(imported: &Imported) -> Vec<String> {
    imported.warnings.iter().map(ToString::to_string).collect()
}

pub(crate) fn note_texts(imported: &Imported) -> Vec<String> {
    imported.notes.iter().map(ToString::to_string).collect()
}

pub(crate) fn fixture(name: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) => panic!("{}: {error}", path.display()),
    }
}
