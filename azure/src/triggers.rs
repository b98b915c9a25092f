//! What creates releases by itself (T).

use cutover::{ArtifactKind, PipelineDefinition, ReleaseTrigger, Schedule, TriggerKind, VersionFilter};
use serde_json::{Value, json};

use crate::artifacts::Aliases;
use crate::filters::{self, Filters};
use crate::kept::Kept;
use crate::read::{Fields, Node};
use crate::write::name_of;
use crate::{left_out, schedules};

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Artifact,
    Schedule,
    Repository,
    Image,
    Package,
    PullRequest,
}

const KINDS: &[(i64, &str, Kind)] = &[
    (1, "artifactSource", Kind::Artifact),
    (2, "schedule", Kind::Schedule),
    (3, "sourceRepo", Kind::Repository),
    (4, "containerImage", Kind::Image),
    (5, "package", Kind::Package),
    (6, "pullRequest", Kind::PullRequest),
];

/// Triggers that could not work, in the order of those of the pipeline that are not enabled, among what is kept for an export.
const NOT_ENABLED: &str = "triggers";
/// Triggers that were left out, among what is kept for an export.
const LEFT_OUT: &str = "triggers-left-out";

/// Reads the triggers. One that could not work is kept, but not enabled.
pub(crate) fn read(node: &Node<'_>, aliases: &Aliases) -> Vec<ReleaseTrigger> {
    let items = node.items();
    let triggers = items.iter().filter_map(|item| {
        let trigger = item.object(left_out::NONE, |fields| {
            let node = fields.take("triggerType");
            let Some(kind) = node.kind(KINDS, "the trigger is left out") else {
                fields.take_all();
                return None;
            };
            read_trigger(fields, kind, aliases)
        });
        match &trigger {
            Some(ReleaseTrigger { enabled: true, .. }) => {}
            Some(_) => item.report().keep(NOT_ENABLED, item.raw().clone()),
            None => item.report().keep(LEFT_OUT, item.raw().clone()),
        }
        trigger
    });
    let mut triggers: Vec<_> = triggers.collect();
    schedules::number(&mut triggers.iter_mut().filter_map(schedule_mut).collect::<Vec<_>>());
    triggers
}

/// The schedule of a trigger that has one.
pub(crate) const fn schedule(trigger: &ReleaseTrigger) -> Option<&Schedule> {
    match &trigger.kind {
        TriggerKind::Scheduled(schedule) => Some(schedule),
        TriggerKind::ContinuousDeployment { .. } | TriggerKind::PullRequest { .. } => None,
    }
}

/// The schedule of a trigger that has one.
pub(crate) const fn schedule_mut(trigger: &mut ReleaseTrigger) -> Option<&mut Schedule> {
    match &mut trigger.kind {
        TriggerKind::Scheduled(schedule) => Some(schedule),
        TriggerKind::ContinuousDeployment { .. } | TriggerKind::PullRequest { .. } => None,
    }
}

/// Writes the triggers of a pipeline. There is none there that is not enabled: in its place stands what it was imported from, which
/// could not work, or nothing.
pub(crate) fn write(definition: &PipelineDefinition, kept: &Kept<'_>) -> Vec<Value> {
    let not_enabled = definition.triggers.iter().filter(|trigger| !trigger.enabled).count();
    let mut as_it_stood = match kept.list(NOT_ENABLED) {
        // Otherwise it is not known which is which.
        known if known.len() == not_enabled => known.iter(),
        _ => [].iter(),
    };
    let written = definition.triggers.iter().filter_map(|trigger| match trigger {
        ReleaseTrigger { enabled: true, kind } => Some(write_trigger(kind, definition)),
        ReleaseTrigger { enabled: false, .. } => as_it_stood.next().cloned(),
    });
    let mut written: Vec<_> = written.collect();
    written.extend(kept.list(LEFT_OUT).iter().cloned());
    written
}

fn write_trigger(trigger: &TriggerKind, definition: &PipelineDefinition) -> Value {
    match trigger {
        TriggerKind::ContinuousDeployment { alias, filters, on_tagging } => {
            let source = definition.artifact(alias).map(|source| &source.kind);
            write_deployment(alias, filters, *on_tagging, source)
        }
        TriggerKind::PullRequest { alias, filters } => json!({
            "triggerType": name_of(KINDS, &Kind::PullRequest),
            "artifactAlias": alias,
            "triggerConditions": filters::write(filters, "targetBranch", false),
        }),
        TriggerKind::Scheduled(schedule) => json!({
            "triggerType": name_of(KINDS, &Kind::Schedule),
            "schedule": schedules::write(schedule),
        }),
    }
}

/// A trigger of the kind of its source, if that can say the filters; otherwise one of any source.
fn write_deployment(
    alias: &str,
    filters: &[VersionFilter],
    on_tagging: bool,
    source: Option<&ArtifactKind>,
) -> Value {
    let of_branches = |filter: &VersionFilter| {
        *filter == VersionFilter { branches: filter.branches.clone(), ..VersionFilter::default() }
    };
    let of_pattern = |filter: &VersionFilter| {
        let pattern = filter.version_pattern.clone();
        *filter == VersionFilter { version_pattern: pattern, ..VersionFilter::default() }
    };
    let own = match (source, filters) {
        _ if on_tagging => None,
        (Some(ArtifactKind::Git | ArtifactKind::GitHub), []) => {
            Some((Kind::Repository, "branchFilters", json!([])))
        }
        (Some(ArtifactKind::Git | ArtifactKind::GitHub), [one]) if of_branches(one) => {
            Some((Kind::Repository, "branchFilters", json!(one.branches)))
        }
        (Some(ArtifactKind::ContainerRegistry), all) if all.iter().all(of_pattern) => {
            let patterns = all.iter().map(|filter| json!({ "pattern": filter.version_pattern }));
            Some((Kind::Image, "tagFilters", patterns.collect()))
        }
        (Some(ArtifactKind::PackageFeed), []) => Some((Kind::Package, "triggerConditions", json!([]))),
        (Some(_) | None, _) => None,
    };
    match own {
        Some((kind, key, filters)) => {
            json!({ "triggerType": name_of(KINDS, &kind), "alias": alias, key: filters })
        }
        None => json!({
            "triggerType": name_of(KINDS, &Kind::Artifact),
            "artifactAlias": alias,
            "triggerConditions": filters::write(filters, "sourceBranch", on_tagging),
        }),
    }
}

fn read_trigger(fields: &mut Fields<'_>, kind: Kind, aliases: &Aliases) -> Option<ReleaseTrigger> {
    match kind {
        Kind::Schedule => {
            let read = schedules::read(&fields.take("schedule"))?;
            if !read.is_zone_known {
                fields.node().warn("its time zone is not known here: the trigger is not enabled");
            }
            Some(ReleaseTrigger { enabled: read.is_zone_known, kind: TriggerKind::Scheduled(read.schedule) })
        }
        Kind::PullRequest => {
            let (alias, enabled) = alias(fields, aliases);
            fields.lose_quietly(
                "pullRequestConfiguration",
                "which versions come from pull requests is said by who publishes them",
            );
            fields.lose("statusPolicyName", "nothing is reported to the pull request here: not taken over");
            let node = fields.take("triggerConditions");
            let filters = Filters::read(&node);
            let enabled = enabled && are_readable(&node, &filters);
            let kind = TriggerKind::PullRequest { alias, filters: filters.into_alternatives() };
            Some(ReleaseTrigger { enabled, kind })
        }
        Kind::Artifact | Kind::Repository | Kind::Image | Kind::Package => {
            let (alias, enabled) = alias(fields, aliases);
            let Read { filters, on_tagging, is_readable } = filters(fields, kind);
            let kind = TriggerKind::ContinuousDeployment { alias, filters, on_tagging };
            Some(ReleaseTrigger { enabled: enabled && is_readable, kind })
        }
    }
}

/// The alias of the trigger's source, and whether the pipeline has such a source.
fn alias(fields: &mut Fields<'_>, aliases: &Aliases) -> (String, bool) {
    // Only the trigger of artifacts calls it `artifactAlias`.
    let (long, short) = (fields.take("artifactAlias"), fields.take("alias"));
    let node = if long.is_missing() && !short.is_missing() { short } else { long };
    let written = node.name().unwrap_or_default();
    if let Some(alias) = aliases.find(&written) {
        return (alias.to_owned(), true);
    }
    node.warn("the pipeline has no artifact source of this alias: the trigger is kept, but not enabled");
    (written, false)
}

/// The filters of a trigger of continuous deployment.
struct Read {
    filters: Vec<VersionFilter>,
    on_tagging: bool,
    is_readable: bool,
}

/// A trigger with a filter that can't be read would make a release of everything: it is kept, but not enabled.
fn are_readable(node: &Node<'_>, filters: &Filters) -> bool {
    if filters.is_unreadable {
        node.warn("a filter cannot be read: the trigger is kept, but not enabled");
    }
    !filters.is_unreadable
}

fn filters(fields: &mut Fields<'_>, kind: Kind) -> Read {
    match kind {
        Kind::Repository => {
            let branches = fields.take("branchFilters").texts();
            let filter = VersionFilter { branches, ..VersionFilter::default() };
            Read { filters: some_filters(vec![filter]), on_tagging: false, is_readable: true }
        }
        Kind::Image => {
            let node = fields.take("tagFilters");
            let mut read = Filters::default();
            let filter = |node: &Node<'_>| VersionFilter {
                version_pattern: read.pattern(node),
                ..VersionFilter::default()
            };
            let filters = some_filters(node.items().iter().map(filter).collect());
            Read { filters, on_tagging: false, is_readable: are_readable(&node, &read) }
        }
        Kind::Artifact | Kind::Schedule | Kind::Package | Kind::PullRequest => {
            let node = fields.take("triggerConditions");
            let filters = Filters::read(&node);
            let (on_tagging, is_readable) = (filters.on_tagging, are_readable(&node, &filters));
            Read { filters: filters.into_alternatives(), on_tagging, is_readable }
        }
    }
}

/// Without those that let everything pass, if they are all there are: no filter says the same.
fn some_filters(filters: Vec<VersionFilter>) -> Vec<VersionFilter> {
    if filters.iter().all(|filter| *filter == VersionFilter::default()) { Vec::new() } else { filters }
}
