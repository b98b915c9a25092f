//! Schedules that make releases: each occurrence at its time, and once (T2, X2, X3).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{NaiveDateTime, TimeDelta, Timelike};
use cutover::schedule::Occurrence;
use cutover::transaction::World;
use cutover::{
    Event, Occasion, PipelineDefinition, PipelineEvent, PipelineId, ReleaseReason, Schedule, ScheduleId,
    Subject, Taken, Timestamp, TriggerKind,
};
use cutover_engine::simulation::{Checker, Seen, Simulation};

use super::Verdict;
use crate::seen;

/// Which schedule, of which pipeline.
type Key = (PipelineId, ScheduleId);

#[derive(Default)]
pub struct Scheduled {
    definitions: BTreeMap<PipelineId, Arc<PipelineDefinition>>,
    /// The newest local time that is over.
    past: BTreeMap<Key, NaiveDateTime>,
    /// What has come, and was not answered yet.
    come: BTreeMap<Key, Occurrence>,
    answered: BTreeSet<(Key, NaiveDateTime)>,
    /// What the release before took.
    taken: BTreeMap<Key, Taken>,
}

impl Checker for Scheduled {
    fn recorded(&mut self, seen: &Seen, _: &World) -> Verdict {
        for happening in &seen.events {
            if let (Subject::Pipeline(id), Event::Pipeline(event)) = (&happening.subject, &happening.event) {
                let verdict = self.of_pipeline(*id, event, seen);
                verdict.map_err(|why| format!("{why}, in pipeline {id}: {event:?}"))?;
            }
        }
        Ok(())
    }
}

impl Scheduled {
    fn of_pipeline(&mut self, id: PipelineId, event: &PipelineEvent, seen: &Seen) -> Verdict {
        match event {
            PipelineEvent::Created { definition, .. } | PipelineEvent::Revised { definition, .. } => {
                self.definitions.insert(id, Arc::clone(definition));
                Ok(())
            }
            PipelineEvent::ScheduleCame { schedule, fires, past, .. } => {
                let key = (id, *schedule);
                let before = self.past.insert(key, *past);
                ensure!(before.is_none_or(|before| before < *past), "X2: {before:?} is over already");
                self.come.remove(&key);
                if let Some(occurrence) = fires {
                    let known = self.schedule(key).ok_or("X4: no such schedule")?;
                    x1_is_an_occurrence(known, *occurrence, seen.commit.header.time)?;
                    self.come.insert(key, *occurrence);
                }
                Ok(())
            }
            PipelineEvent::ScheduleFired { schedule, occurrence, release, taken } => {
                let key = (id, *schedule);
                self.answer(key, *occurrence)?;
                let numbered = seen.events.iter().find_map(|it| match &it.event {
                    Event::Pipeline(PipelineEvent::ReleaseNumbered(it)) if it.release == *release => Some(it),
                    _ => None,
                });
                let numbered = numbered.ok_or("T2: it fires, and makes no release")?;
                ensure!(numbered.reason == ReleaseReason::Schedule, "T2: for {:?}", numbered.reason);
                ensure!(numbered.revision == taken.revision, "T2: of revision {}", numbered.revision);
                let schedule = self.schedule(key).ok_or("X4: no such schedule")?;
                let is_same = self.taken.get(&key) == Some(taken);
                ensure!(!(schedule.only_with_changes && is_same), "T2: nothing has changed");
                self.taken.insert(key, taken.clone());
                Ok(())
            }
            PipelineEvent::TriggerDeclined { occasion, .. } => match occasion {
                Occasion::Occurrence { schedule, occurrence } => self.answer((id, *schedule), *occurrence),
                Occasion::Publication { .. } => Ok(()),
            },
            PipelineEvent::Renamed { .. }
            | PipelineEvent::ReleaseNumbered(_)
            | PipelineEvent::Observing { .. }
            | PipelineEvent::TriggerFired { .. }
            | PipelineEvent::PublicationObserved { .. }
            | PipelineEvent::SchedulesArmed { .. } => Ok(()),
        }
    }

    fn schedule(&self, (pipeline, id): Key) -> Option<&Schedule> {
        let triggers = &self.definitions.get(&pipeline)?.triggers;
        triggers.iter().filter(|trigger| trigger.enabled).find_map(|trigger| match &trigger.kind {
            TriggerKind::Scheduled(schedule) if schedule.id == id => Some(schedule),
            _ => None,
        })
    }

    fn answer(&mut self, key: Key, occurrence: Occurrence) -> Verdict {
        ensure!(self.come.remove(&key) == Some(occurrence), "X2: it has not come, or was missed");
        ensure!(self.answered.insert((key, occurrence.local)), "I8: it is answered a second time");
        Ok(())
    }
}

/// X1, X3: on one of its days at its time, not before that, and not too late. The schedules of the simulation are in UTC.
fn x1_is_an_occurrence(schedule: &Schedule, occurrence: Occurrence, now: Timestamp) -> Verdict {
    let local = occurrence.local;
    let is_its_time = (local.hour(), local.minute()) == (schedule.hour, schedule.minute);
    ensure!(
        is_its_time && local.and_utc() == occurrence.at,
        "X1: it is for {}:{}",
        schedule.hour,
        schedule.minute
    );
    let limit = TimeDelta::minutes(i64::from(schedule.missed_after_minutes));
    ensure!(occurrence.at <= now && now - occurrence.at <= limit, "X3: it fires at {now}");
    Ok(())
}

/// X3: nothing that has come is left, but for pipelines that are gone.
pub fn everything_is_answered(simulation: &Simulation) -> Verdict {
    let (world, now) = (simulation.world(), simulation.now());
    for (id, pipeline) in super::pipelines(world) {
        if seen::status(world, id).is_gone(now) {
            continue;
        }
        let open = pipeline.schedule_to_answer();
        ensure!(open.is_none(), "T2: schedule {open:?} of pipeline {id} has no answer");
        let next = pipeline.next_occurrence();
        ensure!(next.is_none_or(|(at, _)| at > now), "X3: {next:?} of pipeline {id} has come at {now}");
    }
    Ok(())
}
