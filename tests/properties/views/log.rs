//! The log of a world, as an engine reads it. Nothing is committed by way of it.

use std::sync::Mutex;

use async_trait::async_trait;
use cutover::store::{
    Checkpoint, Commit, CommitError, EventStore, Position, RecordedCommit, RecordedEvent, Sequence,
    StoreError, StreamId,
};

use crate::world::World;

#[derive(Default)]
pub struct Log(Mutex<Vec<RecordedCommit>>);

impl Log {
    /// What the world has recorded that is not in it.
    pub fn further(&self, world: &World) -> Vec<RecordedCommit> {
        let known = self.0.lock().expect("nobody panics while it is held");
        let after = known.last().map_or(Position::START, |commit| commit.position);
        let recorded = world.streams.values();
        let mut new: Vec<&RecordedEvent> = recorded
            .flat_map(|events| events.iter().rev().take_while(|event| event.position > after))
            .collect();
        new.sort_by_key(|event| (event.position, event.index));
        let commits =
            new.chunk_by(|one, other| one.position == other.position).map(|events| RecordedCommit {
                position: events[0].position,
                header: events[0].header.clone(),
                events: events.iter().map(|event| (*event).clone()).collect(),
            });
        commits.collect()
    }

    pub fn append(&self, commit: RecordedCommit) {
        self.0.lock().expect("nobody panics while it is held").push(commit);
    }
}

#[async_trait]
impl EventStore for Log {
    async fn read_all(&self, after: Position, limit: usize) -> Result<Vec<RecordedCommit>, StoreError> {
        let known = self.0.lock().expect("nobody panics while it is held");
        let from_there = &known[known.partition_point(|commit| commit.position <= after)..];
        let mut events = 0;
        let fit = from_there.iter().enumerate().take_while(|(place, commit)| {
            events += commit.events.len();
            *place == 0 || events <= limit
        });
        Ok(fit.map(|(_, commit)| commit.clone()).collect())
    }

    async fn head(&self) -> Result<Position, StoreError> {
        let known = self.0.lock().expect("nobody panics while it is held");
        Ok(known.last().map_or(Position::START, |commit| commit.position))
    }

    async fn commit(&self, _: Commit) -> Result<Position, CommitError> {
        unreachable!("views commit nothing")
    }

    async fn read_stream(
        &self,
        _: &StreamId,
        _: Sequence,
        _: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        unreachable!("views read the whole log")
    }

    async fn wait_past(&self, _: Position) -> Result<Position, StoreError> {
        unreachable!("nobody waits")
    }

    async fn load_checkpoint(&self, _: &StreamId) -> Result<Option<Checkpoint>, StoreError> {
        Ok(None)
    }

    async fn save_checkpoint(&self, _: &StreamId, _: Checkpoint) -> Result<(), StoreError> {
        Ok(())
    }
}
