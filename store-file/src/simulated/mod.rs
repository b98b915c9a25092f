//! A disk in memory that fails, tears writes, and loses what was not synced, on purpose.
//!
//! It is what the file store's own tests run on, and it is public (feature `simulated-disk`) so that a host can put its whole
//! program through a power loss. The faults are those of real disks:
//!
//! - a call fails, after some of its bytes or none were written ([`SimulatedDisk::fail_at`]), also one that reads
//!   ([`SimulatedDisk::fail_read_at`]),
//! - the process dies: from some call on nothing gets through ([`SimulatedDisk::halt_at`]),
//! - the power fails: of every 512-byte sector that was not synced, of every length and of the names in every folder, either state may be found ([`SimulatedDisk::lose_power`]),
//! - a sync that failed is forgotten: later syncs succeed and leave those sectors out, unless they are written again.

mod content;
mod file;
mod tree;

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::disk::{Access, Disk, DiskFile, HeldLock, LockError, Work};

use content::Content;
use file::SimulatedFile;
use tree::{Entry, Tree};

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
    names: Tree,
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
    /// names in every folder: is the new state found, or the old one?
    pub fn lose_power(&self, mut keep: impl FnMut() -> bool) {
        let mut state = self.state();
        state.names.lose_power(&mut keep);
        for content in &mut state.contents {
            content.lose_power(&mut keep);
        }
        drop(state);
        self.restart();
    }

    /// All files and what a process sees in them.
    pub fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let state = self.state();
        let files = state.names.files().into_iter();
        files.map(|(path, content)| (path, state.contents[content].seen.clone())).collect()
    }

    /// Puts a file there, durably, in place of any that has the name.
    ///
    /// # Panics
    /// If there is a folder with that name, or a file where a folder should be.
    pub fn put(&self, path: &Path, bytes: Vec<u8>) {
        let mut state = self.state();
        let State { contents, names, .. } = &mut *state;
        contents.push(Content::of(bytes));
        let folder = path.parent().unwrap_or(path);
        let put = names.create_folder(folder);
        let put = put.and_then(|()| names.add(path, contents.len() - 1));
        let put = put.and_then(|()| names.sync_all_above(path));
        drop(state);
        put.unwrap_or_else(|error| panic!("{} can't be put there: {error}", path.display()));
    }

    /// Removes a folder with all that is in it, durably, as a person does who clears up. One that is not there is none to remove.
    pub fn remove_folder(&self, folder: &Path) {
        let _not_there = self.state().names.remove_folder(folder);
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

impl Disk for SimulatedDisk {
    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        self.change().map_err(|(_, error)| error)?.names.create_folder(folder)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        self.state().names.list(folder)
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>> {
        let file_at = |state: &State| match state.names.entry(path)? {
            Entry::File(content) => Ok(content),
            Entry::Folder(_) => Err(io::Error::from(ErrorKind::IsADirectory)),
        };
        let content = match access {
            Access::Read | Access::Write => file_at(&self.state())?,
            Access::Create => {
                let mut state = self.change().map_err(|(_, error)| error)?;
                match file_at(&state) {
                    Ok(content) => {
                        state.contents[content].truncate(0);
                        content
                    }
                    Err(error) if error.kind() == ErrorKind::NotFound => {
                        let content = state.contents.len();
                        state.names.add(path, content)?;
                        state.contents.push(Content::default());
                        content
                    }
                    Err(error) => return Err(error),
                }
            }
        };
        Ok(Box::new(SimulatedFile { disk: self.clone(), content, access }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.change().map_err(|(_, error)| error)?.names.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        if let Entry::Folder(_) = self.state().names.entry(path)? {
            return Err(ErrorKind::IsADirectory.into());
        }
        self.change().map_err(|(_, error)| error)?.names.remove(path)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.change().map_err(|(_, error)| error)?.names.sync(folder)
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
