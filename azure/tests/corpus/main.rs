//! Reads published files of real services, which are not part of this repository.
//!
//! `CUTOVER_CORPUS` names their directory; without it the tests do nothing and say so.

#![expect(clippy::print_stderr, reason = "a test says why it does nothing, and what it found")]

#[path = "../common/keys.rs"]
mod keys;
#[path = "../common/said.rs"]
mod said;

mod documents;
mod exported;
mod lost;
mod told_apart;

use std::error::Error;
use std::path::PathBuf;

/// A published file.
struct File {
    name: String,
    bytes: Vec<u8>,
}

/// The files whose names begin so; `None` where there is no corpus.
fn files(prefixes: &[&str]) -> Result<Option<Vec<File>>, Box<dyn Error>> {
    let Some(directory) = std::env::var_os("CUTOVER_CORPUS").map(PathBuf::from) else {
        eprintln!("skipped: CUTOVER_CORPUS names no directory of published files");
        return Ok(None);
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&directory)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let prefix = name.split('-').next().unwrap_or_default();
        let is_json = path.extension().is_some_and(|extension| extension == "json");
        if is_json && (prefixes.is_empty() || prefixes.contains(&prefix)) {
            files.push(File { bytes: std::fs::read(&path)?, name });
        }
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    assert!(!files.is_empty(), "no files of {prefixes:?} in {}", directory.display());
    Ok(Some(files))
}
