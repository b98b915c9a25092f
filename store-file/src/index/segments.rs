//! Where each commit is, by position: the segment it is in, and the nearest of a few places there from which to count.

use super::Place;

/// One place is kept for so many bytes of a segment: so much is looked through at most until a commit is found.
const MARK_BYTES: u32 = 32 * 1024;

/// A commit's position, and where it is in its segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PositionMark {
    pub(crate) position: u64,
    pub(crate) offset: u32,
}

#[derive(Debug, PartialEq, Eq)]
struct Segment {
    first: u64,
    marks: Vec<PositionMark>,
}

/// All segments, oldest first.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Segments(Vec<Segment>);

impl Segments {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Notes that a segment was begun, and says its number.
    pub(crate) fn begin(&mut self, first: u64) -> u32 {
        self.0.push(Segment { first, marks: Vec::new() });
        u32::try_from(self.0.len() - 1).unwrap_or(u32::MAX)
    }

    pub(crate) fn first_position_of(&self, segment: u32) -> Option<u64> {
        self.0.get(segment as usize).map(|segment| segment.first)
    }

    /// The number of the segment whose first position this is.
    pub(crate) fn number_of(&self, first: u64) -> Option<u32> {
        let number = self.0.binary_search_by_key(&first, |segment| segment.first).ok()?;
        u32::try_from(number).ok()
    }

    pub(crate) fn append(&mut self, position: u64, place: Place) {
        if let Some(segment) = self.0.get_mut(place.segment as usize) {
            let is_far = |mark: &PositionMark| place.offset - mark.offset >= MARK_BYTES;
            if segment.marks.last().is_none_or(is_far) {
                segment.marks.push(PositionMark { position, offset: place.offset });
            }
        }
    }

    /// The nearest place that is known at or before a position, and the position there.
    pub(crate) fn nearest(&self, position: u64) -> Option<(u64, Place)> {
        let number = self.0.partition_point(|segment| segment.first <= position).checked_sub(1)?;
        let marks = &self.0[number].marks;
        let mark = marks.get(marks.partition_point(|mark| mark.position <= position).checked_sub(1)?)?;
        Some((mark.position, Place { segment: u32::try_from(number).ok()?, offset: mark.offset }))
    }

    /// The segments that begin behind a position, by first position, and all marks behind it, each with the number of its segment.
    pub(crate) fn behind(&self, position: u64) -> (Vec<u64>, Vec<(u32, PositionMark)>) {
        let firsts = self.0.iter().map(|segment| segment.first).filter(|first| *first > position);
        let numbered = (0_u32..).zip(&self.0);
        let marks = numbered.flat_map(|(number, segment)| {
            let known = segment.marks.partition_point(|mark| mark.position <= position);
            segment.marks[known..].iter().map(move |mark| (number, *mark))
        });
        (firsts.collect(), marks.collect())
    }

    /// Takes over a mark that was saved. `false` if there is no such segment.
    pub(crate) fn restore(&mut self, segment: u32, mark: PositionMark) -> bool {
        self.0.get_mut(segment as usize).map(|segment| segment.marks.push(mark)).is_some()
    }
}
