//! A store is copied while it runs: the copy holds everything that was acknowledged before, whole, and nothing that is half written.
#![expect(clippy::unwrap_used, reason = "a test ends where something goes wrong")]
#![allow(dead_code, reason = "each test needs its part of the world")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use cutover::store::{EventStore as _, Position};
use cutover_store_file::{CopyError, FileStore, FileStoreOptions, Left, OpenError};
use futures::executor::block_on;
use tempfile::TempDir;

mod world;

use world::{append, commit, count, rounds};

fn of_size(segment_bytes: u64) -> FileStoreOptions {
    FileStoreOptions::default().segment_bytes(segment_bytes)
}

fn logs(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ext| ext == "log"));
    paths.sort();
    paths
}

/// Has the writer stop, also where the test fails.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// The writer commits no more than so many for each copy: a store that grows faster than it is copied would never be done with.
const FOR_EACH_COPY: u64 = 500;

#[test]
fn what_was_acknowledged_before_is_in_the_copy_while_a_writer_goes_on() {
    // Small segments are rolled while they are copied, large ones are preallocated.
    for segment_bytes in [4 * 1024, 256 * 1024, 4 * 1024 * 1024] {
        let folder = TempDir::new().unwrap();
        let store = FileStore::open(folder.path().join("store"), of_size(segment_bytes)).unwrap();
        let (acknowledged, is_over) = (AtomicU64::new(0), AtomicBool::new(false));
        let allowed = AtomicU64::new(0);
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut n = 0;
                while !is_over.load(Ordering::Acquire) {
                    if n == allowed.load(Ordering::Acquire) {
                        thread::yield_now();
                        continue;
                    }
                    assert_eq!(block_on(store.commit(commit(n))).unwrap(), Position(n + 1));
                    n += 1;
                    acknowledged.store(n, Ordering::Release);
                }
            });
            let _ends = Ends(&is_over);
            for round in 0..rounds(8, 100) {
                let to = folder.path().join(format!("copy-{round}"));
                allowed.fetch_add(FOR_EACH_COPY, Ordering::AcqRel);
                let before = acknowledged.load(Ordering::Acquire);
                let backup = store.backup_to(&to).unwrap();
                let after = block_on(store.head()).unwrap();
                assert!(
                    Position(before) <= backup.head && backup.head <= after,
                    "{before} {backup:?} {after}"
                );
                let copy = FileStore::open(&to, of_size(segment_bytes)).unwrap();
                let report = copy.report();
                assert_eq!((report.left, report.head, &report.cut), (Left::Closed, backup.head, &None));
                assert_eq!((report.segments, report.scanned.bytes), (backup.segments, backup.bytes));
                assert_eq!(Position(count(&copy)), backup.head);
                append(&copy, backup.head.0, backup.head.0 + 3);
            }
        });
        assert_eq!(count(&store), acknowledged.load(Ordering::Acquire));
    }
}

#[test]
fn a_store_without_commits_is_copied() {
    let folder = TempDir::new().unwrap();
    let store = FileStore::open(folder.path().join("store"), of_size(4096)).unwrap();
    let to = folder.path().join("not there/yet/copy");
    let backup = store.backup_to(&to).unwrap();
    assert_eq!((backup.head, backup.segments, backup.bytes), (Position::START, 1, 0));
    let copy = FileStore::open(&to, of_size(4096)).unwrap();
    assert_eq!((copy.report().left, count(&copy)), (Left::Closed, 0));
    append(&copy, 0, 5);
}

#[test]
fn a_store_that_is_closed_is_copied_too() {
    let folder = TempDir::new().unwrap();
    let store = FileStore::open(folder.path().join("store"), of_size(4096)).unwrap();
    append(&store, 0, 30);
    block_on(store.close()).unwrap();
    store.backup_to(folder.path().join("copy")).unwrap();
    assert_eq!(logs(&folder.path().join("copy")).len(), logs(&folder.path().join("store")).len());
    for (copy, original) in logs(&folder.path().join("copy")).iter().zip(logs(&folder.path().join("store"))) {
        assert_eq!(fs::read(copy).unwrap(), fs::read(original).unwrap());
    }
}

#[test]
fn nothing_is_overwritten() {
    let folder = TempDir::new().unwrap();
    let store = FileStore::open(folder.path().join("store"), of_size(4096)).unwrap();
    append(&store, 0, 3);
    let there = folder.path().join("there");
    fs::create_dir(&there).unwrap();
    assert!(matches!(store.backup_to(&there), Err(CopyError::Exists { folder }) if folder == there));
    let file = folder.path().join("file");
    fs::write(&file, "mine").unwrap();
    assert!(matches!(store.backup_to(&file), Err(CopyError::Exists { .. })));
    assert!(matches!(store.backup_to(folder.path().join("store")), Err(CopyError::Exists { .. })));
    let unfinished = folder.path().join("copy.unfinished");
    fs::create_dir(&unfinished).unwrap();
    let refused = store.backup_to(folder.path().join("copy"));
    assert!(matches!(refused, Err(CopyError::Unfinished { folder }) if folder == unfinished));
    assert!(!folder.path().join("copy").exists());
    assert_eq!(count(&store), 3);
}

#[test]
fn a_log_that_is_damaged_gives_no_copy_that_looks_whole() {
    let folder = TempDir::new().unwrap();
    let store = FileStore::open(folder.path().join("store"), of_size(4096)).unwrap();
    append(&store, 0, 30);
    let first = logs(&folder.path().join("store")).remove(0);
    let mut bytes = fs::read(&first).unwrap();
    bytes[1000] ^= 1;
    fs::write(&first, bytes).unwrap();
    let told = store.backup_to(folder.path().join("copy")).unwrap_err();
    assert!(matches!(told, CopyError::Open(OpenError::Damaged(_))), "{told}");
    assert!(!folder.path().join("copy").exists());
}
