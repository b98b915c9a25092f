//! Steps about the variables that tasks set (J10).

use cucumber::gherkin::Step;
use cucumber::when;
use cutover::deployment::{Report, SetVariable};
use cutover::{ReleaseCommand, TaskId};

use super::spec::Spec;
use super::words::{Row, rows};

/// `yes` in the column `output` makes it an output; `9 characters` is a value of that length, `secret NAME` where a secret is kept.
fn variable(row: &Row<'_>) -> SetVariable {
    let (name, value) = (row.has("name").unwrap_or_default(), row.has("value").unwrap_or_default());
    let is_output = row.has("output") == Some("yes");
    if let Some(reference) = value.strip_prefix("secret ") {
        return SetVariable { is_output, ..SetVariable::secret(name, reference) };
    }
    let count = value.strip_suffix(" characters").and_then(|count| count.parse().ok());
    let value = count.map_or_else(|| value.to_owned(), |count| "x".repeat(count));
    SetVariable { is_output, ..SetVariable::new(name, value) }
}

#[when(regex = r"^task (\S+) of (\S+) of (R\d+) (succeeds|fails|stops) and has set:$")]
async fn task_sets(spec: &mut Spec, name: String, stage: String, release: String, how: String, step: &Step) {
    let task = spec.task_id(&release, &stage, &name);
    report(spec, &release, task, &how, step).await;
}

pub async fn report(spec: &mut Spec, release: &str, task: TaskId, how: &str, step: &Step) {
    let variables = rows(step, &["name", "value", "output"]).iter().map(variable).collect();
    let report = match how {
        "fails" => Report::Failed { message: "as the scenario says".to_owned() },
        _ => Report::Succeeded,
    };
    let engine = spec.seen().engine();
    let command = ReleaseCommand::ReportTask { task, engine, report: report.setting(variables) };
    spec.give_release("the system", release, command).await;
}
