//! Secrets in a sealed file.

#![cfg(feature = "sealed-file")]
#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::thread;

use common::*;
use cutover::deployment::Report;
use cutover::status::StageStatus;
use cutover::*;
use cutover_engine::sealed::{SealedFile, SealedFileError, SealingKey};
use cutover_engine::*;
use futures::executor::block_on;
use tempfile::TempDir;

fn key(byte: u8) -> SealingKey {
    SealingKey::from_bytes([byte; 32])
}

fn new() -> (TempDir, PathBuf, SealedFile) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("secrets");
    let file = SealedFile::open_or_create(&path, &key(1)).expect("a new file");
    (folder, path, file)
}

fn put(file: &SealedFile, name: &str, value: &str) -> SecretRef {
    block_on(file.put(name, Secret::new(value))).expect("it is kept")
}

fn value(file: &SealedFile, reference: &SecretRef) -> Result<String, SecretError> {
    block_on(file.resolve(reference)).map(|secret| secret.reveal().to_owned())
}

#[test]
fn versions_are_kept_and_found_again() {
    let (_folder, path, file) = new();
    let first = put(&file, "shop/password", "hunter2");
    assert_eq!(first, SecretRef::versioned("shop/password", "1"));
    assert_eq!(put(&file, "shop/password", "hunter2"), first, "the same value is kept once");
    let second = put(&file, "shop/password", "hunter3");
    let again = SealedFile::open(&path, &key(1)).expect("it is there");
    assert_eq!(value(&again, &first).as_deref(), Ok("hunter2"));
    assert_eq!(value(&again, &second).as_deref(), Ok("hunter3"));
    assert_eq!(value(&again, &SecretRef::newest("shop/password")).as_deref(), Ok("hunter3"));
    for unknown in ["3", "0", "x"].map(|version| SecretRef::versioned("shop/password", version)) {
        assert_eq!(value(&again, &unknown), Err(SecretError::Unknown { reference: unknown }));
    }
    assert_eq!(
        file.names().expect("it is there"),
        BTreeMap::from([("shop/password".to_owned(), vec![1, 2])])
    );
    assert!(file.forget(&second).expect("it is there") && !file.forget(&second).expect("it is there"));
    assert_eq!(value(&again, &SecretRef::newest("shop/password")).as_deref(), Ok("hunter2"));
    assert_eq!(put(&again, "shop/password", "hunter4"), SecretRef::versioned("shop/password", "3"));
}

#[test]
fn nothing_of_it_can_be_read_and_no_change_goes_unnoticed() {
    let (folder, path, file) = new();
    let reference = put(&file, "shop/password", "hunter2");
    let sealed = fs::read(&path).expect("it is there");
    for part in [&b"hunter2"[..], b"shop/password"] {
        assert!(!sealed.windows(part.len()).any(|window| window == part));
    }
    assert!(matches!(SealedFile::open(&path, &key(2)), Err(SealedFileError::WrongKey { .. })));
    let passphrase = SealingKey::passphrase(&Secret::new("correct horse"));
    assert!(matches!(SealedFile::open(&path, &passphrase), Err(SealedFileError::WrongKey { .. })));

    let mut changed = sealed.clone();
    *changed.last_mut().expect("it is not empty") ^= 1;
    fs::write(&path, changed).expect("it is ours");
    assert!(matches!(value(&file, &reference), Err(SecretError::Refused { .. })));
    assert!(matches!(block_on(file.put("a", Secret::new("b"))), Err(SecretError::Refused { .. })));
    fs::write(&path, "no sealed file").expect("it is ours");
    assert!(matches!(SealedFile::open(&path, &key(1)), Err(SealedFileError::Unknown { .. })));
    fs::remove_file(&path).expect("it is ours");
    assert!(matches!(SealedFile::open(&path, &key(1)), Err(SealedFileError::Io { .. })));
    assert!(matches!(value(&file, &reference), Err(SecretError::Unavailable { .. })));
    // What is put back is what was there.
    fs::write(&path, sealed).expect("it is ours");
    assert_eq!(value(&file, &reference).as_deref(), Ok("hunter2"));
    drop(folder);
}

#[test]
fn no_text_tells_a_value_or_a_key() {
    let (_folder, path, file) = new();
    put(&file, "shop/password", "hunter2");
    fs::write(&path, "no sealed file").expect("it is ours");
    let error = value(&file, &SecretRef::newest("shop/password")).expect_err("it is gone");
    let passphrase = SealingKey::passphrase(&Secret::new("hunter2"));
    let shown = format!("{file:?} {error:?} {error} {passphrase:?} {:?}", file.names());
    assert!(!shown.contains("hunter2") && shown.contains("SealingKey(***)"), "{shown}");
}

#[test]
fn a_crash_while_it_is_replaced_leaves_the_old_one() {
    let (folder, path, file) = new();
    let reference = put(&file, "shop/password", "hunter2");
    // What such a crash leaves behind.
    fs::write(folder.path().join("secrets.new"), "half of a fi").expect("it is ours");
    assert_eq!(value(&file, &reference).as_deref(), Ok("hunter2"));
    let file = SealedFile::open_or_create(&path, &key(1)).expect("it is there");
    put(&file, "shop/password", "hunter3");
    assert_eq!(value(&file, &reference).as_deref(), Ok("hunter2"));
    assert!(!folder.path().join("secrets.new").exists());
}

#[cfg(unix)]
#[test]
fn it_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path, file) = new();
    put(&file, "a", "b");
    let mode = fs::metadata(path).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn several_that_write_at_once_lose_nothing() {
    let (_folder, path, _) = new();
    // Each has opened it for itself, as several processes would.
    let writers = (0..4).map(|writer| {
        let file = SealedFile::open(&path, &key(1)).expect("it is there");
        thread::spawn(move || {
            for number in 0..10 {
                put(&file, &format!("name-{number}"), &format!("{writer}"));
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.join().expect("it does not panic");
    }
    let names = SealedFile::open(&path, &key(1)).expect("it is there").names().expect("it is there");
    assert_eq!(names.len(), 10);
    assert!(names.values().all(|versions| *versions == [1, 2, 3, 4]), "{names:?}");
}

#[test]
fn its_key_can_be_changed() {
    let (_folder, path, file) = new();
    let other = SealedFile::open(&path, &key(1)).expect("it is there");
    let reference = put(&file, "a", "b");
    file.change_key(&key(2)).expect("it is there");
    assert_eq!(value(&file, &reference).as_deref(), Ok("b"));
    assert!(matches!(value(&other, &reference), Err(SecretError::Refused { .. })));
    assert!(matches!(SealedFile::open(&path, &key(1)), Err(SealedFileError::WrongKey { .. })));
    let again = SealedFile::open(&path, &key(2)).expect("it is there");
    assert_eq!(value(&again, &reference).as_deref(), Ok("b"));
}

/// One password goes from the file to a task, and none into the log or the store.
#[test]
fn an_engine_resolves_what_is_kept_there() -> Fallible {
    let (_folder, _, file) = new();
    let bench = Bench::new();
    let runner = doing(|order, control| {
        let script = control.secrets.expand(&order.inputs["script"]);
        Report::Failed { message: format!("{} was refused", script.reveal()) }
    });
    let engine = block_on(bench.builder().runner(runner).secrets(file).build())?;
    block_on(engine.keep_secret("shop/password", Secret::new(VALUE)))?;
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, shop(&["login $(Password)"]));
    until_status(&engine, release, DEV, StageStatus::Rejected);
    assert_eq!(endings(&bench)[0].1, "login *** was refused");
    assert!(!recorded(&bench).contains(VALUE));
    Ok(driven.stop()?)
}
