//! Where everything is: each stream by name, each commit by position. It holds what is durable, and nothing else.
//!
//! It is small on purpose: a stream's newest frame (the frames themselves point back to those before), and a place now and then of each
//! segment and of each long stream. `streams.rs` and `segments.rs` hold those. So that it need not be rebuilt from the whole log, the
//! changes of it are saved into files beside the log: `file.rs` reads and writes one of those, `folder.rs` knows which of them
//! count, and `saving.rs` has them written in the background.

mod file;
mod folder;
mod names;
mod saving;
mod segments;
mod streams;

use std::ops::Range;

use cutover::store::{Position, Sequence};

use crate::content::Pointer;

pub(crate) use file::Head;
pub(crate) use folder::{Loaded, load};
pub(crate) use saving::Saving;
pub(crate) use streams::Mark;

use segments::{PositionMark, Segments};
use streams::{ChangedStream, Streams};

/// Where a frame is: the number of its segment, from 0, and its offset there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) segment: u32,
    pub(crate) offset: u32,
}

/// Where a stream stands, and its newest frame.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct StreamState {
    pub(crate) sequence: u64,
    pub(crate) newest: Place,
}

/// A commit's frame, by which the log's end is recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) place: Place,
    /// Where it ends.
    pub(crate) end: u32,
    /// The offset of its batch.
    pub(crate) batch: u32,
    pub(crate) checksum: u32,
}

/// A commit up to which an index is saved: its position, and its frame unless that is 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Saved {
    pub(crate) position: u64,
    pub(crate) frame: Option<Frame>,
}

/// What the writer publishes once it is durable, and readers look up.
#[derive(Debug, Default)]
pub(crate) struct Index {
    head: u64,
    newest: Option<Frame>,
    segments: Segments,
    streams: Streams,
}

/// The changes of an index since it was last saved.
#[derive(Debug)]
pub(crate) struct Changes {
    /// They are those of the commits behind this one ...
    pub(crate) from: Saved,
    /// ... up to this one, which has this frame.
    pub(crate) to: Saved,
    pub(crate) newest: Frame,
    pub(crate) segments: Vec<u64>,
    pub(crate) marks: Vec<(u32, PositionMark)>,
    pub(crate) streams: Vec<ChangedStream>,
}

impl Index {
    /// The position of the newest commit; 0 if there is none.
    pub(crate) fn head(&self) -> Position {
        Position(self.head)
    }

    /// The frame of the newest commit.
    pub(crate) fn newest_frame(&self) -> Option<Frame> {
        self.newest
    }

    /// How many streams there are.
    pub(crate) fn streams(&self) -> usize {
        self.streams.len()
    }

    pub(crate) fn segments(&self) -> usize {
        self.segments.len()
    }

    pub(crate) fn sequence_of(&self, stream: &str) -> Sequence {
        Sequence(self.state_of(stream).map_or(0, |state| state.sequence))
    }

    pub(crate) fn state_of(&self, stream: &str) -> Option<StreamState> {
        self.streams.get(stream.as_bytes())
    }

    pub(crate) fn pointer_to(&self, place: Place) -> Option<Pointer> {
        let first = self.segments.first_position_of(place.segment)?;
        Some(Pointer(first, u64::from(place.offset)))
    }

    /// The place that a frame of the log names.
    pub(crate) fn place_of(&self, Pointer(first, offset): Pointer) -> Option<Place> {
        Some(Place { segment: self.segments.number_of(first)?, offset: u32::try_from(offset).ok()? })
    }

    /// The first position of a segment.
    pub(crate) fn first_position_of(&self, segment: u32) -> Option<u64> {
        self.segments.first_position_of(segment)
    }

    /// The nearest place that is known at or before a position, and the position there.
    pub(crate) fn nearest(&self, position: u64) -> Option<(u64, Place)> {
        self.segments.nearest(position)
    }

    /// A frame of the stream with events behind `after`, from which to walk back, and the sequence of the last event there: the newest frame,
    /// or the nearest place that is kept of a long stream.
    pub(crate) fn frame_behind(&self, stream: &str, after: Sequence) -> Option<Mark> {
        let StreamState { sequence, newest } = self.state_of(stream)?;
        if sequence <= after.0 {
            return None;
        }
        let newest = Mark { last: sequence, place: newest };
        Some(self.streams.mark_behind(stream.as_bytes(), after.0).unwrap_or(newest))
    }

    /// Notes that a segment was begun, and says its number.
    pub(crate) fn begin_segment(&mut self, first: u64) -> u32 {
        self.segments.begin(first)
    }

    /// Notes the commit that follows the newest.
    pub(crate) fn append(&mut self, frame: Frame) {
        self.head += 1;
        self.segments.append(self.head, frame.place);
        self.newest = Some(frame);
    }

    /// Notes that the newest commit holds these events of a stream.
    pub(crate) fn append_to_stream(&mut self, stream: &str, sequences: &Range<u64>) {
        if let Some(Frame { place, .. }) = self.newest {
            self.streams.append(stream.as_bytes(), sequences.end - 1, place);
        }
    }

    /// What has changed since `from`, up to which the index is saved. `None` if nothing has.
    pub(crate) fn take_changes(&mut self, from: Saved) -> Option<Changes> {
        let newest = self.newest.filter(|_| self.head > from.position)?;
        let (mut segments, marks) = self.segments.behind(from.position);
        segments.retain(|first| *first <= self.head);
        let streams = self.streams.take_changed(from.frame.map(|frame| frame.place));
        let to = Saved { position: self.head, frame: Some(newest) };
        Some(Changes { from, to, newest, segments, marks, streams })
    }

    /// The changes of these streams were not saved: they are among the next.
    pub(crate) fn change_again(&mut self, streams: &[u32]) {
        self.streams.change_again(streams);
    }

    /// What another index says otherwise, if it is not the same.
    pub(crate) fn difference(&self, other: &Self) -> Option<String> {
        if (self.head, self.newest) != (other.head, other.newest) {
            let it = |index: &Self| format!("the commit at position {} as {:?}", index.head, index.newest);
            return Some(format!("expected {}, found {}", it(self), it(other)));
        }
        if self.segments != other.segments {
            return Some("expected other places of segments and commits".to_owned());
        }
        self.streams.difference(&other.streams)
    }

    pub(crate) fn name(&self, stream: u32) -> &[u8] {
        self.streams.name(stream)
    }
}
