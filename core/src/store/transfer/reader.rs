//! Reads the lines of an export, and checks them.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use super::content::Tally;
use super::line::{self, COMMIT, CommitRead, FirstLine, LastLine, VERSION};
use super::{Content, ImportError, LineFlaw};
use crate::Digest;
use crate::store::{Commit, NewEvent, Position, RecordedCommit, RecordedEvent, Sequence};

/// Takes an export line by line, and gives the commits. It needs no store, so that an export can be checked before anything is written.
///
/// ```
/// use cutover::store::transfer::ExportReader;
///
/// let export = r#"{"format":"cutover-export","version":1}
/// {"commits":0,"events":0,"content":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","lines":"a482e39880abc606ad3ead6b6ce8ab08b893c2a6bf6e19b69793f547aadf2cf0"}"#;
/// let mut reader = ExportReader::new();
/// for line in export.lines() {
///     assert!(reader.read(line)?.is_none());
/// }
/// assert_eq!(reader.finish()?.commits, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct ExportReader {
    /// How many lines were read.
    lines: u64,
    position: Position,
    tally: Tally,
    digest: Sha256,
    last: Option<Content>,
}

/// A commit as it was exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadCommit {
    /// The position that it had.
    pub position: Position,
    /// The commit. It expects its streams where they stood.
    pub commit: Commit,
}

impl ExportReader {
    /// Before the first line.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next line, without its line end. `None` if it holds no commit, as the first and the last.
    ///
    /// # Errors
    /// [`ImportError::Line`]. What follows can't be trusted.
    pub fn read(&mut self, line: &str) -> Result<Option<ReadCommit>, ImportError> {
        self.lines += 1;
        self.take(line).map_err(|flaw| ImportError::Line { line: self.lines, flaw })
    }

    /// What the export holds, once all of its lines were read.
    ///
    /// # Errors
    /// [`ImportError::CutOff`] if the last line was not among them.
    pub fn finish(self) -> Result<Content, ImportError> {
        self.last.ok_or(ImportError::CutOff { lines: self.lines })
    }

    /// The number of the line that was read last.
    pub(super) const fn line(&self) -> u64 {
        self.lines
    }

    fn take(&mut self, line: &str) -> Result<Option<ReadCommit>, LineFlaw> {
        if self.last.is_some() {
            return Err(LineFlaw::Trailing);
        }
        let commit = if self.lines == 1 {
            check_first(line)?;
            None
        } else if line.starts_with(COMMIT) {
            self.take_commit(line)?
        } else {
            self.take_last(line)?;
            return Ok(None);
        };
        self.digest.update(line);
        self.digest.update("\n");
        Ok(commit)
    }

    fn take_commit(&mut self, line: &str) -> Result<Option<ReadCommit>, LineFlaw> {
        let read: CommitRead = serde_json::from_str(line).map_err(LineFlaw::Unreadable)?;
        let commit = read.recorded();
        if commit.position <= self.position {
            return Err(LineFlaw::Position { before: self.position, found: commit.position });
        }
        self.position = commit.position;
        self.tally.add(&commit).map_err(LineFlaw::Unreadable)?;
        let position = commit.position;
        Ok(as_new(commit)?.map(|commit| ReadCommit { position, commit }))
    }

    fn take_last(&mut self, line: &str) -> Result<(), LineFlaw> {
        let last: LastLine = serde_json::from_str(line).map_err(LineFlaw::Unreadable)?;
        let (exported, found) = (last.content(), self.tally.content());
        if exported != found {
            return Err(LineFlaw::Content { exported, found });
        }
        let lines = Digest::finished(self.digest.clone());
        if last.lines != lines {
            return Err(LineFlaw::Changed { expected: last.lines, found: lines });
        }
        self.last = Some(exported);
        Ok(())
    }
}

fn check_first(line: &str) -> Result<(), LineFlaw> {
    let first: FirstLine = serde_json::from_str(line).map_err(|_| LineFlaw::NotAnExport)?;
    if first.format != line::FORMAT {
        return Err(LineFlaw::NotAnExport);
    }
    if first.version > VERSION {
        return Err(LineFlaw::LaterVersion { found: first.version });
    }
    Ok(())
}

/// The commit as it is handed to a store; `None` if it has no events.
fn as_new(commit: RecordedCommit) -> Result<Option<Commit>, LineFlaw> {
    let mut next = BTreeMap::new();
    let mut builder = Commit::builder((*commit.header).clone());
    for event in commit.events {
        let RecordedEvent { stream, sequence, cause, name, schema, payload, .. } = event;
        let expected = *next.entry(stream.clone()).or_insert(sequence);
        if sequence != expected || sequence == Sequence::NONE {
            let expected = expected.max(Sequence(1));
            return Err(LineFlaw::Sequence { stream, expected, found: sequence });
        }
        next.insert(stream.clone(), sequence.plus(1));
        let before = Sequence(sequence.0 - 1);
        builder = builder.append(&stream, before, NewEvent { name, schema, cause, payload });
    }
    Ok(builder.build().ok())
}
