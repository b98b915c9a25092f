//! Puts right what is wrong with a pipeline at random, so that most of them can be saved.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use cutover::{
    Approvals, Approver, ArtifactKind, CheckOrder, Checks, Condition, DefaultVersion, Demand, Gates, Job,
    JobKind, OwnTask, Parallelism, PipelineDefinition, QueuingPolicy, Required, Schedule, ScheduleId, Stage,
    TargetLimit, Task, TaskRef, TriggerKind, Variables, VersionFilter, Weekday, fold,
};

/// The pipeline without most of what cannot be.
pub(crate) fn mended(mut pipeline: PipelineDefinition) -> PipelineDefinition {
    pipeline.name.retain(|c| !"\":<>\\/|?*.".contains(c));
    pipeline.name = format!("P{}", pipeline.name.trim());
    pipeline.tags.retain(|tag| !tag.is_empty());
    variables(&mut pipeline.variables);
    groups(&mut pipeline.variable_groups);
    for (place, source) in pipeline.artifacts.iter_mut().enumerate() {
        source.primary = place == 0;
        source.reference.remove("");
        if source.kind == ArtifactKind::Other(String::new()) {
            source.kind = ArtifactKind::Build;
        }
        let is_odd = match &source.default_version {
            DefaultVersion::LatestOf { branch, tags } => branch.is_empty() || tags.contains(""),
            DefaultVersion::Specific(version) => version.is_empty(),
            DefaultVersion::Latest | DefaultVersion::ChosenAtCreation => false,
        };
        if is_odd {
            source.default_version = DefaultVersion::Latest;
        }
    }
    let aliases: BTreeSet<_> = pipeline.artifacts.iter().map(|source| source.alias.clone()).collect();
    let mut ids = BTreeSet::new();
    for trigger in &mut pipeline.triggers {
        match &mut trigger.kind {
            TriggerKind::ContinuousDeployment { alias, filters, .. }
            | TriggerKind::PullRequest { alias, filters } => {
                trigger.enabled &= aliases.contains(alias);
                filters.iter_mut().for_each(filter);
            }
            TriggerKind::Scheduled(at) => schedule(at, &mut ids),
        }
    }
    pipeline.properties.remove("");
    pipeline.stages.iter_mut().for_each(|it| stage(it, &aliases));
    pipeline
}

fn variables(variables: &mut Variables) {
    let mut seen = BTreeSet::new();
    variables.retain(|name, _| {
        let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'));
        is_name && !name.is_empty() && !cutover::is_system_variable(name) && seen.insert(fold(name))
    });
}

fn groups(groups: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    groups.retain(|group| group.trim() == group && seen.insert(fold(group)));
}

fn schedule(schedule: &mut Schedule, ids: &mut BTreeSet<ScheduleId>) {
    schedule.days.insert(Weekday::Monday);
    schedule.hour %= 24;
    schedule.minute %= 60;
    if cutover::zone_named(&schedule.zone).is_none() {
        schedule.zone = String::new();
    }
    while schedule.id.0 == 0 || !ids.insert(schedule.id) {
        schedule.id.0 = schedule.id.0.wrapping_add(1);
    }
}

fn filter(filter: &mut VersionFilter) {
    let mut seen = BTreeSet::new();
    filter.branches.retain(|branch| !branch.trim().is_empty() && seen.insert(branch.clone()));
    filter.tags.remove("");
    let pattern = filter.version_pattern.take();
    filter.version_pattern = pattern.filter(|pattern| pattern.starts_with('^'));
}

fn stage(stage: &mut Stage, aliases: &BTreeSet<String>) {
    let mut ids = BTreeSet::new();
    stage.schedules.iter_mut().for_each(|it| schedule(it, &mut ids));
    let mut seen = BTreeSet::new();
    stage
        .artifact_filters
        .retain(|it| aliases.contains(&it.alias) && !it.filters.is_empty() && seen.insert(it.alias.clone()));
    stage.artifact_filters.iter_mut().flat_map(|it| &mut it.filters).for_each(filter);
    checks(&mut stage.before);
    checks(&mut stage.after);
    stage.after.approvals.skip_if_approved_before = false;
    let mut names = BTreeSet::new();
    for it in &mut stage.jobs {
        job(it);
        if !names.insert(it.reference_name.clone()) {
            it.reference_name = String::new();
        }
    }
    variables(&mut stage.variables);
    groups(&mut stage.variable_groups);
    groups(&mut stage.lock_groups);
    if let QueuingPolicy::AtMost { deployments, .. } = &mut stage.queuing {
        *deployments = (*deployments).min(number(1_000));
    }
    stage.retention.days = stage.retention.days.clamp(1, 365);
    stage.retention.releases = stage.retention.releases.min(25);
}

fn number(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}

fn checks(checks: &mut Checks) {
    let Approvals { steps, required, timeout_minutes, check_order, .. } = &mut checks.approvals;
    let mut seen = BTreeSet::new();
    steps.retain(|step| step.approver == Approver::Automatic || seen.insert(step.approver.clone()));
    for step in steps.iter_mut() {
        step.rank = step.rank.max(1);
    }
    *timeout_minutes = (*timeout_minutes).min(525_600);
    if let Required::AtLeast(count) = required
        && count.get() as usize > steps.len()
    {
        *required = Required::All;
    }
    if seen.is_empty() && *check_order == Some(CheckOrder::AfterGatesAlways) {
        *check_order = None;
    }
    if let Some(gates) = &mut checks.gates {
        for gate in &mut gates.gates {
            gate.inputs.remove("");
        }
        let Gates { delay_minutes, sampling_interval_seconds, timeout_minutes, .. } = gates;
        *delay_minutes = (*delay_minutes).min(2_880);
        *sampling_interval_seconds = (*sampling_interval_seconds).max(1);
        *timeout_minutes = (*timeout_minutes).clamp(4_000, 21_600);
    }
}

fn condition(condition: &mut Condition) {
    if let Condition::Expression(text) = condition
        && Condition::parse(text).is_err()
    {
        *condition = Condition::Always;
    }
}

fn job(job: &mut Job) {
    condition(&mut job.condition);
    job.timeout_minutes = job.timeout_minutes.map(|minutes| minutes.min(525_600));
    job.cancel_timeout_minutes = job.cancel_timeout_minutes.clamp(1, 60);
    variables(&mut job.variables);
    match &mut job.kind {
        JobKind::Agent { demands, .. } => demands.retain(|demand| demand.parse::<Demand>().is_ok()),
        JobKind::Server => {}
        JobKind::DeploymentGroup { group, tags, at_once } => {
            *group = format!("G{}", group.trim_end().replace(|c: char| c.is_control(), ""));
            tags.remove("");
            if let TargetLimit::Percent(percent) = at_once {
                *percent = (*percent).min(number(100));
            }
            job.parallelism = Parallelism::None;
        }
    }
    match &mut job.parallelism {
        Parallelism::None | Parallelism::MultiAgent { .. } => {}
        Parallelism::MultiConfiguration { multipliers, at_most, .. } => {
            *multipliers = vec!["Size".to_owned(), "Color".to_owned()];
            *at_most = (*at_most).min(number(1_000));
        }
    }
    let is_server = job.kind == JobKind::Server;
    let mut names = BTreeSet::new();
    for it in &mut job.tasks {
        task(it, is_server);
        if !names.insert(it.reference_name.clone()) {
            it.reference_name = String::new();
        }
    }
}

fn task(task: &mut Task, is_server: bool) {
    condition(&mut task.condition);
    task.retry_count = task.retry_count.min(10);
    task.inputs.remove("");
    task.environment.retain(|name, _| !name.is_empty() && !name.contains('='));
    if !is_server && task.task.own().is_some() {
        task.task = TaskRef::new(TaskRef::COMMAND);
    }
    match task.task.own() {
        None => {}
        Some(OwnTask::Delay) => {
            task.inputs.insert(OwnTask::MINUTES.to_owned(), "12".to_owned());
        }
        Some(OwnTask::ManualIntervention) => {
            task.inputs.retain(|name, text| name != OwnTask::ON_TIMEOUT || text.is_empty());
        }
    }
}
