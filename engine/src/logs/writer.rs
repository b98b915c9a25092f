//! Writes one task's log.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use cutover::Timestamp;

use super::entry::LogEntry;

/// More than any mark is long.
const END_BYTES: u64 = 256;

/// What the last whole line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    Line,
    Cut,
    Ended,
}

/// A file that a task's log goes to. A reader sees each line as soon as it is written.
#[derive(Debug)]
pub(super) struct Writer {
    file: File,
    bytes: u64,
    last: Last,
    /// Whether it was cut: nothing but its end is written any more.
    is_cut: bool,
    /// Whether it ends in the middle of a line.
    is_torn: bool,
    /// Whether it was said that it can't be written.
    pub(super) is_complained: bool,
}

impl Writer {
    /// Goes on with the file, where there is one: a restart loses nothing that was written.
    pub(super) fn open(path: &Path, limit: u64) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            create_folder(folder)?;
        }
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        let bytes = file.metadata()?.len();
        file.seek(SeekFrom::Start(bytes.saturating_sub(END_BYTES)))?;
        let mut end = Vec::new();
        (&file).take(END_BYTES).read_to_end(&mut end)?;
        let is_torn = end.last().is_some_and(|byte| *byte != b'\n');
        let entries: Vec<_> = end.split(|byte| *byte == b'\n').rev().skip(1).take(2).map(entry).collect();
        let last = match entries.first() {
            Some(Some(LogEntry::Cut { .. })) => Last::Cut,
            Some(Some(LogEntry::Ended { .. })) => Last::Ended,
            Some(Some(LogEntry::Line { .. }) | None) | None => Last::Line,
        };
        // A limit that was raised since does not fill the hole.
        let is_marked = entries.iter().any(|entry| matches!(entry, Some(LogEntry::Cut { .. })));
        let is_cut = is_marked || bytes > limit;
        Ok(Self { file, bytes, last, is_cut, is_torn, is_complained: false })
    }

    /// Writes a line of the task; or, where that would be too much, that it is cut.
    pub(super) fn line(&mut self, at: Timestamp, text: &str, limit: u64) -> io::Result<()> {
        if self.is_cut {
            return Ok(());
        }
        let written = LogEntry::Line { at, text: text.to_owned() }.written();
        if self.bytes + written.len() as u64 <= limit {
            self.write(&written, Last::Line)
        } else {
            self.is_cut = true;
            let bytes = self.bytes;
            self.write(&LogEntry::Cut { at, bytes }.written(), Last::Cut)
        }
    }

    /// Says that the task has ended, unless that is the last that was said.
    pub(super) fn end(&mut self, at: Timestamp) -> io::Result<()> {
        if self.last == Last::Ended && !self.is_torn {
            return Ok(());
        }
        self.write(&LogEntry::Ended { at }.written(), Last::Ended)
    }

    /// In one piece, so that no other line gets between, whoever writes it.
    fn write(&mut self, written: &str, last: Last) -> io::Result<()> {
        let whole = if self.is_torn { format!("\n{written}") } else { written.to_owned() };
        self.is_torn = true;
        self.file.write_all(whole.as_bytes())?;
        self.is_torn = false;
        self.bytes += whole.len() as u64;
        self.last = last;
        Ok(())
    }
}

fn entry(line: &[u8]) -> Option<LogEntry> {
    LogEntry::read(std::str::from_utf8(line).ok()?)
}

/// Creates the folder and what it lies in, for its owner only.
fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
