//! What is evaluated for a gate, with its variables replaced (G2, V3).

use std::collections::BTreeMap;

use super::{OrderError, Release};
use crate::variable::{Resolved, expand};
use crate::{Gate, GateId, Job, PipelineDefinition, SecretRef, TaskRef};

/// A gate with everything that evaluating it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateOrder {
    /// The gate.
    pub id: GateId,
    /// For people.
    pub name: String,
    /// The stage's name.
    pub stage: String,
    /// The release's name.
    pub release: String,
    /// What evaluates it.
    pub task: TaskRef,
    /// What it is told, with `$(name)` replaced. What is left of it stands for a secret, or for nothing that is known.
    pub inputs: BTreeMap<String, String>,
    /// The variables that it sees: those of its stage, and none of a job.
    pub variables: Resolved,
    /// The secrets that its inputs speak of, by the folded name that stands in them (V4).
    pub secrets: BTreeMap<String, SecretRef>,
}

impl Release {
    /// What is evaluated for the gate. `definition` is the snapshot that the release froze.
    ///
    /// # Errors
    /// If there is no such gate, or one of its inputs cannot be expanded.
    pub fn gate_order(&self, definition: &PipelineDefinition, id: GateId) -> Result<GateOrder, OrderError> {
        let unknown = || OrderError::UnknownGate { gate: id };
        let about = self.about().ok_or_else(unknown)?;
        let stage = definition.stage(id.deployment.stage).ok_or_else(unknown)?;
        let gates = stage.checks(id.moment).gates.as_ref().ok_or_else(unknown)?;
        let Gate { name, task, inputs, .. } = gates.gates.get(id.gate as usize).ok_or_else(unknown)?;
        let variables = self.variables_after(definition, id.deployment, &Job::agent(""), None);
        let mut secrets = BTreeMap::new();
        let mut told = BTreeMap::new();
        for (input, text) in inputs {
            let expanded = expand(text, &variables)
                .map_err(|source| OrderError::Input { input: input.clone(), source })?;
            secrets.extend(expanded.secrets);
            told.insert(input.clone(), expanded.text);
        }
        Ok(GateOrder {
            id,
            name: name.clone(),
            stage: stage.name.clone(),
            release: about.name.clone(),
            task: task.clone(),
            inputs: told,
            variables,
            secrets,
        })
    }
}
