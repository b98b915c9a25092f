//! A file of a simulated disk.

use std::io::{self, ErrorKind};

use super::SimulatedDisk;
use crate::disk::{Access, DiskFile};

/// A file of a simulated disk.
#[derive(Debug)]
pub(super) struct SimulatedFile {
    pub(super) disk: SimulatedDisk,
    pub(super) content: usize,
    pub(super) access: Access,
}

impl SimulatedFile {
    fn for_writing(&self) -> io::Result<()> {
        if self.access == Access::Read { Err(ErrorKind::PermissionDenied.into()) } else { Ok(()) }
    }
}

fn place(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

impl DiskFile for SimulatedFile {
    fn bytes(&self) -> io::Result<u64> {
        Ok(self.disk.state().contents[self.content].seen.len() as u64)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut state = self.disk.state();
        let read = state.reads;
        state.reads += 1;
        if let Some((failing, kind)) = state.failing_read
            && failing == read
        {
            return Err(kind.into());
        }
        let seen = &state.contents[self.content].seen;
        let rest = seen.get(place(offset)..).unwrap_or_default();
        // Never more than 1,000 bytes at a time: a read may always be shorter than what was asked for.
        let bytes = rest.len().min(buffer.len()).min(1_000);
        buffer[..bytes].copy_from_slice(&rest[..bytes]);
        Ok(bytes)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.for_writing()?;
        let outcome = self.disk.change().map(drop);
        let got_through = match &outcome {
            Ok(()) => bytes.len(),
            Err((got_through, _)) => bytes.len().min(*got_through),
        };
        self.disk.state().contents[self.content].write(&bytes[..got_through], place(offset));
        outcome.map_err(|(_, error)| error)
    }

    fn sync(&self) -> io::Result<()> {
        match self.disk.change() {
            Ok(mut state) => {
                state.contents[self.content].sync();
                Ok(())
            }
            Err((_, error)) => {
                self.disk.state().contents[self.content].forget();
                Err(error)
            }
        }
    }

    fn truncate(&self, bytes: u64) -> io::Result<()> {
        self.for_writing()?;
        let mut state = self.disk.change().map_err(|(_, error)| error)?;
        state.contents[self.content].truncate(place(bytes));
        Ok(())
    }
}
