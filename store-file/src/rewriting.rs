//! A store written anew without some of its streams.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;
use std::sync::Arc;

use cutover::limits::PAGE_EVENTS;
use cutover::store::{
    Cause, CommitError, CommitParts, Expectation, NewEvent, Position, RecordedCommit, RecordedEvent,
    Sequence, StreamId,
};
use futures::channel::oneshot;

use crate::content::Draft;
use crate::copying::{CopyError, NewFolder};
use crate::disk::{Disk, RealDisk};
use crate::options::FileStoreOptions;
use crate::segment;
use crate::shared::closed;
use crate::store::FileStore;
use crate::writer::Request;

/// So many commits are written before the first of them is waited for.
const IN_FLIGHT: usize = 256;

/// What came of rewriting a store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rewritten {
    /// The newest commit, in the old store as in the new one.
    pub head: Position,
    /// How many streams were left out.
    pub streams: usize,
    /// How many events were left out.
    pub events: u64,
    /// How many commits have no events any more.
    pub emptied: u64,
}

/// Writes the store in `from` anew to `to`, which must not exist, without the streams that are to be left out: whole streams, from their first event to
/// their last. `from` is left as it is; it must not be open elsewhere, and is locked meanwhile.
///
/// The new store has an id of its own. Every event that stays has the sequence that it had, and every commit its position and header. A commit
/// whose events are all left out stays as one without events, so that positions have no gaps and what names one still names the same. An event
/// that followed from one that is left out follows from what that one followed from; if nothing of that is left, it names itself as its cause
/// ([`Cause::Event`]).
///
/// The folder gets its name last: one with the name `to` is whole. All of the old store is read and checked on the way.
///
/// Which streams a release engine can do without is said by [`streams_to_leave_out`](cutover::retention::streams_to_leave_out) (K3).
///
/// # Errors
/// [`CopyError`]. What was written until then stays in a folder beside, whose name ends with `.unfinished`; remove it.
pub async fn rewrite(
    from: impl AsRef<Path>,
    to: impl AsRef<Path>,
    options: FileStoreOptions,
    leave_out: impl Fn(&StreamId) -> bool,
) -> Result<Rewritten, CopyError> {
    rewrite_on(Arc::new(RealDisk), from.as_ref(), to.as_ref(), options, leave_out).await
}

/// Writes a store anew on a disk of the caller's. Otherwise as [`rewrite`].
///
/// # Errors
/// As [`rewrite`] says.
pub async fn rewrite_on(
    disk: Arc<dyn Disk>,
    from: &Path,
    to: &Path,
    options: FileStoreOptions,
    leave_out: impl Fn(&StreamId) -> bool,
) -> Result<Rewritten, CopyError> {
    let names = disk.list(from).unwrap_or_default();
    if !names.iter().any(|name| segment::first_position(name).is_some()) {
        return Err(CopyError::NoStore { folder: from.to_owned() });
    }
    let source = FileStore::open_on(Arc::clone(&disk), from, options.clone())?;
    let new = NewFolder::begin(&*disk, to)?;
    let target = FileStore::open_on(Arc::clone(&disk), new.path(), options)?;
    let mut copying = Copying { target: &target, in_flight: VecDeque::new() };
    let (mut rewritten, mut left_out) = (Rewritten::default(), BTreeSet::new());
    loop {
        let page = source.reader.read_all(rewritten.head, PAGE_EVENTS)?;
        if page.is_empty() {
            break;
        }
        for commit in page {
            let (position, had) = (commit.position, commit.events.len());
            let kept = kept(commit, &leave_out, &mut left_out);
            rewritten.head = position;
            rewritten.events += (had - kept.events.len()) as u64;
            rewritten.emptied += u64::from(had > 0 && kept.events.is_empty());
            copying.write(position, kept).await?;
        }
    }
    copying.finish().await?;
    target.close().await?;
    drop(target);
    new.finish()?;
    source.close().await?;
    rewritten.streams = left_out.len();
    Ok(rewritten)
}

type Outcome = oneshot::Receiver<Result<Position, CommitError>>;

/// Hands commits to the writer of the new store, many at once.
struct Copying<'a> {
    target: &'a FileStore,
    in_flight: VecDeque<(Position, Outcome)>,
}

impl Copying<'_> {
    async fn write(&mut self, position: Position, kept: CommitParts) -> Result<(), CopyError> {
        let not_taken = |source| CopyError::NotTaken { position, source };
        let draft = self.target.fitting(Draft::of(kept)).map_err(not_taken)?;
        let (answer, outcome) = oneshot::channel();
        if self.target.requests.send(Request::Commit(Box::new(draft), answer)).is_err() {
            return Err(not_taken(CommitError::NotWritten(closed())));
        }
        self.in_flight.push_back((position, outcome));
        if self.in_flight.len() >= IN_FLIGHT { self.wait().await } else { Ok(()) }
    }

    /// Waits for the oldest.
    async fn wait(&mut self) -> Result<(), CopyError> {
        let Some((position, outcome)) = self.in_flight.pop_front() else { return Ok(()) };
        match outcome.await {
            Ok(Ok(taken)) if taken == position => Ok(()),
            Ok(Ok(_)) => Err(CopyError::NotTheSame { folder: self.target.shared.folder.clone() }),
            Ok(Err(source)) => Err(CopyError::NotTaken { position, source }),
            Err(_) => Err(CopyError::NotTaken { position, source: CommitError::NotWritten(closed()) }),
        }
    }

    async fn finish(mut self) -> Result<(), CopyError> {
        while !self.in_flight.is_empty() {
            self.wait().await?;
        }
        Ok(())
    }
}

/// What stays of a commit.
fn kept(
    commit: RecordedCommit,
    leave_out: &impl Fn(&StreamId) -> bool,
    left_out: &mut BTreeSet<StreamId>,
) -> CommitParts {
    let mut places = Vec::with_capacity(commit.events.len());
    let mut next = 0;
    for event in &commit.events {
        let is_kept = !leave_out(&event.stream);
        places.push(is_kept.then_some(next));
        if is_kept {
            next += 1;
        } else if !left_out.contains(&event.stream) {
            left_out.insert(event.stream.clone());
        }
    }
    let causes: Vec<Cause> = (0..commit.events.len()).map(|at| cause(&commit.events, &places, at)).collect();
    let (mut streams, mut kept, mut rows) = (Vec::new(), Vec::new(), BTreeMap::new());
    let events = commit.events.into_iter().zip(causes).zip(&places);
    for ((event, cause), _) in events.filter(|(_, place)| place.is_some()) {
        let RecordedEvent { stream, sequence, name, schema, payload, .. } = event;
        let row = *rows.entry(stream.clone()).or_insert_with(|| {
            let at = Sequence(sequence.0.saturating_sub(1));
            streams.push(Expectation { stream, at });
            streams.len() - 1
        });
        kept.push((row, NewEvent { name, schema, cause, payload }));
    }
    CommitParts { header: Arc::unwrap_or_clone(commit.header), streams, events: kept, guards: Vec::new() }
}

/// What the event `at` a place follows from, once those are left out that have no place any more.
fn cause(events: &[RecordedEvent], places: &[Option<u32>], at: usize) -> Cause {
    let itself = Cause::Event(places[at].unwrap_or(0));
    let mut from = at;
    loop {
        let before = match events[from].cause {
            own @ (Cause::Command | Cause::Deadline) if from == at => return own,
            // The command was given to what is left out, or the deadline was one of that.
            Cause::Command | Cause::Deadline => return itself,
            Cause::Event(before) => usize::try_from(before).unwrap_or(usize::MAX),
        };
        match places.get(before) {
            Some(Some(place)) => return Cause::Event(*place),
            Some(None) if before < from => from = before,
            Some(None) | None => return itself,
        }
    }
}
