//! The log of each task is kept in a file, and read while it is written.

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::thread;

use async_trait::async_trait;
use chrono::TimeDelta;
use common::*;
use cutover::deployment::Report;
use cutover::status::StageStatus;
use cutover::*;
use cutover_engine::*;
use futures::StreamExt;
use futures::executor::block_on;

fn task(number: u32) -> TaskId {
    format!("17/2#1.0.{number}").parse().expect("an id")
}

fn at(second: i64) -> Timestamp {
    chrono::DateTime::UNIX_EPOCH + TimeDelta::seconds(second)
}

fn line(second: i64, text: &str) -> LogEntry {
    LogEntry::Line { at: at(second), text: text.to_owned() }
}

/// All that is there.
fn all(log: &FileLog, task: TaskId) -> Vec<LogEntry> {
    let mut reader = log.read(task);
    let mut all = Vec::new();
    loop {
        let more = reader.more().expect("a log");
        if more.is_empty() {
            return all;
        }
        all.extend(more);
    }
}

#[test]
fn lines_are_kept_with_their_times_until_the_task_has_ended_and_over_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = FileLog::new(folder.path());
    let mut reader = log.read(task(3));
    assert_eq!(reader.more().expect("nothing"), []);
    log.line(task(3), at(1), "one");
    log.line(task(3), at(1), "two\nthree");
    log.line(task(4), at(1), "of another task");
    assert_eq!(reader.more().expect("a log"), [line(1, "one"), line(1, "two"), line(1, "three")]);

    let log = FileLog::new(folder.path());
    log.line(task(3), at(2), "after a restart");
    assert!(!reader.has_ended());
    log.ended(task(3), at(3));
    log.ended(task(3), at(4));
    let expected = [line(2, "after a restart"), LogEntry::Ended { at: at(3) }];
    assert_eq!((reader.more().expect("a log"), reader.has_ended()), (expected.to_vec(), true));
    let mut later = log.read(task(3)).after(reader.position());
    log.line(task(3), at(5), "late");
    assert_eq!((later.more().expect("a log"), later.has_ended()), (vec![line(5, "late")], false));
}

#[test]
fn what_a_crash_has_torn_spoils_no_other_line() {
    let folder = tempfile::tempdir().expect("a folder");
    FileLog::new(folder.path()).line(task(3), at(1), "one");
    let file = folder.path().join("17/2-1.0.3.log");
    let append = |text: &str| {
        let mut file = OpenOptions::new().append(true).open(&file).expect("it is there");
        file.write_all(text.as_bytes()).expect("it is ours");
    };
    append("1970-01-01T00:0");
    let log = FileLog::new(folder.path());
    log.line(task(3), at(2), "two");
    append("1970-01-01T00:00:03.000Z!en");
    let log = FileLog::new(folder.path());
    log.ended(task(3), at(3));
    assert_eq!(all(&log, task(3)), [line(1, "one"), line(2, "two"), LogEntry::Ended { at: at(3) }]);
}

#[test]
fn what_goes_beyond_the_limit_is_not_kept_and_that_is_said_once() {
    let folder = tempfile::tempdir().expect("a folder");
    // Exactly two lines: 25 bytes of time, and the text with its end.
    let limited = || FileLog::new(folder.path()).task_bytes(2 * (25 + 6));
    let log = limited();
    log.line(task(3), at(1), "first");
    log.line(task(3), at(2), "secnd");
    assert_eq!(all(&log, task(3)).len(), 2);
    log.line(task(3), at(3), "");
    log.line(task(3), at(4), "");
    let log = limited();
    log.line(task(3), at(5), "third");
    log.ended(task(3), at(6));
    let log = FileLog::new(folder.path());
    log.line(task(3), at(7), "a higher limit fills no hole");
    let cut = LogEntry::Cut { at: at(3), bytes: 62 };
    let expected = [line(1, "first"), line(2, "secnd"), cut, LogEntry::Ended { at: at(6) }];
    assert_eq!(all(&log, task(3)), expected);
}

#[test]
fn a_log_is_followed_while_it_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = FileLog::new(folder.path());
    let (go_on, may_go_on) = std::sync::mpsc::channel();
    let writer = thread::spawn({
        let log = log.clone();
        move || {
            for number in 0..100 {
                log.line(task(3), at(number), &format!("{number}"));
                // It writes the next one when this one was read.
                may_go_on.recv().expect("the reader lives");
            }
            log.ended(task(3), at(100));
        }
    });
    let clock = ManualClock::at(at(0));
    let mut entries = log.read(task(3)).follow(clock.clone());
    let ticks = thread::spawn({
        let writer_is_done = move || writer.is_finished();
        move || {
            while !writer_is_done() {
                clock.advance(TimeDelta::milliseconds(250));
                thread::yield_now();
            }
            clock
        }
    });
    let mut texts = Vec::new();
    patiently("the lines are read", async {
        while texts.len() < 100 {
            match entries.next().await.expect("more").expect("a log") {
                LogEntry::Line { text, .. } => texts.push(text),
                other @ (LogEntry::Cut { .. } | LogEntry::Ended { .. }) => panic!("{other:?}"),
            }
            go_on.send(()).expect("the writer lives");
        }
    });
    assert_eq!(texts, (0..100).map(|number| number.to_string()).collect::<Vec<_>>());
    let clock = ticks.join().expect("it does not panic");
    let end = thread::spawn(move || block_on(entries.map(Result::unwrap).collect::<Vec<_>>()));
    soon("it knows that the task has ended", || {
        clock.advance(TimeDelta::milliseconds(250));
        end.is_finished()
    });
    assert_eq!(end.join().expect("it does not panic"), [LogEntry::Ended { at: at(100) }]);
}

#[test]
fn the_logs_of_a_release_can_be_forgotten() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = FileLog::new(folder.path());
    let other: TaskId = "18/2#1.0:1.3~2".parse().expect("an id");
    for task in [task(4), task(3), other] {
        log.line(task, at(1), "one");
    }
    assert_eq!(log.releases().expect("a folder"), [ReleaseId(17), ReleaseId(18)]);
    assert_eq!(log.tasks(ReleaseId(17)).expect("a folder"), [task(3), task(4)]);
    log.forget(ReleaseId(17)).expect("it is ours");
    log.forget(ReleaseId(17)).expect("nothing is there");
    assert_eq!(log.releases().expect("a folder"), [ReleaseId(18)]);
    assert_eq!((all(&log, task(3)), all(&log, other)), (vec![], vec![line(1, "one")]));
    log.line(task(3), at(2), "it goes on");
    assert_eq!(all(&log, task(3)), [line(2, "it goes on")]);
}

#[cfg(unix)]
#[test]
fn a_log_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    FileLog::new(folder.path().join("logs")).line(task(3), at(1), "one");
    let mode = |path: &str| {
        fs::metadata(folder.path().join(path)).expect("it is there").permissions().mode() & 0o777
    };
    assert_eq!(["logs", "logs/17", "logs/17/2-1.0.3.log"].map(mode), [0o700, 0o700, 0o600]);
}

#[test]
fn a_log_that_can_not_be_written_stops_nobody() {
    let folder = tempfile::tempdir().expect("a folder");
    let in_the_way = folder.path().join("17");
    fs::write(&in_the_way, "").expect("it is ours");
    let log = FileLog::new(folder.path());
    log.line(task(3), at(1), "one");
    log.ended(task(3), at(1));
    assert!(log.read(task(3)).more().is_err() || all(&log, task(3)).is_empty());
    fs::remove_file(in_the_way).expect("it is ours");
    log.line(task(3), at(2), "two");
    assert_eq!(all(&log, task(3)), [line(2, "two")]);
}

/// Writes a great deal, a secret in each line.
struct Flood;

#[async_trait]
impl TaskRunner for Flood {
    async fn run(&self, order: TaskOrder, control: TaskControl) -> Report {
        let text = control.secrets.expand(&order.inputs["script"]);
        assert!(text.reveal().contains(VALUE), "the runner has it");
        for _ in 0..10_000 {
            control.log.line(order.id, at(1), text.reveal());
        }
        match &*order.name {
            "panics" => panic!("in the middle of {}", text.reveal()),
            _ => Report::Succeeded,
        }
    }
}

fn texts(entries: &[LogEntry]) -> Vec<&str> {
    let mut texts = Vec::new();
    for entry in entries {
        if let LogEntry::Line { text, .. } = entry {
            texts.push(text.as_str());
        }
    }
    texts
}

#[test]
fn a_runner_that_floods_its_log_fills_no_disk_and_no_secret_gets_there() -> Fallible {
    let folder = tempfile::tempdir()?;
    let log = FileLog::new(folder.path()).task_bytes(10_000);
    let bench = Bench::new();
    let secrets = MemorySecrets::new().with("shop/password", VALUE);
    let builder = bench.builder().runner(Flood).log(log.clone()).secrets(secrets);
    let engine = block_on(builder.build())?;
    let driven = drive(&engine);
    let mut definition = one_stage(&["login $(Password)", "again $(Password)"]);
    definition =
        definition.with_variable("Password", Variable::secret(SecretRef::versioned("shop/password", "1")));
    definition.stages[0].jobs[0].tasks[1].name = "panics".to_owned();
    let (_, release) = release_of(&engine, definition);
    until_status(&engine, release, DEV, StageStatus::Rejected);

    let tasks = log.tasks(release)?;
    assert_eq!(tasks.len(), 2);
    for task in tasks {
        let entries = all(&log, task);
        let [lines @ .., LogEntry::Cut { bytes, .. }, LogEntry::Ended { .. }] = &*entries else {
            panic!("{:?}", entries.last());
        };
        assert!((9_900..=10_000).contains(bytes), "{bytes}");
        let expected = if task.task == 0 { "login ***" } else { "again ***" };
        assert!(texts(lines).iter().all(|text| *text == expected));
    }
    assert!(!holds_anywhere(folder.path(), VALUE));
    Ok(driven.stop()?)
}

/// Whether it stands in any file.
fn holds_anywhere(folder: &Path, text: &str) -> bool {
    fs::read_dir(folder).expect("a folder").any(|entry| {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            holds_anywhere(&path, text)
        } else {
            String::from_utf8_lossy(&fs::read(path).expect("a file")).contains(text)
        }
    })
}

#[test]
fn the_log_of_a_task_that_is_lost_has_an_end_too() -> Fallible {
    let folder = tempfile::tempdir()?;
    let log = FileLog::new(folder.path());
    let bench = Bench::new();
    let engine = block_on(bench.builder().log(log.clone()).build())?;
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, one_stage(&[Script::HOLD]));
    bench.runner.until_ran(1);
    driven.stop()?;
    let id = bench.runner.ran()[0];
    assert_eq!(all(&log, id), [], "it has not ended: a later life may find it");

    let engine = block_on(bench.builder().log(log.clone()).build())?;
    let driven = drive(&engine);
    until_status(&engine, release, DEV, StageStatus::Rejected);
    assert!(matches!(&*all(&log, id), [LogEntry::Ended { .. }]));
    Ok(driven.stop()?)
}

/// Takes lines, and panics at the end.
struct Rude;

impl LogSink for Rude {
    fn line(&self, _: TaskId, _: Timestamp, _: &str) {}

    fn ended(&self, _: TaskId, _: Timestamp) {
        panic!("a log that panics");
    }
}

#[test]
fn a_log_that_panics_at_the_end_changes_nothing() -> Fallible {
    let bench = Bench::new();
    let engine = block_on(bench.builder().log(Rude).build())?;
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, one_stage(&[Script::OK]));
    until_status(&engine, release, DEV, StageStatus::Succeeded);
    Ok(driven.stop()?)
}
