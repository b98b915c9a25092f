//! Saves the index, in the background while the store is open, so that opening it again need not read what was there by then.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::folder::{IndexFile, Loaded, Merging, save};
use super::streams::{ChangedStream, SavedStream};
use super::{Changes, Saved};
use crate::beside::{Beside, Progress};
use crate::disk::Disk;
use crate::header::StoreId;
use crate::shared::Shared;

/// How many names are looked up before the writer may go on changing the index.
const NAMES: usize = 1_000;

/// What is saved of the index, and what is just being saved.
pub(crate) struct Saving {
    store: StoreId,
    files: Vec<IndexFile>,
    saved: Saved,
    going_on: Option<GoingOn>,
}

struct GoingOn {
    work: Beside<io::Result<Vec<IndexFile>>>,
    streams: Vec<u32>,
    to: Saved,
}

impl Saving {
    pub(crate) fn new(store: StoreId, loaded: &Loaded) -> Self {
        Self { store, files: loaded.files.clone(), saved: loaded.saved, going_on: None }
    }

    /// Begins to save what has changed. `false` if the last time still goes on, or it can't be done now: then it can be tried again.
    pub(crate) fn begin(&mut self, shared: &Arc<Shared>) -> bool {
        if !self.has_ended(shared) {
            return false;
        }
        let Some(changes) = shared.index_to_change().take_changes(self.saved) else {
            return true;
        };
        let numbers = numbers(&changes);
        let (store, files, to) = (self.store, self.files.clone(), changes.to);
        let work = {
            let shared = Arc::clone(shared);
            move || save_changes(&shared, store, files, changes, Merging::Any)
        };
        match Beside::begin(&*shared.disk, "cutover-index", work) {
            Ok(work) => {
                self.going_on = Some(GoingOn { work, streams: numbers, to });
                true
            }
            Err(_no_thread) => {
                shared.index_to_change().change_again(&numbers);
                false
            }
        }
    }

    /// Waits for what goes on, then saves the rest.
    ///
    /// # Errors
    /// What kept the rest from being saved. Then the next opening reads a part of the log that it need not have read.
    pub(crate) fn finish(&mut self, shared: &Shared) -> io::Result<()> {
        self.wait(shared);
        let Some(changes) = shared.index_to_change().take_changes(self.saved) else {
            return Ok(());
        };
        save_changes(shared, self.store, self.files.clone(), changes, Merging::Small).map(drop)
    }

    /// Waits for what goes on.
    pub(crate) fn wait(&mut self, shared: &Shared) {
        if let Some(GoingOn { work, streams, to }) = self.going_on.take() {
            let outcome = work.wait();
            self.end(shared, outcome, &streams, to);
        }
    }

    fn has_ended(&mut self, shared: &Shared) -> bool {
        let Some(GoingOn { work, streams, to }) = self.going_on.take() else {
            return true;
        };
        match work.progress() {
            Progress::Going => {
                self.going_on = Some(GoingOn { work, streams, to });
                false
            }
            Progress::Done(outcome) => {
                self.end(shared, outcome, &streams, to);
                true
            }
        }
    }

    fn end(
        &mut self,
        shared: &Shared,
        outcome: Option<io::Result<Vec<IndexFile>>>,
        streams: &[u32],
        to: Saved,
    ) {
        match outcome {
            Some(Ok(files)) => {
                self.files = files;
                self.saved = to;
            }
            // It is only a cache: what could not be saved is saved with what comes next.
            Some(Err(_)) | None => shared.index_to_change().change_again(streams),
        }
    }
}

fn numbers(changes: &Changes) -> Vec<u32> {
    changes.streams.iter().map(|stream| stream.number).collect()
}

fn save_changes(
    shared: &Shared,
    store: StoreId,
    files: Vec<IndexFile>,
    mut changes: Changes,
    merging: Merging,
) -> io::Result<Vec<IndexFile>> {
    let streams = named(shared, std::mem::take(&mut changes.streams));
    let (disk, folder): (&dyn Disk, &Path) = (&*shared.disk, &shared.folder);
    save(disk, folder, store, files.clone(), &changes, &streams, merging)
        // One of those that it would be merged with may be damaged. It is found when the store is opened.
        .or_else(|_| save(disk, folder, store, files, &changes, &streams, Merging::None))
}

/// The streams with their names, and in their order.
fn named(shared: &Shared, streams: Vec<ChangedStream>) -> Vec<SavedStream> {
    let mut named = Vec::with_capacity(streams.len());
    let mut streams = streams.into_iter().peekable();
    while streams.peek().is_some() {
        let index = shared.index();
        for ChangedStream { number, state, unmarked, marks } in streams.by_ref().take(NAMES) {
            named.push(SavedStream { name: index.name(number).to_vec(), state, unmarked, marks });
        }
    }
    named.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    named
}
