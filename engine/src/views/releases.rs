//! The releases of the views, each found by whatever a list may be asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cutover::status::StageStatus;
use cutover::{
    Actor, ArtifactVersion, CreatedRelease, PipelineId, QueueId, ReleaseId, ReleaseState, Timestamp, fold,
};

use super::ReleaseSummary;
use super::filters::{ReleaseFilter, lines};
use super::numbers::Numbers;
use super::selection::{Index, Selected, Selection};
use super::times::Times;
use super::versions::{Versions, branch_name};
use super::words::{Words, parts_of};

/// Every release, by its number.
#[derive(Debug, Default)]
pub(super) struct Releases {
    rows: BTreeMap<ReleaseId, Box<Row>>,
    shown: Numbers,
    deleted: Numbers,
    of_pipeline: Index<PipelineId>,
    in_state: Index<ReleaseState>,
    by_creator: Index<Actor>,
    created: Times,
    /// By how a stage shows to which anything was triggered.
    at: Index<(QueueId, StageStatus)>,
    kept: Numbers,
    tagged: Index<Arc<str>>,
    pub(super) versions: Versions,
    words: Words,
}

/// What is kept of a release.
#[derive(Debug)]
pub(super) struct Row {
    /// Without its stages: those are what its deployments say.
    pub(super) summary: ReleaseSummary,
    /// Its deployments by their numbers, in the order in which they were triggered.
    pub(super) deployments: Vec<u64>,
    /// The newest revision of its snapshot (R7).
    pub(super) snapshot: u32,
}

impl Releases {
    pub(super) fn get(&self, id: ReleaseId) -> Option<&Row> {
        self.rows.get(&id).map(|row| &**row)
    }

    pub(super) fn get_mut(&mut self, id: ReleaseId) -> Option<&mut Row> {
        self.rows.get_mut(&id).map(|row| &mut **row)
    }

    pub(super) fn create(&mut self, created: &CreatedRelease, at: Timestamp) {
        let (id, number) = (created.release, created.release.0);
        let state = if created.draft { ReleaseState::Draft } else { ReleaseState::Active };
        self.shown.insert(number);
        self.of_pipeline.add(created.pipeline, number);
        self.in_state.add(state, number);
        self.created.insert(number, at);
        let summary = ReleaseSummary {
            id,
            name: created.name.clone(),
            pipeline: created.pipeline,
            revision: created.revision,
            state,
            reason: created.reason,
            creator: self.by_creator.add(created.creator.clone(), number),
            created_at: at,
            deleted_at: None,
            is_kept_forever: false,
            tags: BTreeSet::new(),
            versions: Vec::new(),
            stages: Vec::new(),
        };
        self.rows.insert(id, Box::new(Row { summary, deployments: Vec::new(), snapshot: 1 }));
        self.take(id, &created.artifacts);
    }

    /// It takes these versions, and no others.
    pub(super) fn take(&mut self, id: ReleaseId, artifacts: &BTreeMap<String, ArtifactVersion>) {
        self.forget_words(id);
        let Some(row) = self.rows.get_mut(&id) else { return };
        self.versions.release(&std::mem::take(&mut row.summary.versions), id.0);
        row.summary.versions = self.versions.take(artifacts, id.0);
        self.learn_words(id);
    }

    pub(super) fn rename(&mut self, id: ReleaseId, name: &str) {
        self.forget_words(id);
        if let Some(row) = self.rows.get_mut(&id) {
            name.clone_into(&mut row.summary.name);
        }
        self.learn_words(id);
    }

    fn learn_words(&mut self, id: ReleaseId) {
        let Some(row) = self.rows.get(&id) else { return };
        names_of(&row.summary).for_each(|name| self.words.add(name, id.0));
    }

    fn forget_words(&mut self, id: ReleaseId) {
        let Some(row) = self.rows.get(&id) else { return };
        names_of(&row.summary).for_each(|name| self.words.remove(name, id.0));
    }

    pub(super) fn tag(&mut self, id: ReleaseId, tags: &BTreeSet<String>) {
        let Some(row) = self.rows.get_mut(&id) else { return };
        for tag in std::mem::replace(&mut row.summary.tags, tags.clone()) {
            self.tagged.remove(&fold(&tag).into(), id.0);
        }
        for tag in tags {
            self.tagged.add(fold(tag).into(), id.0);
        }
    }

    pub(super) fn set_state(&mut self, id: ReleaseId, state: ReleaseState) {
        let Some(row) = self.rows.get_mut(&id) else { return };
        self.in_state.remove(&row.summary.state, id.0);
        self.in_state.add(state, id.0);
        row.summary.state = state;
    }

    pub(super) fn keep(&mut self, id: ReleaseId, forever: bool) {
        let Some(row) = self.rows.get_mut(&id) else { return };
        row.summary.is_kept_forever = forever;
        if forever { self.kept.insert(id.0) } else { self.kept.remove(id.0) }
    }

    pub(super) fn delete(&mut self, id: ReleaseId, deleted_at: Option<Timestamp>) {
        let Some(row) = self.rows.get_mut(&id) else { return };
        row.summary.deleted_at = deleted_at;
        let (to, from) = match deleted_at {
            Some(_) => (&mut self.deleted, &mut self.shown),
            None => (&mut self.shown, &mut self.deleted),
        };
        from.remove(id.0);
        to.insert(id.0);
        match deleted_at {
            Some(_) => self.versions.hide(&row.summary.versions),
            None => self.versions.show(&row.summary.versions),
        }
    }

    /// One of its stages shows otherwise. Where nothing was triggered it showed, and shows, as not started.
    pub(super) fn stage_shows(
        &mut self,
        id: ReleaseId,
        stage: QueueId,
        before: StageStatus,
        now: StageStatus,
    ) {
        if before != now {
            self.at.remove(&(stage, before), id.0);
            if now != StageStatus::NotStarted {
                self.at.add((stage, now), id.0);
            }
        }
    }

    /// Every release of a pipeline, also those that are deleted, the oldest first.
    pub(super) fn all_of(&self, pipeline: PipelineId) -> Vec<ReleaseId> {
        self.of_pipeline.get(&pipeline).iter().map(ReleaseId).collect()
    }

    /// Those that fit, of these pipelines if any are named, by their numbers.
    pub(super) fn select(&self, filter: &ReleaseFilter, within: Option<&BTreeSet<PipelineId>>) -> Selected {
        let mut selection = Selection::of(if filter.is_deleted { &self.deleted } else { &self.shown });
        for part in parts_of(&filter.text) {
            selection.and_these(self.words.find(&part));
        }
        if let Some(pipeline) = filter.pipeline {
            selection.and(self.of_pipeline.get(&pipeline));
        }
        if let Some(pipelines) = within {
            selection.and_any_of(pipelines.iter().map(|pipeline| self.of_pipeline.get(pipeline)).collect());
        }
        if let Some(state) = filter.state {
            selection.and(self.in_state.get(&state));
        }
        if let Some((stage, status)) = filter.at {
            selection.and(self.of_pipeline.get(&stage.pipeline));
            if status == StageStatus::NotStarted {
                for other in TRIGGERED {
                    selection.without(self.at.get(&(stage, other)));
                }
            } else {
                selection.and(self.at.get(&(stage, status)));
            }
        }
        if let Some(creator) = &filter.creator {
            selection.and(self.by_creator.get(creator));
        }
        if let Some(version) = &filter.version {
            selection.and(self.versions.with(version));
        }
        if let Some(branch) = &filter.branch {
            selection.and(self.versions.of_branch(branch_name(branch)));
        }
        if let Some(tag) = &filter.tag {
            selection.and(self.tagged.get(&fold(tag).into()));
        }
        match filter.is_kept {
            Some(true) => selection.and(&self.kept),
            Some(false) => selection.without(&self.kept),
            None => {}
        }
        selection.and_during(&self.created, filter.created);
        selection.page(filter.before.map(|before| before.0), lines(filter.at_most))
    }

    /// How many that are not deleted take a version, of these pipelines if any are named, and the newest of them.
    pub(super) fn with_version(
        &self,
        releases: &Numbers,
        within: Option<&BTreeSet<PipelineId>>,
    ) -> Option<(u64, ReleaseId)> {
        let mut selection = Selection::of(&self.shown);
        selection.and_these(releases.clone());
        if let Some(pipelines) = within {
            selection.and_any_of(pipelines.iter().map(|pipeline| self.of_pipeline.get(pipeline)).collect());
        }
        let Selected { numbers, total, .. } = selection.page(None, 1);
        numbers.first().map(|newest| (total, ReleaseId(*newest)))
    }
}

/// How a stage can show to which anything was triggered.
const TRIGGERED: [StageStatus; 7] = [
    StageStatus::Scheduled,
    StageStatus::Queued,
    StageStatus::InProgress,
    StageStatus::Succeeded,
    StageStatus::PartiallySucceeded,
    StageStatus::Rejected,
    StageStatus::Canceled,
];

/// What a release is found by.
fn names_of(release: &ReleaseSummary) -> impl Iterator<Item = &str> {
    std::iter::once(release.name.as_str())
        .chain(release.versions.iter().flat_map(|version| [&*version.name, &*version.id]))
}
