//! What is refused in a definition, rule by rule, and what is just allowed.

mod approvals_and_gates;
mod artifacts;
mod conditions;
mod jobs;
mod names;
mod stages;
mod variables;

use std::num::NonZeroU32;

use crate::{Job, PipelineDefinition, Stage, StageId, Task, validate};

/// A pipeline with nothing wrong: one stage with one job and one task.
fn pipeline() -> PipelineDefinition {
    let stage = Stage::new(StageId(1), "Dev").after_release();
    PipelineDefinition::new("Web shop").with_stage(stage.with_task(Task::command("./deploy.sh")))
}

/// What is wrong with a definition, as text.
fn problems(definition: &PipelineDefinition) -> Vec<String> {
    match validate(definition) {
        Ok(()) => Vec::new(),
        Err(problems) => problems.0.iter().map(ToString::to_string).collect(),
    }
}

/// What is wrong after something was changed in the pipeline.
fn problems_after(change: impl FnOnce(&mut PipelineDefinition)) -> Vec<String> {
    let mut definition = pipeline();
    change(&mut definition);
    problems(&definition)
}

/// What is wrong after something was changed in its only stage.
fn problems_of_stage(change: impl FnOnce(&mut Stage)) -> Vec<String> {
    problems_after(|pipeline| change(&mut pipeline.stages[0]))
}

/// What is wrong after something was changed in its only job.
fn problems_of_job(change: impl FnOnce(&mut Job)) -> Vec<String> {
    problems_of_stage(|stage| change(&mut stage.jobs[0]))
}

/// What is wrong after something was changed in its only task.
fn problems_of_task(change: impl FnOnce(&mut Task)) -> Vec<String> {
    problems_of_job(|job| change(&mut job.tasks[0]))
}

/// A number above zero.
fn number(value: u32) -> NonZeroU32 {
    NonZeroU32::new(value).unwrap_or(NonZeroU32::MIN)
}

const NOTHING: [&str; 0] = [];

#[test]
fn a_small_pipeline_has_no_problems() {
    assert_eq!(problems(&pipeline()), NOTHING);
}

#[test]
fn every_problem_is_reported_at_once_in_the_order_of_the_definition() {
    let found = problems_after(|pipeline| {
        pipeline.name = "a/b".to_owned();
        pipeline.zone = "Mars/Base".to_owned();
        let stage = &mut pipeline.stages[0];
        stage.retention.days = 0;
        stage.jobs[0].cancel_timeout_minutes = 0;
        stage.jobs[0].tasks[0].timeout_minutes = 86_401;
    });
    let expected = [
        "name: must not contain any of \" : < > \\ / | ? *, contains / in \"a/b\"",
        "stages[0].jobs[0].cancel_timeout_minutes: must be 1 to 60, is 0",
        "stages[0].jobs[0].tasks[0].timeout_minutes: must be 0 to 86400, is 86401",
        "stages[0].retention.days: must be 1 to 365, is 0",
        "zone: must be a zone's IANA name such as Europe/Warsaw, is \"Mars/Base\"",
    ];
    assert_eq!(found, expected);
}

#[test]
fn problems_are_shown_on_one_line() {
    let mut definition = pipeline();
    definition.stages[0].retention.days = 366;
    definition.stages[0].retention.releases = 26;
    let shown = validate(&definition).map_err(|problems| problems.to_string());
    let expected = "stages[0].retention.days: must be 1 to 365, is 366; \
                    stages[0].retention.releases: must be 0 to 25, is 26";
    assert_eq!(shown, Err(expected.to_owned()));
}
