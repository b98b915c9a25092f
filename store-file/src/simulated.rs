//! A disk in memory that fails, tears writes, and loses what was not synced, on purpose.
//!
//! It is what the file store's own tests run on, and it is public (feature `simulated-disk`) so that a host can put its whole
//! program through a power loss. The faults are those of real disks:
//!
//! - a call fails, after some of its bytes or none were written ([`SimulatedDisk::fail_at`]), also one that reads
//!   ([`SimulatedDisk::fail_read_at`]),
//! - the process dies: from some call on nothing gets through ([`SimulatedDisk::halt_at`]),
//! - the power fails: of every 512-byte sector that was not synced, either state may be found ([`SimulatedDisk::lose_power`]),
//! - a sync that failed is forgotten: later syncs succeed and leave those sectors out, unless they are written again.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::disk::{Access, Disk, DiskFile, HeldLock, LockError, Work};

/// What a disk writes as a whole or not at all.
const SECTOR_BYTES: usize = 512;

/// A disk in memory. Its clones are the same disk.
#[derive(Debug, Clone, Default)]
pub struct SimulatedDisk(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    contents: Vec<Content>,
    folders: BTreeSet<PathBuf>,
    durable_folders: BTreeSet<PathBuf>,
    /// The names as every process sees them, and as they are after a power loss.
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
    locks: BTreeMap<PathBuf, String>,
    calls: u64,
    reads: u64,
    failing_read: Option<(u64, ErrorKind)>,
    fault: Option<Fault>,
    halts_at: Option<u64>,
    is_held: bool,
    waiting: usize,
}

#[derive(Debug, Clone, Copy)]
struct Fault {
    call: u64,
    kind: ErrorKind,
    bytes: usize,
}

#[derive(Debug, Default)]
struct Content {
    seen: Vec<u8>,
    durable: Vec<u8>,
    /// Sectors that a failed sync left out, and that later syncs take for written.
    forgotten: BTreeSet<usize>,
}

impl SimulatedDisk {
    /// An empty disk.
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.0.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on calls that change something wait, until the disk is released.
    pub fn hold(&self) {
        self.state().is_held = true;
    }

    /// Returns once a call waits at the disk that is held.
    pub fn wait_for_a_call(&self) {
        let mut state = self.state();
        while state.waiting == 0 {
            state = self.wait(state);
        }
    }

    /// Lets the calls that wait go on.
    pub fn release(&self) {
        self.state().is_held = false;
        self.0.changed.notify_all();
    }

    /// How many calls were made so far that change something.
    pub fn calls(&self) -> u64 {
        self.state().calls
    }

    /// How many pieces of files were read so far, none of which is larger than 1,000 bytes.
    pub fn reads(&self) -> u64 {
        self.state().reads
    }

    /// The reading of the piece with this number, from 0, fails with `kind`.
    pub fn fail_read_at(&self, read: u64, kind: ErrorKind) {
        self.state().failing_read = Some((read, kind));
    }

    /// The changing call with this number, from 0, fails with `kind`; if it is a write, after its first `bytes` bytes.
    pub fn fail_at(&self, call: u64, kind: ErrorKind, bytes: usize) {
        self.state().fault = Some(Fault { call, kind, bytes });
    }

    /// From the changing call with this number on, every one fails: so a process ends.
    pub fn halt_at(&self, call: u64) {
        self.state().halts_at = Some(call);
    }

    /// A new process: calls get through again, and nobody holds a lock. Whoever held one must be gone.
    pub fn restart(&self) {
        let mut state = self.state();
        state.fault = None;
        state.failing_read = None;
        state.halts_at = None;
        state.locks.clear();
    }

    /// The power fails and returns. `keep` is asked about every sector that was not synced, about every length, and about the
    /// names of files and folders: is the new state found, or the old one?
    pub fn lose_power(&self, mut keep: impl FnMut() -> bool) {
        let mut state = self.state();
        let State { folders, durable_folders, names, durable_names, .. } = &mut *state;
        if keep() {
            durable_names.clone_from(names);
            durable_folders.clone_from(folders);
        }
        let is_there = |folder: &PathBuf| {
            folder.ancestors().all(|it| it.parent().is_none() || durable_folders.contains(it))
        };
        folders.retain(is_there);
        durable_folders.clone_from(folders);
        durable_names.retain(|path, _| path.parent().is_none_or(|folder| folders.contains(folder)));
        names.clone_from(durable_names);
        for content in &mut state.contents {
            content.lose_power(&mut keep);
        }
        drop(state);
        self.restart();
    }

    /// All files and what a process sees in them.
    pub fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let state = self.state();
        let files = state.names.iter();
        files.map(|(path, content)| (path.clone(), state.contents[*content].seen.clone())).collect()
    }

    /// Puts a file there, durably, in place of any that has the name.
    pub fn put(&self, path: &Path, bytes: Vec<u8>) {
        let mut state = self.state();
        let folders: Vec<_> = path.ancestors().skip(1).map(Path::to_owned).collect();
        state.durable_folders.extend(folders.iter().cloned());
        state.folders.extend(folders);
        state.contents.push(Content { seen: bytes.clone(), durable: bytes, forgotten: BTreeSet::new() });
        let content = state.contents.len() - 1;
        state.names.insert(path.to_owned(), content);
        state.durable_names.insert(path.to_owned(), content);
    }

    /// Counts a call that changes something. `Err` if it fails, with the bytes that get through before.
    fn change(&self) -> Result<MutexGuard<'_, State>, (usize, io::Error)> {
        let mut state = self.state();
        state.waiting += 1;
        self.0.changed.notify_all();
        while state.is_held {
            state = self.wait(state);
        }
        state.waiting -= 1;
        let call = state.calls;
        state.calls += 1;
        if state.halts_at.is_some_and(|halt| call >= halt) {
            return Err((0, io::Error::other("the process has ended")));
        }
        match state.fault {
            Some(fault) if fault.call == call => Err((fault.bytes, fault.kind.into())),
            Some(_) | None => Ok(state),
        }
    }
}

impl Content {
    fn write(&mut self, bytes: &[u8], offset: usize) {
        if bytes.is_empty() {
            return;
        }
        let end = offset + bytes.len();
        if self.seen.len() < end {
            self.seen.resize(end, 0);
        }
        self.seen[offset..end].copy_from_slice(bytes);
        for sector in offset / SECTOR_BYTES..=(end - 1) / SECTOR_BYTES {
            self.forgotten.remove(&sector);
        }
    }

    fn truncate(&mut self, bytes: usize) {
        self.seen.resize(bytes, 0);
        self.forgotten.retain(|sector| sector * SECTOR_BYTES < bytes);
    }

    /// Gives a sector of `durable` the state that was seen.
    fn settle(&mut self, sector: usize) {
        let start = sector * SECTOR_BYTES;
        let end = (start + SECTOR_BYTES).min(self.durable.len()).min(self.seen.len());
        if start < end {
            self.durable[start..end].copy_from_slice(&self.seen[start..end]);
        }
    }

    fn unsynced(&self) -> Vec<usize> {
        let sectors = 0..self.seen.len().div_ceil(SECTOR_BYTES);
        let sector_of = |bytes: &[u8], sector: usize| {
            let mut content = [0; SECTOR_BYTES];
            let start = (sector * SECTOR_BYTES).min(bytes.len());
            let end = (start + SECTOR_BYTES).min(bytes.len());
            content[..end - start].copy_from_slice(&bytes[start..end]);
            content
        };
        sectors.filter(|sector| sector_of(&self.seen, *sector) != sector_of(&self.durable, *sector)).collect()
    }

    fn sync(&mut self) {
        let unsynced = self.unsynced();
        self.durable.resize(self.seen.len(), 0);
        for sector in unsynced {
            if !self.forgotten.contains(&sector) {
                self.settle(sector);
            }
        }
    }

    fn lose_power(&mut self, keep: &mut impl FnMut() -> bool) {
        let unsynced = self.unsynced();
        if self.seen.len() != self.durable.len() && keep() {
            self.durable.resize(self.seen.len(), 0);
        }
        for sector in unsynced {
            if keep() {
                self.settle(sector);
            }
        }
        self.seen.clone_from(&self.durable);
        self.forgotten.clear();
    }
}

/// A file of a simulated disk.
#[derive(Debug)]
struct SimulatedFile {
    disk: SimulatedDisk,
    content: usize,
    access: Access,
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
                let mut state = self.disk.state();
                let content = &mut state.contents[self.content];
                let unsynced = content.unsynced();
                content.forgotten.extend(unsynced);
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

impl Disk for SimulatedDisk {
    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        let mut state = self.change().map_err(|(_, error)| error)?;
        if folder.ancestors().any(|above| state.names.contains_key(above)) {
            return Err(ErrorKind::NotADirectory.into());
        }
        state.folders.extend(folder.ancestors().map(Path::to_owned));
        Ok(())
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let state = self.state();
        if state.names.contains_key(folder) {
            return Err(ErrorKind::NotADirectory.into());
        }
        if !state.folders.contains(folder) {
            return Err(ErrorKind::NotFound.into());
        }
        let within = state.names.keys().filter(|path| path.parent() == Some(folder));
        Ok(within.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect())
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>> {
        let content = match access {
            Access::Read | Access::Write => {
                let state = self.state();
                state.names.get(path).copied().ok_or(ErrorKind::NotFound)?
            }
            Access::Create => {
                let mut state = self.change().map_err(|(_, error)| error)?;
                if let Some(content) = state.names.get(path).copied() {
                    state.contents[content].truncate(0);
                    content
                } else {
                    if path.parent().is_some_and(|folder| !state.folders.contains(folder)) {
                        return Err(ErrorKind::NotFound.into());
                    }
                    state.contents.push(Content::default());
                    let content = state.contents.len() - 1;
                    state.names.insert(path.to_owned(), content);
                    content
                }
            }
        };
        Ok(Box::new(SimulatedFile { disk: self.clone(), content, access }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.change().map_err(|(_, error)| error)?;
        let content = state.names.remove(from).ok_or(ErrorKind::NotFound)?;
        state.names.insert(to.to_owned(), content);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        if !self.state().names.contains_key(path) {
            return Err(ErrorKind::NotFound.into());
        }
        let mut state = self.change().map_err(|(_, error)| error)?;
        state.names.remove(path);
        Ok(())
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let mut state = self.change().map_err(|(_, error)| error)?;
        let names = state.names.clone();
        state.durable_names.retain(|path, _| path.parent() != Some(folder));
        let within = names.into_iter().filter(|(path, _)| path.parent() == Some(folder));
        state.durable_names.extend(within);
        let folders = state.folders.clone();
        let within = folders.into_iter().filter(|it| it.parent() == Some(folder));
        state.durable_folders.extend(within);
        Ok(())
    }

    /// At once, on the thread of the caller: so every run makes the same calls in the same order.
    fn beside(&self, _name: &str, work: Work) -> io::Result<()> {
        work();
        Ok(())
    }

    fn try_lock(&self, path: &Path, holder: &str) -> Result<Box<dyn HeldLock>, LockError> {
        let mut state = self.state();
        if let Some(holder) = state.locks.get(path) {
            return Err(LockError::Held(holder.clone()));
        }
        state.locks.insert(path.to_owned(), holder.to_owned());
        Ok(Box::new(SimulatedLock { disk: self.clone(), path: path.to_owned() }))
    }
}

struct SimulatedLock {
    disk: SimulatedDisk,
    path: PathBuf,
}

impl HeldLock for SimulatedLock {}

impl Drop for SimulatedLock {
    fn drop(&mut self) {
        self.disk.state().locks.remove(&self.path);
    }
}
