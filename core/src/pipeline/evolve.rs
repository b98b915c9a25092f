use std::sync::Arc;

use super::state::Counter;
use super::{Current, NumberedRelease, Pipeline, PipelineEvent};
use crate::flow::Impossible;
use crate::limits;

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
            PipelineEvent::Renamed { .. } => {}
            PipelineEvent::ReleaseNumbered(release) => self.number(release),
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
