//! Conditions of jobs and tasks that are expressions: they parse, name no secret, and ask only for jobs that come before (C3).

use std::cell::OnceCell;

use super::report::Report;
use crate::condition::{Expression, Scene};
use crate::pipeline::place::Place;
use crate::pipeline::{Condition, Job, PipelineDefinition, Stage};
use crate::variable::{Resolved, Scope, Scopes};

/// A job in its stage, as far as conditions are concerned.
pub(super) struct JobScene<'a> {
    pipeline: &'a PipelineDefinition,
    stage: &'a Stage,
    job: &'a Job,
    /// The jobs before it.
    earlier: &'a [Job],
    /// Resolved only if an expression asks for it, and then once.
    variables: OnceCell<Resolved>,
}

impl<'a> JobScene<'a> {
    /// The job at this place of the stage, which it has.
    pub(super) fn new(
        pipeline: &'a PipelineDefinition,
        stage: &'a Stage,
        index: usize,
        job: &'a Job,
    ) -> Self {
        let earlier = stage.jobs.get(..index).unwrap_or_default();
        Self { pipeline, stage, job, earlier, variables: OnceCell::new() }
    }

    /// The condition of the job.
    pub(super) fn of_job(&self, report: &mut Report, at: &Place<'_>) {
        let is_earlier = |name: &str| self.earlier.iter().any(|job| job.goes_by(name));
        self.check(report, at, &self.job.condition, Some(&is_earlier));
    }

    /// The condition of one of its tasks.
    pub(super) fn of_task(&self, report: &mut Report, at: &Place<'_>, condition: &Condition) {
        self.check(report, at, condition, None);
    }

    fn check(
        &self,
        report: &mut Report,
        at: &Place<'_>,
        condition: &Condition,
        is_earlier_job: Option<&dyn Fn(&str) -> bool>,
    ) {
        let text = match condition {
            Condition::Succeeded | Condition::SucceededOrFailed | Condition::Always | Condition::Failed => {
                return;
            }
            Condition::Expression(text) => text,
        };
        let at = at.field("condition.expression");
        if text.trim().is_empty() {
            report.add(&at, "must not be empty");
            return;
        }
        match Expression::parse(text) {
            Ok(expression) => {
                let scene = Scene { variables: self.variables(), is_earlier_job };
                for problem in expression.check(&scene) {
                    report.add(&at, problem.to_string());
                }
            }
            Err(error) => report.add(&at, error.to_string()),
        }
    }

    /// What is known before there is a release: what is given for one, and what tasks put out, is never a secret's own name.
    fn variables(&self) -> &Resolved {
        self.variables.get_or_init(|| {
            Scopes::new()
                .with(Scope::PipelineGroups, &self.pipeline.group_variables)
                .with(Scope::Pipeline, &self.pipeline.variables)
                .with(Scope::StageGroups, &self.stage.group_variables)
                .with(Scope::Stage, &self.stage.variables)
                .with(Scope::Job, &self.job.variables)
                .resolve()
        })
    }
}
