//! Work that goes on beside the writer, and its outcome.

use std::io;
use std::sync::mpsc::{self, Receiver, TryRecvError};

use crate::disk::Disk;

/// Work that was begun.
pub(crate) struct Beside<T>(Receiver<T>);

/// What has become of work.
pub(crate) enum Progress<T> {
    /// It goes on.
    Going,
    /// It is done; `None` if it panicked.
    Done(Option<T>),
}

impl<T: Send + 'static> Beside<T> {
    /// Has the disk run the work.
    pub(crate) fn begin(
        disk: &dyn Disk,
        name: &str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<Self> {
        let (outcome, told) = mpsc::sync_channel(1);
        let work = move || {
            // If nobody wants to know any more, so be it.
            let _unwanted = outcome.send(work());
        };
        disk.beside(name, Box::new(work))?;
        Ok(Self(told))
    }

    pub(crate) fn progress(&self) -> Progress<T> {
        match self.0.try_recv() {
            Ok(outcome) => Progress::Done(Some(outcome)),
            Err(TryRecvError::Empty) => Progress::Going,
            Err(TryRecvError::Disconnected) => Progress::Done(None),
        }
    }

    /// Waits for it.
    pub(crate) fn wait(self) -> Option<T> {
        self.0.recv().ok()
    }
}
