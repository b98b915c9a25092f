//! A batch: the commits that one write and one sync make durable together.

use std::cell::Cell;
use std::io;
use std::mem;
use std::panic::{self, AssertUnwindSafe};

use cutover::Digest;
use cutover::store::{
    CommitError, Conflict, Expectation, Mismatch, Position, Sequence, StoreError, StreamId,
};
use futures::channel::oneshot;
use hashbrown::HashMap;

use crate::content::{Draft, Pointer};
use crate::index::{Frame, Index, Place};
use crate::scan::short;

/// So much memory is kept for the bytes of the next batch.
const KEPT_BYTES: usize = 256 * 1024;

/// Where the outcome of a commit is told.
pub(crate) type Answer = oneshot::Sender<Result<Position, CommitError>>;

/// Tells the outcome. A caller who has gone away does not want it, and one whose waker panics is not to keep it from the others.
pub(crate) fn tell(answer: Answer, outcome: Result<Position, CommitError>) {
    let was_telling = IS_TELLING.replace(true);
    let _gone_away = panic::catch_unwind(AssertUnwindSafe(|| answer.send(outcome)));
    IS_TELLING.set(was_telling);
}

thread_local! {
    static IS_TELLING: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is just telling somebody an outcome: whoever is told runs on it, and can't wait until all are told.
pub(crate) fn is_telling() -> bool {
    IS_TELLING.get()
}

/// Commits that wait for the same write and sync.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) bytes: Vec<u8>,
    accepted: Vec<Accepted>,
    /// Refused because of what may be in this very batch, and so told only once the batch is durable.
    refused: Vec<(Answer, Conflict)>,
    /// The digest of its newest frame, if the store is tamper-evident.
    pub(crate) digest: Option<Digest>,
    /// Where the streams stand that the batch appends to.
    moved: HashMap<StreamId, (Sequence, Pointer)>,
}

struct Accepted {
    frame: Frame,
    position: Position,
    draft: Draft,
    answer: Answer,
}

impl Batch {
    pub(crate) fn is_empty(&self) -> bool {
        self.accepted.is_empty()
    }

    /// How many commits it makes durable.
    pub(crate) fn commits(&self) -> usize {
        self.accepted.len()
    }

    /// Finds where each stream of the draft has its newest frame, after what is durable and what is in this batch. Refused with every expectation of
    /// the draft that does not hold.
    pub(crate) fn check(&self, draft: &mut Draft, index: &Index) -> Result<(), Conflict> {
        let mut mismatches = Vec::new();
        let mut expect = |Expectation { stream, at }: &Expectation| {
            let (actual, newest) = self.stands(stream, index);
            if actual != *at {
                mismatches.push(Mismatch { stream: stream.clone(), expected: *at, actual });
            }
            newest
        };
        for stream in &mut draft.streams {
            stream.previous = expect(&stream.expectation);
        }
        for guard in &draft.guards {
            expect(guard);
        }
        if mismatches.is_empty() { Ok(()) } else { Err(Conflict(mismatches)) }
    }

    fn stands(&self, stream: &StreamId, index: &Index) -> (Sequence, Option<Pointer>) {
        if let Some((sequence, pointer)) = self.moved.get(stream) {
            return (*sequence, Some(*pointer));
        }
        let state = index.state_of(stream.as_str());
        state.map_or((Sequence::NONE, None), |state| {
            (Sequence(state.sequence), index.pointer_to(state.newest))
        })
    }

    pub(crate) fn refuse(&mut self, answer: Answer, conflict: Conflict) {
        if self.is_empty() {
            tell(answer, Err(CommitError::Conflict(conflict)));
        } else {
            self.refused.push((answer, conflict));
        }
    }

    /// Adds a commit that was checked. The batch begins at `start`; `before` is the digest of the frame before that, if the store is tamper-evident.
    pub(crate) fn accept(
        &mut self,
        draft: Draft,
        answer: Answer,
        index: &Index,
        start: Place,
        before: Option<Digest>,
    ) {
        let position = index.head().0 + self.accepted.len() as u64 + 1;
        let offset = u64::from(start.offset) + self.bytes.len() as u64;
        let place = Place { segment: start.segment, offset: short(offset) };
        let (begin, before) = (self.bytes.len(), self.digest.or(before));
        let checksum = draft.write(&mut self.bytes, position, start.offset.into(), before);
        self.digest = before.map(|_| Digest::of(&self.bytes[begin..]));
        let end = u64::from(start.offset) + self.bytes.len() as u64;
        let frame = Frame { place, end: short(end), batch: start.offset, checksum };
        let pointer = Pointer(index.first_position_of(start.segment).unwrap_or(0), offset);
        for stream in &draft.streams {
            let Expectation { stream: name, at } = &stream.expectation;
            self.moved.insert(name.clone(), (at.plus(stream.events), pointer));
        }
        self.accepted.push(Accepted { frame, position: Position(position), draft, answer });
    }

    /// Takes the batch, which is durable now, into the index. Returns what to tell once that is visible. The batch is empty then, with its memory for the next.
    pub(crate) fn publish(&mut self, index: &mut Index) -> Outcomes {
        for commit in &self.accepted {
            index.append(commit.frame);
            for stream in &commit.draft.streams {
                index.append_to_stream(stream.expectation.stream.as_str(), &stream.sequences());
            }
        }
        let room = self.accepted.len();
        let accepted = mem::replace(&mut self.accepted, Vec::with_capacity(room));
        let refused = mem::take(&mut self.refused);
        self.moved.clear();
        self.digest = None;
        self.bytes.clear();
        self.bytes.shrink_to(KEPT_BYTES);
        Outcomes { accepted, refused }
    }

    /// Tells everybody that nothing was written: the disk is full.
    pub(crate) fn not_written(self, error: &io::Error) {
        // A conflict with what is not in the log after all is none.
        for answer in self
            .accepted
            .into_iter()
            .map(|commit| commit.answer)
            .chain(self.refused.into_iter().map(|(answer, _)| answer))
        {
            tell(answer, Err(CommitError::NotWritten(disk_full(error))));
        }
    }

    /// Tells those in flight that their outcome is unknown, because of `what`.
    pub(crate) fn unknown(self, what: &str) {
        let poisoned = || StoreError::Poisoned { what: what.to_owned() };
        for commit in self.accepted {
            tell(commit.answer, Err(CommitError::OutcomeUnknown(poisoned())));
        }
        for (answer, _) in self.refused {
            tell(answer, Err(CommitError::NotWritten(poisoned())));
        }
    }
}

pub(crate) fn disk_full(error: &io::Error) -> StoreError {
    StoreError::unavailable(
        "the disk is full, make room on it",
        io::Error::new(error.kind(), error.to_string()),
    )
}

/// What is left to be told.
pub(crate) struct Outcomes {
    accepted: Vec<Accepted>,
    refused: Vec<(Answer, Conflict)>,
}

impl Outcomes {
    /// How many wait for them.
    pub(crate) fn len(&self) -> usize {
        self.accepted.len() + self.refused.len()
    }

    pub(crate) fn tell(self) {
        for commit in self.accepted {
            tell(commit.answer, Ok(commit.position));
        }
        for (answer, conflict) in self.refused {
            tell(answer, Err(CommitError::Conflict(conflict)));
        }
    }
}
