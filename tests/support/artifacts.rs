//! Steps about artifact sources and their versions, release triggers and schedules.

use std::collections::BTreeSet;

use cucumber::gherkin::Step;
use cucumber::{given, then, when};
use cutover::transaction::Command;
use cutover::{
    ArtifactCommand, ArtifactKind, ArtifactSource, ArtifactVersion, DefaultVersion, Event, PipelineEvent,
    PullRequest, ReleaseTrigger, Schedule, ScheduleId, SourceId, StageArtifactFilter, Subject, TriggerKind,
    VersionFilter, Weekday,
};

use super::spec::Spec;
use super::words::{self, Row, lines, rows};

#[given("these artifact sources:")]
fn artifacts(spec: &mut Spec, step: &Step) {
    for row in rows(step, &["alias", "primary", "kind", "build definition", "default version"]) {
        let mut source = ArtifactSource {
            alias: row.cell("alias").to_owned(),
            kind: kind(row.cell("kind")),
            reference: std::collections::BTreeMap::new(),
            primary: row.cell("primary") == "yes",
            default_version: default_version(row.cell("default version")),
        };
        // Without one, what it points to is told apart by its alias.
        let name = row.has("build definition").unwrap_or(row.cell("alias"));
        source.reference.insert("definition".to_owned(), name.to_owned());
        spec.editor().definition.artifacts.push(source);
    }
}

fn kind(word: &str) -> ArtifactKind {
    match word {
        "" | "build" => ArtifactKind::Build,
        "git" => ArtifactKind::Git,
        "images" => ArtifactKind::ContainerRegistry,
        "packages" => ArtifactKind::PackageFeed,
        "webhook" => ArtifactKind::Other("webhook".to_owned()),
        other => panic!("no kind of artifact source: {other:?}"),
    }
}

/// `latest`, `latest of main`, `latest of main tagged good`, `version 18`, `chosen`.
fn default_version(text: &str) -> DefaultVersion {
    match text {
        "" | "latest" => return DefaultVersion::Latest,
        "chosen" => return DefaultVersion::ChosenAtCreation,
        _ => {}
    }
    if let Some(id) = text.strip_prefix("version ") {
        return DefaultVersion::Specific(id.to_owned());
    }
    let of = text.strip_prefix("latest of ").unwrap_or_else(|| panic!("no default version: {text:?}"));
    let (branch, tags) = of.split_once(" tagged ").unwrap_or((of, ""));
    DefaultVersion::LatestOf { branch: branch.to_owned(), tags: words::list(tags).into_iter().collect() }
}

#[given("these release triggers:")]
fn triggers(spec: &mut Spec, step: &Step) {
    const COLUMNS: &[&str] =
        &["on", "kind", "branches", "tags", "pattern", "default branch", "on tagging", "enabled"];
    for row in rows(step, COLUMNS) {
        let filter = filter(&row);
        let filters = if filter == VersionFilter::default() { Vec::new() } else { vec![filter] };
        let alias = row.cell("on").to_owned();
        let kind = match row.cell("kind") {
            "" | "versions" => {
                let on_tagging = row.cell("on tagging") == "yes";
                TriggerKind::ContinuousDeployment { alias, filters, on_tagging }
            }
            "pull requests" => TriggerKind::PullRequest { alias, filters },
            other => panic!("no kind of trigger: {other:?}"),
        };
        let enabled = row.cell("enabled") != "no";
        spec.editor().definition.triggers.push(ReleaseTrigger { enabled, kind });
    }
}

fn filter(row: &Row<'_>) -> VersionFilter {
    VersionFilter {
        branches: words::list(row.cell("branches")),
        tags: words::list(row.cell("tags")).into_iter().collect(),
        version_pattern: row.has("pattern").filter(|it| !it.is_empty()).map(ToOwned::to_owned),
        default_branch_only: row.cell("default branch") == "yes",
    }
}

#[given("there are no release triggers")]
fn no_triggers(spec: &mut Spec) {
    spec.editor().definition.triggers.clear();
}

#[given("these release schedules:")]
fn schedules(spec: &mut Spec, step: &Step) {
    const COLUMNS: &[&str] = &["id", "days", "at", "zone", "only with changes", "missed after", "enabled"];
    for (id, row) in (1..).zip(rows(step, COLUMNS)) {
        let id = row.has("id").map_or(id, |id| id.parse().expect("a schedule's id"));
        let (hour, minute) = row.cell("at").split_once(':').expect("a time: 03:00");
        let mut schedule = Schedule::daily(
            ScheduleId(id),
            hour.parse().expect("an hour"),
            minute.parse().expect("a minute"),
        );
        schedule.days = days(row.cell("days"));
        row.cell("zone").clone_into(&mut schedule.zone);
        schedule.only_with_changes = row.cell("only with changes") == "yes";
        if let Some(minutes) = row.has("missed after").filter(|minutes| !minutes.is_empty()) {
            schedule.missed_after_minutes = minutes.parse().expect("minutes");
        }
        let enabled = row.cell("enabled") != "no";
        let kind = TriggerKind::Scheduled(schedule);
        spec.editor().definition.triggers.push(ReleaseTrigger { enabled, kind });
    }
}

fn days(text: &str) -> BTreeSet<Weekday> {
    match text {
        "" | "every day" => Weekday::ALL.into(),
        "working days" => Weekday::WORKING.into(),
        _ => words::list(text)
            .iter()
            .map(|day| serde_json::from_value(day.to_lowercase().into()).expect("a day of the week"))
            .collect(),
    }
}

#[given(regex = r"^(\S+) takes only versions of (\S+) from (\S+)(?: tagged (.+))?$")]
fn takes_only(spec: &mut Spec, stage: String, alias: String, branches: String, tags: String) {
    let branches = branches.split(',').map(ToOwned::to_owned).collect();
    let tags = words::list(&tags).into_iter().collect();
    let filters = vec![VersionFilter { branches, tags, ..VersionFilter::default() }];
    spec.edited_stage(&stage).artifact_filters.push(StageArtifactFilter { alias, filters });
}

#[given(regex = r"^(\S+) takes pull requests$")]
fn takes_pull_requests(spec: &mut Spec, stage: String) {
    spec.edited_stage(&stage).pull_requests = true;
}

/// The feed of a source of the pipeline that steps speak of, as it is edited.
fn source(spec: &mut Spec, alias: &str) -> SourceId {
    let source = spec.editor().definition.artifact(alias);
    source.unwrap_or_else(|| panic!("no artifact source {alias}")).source()
}

async fn publish(spec: &mut Spec, alias: &str, version: ArtifactVersion) {
    spec.save_if_new().await;
    let source = source(spec, alias);
    let host = words::actor("the system");
    spec.give(&host, Command::Artifact(source, ArtifactCommand::Publish(version))).await;
}

#[when(regex = r"^versions? (\S+(?:(?:, | and | to )\S+)*) of (\S+) (?:is|are) published(?: on (\S+))?$")]
async fn published(spec: &mut Spec, versions: String, alias: String, branch: String) {
    for id in words::list(&versions) {
        publish(spec, &alias, ArtifactVersion::new(id).on_branch(&*branch)).await;
    }
}

#[when(regex = r"^version (\S+) of (\S+) is published with:$")]
async fn published_with(spec: &mut Spec, id: String, alias: String, step: &Step) {
    let mut version = ArtifactVersion::new(id);
    for line in lines(step) {
        let [field, value] = line[..] else { panic!("each line has two cells: {line:?}") };
        match field {
            "name" => value.clone_into(&mut version.name),
            "branch" => value.clone_into(&mut version.branch),
            "commit" => value.clone_into(&mut version.commit),
            "tags" => version.tags = words::list(value).into_iter().collect(),
            "time" => version.time = Some(words::moment(value)),
            "default branch" => version.is_of_default_branch = value == "yes",
            "pull request into" => {
                version.pull_request = Some(PullRequest { target_branch: value.to_owned() });
            }
            other => panic!("a version has no {other:?}"),
        }
    }
    publish(spec, &alias, version).await;
}

#[when(regex = r"^version (\S+) of (\S+) is tagged (.+)$")]
async fn tagged(spec: &mut Spec, version: String, alias: String, tags: String) {
    let source = source(spec, &alias);
    let tags = words::list(&tags).into_iter().collect();
    let host = words::actor("the system");
    spec.give(&host, Command::Artifact(source, ArtifactCommand::Tag { version, tags })).await;
}

#[then(regex = r"^the pipeline has (\d+) releases?$")]
fn has_releases(spec: &mut Spec, count: usize) {
    let id = spec.editor().id;
    let releases =
        spec.seen().releases().filter(|(_, release)| release.about().expect("it exists").pipeline == id);
    assert_eq!(releases.count(), count);
}

/// Why triggers of the pipeline that steps speak of made no release, each once, in order.
#[then("these triggers declined:")]
fn declined(spec: &mut Spec, step: &Step) {
    let told = declines(spec);
    let expected: Vec<Vec<&str>> = lines(step);
    assert_eq!(told, expected, "the trigger's place, and why");
}

#[then("no trigger declined")]
fn none_declined(spec: &mut Spec) {
    assert_eq!(declines(spec), Vec::<Vec<String>>::new());
}

fn pipeline_events(spec: &mut Spec) -> Vec<(String, PipelineEvent)> {
    let subject = Subject::Pipeline(spec.editor().id);
    let stream = subject.stream();
    let events = spec.seen().log().iter().flat_map(|commit| &commit.events);
    let decoded = events.filter(|event| event.stream == stream).map(|event| {
        match Event::decode(&subject, event).expect("it was recorded by this version") {
            Event::Pipeline(decoded) => (event.header.time.format("%Y-%m-%d %H:%M").to_string(), decoded),
            other => panic!("{other:?} in the stream of a pipeline"),
        }
    });
    decoded.collect()
}

fn declines(spec: &mut Spec) -> Vec<Vec<String>> {
    let declines = pipeline_events(spec).into_iter().filter_map(|(_, event)| match event {
        PipelineEvent::TriggerDeclined { trigger, because, .. } => {
            Some(vec![trigger.to_string(), because.to_string()])
        }
        _ => None,
    });
    declines.collect()
}

/// When releases were made by schedules, and by which.
#[then("releases were made on schedule:")]
fn on_schedule(spec: &mut Spec, step: &Step) {
    let events = pipeline_events(spec);
    let fired = events.into_iter().filter_map(|(at, event)| match event {
        PipelineEvent::ScheduleFired { schedule, .. } => Some(vec![schedule.to_string(), at]),
        _ => None,
    });
    assert_eq!(fired.collect::<Vec<_>>(), lines(step), "the schedule's id, and when");
}

#[then(regex = r"^(\d+) occurrences? of schedule (\d+) (?:was|were) missed$")]
fn missed(spec: &mut Spec, count: u64, id: u32) {
    let missed = pipeline_events(spec).into_iter().filter_map(|(_, event)| match event {
        PipelineEvent::ScheduleCame { schedule, missed, .. } if schedule == ScheduleId(id) => missed,
        _ => None,
    });
    assert_eq!(missed.map(|missed| missed.count).sum::<u64>(), count);
}
