//! Reads frames back, page by page, beside the writer and without holding it up.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use cutover::store::{Position, RecordedCommit, RecordedEvent, Sequence, StoreError, StreamId};

use crate::content::CommitRead;
use crate::disk::{Access, DiskFile, read_full};
use crate::frame;
use crate::index::Place;
use crate::segment;
use crate::shared::Shared;

/// How much is read at once where frames follow one another.
const RUN_BYTES: usize = 128 * 1024;
/// How much is read at once where they are strewn over the log.
const SINGLE_BYTES: usize = 4 * 1024;
/// How many places are looked up at once.
const PLACES: usize = 1_000;
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
            let places = self.shared.index().places_of(stream, after, (limit - events.len()).min(PLACES));
            if places.is_empty() {
                break;
            }
            let mut window = Window::new(self, SINGLE_BYTES);
            let before = events.len();
            let first = places[0];
            for place in places {
                let commit = window.commit(place)?;
                let of_commit = commit
                    .events(&commit.header(), |name, sequence| name == stream.as_str() && sequence > after);
                events.extend(of_commit.map_err(|what| self.damaged(place, &what))?);
            }
            if events.len() == before {
                return Err(self.damaged(first, &format!("no event of stream {stream} is there")));
            }
        }
        events.truncate(limit);
        Ok(events)
    }

    pub(crate) fn read_all(&self, after: Position, limit: usize) -> Result<Vec<RecordedCommit>, StoreError> {
        let mut commits: Vec<RecordedCommit> = Vec::new();
        let mut left = limit;
        while left > 0 {
            let after = commits.last().map_or(after, |commit| commit.position);
            let places = self.shared.index().places_after(after.0, left.min(PLACES));
            if places.is_empty() {
                break;
            }
            let mut window = Window::new(self, RUN_BYTES);
            for place in places {
                let commit = window.commit(place)?;
                let count = commit.events.len();
                if left == 0 || (count > left && !commits.is_empty()) {
                    return Ok(commits);
                }
                left = left.saturating_sub(count);
                let header = commit.header();
                let events = commit.events(&header, |_, _| true);
                commits.push(RecordedCommit {
                    position: commit.position(),
                    header,
                    events: events.map_err(|what| self.damaged(place, &what))?,
                });
            }
        }
        Ok(commits)
    }

    fn first_position_of(&self, segment: u32) -> u64 {
        self.shared.index().first_position_of(segment).unwrap_or(0)
    }

    fn file(&self, segment: u32) -> Result<Arc<dyn DiskFile>, StoreError> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = files.get(&segment) {
            return Ok(Arc::clone(file));
        }
        let path = segment::path(&self.shared.folder, self.first_position_of(segment));
        let file = self.shared.disk.open(&path, Access::Read);
        let file =
            file.map_err(|error| StoreError::unavailable(format!("opening {}", path.display()), error))?;
        if files.len() >= OPEN_SEGMENTS {
            // The oldest goes: the newest are read most.
            files.pop_first();
        }
        let file: Arc<dyn DiskFile> = Arc::from(file);
        files.insert(segment, Arc::clone(&file));
        Ok(file)
    }

    fn damaged(&self, place: Place, what: &str) -> StoreError {
        let path = segment::path(&self.shared.folder, self.first_position_of(place.segment));
        let offset = place.offset;
        StoreError::Damaged { what: format!("{} at offset {offset}: {what}", path.display()) }
    }
}

/// A piece of a segment in memory, which moves along as frames are asked for.
///
/// It may hold what the writer had half written when it was filled: so one window serves only places that were in the index before it
/// was made, and never a place that was looked up later.
struct Window<'a> {
    reader: &'a Reader,
    file: Option<(u32, Arc<dyn DiskFile>)>,
    start: u64,
    bytes: Vec<u8>,
    /// How much is read at once, at least.
    reach: usize,
}

impl<'a> Window<'a> {
    fn new(reader: &'a Reader, reach: usize) -> Self {
        Self { reader, file: None, start: 0, bytes: Vec::new(), reach }
    }

    /// The commit at a place, checked.
    fn commit(&mut self, place: Place) -> Result<CommitRead<'_>, StoreError> {
        let reader = self.reader;
        let range = self.bring(place)?;
        let json =
            frame::read(&self.bytes[range]).map_err(|flaw| reader.damaged(place, &flaw.to_string()))?;
        CommitRead::of(json).map_err(|error| reader.damaged(place, &error.to_string()))
    }

    /// Has the whole frame in memory, and says where.
    fn bring(&mut self, place: Place) -> Result<std::ops::Range<usize>, StoreError> {
        let offset = u64::from(place.offset);
        if let Some(range) = self.range_of(place) {
            return Ok(range);
        }
        let file = match &self.file {
            Some((segment, file)) if *segment == place.segment => Arc::clone(file),
            Some(_) | None => self.reader.file(place.segment)?,
        };
        self.file = Some((place.segment, Arc::clone(&file)));
        self.fill(&*file, offset, self.reach)?;
        let length =
            frame::length(&self.bytes).map_err(|flaw| self.reader.damaged(place, &flaw.to_string()))?;
        if length > self.bytes.len() {
            self.fill(&*file, offset, length)?;
        }
        Ok(0..length.min(self.bytes.len()))
    }

    fn fill(&mut self, file: &dyn DiskFile, offset: u64, bytes: usize) -> Result<(), StoreError> {
        self.start = offset;
        self.bytes.resize(bytes, 0);
        let filled = read_full(file, &mut self.bytes, offset);
        let filled = filled.map_err(|error| StoreError::unavailable("reading the log", error))?;
        self.bytes.truncate(filled);
        Ok(())
    }

    /// Where in memory the frame is, if all of it is there.
    fn range_of(&self, place: Place) -> Option<std::ops::Range<usize>> {
        let (segment, _) = self.file.as_ref()?;
        if *segment != place.segment {
            return None;
        }
        let start = usize::try_from(u64::from(place.offset).checked_sub(self.start)?).ok()?;
        let length = frame::length(self.bytes.get(start..)?).ok()?;
        let range = start..start.checked_add(length)?;
        (range.end <= self.bytes.len()).then_some(range)
    }
}
