//! The engine's views with 100,000 releases: what each list takes to answer, how long they take to be folded from the log, and what they weigh.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use criterion::{Criterion, criterion_group, criterion_main};
use cutover::status::StageStatus;
use cutover::store::EventStore;
use cutover::{
    Actor, ArtifactKind, ArtifactSource, ArtifactVersion, DefaultVersion, GroupId, NewRelease,
    PipelineDefinition, PipelineId, QueueId, ReleaseId, ReleaseState, StageId, Timestamp, UserId,
};
use cutover_engine::{ApprovalFilter, DeploymentFilter, Engine, ReleaseFilter, Views};
use cutover_store_memory::MemoryStore;
use futures::executor::block_on;
use support::{Line, definition};

const PIPELINES: u64 = 50;
const RELEASES: u64 = 100_000;

/// Of each pipeline, the newest that wait for an approval; of the first pipeline, those that wait for a slot.
const PENDING: u64 = 20;
const QUEUED: u64 = 500;

/// A pipeline as the other benches have it, with an artifact source.
fn shop(number: u64) -> PipelineDefinition {
    let source = ArtifactSource {
        alias: "web".to_owned(),
        kind: ArtifactKind::Build,
        reference: BTreeMap::from([("definition".to_owned(), number.to_string())]),
        primary: true,
        default_version: DefaultVersion::ChosenAtCreation,
    };
    PipelineDefinition { artifacts: vec![source], ..definition(number) }
}

fn second(number: u64) -> Timestamp {
    Timestamp::UNIX_EPOCH + TimeDelta::seconds(number.cast_signed())
}

/// The log that such pipelines leave: each command is decided and committed as an engine does it.
fn record(store: &Arc<dyn EventStore>) {
    block_on(async {
        let mut lines = Vec::new();
        for number in 1..=PIPELINES {
            lines.push(Line::of(Some(Arc::clone(store)), number, shop(number)).await);
        }
        let each = RELEASES / PIPELINES;
        for round in 0..each {
            for (line, place) in lines.iter_mut().zip(0..) {
                let number = round * PIPELINES + place + 1;
                line.go_to(second(number));
                let branch = if number.is_multiple_of(10) { "topic/a" } else { "refs/heads/main" };
                let version = ArtifactVersion::new(format!("1.{round}.{place}")).on_branch(branch);
                let request = NewRelease {
                    artifacts: BTreeMap::from([("web".to_owned(), version)]),
                    ..NewRelease::default()
                };
                let by = format!("user:u{}", number % 20);
                let steps = match place {
                    _ if round + PENDING >= each => support::Until::Approval,
                    0 if round + PENDING + QUEUED >= each => support::Until::LastStage,
                    _ => support::Until::End,
                };
                line.live_until(ReleaseId(number), &by, request, steps).await;
            }
        }
    });
}

/// Bytes of memory that the process has.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = status.split(' ').nth(1)?.parse().ok()?;
    Some(pages * 4_096)
}

fn built() -> Engine {
    let store: Arc<dyn EventStore> = Arc::new(MemoryStore::new());
    let begun = Instant::now();
    record(&store);
    println!("recorded in {:.1} s", begun.elapsed().as_secs_f64());
    let (before, begun) = (resident(), Instant::now());
    let engine = block_on(Engine::builder(store).build()).expect("the log can be folded");
    println!("views: folded from the log in {:.1} s", begun.elapsed().as_secs_f64());
    if let Some(weighs) = before.zip(resident()).map(|(before, after)| after.saturating_sub(before)) {
        println!("views: {} bytes for each of {RELEASES} releases", weighs / RELEASES);
    }
    engine
}

type Question = (&'static str, Box<dyn Fn(&Views) -> usize>);

fn of_releases(name: &'static str, filter: ReleaseFilter) -> Question {
    (name, Box::new(move |views| views.releases(&filter).len()))
}

fn of_deployments(name: &'static str, filter: DeploymentFilter) -> Question {
    (name, Box::new(move |views| views.deployments(&filter).len()))
}

fn questions() -> Vec<Question> {
    let all = ReleaseFilter::all;
    let [first, last] = [1, PIPELINES].map(PipelineId);
    let production = QueueId { pipeline: first, stage: StageId(3) };
    let user = |number: u64| Actor::User(UserId::new(format!("u{number}")).expect("an id"));
    let (ann, ops) = (UserId::new("ann").expect("an id"), GroupId::new("ops").expect("an id"));
    let (half, end) = (second(RELEASES / 2), second(RELEASES * 2));
    vec![
        of_releases("releases: the newest 100", all()),
        of_releases("releases: the newest 250", all().at_most(250)),
        of_releases("releases: the last page", all().before(ReleaseId(101))),
        of_releases(
            "releases: of a pipeline, active",
            ReleaseFilter::of(last).in_state(ReleaseState::Active),
        ),
        of_releases("releases: a stage succeeded", all().at(production, StageStatus::Succeeded)),
        of_releases("releases: a stage not started", all().at(production, StageStatus::NotStarted)),
        of_releases(
            "releases: by a creator, one half of the time",
            all().created_by(user(7)).created_before(half),
        ),
        of_releases("releases: with a version", all().with_version("1.1000.7")),
        of_releases("releases: of a branch", all().of_branch("topic/a")),
        of_releases("releases: kept (none)", all().kept_forever()),
        of_releases("releases: not kept", all().not_kept_forever()),
        of_releases("releases: text that all have", all().matching("release")),
        of_releases("releases: text that some have", all().matching("1.10 rel")),
        of_releases("releases: text that none has", all().matching("zzz")),
        of_releases("releases: two texts, never together", all().matching("1.1000.7 release-7")),
        of_releases(
            "releases: a branch and a creator, never together",
            all().of_branch("topic/a").created_by(user(7)),
        ),
        of_releases(
            "releases: a creator and a moment, never together",
            all().created_by(user(7)).created_since(end),
        ),
        of_releases("releases: deleted (none)", all().deleted()),
        of_deployments("deployments: the newest 100", DeploymentFilter::all()),
        of_deployments("deployments: going on", DeploymentFilter::going_on()),
        of_deployments(
            "deployments: to a stage, succeeded, one half of the time",
            DeploymentFilter::all().to(production).in_status(StageStatus::Succeeded).triggered_before(half),
        ),
        of_deployments(
            "deployments: rejected (none), by a creator",
            DeploymentFilter::all().in_status(StageStatus::Rejected).requested_by(user(7)),
        ),
        (
            "approvals: of a user and their groups",
            Box::new(move |views| {
                views.approvals(&ApprovalFilter::of(ann.clone(), BTreeSet::from([ops.clone()]))).len()
            }),
        ),
        ("deployed where: a pipeline", Box::new(move |views| views.deployed_where(first).len())),
        (
            "deployed where: a stage's name",
            Box::new(|views| views.deployed_to("production", None, 250).len()),
        ),
        ("queue: the first 100", Box::new(move |views| views.queue(production, 0, 100).lines.len())),
        (
            "queue: 100 from the 300th on",
            Box::new(move |views| views.queue(production, 300, 100).lines.len()),
        ),
        (
            "calendar: what comes next",
            Box::new(move |views| views.calendar(half, end + TimeDelta::days(90), 100).len()),
        ),
        ("search: what all have", Box::new(|views| views.search("r", 20).releases.len())),
        ("search: what some have", Box::new(|views| views.search("1.10", 100).versions.len())),
        ("search: what none has", Box::new(|views| views.search("shop zzz", 20).releases.len())),
    ]
}

fn views(criterion: &mut Criterion) {
    let engine = built();
    let mut group = criterion.benchmark_group("views");
    for (name, ask) in questions() {
        let lines = ask(engine.views());
        group.bench_function(format!("{name} ({lines} lines)"), |bencher| {
            bencher.iter(|| ask(engine.views()))
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    targets = views
}
criterion_main!(benches);
