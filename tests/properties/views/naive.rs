//! Every state there is, and answers that look at each of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cutover::deployment::{Deployment, DeploymentEvent, Phase};
use cutover::retention::KeepForever;
use cutover::schedule::Standing;
use cutover::status::operation_status;
use cutover::store::RecordedCommit;
use cutover::transaction::{Folded, World};
use cutover::{
    Activity, Approver, BlockerKind, DeploymentId, Event, GroupId, Pipeline, PipelineId, PipelineStatus,
    QueueId, Release, ReleaseEvent, ReleaseId, Subject, Surroundings, Timestamp, UserId, explain,
};
use cutover_engine::{
    Coming, DeployedAt, DeploymentSummary, Due, PendingApproval, PipelineSummary, QueueLine, QueuePlace,
    ReleaseSummary, ReleaseVersion, StageHit, VersionHit,
};

use crate::seen;

#[derive(Default)]
pub struct Naive {
    pub world: World,
    /// Every deployment, in the order in which they were triggered.
    triggered: Vec<DeploymentId>,
    /// When which release of a pipeline was made last, and how many were.
    made: BTreeMap<PipelineId, (u64, ReleaseId)>,
}

impl Naive {
    pub fn fold(&mut self, commit: &RecordedCommit) -> Result<(), String> {
        for event in &commit.events {
            let subject = Subject::try_from(&event.stream).map_err(|error| error.to_string())?;
            let known = self.world.get(&subject);
            let mut folded = known.map_or_else(|| Folded::empty(subject.clone()), |it| (**it).clone());
            folded.apply(event).map_err(|error| error.to_string())?;
            self.world.insert(Arc::new(folded));
            match Event::decode(&subject, event).map_err(|error| error.to_string())? {
                Event::Release(ReleaseEvent::Deployment(DeploymentEvent::Triggered(trigger))) => {
                    self.triggered.push(trigger.deployment);
                }
                Event::Release(ReleaseEvent::Created(created)) => {
                    let made = self.made.entry(created.pipeline).or_insert((0, created.release));
                    *made = (made.0 + 1, created.release);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn status_of(&self, pipeline: PipelineId) -> PipelineStatus {
        let known = self.world.get(&Subject::PipelineStatus(pipeline));
        known.and_then(|folded| folded.state().as_pipeline_status()).cloned().unwrap_or_default()
    }

    fn all_pipelines(&self) -> impl Iterator<Item = (PipelineId, &Pipeline)> {
        self.world.iter().filter_map(|folded| match folded.subject() {
            Subject::Pipeline(id) => Some((*id, folded.state().as_pipeline()?)),
            _ => None,
        })
    }

    pub fn pipelines(&self) -> Vec<PipelineSummary> {
        let told = self.all_pipelines().map(|(id, pipeline)| {
            let current = pipeline.current().expect("it was created");
            let made = self.made.get(&id);
            let stages = current.definition.stages.iter();
            PipelineSummary {
                id,
                folder: current.definition.folder.clone(),
                name: current.definition.name.clone(),
                revision: current.revision,
                stages: stages.map(|stage| (stage.id, stage.name.clone())).collect(),
                releases: made.map_or(0, |(count, _)| *count),
                newest_release: made.map(|(_, newest)| *newest),
                activity: self.status_of(id).activity(),
            }
        });
        let mut told: Vec<_> = told.collect();
        told.sort_by_key(|pipeline| pipeline.id);
        told
    }

    /// Those that are not deleted.
    pub fn pipelines_there(&self) -> Vec<PipelineSummary> {
        let mut pipelines = self.pipelines();
        pipelines.retain(|pipeline| !matches!(pipeline.activity, Activity::Deleted { .. }));
        pipelines
    }

    /// Every release, the newest first.
    pub fn releases(&self) -> Vec<ReleaseSummary> {
        let mut told: Vec<_> = seen::releases(&self.world).map(|release| self.told(release)).collect();
        told.sort_by_key(|release| std::cmp::Reverse(release.id));
        told
    }

    fn told(&self, release: &Release) -> ReleaseSummary {
        let about = release.about().expect("it was created").clone();
        let stages: BTreeSet<_> =
            self.triggered.iter().filter(|id| id.release == about.id).map(|id| id.stage).collect();
        let latest = stages.into_iter().filter_map(|stage| release.latest(stage));
        ReleaseSummary {
            id: about.id,
            name: about.name.clone(),
            pipeline: about.pipeline,
            revision: about.revision,
            state: release.state(),
            reason: about.reason,
            creator: about.creator.clone(),
            created_at: about.created_at,
            deleted_at: release.deleted_at(),
            is_kept_forever: matches!(about.keep_forever, KeepForever::Since(_)),
            tags: about.tags.clone(),
            versions: versions_of(release),
            stages: latest.map(|latest| line(about.pipeline, latest)).collect(),
        }
    }

    /// Every deployment of releases that are not deleted, those that were triggered last first.
    pub fn deployments(&self) -> Vec<DeploymentSummary> {
        let told = self.triggered.iter().rev().filter_map(|id| {
            let release = seen::release(&self.world, id.release)?;
            let is_shown = release.deleted_at().is_none();
            is_shown.then(|| {
                line(
                    release.about().expect("it was created").pipeline,
                    release.deployment(*id).expect("it was triggered"),
                )
            })
        });
        told.collect()
    }

    /// Every approval that waits for an answer, by release and stage; if somebody is named, those that they are asked for.
    pub fn approvals(&self, asked: Option<(&UserId, &BTreeSet<GroupId>)>) -> Vec<PendingApproval> {
        let mut told = Vec::new();
        for release in seen::releases(&self.world) {
            for (id, approver, since, due) in release.going_on().flat_map(Deployment::open_approvals) {
                let is_asked = asked.is_none_or(|(user, groups)| match approver {
                    Approver::User(asked) => asked == user,
                    Approver::Group(asked) => groups.contains(asked),
                    Approver::Automatic => false,
                });
                if is_asked {
                    let pipeline = release.about().expect("it was created").pipeline;
                    told.push(PendingApproval { id, pipeline, approver: approver.clone(), since, due });
                }
            }
        }
        told.sort_by_key(|approval| approval.id);
        told
    }

    pub fn deployed_at(&self, stage: QueueId, name: &str) -> DeployedAt {
        let queue = seen::queue(&self.world, stage);
        let current = queue.and_then(|queue| queue.current());
        let release = current.and_then(|current| seen::release(&self.world, current.release));
        DeployedAt {
            pipeline: stage.pipeline,
            stage: stage.stage,
            name: name.to_owned(),
            current,
            release: release.map(|release| release.about().expect("it was created").name.clone()),
            versions: release.map(versions_of).unwrap_or_default(),
            last_good: queue.and_then(|queue| queue.last_good()),
        }
    }

    /// All lines of a stage's queue.
    pub fn queue(&self, id: QueueId) -> Vec<QueueLine> {
        let Some(queue) = seen::queue(&self.world, id) else { return Vec::new() };
        let told = queue.going_on().map(|deployment| {
            let release = seen::release(&self.world, deployment.release).expect("it is there");
            let state = release.deployment(deployment).expect("it was triggered");
            let held = queue.holders().find(|(holder, _)| *holder == deployment);
            let waits = queue.waiting().enumerate().find(|(_, (waiting, _))| *waiting == deployment);
            let place = match (held, waits) {
                (Some((_, since)), _) => QueuePlace::Holds { since },
                (None, Some((ahead, (_, since)))) => {
                    QueuePlace::Waits { ahead, since, because: self.why(release, id) }
                }
                (None, None) => QueuePlace::Beside,
            };
            QueueLine {
                deployment,
                release: release.about().expect("it was created").name.clone(),
                place,
                doing: operation_status(state),
                due: release
                    .going_on()
                    .find(|it| it.id == deployment)
                    .and_then(|it| it.deadlines().map(|(at, _)| at).min()),
            }
        });
        told.collect()
    }

    /// What the core's own explanation says of a stage.
    fn why(&self, release: &Release, stage: QueueId) -> Vec<cutover::Blocker> {
        let around = Surroundings {
            definition: seen::definition_of(&self.world, release).expect("it is kept"),
            queue: seen::queue(&self.world, stage).expect("it is there"),
            pipeline: &self.status_of(stage.pipeline),
            locks: &seen::locks(&self.world),
            pools: &seen::pools(&self.world),
            permissions: &cutover::permission::Permissions::default(),
        };
        let told = explain(release, &around, stage.stage).expect("it has the stage").now;
        assert!(!told.is_empty(), "E1");
        let is_of_queue = |kind: &BlockerKind| {
            matches!(
                kind,
                BlockerKind::Queued { .. } | BlockerKind::QueuePaused { .. } | BlockerKind::PipelineDeleted
            )
        };
        assert!(
            told.iter().all(|blocker| is_of_queue(&blocker.kind)),
            "who waits for a slot waits for that: {told:?}"
        );
        told
    }

    /// Everything that comes by itself before `until`.
    pub fn calendar(&self, now: Timestamp, until: Timestamp) -> Vec<Due> {
        let mut all = Vec::new();
        for release in seen::releases(&self.world) {
            let pipeline = release.about().expect("it was created").pipeline;
            let deadlines = release.going_on().flat_map(Deployment::deadlines);
            all.extend(
                deadlines.map(|(at, deadline)| Due { at, what: Coming::Deadline { pipeline, deadline } }),
            );
        }
        for (pipeline, state) in self.all_pipelines() {
            let gone = self.status_of(pipeline).restorable_until();
            // No pipeline of these worlds has more than one schedule.
            let next = state.next_occurrence().filter(|(at, _)| gone.is_none_or(|gone| *at <= gone));
            all.extend(next.map(|(at, schedule)| Due { at, what: Coming::Release { pipeline, schedule } }));
            let gone = gone.filter(|at| *at >= now);
            all.extend(gone.map(|at| Due { at, what: Coming::PipelineGone(pipeline) }));
        }
        for (id, freeze) in seen::freezes(&self.world).iter() {
            all.extend(match freeze.standing(now) {
                Standing::Open { until } => {
                    until.map(|at| Due { at, what: Coming::FreezeBegins(id.clone()) })
                }
                Standing::Closed { until } => {
                    until.map(|at| Due { at, what: Coming::FreezeEnds(id.clone()) })
                }
            });
        }
        all.retain(|due| due.at < until);
        all.sort();
        all
    }

    pub fn stages_named(&self, text: &str) -> BTreeSet<(QueueId, String, String)> {
        let mut found = BTreeSet::new();
        for pipeline in self.pipelines_there() {
            for (stage, name) in &pipeline.stages {
                if is_found([name.as_str()], text) {
                    let stage = QueueId { pipeline: pipeline.id, stage: *stage };
                    found.insert((stage, name.clone(), pipeline.name.clone()));
                }
            }
        }
        found
    }

    /// By how they are compared: how many releases take them, and the newest of these.
    pub fn versions_named(&self, text: &str) -> BTreeMap<String, (u64, ReleaseId)> {
        let mut found: BTreeMap<String, (u64, ReleaseId)> = BTreeMap::new();
        for release in self.releases().into_iter().filter(|release| release.deleted_at.is_none()) {
            let texts = release.versions.iter().flat_map(|version| [&version.id, &version.name]);
            let texts: BTreeSet<String> = texts.map(|text| text.to_lowercase()).collect();
            for version in texts.into_iter().filter(|version| is_found([version.as_str()], text)) {
                found.entry(version).or_insert((0, release.id)).0 += 1;
            }
        }
        found
    }
}

/// As hits are compared: their order does not matter.
pub fn by_stage(hits: &[StageHit]) -> BTreeSet<(QueueId, String, String)> {
    hits.iter().map(|hit| (hit.stage, hit.name.clone(), hit.pipeline.clone())).collect()
}

pub fn by_version(hits: &[VersionHit]) -> BTreeMap<String, (u64, ReleaseId)> {
    hits.iter().map(|hit| (hit.version.to_lowercase(), (hit.releases, hit.newest))).collect()
}

fn versions_of(release: &Release) -> Vec<ReleaseVersion> {
    let artifacts = release.about().into_iter().flat_map(|about| &about.artifacts);
    let told = artifacts.map(|(alias, version)| ReleaseVersion {
        alias: alias.as_str().into(),
        id: version.id.as_str().into(),
        name: version.name.as_str().into(),
        branch: version.branch.as_str().into(),
    });
    told.collect()
}

fn line(pipeline: PipelineId, deployment: &Deployment) -> DeploymentSummary {
    let over = match &deployment.phase {
        Phase::Over { at, end } => Some((*at, end.clone())),
        _ => None,
    };
    DeploymentSummary {
        id: deployment.id,
        pipeline,
        status: cutover::status::stage_status(Some(deployment)),
        span: deployment.span,
        reason: deployment.reason,
        requested_by: deployment.requested_by.clone(),
        triggered_at: deployment.triggered_at,
        over,
    }
}

/// Whether a word of one of the names begins with each part of the text.
pub fn is_found<'n>(names: impl IntoIterator<Item = &'n str> + Clone, text: &str) -> bool {
    let text = text.to_lowercase();
    let mut parts =
        text.split_whitespace().map(|part| part.trim_start_matches(|it: char| !it.is_alphanumeric()));
    parts.all(|part| {
        part.is_empty() || names.clone().into_iter().any(|name| has_word(&name.to_lowercase(), part))
    })
}

fn has_word(name: &str, beginning: &str) -> bool {
    name.match_indices(beginning).any(|(place, _)| {
        let before = name[..place].chars().next_back();
        before.is_none_or(|before| !before.is_alphanumeric())
    })
}
