//! What a task writes arrives line by line, whatever it writes.
#![cfg(all(unix, feature = "process"))]
#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod process_support;

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use cutover::deployment::Report;
use cutover::{TaskId, TaskOrder, Timestamp};
use cutover_engine::process::ProcessRunner;
use cutover_engine::{LogSink, StopHandle, TaskControl, TaskRunner};
use futures::executor::block_on;
use process_support::{Control, run, task, until};

#[test]
fn odd_lines_arrive() {
    let folder = tempfile::tempdir().unwrap();
    let script = r"printf 'dos\r\n\n\377\376 bytes\nlast'";
    let (report, lines) = run(&ProcessRunner::new(folder.path()), task(script));
    assert_eq!(report, Report::Succeeded);
    assert_eq!(lines, ["dos", "", "\u{fffd}\u{fffd} bytes", "last"]);
}

#[test]
fn a_long_line_arrives_in_pieces() {
    let folder = tempfile::tempdir().unwrap();
    let script = "head -c 200000 /dev/zero | tr '\\0' x; echo; echo next";
    let (_, lines) = run(&ProcessRunner::new(folder.path()), task(script));
    let (next, pieces) = lines.split_last().unwrap();
    assert_eq!(next, "next");
    assert_eq!(
        pieces.iter().map(String::len).collect::<Vec<_>>(),
        [65536, 65536, 65536, 200_000 - 3 * 65536]
    );
}

/// Story: whether a line holds a secret was remembered once for both files, so that a line on standard error let the rest of a long secret
/// on standard output into the log (V4).
#[test]
fn what_is_said_on_standard_error_lets_no_rest_of_a_secret_line_into_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let script = "printf '##vso[task.setvariable variable=key;issecret=true]'; head -c 100000 /dev/zero | tr '\\0' h\n\
                  echo beside >&2; while ! [ -e go ]; do sleep 0.02; done\n\
                  head -c 100000 /dev/zero | tr '\\0' h; echo; echo done";
    let control = Control::new();
    let task_control = control.task();
    let runner = ProcessRunner::new(folder.path());
    let running = thread::spawn(move || block_on(runner.run(apart(script), task_control)));
    until("the line between is handed over", || control.lines.all().iter().any(|line| line == "beside"));
    fs::write(folder.path().join("17-2-1/0/work/go"), "").unwrap();
    running.join().unwrap();
    let lines = control.lines.all();
    assert!(lines.iter().any(|line| line == "done"), "{lines:?}");
    assert!(lines.iter().all(|line| !line.contains("hhh")), "it is hidden as a whole");
}

fn apart(script: &str) -> TaskOrder {
    let mut order = task(script);
    order.inputs.insert("failOnStderr".to_owned(), "true".to_owned());
    order
}

/// Counts, and looks how much memory the process has.
#[derive(Default)]
struct Counter {
    bytes: AtomicUsize,
    lines: AtomicUsize,
    longest: AtomicUsize,
}

impl LogSink for Counter {
    fn line(&self, _: TaskId, _: Timestamp, line: &str) {
        self.bytes.fetch_add(line.len() + 1, Ordering::Relaxed);
        self.lines.fetch_add(1, Ordering::Relaxed);
        self.longest.fetch_max(line.len(), Ordering::Relaxed);
    }
}

/// Kilobytes that this process had at most; `None` where that is not known.
fn peak_memory_kilobytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[test]
fn fifty_megabytes_arrive_in_bounded_memory() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ProcessRunner::new(folder.path());
    let script = "yes 0123456789012345678901234567890123456789012345678 | head -c 25000000
        head -c 25000000 /dev/zero | tr '\\0' x";
    let counter = Arc::new(Counter::default());
    let before = peak_memory_kilobytes();
    let stop = StopHandle::new();
    let control = TaskControl::new(stop.signal(), Arc::<Counter>::clone(&counter));
    assert_eq!(block_on(runner.run(task(script), control)), Report::Succeeded);
    let grown = peak_memory_kilobytes().zip(before).map(|(after, before)| after - before);
    assert!(grown.is_none_or(|kilobytes| kilobytes < 10_000), "{grown:?} kB");
    // The second half is one line, of which each piece counts its missing end here.
    let pieces = 25_000_000_usize.div_ceil(65_536);
    assert_eq!(counter.lines.load(Ordering::Relaxed), 500_000 + pieces);
    assert_eq!(counter.bytes.load(Ordering::Relaxed), 50_000_000 + pieces);
    assert_eq!(counter.longest.load(Ordering::Relaxed), 65_536);
}
