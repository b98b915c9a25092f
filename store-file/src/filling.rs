//! Fills the rest of a segment with zeros in the background, where it was not made of zeros beforehand: the one that a store was opened on, and one that
//! was begun before its zeros were ready. So its length need not change with what is appended.
//!
//! The writer and the zeros never meet: the writer stays before what it was told of, and waits where it would pass that.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};

use crate::active::GROWTH_BYTES;
use crate::disk::{Access, Disk};

/// Zeros are written once so much was appended: whoever opens a store for a few commits does without.
const BUSY_BYTES: u64 = GROWTH_BYTES / 2;

/// The zeros behind what was appended to a segment.
#[derive(Default)]
pub(crate) struct Filling {
    /// How much was appended to the segment since it was opened or begun.
    appended: u64,
    is_begun: bool,
    /// Tells up to where there are zeros, durably; while it is open, more are being written behind that.
    progress: Option<Receiver<u64>>,
    is_unwanted: Arc<AtomicBool>,
}

impl Filling {
    pub(crate) fn appended(&mut self, bytes: u64) {
        self.appended += bytes;
    }

    pub(crate) fn is_due(&self) -> bool {
        self.appended > BUSY_BYTES && !self.is_begun
    }

    /// Begins to write zeros from the end of the file, which is `from`, up to `full`. If no thread can be had, the segment grows as it is written.
    pub(crate) fn begin(&mut self, disk: &Arc<dyn Disk>, path: PathBuf, from: u64, full: u64) {
        self.is_begun = true;
        let (tell, told) = mpsc::channel();
        let is_unwanted = Arc::clone(&self.is_unwanted);
        let work = {
            let disk = Arc::clone(disk);
            // What is not filled grows as it is written.
            move || drop(fill(&*disk, &path, from..full, &is_unwanted, &tell))
        };
        self.progress = disk.beside("cutover-zeros", Box::new(work)).is_ok().then_some(told);
    }

    /// Up to where the writer may write, if it was `known` before: up to `end` if there are zeros, or will be. If not, nobody writes zeros any more.
    pub(crate) fn reach(&mut self, end: u64, known: u64) -> u64 {
        let mut reached = known;
        while reached < end
            && let Some(progress) = &self.progress
        {
            match progress.recv() {
                Ok(zeros) => reached = reached.max(zeros),
                Err(_ended) => self.progress = None,
            }
        }
        reached
    }

    /// Returns once nobody writes zeros any more.
    pub(crate) fn stop(&mut self) {
        self.is_unwanted.store(true, Ordering::Relaxed);
        self.reach(u64::MAX, 0);
    }
}

/// Also where the writer panics: its lock is given back after this, and somebody else may write where the zeros would come.
impl Drop for Filling {
    fn drop(&mut self) {
        self.stop();
    }
}

fn fill(
    disk: &dyn Disk,
    path: &Path,
    zeros: std::ops::Range<u64>,
    is_unwanted: &AtomicBool,
    tell: &Sender<u64>,
) -> io::Result<()> {
    // Opened once more: the system tells each opener once that something could not be synced, so that the writer is told too.
    let file = disk.open(path, Access::Write)?;
    let piece = vec![0; usize::try_from(GROWTH_BYTES).unwrap_or(usize::MAX)];
    let mut written = zeros.start;
    while written < zeros.end && !is_unwanted.load(Ordering::Relaxed) {
        let part = usize::try_from(zeros.end - written).unwrap_or(usize::MAX).min(piece.len());
        if let Err(error) = file.write_at(&piece[..part], written).and_then(|()| file.sync()) {
            // On a disk that is nearly full they must not take the room that the log needs. The writer is not behind this place.
            let _leftover = file.truncate(written);
            return Err(error);
        }
        written += part as u64;
        if tell.send(written).is_err() {
            break;
        }
    }
    Ok(())
}
