//! Artifact sources, and what names them: release triggers and stage filters (A, T, S5).

use std::collections::BTreeSet;

use super::report::{Report, Seen};
use super::{fold, names, schedules};
use crate::artifact::version_pattern;
use crate::limits;
use crate::pipeline::place::Place;
use crate::pipeline::{
    ArtifactKind, ArtifactSource, DefaultVersion, PipelineDefinition, Stage, TriggerKind, VersionFilter,
};

/// The sources of a pipeline (A1).
pub(super) fn artifacts(report: &mut Report, definition: &PipelineDefinition) {
    let root = Place::Definition;
    let list = root.field("artifacts");
    report.length(&list, definition.artifacts.len(), limits::ARTIFACTS);
    let primaries = definition.artifacts.iter().filter(|source| source.primary).count();
    if !definition.artifacts.is_empty() && primaries != 1 {
        report.add(&list, format!("exactly one source must be primary, {primaries} are"));
    }
    let mut seen = Seen::default();
    for (index, each) in definition.artifacts.iter().enumerate().take(limits::ARTIFACTS) {
        let at = root.item("artifacts", index);
        names::display_name(report, &at.field("alias"), &each.alias);
        seen.check(report, &at.field("alias"), "artifacts", index, &each.alias);
        source(report, &at, each);
    }
}

fn source(report: &mut Report, at: &Place<'_>, source: &ArtifactSource) {
    if let ArtifactKind::Other(kind) = &source.kind {
        report.filled(&at.field("kind.other"), kind, limits::NAME_CHARACTERS);
    }
    let (most, bytes) = (limits::PROPERTIES, limits::VARIABLE_BYTES);
    names::texts(report, at, "reference", &source.reference, most, bytes);
    match &source.default_version {
        DefaultVersion::Latest | DefaultVersion::ChosenAtCreation => {}
        DefaultVersion::LatestOf { branch, tags } => {
            let at = at.field("default_version.latest-of");
            report.filled(&at.field("branch"), branch, limits::PATTERN_CHARACTERS);
            names::tags(report, &at.field("tags"), tags);
        }
        DefaultVersion::Specific(version) => {
            let place = at.field("default_version.specific");
            report.filled(&place, version, limits::PATTERN_CHARACTERS);
        }
    }
}

/// The release triggers of a pipeline. One that is not enabled may name a source that is not there: it is kept and does nothing.
pub(super) fn triggers(report: &mut Report, definition: &PipelineDefinition) {
    let root = Place::Definition;
    report.length(&root.field("triggers"), definition.triggers.len(), limits::TRIGGERS);
    let mut seen = schedules::SeenIds::new();
    for (index, trigger) in definition.triggers.iter().enumerate().take(limits::TRIGGERS) {
        let at = root.item("triggers", index);
        match &trigger.kind {
            TriggerKind::ContinuousDeployment { alias, filters, .. } => {
                let at = at.field("kind.continuous-deployment");
                if trigger.enabled {
                    known_alias(report, &at.field("alias"), definition, alias);
                }
                version_filters(report, &at, filters);
            }
            TriggerKind::PullRequest { alias, filters } => {
                let at = at.field("kind.pull-request");
                if trigger.enabled {
                    known_alias(report, &at.field("alias"), definition, alias);
                }
                version_filters(report, &at, filters);
            }
            TriggerKind::Scheduled(schedule) => {
                schedules::schedule(report, &mut seen, &at.field("kind.scheduled"), schedule);
            }
        }
    }
}

/// Which versions a stage takes (S5): each source at most once, with at least one alternative.
pub(super) fn stage_filters(
    report: &mut Report,
    stage_at: &Place<'_>,
    definition: &PipelineDefinition,
    stage: &Stage,
) {
    report.length(&stage_at.field("artifact_filters"), stage.artifact_filters.len(), limits::ARTIFACTS);
    let mut seen = Seen::default();
    for (index, filter) in stage.artifact_filters.iter().enumerate().take(limits::ARTIFACTS) {
        let at = stage_at.item("artifact_filters", index);
        known_alias(report, &at.field("alias"), definition, &filter.alias);
        seen.check(report, &at.field("alias"), "artifact_filters", index, &filter.alias);
        if filter.filters.is_empty() {
            report.add(&at.field("filters"), "must have at least one filter");
        }
        version_filters(report, &at, &filter.filters);
    }
}

fn known_alias(report: &mut Report, place: &Place<'_>, definition: &PipelineDefinition, alias: &str) {
    let folded = fold(alias);
    if !definition.artifacts.iter().any(|source| fold(&source.alias) == folded) {
        report.add(place, format!("there is no artifact source with the alias {alias:?}"));
    }
}

/// Alternatives for a version, in the field `filters` of `at`.
fn version_filters(report: &mut Report, at: &Place<'_>, filters: &[VersionFilter]) {
    report.length(&at.field("filters"), filters.len(), limits::FILTERS);
    for (index, filter) in filters.iter().enumerate().take(limits::FILTERS) {
        let at = at.item("filters", index);
        report.length(&at.field("branches"), filter.branches.len(), limits::PATTERNS_PER_FILTER);
        let mut seen = BTreeSet::new();
        for (index, pattern) in filter.branches.iter().enumerate().take(limits::PATTERNS_PER_FILTER) {
            let place = at.item("branches", index);
            report.characters(&place, pattern, limits::PATTERN_CHARACTERS);
            if pattern.strip_prefix('-').unwrap_or(pattern).trim().is_empty() {
                report.add(&place, "must name a branch or a pattern of branches");
            }
            // Branches are compared with case (A5).
            if !seen.insert(pattern) {
                report.add(&place, format!("names {pattern:?} more than once"));
            }
        }
        names::tags(report, &at.field("tags"), &filter.tags);
        if let Some(pattern) = &filter.version_pattern {
            report.filled(&at.field("version_pattern"), pattern, limits::PATTERN_CHARACTERS);
            if pattern.chars().count() <= limits::PATTERN_CHARACTERS
                && let Err(invalid) = version_pattern(pattern)
            {
                report.add(&at.field("version_pattern"), invalid.to_string());
            }
        }
    }
}
