//! Logs of every format that was ever released still open, and this release writes the newest of them byte for byte.
#![expect(clippy::unwrap_used, reason = "a test ends where something goes wrong")]
#![allow(dead_code, reason = "each test needs its part of the world")]

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta};
use cutover::store::{
    Cause, Commit, CommitHeader, EventStore as _, Json, NewEvent, Position, RecordedCommit, Sequence,
};
use cutover::{Actor, CommandId, CommitId};
use cutover_store_file::{
    FileStore, FileStoreOptions, KnownDigest, KnownOutcome, Left, SavedIndex, verify_against,
};
use futures::executor::block_on;
use tempfile::TempDir;

mod world;

use world::stream;

const SEGMENT: &str = "00000000000000000001.log";
/// The header is as long in every log of format 1, and names the store, which is another every time.
const HEADER_BYTES: usize = 77;

/// The digest of the newest frame of the golden log that is tamper-evident.
const DIGEST: &str = "4787f3fa324fda7a93757004fcb9bfe8e8e96faf86dfc8423583b400cb8bf3bb";

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/format-1").join(SEGMENT)
}

/// One of a store that was tamper-evident.
fn golden_chained() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/format-1-tamper-evident").join(SEGMENT)
}

fn header(n: i64, actor: Actor) -> CommitHeader {
    CommitHeader {
        id: CommitId::new(format!("commit-{n}")).unwrap(),
        command: CommandId::new(format!("command-{n}")).unwrap(),
        actor,
        time: DateTime::UNIX_EPOCH + TimeDelta::nanoseconds(1_763_890_123_000_000_000 + n),
    }
}

fn event(name: &str, schema: u32, cause: Cause, payload: &str) -> NewEvent {
    NewEvent { name: name.to_owned().into(), schema, cause, payload: Json::parse(payload).unwrap() }
}

/// What the golden log holds: several streams in a commit, every kind of cause and actor, names and payloads of every kind.
fn history() -> Vec<Commit> {
    let release = stream("release/17");
    let queue = stream("queue/3/2");
    let strange = stream("\u{1f680} \"e\u{301}\"\\\n");
    vec![
        Commit::builder(header(1, Actor::user("ann").unwrap()))
            .append(
                &release,
                Sequence(0),
                event("release.created", 1, Cause::Command, r#"{ "stages": [1, 2.50] }"#),
            )
            .append(&queue, Sequence(0), event("queue.entered", 1, Cause::Event(0), r#"{"release":17}"#))
            .append(&release, Sequence(0), event("deployment.queued", 2, Cause::Event(1), "null"))
            .build()
            .unwrap(),
        Commit::builder(header(2, Actor::System))
            .append(&release, Sequence(2), event("deployment.timed-out", 1, Cause::Deadline, "[]"))
            .guard(&queue, Sequence(1))
            .build()
            .unwrap(),
        Commit::builder(header(3, Actor::Trigger("every \"night\"".to_owned())))
            .append(&strange, Sequence(0), event("note.taken", 1, Cause::Command, r#""\u00e9 é \/ \n""#))
            .append(&release, Sequence(3), event("release.kept", u32::MAX, Cause::Command, "1E400"))
            .build()
            .unwrap(),
    ]
}

fn write(folder: &Path, options: FileStoreOptions) -> Vec<u8> {
    let store = FileStore::open(folder, options).unwrap();
    for commit in history() {
        block_on(store.commit(commit)).unwrap();
    }
    block_on(store.close()).unwrap();
    fs::read(folder.join(SEGMENT)).unwrap()
}

fn assert_is_history(log: &[RecordedCommit]) {
    for (recorded, expected) in log.iter().zip(history()) {
        assert_eq!(*recorded.header, *expected.header());
        for (recorded, (place, event)) in recorded.events.iter().zip(expected.events()) {
            assert_eq!(recorded.stream, expected.streams()[*place].stream);
            let NewEvent { name, schema, cause, payload } = event;
            assert_eq!((&recorded.name, recorded.schema, recorded.cause), (name, *schema, *cause));
            assert_eq!(recorded.payload, *payload);
        }
        assert_eq!(recorded.events.len(), expected.events().len());
    }
    assert_eq!(log.len(), history().len());
}

#[test]
fn a_log_of_format_1_still_opens() {
    let folder = TempDir::new().unwrap();
    fs::copy(golden(), folder.path().join(SEGMENT)).unwrap();
    let store = FileStore::open(folder.path(), FileStoreOptions::default()).unwrap();
    assert_eq!(store.report().left, Left::Closed);
    assert_is_history(&block_on(store.read_all(Position::START, 100)).unwrap());
    let release = block_on(store.read_stream(&stream("release/17"), Sequence::NONE, 100)).unwrap();
    assert!(release.iter().map(|event| event.sequence.0).eq(1..=4));
}

#[test]
fn format_1_is_written_byte_for_byte_as_it_was() {
    let folder = TempDir::new().unwrap();
    let written = write(folder.path(), FileStoreOptions::default());
    let golden = fs::read(golden()).unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes[HEADER_BYTES..].to_vec()).unwrap();
    assert_eq!(text(&written), text(&golden));
    assert_eq!(written[..14], golden[..14]);
}

/// Run it once when a format is new, never again for one that was released.
#[test]
#[ignore = "writes the golden log of a new format"]
fn write_the_golden_log() {
    let folder = TempDir::new().unwrap();
    assert!(!golden().exists(), "a golden log is never written again");
    fs::write(golden(), write(folder.path(), FileStoreOptions::default())).unwrap();
}

/// The store's id is another every time, and every digest with it: the length is the same.
#[test]
fn a_tamper_evident_log_of_format_1_still_opens_and_has_the_digest_that_was_kept() {
    let folder = TempDir::new().unwrap();
    fs::copy(golden_chained(), folder.path().join(SEGMENT)).unwrap();
    let known = KnownDigest { position: Position(3), digest: DIGEST.parse().unwrap() };
    let found = verify_against(folder.path(), known).unwrap();
    assert!(found.is_sound(), "{found:#?}");
    assert_eq!(found.known, Some(KnownOutcome::Same { covers_from: Position(1) }));
    assert_eq!((found.chained, found.index), (3, SavedIndex::Missing));
    let store = FileStore::open(folder.path(), FileStoreOptions::default()).unwrap();
    assert_is_history(&block_on(store.read_all(Position::START, 100)).unwrap());
    let written = write(TempDir::new().unwrap().path(), FileStoreOptions::default().tamper_evident(true));
    assert_eq!(written.len(), fs::read(golden_chained()).unwrap().len());
}

/// Run it once when a format is new, never again for one that was released.
#[test]
#[ignore = "writes the golden log of a new format"]
fn write_the_golden_log_that_is_tamper_evident() {
    let folder = TempDir::new().unwrap();
    assert!(!golden_chained().exists(), "a golden log is never written again");
    fs::create_dir_all(golden_chained().parent().unwrap()).unwrap();
    let written = write(folder.path(), FileStoreOptions::default().tamper_evident(true));
    fs::write(golden_chained(), written).unwrap();
}
