//! Jobs and their tasks (J).

use std::collections::BTreeSet;

use super::conditions::JobScene;
use super::report::{Report, Seen};
use super::variables::is_system_variable;
use super::{fold, names, variables};
use crate::deployment::{problem_of, values_in};
use crate::pipeline::place::Place;
use crate::pipeline::{
    Job, JobKind, OwnTask, Parallelism, PipelineDefinition, Stage, TargetLimit, Task, VariableValue,
};
use crate::{Demand, PoolId, limits};

/// The jobs of a stage, in its field `jobs`.
pub(super) fn jobs(report: &mut Report, stage: &Place<'_>, pipeline: &PipelineDefinition, of: &Stage) {
    let jobs = &of.jobs;
    report.length(&stage.field("jobs"), jobs.len(), limits::JOBS_PER_STAGE);
    let mut seen = Seen::default();
    for (index, job) in jobs.iter().enumerate().take(limits::JOBS_PER_STAGE) {
        let at = stage.item("jobs", index);
        report.characters(&at.field("name"), &job.name, limits::LABEL_CHARACTERS);
        names::reference_name(report, &at.field("reference_name"), &job.reference_name);
        seen.check(report, &at.field("reference_name"), "jobs", index, &job.reference_name);
        one(report, &at, job, &JobScene::new(pipeline, of, index, job));
    }
}

fn one(report: &mut Report, at: &Place<'_>, job: &Job, scene: &JobScene<'_>) {
    kind(report, at, &job.kind);
    scene.of_job(report, at);
    if let Some(minutes) = job.timeout_minutes {
        report.range(&at.field("timeout_minutes"), minutes, &(0..=limits::JOB_TIMEOUT_MINUTES));
    }
    let place = at.field("cancel_timeout_minutes");
    report.range(&place, job.cancel_timeout_minutes, &(1..=limits::CANCEL_TIMEOUT_MINUTES));
    parallelism(report, &at.field("parallelism"), job);
    variables::scope(report, at, &job.variables);
    report.length(&at.field("tasks"), job.tasks.len(), limits::TASKS_PER_JOB);
    let mut seen = Seen::default();
    for (index, each) in job.tasks.iter().enumerate().take(limits::TASKS_PER_JOB) {
        let at = at.item("tasks", index);
        report.characters(&at.field("name"), &each.name, limits::LABEL_CHARACTERS);
        report.filled(&at.field("task.id"), &each.task.id, limits::NAME_CHARACTERS);
        report.characters(&at.field("task.version"), &each.task.version, limits::NAME_CHARACTERS);
        names::reference_name(report, &at.field("reference_name"), &each.reference_name);
        seen.check(report, &at.field("reference_name"), "tasks", index, &each.reference_name);
        task(report, &at, each, scene);
        if let Some(own) = each.task.own() {
            waiting(report, &at, job, own, each);
        }
    }
}

fn task(report: &mut Report, at: &Place<'_>, task: &Task, scene: &JobScene<'_>) {
    let (most, bytes) = (limits::INPUTS_PER_TASK, limits::INPUT_BYTES);
    names::texts(report, at, "inputs", &task.inputs, most, bytes);
    scene.of_task(report, at, &task.condition);
    let minutes = task.timeout_minutes;
    report.range(&at.field("timeout_minutes"), minutes, &(0..=limits::TASK_TIMEOUT_MINUTES));
    report.range(&at.field("retry_count"), task.retry_count, &(0..=limits::RETRIES));
    names::texts(report, at, "environment", &task.environment, most, bytes);
    // A process takes `NAME=value`: a name with these would be another name, or none.
    for name in task.environment.keys().take(most).filter(|name| name.contains(['=', '\0'])) {
        let place = at.key("environment", name);
        report.add(&place, "the name of an environment variable must not contain = or a null character");
    }
}

/// J8, J9: what only waits stands in a server job, and its inputs can be read.
fn waiting(report: &mut Report, at: &Place<'_>, job: &Job, own: OwnTask, task: &Task) {
    if job.kind != JobKind::Server {
        report.add(&at.field("task.id"), format!("{} stands in a server job only", task.task.id));
    }
    if let Some(problem) = problem_of(own, task) {
        report.add(&at.field("inputs"), problem);
    }
}

fn kind(report: &mut Report, job: &Place<'_>, kind: &JobKind) {
    match kind {
        JobKind::Server => {}
        JobKind::Agent { pool, demands } => {
            let at = job.field("kind.agent");
            report.characters(&at.field("pool"), pool, limits::NAME_CHARACTERS);
            // One that is too long is reported as that.
            let is_short = pool.chars().count() <= limits::NAME_CHARACTERS;
            if is_short && !pool.is_empty() && PoolId::new(pool).is_err() {
                let bytes = limits::ID_BYTES;
                let what = format!("must have at most {bytes} bytes, and no control characters");
                report.add(&at.field("pool"), what);
            }
            report.length(&at.field("demands"), demands.len(), limits::DEMANDS);
            let (bytes, most) = (demands.iter().map(String::len).sum::<usize>(), limits::DEMANDS_BYTES);
            if bytes > most {
                report.add(
                    &at.field("demands"),
                    format!("must have at most {most} bytes together, have {bytes}"),
                );
            }
            for (index, demand) in demands.iter().enumerate().take(limits::DEMANDS) {
                let place = at.item("demands", index);
                report.characters(&place, demand, limits::LABEL_CHARACTERS);
                if let Err(invalid) = demand.parse::<Demand>() {
                    report.add(&place, invalid.to_string());
                }
            }
        }
        JobKind::DeploymentGroup { group, tags, at_once } => {
            let at = job.field("kind.deployment-group");
            names::display_name(report, &at.field("group"), group);
            report.bytes(&at.field("group"), group, limits::ID_BYTES);
            names::tags(report, &at.field("tags"), tags);
            match at_once {
                TargetLimit::One => {}
                TargetLimit::Count(count) => {
                    let place = at.field("at_once.count");
                    report.range(&place, count.get(), &(1..=limits::TARGETS_AT_ONCE));
                }
                TargetLimit::Percent(percent) => {
                    report.range(&at.field("at_once.percent"), percent.get(), &(1..=100));
                }
            }
        }
    }
}

fn parallelism(report: &mut Report, at: &Place<'_>, job: &Job) {
    // J3: it is cut by its targets.
    let on_targets = matches!(job.kind, JobKind::DeploymentGroup { .. });
    if on_targets && job.parallelism != Parallelism::None {
        report.add(at, "must be none for a job that runs on a deployment group");
        return;
    }
    match &job.parallelism {
        Parallelism::None => {}
        Parallelism::MultiConfiguration { multipliers: names, at_most, .. } => {
            let at = at.field("multi-configuration");
            multipliers(report, &at.field("multipliers"), &at, names);
            slices(report, &at, job, names);
            report.range(&at.field("at_most"), at_most.get(), &(1..=limits::SLICES));
        }
        Parallelism::MultiAgent { agents, .. } => {
            report.range(&at.field("multi-agent.agents"), agents.get(), &(1..=limits::SLICES));
        }
    }
}

fn multipliers(report: &mut Report, place: &Place<'_>, at: &Place<'_>, names: &[String]) {
    if names.is_empty() {
        report.add(place, "must name at least one variable");
    }
    report.length(place, names.len(), limits::MULTIPLIERS);
    let mut seen = BTreeSet::new();
    for (index, name) in names.iter().enumerate().take(limits::MULTIPLIERS) {
        let place = at.item("multipliers", index);
        variables::variable_name(report, &place, name);
        if is_system_variable(name) {
            report.add(
                &place,
                format!("{name} is a name that only the system sets: a slice has no value of its own for it"),
            );
        }
        if !seen.insert(fold(name)) {
            report.add(&place, format!("names the variable {name:?} more than once"));
        }
    }
}

/// What can be said before the job begins: of the variables that are its own, unless others stand in them (J2).
fn slices(report: &mut Report, at: &Place<'_>, job: &Job, names: &[String]) {
    let mut least = 1_usize;
    for (index, name) in names.iter().enumerate().take(limits::MULTIPLIERS) {
        let own = job.variables.iter().find(|(known, _)| fold(known) == fold(name));
        match own.map(|(_, variable)| &variable.value) {
            Some(VariableValue::Secret(_)) => {
                report.add(&at.item("multipliers", index), format!("{name} is a secret"));
            }
            Some(VariableValue::Plain(text)) if !text.contains("$(") => {
                let count = values_in(text).len();
                if count == 0 {
                    report.add(&at.item("multipliers", index), format!("{name} has no value"));
                }
                least = least.saturating_mul(count.max(1));
            }
            Some(VariableValue::Plain(_)) | None => {}
        }
    }
    let most = limits::SLICES;
    if u32::try_from(least).map_or(true, |least| least > most) {
        report.add(&at.field("multipliers"), format!("must make at most {most} slices, make {least}"));
    }
}
