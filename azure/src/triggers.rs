//! What creates releases by itself (T).

use cutover::{ReleaseTrigger, TriggerKind, VersionFilter};

use crate::artifacts::Aliases;
use crate::filters::Filters;
use crate::read::{Fields, Node};
use crate::{left_out, schedules};

#[derive(Clone, Copy)]
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

/// Reads the triggers. One that could not work is kept, but not enabled.
pub(crate) fn read(node: &Node<'_>, aliases: &Aliases) -> Vec<ReleaseTrigger> {
    let items = node.items();
    let triggers = items.iter().filter_map(|item| {
        item.object(left_out::NONE, |fields| {
            let node = fields.take("triggerType");
            let Some(kind) = node.kind(KINDS, "the trigger is left out") else {
                fields.take_all();
                return None;
            };
            read_trigger(fields, kind, aliases)
        })
    });
    let mut triggers: Vec<_> = triggers.collect();
    let scheduled = triggers.iter_mut().filter_map(|trigger| match &mut trigger.kind {
        TriggerKind::Scheduled(schedule) => Some(schedule),
        TriggerKind::ContinuousDeployment { .. } | TriggerKind::PullRequest { .. } => None,
    });
    schedules::number(&mut scheduled.collect::<Vec<_>>());
    triggers
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
