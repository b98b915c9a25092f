//! What was found when a store was opened.

use std::path::PathBuf;
use std::time::Duration;

use cutover::store::Position;

/// What was found when the store was opened, and what was done about it. A host should log it unless the store was closed cleanly and nothing
/// of its index was ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenReport {
    /// The newest commit.
    pub head: Position,
    /// How many segments the log has.
    pub segments: usize,
    /// How many streams there are.
    pub streams: usize,
    /// How the store was left.
    pub left: Left,
    /// The unfinished end that was cut off. Nothing in it was ever acknowledged, unless the disk lost what it had promised to keep.
    pub cut: Option<Cut>,
    /// A segment that was being created when the store was interrupted, and was removed: it held nothing.
    pub removed: Option<PathBuf>,
    /// The commit up to which the saved index was used; [`Position::START`] if there was none to use. What was before it was not read.
    pub indexed: Position,
    /// What was read of the log: all that follows [`OpenReport::indexed`].
    pub scanned: Scanned,
    /// Files of the saved index that were of no use. They were removed; what they knew was read from the log.
    pub ignored: Vec<IgnoredIndex>,
    /// How long it took to open the store.
    pub took: Duration,
}

/// How a store was left by whoever had it open before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// It is new.
    New,
    /// It was closed.
    Closed,
    /// It was not: the process or the machine died.
    Interrupted,
}

/// The unfinished end of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// The segment's file.
    pub segment: PathBuf,
    /// Where it was cut.
    pub offset: u64,
    /// How many bytes other than zeros' run at the end were cut off.
    pub bytes: u64,
    /// The newest commit before the cut.
    pub after: Position,
    /// Why what followed is no commit.
    pub reason: String,
}

/// How much of a log was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scanned {
    /// In so many segments, each of them perhaps in part.
    pub segments: usize,
    /// So many commits.
    pub commits: u64,
    /// They have so many bytes.
    pub bytes: u64,
}

impl Scanned {
    pub(crate) fn add(&mut self, more: Self) {
        self.segments += more.segments;
        self.commits += more.commits;
        self.bytes += more.bytes;
    }
}

/// A file of the saved index that was damaged, or does not fit the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoredIndex {
    /// The file, or the folder if that could not be read.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}
