//! Out of a store.

use futures::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};
use sha2::{Digest as _, Sha256};

use super::content::Tally;
use super::line::{self, FirstLine, LastLine, VERSION};
use crate::Digest;
use crate::store::{EventStore, Position, RecordedCommit, StoreError, StoreExt as _};

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
    commits: BoxStream<'a, Result<RecordedCommit, StoreError>>,
    tally: Tally,
    lines: Sha256,
}

/// Which line comes next.
#[derive(Clone, Copy)]
enum Next {
    First,
    Commit { head: Position },
    None,
}

impl<'a, S: EventStore + ?Sized> Export<'a, S> {
    fn new(store: &'a S) -> Self {
        let commits = store.commits_after(Position::START);
        Self { store, next: Next::First, commits, tally: Tally::default(), lines: Sha256::new() }
    }

    async fn next(&mut self) -> Result<Option<String>, StoreError> {
        let line = match self.next {
            Next::First => {
                self.next = Next::Commit { head: self.store.head().await? };
                let first = FirstLine { format: line::FORMAT.to_owned(), version: VERSION };
                serde_json::to_string(&first).map_err(line::unwritten)?
            }
            Next::Commit { head } => match self.commit(head).await? {
                Some(line) => line,
                None => return self.last().map(Some),
            },
            Next::None => return Ok(None),
        };
        self.lines.update(&line);
        self.lines.update("\n");
        Ok(Some(line))
    }

    async fn commit(&mut self, head: Position) -> Result<Option<String>, StoreError> {
        let next = self.commits.try_next().await?;
        let Some(commit) = next.filter(|commit| commit.position <= head) else {
            return Ok(None);
        };
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
