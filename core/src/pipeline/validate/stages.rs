//! Stages, one by one and as a whole (P3).

use std::collections::BTreeMap;

use super::graph::Graph;
use super::report::{Report, Seen};
use super::{artifacts_and_triggers, checks, jobs, names, schedules, variables};
use crate::limits;
use crate::pipeline::place::Place;
use crate::pipeline::{PipelineDefinition, QueuingPolicy, Retention, Stage};

/// All stages of a pipeline.
pub(super) fn stages(report: &mut Report, definition: &PipelineDefinition, is_expanded: bool) {
    let root = Place::Definition;
    let count = definition.stages.len();
    if count == 0 || count > limits::STAGES {
        let most = limits::STAGES;
        report.add(&root.field("stages"), format!("must have 1 to {most} stages, has {count}"));
    }
    let stages = &definition.stages[..count.min(limits::STAGES)];
    let graph = Graph::new(&definition.stages);
    let mut ids = BTreeMap::new();
    let mut seen = Seen::default();
    for (index, stage) in stages.iter().enumerate() {
        let at = root.item("stages", index);
        let first = *ids.entry(stage.id).or_insert(index);
        if first != index {
            report.add(&at.field("id"), format!("{} is already that of stages[{first}]", stage.id));
        }
        names::display_name(report, &at.field("name"), &stage.name);
        seen.check(report, &at.field("name"), "stages", index, &stage.name);
        graph.check(report, &at, index, stage);
        one(report, &at, definition, stage);
        variables::group_variables(report, &at, &stage.group_variables, is_expanded);
    }
}

/// What is said of a stage beside its place among the others, in the order of its fields.
fn one(report: &mut Report, at: &Place<'_>, definition: &PipelineDefinition, stage: &Stage) {
    report.length(&at.field("schedules"), stage.schedules.len(), limits::SCHEDULES_PER_STAGE);
    let mut seen = schedules::SeenIds::new();
    for (index, schedule) in stage.schedules.iter().enumerate().take(limits::SCHEDULES_PER_STAGE) {
        schedules::schedule(report, &mut seen, &at.item("schedules", index), schedule);
    }
    artifacts_and_triggers::stage_filters(report, at, definition, stage);
    checks::checks(report, &at.field("before"), &stage.before, checks::Side::Before);
    checks::checks(report, &at.field("after"), &stage.after, checks::Side::After);
    jobs::jobs(report, at, definition, stage);
    variables::scope(report, at, &stage.variables);
    variables::groups(report, at, &stage.variable_groups);
    queuing(report, at, stage.queuing);
    lock_groups(report, at, &stage.lock_groups);
    retention(report, &at.field("retention"), stage.retention);
}

fn queuing(report: &mut Report, at: &Place<'_>, queuing: QueuingPolicy) {
    match queuing {
        QueuingPolicy::Unlimited => {}
        QueuingPolicy::AtMost { deployments, .. } => {
            let place = at.field("queuing.at-most.deployments");
            report.range(&place, deployments.get(), &(1..=limits::DEPLOYMENTS_AT_ONCE));
        }
    }
}

fn lock_groups(report: &mut Report, at: &Place<'_>, groups: &[String]) {
    report.length(&at.field("lock_groups"), groups.len(), limits::LOCK_GROUPS);
    let mut seen = Seen::default();
    for (index, group) in groups.iter().enumerate().take(limits::LOCK_GROUPS) {
        let place = at.item("lock_groups", index);
        names::display_name(report, &place, group);
        report.bytes(&place, group, limits::ID_BYTES);
        seen.check(report, &place, "lock_groups", index, group);
    }
}

fn retention(report: &mut Report, at: &Place<'_>, retention: Retention) {
    report.range(&at.field("days"), retention.days, &(1..=limits::RETENTION_DAYS));
    report.range(&at.field("releases"), retention.releases, &(0..=limits::RETENTION_RELEASES));
}
