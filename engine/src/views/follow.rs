use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use cutover::Timestamp;
use cutover::limits::PAGE_EVENTS;
use cutover::store::{EventStore, Position, RecordedCommit, Sequence};
use cutover::transaction::{FoldError, Happening};
use futures::lock::Mutex;

use super::model::Model;
use crate::EngineError;
use crate::decode::happening;
use crate::drive::Feed;

/// Answers from memory, folded from the log.
pub struct Views {
    store: Arc<dyn EventStore>,
    /// Who drives hears here what has changed.
    feed: Arc<Feed>,
    model: RwLock<Model>,
    /// Held by whoever folds on, so that each page is folded once.
    folding: Mutex<()>,
}

impl Views {
    pub(crate) fn new(store: Arc<dyn EventStore>, feed: Arc<Feed>) -> Self {
        Self { store, feed, model: RwLock::default(), folding: Mutex::new(()) }
    }

    /// The newest commit that the answers include.
    pub fn position(&self) -> Position {
        self.model().position
    }

    /// The same views, once they include everything up to `position`. It waits for a position that was not reached yet.
    ///
    /// # Errors
    /// If the store can't be read, or the log can't be folded.
    pub async fn at_least(&self, position: Position) -> Result<&Self, EngineError> {
        loop {
            if self.position() >= position {
                return Ok(self);
            }
            self.catch_up().await?;
            if self.position() < position {
                self.store.wait_past(self.position()).await?;
            }
        }
    }

    /// The same views, once they include everything that is recorded at this moment.
    ///
    /// # Errors
    /// If the store can't be read, or the log can't be folded.
    pub async fn latest(&self) -> Result<&Self, EngineError> {
        self.catch_up().await?;
        Ok(self)
    }

    pub(super) fn model(&self) -> RwLockReadGuard<'_, Model> {
        self.model.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Folds page after page until there is none.
    pub(crate) async fn catch_up(&self) -> Result<(), EngineError> {
        let _alone = self.folding.lock().await;
        loop {
            let page = self.store.read_all(self.position(), PAGE_EVENTS).await?;
            if page.is_empty() {
                return Ok(());
            }
            // Read before the lock is taken, so that answers wait for as little as possible.
            let page = page.iter().map(decoded).collect::<Result<Vec<_>, _>>()?;
            self.fold(&page)?;
            for (Happening { subject, .. }, sequence) in page.into_iter().flat_map(|commit| commit.events) {
                self.feed.note(&subject, sequence);
            }
        }
    }

    /// Folds commit after commit, and remembers how far: what was folded before an event that can't be is not folded again.
    fn fold(&self, page: &[Decoded]) -> Result<(), FoldError> {
        let mut model = self.model.write().unwrap_or_else(PoisonError::into_inner);
        for Decoded { position, time, events } in page {
            for (Happening { subject, event, .. }, sequence) in events.iter().skip(model.events_beyond) {
                model.fold(subject, event, *time).map_err(|source| FoldError::Impossible {
                    subject: subject.clone(),
                    sequence: *sequence,
                    source,
                })?;
                model.events_beyond += 1;
            }
            (model.position, model.events_beyond) = (*position, 0);
        }
        Ok(())
    }
}

/// A commit that can be folded.
struct Decoded {
    position: Position,
    time: Timestamp,
    events: Vec<(Happening, Sequence)>,
}

fn decoded(commit: &RecordedCommit) -> Result<Decoded, FoldError> {
    let events = commit.events.iter().map(|event| Ok((happening(event)?, event.sequence)));
    let (position, time) = (commit.position, commit.header.time);
    Ok(Decoded { position, time, events: events.collect::<Result<_, FoldError>>()? })
}

impl fmt::Debug for Views {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Views").field("position", &self.position()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use cutover::{
        Actor, ApprovalStep, FreezeId, Moment, NewRelease, PipelineDefinition, Scope, Stage, StageEdit,
        StageId, Task, UserId, Variable,
    };
    use cutover_store_memory::MemoryStore;
    use futures::executor::block_on;

    use crate::Engine;

    /// Story: a deployment whose checks started anew was taken for one that freezes hold until it was over.
    #[test]
    fn who_is_asked_anew_is_not_held_by_freezes() {
        block_on(async {
            let engine = Engine::builder(MemoryStore::new()).build().await.unwrap();
            let ann = Actor::user("ann").unwrap();
            let step = ApprovalStep::user(UserId::new("ann").unwrap());
            let asks = Stage::new(StageId(1), "Dev").after_release().with_task(Task::command("ok"));
            let asks = asks.with_approval(Moment::Before, step);
            let pipeline = PipelineDefinition::new("Shop").with_stage(asks);
            let pipeline = engine.create_pipeline(&ann, pipeline).await.unwrap();
            let freeze = FreezeId::new("sale").unwrap();
            engine.stop_the_line(&ann, freeze, Scope::Store, "the sale").await.unwrap();
            let release = engine.create_release(&ann, pipeline, NewRelease::default()).await.unwrap();
            let asked = engine.views().latest().await.unwrap().all_pending_approvals()[0].id;
            engine.approve(&ann, asked, "").await.unwrap();
            assert_eq!(engine.views().latest().await.unwrap().frozen(), [asked.deployment]);
            let variables = [("color".to_owned(), Variable::plain("red"))].into();
            let edit = StageEdit { variables: Some(variables), ..StageEdit::of(StageId(1)) };
            engine.revise_stage(&ann, release, edit).await.unwrap();
            assert_eq!(engine.views().latest().await.unwrap().frozen(), []);
            let asked = engine.views().latest().await.unwrap().all_pending_approvals()[0].id;
            engine.approve(&ann, asked, "").await.unwrap();
            assert_eq!(engine.views().latest().await.unwrap().frozen(), [asked.deployment]);
        });
    }
}
