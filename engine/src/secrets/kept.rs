//! What a runner reports, on its way to the record.

use cutover::deployment::{Complaints, Report, SetVariable};
use cutover::{TaskId, Timestamp, VariableValue, fold};
use futures::{StreamExt, stream};

use super::{Masks, SecretsAtHand};
use crate::{LogSink, Secret, limits};

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
/// that can't be done it is not kept at all, nor is what was set under its name before, and the report says so.
///
/// Where not all is known that is to be hidden, no variable is kept. Its task has not succeeded then: what comes after it would go on with
/// other values.
pub(crate) async fn without_secrets(
    report: Report,
    secrets: &SecretsAtHand,
    log: &dyn LogSink,
    task: TaskId,
    now: Timestamp,
) -> Report {
    let masks = secrets.masks();
    let set: Vec<SetVariable> = report.variables().into_iter().cloned().collect();
    if let Some(instead) = masks.instead()
        && !set.is_empty()
    {
        let told = unseen(report.outcome(), &instead);
        return at_its_end(told, report.end());
    }
    let judged = set.into_iter().map(|variable| async move {
        let value = without_secret(&variable, secrets).await;
        (variable, value)
    });
    let mut judged = stream::iter(judged).buffered(limits::SECRETS_AT_ONCE);
    let (mut kept, mut not_kept): (Vec<SetVariable>, _) = (Vec::new(), Complaints::default());
    while let Some((variable, value)) = judged.next().await {
        match value {
            Ok(value) => kept.push(SetVariable { value, ..variable }),
            Err(why) => {
                kept.retain(|other| fold(&other.name) != fold(&variable.name));
                log.line(task, now, &format!("the variable {:?} is not kept: {why}", variable.name));
                // A secret is not found any more in a name that is shortened.
                not_kept.add(&masks.mask(&variable.name), &masks.mask(&why));
            }
        }
    }
    let complaint = not_kept.told("variables that hold secrets and are not kept");
    let told = masks.in_report(complaining(report.outcome().clone(), complaint)).setting(kept);
    at_its_end(told, report.end())
}

fn at_its_end(report: Report, end: Option<Timestamp>) -> Report {
    match end {
        Some(at) => report.ended_at(at),
        None => report,
    }
}

/// The value of a variable as it is recorded, or why it is not.
async fn without_secret(variable: &SetVariable, secrets: &SecretsAtHand) -> Result<VariableValue, String> {
    let (masks, name) = (secrets.masks(), &variable.name);
    if masks.is_told_by(name) {
        return Err("its name holds a secret".to_owned());
    }
    match &variable.value {
        VariableValue::Plain(text) if masks.makes_secret(text) => {
            let reference = secrets.keep(name, Secret::new(text)).await;
            reference.map(VariableValue::Secret).map_err(|error| format!("it holds a secret; {error}"))
        }
        value @ (VariableValue::Plain(_) | VariableValue::Secret(_)) => Ok(value.clone()),
    }
}

/// The report of a task that set variables which nobody could look through.
fn unseen(outcome: &Report, instead: &str) -> Report {
    let message =
        format!("{instead}; what it set could not be looked through for secrets either, and is not kept");
    match outcome {
        Report::Lost { .. } => Report::Lost { message },
        Report::Succeeded
        | Report::SucceededWithIssues { .. }
        | Report::Failed { .. }
        | Report::WithVariables { .. }
        | Report::EndedAt { .. } => Report::Failed { message },
    }
}

/// The report of a task, with a complaint about variables that are not kept, if there is one: what comes after it sees other values.
pub(crate) fn complaining(report: Report, complaint: Option<String>) -> Report {
    let Some(complaint) = complaint else { return report };
    let with = |message: String| {
        if message.is_empty() { complaint.clone() } else { format!("{message}; {complaint}") }
    };
    match report {
        Report::Succeeded => Report::SucceededWithIssues { message: complaint },
        Report::SucceededWithIssues { message } => Report::SucceededWithIssues { message: with(message) },
        Report::Failed { message } => Report::Failed { message: with(message) },
        Report::Lost { message } => Report::Lost { message: with(message) },
        Report::WithVariables { report, variables } => {
            complaining(*report, Some(complaint)).setting(variables)
        }
        Report::EndedAt { report, at } => complaining(*report, Some(complaint)).ended_at(at),
    }
}
