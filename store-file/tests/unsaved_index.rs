//! The index cannot be saved for a while: commits are taken all the same, and what was not saved is saved later.
#![expect(clippy::unwrap_used, reason = "a test ends where something goes wrong")]
#![allow(dead_code, reason = "each test needs its part of the world")]

use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cutover_store_file::FileStore;
use cutover_store_file::disk::{Access, Disk, DiskFile, HeldLock, LockError, Work};
use cutover_store_file::simulated::SimulatedDisk;

mod world;

use world::{FOLDER, append, count, is_of_index, open, options};

/// A simulated disk on which nobody may write into the folder of the index while that is locked.
#[derive(Clone, Default)]
struct LockedFolder {
    disk: SimulatedDisk,
    is_locked: Arc<AtomicBool>,
}

impl Disk for LockedFolder {
    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        self.disk.create_folder(folder)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        self.disk.list(folder)
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>> {
        if self.is_locked.load(Ordering::SeqCst) && is_of_index(path) {
            return Err(ErrorKind::PermissionDenied.into());
        }
        self.disk.open(path, access)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.disk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.disk.remove(path)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.disk.sync_folder(folder)
    }

    fn beside(&self, name: &str, work: Work) -> io::Result<()> {
        self.disk.beside(name, work)
    }

    fn try_lock(&self, path: &Path, holder: &str) -> Result<Box<dyn HeldLock>, LockError> {
        self.disk.try_lock(path, holder)
    }
}

#[test]
fn what_could_not_be_saved_is_saved_with_what_comes_next() {
    let disk = LockedFolder::default();
    let store = FileStore::open_on(Arc::new(disk.clone()), Path::new(FOLDER), options()).unwrap();
    append(&store, 0, 10);
    disk.is_locked.store(true, Ordering::SeqCst);
    append(&store, 10, 30);
    disk.is_locked.store(false, Ordering::SeqCst);
    append(&store, 30, 50);
    disk.disk.halt_at(disk.disk.calls());
    drop(store);
    disk.disk.restart();
    let store = open(&disk.disk).unwrap();
    let report = store.report();
    assert!(report.indexed.0 > 30 && report.scanned.segments <= 1, "{report:?}");
    assert_eq!((report.ignored.len(), count(&store)), (0, 50));
}

#[test]
fn a_store_whose_index_can_never_be_saved_works_and_is_read_as_a_whole() {
    let disk = LockedFolder::default();
    disk.is_locked.store(true, Ordering::SeqCst);
    for round in 0..3 {
        let store = FileStore::open_on(Arc::new(disk.clone()), Path::new(FOLDER), options()).unwrap();
        assert_eq!((store.report().scanned.commits, count(&store)), (round * 20, round * 20));
        append(&store, round * 20, round * 20 + 20);
    }
}
