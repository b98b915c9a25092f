//! What the fuzz targets began from and what they once found, through the functions that they call: so it stays true without a nightly compiler.
#![expect(clippy::unwrap_used, reason = "a test ends where something goes wrong")]

use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;

use cutover_store_file::fuzzing;

fn each_file(target: &str, check: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
    let (mut files, mut failed) = (0, Vec::new());
    for entry in fs::read_dir(corpus).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        if panic::catch_unwind(AssertUnwindSafe(|| check(&bytes))).is_err() {
            failed.push(path);
        }
        files += 1;
    }
    assert!(files >= 15, "the corpus of {target} has {files} files");
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn every_file_of_frames_is_taken_for_what_it_is() {
    each_file("frames", fuzzing::frames);
}

#[test]
fn every_header_is_taken_for_what_it_is() {
    each_file("headers", fuzzing::headers);
}

#[test]
fn every_commit_is_written_as_it_was_read() {
    each_file("commits", fuzzing::commits);
}
