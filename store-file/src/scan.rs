//! Reads and checks one segment: its header, and that each commit goes on from what came before.

use std::path::Path;
use std::sync::Arc;

use crate::content::{self, CommitSummary, Pointer, Summary};
use crate::continuity::{self, Before, Standing};
use crate::disk::{DiskFile, read_from, read_full};
use crate::error::{Damage, OpenError};
use crate::frame::{self, Flaw, Framed};
use crate::header::{HEADER_BYTES, Header, HeaderFlaw, StoreId};
use crate::index::{Frame, Index, Place, StreamState};
use crate::recovery::{LastSegment, Tail};
use crate::report::Scanned;
use crate::window::{Unread, Window};

/// Sectors are written whole or not at all; a header lies in the first.
pub(crate) const SECTOR_BYTES: u64 = 512;
/// How much is read at once where only zeros are expected.
const ZEROS_BYTES: usize = 64 * 1024;

/// Whoever wants to see the commits: the place, what it is about, and its JSON.
pub(crate) type Observer<'a> = dyn FnMut(Place, &CommitSummary<'_>, &[u8]) + 'a;

/// Reads one segment into an index.
pub(crate) struct Scan<'a> {
    path: &'a Path,
    file: Arc<dyn DiskFile>,
    index: &'a mut Index,
    observer: &'a mut Observer<'a>,
    number: u32,
    offset: u64,
    /// The offset of the batch that the frame before belongs to; none before the first.
    batch: Option<u64>,
}

impl<'a> Scan<'a> {
    pub(crate) fn new(
        path: &'a Path,
        file: Arc<dyn DiskFile>,
        index: &'a mut Index,
        observer: &'a mut Observer<'a>,
    ) -> Self {
        Self { path, file, index, observer, number: 0, offset: 0, batch: None }
    }

    /// The store that the header names, or `None` for a segment that was never finished and holds nothing. The segment has this number, from 0;
    /// one that the index knows goes on where that ends.
    pub(crate) fn header(
        &mut self,
        number: usize,
        first: u64,
        store: Option<StoreId>,
        is_last: bool,
    ) -> Result<Option<StoreId>, OpenError> {
        let mut line = [0; HEADER_BYTES];
        let filled =
            read_full(&*self.file, &mut line, 0).map_err(|source| OpenError::io(self.path, source))?;
        let header = match Header::decode(&line[..filled]) {
            Ok(header) => header,
            Err(HeaderFlaw::LaterFormat(format)) => {
                return Err(OpenError::later_format(self.path.to_owned(), format));
            }
            Err(HeaderFlaw::Invalid) => {
                if is_last
                    && self.last_byte(SECTOR_BYTES)?.is_none()
                    && self.valid_frame(0, |_| true)?.is_none()
                {
                    return Ok(None);
                }
                return Err(self.damage(None, "a segment's header", "something else"));
            }
        };
        self.number = u32::try_from(number).unwrap_or(u32::MAX);
        let known = self.index.first_position_of(self.number);
        let next = known.unwrap_or_else(|| self.next_position());
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
        self.offset = HEADER_BYTES as u64;
        match self.index.newest_frame() {
            Some(newest) if known.is_some() => {
                self.offset = newest.end.into();
                self.batch = Some(newest.batch.into());
            }
            Some(_) | None => {
                self.index.begin_segment(first);
            }
        }
        Ok(Some(header.store))
    }

    /// Goes on where the index ends, in its last segment.
    pub(crate) fn resume(&mut self) {
        self.number = u32::try_from(self.index.segments().saturating_sub(1)).unwrap_or(u32::MAX);
        self.offset = HEADER_BYTES as u64;
        if let Some(newest) = self.index.newest_frame().filter(|newest| newest.place.segment == self.number) {
            self.offset = newest.end.into();
            self.batch = Some(newest.batch.into());
        }
    }

    /// Takes frames into the index up to the first that is none, whatever that is: somebody may be writing it.
    pub(crate) fn so_far(mut self) -> Result<(), OpenError> {
        let mut window = Window::new(Arc::clone(&self.file), u64::MAX);
        loop {
            let framed = match window.next_frame(self.offset) {
                Ok(framed) => framed,
                Err(Unread::Flaw(_)) => return Ok(()),
                Err(Unread::Io(source)) => return Err(OpenError::io(self.path, source)),
            };
            match content::summary(framed.json) {
                Ok(Summary::Commit(commit)) => {
                    self.take(&commit, framed)?;
                    self.offset += framed.bytes() as u64;
                }
                Ok(Summary::End(_)) => return Ok(()),
                Err(error) => return Err(self.damage(None, "a commit", format!("JSON that says: {error}"))),
            }
        }
    }

    /// Takes all frames into the index.
    pub(crate) fn segment(
        mut self,
        store: StoreId,
        is_last: bool,
    ) -> Result<(LastSegment, Scanned), OpenError> {
        let (start, before) = (self.offset, self.index.head());
        let mut window = Window::new(Arc::clone(&self.file), u64::MAX);
        let tail = loop {
            let framed = match window.next_frame(self.offset) {
                Ok(framed) => framed,
                Err(Unread::Flaw(flaw)) => {
                    if let Some(tail) = self.tail(&flaw, is_last)? {
                        break tail;
                    }
                    window = Window::new(Arc::clone(&self.file), u64::MAX);
                    continue;
                }
                Err(Unread::Io(source)) => return Err(OpenError::io(self.path, source)),
            };
            match content::summary(framed.json) {
                Ok(Summary::Commit(commit)) => {
                    self.take(&commit, framed)?;
                    self.offset += framed.bytes() as u64;
                }
                Ok(Summary::End(end)) => break self.end(&end, framed.bytes() as u64, is_last)?,
                Err(error) => return Err(self.damage(None, "a commit", format!("JSON that says: {error}"))),
            }
        };
        let commits = self.index.head().0 - before.0;
        let scanned = Scanned { segments: usize::from(commits > 0), commits, bytes: self.offset - start };
        let last = LastSegment {
            path: self.path.to_owned(),
            number: self.number,
            store,
            end: self.offset,
            tail,
            last_batch: self.batch,
        };
        Ok((last, scanned))
    }

    /// Checks that a commit goes on from what came before, and takes it into the index.
    fn take(&mut self, commit: &CommitSummary<'_>, framed: Framed<'_>) -> Result<(), OpenError> {
        let at = Pointer(self.index.first_position_of(self.number).unwrap_or(0), self.offset);
        if let Some(broken) = continuity::position(self, commit) {
            return Err(self.damage(None, broken.expected, broken.found));
        }
        let (events, breaks) = continuity::content(self, commit, at);
        if let Some(broken) = breaks.into_iter().next() {
            return Err(self.damage(None, broken.expected, broken.found));
        }
        let frame = Frame {
            place: Place { segment: self.number, offset: short(self.offset) },
            end: short(self.offset + framed.bytes() as u64),
            batch: short(commit.batch),
            checksum: framed.checksum,
        };
        self.batch = Some(commit.batch);
        self.index.append(frame);
        for (row, events) in commit.streams.iter().zip(events) {
            self.index.append_to_stream(&row.stream, &(row.first..row.first + events));
        }
        (self.observer)(frame.place, commit, framed.json);
        Ok(())
    }

    /// The mark of a clean close.
    fn end(&self, end: &content::End, bytes: u64, is_last: bool) -> Result<Tail, OpenError> {
        let head = self.index.head().0;
        if !is_last || end.end != head || end.batch != self.offset {
            let expected = format!("position {}", head + 1);
            return Err(self.damage(None, expected, format!("the end of the log at position {}", end.end)));
        }
        // Whoever opens the log after that close takes the mark away, durably, before appending.
        if self.last_byte(self.offset + bytes)?.is_some() {
            return Err(self.damage(None, "nothing after the mark of a clean close", "something"));
        }
        Ok(Tail::Closed)
    }

    /// What follows the last frame: nothing, an unfinished batch, or damage. `None`: a frame, which somebody has written meanwhile.
    fn tail(&self, flaw: &Flaw, is_last: bool) -> Result<Option<Tail>, OpenError> {
        let Some(last) = self.last_byte(self.offset)? else {
            return Ok(Some(Tail::Open));
        };
        let later = self.valid_frame(self.offset + 1, |batch| batch > self.offset)?;
        if later.is_some() && Window::new(Arc::clone(&self.file), u64::MAX).next_frame(self.offset).is_ok() {
            return Ok(None);
        }
        if !is_last || later.is_some() {
            let last = later.map(|position| position.saturating_sub(1));
            return Err(self.damage(last, flaw.expected(), flaw.found()));
        }
        Ok(Some(Tail::Torn { bytes: last + 1 - self.offset, reason: flaw.to_string() }))
    }

    /// The offset of the last byte from `offset` on that is not zero.
    fn last_byte(&self, offset: u64) -> Result<Option<u64>, OpenError> {
        let mut piece = vec![0; ZEROS_BYTES];
        let (mut offset, mut last) = (offset, None);
        loop {
            let filled = read_full(&*self.file, &mut piece, offset);
            let filled = filled.map_err(|source| OpenError::io(self.path, source))?;
            if let Some(place) = piece[..filled].iter().rposition(|byte| *byte != 0) {
                last = Some(offset + place as u64);
            }
            offset += filled as u64;
            if filled < piece.len() {
                return Ok(last);
            }
        }
    }

    /// The position of the first valid frame at or after `offset` whose batch is one that is `sought`.
    ///
    /// It is looked for at every byte, since the damage may be in a length or in a newline. Text inside of a payload is never
    /// taken for a frame: within JSON a quote that follows a bare brace cannot stand behind two bare numbers.
    fn valid_frame(&self, offset: u64, sought: impl Fn(u64) -> bool) -> Result<Option<u64>, OpenError> {
        let rest = read_from(&*self.file, offset).map_err(|source| OpenError::io(self.path, source))?;
        Ok(valid_frame_in(&rest, sought).map(|(_, position)| position))
    }

    fn damage(&self, last: Option<u64>, expected: impl Into<String>, found: impl Into<String>) -> OpenError {
        OpenError::Damaged(Damage {
            segment: self.path.to_owned(),
            offset: self.offset,
            first: self.next_position(),
            last,
            expected: expected.into(),
            found: found.into(),
        })
    }
}

impl Before for Scan<'_> {
    fn next_position(&self) -> u64 {
        self.index.head().0 + 1
    }

    fn batch(&self) -> Option<u64> {
        self.batch
    }

    fn standing(&self, stream: &str) -> Standing {
        let state = self.index.state_of(stream);
        state.map_or(Standing::default(), |StreamState { sequence, newest }| Standing {
            sequence,
            newest: self.index.pointer_to(newest),
        })
    }

    /// It ends at the first place that can't be read.
    fn is_unread(&self, _: Pointer) -> bool {
        false
    }
}

/// Where in `bytes` the first valid frame is whose batch is one that is `sought`, and the position of its commit; for the mark of a clean close, that of the commit
/// that would come next.
pub(crate) fn valid_frame_in(bytes: &[u8], sought: impl Fn(u64) -> bool) -> Option<(usize, u64)> {
    let last = bytes.len().checked_sub(frame::FRAME_BYTES)?;
    (0..=last).filter(|start| bytes[start + frame::PREFIX_BYTES] == b'{').find_map(|start| {
        let framed = frame::read(&bytes[start..]).ok()?;
        match content::summary(framed.json).ok()? {
            Summary::Commit(commit) if sought(commit.batch) => Some((start, commit.position)),
            Summary::End(end) if sought(end.batch) => Some((start, end.end.saturating_add(1))),
            Summary::Commit(_) | Summary::End(_) => None,
        }
    })
}

/// An offset as the index keeps it: no segment is so long that it does not fit.
pub(crate) fn short(offset: u64) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}
