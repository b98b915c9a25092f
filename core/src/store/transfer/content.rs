//! What a store holds, in one digest.

use std::fmt;

use futures::TryStreamExt;
use sha2::{Digest as _, Sha256};

use super::line;
use crate::Digest;
use crate::store::{EventStore, Position, RecordedCommit, StoreError, StoreExt};

/// What a store holds, whatever it is made of: equal for two stores that hold the same commits in the same order, at whatever positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    /// How many commits hold events.
    pub commits: u64,
    /// How many events there are.
    pub events: u64,
    /// The digest of these commits, all but their positions.
    pub digest: Digest,
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} commits with {} events, content {}", self.commits, self.events, self.digest)
    }
}

/// Adds up what is in a store.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    commits: u64,
    events: u64,
    digest: Sha256,
}

impl Tally {
    /// Adds a commit, and returns its content as the digest has it.
    pub(super) fn add(&mut self, commit: &RecordedCommit) -> serde_json::Result<String> {
        let content = line::content(commit)?;
        if !commit.events.is_empty() {
            self.commits += 1;
            self.events += commit.events.len() as u64;
            self.digest.update(&content);
            self.digest.update("\n");
        }
        Ok(content)
    }

    pub(super) fn content(&self) -> Content {
        let digest = Digest::finished(self.digest.clone());
        Content { commits: self.commits, events: self.events, digest }
    }
}

/// What a store holds up to where its head was when this began. All of it is read.
///
/// # Errors
/// What kept the store from reading.
pub async fn content_of<S: EventStore + ?Sized>(store: &S) -> Result<Content, StoreError> {
    let head = store.head().await?;
    let mut tally = Tally::default();
    let mut commits = store.commits_after(Position::START);
    while let Some(commit) = commits.try_next().await?.filter(|commit| commit.position <= head) {
        tally.add(&commit).map_err(line::unwritten)?;
    }
    Ok(tally.content())
}
