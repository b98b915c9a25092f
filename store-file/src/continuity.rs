//! The rules by which a commit goes on from what came before it. Whoever reads the log in order judges by these: opening a store, which ends at
//! the first that is broken, and the check of everything, which tells of them all.

use std::collections::HashSet;

use cutover::store::StreamId;

use crate::content::{CommitSummary, Pointer, Row};

/// Where a stream stands.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Standing {
    /// The sequence of its last event.
    pub(crate) sequence: u64,
    pub(crate) newest: Option<Pointer>,
}

/// What came before a commit.
pub(crate) trait Before {
    /// The position of the commit that comes next.
    fn next_position(&self) -> u64;

    /// The offset of the batch that the frame before belongs to; none if that is in another segment.
    fn batch(&self) -> Option<u64>;

    fn standing(&self, stream: &str) -> Standing;

    /// Whether a place is in what can't be read: what points there may be right.
    fn is_unread(&self, place: Pointer) -> bool;
}

/// A rule that a commit breaks.
#[derive(Debug)]
pub(crate) struct Break {
    pub(crate) expected: String,
    pub(crate) found: String,
}

impl Break {
    fn new(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { expected: expected.into(), found: found.into() }
    }
}

/// Whether the commit is the next.
pub(crate) fn position(before: &impl Before, commit: &CommitSummary<'_>) -> Option<Break> {
    let (next, position) = (before.next_position(), commit.position);
    (position != next).then(|| Break::new(format!("position {next}"), format!("position {position}")))
}

/// How many events each row of the commit's stream table gets, and what of the commit, which is at this place, does not go on from what came before; besides its position.
pub(crate) fn content(
    before: &impl Before,
    commit: &CommitSummary<'_>,
    at: Pointer,
) -> (Vec<u64>, Vec<Break>) {
    let mut breaks = Vec::new();
    breaks.extend(batch(before, commit.batch, at));
    let mut events = vec![0_u64; commit.streams.len()];
    for event in &commit.events {
        match events.get_mut(event.stream) {
            Some(events) => *events += 1,
            None => breaks.push(Break::new("events of the streams named", "an event of another")),
        }
    }
    let mut named = HashSet::new();
    for (row, events) in commit.streams.iter().zip(&events) {
        // Most commits have one stream, which needs no set.
        if commit.streams.len() > 1 && !named.insert(&*row.stream) {
            breaks.push(Break::new("each stream once", format!("stream {} twice", row.stream)));
        }
        breaks.extend(stream(before, row, *events));
    }
    (events, breaks)
}

fn batch(before: &impl Before, batch: u64, Pointer(segment, offset): Pointer) -> Option<Break> {
    let is_unread = batch < offset && before.is_unread(Pointer(segment, batch));
    if batch == offset || Some(batch) == before.batch() || is_unread {
        return None;
    }
    let expected = format!("a batch that begins at {} or {offset}", before.batch().unwrap_or(offset));
    Some(Break::new(expected, format!("one that begins at {batch}")))
}

/// A row of the commit's stream table goes on where the stream stands.
fn stream(before: &impl Before, row: &Row<'_>, events: u64) -> Vec<Break> {
    if let Err(error) = StreamId::new(&row.stream) {
        return vec![Break::new("a stream's name", error.to_string())];
    }
    let mut breaks = Vec::new();
    let (stream, Standing { sequence, newest }) = (&row.stream, before.standing(&row.stream));
    let next = sequence.saturating_add(1);
    // Where the stream went on in what can't be read, nobody knows how far it came there.
    let is_unread = row.previous > newest
        && row.first > next
        && row.previous.is_some_and(|previous| before.is_unread(previous));
    if !is_unread && row.first != next || events == 0 {
        let expected = format!("events of stream {stream} from sequence {next}");
        breaks.push(Break::new(expected, format!("{events} from {}", row.first)));
    }
    if !is_unread && row.previous != newest {
        let expected = format!("a pointer from stream {stream} to {newest:?}");
        breaks.push(Break::new(expected, format!("one to {:?}", row.previous)));
    }
    breaks
}
