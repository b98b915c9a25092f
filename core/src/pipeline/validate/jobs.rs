//! Jobs and their tasks (J).

use std::collections::BTreeSet;

use super::conditions::JobScene;
use super::report::{Report, Seen};
use super::{fold, names, variables};
use crate::deployment::problem_of;
use crate::limits;
use crate::pipeline::place::Place;
use crate::pipeline::{Job, JobKind, OwnTask, Parallelism, PipelineDefinition, Stage, TargetLimit, Task};

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
    parallelism(report, &at.field("parallelism"), &job.parallelism);
    let on_targets = matches!(job.kind, JobKind::DeploymentGroup { .. });
    if on_targets && job.parallelism != Parallelism::None {
        // J3: it is cut by its targets.
        report.add(&at.field("parallelism"), "must be none for a job that runs on a deployment group");
    }
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
            report.length(&at.field("demands"), demands.len(), limits::DEMANDS);
            for (index, demand) in demands.iter().enumerate().take(limits::DEMANDS) {
                report.filled(&at.item("demands", index), demand, limits::LABEL_CHARACTERS);
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

fn parallelism(report: &mut Report, at: &Place<'_>, parallelism: &Parallelism) {
    match parallelism {
        Parallelism::None => {}
        Parallelism::MultiConfiguration { multipliers, at_most, .. } => {
            let at = at.field("multi-configuration");
            let place = at.field("multipliers");
            if multipliers.is_empty() {
                report.add(&place, "must name at least one variable");
            }
            report.length(&place, multipliers.len(), limits::MULTIPLIERS);
            let mut seen = BTreeSet::new();
            for (index, name) in multipliers.iter().enumerate().take(limits::MULTIPLIERS) {
                let place = at.item("multipliers", index);
                variables::variable_name(report, &place, name);
                if !seen.insert(fold(name)) {
                    report.add(&place, format!("names the variable {name:?} more than once"));
                }
            }
            report.range(&at.field("at_most"), at_most.get(), &(1..=limits::SLICES));
        }
        Parallelism::MultiAgent { agents, .. } => {
            report.range(&at.field("multi-agent.agents"), agents.get(), &(1..=limits::SLICES));
        }
    }
}
