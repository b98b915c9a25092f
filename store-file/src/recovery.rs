//! Reads the whole log when the store is opened: what is in it, and what a crash left unfinished at its end.
//!
//! This only looks; `repair.rs` then does what is to be done. So a log that is refused is left as it was found.

use std::path::{Path, PathBuf};

use cutover::store::StreamId;

use crate::content::{self, CommitSummary, Summary};
use crate::disk::{Access, Disk, read_whole};
use crate::error::{Damage, OpenError};
use crate::frame;
use crate::header::{HEADER_BYTES, Header, HeaderFlaw, StoreId};
use crate::index::{Index, Place};
use crate::segment;

/// Sectors are written whole or not at all; a header lies in the first.
const SECTOR_BYTES: usize = 512;

/// A log as it was found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) index: Index,
    pub(crate) last: Option<LastSegment>,
    /// A segment that has no header yet, to be removed.
    pub(crate) unborn: Option<PathBuf>,
}

/// The segment that is appended to.
#[derive(Debug)]
pub(crate) struct LastSegment {
    pub(crate) path: PathBuf,
    pub(crate) number: u32,
    pub(crate) store: StoreId,
    /// The end of the last commit.
    pub(crate) end: u64,
    pub(crate) tail: Tail,
    /// The last batch, from its offset to `end`; none if no commit is in the segment.
    pub(crate) last_batch: Option<(u64, Vec<u8>)>,
}

/// What follows the last commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Tail {
    /// The mark of a clean close.
    Closed,
    /// Nothing, or zeros only.
    Open,
    /// What a crash left: so many bytes up to the last that is not zero, and why they are no frame.
    Torn { bytes: u64, reason: String },
}

/// Reads the log in `folder`.
pub(crate) fn inspect(disk: &dyn Disk, folder: &Path) -> Result<Found, OpenError> {
    let names = disk.list(folder).map_err(|source| OpenError::io(folder, source))?;
    let mut firsts: Vec<u64> = names.iter().filter_map(|name| segment::first_position(name)).collect();
    firsts.sort_unstable();
    let mut found = Found { index: Index::default(), last: None, unborn: None };
    for (number, first) in firsts.iter().enumerate() {
        let path = segment::path(folder, *first);
        let file = disk.open(&path, Access::Read).map_err(|source| OpenError::io(&path, source))?;
        let bytes = read_whole(&*file).map_err(|source| OpenError::io(&path, source))?;
        let is_last = number + 1 == firsts.len();
        let store = found.last.as_ref().map(|last| last.store);
        let mut scan = Scan::new(&path, &bytes, &mut found.index);
        match scan.header(*first, store, is_last)? {
            Some(store) => found.last = Some(scan.segment(store, is_last)?),
            None => found.unborn = Some(path),
        }
    }
    Ok(found)
}

/// Reads one segment.
struct Scan<'a> {
    path: &'a Path,
    bytes: &'a [u8],
    index: &'a mut Index,
    number: u32,
    offset: usize,
    /// The offset of the batch that the frame before belongs to.
    batch: usize,
}

impl<'a> Scan<'a> {
    fn new(path: &'a Path, bytes: &'a [u8], index: &'a mut Index) -> Self {
        Self { path, bytes, index, number: 0, offset: 0, batch: HEADER_BYTES }
    }

    /// The store that the header names, or `None` for a segment that was never finished and holds nothing.
    fn header(
        &mut self,
        first: u64,
        store: Option<StoreId>,
        is_last: bool,
    ) -> Result<Option<StoreId>, OpenError> {
        let next = self.next_position();
        let header = match Header::decode(self.bytes) {
            Ok(header) => header,
            Err(HeaderFlaw::LaterFormat(format)) => {
                return Err(OpenError::later_format(self.path.to_owned(), format));
            }
            Err(HeaderFlaw::Invalid) => {
                let is_empty = self.bytes.iter().skip(SECTOR_BYTES).all(|byte| *byte == 0);
                if is_last && is_empty && self.valid_frame(0, |_| true).is_none() {
                    return Ok(None);
                }
                return Err(self.damage(None, "a segment's header", "something else"));
            }
        };
        if header.first != first || first != next {
            let expected = format!("a segment that begins at position {next}");
            return Err(self.damage(None, expected, format!("one that begins at {}", header.first)));
        }
        if let Some(store) = store
            && header.store != store
        {
            let expected = format!("a segment of store {store}");
            return Err(self.damage(None, expected, format!("one of store {}", header.store)));
        }
        self.number = self.index.begin_segment(first);
        self.offset = HEADER_BYTES;
        Ok(Some(header.store))
    }

    /// Takes all frames into the index.
    fn segment(mut self, store: StoreId, is_last: bool) -> Result<LastSegment, OpenError> {
        let mut commits = 0_usize;
        let tail = loop {
            let rest = &self.bytes[self.offset..];
            let json = match frame::read(rest) {
                Ok(json) => json,
                Err(flaw) => break self.tail(&flaw, is_last)?,
            };
            let length = json.len() + frame::FRAME_BYTES;
            match content::summary(json) {
                Ok(Summary::Commit(commit)) => {
                    self.take(&commit)?;
                    commits += 1;
                    self.offset += length;
                }
                Ok(Summary::End(end)) => break self.end(&end, length, is_last)?,
                Err(error) => return Err(self.damage(None, "a commit", format!("JSON that says: {error}"))),
            }
        };
        let last_batch = (commits > 0).then(|| {
            let batch = self.bytes[self.batch..self.offset].to_vec();
            (self.batch as u64, batch)
        });
        Ok(LastSegment {
            path: self.path.to_owned(),
            number: self.number,
            store,
            end: self.offset as u64,
            tail,
            last_batch,
        })
    }

    /// Checks that a commit goes on from what came before, and takes it into the index.
    fn take(&mut self, commit: &CommitSummary<'_>) -> Result<(), OpenError> {
        let next = self.next_position();
        if commit.position != next {
            return Err(self.damage(
                None,
                format!("position {next}"),
                format!("position {}", commit.position),
            ));
        }
        let batch = usize::try_from(commit.batch).unwrap_or(usize::MAX);
        if batch != self.offset && batch != self.batch {
            let expected = format!("a batch that begins at {} or {}", self.batch, self.offset);
            return Err(self.damage(None, expected, format!("one that begins at {batch}")));
        }
        let mut events = vec![0_u64; commit.streams.len()];
        for event in &commit.events {
            match events.get_mut(event.stream) {
                Some(events) => *events += 1,
                None => return Err(self.damage(None, "events of the streams named", "an event of another")),
            }
        }
        let place = Place { segment: self.number, offset: u32::try_from(self.offset).unwrap_or(u32::MAX) };
        let mut streams = Vec::with_capacity(events.len());
        for (row, events) in commit.streams.iter().zip(events) {
            let stream = StreamId::new(&row.stream)
                .map_err(|error| self.damage(None, "a stream's name", error.to_string()))?;
            let first = self.index.sequence_of(&stream).0 + 1;
            if row.first != first || events == 0 {
                let expected = format!("events of stream {stream} from sequence {first}");
                return Err(self.damage(None, expected, format!("{events} from {}", row.first)));
            }
            let previous = self.index.newest_frame_of(&stream);
            if row.previous != previous {
                let expected = format!("a pointer from stream {stream} to {previous:?}");
                return Err(self.damage(None, expected, format!("one to {:?}", row.previous)));
            }
            streams.push((stream, first..first + events));
        }
        self.batch = batch;
        self.index.append(place);
        for (stream, sequences) in streams {
            self.index.append_to_stream(&stream, sequences);
        }
        Ok(())
    }

    /// The mark of a clean close.
    fn end(&self, end: &content::End, length: usize, is_last: bool) -> Result<Tail, OpenError> {
        let head = self.index.head().0;
        let rest = &self.bytes[self.offset + length..];
        if !is_last || end.end != head || end.batch != self.offset as u64 {
            let expected = format!("position {}", head + 1);
            return Err(self.damage(None, expected, format!("the end of the log at position {}", end.end)));
        }
        // Whoever opens the log after that close takes the mark away, durably, before appending.
        if rest.iter().any(|byte| *byte != 0) {
            return Err(self.damage(None, "nothing after the mark of a clean close", "something"));
        }
        Ok(Tail::Closed)
    }

    /// What follows the last frame: nothing, an unfinished batch, or damage.
    fn tail(&self, flaw: &frame::Flaw, is_last: bool) -> Result<Tail, OpenError> {
        if self.bytes_to_cut() == 0 {
            return Ok(Tail::Open);
        }
        let here = self.offset as u64;
        let later = self.valid_frame(self.offset + 1, |batch| batch > here);
        if !is_last || later.is_some() {
            let last = later.map(|position| position.saturating_sub(1));
            return Err(self.damage(last, flaw.expected(), flaw.found()));
        }
        Ok(Tail::Torn { bytes: self.bytes_to_cut(), reason: flaw.to_string() })
    }

    /// The bytes from here to the last that is not zero.
    fn bytes_to_cut(&self) -> u64 {
        let rest = &self.bytes[self.offset..];
        rest.iter().rposition(|byte| *byte != 0).map_or(0, |place| place as u64 + 1)
    }

    /// The position of the first valid frame at or after `offset` whose batch is one that is `sought`.
    ///
    /// It is looked for at every byte, since the damage may be in a length or in a newline. Text inside of a payload is never
    /// taken for a frame: within JSON a quote that follows a bare brace cannot stand behind two bare numbers.
    fn valid_frame(&self, offset: usize, sought: impl Fn(u64) -> bool) -> Option<u64> {
        let mut candidate = offset;
        while candidate + frame::FRAME_BYTES <= self.bytes.len() {
            let bytes = &self.bytes[candidate..];
            candidate += 1;
            if bytes[frame::PREFIX_BYTES] != b'{' {
                continue;
            }
            let summary = frame::read(bytes).ok().and_then(|json| content::summary(json).ok());
            match summary {
                Some(Summary::Commit(commit)) if sought(commit.batch) => return Some(commit.position),
                Some(Summary::End(end)) if sought(end.batch) => return Some(end.end + 1),
                Some(Summary::Commit(_) | Summary::End(_)) | None => {}
            }
        }
        None
    }

    fn next_position(&self) -> u64 {
        self.index.head().0 + 1
    }

    fn damage(&self, last: Option<u64>, expected: impl Into<String>, found: impl Into<String>) -> OpenError {
        OpenError::Damaged(Damage {
            segment: self.path.to_owned(),
            offset: self.offset as u64,
            first: self.next_position(),
            last,
            expected: expected.into(),
            found: found.into(),
        })
    }
}
