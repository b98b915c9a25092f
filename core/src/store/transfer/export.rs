//! Out of a store.

use std::collections::VecDeque;

use futures::stream::{self, BoxStream, StreamExt as _};
use sha2::{Digest as _, Sha256};

use super::content::Tally;
use super::line::{self, FirstLine, LastLine, VERSION};
use crate::store::{EventStore, Position, RecordedCommit, StoreError};
use crate::{Digest, limits};

/// The whole content of a store as lines of JSON, without their line ends: up to where its head was when the first was asked for, so that it comes to an
/// end beside a writer too.
///
/// Write a newline behind each. A page of commits is in memory at a time. An export that does not end with its last line was cut off, and is refused by
/// whoever reads it.
///
/// Each item is an error where the store can't be read; there is nothing behind one.
pub fn export<S: EventStore + ?Sized>(store: &S) -> BoxStream<'_, Result<String, StoreError>> {
    stream::try_unfold(Export::new(store), async |mut export| Ok(export.next().await?.map(|it| (it, export))))
        .boxed()
}

struct Export<'a, S: ?Sized> {
    store: &'a S,
    next: Next,
    page: VecDeque<RecordedCommit>,
    tally: Tally,
    lines: Sha256,
}

/// Which line comes next.
#[derive(Clone, Copy)]
enum Next {
    First,
    Commit { after: Position, head: Position },
    None,
}

impl<'a, S: EventStore + ?Sized> Export<'a, S> {
    fn new(store: &'a S) -> Self {
        let (page, tally) = (VecDeque::new(), Tally::default());
        Self { store, next: Next::First, page, tally, lines: Sha256::new() }
    }

    async fn next(&mut self) -> Result<Option<String>, StoreError> {
        let line = match self.next {
            Next::First => {
                self.next = Next::Commit { after: Position::START, head: self.store.head().await? };
                let first = FirstLine { format: line::FORMAT.to_owned(), version: VERSION };
                serde_json::to_string(&first).map_err(line::unwritten)?
            }
            Next::Commit { after, head } => match self.commit(after, head).await? {
                Some(line) => line,
                None => return self.last().map(Some),
            },
            Next::None => return Ok(None),
        };
        self.lines.update(&line);
        self.lines.update("\n");
        Ok(Some(line))
    }

    async fn commit(&mut self, after: Position, head: Position) -> Result<Option<String>, StoreError> {
        if self.page.is_empty() && after < head {
            self.page = self.store.read_all(after, limits::PAGE_EVENTS).await?.into();
        }
        let Some(commit) = self.page.pop_front().filter(|commit| commit.position <= head) else {
            return Ok(None);
        };
        self.next = Next::Commit { after: commit.position, head };
        let content = self.tally.add(&commit).map_err(line::unwritten)?;
        Ok(Some(line::of_commit(commit.position, &content)))
    }

    fn last(&mut self) -> Result<String, StoreError> {
        self.next = Next::None;
        let content = self.tally.content();
        let last = LastLine {
            commits: content.commits,
            events: content.events,
            content: content.digest,
            lines: Digest::finished(self.lines.clone()),
        };
        serde_json::to_string(&last).map_err(line::unwritten)
    }
}
