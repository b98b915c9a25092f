//! What was recorded, read behind the engines' backs: the world as it is, and those who check it.

use std::sync::Arc;

use cutover::store::{EventStore, Position, RecordedCommit};
use cutover::transaction::{Folded, Happening, World};
use cutover::{Event, Subject};
use cutover_store_memory::MemoryStore;
use futures::FutureExt;

use super::checkers::{Acknowledged, Checker, Explained, Invariants, Seen, Watched};

/// Reads the store as nothing that fails does.
pub(super) struct Record {
    store: Arc<MemoryStore>,
    pub(super) world: World,
    pub(super) position: Position,
    pub(super) acknowledged: Acknowledged,
    pub(super) watched: Watched,
    checkers: Vec<Box<dyn Checker>>,
}

impl Record {
    pub(super) fn of(store: Arc<MemoryStore>, own: Vec<Box<dyn Checker>>, is_checked: bool) -> Self {
        let mut checkers: Vec<Box<dyn Checker>> = Vec::new();
        if is_checked {
            checkers.push(Box::new(Invariants::new()));
            checkers.push(Box::new(Explained));
        }
        checkers.extend(own);
        Self {
            store,
            world: World::new(),
            position: Position::START,
            acknowledged: Acknowledged::new(),
            watched: Watched::default(),
            checkers,
        }
    }

    /// Reads and checks what is new. Notes each new commit in a few words.
    pub(super) fn catch_up(&mut self, note: impl Fn(&str)) -> Result<(), String> {
        let page = self.store.read_all(self.position, usize::MAX).now_or_never();
        let page =
            page.ok_or("a memory store does not answer at once")?.map_err(|error| error.to_string())?;
        for commit in page {
            note(&in_words(&commit));
            self.take(commit)?;
        }
        Ok(())
    }

    fn take(&mut self, commit: RecordedCommit) -> Result<(), String> {
        let mut events = Vec::with_capacity(commit.events.len());
        let mut newest_before = None;
        for recorded in &commit.events {
            let subject = Subject::try_from(&recorded.stream).map_err(|error| error.to_string())?;
            let event = Event::decode(&subject, recorded).map_err(|error| format!("I15: {error}"))?;
            // Taken out while it is folded, so that it is not copied.
            let known =
                self.world.remove(&subject).unwrap_or_else(|| Arc::new(Folded::empty(subject.clone())));
            let is_first = !events.iter().any(|happening: &Happening| happening.subject == subject);
            if is_first {
                newest_before = newest_before.max(known.newest());
            }
            let mut folded = known;
            Arc::make_mut(&mut folded).apply(recorded).map_err(|error| format!("I15: {error}: {error:?}"))?;
            self.world.insert(folded);
            events.push(Happening { subject, event, cause: recorded.cause });
        }
        self.position = commit.position;
        let seen = Seen { commit, events, newest_before };
        self.acknowledged.recorded(&seen, &self.world)?;
        self.watched.recorded(&seen);
        for checker in &mut self.checkers {
            checker.recorded(&seen, &self.world)?;
        }
        Ok(())
    }
}

fn in_words(commit: &RecordedCommit) -> String {
    let events: Vec<_> =
        commit.events.iter().map(|event| format!("{} {}", event.stream, event.name)).collect();
    format!("commit {} by {}: {}", commit.position, commit.header.actor, events.join(", "))
}
