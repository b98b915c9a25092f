//! What was found when a store was opened.

use std::path::PathBuf;

use cutover::store::Position;

/// What was found when the store was opened, and what was done about it. A host should log it unless it was closed cleanly.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenReport {
    /// The newest commit.
    pub head: Position,
    /// How many segments the log has.
    pub segments: usize,
    /// How the store was left.
    pub left: Left,
    /// The unfinished end that was cut off. Nothing in it was ever acknowledged, unless the disk lost what it had promised to keep.
    pub cut: Option<Cut>,
    /// A segment that was being created when the store was interrupted, and was removed: it held nothing.
    pub removed: Option<PathBuf>,
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
