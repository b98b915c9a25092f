//! A piece of a segment in memory, which moves along as frames are asked for.

use std::io;
use std::sync::Arc;

use crate::disk::{DiskFile, read_full};
use crate::frame::{self, Flaw, Framed};

/// How much is read at once where frames follow one another: a little at first, more as it goes on.
const FIRST_RUN_BYTES: usize = 128 * 1024;
const LONGEST_RUN_BYTES: usize = 1024 * 1024;
/// How much is read at once where frames are strewn over the log.
const SINGLE_BYTES: usize = 4 * 1024;
/// Frames of one stream that are no further apart than that are taken for close together.
const NEAR_BYTES: u64 = 16 * 1024;
const NEAR_RUN_BYTES: u64 = 64 * 1024;

/// Why there is no frame.
#[derive(Debug)]
pub(crate) enum Unread {
    /// What is there is none.
    Flaw(Flaw),
    /// The file system failed.
    Io(io::Error),
}

impl From<io::Error> for Unread {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A window into one file. It never looks behind the end that it was given, so that it does not hold what a writer has half written.
pub(crate) struct Window {
    file: Arc<dyn DiskFile>,
    end: u64,
    start: u64,
    bytes: Vec<u8>,
    run_bytes: usize,
}

impl Window {
    /// A window up to `end`; up to the file's own end if that comes first.
    pub(crate) fn new(file: Arc<dyn DiskFile>, end: u64) -> Self {
        Self { file, end, start: 0, bytes: Vec::new(), run_bytes: FIRST_RUN_BYTES }
    }

    /// The frame at an offset, checked; the one behind it is most likely asked for next.
    pub(crate) fn next_frame(&mut self, offset: u64) -> Result<Framed<'_>, Unread> {
        if self.length_at(offset).is_none() {
            self.fill(offset, self.run_bytes)?;
            self.run_bytes = (self.run_bytes * 2).min(LONGEST_RUN_BYTES);
        }
        self.frame(offset)
    }

    /// The frame at an offset, checked; one before it is asked for next, which may be near.
    pub(crate) fn previous_frame(&mut self, offset: u64) -> Result<Framed<'_>, Unread> {
        if self.length_at(offset).is_none() {
            let near = self.start.saturating_sub(NEAR_RUN_BYTES);
            if offset < self.start && self.start - offset <= NEAR_BYTES {
                // The frame may begin right before the window and go on in it: as much of it as tells its length.
                let bytes = usize::try_from(self.start - near).unwrap_or(SINGLE_BYTES);
                self.fill(near, bytes + frame::PREFIX_BYTES)?;
            } else {
                self.fill(offset, SINGLE_BYTES)?;
            }
        }
        self.frame(offset)
    }

    fn frame(&mut self, offset: u64) -> Result<Framed<'_>, Unread> {
        if let Some(bytes) = self.length_at(offset)
            && self.from(offset).len() < bytes
        {
            self.fill(offset, bytes)?;
        }
        frame::read(self.from(offset)).map_err(Unread::Flaw)
    }

    /// The length of the frame at an offset, if as much of it is in memory as it takes to tell.
    fn length_at(&self, offset: u64) -> Option<usize> {
        frame::length(self.from(offset)).ok()
    }

    /// What is in memory from an offset on.
    fn from(&self, offset: u64) -> &[u8] {
        let place = offset.checked_sub(self.start).and_then(|place| usize::try_from(place).ok());
        place.and_then(|place| self.bytes.get(place..)).unwrap_or_default()
    }

    fn fill(&mut self, offset: u64, bytes: usize) -> io::Result<()> {
        let mut end = self.end;
        if bytes > SINGLE_BYTES {
            // A damaged length may name 16 MiB where hardly anything is.
            end = end.min(self.file.bytes()?);
        }
        let left = usize::try_from(end.saturating_sub(offset)).unwrap_or(usize::MAX);
        self.bytes.resize(bytes.min(left), 0);
        self.start = offset;
        let filled = read_full(&*self.file, &mut self.bytes, offset);
        // What could not be read is not taken for zeros the next time.
        self.bytes.truncate(*filled.as_ref().unwrap_or(&0));
        filled.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::{Access, Disk, RealDisk};

    /// Frames of all lengths one after another, in a file; where each begins.
    fn frames(folder: &tempfile::TempDir) -> (Arc<dyn DiskFile>, Vec<u64>, u64) {
        let (mut bytes, mut offsets) = (Vec::new(), Vec::new());
        for number in 0..6_000 {
            offsets.push(bytes.len() as u64);
            frame::write(&mut bytes, |json| json.extend(std::iter::repeat_n(b'.', number % 97)));
        }
        let path = folder.path().join("log");
        std::fs::write(&path, &bytes).expect("it can be written");
        let file = RealDisk.open(&path, Access::Read).expect("it can be opened");
        (Arc::from(file), offsets, bytes.len() as u64)
    }

    /// Story: fuzzing was slow, since whatever looked like a long frame took as much memory as such a frame would need.
    #[test]
    fn a_length_that_is_damaged_takes_no_more_memory_than_there_are_bytes() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log");
        std::fs::write(&path, "00ffff00 00000000 {}\n").expect("it can be written");
        let file = Arc::from(RealDisk.open(&path, Access::Read).expect("it can be opened"));
        let mut window = Window::new(file, u64::MAX);
        let read = window.next_frame(0).map(|_| ());
        assert!(matches!(read, Err(Unread::Flaw(Flaw::Incomplete(0x00ff_ff13)))), "{read:?}");
        assert!(window.bytes.capacity() <= SINGLE_BYTES, "{} bytes", window.bytes.capacity());
    }

    #[test]
    fn every_frame_is_found_wherever_the_window_was_before() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, offsets, end) = frames(&folder);
        let length = |number: usize| number % 97 + frame::FRAME_BYTES;
        for step in [1, 2, 7, 100, 1_000] {
            let mut window = Window::new(Arc::clone(&file), end);
            for number in (0..offsets.len()).rev().step_by(step) {
                let framed = window.previous_frame(offsets[number]).expect("it is a frame");
                assert_eq!(framed.bytes(), length(number), "frame {number} by steps of {step}");
            }
            let mut window = Window::new(Arc::clone(&file), end);
            for number in (0..offsets.len()).step_by(step) {
                let framed = window.next_frame(offsets[number]).expect("it is a frame");
                assert_eq!(framed.bytes(), length(number), "frame {number} by steps of {step}");
            }
        }
    }
}
