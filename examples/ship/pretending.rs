//! What nothing here can do, and what is done in its place where that is wanted.

use std::cell::RefCell;
use std::collections::BTreeSet;

use async_trait::async_trait;
use cutover::deployment::Report;
use cutover::variable::replace;
use cutover::{
    GateOrder, Gates, Job, PipelineDefinition, SecretRef, Stage, TaskOrder, VariableValue, Variables, fold,
};
use cutover_engine::{Evaluation, Found, GateProbe, Secret, SecretError, Secrets, TaskControl, TaskRunner};

use crate::common::Outcome;

/// Nothing here evaluates gates: their stages would wait until their time-out.
pub fn expect_no_gates(definition: &PipelineDefinition) -> Outcome {
    let gated = |stage: &&Stage| {
        let sides = [&stage.before, &stage.after];
        sides.iter().filter_map(|checks| checks.gates.as_ref()).any(Gates::is_in_force)
    };
    match definition.stages.iter().find(gated) {
        Some(stage) => {
            let name = &stage.name;
            Err(format!(
                "stage {name:?} has gates that nothing here evaluates: take them out, or say --pretend"
            )
            .into())
        }
        None => Ok(()),
    }
}

/// Nothing here keeps secrets: a task that speaks of one would fail.
pub fn expect_no_secrets(definition: &PipelineDefinition) -> Outcome {
    for stage in &definition.stages {
        for job in &stage.jobs {
            if let Some(secret) = spoken_of(definition, stage, job) {
                let name = &stage.name;
                return Err(format!(
                    "a task of stage {name:?} speaks of {secret:?}, a secret that nothing here keeps: take it out, or say --pretend"
                )
                .into());
            }
        }
    }
    Ok(())
}

/// A secret that a task of the job speaks of, by itself or by another variable.
fn spoken_of(definition: &PipelineDefinition, stage: &Stage, job: &Job) -> Option<String> {
    let scopes: [&Variables; 5] = [
        &definition.group_variables,
        &definition.variables,
        &stage.group_variables,
        &stage.variables,
        &job.variables,
    ];
    let (mut secrets, mut texts) = (BTreeSet::new(), Vec::new());
    for (name, variable) in scopes.into_iter().flatten() {
        match &variable.value {
            VariableValue::Secret(_) => {
                secrets.insert(fold(name));
            }
            VariableValue::Plain(text) => texts.push(text),
        }
    }
    for task in &job.tasks {
        texts.extend(task.inputs.values().chain(task.environment.values()));
    }
    let found = RefCell::new(None);
    for text in texts {
        replace(text, |name| {
            if secrets.contains(&fold(name)) {
                found.replace(Some(name.to_owned()));
            }
            None
        });
    }
    found.into_inner()
}

/// Succeeds without doing anything, and has a made-up value for every secret.
pub struct Pretending;

#[async_trait]
impl Secrets for Pretending {
    async fn put(&self, name: &str, _: Secret) -> Result<SecretRef, SecretError> {
        Ok(SecretRef::newest(name))
    }

    async fn resolve(&self, reference: &SecretRef) -> Result<Secret, SecretError> {
        Ok(Secret::new(format!("made up for {reference}")))
    }
}

#[async_trait]
impl GateProbe for Pretending {
    async fn evaluate(&self, _: GateOrder) -> Evaluation {
        Evaluation::Succeeded
    }
}

#[async_trait]
impl TaskRunner for Pretending {
    async fn run(&self, order: TaskOrder, control: TaskControl) -> Report {
        let _ = (order, control);
        Report::Succeeded
    }

    async fn find(&self, order: &TaskOrder) -> Found {
        let _ = order;
        Found::NeverBegan
    }
}
