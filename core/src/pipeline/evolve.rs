use std::sync::Arc;

use super::state::Counter;
use super::{Current, NumberedRelease, Occasion, Pipeline, PipelineEvent};
use crate::flow::Impossible;
use crate::limits;
use crate::schedule::Due;

impl Pipeline {
    pub(super) fn fold(&mut self, event: &PipelineEvent) -> Result<(), Impossible> {
        match event {
            PipelineEvent::Created { digest, definition } => {
                if self.current.is_some() {
                    return Err(Impossible("a pipeline that is created twice"));
                }
                self.digests.push(*digest);
                self.stage_ids.remember(definition);
                self.current =
                    Some(Current { revision: 1, definition: Arc::clone(definition), digest: *digest });
            }
            PipelineEvent::Revised { revision, digest, definition, .. } => {
                let current = self
                    .current
                    .as_mut()
                    .ok_or(Impossible("a revision of a pipeline that does not exist"))?;
                if *revision != current.revision + 1 {
                    return Err(Impossible("a revision that is not the next one"));
                }
                self.digests.push(*digest);
                self.stage_ids.remember(definition);
                *current =
                    Current { revision: *revision, definition: Arc::clone(definition), digest: *digest };
            }
            // The name stands in the definition; the event is for the directory and for readers of the history.
            // How far it has observed is said by the event that comes with it.
            PipelineEvent::Renamed { .. } | PipelineEvent::TriggerFired { .. } => {}
            PipelineEvent::ReleaseNumbered(release) => self.number(release),
            PipelineEvent::Observing { sources } => self.watches.clone_from(sources),
            PipelineEvent::PublicationObserved { source, publication, asked, .. } => {
                self.fold_observed(source, *publication, *asked)?;
            }
            PipelineEvent::SchedulesArmed { armed } => self.scheduling.arm(armed),
            PipelineEvent::ScheduleCame { schedule, fires, missed, past, next } => {
                let due = Due { fires: *fires, missed: *missed, past: *past, next: *next };
                self.scheduling.has_come(*schedule, due)?;
            }
            PipelineEvent::ScheduleFired { schedule, occurrence, taken, .. } => {
                self.scheduling.has_fired(*schedule, *occurrence, taken)?;
            }
            PipelineEvent::TriggerDeclined { occasion, .. } => match occasion {
                Occasion::Occurrence { schedule, occurrence } => {
                    self.scheduling.is_answered(*schedule, *occurrence)?;
                }
                Occasion::Publication { .. } => {}
            },
        }
        Ok(())
    }

    fn number(&mut self, release: &NumberedRelease) {
        self.numbered += 1;
        self.newest = Some(release.release);
        if let Some((key, value)) = &release.counter {
            self.counters.insert(key.clone(), Counter { value: *value, used: self.numbered });
            if self.counters.len() > limits::NAME_COUNTERS {
                self.forget_oldest_counter();
            }
        }
    }

    fn forget_oldest_counter(&mut self) {
        let oldest = self.counters.iter().min_by_key(|(_, counter)| counter.used).map(|(key, _)| key.clone());
        if let Some(key) = oldest {
            self.counters.remove(&key);
        }
    }
}
