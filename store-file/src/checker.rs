//! Checks that each commit goes on from what came before, and keeps count; where something came before that cannot be read, as far as can be told.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use cutover::Digest;
use cutover::store::Position;

use crate::content::{CommitRead, CommitSummary, Pointer, Row};
use crate::continuity::{self, Before, Standing};
use crate::error::Damage;
use crate::frame::Framed;
use crate::header::{Header, StoreId};
use crate::index::{Frame, Index, Loaded, Place};
use crate::scan::short;
use crate::verified::{HeadDigest, KnownDigest, KnownOutcome, LogEnd, SavedIndex, Verified};

/// The saved index, and the one that it should be, which is made on the way.
struct Comparison {
    saved: Index,
    made: Index,
}

/// What is known of the log so far.
pub(crate) struct Checker {
    pub(crate) verified: Verified,
    known: Option<KnownDigest>,
    comparison: Option<Comparison>,
    store: Option<StoreId>,
    path: PathBuf,
    /// The segment's first position.
    first: u64,
    /// The position of the next commit.
    next: u64,
    batch: Option<u64>,
    /// Where the last frame ends.
    end: Pointer,
    streams: HashMap<String, Standing>,
    /// What cannot be read, from where to where. What points there may be right.
    gaps: Vec<(Pointer, Pointer)>,
    /// The digest of the frame before, or of the header before the first; `None` if that cannot be read.
    digest: Option<Digest>,
    /// The commits from this one on are bound to the one before.
    covers_from: u64,
}

impl Checker {
    pub(crate) fn new(known: Option<KnownDigest>, saved: Loaded) -> Self {
        let is_saved = saved.index.head() > Position::START;
        let verified = Verified {
            head: None,
            segments: 0,
            commits: 0,
            chained: 0,
            events: 0,
            streams: 0,
            bytes: 0,
            end: LogEnd::Open,
            known: known.map(|_| KnownOutcome::Missing),
            index: if is_saved { SavedIndex::NotCompared } else { SavedIndex::Missing },
            ignored: saved.ignored,
            problems: Vec::new(),
            further_problems: 0,
        };
        Self {
            verified,
            known,
            comparison: is_saved.then(|| Comparison { saved: saved.index, made: Index::default() }),
            store: None,
            path: PathBuf::new(),
            first: 1,
            next: 1,
            batch: None,
            end: Pointer(0, 0),
            streams: HashMap::new(),
            gaps: Vec::new(),
            digest: None,
            covers_from: 1,
        }
    }

    /// The position of the commit before.
    pub(crate) fn head(&self) -> u64 {
        self.next - 1
    }

    pub(crate) fn begin_segment(&mut self, path: &Path, first: u64) {
        path.clone_into(&mut self.path);
        self.first = first;
        self.batch = None;
        self.verified.segments += 1;
        if let Some(comparison) = &mut self.comparison {
            comparison.made.begin_segment(first);
        }
    }

    /// The segment that was begun is none yet.
    pub(crate) fn unborn(&mut self) {
        self.verified.segments -= 1;
    }

    pub(crate) fn header(&mut self, header: Header) {
        let next = self.next;
        if header.first != self.first || self.first != next {
            let found = format!("one that begins at {}", header.first);
            let last = (self.first > next).then(|| self.first - 1);
            self.problem(0, last, format!("a segment that begins at position {next}"), found);
            self.gap(self.end, Pointer(self.first, 0), Some(self.first));
        }
        self.verified.end = LogEnd::Open;
        let store = *self.store.get_or_insert(header.store);
        if header.store != store {
            let found = format!("one of store {}", header.store);
            self.problem(0, None, format!("a segment of store {store}"), found);
        }
        let line = header.encode();
        self.verified.bytes += line.len() as u64;
        if self.next == 1 {
            self.digest = Some(Digest::of(&line));
        }
    }

    /// What is from `start` to `end` cannot be read; the commit behind it has this position.
    pub(crate) fn gap(&mut self, start: Pointer, end: Pointer, position: Option<u64>) {
        self.gaps.push((start, end));
        self.next = position.unwrap_or(self.next).max(self.next);
        self.digest = None;
        self.verified.end = LogEnd::Damaged;
    }

    /// A frame at this offset is no commit that can be read.
    pub(crate) fn no_commit(&mut self, offset: u64, bytes: u64, reason: &str) {
        self.verified.bytes += bytes;
        self.problem(offset, Some(self.next), "a commit", format!("JSON that says: {reason}"));
        self.gap(Pointer(self.first, offset), Pointer(self.first, offset + bytes), Some(self.next + 1));
    }

    /// The log was closed here, and yet it is not its end.
    pub(crate) fn stray_end(&mut self, offset: u64, bytes: u64) {
        self.verified.bytes += bytes;
        self.problem(offset, None, format!("position {}", self.next), "the mark of a clean close");
        self.gap(Pointer(self.first, offset), Pointer(self.first, offset + bytes), None);
    }

    /// The log was closed here, and this is its end.
    pub(crate) fn end(&mut self, bytes: u64) {
        self.verified.bytes += bytes;
        self.verified.end = LogEnd::Closed;
    }

    pub(crate) fn commit(&mut self, offset: u64, commit: &CommitSummary<'_>, framed: Framed<'_>) {
        let position = commit.position;
        if let Some(broken) = continuity::position(self, commit) {
            self.problem(offset, None, broken.expected, broken.found);
        }
        self.next = position;
        let (events, breaks) = continuity::content(self, commit, Pointer(self.first, offset));
        // What is wrong with its streams shows in its content once more.
        if breaks.is_empty() {
            self.check_content(offset, framed);
        }
        for broken in breaks {
            self.problem(offset, Some(position), broken.expected, broken.found);
        }
        self.batch = Some(commit.batch);
        for (row, events) in commit.streams.iter().zip(&events) {
            self.go_on(offset, row, *events);
        }
        self.check_chain(offset, commit, framed);
        self.verified.commits += 1;
        self.verified.events += commit.events.len() as u64;
        self.verified.bytes += framed.bytes() as u64;
        self.verified.end = LogEnd::Open;
        self.compare(offset, commit, &events, framed);
        self.next = position.saturating_add(1);
        self.end = Pointer(self.first, offset + framed.bytes() as u64);
    }

    fn check_content(&mut self, offset: u64, framed: Framed<'_>) {
        let read = CommitRead::of(framed.json).map_err(|error| error.to_string());
        if let Err(what) = read.and_then(|commit| commit.events(&commit.header())) {
            self.problem(offset, Some(self.next), "a commit that can be read", what);
        }
    }

    /// Takes it that the stream stands where the commit says.
    fn go_on(&mut self, offset: u64, row: &Row<'_>, events: u64) {
        let standing = Standing {
            sequence: row.first.saturating_add(events).saturating_sub(1),
            newest: Some(Pointer(self.first, offset)),
        };
        match self.streams.get_mut(&*row.stream) {
            Some(stream) => *stream = standing,
            None => {
                self.streams.insert(row.stream.clone().into_owned(), standing);
            }
        }
    }

    fn check_chain(&mut self, offset: u64, commit: &CommitSummary<'_>, framed: Framed<'_>) {
        match (commit.before, self.digest) {
            (Some(named), Some(actual)) if named == actual => self.verified.chained += 1,
            (Some(named), Some(actual)) => {
                let expected = format!("the frame before it with the SHA-256 {named}");
                self.problem(offset, Some(self.next), expected, format!("one with {actual}"));
                self.covers_from = self.next;
            }
            (Some(_), None) | (None, _) => self.covers_from = self.next,
        }
        let digest = Digest::of(framed.line);
        self.digest = Some(digest);
        let (position, covers_from) = (Position(self.next), Position(self.covers_from));
        self.verified.head = Some(HeadDigest { position, digest, covers_from });
        if let Some(known) = self.known
            && known.position == position
        {
            let is_same = known.digest == digest;
            self.verified.known = Some(if is_same {
                KnownOutcome::Same { covers_from }
            } else {
                KnownOutcome::Other { found: digest }
            });
        }
    }

    /// Has the index made that should have been saved, and compares when it has come as far.
    fn compare(&mut self, offset: u64, commit: &CommitSummary<'_>, events: &[u64], framed: Framed<'_>) {
        let Some(Comparison { saved, made }) = &mut self.comparison else {
            return;
        };
        let segment = u32::try_from(made.segments().saturating_sub(1)).unwrap_or(u32::MAX);
        made.append(Frame {
            place: Place { segment, offset: short(offset) },
            end: short(offset + framed.bytes() as u64),
            batch: short(commit.batch),
            checksum: framed.checksum,
        });
        for (row, events) in commit.streams.iter().zip(events) {
            made.append_to_stream(&row.stream, &(row.first..row.first + events));
        }
        if made.head() == saved.head() {
            self.verified.index = match made.difference(saved) {
                None => SavedIndex::Agrees { up_to: saved.head() },
                Some(what) => SavedIndex::Differs { what },
            };
            self.comparison = None;
        }
    }

    pub(crate) fn problem(
        &mut self,
        offset: u64,
        last: Option<u64>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) {
        // What the log says is not what was saved.
        self.comparison = None;
        if self.verified.problems.len() == Verified::PROBLEMS {
            self.verified.further_problems += 1;
            return;
        }
        self.verified.problems.push(Damage {
            segment: self.path.clone(),
            offset,
            first: self.next,
            last,
            expected: bounded(expected.into()),
            found: bounded(found.into()),
        });
    }

    pub(crate) fn finish(mut self) -> Verified {
        self.verified.streams = self.streams.len();
        self.verified
    }
}

impl Before for Checker {
    fn next_position(&self) -> u64 {
        self.next
    }

    fn batch(&self) -> Option<u64> {
        self.batch
    }

    fn standing(&self, stream: &str) -> Standing {
        self.streams.get(stream).copied().unwrap_or_default()
    }

    fn is_unread(&self, place: Pointer) -> bool {
        let behind = self.gaps.partition_point(|(start, _)| *start <= place);
        behind > 0 && place < self.gaps[behind - 1].1
    }
}

/// What a damaged frame says may be long.
fn bounded(mut text: String) -> String {
    const LONGEST: usize = 1_000;
    if let Some((end, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(end);
        text.push_str(" ...");
    }
    text
}
