//! Where states come from: memory, or the store.

use std::sync::Arc;

use cutover::Subject;
use cutover::store::{Sequence, StoreExt};
use cutover::transaction::{Folded, World};
use futures::TryStreamExt;

use super::Size;
use crate::EngineError;
use crate::engine::Inner;

impl Inner {
    /// The state as it is in memory, or else in the store. It may be older than what another process recorded.
    pub(crate) async fn loaded(&self, subject: &Subject) -> Result<Arc<Folded>, EngineError> {
        match self.cache.get(subject) {
            Some(folded) => Ok(folded),
            None => self.brought_up(Arc::new(Folded::empty(subject.clone()))).await,
        }
    }

    /// The state with at least the events up to `sequence`.
    pub(crate) async fn loaded_at_least(
        &self,
        subject: &Subject,
        sequence: Sequence,
    ) -> Result<Arc<Folded>, EngineError> {
        let folded = self.loaded(subject).await?;
        if folded.sequence() >= sequence { Ok(folded) } else { self.brought_up(folded).await }
    }

    /// The state as the store has it now.
    pub(crate) async fn newest(&self, subject: &Subject) -> Result<Arc<Folded>, EngineError> {
        match self.cache.get(subject) {
            Some(folded) if subject.is_immutable() && folded.sequence() > Sequence::NONE => Ok(folded),
            Some(folded) => self.brought_up(folded).await,
            None => self.brought_up(Arc::new(Folded::empty(subject.clone()))).await,
        }
    }

    /// Folds what the store has beyond the state, and keeps the result in memory.
    async fn brought_up(&self, mut folded: Arc<Folded>) -> Result<Arc<Folded>, EngineError> {
        let stream = folded.subject().stream();
        let subject_is_single = folded.subject().is_single();
        let mut events = self.store.events_of(&stream, folded.sequence());
        let mut further = Size::default();
        while let Some(event) = events.try_next().await? {
            Arc::make_mut(&mut folded).apply(&event)?;
            further.add(event.payload.as_str().len());
        }
        // A stream that does not exist is not kept: whoever asks for ids that nobody has would fill the memory. Of those that every
        // command reads there is only one each.
        if folded.sequence() > Sequence::NONE || subject_is_single {
            self.cache.put(Arc::clone(&folded), further);
        }
        Ok(folded)
    }

    /// Brings everything in the world up to what the store has. Says whether anything has moved.
    pub(super) async fn refresh(&self, world: &mut World) -> Result<bool, EngineError> {
        let mut has_moved = false;
        let seen: Vec<_> = world.iter().cloned().collect();
        for before in seen {
            let now = self.newest(before.subject()).await?;
            if now.sequence() > before.sequence() {
                has_moved = true;
                world.insert(now);
            }
        }
        Ok(has_moved)
    }
}
