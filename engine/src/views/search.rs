//! What is found by its name.

use std::collections::BTreeSet;
use std::sync::Arc;

use cutover::{Activity, PipelineId, QueueId, ReleaseId};

use super::filters::ReleaseFilter;
use super::model::Model;
use super::numbers::Numbers;
use super::words::{Words, parts_of};
use super::{Page, PipelineSummary, ReleaseSummary, Seen, Views};
use crate::limits;

/// What was found: of everything at most as many as were asked for. A word of its name begins with each part of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchHits {
    /// Pipelines that are not deleted, by id.
    pub pipelines: Vec<PipelineSummary>,
    /// Stages of such pipelines' present revisions, in the order in which they became known.
    pub stages: Vec<StageHit>,
    /// Releases that are not deleted, by their own names and those of the versions that they take, the newest first.
    pub releases: Page<ReleaseSummary, ReleaseId>,
    /// Versions that such releases take, by id or name, in the order in which they became known.
    pub versions: Vec<VersionHit>,
}

/// A stage that was found by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageHit {
    /// The stage.
    pub stage: QueueId,
    /// Its name.
    pub name: String,
    /// The name of its pipeline.
    pub pipeline: String,
}

/// An artifact version that was found by its id or name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionHit {
    /// The id or the name, as the first release spelled it that took it.
    pub version: Arc<str>,
    /// How many releases take a version of this id or name; see [`ReleaseFilter::with_version`].
    pub releases: u64,
    /// The newest of them.
    pub newest: ReleaseId,
}

impl Views {
    /// Everything of whose name a word begins with each part of the text, compared without case, and no more than `at_most` (and never more than
    /// 100) of pipelines, of stages, of releases and of versions. A text without letters and digits finds nothing.
    pub fn search(&self, text: &str, at_most: usize) -> SearchHits {
        self.search_seen(text, at_most, None)
    }

    pub(crate) fn search_seen(&self, text: &str, at_most: usize, seen: Option<&Seen>) -> SearchHits {
        let parts = parts_of(text);
        if parts.is_empty() {
            return SearchHits {
                pipelines: vec![],
                stages: vec![],
                releases: Page::empty(),
                versions: vec![],
            };
        }
        let model = self.model();
        let within = seen.map(|seen| &seen.pipelines);
        let at_most = at_most.min(limits::FOUND);
        SearchHits {
            pipelines: model.pipelines_named(&parts, at_most, seen),
            stages: model.stages_named(&parts, at_most, seen),
            releases: model.releases_page(&ReleaseFilter::all().matching(text).at_most(at_most), seen),
            versions: model.versions_named(&parts, at_most, within),
        }
    }
}

impl Model {
    fn is_there(&self, pipeline: PipelineId) -> bool {
        let known = self.pipelines.get(pipeline);
        known.is_some_and(|pipeline| !matches!(pipeline.activity, Activity::Deleted { .. }))
    }

    fn pipelines_named(&self, parts: &[String], at_most: usize, seen: Option<&Seen>) -> Vec<PipelineSummary> {
        let found = named(self.pipelines.words(), parts);
        let found = found.iter().map(PipelineId).filter(|pipeline| self.is_there(*pipeline));
        let seen = found.filter(|pipeline| seen.is_none_or(|seen| seen.pipelines.contains(pipeline)));
        seen.filter_map(|pipeline| self.pipelines.get(pipeline)).take(at_most).cloned().collect()
    }

    fn stages_named(&self, parts: &[String], at_most: usize, seen: Option<&Seen>) -> Vec<StageHit> {
        let found = named(self.pipelines.stage_words(), parts);
        let stages = found.iter().filter_map(|number| self.pipelines.numbered(number));
        let there = stages.filter(|stage| self.is_there(stage.pipeline));
        let seen = there.filter(|stage| seen.is_none_or(|seen| seen.stages.contains(stage)));
        let told = seen.filter_map(|stage| {
            let pipeline = self.pipelines.get(stage.pipeline)?.name.clone();
            Some(StageHit { stage, name: self.pipelines.stage_name(stage)?.to_owned(), pipeline })
        });
        told.take(at_most).collect()
    }

    fn versions_named(
        &self,
        parts: &[String],
        at_most: usize,
        within: Option<&BTreeSet<PipelineId>>,
    ) -> Vec<VersionHit> {
        let versions = &self.releases.versions;
        let found = named(versions.words(), parts).and(versions.listed());
        let told = found.iter().filter_map(|number| {
            let named = versions.numbered(number)?;
            let (releases, newest) = self.releases.with_version(&named.releases, within)?;
            Some(VersionHit { version: Arc::clone(&named.spelled), releases, newest })
        });
        told.take(at_most).collect()
    }
}

/// Those that have a word for each part.
fn named(words: &Words, parts: &[String]) -> Numbers {
    let mut parts = parts.iter().map(|part| words.find(part));
    let first = parts.next().unwrap_or_default();
    parts.fold(first, |found, other| found.and(&other))
}
