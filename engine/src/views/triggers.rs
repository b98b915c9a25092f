//! What triggers and schedules wait for: how far pipelines lag behind the feeds that they observe, and what happens when.

use std::collections::{BTreeMap, BTreeSet};

use cutover::{ArtifactEvent, Occasion, PipelineEvent, PipelineId, ScheduleId, SourceId, Timestamp};

use super::Views;
use super::model::Model;

/// How far a pipeline has observed an artifact feed (T0).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watcher {
    /// The pipeline.
    pub pipeline: PipelineId,
    /// The newest publication that all its triggers have answered.
    pub observed: u64,
    /// The newest publication on the feed.
    pub newest: u64,
}

/// A release that a schedule will make (T2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upcoming {
    /// When.
    pub at: Timestamp,
    /// Of which pipeline.
    pub pipeline: PipelineId,
    /// By which of its schedules.
    pub schedule: ScheduleId,
}

/// Folded from the events of pipelines and feeds.
#[derive(Debug, Default)]
pub(super) struct TriggerModel {
    newest: BTreeMap<SourceId, u64>,
    watches: BTreeMap<PipelineId, BTreeMap<SourceId, u64>>,
    watchers: BTreeMap<SourceId, BTreeSet<PipelineId>>,
    armed: BTreeMap<PipelineId, BTreeMap<ScheduleId, Timestamp>>,
    /// Of those that are armed, the ones whose pipelines are not gone by then (P6).
    in_order: BTreeSet<(Timestamp, PipelineId, ScheduleId)>,
    /// After when pipelines that were deleted can't be restored.
    ends: BTreeMap<PipelineId, Timestamp>,
    /// The same, in order.
    ends_in_order: BTreeSet<(Timestamp, PipelineId)>,
    /// Schedules whose occurrence has come and was not answered yet.
    come: BTreeMap<PipelineId, Vec<ScheduleId>>,
}

impl TriggerModel {
    pub(super) fn fold_feed(&mut self, source: &SourceId, event: &ArtifactEvent) {
        let (ArtifactEvent::Published { publication, .. } | ArtifactEvent::Tagged { publication, .. }) =
            event;
        self.newest.insert(source.clone(), *publication);
    }

    pub(super) fn fold_pipeline(&mut self, id: PipelineId, event: &PipelineEvent) {
        match event {
            PipelineEvent::Observing { sources } => {
                let watches =
                    sources.iter().map(|(source, watch)| (source.clone(), watch.observed)).collect();
                self.watch(id, watches);
            }
            PipelineEvent::PublicationObserved { source, publication, asked, .. } => {
                let observed = publication - u64::from(asked.is_some());
                if let Some(known) = self.watches.get_mut(&id).and_then(|watches| watches.get_mut(source)) {
                    *known = observed;
                }
            }
            PipelineEvent::SchedulesArmed { armed } => {
                for schedule in
                    self.armed.get(&id).into_iter().flat_map(BTreeMap::keys).copied().collect::<Vec<_>>()
                {
                    self.arm(id, schedule, None);
                }
                for (schedule, occurrence) in armed {
                    self.arm(id, *schedule, Some(occurrence.at));
                }
                if let Some(come) = self.come.get_mut(&id) {
                    come.retain(|schedule| armed.contains_key(schedule));
                    if come.is_empty() {
                        self.come.remove(&id);
                    }
                }
            }
            PipelineEvent::ScheduleCame { schedule, fires, next, .. } => {
                self.arm(id, *schedule, next.map(|next| next.at));
                // One that was not answered before is missed.
                self.answer(id, *schedule);
                if fires.is_some() {
                    self.come.entry(id).or_default().push(*schedule);
                }
            }
            PipelineEvent::ScheduleFired { schedule, .. } => self.answer(id, *schedule),
            PipelineEvent::TriggerDeclined { occasion, .. } => match occasion {
                Occasion::Occurrence { schedule, .. } => self.answer(id, *schedule),
                Occasion::Publication { .. } => {}
            },
            PipelineEvent::Created { .. }
            | PipelineEvent::Revised { .. }
            | PipelineEvent::Renamed { .. }
            | PipelineEvent::ReleaseNumbered(_)
            | PipelineEvent::TriggerFired { .. } => {}
        }
    }

    fn watch(&mut self, id: PipelineId, watches: BTreeMap<SourceId, u64>) {
        for source in self.watches.get(&id).into_iter().flat_map(BTreeMap::keys) {
            if let Some(watchers) = self.watchers.get_mut(source) {
                watchers.remove(&id);
            }
        }
        for source in watches.keys() {
            self.watchers.entry(source.clone()).or_default().insert(id);
        }
        self.watches.insert(id, watches);
    }

    /// The pipeline is gone after that; `None`: it is not deleted.
    pub(super) fn end_after(&mut self, id: PipelineId, end: Option<Timestamp>) {
        let before = match end {
            Some(end) => self.ends.insert(id, end),
            None => self.ends.remove(&id),
        };
        if let Some(before) = before {
            self.ends_in_order.remove(&(before, id));
        }
        self.ends_in_order.extend(end.map(|end| (end, id)));
        for (schedule, at) in self.armed.get(&id).into_iter().flatten() {
            let place = (*at, id, *schedule);
            if end.is_some_and(|end| *at > end) {
                self.in_order.remove(&place);
            } else {
                self.in_order.insert(place);
            }
        }
    }

    fn arm(&mut self, id: PipelineId, schedule: ScheduleId, at: Option<Timestamp>) {
        let armed = self.armed.entry(id).or_default();
        if let Some(before) = armed.remove(&schedule) {
            self.in_order.remove(&(before, id, schedule));
        }
        if let Some(at) = at {
            armed.insert(schedule, at);
            if self.ends.get(&id).is_none_or(|end| at <= *end) {
                self.in_order.insert((at, id, schedule));
            }
        }
    }

    fn answer(&mut self, id: PipelineId, schedule: ScheduleId) {
        let Some(come) = self.come.get_mut(&id) else { return };
        if let Some(place) = come.iter().position(|it| *it == schedule) {
            come.remove(place);
        }
        if come.is_empty() {
            self.come.remove(&id);
        }
    }

    /// The releases that schedules will make next, the earliest first.
    pub(super) fn in_order(&self) -> impl Iterator<Item = Upcoming> + '_ {
        let in_order = self.in_order.iter();
        in_order.map(|(at, pipeline, schedule)| Upcoming {
            at: *at,
            pipeline: *pipeline,
            schedule: *schedule,
        })
    }

    /// The pipelines that can be restored until a moment that is not past, with that moment, the earliest first.
    pub(super) fn gone_from(&self, now: Timestamp) -> impl Iterator<Item = (Timestamp, PipelineId)> + '_ {
        self.ends_in_order.range((now, PipelineId(0))..).copied()
    }

    fn newest(&self, source: &SourceId) -> u64 {
        self.newest.get(source).copied().unwrap_or_default()
    }

    /// Whether the pipeline has a publication to observe, or a schedule to answer.
    fn has_to_follow(&self, id: PipelineId) -> bool {
        let mut watches = self.watches.get(&id).into_iter().flatten();
        self.come.contains_key(&id) || watches.any(|(source, observed)| *observed < self.newest(source))
    }
}

impl Views {
    /// How far each pipeline that observes a feed has come, by pipeline.
    pub fn watchers(&self, source: &SourceId) -> Vec<Watcher> {
        let model = self.model();
        let newest = model.triggers.newest(source);
        let watchers = model.triggers.watchers.get(source).into_iter().flatten();
        let watcher = |id: &PipelineId| {
            let observed = *model.triggers.watches.get(id)?.get(source)?;
            Some(Watcher { pipeline: *id, observed, newest })
        };
        watchers.filter_map(watcher).collect()
    }

    /// The releases that schedules will make next, at most one of each schedule, the earliest first.
    pub fn upcoming(&self, at_most: usize) -> Vec<Upcoming> {
        self.model().triggers.in_order().take(at_most).collect()
    }

    /// The schedules whose moment has come, the earliest first.
    pub(crate) fn schedules_due(&self, now: Timestamp) -> Vec<(PipelineId, ScheduleId)> {
        let model = self.model();
        let due = model.triggers.in_order.iter().take_while(|(at, ..)| *at <= now);
        due.map(|(_, pipeline, schedule)| (*pipeline, *schedule)).collect()
    }

    /// The pipelines that lag behind a feed, or have a schedule to answer; without those that are deleted for good (T6).
    pub(crate) fn pipelines_to_follow(&self, now: Timestamp) -> BTreeSet<PipelineId> {
        let model = self.model();
        let known = model.triggers.watches.keys().chain(model.triggers.come.keys());
        known.copied().filter(|id| model.has_to_follow(*id, now)).collect()
    }

    /// Those of them that observe this feed.
    pub(crate) fn watchers_to_follow(&self, source: &SourceId, now: Timestamp) -> BTreeSet<PipelineId> {
        let model = self.model();
        let watchers = model.triggers.watchers.get(source).into_iter().flatten();
        watchers.copied().filter(|id| model.has_to_follow(*id, now)).collect()
    }

    pub(crate) fn is_pipeline_to_follow(&self, id: PipelineId, now: Timestamp) -> bool {
        self.model().has_to_follow(id, now)
    }
}

impl Model {
    fn is_gone(&self, id: PipelineId, at: Timestamp) -> bool {
        self.statuses.get(&id).is_some_and(|status| status.is_gone(at))
    }

    fn has_to_follow(&self, id: PipelineId, now: Timestamp) -> bool {
        self.triggers.has_to_follow(id) && !self.is_gone(id, now)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn day(number: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + TimeDelta::days(number)
    }

    /// Story: schedules of pipelines that were gone stayed at the front, and the driver passed over all of them at each turn.
    #[test]
    fn schedules_of_pipelines_that_are_gone_by_then_are_out_of_the_way() {
        let mut model = TriggerModel::default();
        let (id, [first, second]) = (PipelineId(1), [ScheduleId(1), ScheduleId(2)]);
        let in_order = |model: &TriggerModel| {
            model.in_order.iter().map(|(_, _, schedule)| *schedule).collect::<Vec<_>>()
        };
        model.arm(id, first, Some(day(31)));
        model.arm(id, second, Some(day(30)));
        model.end_after(id, Some(day(30)));
        assert_eq!(in_order(&model), [second], "that day it can be restored still");
        model.arm(id, second, Some(day(32)));
        assert_eq!(in_order(&model), []);
        model.end_after(id, None);
        assert_eq!(in_order(&model), [first, second], "it was restored");
    }
}
