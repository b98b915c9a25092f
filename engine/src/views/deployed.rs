//! What is deployed where (D8).

use std::collections::BTreeSet;
use std::ops::Bound;

use cutover::{Activity, PipelineId, QueueId, StageQueue};

use super::filters::lines;
use super::model::Model;
use super::{DeployedAt, Page, Views};

impl Views {
    /// What is deployed where (D8): each stage of the pipeline's present revision, in the order in which they are shown.
    pub fn deployed_where(&self, pipeline: PipelineId) -> Vec<DeployedAt> {
        let model = self.model();
        let stages = model.pipelines.get(pipeline).map(|pipeline| pipeline.stages.as_slice());
        let deployed = |(stage, name): &(cutover::StageId, String)| {
            model.deployed_at(QueueId { pipeline, stage: *stage }, name)
        };
        stages.unwrap_or_default().iter().map(deployed).collect()
    }

    /// What is deployed on the stages of this name, compared without case, of all pipelines that are not deleted: the next ones after `after`, by
    /// pipeline, and no more than `at_most` (and never more than 250).
    pub fn deployed_to(
        &self,
        name: &str,
        after: Option<QueueId>,
        at_most: usize,
    ) -> Page<DeployedAt, QueueId> {
        self.deployed_to_seen(name, after, at_most, None)
    }

    pub(crate) fn deployed_to_seen(
        &self,
        name: &str,
        after: Option<QueueId>,
        at_most: usize,
        seen: Option<&BTreeSet<QueueId>>,
    ) -> Page<DeployedAt, QueueId> {
        let model = self.model();
        let Some(stages) = model.pipelines.stages_named(name) else { return Page::empty() };
        let at_most = lines(Some(at_most));
        let is_there = |stage: &&QueueId| {
            let pipeline = model.pipelines.get(stage.pipeline);
            pipeline.is_some_and(|pipeline| !matches!(pipeline.activity, Activity::Deleted { .. }))
                && seen.is_none_or(|seen| seen.contains(stage))
        };
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let from_there = stages.range((start, Bound::Unbounded)).filter(is_there);
        let mut found: Vec<QueueId> = from_there.take(at_most + 1).copied().collect();
        let is_more = found.len() > at_most;
        found.truncate(at_most);
        let deployed = |stage: &QueueId| {
            let name = model.pipelines.stage_name(*stage).unwrap_or_default();
            model.deployed_at(*stage, name)
        };
        Page {
            total: stages.iter().filter(is_there).count() as u64,
            next: found.last().copied().filter(|_| is_more),
            items: found.iter().map(deployed).collect(),
        }
    }
}

impl Model {
    fn deployed_at(&self, stage: QueueId, name: &str) -> DeployedAt {
        let queue = self.queues.get(&stage);
        let current = queue.and_then(StageQueue::current);
        let release = current.and_then(|current| self.releases.get(current.release));
        DeployedAt {
            pipeline: stage.pipeline,
            stage: stage.stage,
            name: name.to_owned(),
            current,
            release: release.map(|release| release.summary.name.clone()),
            versions: release.map(|release| release.summary.versions.clone()).unwrap_or_default(),
            last_good: queue.and_then(StageQueue::last_good),
        }
    }
}
