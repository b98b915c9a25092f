//! What a runner reports, on its way to the record.

use cutover::deployment::{Report, SetVariable};
use cutover::{TaskId, Timestamp, VariableValue, fold};

use super::{Masks, SecretsAtHand};
use crate::{LogSink, Secret};

impl Masks {
    /// The report with nothing in its words that is hidden.
    pub(crate) fn in_report(&self, report: Report) -> Report {
        let masked = |message: String| self.mask(&message).into_owned();
        match report {
            Report::Succeeded => Report::Succeeded,
            Report::SucceededWithIssues { message } => {
                Report::SucceededWithIssues { message: masked(message) }
            }
            Report::Failed { message } => Report::Failed { message: masked(message) },
            Report::Lost { message } => Report::Lost { message: masked(message) },
            Report::WithVariables { report, variables } => {
                Report::WithVariables { report: Box::new(self.in_report(*report)), variables }
            }
            Report::EndedAt { report, at } => self.in_report(*report).ended_at(at),
        }
    }
}

/// The report without any value that is hidden. A variable whose value holds a secret is one, and is put where secrets are kept; where
/// that can't be done it is not kept at all, nor is what was set under its name before.
pub(crate) async fn without_secrets(
    report: Report,
    secrets: &SecretsAtHand,
    log: &dyn LogSink,
    task: TaskId,
    now: Timestamp,
) -> Report {
    let masks = secrets.masks();
    let mut kept: Vec<SetVariable> = Vec::new();
    for variable in report.variables() {
        let SetVariable { name, value, is_output } = variable;
        let not_kept = |why: &str| log.line(task, now, &format!("the variable {name:?} is not kept: {why}"));
        let value = match value {
            _ if masks.touches(name) => Err("its name holds a secret".to_owned()),
            VariableValue::Plain(text) if masks.touches(text) => {
                let reference = secrets.keep(name, Secret::new(text)).await;
                let reference = reference.map_err(|error| format!("it holds a secret; {error}"));
                reference.map(VariableValue::Secret)
            }
            value @ (VariableValue::Plain(_) | VariableValue::Secret(_)) => Ok(value.clone()),
        };
        match value {
            Ok(value) => kept.push(SetVariable { name: name.clone(), value, is_output: *is_output }),
            Err(why) => {
                kept.retain(|other| fold(&other.name) != fold(name));
                not_kept(&why);
            }
        }
    }
    let told = masks.in_report(report.outcome().clone()).setting(kept);
    match report.end() {
        Some(at) => told.ended_at(at),
        None => told,
    }
}
