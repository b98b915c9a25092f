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
            let filters = Filters::read(&fields.take("triggerConditions")).into_alternatives();
            let kind = TriggerKind::PullRequest { alias, filters };
            Some(ReleaseTrigger { enabled, kind })
        }
        Kind::Artifact | Kind::Repository | Kind::Image | Kind::Package => {
            let (alias, enabled) = alias(fields, aliases);
            let (filters, on_tagging) = filters(fields, kind);
            let kind = TriggerKind::ContinuousDeployment { alias, filters, on_tagging };
            Some(ReleaseTrigger { enabled, kind })
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

fn filters(fields: &mut Fields<'_>, kind: Kind) -> (Vec<VersionFilter>, bool) {
    match kind {
        Kind::Repository => {
            let branches = fields.take("branchFilters").texts();
            let filter = VersionFilter { branches, ..VersionFilter::default() };
            (some_filters(vec![filter]), false)
        }
        Kind::Image => {
            let patterns = fields.take("tagFilters").items();
            let filter = |node: &Node<'_>| VersionFilter {
                version_pattern: node.object(left_out::NONE, |filter| filter.take("pattern").name()),
                ..VersionFilter::default()
            };
            (some_filters(patterns.iter().map(filter).collect()), false)
        }
        Kind::Artifact | Kind::Schedule | Kind::Package | Kind::PullRequest => {
            let filters = Filters::read(&fields.take("triggerConditions"));
            let on_tagging = filters.on_tagging;
            (filters.into_alternatives(), on_tagging)
        }
    }
}

/// Without those that let everything pass, if they are all there are: no filter says the same.
fn some_filters(filters: Vec<VersionFilter>) -> Vec<VersionFilter> {
    if filters.iter().all(|filter| *filter == VersionFilter::default()) { Vec::new() } else { filters }
}
