//! C3: conditions that are expressions.

use super::{NOTHING, problems_after, problems_of_job, problems_of_stage, problems_of_task};
use crate::{Condition, Job, Stage, StageId, Task, Variable, limits};

const TASK: &str = "stages[0].jobs[0].tasks[0].condition.expression";

fn expression(text: impl Into<String>) -> Condition {
    Condition::Expression(text.into())
}

fn of_task(text: impl Into<String>) -> Vec<String> {
    problems_of_task(|task| task.condition = expression(text))
}

#[test]
fn a_condition_that_is_an_expression_says_something() {
    assert_eq!(of_task("eq(variables.a, 'b')"), NOTHING);
    assert_eq!(of_task(" "), [format!("{TASK}: must not be empty")]);
}

#[test]
fn a_syntax_error_is_a_problem_with_its_column() {
    let table = [
        ("eq(1, 2", "column 8: expected , or ), found the end"),
        ("and(true, maybe(1))", "column 11: there is no function maybe"),
        (
            "counter('a', 1)",
            "column 1: counter can't be used in a condition: it is not pure, each call counts on",
        ),
        ("not(true, false)", "column 1: not takes 1 argument, found 2"),
    ];
    for (text, problem) in table {
        assert_eq!(of_task(text), [format!("{TASK}: {problem}")], "{text}");
    }
}

#[test]
fn a_condition_has_at_most_4000_characters() {
    let text = |length: usize| format!("{:<length$}", "true");
    assert_eq!(of_task(text(limits::CONDITION_CHARACTERS)), NOTHING);
    assert_eq!(
        of_task(text(limits::CONDITION_CHARACTERS + 1)),
        [format!("{TASK}: column 4001: an expression has at most 4000 characters, this has 4001")]
    );
}

#[test]
fn the_condition_of_a_job_is_looked_into_too() {
    let found = problems_of_job(|job| job.condition = expression("eq("));
    assert_eq!(found, ["stages[0].jobs[0].condition.expression: column 4: expected a value, found the end"]);
}

/// A pipeline whose only task has this condition, with a secret of each scope.
fn with_secrets(text: &str) -> Vec<String> {
    problems_after(|definition| {
        definition.variables.insert("OfPipeline".to_owned(), Variable::secret("a"));
        definition.variables.insert("shadowed".to_owned(), Variable::secret("a"));
        definition.variables.insert("indirect".to_owned(), Variable::plain("user:$(ofstage)"));
        let mut stage = Stage::new(StageId(1), "Dev");
        stage.variables.insert("OfStage".to_owned(), Variable::secret("b"));
        stage.variables.insert("plain".to_owned(), Variable::plain("c"));
        let mut job = Job::agent("Job");
        job.variables.insert("OfJob".to_owned(), Variable::secret("d"));
        job.variables.insert("Shadowed".to_owned(), Variable::plain("e"));
        job.tasks = vec![Task::command("true").with_condition(expression(text))];
        stage.jobs = vec![job];
        definition.stages = vec![stage];
    })
}

#[test]
fn a_secret_of_any_scope_in_a_condition_is_a_problem() {
    for (text, column, name) in [
        ("eq(variables['ofPipeline'], 'x')", 14, "OfPipeline"),
        ("eq('x', variables.OFSTAGE)", 19, "OfStage"),
        ("and(true, not(variables.ofjob))", 25, "OfJob"),
        ("variables[variables.ofJob]", 21, "OfJob"),
        ("contains(variables.indirect, 'x')", 20, "indirect"),
    ] {
        let problem =
            format!("column {column}: a condition can't use {name}: it is a secret, or refers to one");
        assert_eq!(with_secrets(text), [format!("{TASK}: {problem}")], "{text}");
    }
    assert_eq!(with_secrets("and(variables.plain, variables.shadowed, variables.unknown)"), NOTHING);
}

#[test]
fn only_the_condition_of_a_job_names_jobs_and_only_earlier_ones() {
    let of_second = |text: &str| {
        problems_of_stage(|stage| {
            let mut second = Job::agent("Second");
            second.condition = expression(text);
            let mut first = Job::agent("First job");
            first.reference_name = "first".to_owned();
            stage.jobs = vec![first, second];
        })
    };
    let place = "stages[0].jobs[1].condition.expression";
    assert_eq!(of_second("succeeded('FIRST')"), NOTHING);
    for name in ["Second", "First job"] {
        let problem = format!("{place}: column 8: there is no job {name:?} before this one");
        assert_eq!(of_second(&format!("failed('{name}')")), [problem]);
    }
    let problem = format!("{place}: column 11: succeeded takes names of jobs in quotes");
    assert_eq!(of_second("succeeded(variables.job)"), [problem]);
    assert_eq!(
        of_task("succeeded('first')"),
        [format!(
            "{TASK}: column 11: succeeded takes no arguments in the condition of a task, only in that of a job"
        )]
    );
}
