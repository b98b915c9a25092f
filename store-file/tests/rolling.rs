//! From one segment to the next, on a real disk.
#![expect(clippy::unwrap_used, reason = "a test ends where something goes wrong")]
#![allow(dead_code, reason = "each test needs its part of the world")]

use std::fs;
use std::path::Path;

use cutover_store_file::{FileStore, FileStoreOptions, Left};
use tempfile::TempDir;

mod world;

use world::{append, count};

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    names
}

/// Segments that are large enough to be preallocated in the background, and filled.
#[test]
fn a_log_goes_on_in_segments_that_were_preallocated() {
    let folder = TempDir::new().unwrap();
    let segment_bytes = 1024 * 1024 + 512 * 1024;
    let options = FileStoreOptions::default().segment_bytes(segment_bytes);
    let store = FileStore::open(folder.path(), options.clone()).unwrap();
    append(&store, 0, 2_500);
    // Half of the first segment is written: the next one is being made, or is made.
    while fs::metadata(folder.path().join("next-segment.tmp")).map_or(0, |file| file.len()) < segment_bytes {
        std::thread::yield_now();
    }
    append(&store, 2_500, 4_500);
    assert_eq!(count(&store), 4_500);
    let second = names(folder.path())[1].clone();
    assert_eq!(fs::metadata(folder.path().join(&second)).unwrap().len(), segment_bytes);
    drop(store);
    assert_eq!(names(folder.path()), ["00000000000000000001.log", &second, "LOCK", "index"]);
    assert!(fs::metadata(folder.path().join(&second)).unwrap().len() < segment_bytes);
    let store = FileStore::open(folder.path(), options).unwrap();
    assert_eq!((store.report().left, store.report().segments), (Left::Closed, 2));
    assert_eq!(count(&store), 4_500);
}

/// A new store writes no zeros before it is used, so that opening it does not wait.
#[test]
fn a_new_store_is_small_until_it_is_used() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("not/there/yet");
    let store = FileStore::open(&path, FileStoreOptions::default()).unwrap();
    assert_eq!(store.report().left, Left::New);
    assert!(fs::metadata(path.join("00000000000000000001.log")).unwrap().len() < 100);
    append(&store, 0, 1);
    assert_eq!(fs::metadata(path.join("00000000000000000001.log")).unwrap().len(), 1024 * 1024);
    drop(store);
    assert!(fs::metadata(path.join("00000000000000000001.log")).unwrap().len() < 1024);
}

/// The lock's file names its holder while the store is open, and nobody afterwards.
#[test]
fn the_lock_names_its_holder_only_while_it_is_held() {
    let folder = TempDir::new().unwrap();
    let lock = folder.path().join("LOCK");
    let store = FileStore::open(folder.path(), FileStoreOptions::default()).unwrap();
    let holder = fs::read_to_string(&lock).unwrap();
    assert!(holder.starts_with(&format!("process {} on ", std::process::id())), "{holder}");
    drop(store);
    assert_eq!(fs::read_to_string(&lock).unwrap(), "");
}
