//! What the views are asked, and whether the naive fold answers the same.

use std::collections::BTreeSet;
use std::fmt::Debug;

use chrono::TimeDelta;
use cutover::status::StageStatus;
use cutover::{ApprovalId, DeploymentId, PipelineId, QueueId, ReleaseId, ReleaseState, StageId, Timestamp};
use cutover_engine::{
    ApprovalFilter, DeploymentFilter, DeploymentSummary, Page, QueueView, ReleaseFilter, ReleaseSummary,
    Views,
};
use proptest::prelude::*;

use super::naive::{self, Naive, is_found};
use crate::people::{USERS, actor, groups_of, user};
use crate::world::timestamp;

const STATUSES: [StageStatus; 8] = [
    StageStatus::NotStarted,
    StageStatus::Scheduled,
    StageStatus::Queued,
    StageStatus::InProgress,
    StageStatus::Succeeded,
    StageStatus::PartiallySucceeded,
    StageStatus::Rejected,
    StageStatus::Canceled,
];
const STATES: [ReleaseState; 3] = [ReleaseState::Draft, ReleaseState::Active, ReleaseState::Abandoned];
const VERSIONS: [&str; 4] = ["2.4.1", "WEB-7", "build 7", "none"];
const BRANCHES: [&str; 4] = ["main", "refs/heads/main", "refs/heads/topic/a", "Main"];
const TAGS: [&str; 4] = ["hot", "HOT", "hot fix", "late"];
const TEXTS: [&str; 20] = [
    "",
    "r",
    "release",
    "Release-1",
    "1",
    "hot",
    "HOT fix",
    "shop",
    "web",
    "web-sh",
    "api v2",
    "2.4",
    "4.1",
    "prod",
    "eu",
    "dev",
    "pipeline 1",
    "nobody",
    "-",
    "\u{dc}B",
];

/// What is asked after every commit of a case.
#[derive(Clone, Debug)]
pub struct Asked {
    releases: Vec<ReleasesAsked>,
    deployments: Vec<DeploymentsAsked>,
    texts: Vec<&'static str>,
    /// Lines of each page.
    at_most: usize,
    /// When the calendar begins and ends, in minutes.
    from: i64,
    until: i64,
}

#[derive(Clone, Debug)]
struct ReleasesAsked {
    pipeline: Option<PipelineId>,
    state: Option<ReleaseState>,
    at: Option<(QueueId, StageStatus)>,
    creator: Option<&'static str>,
    since: Option<i64>,
    before: Option<i64>,
    version: Option<&'static str>,
    branch: Option<&'static str>,
    tag: Option<&'static str>,
    kept: Option<bool>,
    text: &'static str,
    deleted: bool,
    /// The page after this release, which may not exist.
    after: Option<u64>,
}

#[derive(Clone, Debug)]
struct DeploymentsAsked {
    pipeline: Option<PipelineId>,
    release: Option<ReleaseId>,
    stage: Option<QueueId>,
    status: Option<StageStatus>,
    going_on: bool,
    requested_by: Option<&'static str>,
    since: Option<i64>,
    before: Option<i64>,
}

pub fn any_asked() -> impl Strategy<Value = Asked> {
    (
        prop::collection::vec(any_of_releases(), 6),
        prop::collection::vec(any_of_deployments(), 6),
        prop::collection::vec(any_text(), 4),
        1..=3_usize,
        -60..=600_i64,
        0..=5_000_i64,
    )
        .prop_map(|(mut releases, mut deployments, texts, at_most, from, further)| {
            // Everything is asked for always.
            releases[0] = ReleasesAsked { deleted: false, ..everything() };
            releases[1] = ReleasesAsked { deleted: true, ..everything() };
            deployments[0] = every_deployment();
            deployments[1] = DeploymentsAsked { going_on: true, ..every_deployment() };
            Asked { releases, deployments, texts, at_most, from, until: from + further }
        })
}

fn everything() -> ReleasesAsked {
    ReleasesAsked {
        pipeline: None,
        state: None,
        at: None,
        creator: None,
        since: None,
        before: None,
        version: None,
        branch: None,
        tag: None,
        kept: None,
        text: "",
        deleted: false,
        after: None,
    }
}

fn every_deployment() -> DeploymentsAsked {
    DeploymentsAsked {
        pipeline: None,
        release: None,
        stage: None,
        status: None,
        going_on: false,
        requested_by: None,
        since: None,
        before: None,
    }
}

/// Mostly none: several conditions at once leave nothing to be seen.
fn perhaps<T: Clone + Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    prop::option::weighted(0.2, value)
}

fn any_pipeline() -> impl Strategy<Value = PipelineId> {
    (1..=3_u64).prop_map(PipelineId)
}

fn any_stage() -> impl Strategy<Value = QueueId> {
    (any_pipeline(), 1..=4_u32).prop_map(|(pipeline, stage)| QueueId { pipeline, stage: StageId(stage) })
}

fn any_status() -> impl Strategy<Value = StageStatus> {
    prop::sample::select(STATUSES.to_vec())
}

fn any_text() -> impl Strategy<Value = &'static str> {
    prop::sample::select(TEXTS.to_vec())
}

fn any_of_releases() -> impl Strategy<Value = ReleasesAsked> {
    let what = (
        perhaps(any_pipeline()),
        perhaps(prop::sample::select(STATES.to_vec())),
        perhaps((any_stage(), any_status())),
        perhaps(prop::sample::select(USERS.to_vec())),
        perhaps(-5..=600_i64),
        perhaps(-5..=600_i64),
    );
    let named = (
        perhaps(prop::sample::select(VERSIONS.to_vec())),
        perhaps(prop::sample::select(BRANCHES.to_vec())),
        perhaps(prop::sample::select(TAGS.to_vec())),
        perhaps(any::<bool>()),
        prop_oneof![2 => Just(""), 1 => any_text()],
        prop::bool::weighted(0.2),
        perhaps(0..=20_u64),
    );
    (what, named).prop_map(|((pipeline, state, at, creator, since, before), named)| {
        let (version, branch, tag, kept, text, deleted, after) = named;
        ReleasesAsked {
            pipeline,
            state,
            at,
            creator,
            since,
            before,
            version,
            branch,
            tag,
            kept,
            text,
            deleted,
            after,
        }
    })
}

fn any_of_deployments() -> impl Strategy<Value = DeploymentsAsked> {
    (
        perhaps(any_pipeline()),
        perhaps((1..=12_u64).prop_map(ReleaseId)),
        perhaps(any_stage()),
        perhaps(any_status()),
        prop::bool::weighted(0.2),
        perhaps(prop::sample::select(USERS.to_vec())),
        perhaps(-5..=600_i64),
        perhaps(-5..=600_i64),
    )
        .prop_map(|(pipeline, release, stage, status, going_on, requested_by, since, before)| {
            DeploymentsAsked { pipeline, release, stage, status, going_on, requested_by, since, before }
        })
}

fn is_within(at: Timestamp, since: Option<i64>, before: Option<i64>) -> bool {
    since.is_none_or(|since| timestamp(since) <= at) && before.is_none_or(|before| at < timestamp(before))
}

impl ReleasesAsked {
    fn filter(&self) -> ReleaseFilter {
        let mut filter = self.pipeline.map_or_else(ReleaseFilter::all, ReleaseFilter::of).matching(self.text);
        filter = self.state.into_iter().fold(filter, ReleaseFilter::in_state);
        filter = self.at.into_iter().fold(filter, |filter, (stage, status)| filter.at(stage, status));
        filter = self.creator.into_iter().fold(filter, |filter, by| filter.created_by(actor(by)));
        filter = self.since.into_iter().fold(filter, |filter, at| filter.created_since(timestamp(at)));
        filter = self.before.into_iter().fold(filter, |filter, at| filter.created_before(timestamp(at)));
        filter = self.version.into_iter().fold(filter, ReleaseFilter::with_version);
        filter = self.branch.into_iter().fold(filter, ReleaseFilter::of_branch);
        filter = self.tag.into_iter().fold(filter, ReleaseFilter::with_tag);
        filter = match self.kept {
            Some(true) => filter.kept_forever(),
            Some(false) => filter.not_kept_forever(),
            None => filter,
        };
        if self.deleted { filter.deleted() } else { filter }
    }

    fn fits(&self, release: &ReleaseSummary) -> bool {
        let names = || {
            let versions = release.versions.iter().flat_map(|version| [&*version.id, &*version.name]);
            std::iter::once(release.name.as_str()).chain(versions).collect::<Vec<_>>()
        };
        let short = |branch: &str| branch.strip_prefix("refs/heads/").unwrap_or(branch).to_owned();
        self.pipeline.is_none_or(|pipeline| release.pipeline == pipeline)
            && self.state.is_none_or(|state| release.state == state)
            && self.at.is_none_or(|(stage, status)| {
                release.pipeline == stage.pipeline && release.status(stage.stage) == status
            })
            && self.creator.is_none_or(|by| release.creator == actor(by))
            && is_within(release.created_at, self.since, self.before)
            && self.version.is_none_or(|text| {
                let is_it = |other: &str| other.to_lowercase() == text.to_lowercase();
                release.versions.iter().any(|version| is_it(&version.id) || is_it(&version.name))
            })
            && self.branch.is_none_or(|branch| {
                release.versions.iter().any(|version| short(&version.branch) == short(branch))
            })
            && self
                .tag
                .is_none_or(|tag| release.tags.iter().any(|it| it.to_lowercase() == tag.to_lowercase()))
            && self.kept.is_none_or(|kept| release.is_kept_forever == kept)
            && is_found(names(), self.text)
            && release.deleted_at.is_some() == self.deleted
    }
}

impl DeploymentsAsked {
    fn filter(&self) -> DeploymentFilter {
        let all = DeploymentFilter::all();
        let mut filter = if self.going_on { DeploymentFilter::going_on() } else { all };
        filter = self.pipeline.into_iter().fold(filter, DeploymentFilter::of);
        filter = self.release.into_iter().fold(filter, DeploymentFilter::of_release);
        filter = self.stage.into_iter().fold(filter, DeploymentFilter::to);
        filter = self.status.into_iter().fold(filter, DeploymentFilter::in_status);
        filter = self.requested_by.into_iter().fold(filter, |filter, by| filter.requested_by(actor(by)));
        filter = self.since.into_iter().fold(filter, |filter, at| filter.triggered_since(timestamp(at)));
        self.before.into_iter().fold(filter, |filter, at| filter.triggered_before(timestamp(at)))
    }

    fn fits(&self, deployment: &DeploymentSummary) -> bool {
        self.pipeline.is_none_or(|pipeline| deployment.pipeline == pipeline)
            && self.release.is_none_or(|release| deployment.id.release == release)
            && self.stage.is_none_or(|stage| deployment.queue() == stage)
            && self.status.is_none_or(|status| deployment.status == status)
            && (!self.going_on || deployment.over.is_none())
            && self.requested_by.is_none_or(|by| deployment.requested_by == actor(by))
            && is_within(deployment.triggered_at, self.since, self.before)
    }
}

/// Whether the pages, one after the other, are what is expected; each says how much there is.
fn pages<T: PartialEq + Debug, C: Copy + Debug>(
    what: &dyn Debug,
    expected: &[T],
    page: impl Fn(Option<C>) -> Page<T, C>,
) -> Result<(), String> {
    let (mut found, mut next) = (Vec::new(), None);
    loop {
        let here = page(next);
        if here.total != expected.len() as u64 {
            return Err(format!(
                "{what:?}: {} in all, expected {}: {expected:#?}",
                here.total,
                expected.len()
            ));
        }
        if here.items.is_empty() && here.next.is_some() {
            return Err(format!("{what:?}: an empty page that goes on"));
        }
        next = here.next;
        found.extend(here);
        if next.is_none() || found.len() > expected.len() {
            break;
        }
    }
    is_it(what, &found.as_slice(), &expected)
}

fn is_it<T: PartialEq + Debug>(what: &dyn Debug, found: &T, expected: &T) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what:?}: {found:#?}\nexpected {expected:#?}")) }
}

/// One condition after the other, each by itself.
fn each_condition() -> (Vec<ReleasesAsked>, Vec<DeploymentsAsked>) {
    let (mut releases, mut deployments) = (Vec::new(), Vec::new());
    let stages = [(1, 1), (1, 2), (2, 1), (2, 2)];
    let stages =
        stages.map(|(pipeline, stage)| QueueId { pipeline: PipelineId(pipeline), stage: StageId(stage) });
    for status in STATUSES {
        releases.extend(stages.map(|stage| ReleasesAsked { at: Some((stage, status)), ..everything() }));
        deployments.push(DeploymentsAsked { status: Some(status), ..every_deployment() });
    }
    for name in USERS {
        releases.push(ReleasesAsked { creator: Some(name), ..everything() });
        deployments.push(DeploymentsAsked { requested_by: Some(name), ..every_deployment() });
    }
    deployments.extend(stages.map(|stage| DeploymentsAsked { stage: Some(stage), ..every_deployment() }));
    releases.extend(STATES.map(|state| ReleasesAsked { state: Some(state), ..everything() }));
    releases.extend(VERSIONS.map(|version| ReleasesAsked { version: Some(version), ..everything() }));
    releases.extend(BRANCHES.map(|branch| ReleasesAsked { branch: Some(branch), ..everything() }));
    releases.extend(TAGS.map(|tag| ReleasesAsked { tag: Some(tag), ..everything() }));
    releases.extend([true, false].map(|kept| ReleasesAsked { kept: Some(kept), ..everything() }));
    releases.extend(TEXTS.map(|text| ReleasesAsked { text, ..everything() }));
    (releases, deployments)
}

/// What somebody asks who has asked nothing else: each condition by itself, and every text.
pub fn is_the_same_in_each(views: &Views, naive: &Naive) -> Result<(), String> {
    let (releases, deployments) = each_condition();
    let texts = TEXTS.to_vec();
    is_the_same(views, naive, &Asked { releases, deployments, texts, at_most: 50, from: 0, until: 1_000 })
}

pub fn is_the_same(views: &Views, naive: &Naive, asked: &Asked) -> Result<(), String> {
    releases(views, naive, asked)?;
    deployments(views, naive, asked)?;
    approvals(views, naive, asked)?;
    places(views, naive, asked)?;
    let (from, until) = (timestamp(asked.from), timestamp(asked.until));
    for (from, until) in [(from, until), (from, from + TimeDelta::days(400))] {
        let expected = naive.calendar(from, until);
        is_it(&("calendar", from, until), &views.calendar(from, until, 500), &expected)?;
        let first = expected.into_iter().take(asked.at_most).collect();
        is_it(&"the calendar's beginning", &views.calendar(from, until, asked.at_most), &first)?;
    }
    asked.texts.iter().try_for_each(|text| search(views, naive, text, asked.at_most))
}

fn releases(views: &Views, naive: &Naive, asked: &Asked) -> Result<(), String> {
    let all = naive.releases();
    for query in &asked.releases {
        let fits: Vec<ReleaseSummary> = all.iter().filter(|it| query.fits(it)).cloned().collect();
        let filter = query.filter();
        pages(query, &fits, |next: Option<ReleaseId>| {
            views.releases(
                &next.into_iter().fold(filter.clone().at_most(asked.at_most), ReleaseFilter::before),
            )
        })?;
        let Some(after) = query.after.map(ReleaseId) else { continue };
        // Whether or not there is one with this number.
        let later: Vec<_> =
            fits.into_iter().filter(|release| release.id < after).take(asked.at_most).collect();
        let page = views.releases(&filter.before(after).at_most(asked.at_most));
        is_it(&("before", query), &page.items, &later)?;
    }
    for release in &all {
        is_it(&"a release", &views.release(release.id).as_ref(), &Some(release))?;
    }
    Ok(())
}

fn deployments(views: &Views, naive: &Naive, asked: &Asked) -> Result<(), String> {
    let all = naive.deployments();
    for query in &asked.deployments {
        let fits: Vec<DeploymentSummary> = all.iter().filter(|it| query.fits(it)).cloned().collect();
        let filter = query.filter();
        pages(query, &fits, |next: Option<DeploymentId>| {
            views.deployments(
                &next.into_iter().fold(filter.clone().at_most(asked.at_most), DeploymentFilter::before),
            )
        })?;
    }
    Ok(())
}

fn approvals(views: &Views, naive: &Naive, asked: &Asked) -> Result<(), String> {
    let page = |filter: ApprovalFilter| {
        move |next: Option<ApprovalId>| {
            views.approvals(
                &next.into_iter().fold(filter.clone().at_most(asked.at_most), ApprovalFilter::after),
            )
        }
    };
    pages(&"all approvals", &naive.approvals(None), page(ApprovalFilter::all()))?;
    for name in USERS {
        let (user, groups) = (user(name), groups_of(name));
        let expected = naive.approvals(Some((&user, &groups)));
        is_it(&name, &views.pending_approvals(&user, &groups), &expected)?;
        pages(&name, &expected, page(ApprovalFilter::of(user, groups)))?;
    }
    Ok(())
}

/// What is deployed where, and the queues.
fn places(views: &Views, naive: &Naive, asked: &Asked) -> Result<(), String> {
    let pipelines = naive.pipelines();
    is_it(&"pipelines", &views.pipelines(), &pipelines)?;
    let mut names = BTreeSet::new();
    for pipeline in &pipelines {
        let deployed = pipeline
            .stages
            .iter()
            .map(|(stage, name)| naive.deployed_at(QueueId { pipeline: pipeline.id, stage: *stage }, name));
        is_it(&"deployed where", &views.deployed_where(pipeline.id), &deployed.collect())?;
        names.extend(pipeline.stages.iter().map(|(_, name)| name.to_uppercase()));
        for (stage, _) in &pipeline.stages {
            let id = QueueId { pipeline: pipeline.id, stage: *stage };
            let (expected, mut found, mut next) = (naive.queue(id), Vec::new(), Some(0));
            while let Some(from) = next {
                let QueueView { lines, next: further, holding, waiting, .. } =
                    views.queue(id, from, asked.at_most);
                found.extend(lines);
                next = further;
                let queue = crate::seen::queue(&naive.world, id);
                let counts = queue.map_or((0, 0), |queue| (queue.holders().len(), queue.waiting().len()));
                is_it(&"how many hold and wait", &(holding, waiting), &counts)?;
            }
            is_it(&("queue", id), &found, &expected)?;
        }
    }
    let there = naive.pipelines_there();
    for name in names {
        let stages =
            there.iter().flat_map(|pipeline| pipeline.stages.iter().map(move |stage| (pipeline.id, stage)));
        let named = stages.filter(|(_, (_, other))| other.to_uppercase() == name);
        let mut named: Vec<_> = named.collect();
        named.sort_by_key(|(pipeline, (stage, _))| (*pipeline, *stage));
        let expected: Vec<_> = named
            .into_iter()
            .map(|(pipeline, (stage, name))| naive.deployed_at(QueueId { pipeline, stage: *stage }, name))
            .collect();
        pages(&name, &expected, |next: Option<QueueId>| views.deployed_to(&name, next, asked.at_most))?;
    }
    Ok(())
}

fn search(views: &Views, naive: &Naive, text: &str, at_most: usize) -> Result<(), String> {
    let found = views.search(text, 100);
    if text.chars().all(|character| !character.is_alphanumeric()) {
        return is_it(&"nothing is looked for", &(found.pipelines.len(), found.releases.len()), &(0, 0));
    }
    let mut pipelines = naive.pipelines_there();
    pipelines.retain(|pipeline| is_found([pipeline.name.as_str()], text));
    is_it(&("pipelines", text), &found.pipelines, &pipelines)?;
    is_it(&("stages", text), &naive::by_stage(&found.stages), &naive.stages_named(text))?;
    is_it(&("versions", text), &naive::by_version(&found.versions), &naive.versions_named(text))?;
    let mut releases = naive.releases();
    releases.retain(|release| {
        ReleasesAsked { text: "", ..everything() }.fits(release) && {
            let versions = release.versions.iter().flat_map(|version| [&*version.id, &*version.name]);
            is_found(std::iter::once(release.name.as_str()).chain(versions).collect::<Vec<_>>(), text)
        }
    });
    is_it(&("releases", text), &found.releases.items, &releases)?;
    let few = views.search(text, at_most);
    let counts = (few.pipelines.len(), few.stages.len(), few.versions.len(), few.releases.len());
    let expected = (found.pipelines.len(), found.stages.len(), found.versions.len(), found.releases.len());
    let expected =
        (expected.0.min(at_most), expected.1.min(at_most), expected.2.min(at_most), expected.3.min(at_most));
    is_it(&("no more than was asked for", text), &counts, &expected)
}
