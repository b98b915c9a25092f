//! A task that is told to stop stops, all of it.
#![cfg(all(unix, feature = "process"))]
#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod process_support;

use std::fs;
use std::future::{Future, poll_fn};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use cutover::deployment::Report;
use cutover::{TaskId, Timestamp};
use cutover_engine::process::ProcessRunner;
use cutover_engine::{Found, LogSink, StopHandle, TaskControl, TaskRunner, Urgency};
use futures::executor::block_on;
use process_support::{Control, LONG, failed, is_gone, pid_in, record, task, until};
use tempfile::TempDir;

/// Ignores the request to stop, and so does its child in the background.
const STUBBORN: &str = "trap '' TERM
    sh -c 'echo $$ > child; while :; do sleep 0.02; done' &
    echo $$ > parent; while :; do sleep 0.02; done";

/// Runs the script, stops it once it has written `parent`, and says what came of it and what it wrote.
fn stopped(
    folder: &TempDir,
    runner: &ProcessRunner,
    script: &str,
    urgency: Urgency,
) -> (Report, Vec<String>) {
    let control = Control::new();
    let work = work(folder);
    let report = scope(|scope| {
        scope.spawn(|| {
            pid_in(&work.join("parent"));
            control.stop.stop(urgency);
        });
        block_on(runner.run(task(script), control.task()))
    });
    (report, control.lines.all())
}

fn work(folder: &TempDir) -> PathBuf {
    folder.path().join("17-2-1/0/work")
}

/// Lets the future begin.
fn poll_once(future: &mut Pin<Box<dyn Future<Output = Report> + Send + '_>>) {
    block_on(poll_fn(|context| {
        assert!(future.as_mut().poll(context).is_pending());
        Poll::Ready(())
    }));
}

#[test]
fn a_script_that_is_asked_gently_can_clean_up() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ProcessRunner::new(folder.path()).kill_after(LONG);
    let script = "trap 'echo cleaning; exit 5' TERM; echo $$ > parent; while :; do sleep 0.02; done";
    let (report, lines) = stopped(&folder, &runner, script, Urgency::Gently);
    assert_eq!(report, failed("exit code 5"));
    assert!(lines.contains(&"cleaning".to_owned()), "{lines:?}");
}

#[test]
fn a_script_that_knows_no_signals_ends_when_asked_gently() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ProcessRunner::new(folder.path()).kill_after(LONG);
    let (report, _) = stopped(&folder, &runner, "echo $$ > parent; sleep 1000", Urgency::Gently);
    assert_eq!(report, failed("exit code 143: killed by SIGTERM"));
}

#[test]
fn a_stubborn_script_is_killed_after_its_time_with_its_children() {
    let folder = tempfile::tempdir().unwrap();
    let time = Duration::from_millis(150);
    let runner = ProcessRunner::new(folder.path()).kill_after(time);
    let begun = Instant::now();
    let (report, _) = stopped(&folder, &runner, STUBBORN, Urgency::Gently);
    assert!(begun.elapsed() >= time);
    assert_eq!(report, failed("it was killed, for it did not stop in time"));
    for name in ["parent", "child"] {
        let pid = pid_in(&work(&folder).join(name));
        until("it is gone", || is_gone(pid));
    }
}

#[test]
fn at_once_does_not_wait() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ProcessRunner::new(folder.path()).kill_after(LONG);
    let begun = Instant::now();
    let (report, _) = stopped(&folder, &runner, STUBBORN, Urgency::AtOnce);
    assert!(begun.elapsed() < LONG);
    assert!(matches!(report, Report::Failed { .. }));
    let child = work(&folder).join("child");
    // It may have been killed before it wrote who it is.
    if child.exists() && fs::read_to_string(&child).unwrap().ends_with('\n') {
        let pid = pid_in(&child);
        until("it is gone", || is_gone(pid));
    }
}

#[test]
fn at_once_overtakes_gently() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ProcessRunner::new(folder.path()).kill_after(LONG);
    let control = Control::new();
    let parent = work(&folder).join("parent");
    let report = scope(|scope| {
        scope.spawn(|| {
            pid_in(&parent);
            control.stop.stop(Urgency::Gently);
            sleep(Duration::from_millis(60));
            control.stop.stop(Urgency::AtOnce);
        });
        block_on(runner.run(task(STUBBORN), control.task()))
    });
    assert_eq!(report, failed("it was killed, for it did not stop in time"));
}

#[test]
fn what_a_script_leaves_in_the_background_ends_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ProcessRunner::new(folder.path());
    let control = Control::new();
    let script = "sh -c 'trap \"\" TERM; sleep 1000' & echo $! > child";
    let report = block_on(runner.run(task(script), control.task()));
    assert_eq!(report, Report::Succeeded);
    let pid = pid_in(&work(&folder).join("child"));
    until("it is gone", || is_gone(pid));
}

#[test]
fn a_task_that_is_asked_to_stop_before_it_begins_never_begins() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ProcessRunner::new(folder.path());
    let control = Control::new();
    control.stop.stop(Urgency::Gently);
    let report = block_on(runner.run(task("echo no"), control.task()));
    assert_eq!(report, failed("it was asked to stop before it began"));
    assert_eq!(block_on(runner.find(&task("echo no"))), Found::NeverBegan);
}

#[test]
fn a_task_whose_future_is_dropped_goes_on_and_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ProcessRunner::new(folder.path());
    let (before, after) = (Control::new(), Control::new());
    let work = work(&folder);
    let script = "echo one; echo $$ > parent; while ! [ -e go ]; do sleep 0.02; done; echo two";
    let mut future = runner.run(task(script), before.task());
    poll_once(&mut future);
    pid_in(&work.join("parent"));
    until("the first line arrives", || before.lines.all() == ["one"]);
    drop(future);
    assert_eq!(block_on(runner.find(&task(script))), Found::Begun);
    fs::write(work.join("go"), "").unwrap();
    let report = block_on(runner.resume(task(script), after.task()));
    // It may have ended before it was looked at.
    assert_eq!(report.outcome(), &Report::Succeeded);
    assert_eq!(after.lines.all().last().map(String::as_str), Some("two"));
}

#[test]
fn a_task_that_was_given_up_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ProcessRunner::new(folder.path()).kill_after(LONG);
    let control = Control::new();
    let mut future = runner.run(task(STUBBORN), control.task());
    poll_once(&mut future);
    let parent = pid_in(&work(&folder).join("parent"));
    control.stop.stop(Urgency::Gently);
    drop(future);
    until("it is gone", || is_gone(parent));
    let wrapper = pid_in(&record(folder.path(), 1).join("began"));
    until("its wrapper is gone", || is_gone(wrapper));
    assert!(matches!(block_on(runner.find(&task(STUBBORN))), Found::Lost { .. }));
}

/// A log that can't take a line.
struct Broken;

impl LogSink for Broken {
    fn line(&self, _: TaskId, _: Timestamp, _: &str) {
        panic!("the log is broken, as the test wants it");
    }
}

#[test]
fn a_task_whose_log_panics_does_not_run_on_unwatched() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ProcessRunner::new(folder.path());
    let stop = StopHandle::new();
    let control = TaskControl::new(stop.signal(), Arc::new(Broken));
    let report = block_on(runner.run(task("echo $$ > parent; echo one; sleep 1000"), control));
    assert_eq!(report, failed("its watcher panicked; its process was killed"));
    let pid = pid_in(&work(&folder).join("parent"));
    until("it is gone", || is_gone(pid));
}
