//! Prepares the next segment in the background: a file of zeros, really written, so that a sync has only data to write.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::active::{Blank, GROWTH_BYTES};
use crate::beside::{Beside, Progress};
use crate::disk::{Access, Disk};
use crate::segment::NEXT_SEGMENT;

/// The next segment, being made.
#[derive(Default)]
pub(crate) struct Preallocation {
    making: Option<Beside<io::Result<Blank>>>,
    is_unwanted: Arc<AtomicBool>,
}

impl Preallocation {
    pub(crate) fn is_begun(&self) -> bool {
        self.making.is_some()
    }

    /// Begins to make a file of `bytes` zeros. If no thread can be had, the next segment grows as it is written.
    pub(crate) fn begin(&mut self, disk: &Arc<dyn Disk>, folder: &Path, bytes: u64) {
        let path = folder.join(NEXT_SEGMENT);
        let is_unwanted = Arc::clone(&self.is_unwanted);
        let make = {
            let disk = Arc::clone(disk);
            move || {
                let made = make(&*disk, &path, bytes, &is_unwanted);
                if made.is_err() {
                    // On a disk that is nearly full it must not take the room that the log needs.
                    let _leftover = disk.remove(&path);
                }
                made
            }
        };
        self.making = Beside::begin(&**disk, "cutover-prealloc", make).ok();
    }

    /// The file, if it is finished. One that is not is left to be finished.
    pub(crate) fn take(&mut self) -> Option<Blank> {
        match self.making.as_ref()?.progress() {
            Progress::Going => None,
            Progress::Done(made) => {
                // One that failed is made anew when the next segment is half full.
                self.making = None;
                made?.ok()
            }
        }
    }

    /// Stops, and takes the file away.
    pub(crate) fn abandon(&mut self, disk: &dyn Disk, folder: &Path) {
        self.is_unwanted.store(true, Ordering::Relaxed);
        if let Some(making) = self.making.take() {
            let _unwanted = making.wait();
            // What stays is removed when the store is opened.
            let _leftover = disk.remove(&folder.join(NEXT_SEGMENT));
        }
    }
}

fn make(disk: &dyn Disk, path: &Path, bytes: u64, is_unwanted: &AtomicBool) -> io::Result<Blank> {
    let file = disk.open(path, Access::Create)?;
    let zeros = vec![0; usize::try_from(GROWTH_BYTES).unwrap_or(usize::MAX)];
    let mut written = 0;
    while written < bytes {
        if is_unwanted.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let part = usize::try_from(bytes - written).unwrap_or(usize::MAX).min(zeros.len());
        file.write_at(&zeros[..part], written)?;
        written += part as u64;
    }
    file.sync()?;
    Ok(Blank { file, name: NEXT_SEGMENT, bytes })
}
