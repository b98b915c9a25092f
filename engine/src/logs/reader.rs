use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;

use chrono::TimeDelta;
use futures::{Stream, StreamExt, stream};

use super::entry::LogEntry;
use crate::{Clock, limits};

/// Bytes that are read at once.
const CHUNK_BYTES: u64 = 256 * 1_024;
/// Longer than anything that is written in one line.
const LONGEST_BYTES: usize = 2 * limits::LOG_LINE_BYTES;

/// Reads a task's log while it is written.
///
/// ```
/// use cutover_engine::{FileLog, LogSink, SystemClock};
/// use futures::StreamExt;
///
/// # let folder = tempfile::tempdir()?;
/// # let log = FileLog::new(folder.path());
/// # let (task, now) = ("17/2#1.0.3".parse()?, chrono::DateTime::UNIX_EPOCH);
/// # log.line(task, now, "hello");
/// # log.ended(task, now);
/// # futures::executor::block_on(async {
/// let mut entries = log.read(task).follow(SystemClock::new());
/// while let Some(entry) = entries.next().await {
///     let entry = entry?;  // show it
/// }
/// // The task has ended.
/// # Ok::<(), std::io::Error>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct LogReader {
    path: PathBuf,
    /// `None` until there is one.
    file: Option<File>,
    /// Where `pending` begins.
    position: u64,
    pending: Vec<u8>,
    has_ended: bool,
}

impl LogReader {
    pub(super) const fn new(path: PathBuf) -> Self {
        Self { path, file: None, position: 0, pending: Vec::new(), has_ended: false }
    }

    /// Goes on where another reader of the same log was, by its [`position`](Self::position).
    #[must_use]
    pub const fn after(mut self, position: u64) -> Self {
        self.position = position;
        self
    }

    /// Where the next entry begins, in bytes.
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// Whether the last entry that was read said that the task has ended. What stands behind such an entry was written late.
    pub const fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// The next entries, a bounded number of them; none if there are none yet. What a crash has torn is passed over.
    ///
    /// # Errors
    /// If the file can't be read, or is no log.
    pub fn more(&mut self) -> io::Result<Vec<LogEntry>> {
        if self.file.is_none() {
            self.file = match File::open(&self.path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
                file => Some(file?),
            };
        }
        let Some(file) = &mut self.file else { return Ok(Vec::new()) };
        file.seek(SeekFrom::Start(self.position + self.pending.len() as u64))?;
        file.take(CHUNK_BYTES).read_to_end(&mut self.pending)?;
        let mut entries = Vec::new();
        let whole = self.pending.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        for line in self.pending[..whole].split_inclusive(|byte| *byte == b'\n') {
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            entries.extend(LogEntry::read(&String::from_utf8_lossy(line)));
        }
        self.pending.drain(..whole);
        self.position += whole as u64;
        if self.pending.len() > LONGEST_BYTES {
            let message = format!("{} is no log: it has a line that nothing writes", self.path.display());
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        if let Some(last) = entries.last() {
            self.has_ended = matches!(last, LogEntry::Ended { .. });
        }
        Ok(entries)
    }

    /// All entries, those that are still to come too, until the task has ended. It looks for more four times a second.
    ///
    /// It ends with [`LogEntry::Ended`], or after an error. A log that is never ended has no end: that of a task of an engine that died and
    /// is never started again.
    pub fn follow(self, clock: impl Clock) -> impl Stream<Item = io::Result<LogEntry>> + Send + Unpin {
        let batches = stream::unfold(Some((self, clock)), async |state| {
            let (mut reader, clock) = state?;
            loop {
                match reader.more() {
                    Err(error) => return Some((vec![Err(error)], None)),
                    Ok(entries) if !entries.is_empty() => {
                        let entries = entries.into_iter().map(Ok).collect();
                        return Some((entries, Some((reader, clock))));
                    }
                    Ok(_) if reader.has_ended => return None,
                    Ok(_) => {
                        let pause = TimeDelta::milliseconds(limits::LOG_LOOK_MILLISECONDS);
                        clock.wait_until(clock.now() + pause).await;
                    }
                }
            }
        });
        batches.flat_map(stream::iter).boxed()
    }
}
