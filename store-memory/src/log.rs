//! What was recorded, in order, and where each stream's events stand in it.

use std::collections::HashMap;
use std::sync::Arc;

use cutover::store::{
    Commit, CommitParts, Conflict, Expectation, Mismatch, NewEvent, Position, RecordedCommit, RecordedEvent,
    Sequence, StreamId,
};

/// Where an event is: the commit's place in the log, and the event's place in the commit.
#[derive(Debug, Clone, Copy)]
struct Place {
    commit: usize,
    event: usize,
}

/// All commits, and an index of the streams. The commit at place `n` has position `n + 1`.
#[derive(Debug, Default)]
pub(crate) struct Log {
    commits: Vec<RecordedCommit>,
    streams: HashMap<StreamId, Vec<Place>>,
}

impl Log {
    pub(crate) fn head(&self) -> Position {
        Position(self.commits.len() as u64)
    }

    fn sequence_of(&self, stream: &StreamId) -> Sequence {
        Sequence(self.streams.get(stream).map_or(0, Vec::len) as u64)
    }

    /// Every stream that does not stand where the commit expects it.
    fn check(&self, commit: &Commit) -> Result<(), Conflict> {
        let mismatches: Vec<Mismatch> = commit
            .expectations()
            .filter_map(|expectation| {
                let actual = self.sequence_of(&expectation.stream);
                (actual != expectation.at).then(|| Mismatch {
                    stream: expectation.stream.clone(),
                    expected: expectation.at,
                    actual,
                })
            })
            .collect();
        if mismatches.is_empty() { Ok(()) } else { Err(Conflict(mismatches)) }
    }

    /// Records the whole commit, or nothing of it.
    pub(crate) fn append(&mut self, commit: Commit) -> Result<Position, Conflict> {
        self.check(&commit)?;
        let position = Position(self.commits.len() as u64 + 1);
        let recorded = record(commit, position);
        for event in &recorded.events {
            let place = Place { commit: self.commits.len(), event: event.index as usize };
            self.streams.entry(event.stream.clone()).or_default().push(place);
        }
        self.commits.push(recorded);
        Ok(position)
    }

    pub(crate) fn read_stream(&self, stream: &StreamId, after: Sequence, limit: usize) -> Vec<RecordedEvent> {
        let Some(places) = self.streams.get(stream) else {
            return Vec::new();
        };
        places
            .iter()
            .skip(place_after(after.0))
            .take(limit)
            .filter_map(|place| self.commits.get(place.commit)?.events.get(place.event).cloned())
            .collect()
    }

    pub(crate) fn read_all(&self, after: Position, limit: usize) -> Vec<RecordedCommit> {
        let mut left = limit;
        let mut page = Vec::new();
        for commit in self.commits.iter().skip(place_after(after.0)) {
            if left == 0 || (commit.events.len() > left && !page.is_empty()) {
                break;
            }
            left = left.saturating_sub(commit.events.len());
            page.push(commit.clone());
        }
        page
    }
}

/// The place in a list that follows the number `number`, of numbers that begin at 1.
fn place_after(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The commit as readers get it. Its expectations hold, so they say where each stream goes on.
fn record(commit: Commit, position: Position) -> RecordedCommit {
    let CommitParts { header, mut streams, events: new, .. } = commit.into_parts();
    let header = Arc::new(header);
    let mut events = Vec::with_capacity(new.len());
    for (index, (place, NewEvent { name, schema, cause, payload })) in (0_u32..).zip(new) {
        let Expectation { stream, at } = &mut streams[place];
        *at = at.plus(1);
        events.push(RecordedEvent {
            stream: stream.clone(),
            sequence: *at,
            position,
            index,
            header: Arc::clone(&header),
            cause,
            name,
            schema,
            payload,
        });
    }
    RecordedCommit { position, header, events }
}
