//! A log that can't be kept is told of, and not line by line.

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::fs;

use common::*;
use cutover::{TaskId, Timestamp};
use cutover_engine::{FileLog, LogSink};

fn task(number: u32) -> TaskId {
    format!("17/2#1.0.{number}").parse().expect("an id")
}

/// The tasks of which it was told, in their order.
fn told_of(collector: &Collector, message: &str) -> Vec<String> {
    let events = collector.events().into_iter().map(|event| event.fields);
    let told = events.filter(|fields| fields.get("message").is_some_and(|text| text.contains(message)));
    told.map(|fields| fields["task"].clone()).collect()
}

/// The only test here: the collector is that of the whole process.
///
/// Story: while the disk was full, each line that a task wrote was a warning.
#[test]
fn a_log_that_can_not_be_kept_is_told_of_once_for_each_task() -> Fallible {
    let collector = Collector::of_the_process();
    let now = Timestamp::default();
    let folder = tempfile::tempdir()?;
    let in_the_way = folder.path().join("17");
    fs::write(&in_the_way, "")?;
    let log = FileLog::new(folder.path());
    for text in ["one", "two", "three"] {
        for number in [3, 4] {
            log.line(task(number), now, text);
        }
    }
    log.ended(task(3), now);
    assert_eq!(told_of(&collector, "can't be opened"), [task(3), task(4)].map(|task| task.to_string()));

    fs::remove_file(in_the_way)?;
    log.line(task(5), now, "all is well");
    log.ended(task(5), now);
    #[cfg(target_os = "linux")]
    {
        // A disk that is always full.
        std::os::unix::fs::symlink("/dev/full", folder.path().join("17/2-1.0.6.log"))?;
        for text in ["one", "two", "three"] {
            log.line(task(6), now, text);
        }
        assert_eq!(told_of(&collector, "can't be written"), [task(6).to_string()]);
    }
    assert_eq!(told_of(&collector, "can't be opened").len(), 2);
    Ok(())
}
