//! Releases on schedule: what is armed, what has come, and what becomes of it (T2, X2-X4).
//!
//! That an occurrence has come is a deadline, decided before anything else and without a release's number. The release that it makes
//! follows in a commit of its own: what has come and is not answered yet is part of the state, so that it is made once, also after a
//! crash.

use std::collections::BTreeMap;

use chrono::{NaiveDateTime, TimeDelta};
use serde::{Deserialize, Serialize};

use super::{
    Decline, NewRelease, NumberedRelease, Occasion, Pipeline, PipelineCommand, PipelineDefinition,
    PipelineEvent, PipelineRefusal, ReleaseReason, Schedule, TriggerKind,
};
use crate::flow::{Facts, Impossible};
use crate::schedule::{Due, Missed, Occurrence, arm, due};
use crate::{Context, ReleaseId, ScheduleId, Timestamp, limits};

/// What a pipeline knows of its release schedules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Scheduling {
    /// The occurrence that each waits for.
    pub(super) armed: BTreeMap<ScheduleId, Occurrence>,
    /// The newest local time at which each has happened, or was missed; also of schedules that are gone (X2).
    past: BTreeMap<ScheduleId, NaiveDateTime>,
    /// What has come and makes a release, at most one of each schedule, the oldest first.
    come: Vec<(ScheduleId, Occurrence)>,
    /// What the last release of each was made from.
    taken: BTreeMap<ScheduleId, Taken>,
}

/// What a scheduled release was made from: with *only with changes* the next one is made once something of it differs (T2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// The pipeline's revision.
    pub revision: u32,
    /// The id of each source's version, by alias.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub versions: BTreeMap<String, String>,
}

impl Taken {
    fn by(numbered: &NumberedRelease) -> Self {
        let versions = numbered.artifacts.iter().map(|(alias, version)| (alias.clone(), version.id.clone()));
        Self { revision: numbered.revision, versions: versions.collect() }
    }
}

/// The schedules of a definition that are enabled, by their places among the triggers.
fn schedules_of(definition: &PipelineDefinition) -> impl Iterator<Item = (u32, &Schedule)> {
    (0..).zip(&definition.triggers).filter(|(_, trigger)| trigger.enabled).filter_map(|(place, trigger)| {
        match &trigger.kind {
            TriggerKind::Scheduled(schedule) => Some((place, schedule)),
            TriggerKind::ContinuousDeployment { .. } | TriggerKind::PullRequest { .. } => None,
        }
    })
}

impl Pipeline {
    fn schedule(&self, id: ScheduleId) -> Option<(u32, &Schedule)> {
        let definition = &self.current.as_ref()?.definition;
        schedules_of(definition).find(|(_, schedule)| schedule.id == id)
    }

    /// X4: what its schedules wait for once it has this definition. One that is as it was keeps what it waits for; any other is
    /// armed from now. Nothing if that changes nothing.
    pub(super) fn arm_from_now(
        &self,
        definition: &PipelineDefinition,
        now: Timestamp,
    ) -> Option<PipelineEvent> {
        let mut armed = BTreeMap::new();
        for (_, schedule) in schedules_of(definition) {
            let id = schedule.id;
            let is_as_it_was = self.schedule(id).is_some_and(|(_, before)| before == schedule);
            let next = if is_as_it_was {
                self.scheduling.armed.get(&id).copied()
            } else {
                arm(schedule, now, self.scheduling.past.get(&id).copied())
            };
            armed.extend(next.map(|next| (id, next)));
        }
        (armed != self.scheduling.armed).then_some(PipelineEvent::SchedulesArmed { armed })
    }

    /// The earliest schedule whose occurrence has come.
    pub(super) fn due_schedule(&self, now: Timestamp) -> Option<PipelineCommand> {
        let (at, schedule) = self.next_occurrence()?;
        (at <= now).then_some(PipelineCommand::ReachSchedule(schedule))
    }

    /// When one of its schedules happens next, and which.
    pub fn next_occurrence(&self) -> Option<(Timestamp, ScheduleId)> {
        self.scheduling.armed.iter().map(|(id, occurrence)| (occurrence.at, *id)).min()
    }

    /// The schedule whose occurrence has come and was not answered yet; of several, the one that came first.
    pub fn schedule_to_answer(&self) -> Option<ScheduleId> {
        self.scheduling.come.first().map(|(schedule, _)| *schedule)
    }

    /// X3: only if it has come. A timer that rings early or twice does nothing wrong.
    pub(super) fn reach_schedule(&self, id: ScheduleId, now: Timestamp) -> Vec<PipelineEvent> {
        let armed = self.scheduling.armed.get(&id).copied();
        let come = armed.zip(self.schedule(id)).and_then(|(armed, (_, schedule))| due(schedule, armed, now));
        let unanswered = self.scheduling.unanswered(id);
        let event = |Due { fires, missed, past, next }| PipelineEvent::ScheduleCame {
            schedule: id,
            fires,
            missed: unanswered.map_or(missed, |older| Some(with_older(older, missed))),
            past,
            next,
        };
        come.map(event).into_iter().collect()
    }

    /// T2: the release of an occurrence that has come, or why there is none.
    pub(super) fn release_on_schedule(
        &self,
        id: ScheduleId,
        release: ReleaseId,
        context: &Context,
        facts: &Facts<'_>,
    ) -> Result<Vec<PipelineEvent>, PipelineRefusal> {
        let come = self.scheduling.unanswered(id);
        let Some((occurrence, (trigger, schedule))) = come.zip(self.schedule(id)) else {
            return Ok(Vec::new());
        };
        let request = NewRelease { reason: Some(ReleaseReason::Schedule), ..NewRelease::default() };
        let limit = TimeDelta::minutes(i64::from(schedule.missed_after_minutes));
        let because = match self.number_release(release, &request, context, facts) {
            // X3: nobody was there to answer it in time.
            Ok(_) if context.now - occurrence.at > limit => Decline::Missed,
            Ok(numbered) => {
                let taken = Taken::by(&numbered);
                if !schedule.only_with_changes || self.scheduling.taken.get(&id) != Some(&taken) {
                    let fired = PipelineEvent::ScheduleFired { schedule: id, occurrence, release, taken };
                    return Ok(vec![fired, PipelineEvent::ReleaseNumbered(numbered)]);
                }
                Decline::NothingChanged
            }
            Err(refusal) => Decline::of(refusal)?,
        };
        let occasion = Occasion::Occurrence { schedule: id, occurrence };
        Ok(vec![PipelineEvent::TriggerDeclined { trigger, occasion, because }])
    }
}

/// X3: an occurrence that was not answered before the next one came is missed as well.
fn with_older(older: Occurrence, missed: Option<Missed>) -> Missed {
    match missed {
        Some(Missed { last, count, .. }) => Missed { first: older, last, count: count + 1 },
        None => Missed { first: older, last: older, count: 1 },
    }
}

impl Scheduling {
    fn unanswered(&self, schedule: ScheduleId) -> Option<Occurrence> {
        self.come.iter().find(|(come, _)| *come == schedule).map(|(_, occurrence)| *occurrence)
    }

    pub(super) fn arm(&mut self, armed: &BTreeMap<ScheduleId, Occurrence>) {
        self.armed.clone_from(armed);
        // X4: a schedule that is disabled or gone makes no release any more, also not of what has come already.
        self.come.retain(|(schedule, _)| armed.contains_key(schedule));
    }

    pub(super) fn has_come(
        &mut self,
        schedule: ScheduleId,
        Due { fires, missed: _, past, next }: Due,
    ) -> Result<(), Impossible> {
        if self.armed.remove(&schedule).is_none() {
            return Err(Impossible("an occurrence of a schedule that is not armed"));
        }
        self.armed.extend(next.map(|next| (schedule, next)));
        self.past.insert(schedule, past);
        if self.past.len() > limits::SCHEDULES_REMEMBERED {
            self.forget_oldest();
        }
        self.come.retain(|(come, _)| *come != schedule);
        self.come.extend(fires.map(|fires| (schedule, fires)));
        Ok(())
    }

    /// Of those that are not armed, the one that happened longest ago.
    fn forget_oldest(&mut self) {
        let gone = self.past.iter().filter(|(id, _)| !self.armed.contains_key(id));
        if let Some(oldest) = gone.min_by_key(|(_, past)| **past).map(|(id, _)| *id) {
            self.past.remove(&oldest);
            self.taken.remove(&oldest);
        }
    }

    pub(super) fn has_fired(
        &mut self,
        schedule: ScheduleId,
        occurrence: Occurrence,
        taken: &Taken,
    ) -> Result<(), Impossible> {
        self.taken.insert(schedule, taken.clone());
        self.is_answered(schedule, occurrence)
    }

    pub(super) fn is_answered(
        &mut self,
        schedule: ScheduleId,
        occurrence: Occurrence,
    ) -> Result<(), Impossible> {
        let place = self.come.iter().position(|come| *come == (schedule, occurrence));
        self.come.remove(place.ok_or(Impossible("the answer to an occurrence that has not come"))?);
        Ok(())
    }
}
