//! What grows with a file store, and what must not: opening, memory, reading one stream, reading all.
//!
//! `cargo bench --bench growing` takes a hundred thousand and a million events, `cargo bench --bench growing -- --large` ten million as well.
//! Each store is written by a process of its own that ends without closing it, so that it is opened first as after a crash, then as after
//! a clean close. This is a program rather than a criterion bench: each figure is one of seconds, taken once.

use std::fs::{self, File};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use chrono::DateTime;
use clap::Parser;
use comfy_table::{CellAlignment, Table, presets};
use cutover::store::{Cause, Commit, CommitHeader, EventStore, Json, NewEvent, Position, Sequence, StreamId};
use cutover::{Actor, CommandId, CommitId};
use cutover_store_file::{FileStore, FileStoreOptions};
use futures::executor::block_on;
use futures::stream::{self, StreamExt};

/// Events of one stream: about as many as one release has.
const EVENTS_OF_A_STREAM: u64 = 50;

/// Commits that are begun at once.
const AT_ONCE: usize = 256;

/// A page of what is read in order.
const PAGE: usize = 1_000;

/// Measures how a file store behaves as it grows.
#[derive(Parser)]
struct Arguments {
    /// Ten million events, and ten million streams, as well (several minutes, and some gigabytes of disk).
    #[arg(long)]
    large: bool,
    /// What cargo passes on.
    #[arg(long, hide = true)]
    bench: bool,
    /// Writes a store and ends without closing it.
    #[arg(long, hide = true, num_args = 3, value_names = ["FOLDER", "STREAMS", "EVENTS"])]
    write: Option<Vec<String>>,
    /// Opens a store and says how much memory that took.
    #[arg(long, hide = true)]
    weigh: Option<PathBuf>,
}

fn main() {
    let arguments = Arguments::parse();
    if let Some(what) = arguments.write {
        let [folder, streams, events] = what.as_slice() else { unreachable!("there are three") };
        write(Path::new(folder), streams.parse().expect("a number"), events.parse().expect("a number"));
        return;
    }
    if let Some(folder) = arguments.weigh {
        return weigh(&folder);
    }
    let sizes: &[u64] =
        if arguments.large { &[100_000, 1_000_000, 10_000_000] } else { &[100_000, 1_000_000] };
    let mut opening = table(&[
        "events",
        "after a crash",
        "closed",
        "without an index",
        "one stream, cold",
        "warm",
        "all of it",
        "events/s",
    ]);
    for events in sizes {
        opening.add_row(measure_reading(*events));
    }
    println!("{opening}\n");
    let sizes: &[u64] = if arguments.large { &[1_000_000, 10_000_000] } else { &[1_000_000] };
    let mut memory = table(&["streams", "memory", "bytes a stream"]);
    for streams in sizes {
        memory.add_row(measure_memory(*streams));
    }
    println!("{memory}");
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN).set_header(header);
    for column in table.column_iter_mut() {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder")
}

fn open(folder: &Path) -> FileStore {
    FileStore::open(folder, FileStoreOptions::default()).expect("it opens")
}

fn measure_reading(events: u64) -> Vec<String> {
    let folder = folder();
    let path = folder.path().join("store");
    written(&path, events / EVENTS_OF_A_STREAM, events);
    let timed_open = || {
        let since = Instant::now();
        let store = open(&path);
        (since.elapsed(), store)
    };
    let (after_a_crash, store) = timed_open();
    block_on(store.close()).expect("it closes");
    drop(store);
    let (after_a_close, store) = timed_open();
    block_on(store.close()).expect("it closes");
    drop(store);
    if path.join("index").exists() {
        fs::remove_dir_all(path.join("index")).expect("it may be deleted at any time");
    }
    let (without_an_index, store) = timed_open();

    forget_pages(&path);
    let middle = StreamId::new(&stream_name(events / EVENTS_OF_A_STREAM / 2)).expect("a name");
    let read = || {
        let since = Instant::now();
        let all = block_on(store.read_stream(&middle, Sequence::NONE, usize::MAX)).expect("it can be read");
        assert_eq!(black_box(all).len() as u64, EVENTS_OF_A_STREAM);
        since.elapsed()
    };
    let (cold, warm) = (read(), (0..5).map(|_| read()).min().expect("there are five"));
    let since = Instant::now();
    let mut at = Position::START;
    let mut seen = 0;
    loop {
        let page = block_on(store.read_all(at, PAGE)).expect("it can be read");
        let Some(last) = page.last() else { break };
        at = last.position;
        seen += page.iter().map(|commit| commit.events.len() as u64).sum::<u64>();
    }
    assert_eq!(seen, events);
    let all = since.elapsed();
    let row = [after_a_crash, after_a_close, without_an_index, cold, warm, all].map(readable);
    let rate = format!("{:.0}", events as f64 / all.as_secs_f64());
    [vec![events.to_string()], row.to_vec(), vec![rate]].concat()
}

fn readable(time: Duration) -> String {
    if time < Duration::from_millis(10) {
        format!("{:.2} ms", time.as_secs_f64() * 1e3)
    } else {
        format!("{:.0} ms", time.as_secs_f64() * 1e3)
    }
}

fn measure_memory(streams: u64) -> Vec<String> {
    let folder = folder();
    let path = folder.path().join("store");
    written(&path, streams, streams);
    let this = std::env::current_exe().expect("it has a name");
    let output = Command::new(this).arg("--weigh").arg(&path).output().expect("it runs");
    let bytes: u64 = String::from_utf8_lossy(&output.stdout).trim().parse().expect("it says how much");
    vec![
        streams.to_string(),
        format!("{:.0} MB", bytes as f64 / 1e6),
        format!("{:.0}", bytes as f64 / streams as f64),
    ]
}

/// Has a process of its own write a store.
fn written(folder: &Path, streams: u64, events: u64) {
    let this = std::env::current_exe().expect("it has a name");
    let mut process = Command::new(this);
    process.arg("--write").arg(folder).arg(streams.to_string()).arg(events.to_string());
    assert!(process.status().expect("it runs").success());
}

fn stream_name(number: u64) -> String {
    format!("release-{}", number + 1)
}

/// Writes `events` events, the streams one after another, and ends the process as a crash does.
fn write(folder: &Path, streams: u64, events: u64) {
    let store = open(folder);
    let each = events / streams;
    block_on(
        stream::iter(0..streams)
            .map(|number| {
                let store = &store;
                async move {
                    let stream = StreamId::new(&stream_name(number)).expect("a name");
                    let mut at = 0;
                    while at < each {
                        let count = (1 + at % 4).min(each - at);
                        store
                            .commit(commit(&stream, at, count))
                            .await
                            .expect("nobody else writes to this stream");
                        at += count;
                    }
                }
            })
            .buffer_unordered(AT_ONCE)
            .for_each(|()| async {}),
    );
    std::process::exit(0);
}

fn commit(stream: &StreamId, at: u64, count: u64) -> Commit {
    let id = format!("{stream}-{at}");
    let header = CommitHeader {
        id: CommitId::new(id.clone()).expect("an id"),
        command: CommandId::new(id).expect("an id"),
        actor: Actor::System,
        time: DateTime::UNIX_EPOCH,
    };
    let mut builder = Commit::builder(header);
    for _ in 0..count {
        let payload = Json::parse(
            r#"{"task":"17/2#1.0.3","claim":{"engine":"main","incarnation":"i-1"},"times_out_at":"1970-01-01T00:00:00Z"}"#,
        );
        let payload = payload.expect("it is JSON");
        let event = NewEvent { name: "task.claimed".into(), schema: 1, cause: Cause::Command, payload };
        builder = builder.append(stream, Sequence(at), event);
    }
    builder.build().expect("it holds events")
}

/// Asks the system to keep nothing of the files in memory, so that the next read goes to the disk.
fn forget_pages(folder: &Path) {
    for entry in fs::read_dir(folder).expect("the store is there") {
        let path = entry.expect("it can be read").path();
        if path.is_file() {
            let file = File::open(path).expect("it opens");
            file.sync_all().expect("it can be synced");
            #[cfg(target_os = "linux")]
            rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).expect("it is a file");
        }
    }
}

/// Says how much memory it takes to have the store open, in bytes.
fn weigh(folder: &Path) {
    // Once before, so that the index is there as after a clean close.
    drop(open(folder));
    let before = resident();
    let store = open(folder);
    println!("{}", resident().saturating_sub(before));
    drop(store);
}

/// The memory of this process, in bytes.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("this is measured on Linux");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("it says so");
    let kilobytes: u64 =
        line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number");
    kilobytes * 1024
}
