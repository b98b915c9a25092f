//! What was found when everything in a store was checked.

use cutover::Digest;
use cutover::store::Position;

use crate::error::Damage;
use crate::report::{Cut, IgnoredIndex};

/// What [`verify`](crate::verify()) has found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// The newest commit that can be read, and its digest; `None` if there is none.
    pub head: Option<HeadDigest>,
    /// How many segments the log has.
    pub segments: usize,
    /// How many commits can be read; all of them, if there are no problems.
    pub commits: u64,
    /// How many of those name the digest of the frame before, which is right.
    pub chained: u64,
    /// How many events they have.
    pub events: u64,
    /// How many streams those are of.
    pub streams: usize,
    /// How long all headers and frames are; zeros behind the last frame of a segment do not count.
    pub bytes: u64,
    /// How the log ends. An unfinished end is no problem: nothing in it was ever acknowledged.
    pub end: LogEnd,
    /// What became of the digest that was known, if one was.
    pub known: Option<KnownOutcome>,
    /// Whether the saved index says what the log says.
    pub index: SavedIndex,
    /// Files of the saved index that are of no use. That is no problem: what they knew is read from the log.
    pub ignored: Vec<IgnoredIndex>,
    /// What is not as it should be in the log, in the order of the log: the first 100.
    pub problems: Vec<Damage>,
    /// How many more there are.
    pub further_problems: u64,
}

impl Verified {
    /// How many problems are kept in [`Verified::problems`].
    pub const PROBLEMS: usize = 100;

    /// Whether all is as it was written: no problem in the log, no saved index that says something else, and the known digest, if there is one, is that of the log.
    pub fn is_sound(&self) -> bool {
        let is_known = match self.known {
            None | Some(KnownOutcome::Same { .. }) => true,
            Some(KnownOutcome::Other { .. } | KnownOutcome::Missing) => false,
        };
        let is_index = match self.index {
            SavedIndex::Missing | SavedIndex::Agrees { .. } | SavedIndex::NotCompared => true,
            SavedIndex::Differs { .. } => false,
        };
        is_known && is_index && self.problems.is_empty()
    }
}

/// The newest commit and its digest: for an auditor to keep, elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadDigest {
    /// The commit.
    pub position: Position,
    /// The SHA-256 of its frame.
    pub digest: Digest,
    /// The digest stands for all commits from this one on: each is named by the one after it. It is the commit itself where the store is not
    /// [tamper-evident](crate::FileStoreOptions::tamper_evident).
    pub covers_from: Position,
}

/// A digest that somebody kept, of the log as it was then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownDigest {
    /// Of which commit.
    pub position: Position,
    /// The SHA-256 of its frame.
    pub digest: Digest,
}

/// What became of a digest that was known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownOutcome {
    /// The commit is as it was, and so are all those before it down to this one.
    Same {
        /// The first commit that the digest stands for.
        covers_from: Position,
    },
    /// History was rewritten: another commit is in its place, or another came before it.
    Other {
        /// The SHA-256 of the frame that is there.
        found: Digest,
    },
    /// No commit with that position can be read: the end of the log was taken away, or it is damaged there.
    Missing,
}

/// How a log ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogEnd {
    /// With the mark of a clean close.
    Closed,
    /// With its last commit: somebody has it open, or has left it without closing it.
    Open,
    /// With something that is no commit: it was interrupted, or somebody is just writing it. Whoever opens the store to write next cuts it off.
    Unfinished(Cut),
    /// With damage.
    Damaged,
}

/// What was found about the saved index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SavedIndex {
    /// There is none that is of use.
    Missing,
    /// It says what the log says, of all commits up to this one.
    Agrees {
        /// The last commit that it knows.
        up_to: Position,
    },
    /// It says something else: remove the folder `index` while the store is closed.
    Differs {
        /// What should be there and what is.
        what: String,
    },
    /// The log itself has problems before the index ends.
    NotCompared,
}
