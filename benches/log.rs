//! The file store's log against the disk's own limit: a bare loop that writes the same bytes into a file of zeros, and syncs each write.

use std::cell::Cell;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use chrono::DateTime;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use cutover::store::{Cause, Commit, CommitHeader, EventStore as _, Json, NewEvent, Sequence, StreamId};
use cutover::{Actor, CommandId, CommitId};
use cutover_store_file::{FileStore, FileStoreOptions};
use futures::executor::block_on;
use futures::future::join_all;

/// The bytes of an event's payload.
const PAYLOAD_BYTES: usize = 300;
/// The bytes of a commit with one such event, in the log.
const FRAME_BYTES: usize = PAYLOAD_BYTES + 300;
const SEGMENT_BYTES: u64 = FileStoreOptions::DEFAULT_SEGMENT_BYTES;

fn commit(stream: &StreamId, sequence: u64, payload: &Json) -> Commit {
    let header = CommitHeader {
        id: CommitId::new(format!("{stream}-{sequence}")).expect("an id"),
        command: CommandId::new(format!("{stream}-{sequence}")).expect("an id"),
        actor: Actor::System,
        time: DateTime::UNIX_EPOCH,
    };
    let event =
        NewEvent { name: "bench.noted".into(), schema: 1, cause: Cause::Command, payload: payload.clone() };
    Commit::builder(header).append(stream, Sequence(sequence), event).build().expect("it has an event")
}

fn payload() -> Json {
    Json::of(&"x".repeat(PAYLOAD_BYTES - 2)).expect("it is JSON")
}

/// Appenders that each wait for their commit before they send the next.
struct Appenders {
    streams: Vec<(StreamId, Cell<u64>)>,
    payload: Json,
}

impl Appenders {
    fn new(appenders: u64) -> Self {
        Self::of(appenders, "appender")
    }

    fn of(appenders: u64, name: &str) -> Self {
        let stream = |number| StreamId::new(&format!("{name}/{number}")).expect("a name");
        Self {
            streams: (0..appenders).map(|number| (stream(number), Cell::new(0))).collect(),
            payload: payload(),
        }
    }

    fn append(&self, store: &FileStore, each: u64) -> Duration {
        let begun = Instant::now();
        block_on(join_all(self.streams.iter().map(|(stream, sequence)| async move {
            for _ in 0..each {
                store.commit(commit(stream, sequence.get(), &self.payload)).await.expect("it is written");
                sequence.set(sequence.get() + 1);
            }
        })));
        begun.elapsed()
    }
}

/// Writes and syncs `writes` times so many bytes.
struct Bare {
    file: File,
    end: u64,
}

impl Bare {
    fn new(path: &Path) -> Self {
        let file = File::create(path).expect("a file");
        file.write_all_at(&vec![0; usize::try_from(SEGMENT_BYTES).expect("it fits")], 0).expect("zeros");
        file.sync_all().expect("synced");
        Self { file, end: 0 }
    }

    fn append(&mut self, writes: u64, bytes: usize) -> Duration {
        let content = vec![b'x'; bytes];
        let begun = Instant::now();
        for _ in 0..writes {
            if self.end + bytes as u64 > SEGMENT_BYTES {
                self.end = 0;
            }
            self.file.write_all_at(&content, self.end).expect("written");
            self.file.sync_data().expect("synced");
            self.end += bytes as u64;
        }
        begun.elapsed()
    }
}

fn appending(criterion: &mut Criterion) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    for appenders in [1_u64, 8, 64] {
        let mut group = criterion.benchmark_group(format!("append, {appenders} appenders"));
        group.throughput(Throughput::Elements(appenders));
        let mut bare = Bare::new(&folder.path().join(format!("bare-{appenders}")));
        let bytes = FRAME_BYTES * usize::try_from(appenders).expect("it fits");
        group.bench_function("bare write and sync", |bencher| {
            bencher.iter_custom(|writes| bare.append(writes, bytes));
        });
        let path = folder.path().join(format!("store-{appenders}"));
        let store = FileStore::open(path, FileStoreOptions::default()).expect("it opens");
        let all = Appenders::new(appenders);
        group.bench_function("file store", |bencher| {
            bencher.iter_custom(|each| all.append(&store, each));
        });
        group.finish();
    }
}

/// How often each of two that are compared has its turn. They take turns, so that what else the machine does meets both.
const ROUNDS: usize = 21;

/// How fast one is, as a part of the other: what a round of each takes.
fn compared(what: &str, mut one: impl FnMut() -> Duration, mut other: impl FnMut() -> Duration) {
    let rounds = (0..ROUNDS).map(|_| (one().as_secs_f64(), other().as_secs_f64()));
    let rounds: Vec<(f64, f64)> = rounds.collect();
    let total = rounds.iter().fold((0.0, 0.0), |sum, round| (sum.0 + round.0, sum.1 + round.1));
    let mut ratios: Vec<f64> = rounds.iter().map(|(one, other)| other / one).collect();
    ratios.sort_by(f64::total_cmp);
    let [low, median, high] = [ROUNDS / 4, ROUNDS / 2, ROUNDS * 3 / 4].map(|place| ratios[place]);
    println!(
        "{what}: {median:.2} (the middle half of {ROUNDS} rounds: {low:.2} to {high:.2}; all rounds together: {:.2})",
        total.1 / total.0
    );
}

/// What part of the bare loop's rate the store reaches.
fn ratio(_: &mut Criterion) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    for appenders in [1_u64, 8, 64] {
        let mut bare = Bare::new(&folder.path().join(format!("bare-{appenders}")));
        let path = folder.path().join(format!("store-{appenders}"));
        let store = FileStore::open(path, FileStoreOptions::default()).expect("it opens");
        let all = Appenders::new(appenders);
        let bytes = FRAME_BYTES * usize::try_from(appenders).expect("it fits");
        all.append(&store, 100);
        let what = format!("{appenders} appenders, of the bare loop");
        compared(&what, || all.append(&store, 100), || bare.append(100, bytes));
    }
}

/// What part of its rate a store reaches that names in each commit the digest of the one before.
fn tamper_evident(_: &mut Criterion) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    for appenders in [1_u64, 8, 64] {
        let open = |is_tamper_evident| {
            let path = folder.path().join(format!("{appenders}-{is_tamper_evident}"));
            let options = FileStoreOptions::default().tamper_evident(is_tamper_evident);
            FileStore::open(path, options).expect("it opens")
        };
        let (hashed, plain) = (open(true), open(false));
        let (to_hashed, to_plain) = (Appenders::new(appenders), Appenders::new(appenders));
        let what = format!("{appenders} appenders, tamper-evident, of without");
        compared(&what, || to_hashed.append(&hashed, 200), || to_plain.append(&plain, 200));
    }
}

/// What part of its rate in a segment of zeros a store reaches in one that it was opened on, which grows.
fn opened(_: &mut Criterion) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    for appenders in [1_u64, 8, 64] {
        let open = |name: &str| {
            let path = folder.path().join(format!("{appenders}-{name}"));
            FileStore::open(path, FileStoreOptions::default()).expect("it opens")
        };
        let (to_opened, to_zeros) = (Appenders::new(appenders), Appenders::new(appenders));
        to_opened.append(&open("opened"), 100);
        let (opened, zeros) = (open("opened"), open("zeros"));
        // The second segment was made of zeros beforehand.
        let filling = Appenders::of(64, "filler");
        filling.append(&zeros, SEGMENT_BYTES / FRAME_BYTES as u64 / 64 + 100);
        let what = format!("{appenders} appenders, in a segment that it was opened on, of in one of zeros");
        compared(&what, || to_opened.append(&opened, 200), || to_zeros.append(&zeros, 200));
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).measurement_time(Duration::from_secs(3));
    targets = ratio, tamper_evident, opened, appending
}
criterion_main!(benches);
