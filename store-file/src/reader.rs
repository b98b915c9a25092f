//! Reads commits back, beside the writer and without holding it up: all of them in order, or those of one stream.
//!
//! Every frame is checked as it is read: its checksum, and that it is the one that should be there. What is before the end of the saved index
//! was not read when the store was opened, so this is where damage there comes to light.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use cutover::store::{Position, RecordedCommit, RecordedEvent, Sequence, StoreError, StreamId};

use crate::content::{CommitRead, Pointer};
use crate::disk::{Access, DiskFile};
use crate::header::HEADER_BYTES;
use crate::index::{Mark, Place};
use crate::recovery::read_header;
use crate::scan::short;
use crate::segment;
use crate::shared::Shared;
use crate::window::{Unread, Window};

/// Where the first frame of a segment is.
const SEGMENT_START: u32 = 77;
const _: () = assert!(SEGMENT_START as usize == HEADER_BYTES);
/// How many segments are kept open for reading.
const OPEN_SEGMENTS: usize = 64;

/// Files that are open for reading, by segment.
pub(crate) struct Reader {
    shared: Arc<Shared>,
    files: Mutex<BTreeMap<u32, Arc<dyn DiskFile>>>,
}

impl Reader {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, files: Mutex::default() }
    }

    pub(crate) fn read_stream(
        &self,
        stream: &StreamId,
        after: Sequence,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        let mut events: Vec<RecordedEvent> = Vec::new();
        while events.len() < limit {
            let after = events.last().map_or(after, |event| event.sequence);
            let Some(last) = self.shared.index().frame_behind(stream.as_str(), after) else {
                break;
            };
            events.extend(self.walk_back(stream, after, last, limit - events.len())?);
        }
        Ok(events)
    }

    /// The first `limit` events of a stream after `after`, up to those in the frame at `last`. They are found from the end: each frame says where
    /// the stream's frame before it is.
    fn walk_back(
        &self,
        stream: &StreamId,
        after: Sequence,
        last: Mark,
        limit: usize,
    ) -> Result<VecDeque<RecordedEvent>, StoreError> {
        let mut events = VecDeque::new();
        let mut window: Option<(u32, Window)> = None;
        let Mark { last: mut sequence, mut place } = last;
        loop {
            let mut in_segment = match window.take() {
                Some((segment, window)) if segment == place.segment => window,
                Some(_) | None => Window::new(self.file(place.segment)?, self.end_of(place.segment)),
            };
            let json = in_segment.previous_frame(place.offset.into());
            let json = json.map_err(|unread| self.unread(place, unread))?.json;
            let commit = CommitRead::of(json).map_err(|error| self.damaged(place, &error.to_string()))?;
            let of_stream = commit.of_stream(stream, after).map_err(|what| self.damaged(place, &what))?;
            if of_stream.last != sequence {
                let what =
                    format!("expected stream {stream} up to sequence {sequence}, found {}", of_stream.last);
                return Err(self.damaged(place, &what));
            }
            for event in of_stream.events.into_iter().rev() {
                events.push_front(event);
            }
            // Those in between are only on the way to the first.
            events.truncate(limit);
            if of_stream.first <= after.0 + 1 {
                return Ok(events);
            }
            sequence = of_stream.first - 1;
            let before = of_stream.previous.and_then(|pointer| self.place_before(place, pointer));
            window = Some((place.segment, in_segment));
            let missing = || format!("no frame of stream {stream} with sequence {sequence} comes before it");
            place = before.ok_or_else(|| self.damaged(place, &missing()))?;
        }
    }

    /// The place that a frame at `place` points back to, if it is before that.
    fn place_before(&self, place: Place, pointer: Pointer) -> Option<Place> {
        self.shared.index().place_of(pointer).filter(|before| *before < place)
    }

    pub(crate) fn read_all(&self, after: Position, limit: usize) -> Result<Vec<RecordedCommit>, StoreError> {
        let mut commits: Vec<RecordedCommit> = Vec::new();
        let Some(mut walk) = Walk::to(self, after.0.saturating_add(1)).filter(|_| limit > 0) else {
            return Ok(commits);
        };
        walk.skip_to(after.0.saturating_add(1))?;
        let mut left = limit;
        while let Some((place, json)) = walk.next()? {
            let commit = CommitRead::of(json).map_err(|error| self.damaged(place, &error.to_string()))?;
            let expected = after.0 + commits.len() as u64 + 1;
            if commit.position().0 != expected {
                let what = format!("expected position {expected}, found {}", commit.position());
                return Err(self.damaged(place, &what));
            }
            let count = commit.events.len();
            if left == 0 || (count > left && !commits.is_empty()) {
                break;
            }
            // One that holds no events any more counts too, so that a page of such has an end.
            left = left.saturating_sub(count.max(1));
            let header = commit.header();
            let events = commit.events(&header).map_err(|what| self.damaged(place, &what))?;
            commits.push(RecordedCommit { position: commit.position(), header, events });
        }
        Ok(commits)
    }

    /// Up to where a segment may be read: what is behind the newest commit may be half written.
    fn end_of(&self, segment: u32) -> u64 {
        match self.shared.index().newest_frame() {
            Some(newest) if newest.place.segment == segment => newest.end.into(),
            Some(_) | None => u64::MAX,
        }
    }

    fn first_position_of(&self, segment: u32) -> u64 {
        self.shared.index().first_position_of(segment).unwrap_or(0)
    }

    /// Forgets which files are open: others may have their names.
    pub(crate) fn forget_files(&self) {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(crate) fn file(&self, segment: u32) -> Result<Arc<dyn DiskFile>, StoreError> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = files.get(&segment) {
            return Ok(Arc::clone(file));
        }
        let first = self.first_position_of(segment);
        let path = segment::path(&self.shared.folder, first);
        let file = self.shared.disk.open(&path, Access::Read);
        let file =
            file.map_err(|error| StoreError::unavailable(format!("opening {}", path.display()), error))?;
        if read_header(&*file).is_none_or(|header| header.first != first || header.store != self.shared.store)
        {
            let what =
                format!("expected the header of the segment from position {first}, found something else");
            return Err(self.damaged(Place { segment, offset: 0 }, &what));
        }
        if files.len() >= OPEN_SEGMENTS {
            // The oldest goes: the newest are read most.
            files.pop_first();
        }
        let file: Arc<dyn DiskFile> = Arc::from(file);
        files.insert(segment, Arc::clone(&file));
        Ok(file)
    }

    fn unread(&self, place: Place, unread: Unread) -> StoreError {
        match unread {
            Unread::Flaw(flaw) => self.damaged(place, &flaw.to_string()),
            Unread::Io(error) => StoreError::unavailable("reading the log", error),
        }
    }

    fn damaged(&self, place: Place, what: &str) -> StoreError {
        let path = segment::path(&self.shared.folder, self.first_position_of(place.segment));
        let offset = place.offset;
        StoreError::Damaged { what: format!("{} at offset {offset}: {what}", path.display()) }
    }
}

/// Goes from frame to frame through the log, up to what was its newest commit when it began.
struct Walk<'a> {
    reader: &'a Reader,
    /// The position of the next frame, and where it is.
    position: u64,
    place: Place,
    head: u64,
    /// The last position in this segment.
    last: u64,
    window: Option<Window>,
}

impl<'a> Walk<'a> {
    /// Begins at a position, or somewhat before it. `None` if nothing is there yet.
    fn to(reader: &'a Reader, position: u64) -> Option<Self> {
        let index = reader.shared.index();
        let head = index.head().0;
        let (nearest, place) = index.nearest(position).filter(|_| position <= head)?;
        drop(index);
        let mut walk = Self { reader, position: nearest, place, head, last: 0, window: None };
        walk.last = walk.last_of_segment();
        Some(walk)
    }

    fn last_of_segment(&self) -> u64 {
        let next = self.reader.shared.index().first_position_of(self.place.segment + 1);
        next.map_or(self.head, |first| (first - 1).min(self.head))
    }

    /// Passes over what is before a position.
    fn skip_to(&mut self, position: u64) -> Result<(), StoreError> {
        while self.position < position && self.next()?.is_some() {}
        Ok(())
    }

    /// The next frame: its place, and its JSON with the checksum checked.
    fn next(&mut self) -> Result<Option<(Place, &[u8])>, StoreError> {
        if self.position > self.head {
            return Ok(None);
        }
        if self.position > self.last {
            self.place = Place { segment: self.place.segment + 1, offset: SEGMENT_START };
            self.last = self.last_of_segment();
            self.window = None;
        }
        let (reader, place) = (self.reader, self.place);
        let window = match &mut self.window {
            Some(window) => window,
            none @ None => {
                none.insert(Window::new(reader.file(place.segment)?, reader.end_of(place.segment)))
            }
        };
        let framed = window.next_frame(place.offset.into()).map_err(|unread| reader.unread(place, unread))?;
        self.place.offset = place.offset.saturating_add(short(framed.bytes() as u64));
        self.position += 1;
        Ok(Some((place, framed.json)))
    }
}
