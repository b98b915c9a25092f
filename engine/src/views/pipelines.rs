//! The pipelines of the views, found by their names and by those of their stages.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cutover::{Activity, PipelineDefinition, PipelineId, QueueId, fold};

use super::PipelineSummary;
use super::words::Words;

#[derive(Debug, Default)]
pub(super) struct Pipelines {
    known: BTreeMap<PipelineId, PipelineSummary>,
    words: Words,
    /// Stages by the numbers by which their names are found.
    numbered: BTreeMap<u64, QueueId>,
    numbers: BTreeMap<QueueId, u64>,
    stage_words: Words,
    /// The stages of a name, without case.
    stages: BTreeMap<String, BTreeSet<QueueId>>,
}

impl Pipelines {
    pub(super) fn get(&self, id: PipelineId) -> Option<&PipelineSummary> {
        self.known.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: PipelineId) -> Option<&mut PipelineSummary> {
        self.known.get_mut(&id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &PipelineSummary> {
        self.known.values()
    }

    /// The pipeline has this definition from this revision on.
    pub(super) fn define(&mut self, id: PipelineId, revision: u32, definition: &Arc<PipelineDefinition>) {
        let before = self.known.remove(&id);
        if let Some(before) = &before {
            self.forget(before);
        }
        let summary = PipelineSummary {
            id,
            folder: definition.folder.clone(),
            name: definition.name.clone(),
            revision,
            stages: definition.stages.iter().map(|stage| (stage.id, stage.name.clone())).collect(),
            releases: before.as_ref().map_or(0, |before| before.releases),
            newest_release: before.as_ref().and_then(|before| before.newest_release),
            activity: before.map_or(Activity::Active, |before| before.activity),
        };
        self.words.add(&summary.name, id.0);
        for (stage, name) in &summary.stages {
            let stage = QueueId { pipeline: id, stage: *stage };
            // Numbers are kept for a stage that comes back.
            let next = self.numbers.len() as u64;
            let number = *self.numbers.entry(stage).or_insert(next);
            self.numbered.insert(number, stage);
            self.stage_words.add(name, number);
            self.stages.entry(fold(name)).or_default().insert(stage);
        }
        self.known.insert(id, summary);
    }

    fn forget(&mut self, before: &PipelineSummary) {
        self.words.remove(&before.name, before.id.0);
        for (stage, name) in &before.stages {
            let stage = QueueId { pipeline: before.id, stage: *stage };
            if let Some(number) = self.numbers.get(&stage) {
                self.stage_words.remove(name, *number);
            }
            if let Some(stages) = self.stages.get_mut(&fold(name)) {
                stages.remove(&stage);
                if stages.is_empty() {
                    self.stages.remove(&fold(name));
                }
            }
        }
    }

    /// The stages of this name, compared without case, by pipeline; also those of pipelines that are deleted.
    pub(super) fn stages_named(&self, name: &str) -> Option<&BTreeSet<QueueId>> {
        self.stages.get(&fold(name))
    }

    pub(super) fn stage_name(&self, stage: QueueId) -> Option<&str> {
        let pipeline = self.get(stage.pipeline)?;
        pipeline.stages.iter().find(|(id, _)| *id == stage.stage).map(|(_, name)| name.as_str())
    }

    pub(super) const fn words(&self) -> &Words {
        &self.words
    }

    pub(super) const fn stage_words(&self) -> &Words {
        &self.stage_words
    }

    pub(super) fn numbered(&self, stage: u64) -> Option<QueueId> {
        self.numbered.get(&stage).copied()
    }
}
