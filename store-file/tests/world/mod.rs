//! A store on a simulated disk, and a history by which everybody can tell what should be in it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::DateTime;
use cutover::store::{
    Cause, Commit, CommitHeader, EventStore, Json, NewEvent, Position, RecordedCommit, Sequence, StreamId,
};
use cutover::{Actor, CommandId, CommitId};
use cutover_store_file::simulated::SimulatedDisk;
use cutover_store_file::{FileStore, FileStoreOptions, OpenError};
use futures::executor::block_on;
use futures::future::{join_all, poll_immediate};

pub(crate) const FOLDER: &str = "/releases";
pub(crate) const SEGMENT_BYTES: u64 = 4 * 1024;

pub(crate) fn options() -> FileStoreOptions {
    FileStoreOptions::default().segment_bytes(SEGMENT_BYTES)
}

pub(crate) fn open(disk: &SimulatedDisk) -> Result<FileStore, OpenError> {
    FileStore::open_on(Arc::new(disk.clone()), Path::new(FOLDER), options())
}

pub(crate) fn stream(name: &str) -> StreamId {
    StreamId::new(name).unwrap()
}

/// The commit with the number `n`, from 0: two events on `a`, around one on one of three other streams.
pub(crate) fn commit(n: u64) -> Commit {
    let header = CommitHeader {
        id: CommitId::new(format!("commit-{n}")).unwrap(),
        command: CommandId::new(format!("command-{n}")).unwrap(),
        actor: Actor::System,
        time: DateTime::UNIX_EPOCH,
    };
    let event = |what: &str| NewEvent {
        name: "test.noted".into(),
        schema: 1,
        cause: Cause::Command,
        payload: Json::of(&format!("{what} of {n}")).unwrap(),
    };
    let a = stream("a");
    Commit::builder(header)
        .append(&a, Sequence(2 * n), event("first"))
        .append(&stream(&format!("b{}", n % 3)), Sequence(n / 3), event("middle"))
        .append(&a, Sequence(2 * n), event("last"))
        .build()
        .unwrap()
}

/// Appends the commits from `from` to `to`: the first in a batch of its own, all others in the next.
pub(crate) fn append_together(disk: &SimulatedDisk, store: &FileStore, from: u64, to: u64) {
    disk.hold();
    let mut first = store.commit(commit(from));
    assert!(block_on(poll_immediate(&mut first)).is_none());
    disk.wait_for_a_call();
    let mut others = join_all((from + 1..to).map(|n| store.commit(commit(n))));
    assert!(block_on(poll_immediate(&mut others)).is_none());
    disk.release();
    assert_eq!(block_on(first).unwrap(), Position(from + 1));
    for (n, outcome) in (from + 1..).zip(block_on(others)) {
        assert_eq!(outcome.unwrap(), Position(n + 1));
    }
}

/// Appends the commits from `from` to `to`, one after the other.
pub(crate) fn append(store: &FileStore, from: u64, to: u64) {
    for n in from..to {
        assert_eq!(block_on(store.commit(commit(n))).unwrap(), Position(n + 1));
    }
}

/// A copy of the disk without the saved index.
pub(crate) fn without_index(disk: &SimulatedDisk) -> SimulatedDisk {
    let copy = SimulatedDisk::new();
    for (path, bytes) in disk.files().into_iter().filter(|(path, _)| !is_of_index(path)) {
        copy.put(&path, bytes);
    }
    copy
}

pub(crate) fn is_of_index(path: &Path) -> bool {
    path.parent().is_some_and(|folder| folder.ends_with("index"))
}

/// The segments and what is in them.
pub(crate) fn segments(disk: &SimulatedDisk) -> Vec<(PathBuf, Vec<u8>)> {
    let is_segment = |path: &Path| path.extension().is_some_and(|ext| ext == "log");
    disk.files().into_iter().filter(|(path, _)| is_segment(path)).collect()
}

/// How many commits are in the store. They are the first ones of the history, in order, each whole, in the log as in the
/// streams; anything else ends the test.
pub(crate) fn count(store: &FileStore) -> u64 {
    count_in(store)
}

/// The same of any store.
pub(crate) fn count_in(store: &dyn EventStore) -> u64 {
    let log = block_on(store.read_all(Position::START, usize::MAX)).unwrap();
    for (n, recorded) in (0..).zip(&log) {
        assert_recorded(recorded, n);
    }
    let commits = log.len() as u64;
    assert_eq!(block_on(store.head()).unwrap(), Position(commits));
    for name in ["a", "b0", "b1", "b2"] {
        let of_the_log = log.iter().flat_map(|commit| &commit.events);
        let of_the_log: Vec<_> = of_the_log.filter(|event| event.stream == stream(name)).cloned().collect();
        let events = block_on(store.read_stream(&stream(name), Sequence::NONE, usize::MAX)).unwrap();
        assert_eq!(events, of_the_log);
    }
    commits
}

fn assert_recorded(recorded: &RecordedCommit, n: u64) {
    let expected = commit(n);
    assert_eq!(*recorded.header, *expected.header());
    assert_eq!(recorded.position, Position(n + 1));
    assert_eq!(recorded.events.len(), expected.events().len());
    let sequences = [2 * n + 1, n / 3 + 1, 2 * n + 2];
    for (((recorded, (place, event)), sequence), index) in
        recorded.events.iter().zip(expected.events()).zip(sequences).zip(0..)
    {
        assert_eq!(recorded.stream, expected.streams()[*place].stream);
        assert_eq!((recorded.sequence, recorded.index), (Sequence(sequence), index));
        assert_eq!(recorded.payload, event.payload);
        assert_eq!(recorded.name, event.name);
    }
}

/// The last segment and what is in it.
pub(crate) fn last_segment(disk: &SimulatedDisk) -> (PathBuf, Vec<u8>) {
    segments(disk).pop().unwrap()
}

/// The frames of a segment: offset, length, and the offset of the batch that each belongs to. The mark of a clean close is
/// among them.
pub(crate) fn frames(segment: &[u8]) -> Vec<(usize, usize, usize)> {
    let mut frames = Vec::new();
    let mut offset = 1 + segment.iter().position(|byte| *byte == b'\n').unwrap();
    while segment.get(offset).is_some_and(|byte| *byte != 0) {
        let length = 1 + segment[offset..].iter().position(|byte| *byte == b'\n').unwrap();
        let json: serde_json::Value = serde_json::from_slice(&segment[offset + 18..offset + length]).unwrap();
        let batch = usize::try_from(json["batch"].as_u64().unwrap()).unwrap();
        frames.push((offset, length, batch));
        offset += length;
    }
    frames
}

/// A segment with other JSON in one of its frames, of the same length; the checksum is right.
pub(crate) fn rewritten(segment: &[u8], frame: usize, change: impl Fn(&str) -> String) -> Vec<u8> {
    let (offset, length, _) = frames(segment)[frame];
    let text = std::str::from_utf8(&segment[offset + 18..offset + length - 1]).unwrap();
    let json = change(text);
    assert_eq!(json.len(), text.len());
    let digits = format!("{:08x}", json.len());
    let checksum = crc32c::crc32c_append(crc32c::crc32c(digits.as_bytes()), json.as_bytes());
    let mut changed = segment.to_vec();
    let line = format!("{digits} {checksum:08x} {json}\n");
    changed[offset..offset + length].copy_from_slice(line.as_bytes());
    changed
}

/// A disk with a store that a process left without closing it. It holds `synced` commits, and a last batch of `last` more.
pub(crate) fn interrupted(synced: u64, last: u64) -> (SimulatedDisk, u64) {
    let disk = SimulatedDisk::new();
    let roomy = FileStoreOptions::default().segment_bytes(2 * SEGMENT_BYTES);
    let store = FileStore::open_on(Arc::new(disk.clone()), Path::new(FOLDER), roomy).unwrap();
    append(&store, 0, synced - 1);
    append_together(&disk, &store, synced - 1, synced + last);
    disk.halt_at(disk.calls());
    drop(store);
    disk.restart();
    let frames = frames(&last_segment(&disk).1);
    let start = frames[frames.len() - 1].2;
    assert_eq!(frames.iter().filter(|(_, _, batch)| *batch == start).count() as u64, last);
    (disk, synced + last)
}

/// A copy of the disk as it is seen, with other content in one file.
pub(crate) fn with(disk: &SimulatedDisk, path: &Path, bytes: Vec<u8>) -> SimulatedDisk {
    let copy = SimulatedDisk::new();
    for (other, content) in disk.files() {
        copy.put(&other, content);
    }
    copy.put(path, bytes);
    copy
}

/// The larger number where `CUTOVER_LONG` is set.
pub(crate) fn rounds(usually: u64, long: u64) -> u64 {
    if std::env::var_os("CUTOVER_LONG").is_some() { long } else { usually }
}

/// Numbers that look random and are the same every time.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn is_heads(&mut self) -> bool {
        self.roll() & 0x100 != 0
    }
}

/// Appends the commit with this number if the store takes it.
pub(crate) fn try_append(store: &FileStore, n: u64) -> bool {
    block_on(store.commit(commit(n))).is_ok()
}
