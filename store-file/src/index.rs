//! Where everything is: each commit by position, each stream by name. It is rebuilt from the log when the store is opened.

use std::collections::HashMap;
use std::ops::Range;

use cutover::store::{Position, Sequence, StreamId};

use crate::content::Pointer;

/// Where a frame is: the number of its segment, from 0, and its offset there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) segment: u32,
    pub(crate) offset: u32,
}

/// A frame of a stream: the sequence of the first event that it holds of that stream, and its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StreamFrame {
    pub(crate) first: u64,
    pub(crate) position: u64,
}

#[derive(Debug)]
struct Stream {
    sequence: u64,
    frames: Vec<StreamFrame>,
}

/// What the writer publishes once it is durable, and readers look up.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// The first position of every segment.
    segments: Vec<u64>,
    /// The frame of every position, the first at 0.
    places: Vec<Place>,
    streams: HashMap<StreamId, Stream>,
}

impl Index {
    /// The position of the newest commit; 0 if there is none.
    pub(crate) fn head(&self) -> Position {
        Position(self.places.len() as u64)
    }

    pub(crate) fn sequence_of(&self, stream: &StreamId) -> Sequence {
        Sequence(self.streams.get(stream).map_or(0, |stream| stream.sequence))
    }

    /// The stream's newest frame, as the log names it.
    pub(crate) fn newest_frame_of(&self, stream: &StreamId) -> Option<Pointer> {
        let newest = self.streams.get(stream)?.frames.last()?;
        self.place_of(newest.position).and_then(|place| self.pointer_to(place))
    }

    pub(crate) fn pointer_to(&self, place: Place) -> Option<Pointer> {
        let first = self.segments.get(place.segment as usize)?;
        Some(Pointer(*first, u64::from(place.offset)))
    }

    pub(crate) fn place_of(&self, position: u64) -> Option<Place> {
        let place = usize::try_from(position.checked_sub(1)?).ok()?;
        self.places.get(place).copied()
    }

    /// The first position of a segment.
    pub(crate) fn first_position_of(&self, segment: u32) -> Option<u64> {
        self.segments.get(segment as usize).copied()
    }

    /// At most `limit` places of commits after `after`, in order.
    pub(crate) fn places_after(&self, after: u64, limit: usize) -> Vec<Place> {
        let start = usize::try_from(after).unwrap_or(usize::MAX);
        self.places.iter().skip(start).take(limit).copied().collect()
    }

    /// The places of at most `limit` frames of the stream that hold events after `after`, in order.
    pub(crate) fn places_of(&self, stream: &StreamId, after: Sequence, limit: usize) -> Vec<Place> {
        let Some(stream) = self.streams.get(stream) else {
            return Vec::new();
        };
        if after.0 >= stream.sequence {
            return Vec::new();
        }
        let beyond = stream.frames.partition_point(|frame| frame.first <= after.0 + 1);
        let frames = stream.frames.iter().skip(beyond.saturating_sub(1)).take(limit);
        frames.filter_map(|frame| self.place_of(frame.position)).collect()
    }

    /// Notes that a segment was begun, and says its number.
    pub(crate) fn begin_segment(&mut self, first: u64) -> u32 {
        self.segments.push(first);
        u32::try_from(self.segments.len() - 1).unwrap_or(u32::MAX)
    }

    /// Notes the commit that follows the newest.
    pub(crate) fn append(&mut self, place: Place) {
        self.places.push(place);
    }

    /// Notes that the newest commit holds these events of a stream.
    pub(crate) fn append_to_stream(&mut self, stream: &StreamId, sequences: Range<u64>) {
        let frame = StreamFrame { first: sequences.start, position: self.places.len() as u64 };
        let sequence = sequences.end - 1;
        if let Some(stream) = self.streams.get_mut(stream) {
            stream.sequence = sequence;
            stream.frames.push(frame);
        } else {
            let frames = vec![frame];
            self.streams.insert(stream.clone(), Stream { sequence, frames });
        }
    }
}
