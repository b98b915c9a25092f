//! FORMAT.md is enough to read a store in another language: `read_store.py` does, and finds what this crate wrote.
#![expect(clippy::unwrap_used, reason = "a test ends where something goes wrong")]
#![expect(clippy::print_stdout, reason = "a test that is skipped says so")]
#![allow(dead_code, reason = "each test needs its part of the world")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cutover::store::{EventStore as _, Position};
use cutover_store_file::{FileStore, FileStoreOptions};
use futures::executor::block_on;
use tempfile::TempDir;

mod world;

use world::{append, frames, rewritten};

const COMMITS: u64 = 300;

/// What the script says of a store; `None` where there is no Python.
fn read_by_python(store: &Path) -> Option<Output> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/read_store.py");
    match Command::new("python3").arg(script).arg(store).output() {
        Ok(output) => Some(output),
        Err(error) => {
            println!("skipped: python3 can't be run ({error})");
            None
        }
    }
}

/// A store of several segments that was closed.
fn store(folder: &Path) -> FileStore {
    store_with(folder, FileStoreOptions::default())
}

fn store_with(folder: &Path, options: FileStoreOptions) -> FileStore {
    let options = options.segment_bytes(32 * 1024);
    let store = FileStore::open(folder, options).unwrap();
    append(&store, 0, COMMITS);
    store
}

fn segments(folder: &Path) -> Vec<PathBuf> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut segments: Vec<PathBuf> =
        names.filter(|path| path.extension().is_some_and(|ext| ext == "log")).collect();
    segments.sort_unstable();
    segments
}

#[test]
fn a_reader_in_python_finds_every_event() {
    let folder = TempDir::new().unwrap();
    let store = store(folder.path());
    assert!(segments(folder.path()).len() >= 3);
    let mut expected = String::new();
    for commit in block_on(store.read_all(Position::START, usize::MAX)).unwrap() {
        for event in commit.events {
            let (stream, payload) = (event.stream.as_str(), event.payload.as_str());
            let (position, sequence) = (event.position, event.sequence);
            writeln!(expected, "{position} {} \"{stream}\" {sequence} {} {payload}", event.index, event.name)
                .unwrap();
        }
    }
    // Once with the zeros behind the last frame of a store that is in use, once closed.
    for _ in 0..2 {
        let Some(output) = read_by_python(folder.path()) else {
            return;
        };
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
        block_on(store.close()).unwrap();
    }
}

#[test]
fn the_reader_in_python_checks_the_digest_of_the_frame_before() {
    let folder = TempDir::new().unwrap();
    drop(store_with(folder.path(), FileStoreOptions::default().tamper_evident(true)));
    let Some(output) = read_by_python(folder.path()) else {
        return;
    };
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let path = &segments(folder.path())[1];
    let segment = fs::read(path).unwrap();
    let last = frames(&segment).len() - 1;
    // Also where the frame that names it is in the next segment.
    for frame in [1, last] {
        let changed = rewritten(&segment, frame, |json| json.replacen("first of", "FIRST OF", 1));
        assert_ne!(changed, segment);
        fs::write(path, changed).unwrap();
        let output = read_by_python(folder.path()).unwrap();
        assert!(String::from_utf8_lossy(&output.stderr).contains("digest of the frame before"));
    }
}

/// So that its silence says something.
#[test]
fn the_reader_in_python_finds_damage() {
    let folder = TempDir::new().unwrap();
    drop(store(folder.path()));
    for (segment, place, what) in
        [(0, 30, "segment"), (0, 70, "header"), (1, 500, ""), (1, 79, ""), (2, 95, "checksum")]
    {
        let path = &segments(folder.path())[segment];
        let whole = fs::read(path).unwrap();
        let mut damaged = whole.clone();
        damaged[place] ^= 1;
        fs::write(path, damaged).unwrap();
        let Some(output) = read_by_python(folder.path()) else {
            return;
        };
        assert!(!output.status.success(), "byte {place} of segment {segment}, {what}");
        fs::write(path, whole).unwrap();
    }
    assert!(read_by_python(folder.path()).unwrap().status.success());
}
