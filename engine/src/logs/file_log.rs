use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cutover::{ReleaseId, TaskId, Timestamp};

use super::place;
use super::reader::LogReader;
use super::writer::Writer;
use crate::{LogSink, limits};

/// Keeps each task's log in a file of its own, with the time of each line. Clones are the same.
///
/// A log is read while it is written, by [`FileLog::read`], in this process or another one. A restart goes on with the files that are
/// there. What a task writes beyond a limit is not kept, and a mark says so. The files are readable by their owner only; secrets are masked
/// before they get here (V4).
///
/// A file that can't be written stops no task: what is lost is told by `tracing`, once for each task.
///
/// ```
/// use cutover::TaskId;
/// use cutover_engine::{Engine, FileLog, LogEntry, LogSink};
/// use cutover_store_memory::MemoryStore;
///
/// # let folder = tempfile::tempdir()?;
/// let log = FileLog::new(folder.path().join("logs"));
/// let builder = Engine::builder(MemoryStore::new()).log(log.clone());
///
/// let task: TaskId = "17/2#1.0.3".parse()?;
/// # let (now, later) = (chrono::DateTime::UNIX_EPOCH, chrono::DateTime::UNIX_EPOCH);
/// log.line(task, now, "it goes on");  // the engine does that
/// log.ended(task, later);
///
/// let mut reader = log.read(task);
/// let text = "it goes on".to_owned();
/// assert_eq!(reader.more()?, [LogEntry::Line { at: now, text }, LogEntry::Ended { at: later }]);
/// assert!(reader.has_ended());
/// log.forget(task.deployment().release)?;  // once the release is deleted
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct FileLog {
    folder: PathBuf,
    task_bytes: u64,
    open_files: NonZeroUsize,
    open: Arc<Mutex<Open>>,
}

/// The files that are open.
#[derive(Debug, Default)]
struct Open {
    writers: BTreeMap<TaskId, (u64, Arc<Mutex<Writer>>)>,
    /// How often one was asked for.
    uses: u64,
    /// Tasks whose file could not be opened, of which that was told.
    complained: BTreeSet<TaskId>,
}

impl Open {
    /// Whether it is to be told that the task's file can't be opened: once is enough, unless that is the case of ever more tasks.
    fn is_new_complaint(&mut self, task: TaskId) -> bool {
        if self.complained.len() > limits::TASKS_AT_ONCE {
            self.complained.clear();
        }
        self.complained.insert(task)
    }
}

impl FileLog {
    /// Keeps logs in this folder, which is created once there is something to keep. One store, one folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            task_bytes: limits::TASK_LOG_BYTES,
            open_files: limits::LOGS_OPEN,
            open: Arc::default(),
        }
    }

    /// Bytes that are kept of each task's log, times and line ends included; 64 MiB if nothing is said. The two marks come on top.
    #[must_use]
    pub const fn task_bytes(mut self, bytes: u64) -> Self {
        self.task_bytes = bytes;
        self
    }

    /// Files that are kept open; 64 if nothing is said. Only as many threads as write at the same moment can make it more.
    #[must_use]
    pub const fn open_files(mut self, files: NonZeroUsize) -> Self {
        self.open_files = files;
        self
    }

    /// Reads a task's log from its beginning; one that has not begun has no lines yet.
    pub fn read(&self, task: TaskId) -> LogReader {
        LogReader::new(place::file(&self.folder, task))
    }

    /// The tasks of a release that have a log, in their order.
    ///
    /// # Errors
    /// If the folder can't be read.
    pub fn tasks(&self, release: ReleaseId) -> io::Result<Vec<TaskId>> {
        let names = names(&place::release_folder(&self.folder, release))?;
        let mut tasks: Vec<_> = names.iter().filter_map(|name| place::task(release, name)).collect();
        tasks.sort_unstable();
        Ok(tasks)
    }

    /// The releases that have logs, in their order: those of them that are deleted can be forgotten.
    ///
    /// # Errors
    /// If the folder can't be read.
    pub fn releases(&self) -> io::Result<Vec<ReleaseId>> {
        let names = names(&self.folder)?;
        let mut releases: Vec<_> =
            names.iter().filter_map(|name| Some(ReleaseId(name.parse().ok()?))).collect();
        releases.sort_unstable();
        Ok(releases)
    }

    /// Removes the logs of a release; nothing if there are none. Of one that still runs, what it goes on to write is kept anew.
    ///
    /// # Errors
    /// If something of them can't be removed.
    pub fn forget(&self, release: ReleaseId) -> io::Result<()> {
        self.opened().writers.retain(|task, _| task.deployment().release != release);
        match fs::remove_dir_all(place::release_folder(&self.folder, release)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }

    fn with_writer(&self, task: TaskId, write: impl FnOnce(&mut Writer) -> io::Result<()>) {
        let writer = match self.writer(task) {
            Ok(writer) => writer,
            Err(error) => {
                if self.opened().is_new_complaint(task) {
                    tracing::warn!(%task, %error, "the task's log can't be opened: lines of it are lost");
                }
                return;
            }
        };
        let mut writer = locked(&writer);
        if let Err(error) = write(&mut writer)
            && !std::mem::replace(&mut writer.is_complained, true)
        {
            tracing::warn!(%task, %error, "the task's log can't be written: lines of it are lost");
        }
    }

    fn writer(&self, task: TaskId) -> io::Result<Arc<Mutex<Writer>>> {
        let mut open = self.opened();
        open.uses += 1;
        let now = open.uses;
        if let Some((used, writer)) = open.writers.get_mut(&task) {
            *used = now;
            return Ok(Arc::clone(writer));
        }
        while open.writers.len() >= self.open_files.get() {
            // One that somebody is writing to is not closed: a second one would not know what the first one writes.
            let idle = open.writers.iter().filter(|(_, (_, writer))| Arc::strong_count(writer) == 1);
            let Some(oldest) = idle.min_by_key(|(_, (used, _))| *used).map(|(task, _)| *task) else { break };
            open.writers.remove(&oldest);
        }
        let writer = Writer::open(&place::file(&self.folder, task), self.task_bytes)?;
        let writer = Arc::new(Mutex::new(writer));
        open.writers.insert(task, (now, Arc::clone(&writer)));
        Ok(writer)
    }

    fn opened(&self) -> MutexGuard<'_, Open> {
        locked(&self.open)
    }
}

impl LogSink for FileLog {
    fn line(&self, task: TaskId, at: Timestamp, line: &str) {
        self.with_writer(task, |writer| {
            // What is no end of a line to whoever wrote it is one to whoever reads the file.
            for part in line.split('\n') {
                writer.line(at, cut(part), self.task_bytes)?;
            }
            Ok(())
        });
    }

    fn ended(&self, task: TaskId, at: Timestamp) {
        self.with_writer(task, |writer| writer.end(at));
        self.opened().writers.remove(&task);
    }
}

/// A line, as far as it is kept.
fn cut(line: &str) -> &str {
    let end = (0..=limits::LOG_LINE_BYTES.min(line.len())).rev().find(|end| line.is_char_boundary(*end));
    line.get(..end.unwrap_or(0)).unwrap_or_default()
}

fn locked<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The names in a folder that are text; none where there is no folder.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry?.file_name().into_string().ok());
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::LogEntry;

    fn task(number: u32) -> TaskId {
        format!("17/2#1.0.{number}").parse().unwrap()
    }

    #[test]
    fn no_more_files_are_open_than_may_be_and_each_goes_on_where_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let log = FileLog::new(folder.path()).open_files(NonZeroUsize::new(3).unwrap());
        for round in 0..3 {
            for number in 0..10 {
                log.line(task(number), DateTime::UNIX_EPOCH, &format!("{round}"));
                assert!(log.opened().writers.len() <= 3);
            }
        }
        for number in 0..10 {
            let entries = log.read(task(number)).more().unwrap();
            let texts: Vec<_> = entries
                .iter()
                .map(|entry| match entry {
                    LogEntry::Line { text, .. } => text.as_str(),
                    LogEntry::Cut { .. } | LogEntry::Ended { .. } => "a mark",
                })
                .collect();
            assert_eq!(texts, ["0", "1", "2"]);
        }
        log.ended(task(0), DateTime::UNIX_EPOCH);
        assert!(!log.opened().writers.contains_key(&task(0)));
    }

    #[test]
    fn a_long_line_is_cut_and_no_character_of_it() {
        let long = format!("x{}", "é".repeat(limits::LOG_LINE_BYTES));
        assert_eq!(cut(&long).len(), limits::LOG_LINE_BYTES - 1);
        assert_eq!(cut("short"), "short");
    }
}
