//! A, T, S5: sources, release triggers, stage filters.

use super::{NOTHING, pipeline, problems, problems_after};
use crate::{
    ArtifactKind, ArtifactSource, DefaultVersion, PipelineDefinition, ReleaseTrigger, Schedule, ScheduleId,
    StageArtifactFilter, TriggerKind, VersionFilter,
};

fn source(alias: &str) -> ArtifactSource {
    ArtifactSource {
        alias: alias.to_owned(),
        kind: ArtifactKind::Build,
        reference: [].into(),
        primary: false,
        default_version: DefaultVersion::Latest,
    }
}

/// A pipeline with the sources `app`, which is primary, and `db`.
fn with_sources() -> PipelineDefinition {
    let mut definition = pipeline();
    definition.artifacts = vec![ArtifactSource { primary: true, ..source("app") }, source("db")];
    definition
}

fn problems_of_trigger(kind: TriggerKind) -> Vec<String> {
    let mut definition = with_sources();
    definition.triggers = vec![ReleaseTrigger { enabled: true, kind }];
    problems(&definition)
}

fn on_versions(alias: &str, filters: Vec<VersionFilter>) -> TriggerKind {
    TriggerKind::ContinuousDeployment { alias: alias.to_owned(), filters, on_tagging: false }
}

fn branches(patterns: &[&str]) -> VersionFilter {
    let branches = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
    VersionFilter { branches, ..VersionFilter::default() }
}

#[test]
fn a_pipeline_with_sources_has_exactly_one_primary() {
    assert_eq!(problems(&with_sources()), NOTHING);
    for (primary, count) in [(false, 0), (true, 2)] {
        let mut definition = with_sources();
        for source in &mut definition.artifacts {
            source.primary = primary;
        }
        let expected = format!("artifacts: exactly one source must be primary, {count} are");
        assert_eq!(problems(&definition), [expected]);
    }
}

#[test]
fn aliases_are_unique_without_case() {
    let mut definition = with_sources();
    definition.artifacts[1].alias = "App".to_owned();
    let expected = ["artifacts[1].alias: \"App\" is already that of artifacts[0], spelled \"app\""];
    assert_eq!(problems(&definition), expected);
}

#[test]
fn an_alias_may_be_a_repository_with_its_owner() {
    let mut definition = with_sources();
    definition.artifacts[1].alias = "_octo/shop-web".to_owned();
    assert_eq!(problems(&definition), NOTHING);
    definition.artifacts[1].alias = String::new();
    assert_eq!(problems(&definition), ["artifacts[1].alias: must have 1 to 256 characters, has 0"]);
}

#[test]
fn a_default_version_and_a_kind_say_something() {
    let mut definition = with_sources();
    definition.artifacts[0].default_version = DefaultVersion::Specific(String::new());
    definition.artifacts[1].kind = ArtifactKind::Other(String::new());
    definition.artifacts[1].default_version =
        DefaultVersion::LatestOf { branch: String::new(), tags: [].into() };
    let expected = [
        "artifacts[0].default_version.specific: must not be empty",
        "artifacts[1].kind.other: must not be empty",
        "artifacts[1].default_version.latest-of.branch: must not be empty",
    ];
    assert_eq!(problems(&definition), expected);
}

#[test]
fn a_release_trigger_names_a_source_of_the_pipeline() {
    assert_eq!(problems_of_trigger(on_versions("APP", Vec::new())), NOTHING);
    let unknown = "there is no artifact source with the alias \"web\"";
    assert_eq!(
        problems_of_trigger(on_versions("web", Vec::new())),
        [format!("triggers[0].kind.continuous-deployment.alias: {unknown}")]
    );
    let pull_request = TriggerKind::PullRequest { alias: "web".to_owned(), filters: Vec::new() };
    assert_eq!(
        problems_of_trigger(pull_request),
        [format!("triggers[0].kind.pull-request.alias: {unknown}")]
    );
}

#[test]
fn a_trigger_that_is_not_enabled_may_name_a_source_that_is_not_there() {
    let problems = |enabled| {
        problems_after(|pipeline| {
            let kind = on_versions("app", Vec::new());
            pipeline.triggers = vec![ReleaseTrigger { enabled, kind }];
        })
    };
    assert_eq!((problems(false).len(), problems(true).len()), (0, 1));
}

#[test]
fn a_scheduled_trigger_has_a_schedule_that_can_come() {
    let schedule = Schedule::daily(ScheduleId(1), 3, 0).on([]);
    let found = problems_of_trigger(TriggerKind::Scheduled(schedule));
    assert_eq!(found, ["triggers[0].kind.scheduled.days: must have at least one day"]);
}

#[test]
fn scheduled_triggers_have_ids_of_their_own() {
    let trigger = |id| {
        let kind = TriggerKind::Scheduled(Schedule::daily(ScheduleId(id), 3, 0));
        ReleaseTrigger { enabled: true, kind }
    };
    let of = |ids: &[u32]| problems_after(|it| it.triggers = ids.iter().map(|&id| trigger(id)).collect());
    assert_eq!(of(&[1, 2]), NOTHING);
    let again = "triggers[2].kind.scheduled.id: 1 is already that of triggers[0].kind.scheduled";
    assert_eq!(of(&[1, 2, 1]), [again]);
}

#[test]
fn branch_patterns_name_something_once() {
    assert_eq!(
        problems_of_trigger(on_versions("app", vec![branches(&["*", "-main", "features/*"])])),
        NOTHING
    );
    let found = problems_of_trigger(on_versions("app", vec![branches(&["main", "-", "main"])]));
    let place = "triggers[0].kind.continuous-deployment.filters[0]";
    let expected = [
        format!("{place}.branches[1]: must name a branch or a pattern of branches"),
        format!("{place}.branches[2]: names \"main\" more than once"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_stage_filters_each_source_once_and_by_something() {
    let filter = |alias: &str, filters| StageArtifactFilter { alias: alias.to_owned(), filters };
    let of = |filters| {
        let mut definition = with_sources();
        definition.stages[0].artifact_filters = filters;
        problems(&definition)
    };
    let main = || vec![branches(&["main"])];
    assert_eq!(of(vec![filter("app", main()), filter("db", main())]), NOTHING);
    let found = of(vec![filter("app", Vec::new()), filter("App", main()), filter("web", main())]);
    let expected = [
        "stages[0].artifact_filters[0].filters: must have at least one filter",
        "stages[0].artifact_filters[1].alias: \"App\" is already that of artifact_filters[0], spelled \"app\"",
        "stages[0].artifact_filters[2].alias: there is no artifact source with the alias \"web\"",
    ];
    assert_eq!(found, expected);
}
