//! Where each stream stands: 32 bytes a stream, 5 to 12 for finding it, and its name.

use std::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::names::{Name, Names};
use super::{Place, StreamState};

/// Streams in one piece of memory: the table grows piece by piece, so that growing copies nothing and wastes little.
const PIECE: usize = 1024;
/// A stream of more frames than that keeps one place for so many.
pub(crate) const FRAMES_PER_MARK: u8 = u8::MAX;
/// Stands for "no marks".
const NONE: u32 = u32::MAX;

/// The last of so many frames of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The sequence of the stream's last event in that frame.
    pub(crate) last: u64,
    pub(crate) place: Place,
}

#[derive(Debug, Clone, Copy)]
struct Stream {
    name: Name,
    sequence: u64,
    /// Its newest frame.
    newest: Place,
    /// Which of the lists of marks is its own.
    marks: u32,
    /// Frames since the last mark.
    unmarked: u8,
    /// Whether it has changed since the index was last saved.
    is_changed: bool,
}

/// All streams.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    hasher: DefaultHashBuilder,
    names: Names,
    pieces: Vec<Vec<Stream>>,
    table: HashTable<u32>,
    marks: Vec<Vec<Mark>>,
    /// The numbers of those that have changed since the index was last saved.
    changed: Vec<u32>,
}

impl Streams {
    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    /// Makes room for so many streams in all.
    pub(crate) fn reserve(&mut self, streams: usize) {
        let Self { hasher, names, pieces, table, .. } = self;
        let more = streams.saturating_sub(table.len());
        table.reserve(more, |number| hasher.hash_one(name_of(names, pieces, *number)));
    }

    pub(crate) fn get(&self, name: &[u8]) -> Option<StreamState> {
        let number = self.find(name)?;
        stream(&self.pieces, number)
            .map(|stream| StreamState { sequence: stream.sequence, newest: stream.newest })
    }

    /// The first mark of the stream behind the event with the sequence `after`.
    pub(crate) fn mark_behind(&self, name: &[u8], after: u64) -> Option<Mark> {
        let stream = stream(&self.pieces, self.find(name)?)?;
        let marks = self.marks.get(stream.marks as usize)?;
        marks.get(marks.partition_point(|mark| mark.last <= after)).copied()
    }

    fn find(&self, name: &[u8]) -> Option<u32> {
        let Self { hasher, names, pieces, table, .. } = self;
        table.find(hasher.hash_one(name), |number| name_of(names, pieces, *number) == name).copied()
    }

    /// The stream's number, which it is given if it is new.
    fn number(&mut self, name: &[u8]) -> u32 {
        if let Some(number) = self.find(name) {
            return number;
        }
        let number = u32::try_from(self.table.len()).unwrap_or(u32::MAX);
        let stream = Stream {
            name: self.names.add(name),
            sequence: 0,
            newest: Place { segment: 0, offset: 0 },
            marks: NONE,
            unmarked: 0,
            is_changed: false,
        };
        if self.pieces.last().is_none_or(|piece| piece.len() == PIECE) {
            self.pieces.push(Vec::with_capacity(PIECE));
        }
        if let Some(piece) = self.pieces.last_mut() {
            piece.push(stream);
        }
        let Self { hasher, names, pieces, table, .. } = self;
        let hash = hasher.hash_one(name);
        table.insert_unique(hash, number, |number| hasher.hash_one(name_of(names, pieces, *number)));
        number
    }

    /// Notes that the frame at `place` holds the stream's events up to `sequence`.
    pub(crate) fn append(&mut self, name: &[u8], sequence: u64, place: Place) {
        let number = self.number(name);
        let Self { pieces, marks, changed, .. } = self;
        let Some(stream) = stream_mut(pieces, number) else {
            return;
        };
        stream.sequence = sequence;
        stream.newest = place;
        if !stream.is_changed {
            stream.is_changed = true;
            changed.push(number);
        }
        if stream.unmarked == FRAMES_PER_MARK {
            stream.unmarked = 0;
            marks_of(marks, stream).push(Mark { last: sequence, place });
        } else {
            stream.unmarked += 1;
        }
    }

    /// Takes over what was saved of a stream: where it stood later than what is known, and marks that are new.
    pub(crate) fn restore(&mut self, saved: &SavedStream) {
        let number = self.number(&saved.name);
        let Self { pieces, marks, .. } = self;
        let Some(stream) = stream_mut(pieces, number) else {
            return;
        };
        stream.sequence = saved.state.sequence;
        stream.newest = saved.state.newest;
        stream.unmarked = saved.unmarked;
        if !saved.marks.is_empty() {
            marks_of(marks, stream).extend_from_slice(&saved.marks);
        }
    }

    /// The streams that have changed since this was last asked, as they stand; with the marks behind `since`.
    pub(crate) fn take_changed(&mut self, since: Option<Place>) -> Vec<ChangedStream> {
        let Self { pieces, marks, changed, .. } = self;
        let changed = std::mem::take(changed);
        let take = |number: u32| {
            let stream = stream_mut(pieces, number)?;
            stream.is_changed = false;
            let marks = marks.get(stream.marks as usize).map_or(&[][..], |marks| {
                let known = marks.partition_point(|mark| since.is_some_and(|since| mark.place <= since));
                &marks[known..]
            });
            Some(ChangedStream {
                number,
                state: StreamState { sequence: stream.sequence, newest: stream.newest },
                unmarked: stream.unmarked,
                marks: marks.to_vec(),
            })
        };
        changed.into_iter().filter_map(take).collect()
    }

    /// Counts streams among the changed again, because they were not saved after all.
    pub(crate) fn change_again(&mut self, numbers: &[u32]) {
        for number in numbers {
            if let Some(stream) = stream_mut(&mut self.pieces, *number)
                && !stream.is_changed
            {
                stream.is_changed = true;
                self.changed.push(*number);
            }
        }
    }

    /// What another table says otherwise, if it does not say the same of the same streams.
    pub(crate) fn difference(&self, other: &Self) -> Option<String> {
        if self.len() != other.len() {
            return Some(format!("expected {} streams, found {}", self.len(), other.len()));
        }
        let count = u32::try_from(self.len()).unwrap_or(u32::MAX);
        (0..count).find_map(|number| {
            let name = self.name(number);
            let (expected, found) = (self.all_of(number), other.find(name).and_then(|it| other.all_of(it)));
            let name = String::from_utf8_lossy(name);
            (expected != found).then(|| {
                let state = |it: Option<(StreamState, u8, &[Mark])>| it.map(|(state, ..)| state);
                format!("expected stream {name} at {:?}, found {:?}", state(expected), state(found))
            })
        })
    }

    /// Where a stream stands, its frames since the last mark, and its marks.
    fn all_of(&self, number: u32) -> Option<(StreamState, u8, &[Mark])> {
        let stream = stream(&self.pieces, number)?;
        let state = StreamState { sequence: stream.sequence, newest: stream.newest };
        let marks = self.marks.get(stream.marks as usize).map_or(&[][..], Vec::as_slice);
        Some((state, stream.unmarked, marks))
    }

    pub(crate) fn name(&self, number: u32) -> &[u8] {
        name_of(&self.names, &self.pieces, number)
    }

    #[cfg(test)]
    pub(crate) fn memory_bytes(&self) -> usize {
        let pieces =
            self.pieces.iter().map(|piece| piece.capacity() * size_of::<Stream>() + size_of_val(piece));
        let marks = self.marks.iter().map(|marks| marks.capacity() * size_of::<Mark>() + size_of_val(marks));
        let changed = self.changed.capacity() * size_of::<u32>();
        self.names.memory_bytes()
            + pieces.sum::<usize>()
            + self.table.allocation_size()
            + marks.sum::<usize>()
            + changed
    }
}

/// A stream as it stood when it was taken to be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChangedStream {
    pub(crate) number: u32,
    pub(crate) state: StreamState,
    pub(crate) unmarked: u8,
    pub(crate) marks: Vec<Mark>,
}

/// A stream as a file of the index has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SavedStream {
    pub(crate) name: Vec<u8>,
    pub(crate) state: StreamState,
    pub(crate) unmarked: u8,
    pub(crate) marks: Vec<Mark>,
}

fn split(number: u32) -> (usize, usize) {
    (number as usize / PIECE, number as usize % PIECE)
}

fn stream(pieces: &[Vec<Stream>], number: u32) -> Option<&Stream> {
    let (piece, place) = split(number);
    pieces.get(piece)?.get(place)
}

fn stream_mut(pieces: &mut [Vec<Stream>], number: u32) -> Option<&mut Stream> {
    let (piece, place) = split(number);
    pieces.get_mut(piece)?.get_mut(place)
}

fn name_of<'a>(names: &'a Names, pieces: &[Vec<Stream>], number: u32) -> &'a [u8] {
    stream(pieces, number).map_or(&[], |stream| names.get(stream.name))
}

fn marks_of<'a>(marks: &'a mut Vec<Vec<Mark>>, stream: &mut Stream) -> &'a mut Vec<Mark> {
    if stream.marks == NONE {
        stream.marks = u32::try_from(marks.len()).unwrap_or(NONE);
        marks.push(Vec::new());
    }
    &mut marks[stream.marks as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(number: u32) -> Place {
        Place { segment: number / 100, offset: number % 100 * 1000 + 77 }
    }

    #[test]
    fn a_stream_costs_at_most_64_bytes_besides_its_name() {
        assert_eq!(size_of::<Stream>(), 32);
        // Numbers around those at which a table has just grown.
        for streams in [50_000_u32, 57_344, 57_345, 100_000, 114_688, 114_689] {
            let mut table = Streams::default();
            let mut names = 0;
            for number in 0..streams {
                let name = format!("release/{number}");
                names += name.len();
                table.append(name.as_bytes(), 1, place(number));
            }
            let each = (table.memory_bytes() - names) / streams as usize;
            assert!(each <= 64, "{each} bytes for each of {streams} streams");
        }
    }

    #[test]
    fn a_stream_of_over_256_frames_keeps_one_place_for_256_of_them() {
        let mut table = Streams::default();
        for frame in 1..=1_000_u32 {
            // Two events a frame.
            table.append(b"queue", u64::from(frame) * 2, place(frame));
            table.append(b"other", 1, place(frame));
        }
        let marks: Vec<Mark> = table.marks[0].clone();
        assert_eq!(marks.iter().map(|mark| mark.last).collect::<Vec<_>>(), [512, 1_024, 1_536]);
        assert_eq!(table.mark_behind(b"queue", 0), Some(Mark { last: 512, place: place(256) }));
        assert_eq!(table.mark_behind(b"queue", 511), Some(Mark { last: 512, place: place(256) }));
        assert_eq!(table.mark_behind(b"queue", 512), Some(Mark { last: 1_024, place: place(512) }));
        assert_eq!(table.mark_behind(b"queue", 1_536), None);
        assert_eq!(table.mark_behind(b"nobody", 0), None);
    }

    #[test]
    fn what_was_saved_in_parts_is_what_there_was() {
        let (mut table, mut copy) = (Streams::default(), Streams::default());
        let mut since = None;
        for part in 0..4_u32 {
            for frame in part * 300 + 1..=part * 300 + 300 {
                table.append(b"queue", u64::from(frame), place(frame));
                table.append(format!("release/{}", frame % 350).as_bytes(), u64::from(frame), place(frame));
            }
            let changed = table.take_changed(since);
            if part == 2 {
                // It could not be saved, so that it is part of what is saved the next time.
                table.change_again(&changed.iter().map(|stream| stream.number).collect::<Vec<_>>());
                continue;
            }
            since = Some(place(part * 300 + 300));
            for ChangedStream { number, state, unmarked, marks } in changed {
                let name = table.name(number).to_vec();
                copy.restore(&SavedStream { name, state, unmarked, marks });
            }
        }
        assert_eq!(copy.len(), 351);
        for name in (0..350).map(|number| format!("release/{number}")).chain(["queue".to_owned()]) {
            assert_eq!(copy.get(name.as_bytes()), table.get(name.as_bytes()), "{name}");
        }
        assert_eq!(copy.marks, table.marks);
        copy.append(b"queue", 1_201, place(1_201));
        table.append(b"queue", 1_201, place(1_201));
        assert_eq!(copy.marks, table.marks);
        assert!(table.take_changed(since).iter().map(|stream| stream.number).eq([0]));
    }
}
