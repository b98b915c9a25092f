//! What must hold whatever is on the disk. The fuzz targets in the folder `fuzz` of the repository call these with what they invent, and
//! `tests/fuzz_corpus.rs` with what they began from and what they once found. Each panics where something does not hold.
//!
//! A checksum is not to be guessed. So everything is looked at twice: as it is, and with all its checksums made right.

use std::path::Path;
use std::sync::Arc;

use cutover::store::{
    CommitHeader, CommitParts, EventStore, Expectation, NewEvent, Position, RecordedEvent, Sequence, StreamId,
};
use futures::executor::block_on;

use crate::content::{self, CommitRead, CommitSummary, Draft, Summary};
use crate::error::OpenError;
use crate::frame::{self, FRAME_BYTES, MAX_FRAME_BYTES, PREFIX_BYTES};
use crate::header::{FORMAT, HEADER_BYTES, Header, HeaderFlaw, StoreId};
use crate::recovery::{Found, Start, Tail, inspect};
use crate::repair::repair;
use crate::segment;
use crate::simulated::SimulatedDisk;
use crate::store::FileStore;
use crate::verified::Verified;
use crate::verify::verify_on;

const FOLDER: &str = "/fuzzed";
const HEADER: Header = Header { store: StoreId(0xf0_22ed), first: 1 };

/// The bytes of a segment behind its header, in the last segment of a log: what is taken for a frame is one, looking changes nothing, and
/// recovering keeps what was found, once and for all. What opens is what the check of everything finds, and can be read.
///
/// # Panics
/// If not.
pub fn frames(bytes: &[u8]) {
    for bytes in both(bytes.to_vec(), with_right_checksums(bytes)) {
        frames_are_written_as_they_were_read(&bytes);
        let disk = SimulatedDisk::new();
        disk.put(&segment::path(Path::new(FOLDER), 1), [HEADER.encode(), bytes].concat());
        log_is_taken_for_what_it_is(&disk);
    }
}

/// A segment from its header on: what is taken for a header is written as it was read, and no segment is worse than damaged, first or second in its log.
///
/// # Panics
/// If not.
pub fn headers(bytes: &[u8]) {
    let mut sealed = bytes.to_vec();
    if let Some((named, rest)) = sealed.split_at_mut_checked(HEADER_BYTES - 9) {
        let line = format!("{:08x}\n", crc32c::crc32c(named));
        rest.iter_mut().zip(line.bytes()).for_each(|(byte, digit)| *byte = digit);
    }
    for bytes in both(bytes.to_vec(), sealed) {
        match Header::decode(&bytes) {
            Ok(header) => {
                assert_eq!(header.encode(), bytes[..HEADER_BYTES], "a header is written in one way");
            }
            Err(HeaderFlaw::LaterFormat(format)) => {
                assert!(format > FORMAT, "{format} is later than {FORMAT}");
            }
            Err(HeaderFlaw::Invalid) => {}
        }
        for first in [1, 2] {
            let disk = SimulatedDisk::new();
            if first == 2 {
                let mut log = HEADER.encode();
                frame::write(&mut log, |json| json.extend_from_slice(FIRST_COMMIT));
                disk.put(&segment::path(Path::new(FOLDER), 1), log);
            }
            disk.put(&segment::path(Path::new(FOLDER), first), bytes.clone());
            log_is_taken_for_what_it_is(&disk);
        }
    }
}

/// The JSON in a frame: what is taken for a commit or for the mark of a clean close says the same when it is written again, and what is written again is
/// written in one way, within the size that was foreseen.
///
/// # Panics
/// If not.
pub fn commits(json: &[u8]) {
    let commit = match content::summary(json) {
        Ok(Summary::Commit(commit)) => commit,
        Ok(Summary::End(end)) => {
            let mut mark = Vec::new();
            content::write_end(&mut mark, end.end, end.batch);
            assert_eq!(
                content::summary(json_of(&mark)).ok(),
                Some(Summary::End(end)),
                "the mark of a clean close"
            );
            return;
        }
        Err(_) => return,
    };
    let Some((again, events)) = written_again(&commit, json) else { return };
    let Ok(Summary::Commit(same)) = content::summary(json_of(&again)) else {
        panic!("what was written is a commit");
    };
    assert_eq!(same, commit, "its positions and pointers");
    let (twice, same) =
        written_again(&same, json_of(&again)).unwrap_or_else(|| panic!("it can be written again"));
    assert_eq!(same, events, "its events");
    assert!(twice == again, "a commit is written in one way");
}

/// As it is, and with right checksums, unless that is the same.
fn both(bytes: Vec<u8>, sealed: Vec<u8>) -> impl Iterator<Item = Vec<u8>> {
    let sealed = (sealed != bytes).then_some(sealed);
    std::iter::once(bytes).chain(sealed)
}

/// A commit that the log of [`headers`] begins with.
const FIRST_COMMIT: &[u8] = br#"{"position":1,"batch":77,"id":"1","command":"1","actor":"system","time":"1970-01-01T00:00:00Z","streams":[{"stream":"a","first":1,"previous":null}],"events":[{"stream":0,"name":"n","schema":1,"cause":"command","payload":0}]}"#;

/// What is expected where opening a store does not look.
const UNSEEN_WHEN_OPENED: [&str; 2] = ["a commit that can be read", "the frame before it with the SHA-256"];

/// The same lines, each as a frame with its right length and checksum, if it is long enough to be one.
fn with_right_checksums(bytes: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(bytes.len());
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_suffix(b"\n").and_then(|line| line.get(PREFIX_BYTES..)) {
            Some(json) => {
                frame::write(&mut sealed, |buffer| buffer.extend_from_slice(json));
            }
            None => sealed.extend_from_slice(line),
        }
    }
    sealed
}

fn frames_are_written_as_they_were_read(bytes: &[u8]) {
    let mut rest = bytes;
    while let Ok(framed) = frame::read(rest) {
        let mut again = Vec::with_capacity(framed.bytes());
        let checksum = frame::write(&mut again, |json| json.extend_from_slice(framed.json));
        assert!(again == framed.line && checksum == framed.checksum, "a frame is written in one way");
        assert!(
            framed.bytes() >= FRAME_BYTES && framed.bytes() <= MAX_FRAME_BYTES,
            "{} bytes",
            framed.bytes()
        );
        rest = &rest[framed.bytes()..];
    }
}

/// Opening and checking agree about a log, and recovering keeps what opening has found.
fn log_is_taken_for_what_it_is(disk: &SimulatedDisk) {
    let (folder, before) = (Path::new(FOLDER), disk.files());
    let verified = verify_on(disk, folder, None);
    let found = inspect(disk, folder, Start::Beginning, &mut |_, _, _| ());
    let read_only = FileStore::open_read_only_on(Arc::new(disk.clone()), folder);
    assert!(disk.files() == before, "looking changes nothing");
    let verified = match verified {
        Ok(verified) => verified,
        Err(OpenError::LaterFormat { .. }) => {
            assert!(found.is_err() && read_only.is_err(), "a later format is refused by everybody");
            return;
        }
        Err(error) => panic!("checking ends with {error}"),
    };
    match found {
        Ok(found) => {
            let is_of_opening =
                |expected: &str| !UNSEEN_WHEN_OPENED.iter().any(|unseen| expected.starts_with(unseen));
            let missed = verified.problems.iter().find(|problem| is_of_opening(&problem.expected));
            assert!(missed.is_none(), "opened, though it is damaged: {missed:?}");
            if let Ok(store) = read_only {
                what_is_found_can_be_read(&store, &verified);
            }
            recovering_keeps_what_was_found(disk, &found, &verified);
        }
        Err(OpenError::Damaged(damage)) => {
            assert!(
                !verified.is_sound(),
                "damaged when it is opened, and sound when it is checked: {damage}"
            );
        }
        Err(error) => panic!("opening ends with {error}"),
    }
}

fn what_is_found_can_be_read(store: &impl EventStore, verified: &Verified) {
    let log = block_on(store.read_all(Position::START, usize::MAX));
    let Ok(log) = log else {
        assert!(!verified.is_sound(), "a log that is sound can be read");
        return;
    };
    if !verified.is_sound() {
        return;
    }
    assert_eq!(log.len() as u64, verified.commits, "all commits are read");
    let mut events: Vec<&RecordedEvent> = log.iter().flat_map(|commit| &commit.events).collect();
    events.sort_by_key(|event| (&event.stream, event.sequence));
    for of_stream in events.chunk_by(|one, other| one.stream == other.stream) {
        let read = block_on(store.read_stream(&of_stream[0].stream, Sequence::NONE, usize::MAX));
        let read = read.unwrap_or_else(|error| panic!("a stream of a sound log can be read: {error}"));
        assert!(read.iter().eq(of_stream.iter().copied()), "a stream is what the log holds of it");
    }
}

fn recovering_keeps_what_was_found(disk: &SimulatedDisk, found: &Found, verified: &Verified) {
    let Some(last) = &found.last else { return };
    let head = found.loaded.index.head();
    if verified.is_sound() {
        assert_eq!((head.0, found.loaded.index.streams()), (verified.commits, verified.streams));
    }
    let kept = |disk: &SimulatedDisk| {
        let mut bytes = disk.files().remove(&last.path).unwrap_or_default();
        bytes.truncate(usize::try_from(last.end).unwrap_or(usize::MAX));
        bytes
    };
    let before = kept(disk);
    drop(repair(disk, last).unwrap_or_else(|error| panic!("recovering ends with {error}")));
    let again = inspect(disk, Path::new(FOLDER), Start::Beginning, &mut |_, _, _| ());
    let again = again.unwrap_or_else(|error| panic!("what was recovered can't be opened: {error}"));
    assert!(kept(disk) == before, "recovering keeps every frame that was found");
    assert_eq!(again.loaded.index.head(), head, "recovering keeps what was found");
    assert!(
        again.last.is_some_and(|again| again.end == last.end && again.tail == Tail::Open),
        "nothing is left behind it"
    );
}

fn json_of(frame: &[u8]) -> &[u8] {
    frame::read(frame).unwrap_or_else(|flaw| panic!("what was written is a frame: {flaw}")).json
}

/// The frame of this commit as it is written, and its events; `None` if it is none that can be read, or that anybody would write.
fn written_again(commit: &CommitSummary<'_>, json: &[u8]) -> Option<(Vec<u8>, Vec<RecordedEvent>)> {
    let read = CommitRead::of(json).ok()?;
    let header = read.header();
    let events = read.events(&header).ok()?;
    let expectation = |row: &content::Row<'_>| {
        let stream = StreamId::new(&row.stream).ok()?;
        Some(Expectation { stream, at: Sequence(row.first.checked_sub(1)?) })
    };
    let streams: Vec<Expectation> = commit.streams.iter().map(expectation).collect::<Option<_>>()?;
    let new = |(event, of): (&RecordedEvent, &content::EventSummary)| {
        let RecordedEvent { name, schema, cause, payload, .. } = event.clone();
        (of.stream, NewEvent { name, schema, cause, payload })
    };
    let new: Vec<_> = events.iter().zip(&commit.events).map(new).collect();
    let parts =
        CommitParts { header: CommitHeader::clone(&header), streams, events: new, guards: Vec::new() };
    let mut draft =
        Draft::of(parts).unwrap_or_else(|error| panic!("what was read can't be written: {error}"));
    if commit.before.is_some() {
        draft = draft.with_link();
    }
    if draft.largest > MAX_FRAME_BYTES {
        return None;
    }
    for (stream, row) in draft.streams.iter_mut().zip(&commit.streams) {
        stream.previous = row.previous;
    }
    let mut frame = Vec::new();
    draft.write(&mut frame, commit.position, commit.batch, commit.before);
    assert!(frame.len() <= draft.largest, "{} bytes, {} were foreseen", frame.len(), draft.largest);
    Some((frame, events))
}
