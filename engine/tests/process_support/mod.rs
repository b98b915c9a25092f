//! What the tests of the process runner share.
#![allow(dead_code, reason = "no test file uses all of it")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::{Duration, Instant};

use cutover::deployment::Report;
use cutover::{TaskId, TaskOrder, TaskRef, Timestamp};
use cutover_engine::process::ProcessRunner;
use cutover_engine::{LogSink, StopHandle, TaskControl, TaskRunner};
use futures::executor::block_on;

/// Longer than anything here takes on a busy machine.
pub(crate) const LONG: Duration = Duration::from_mins(1);

/// Keeps the lines.
#[derive(Default)]
pub(crate) struct Lines(Mutex<Vec<String>>);

impl Lines {
    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl LogSink for Lines {
    fn line(&self, _: TaskId, _: Timestamp, line: &str) {
        self.0.lock().unwrap().push(line.to_owned());
    }
}

pub(crate) fn task(script: &str) -> TaskOrder {
    task_with("17/2#1.0.3", [("script", script)])
}

pub(crate) fn task_with<const N: usize>(id: &str, inputs: [(&str, &str); N]) -> TaskOrder {
    let own = |(name, text): (&str, &str)| (name.to_owned(), text.to_owned());
    TaskOrder {
        id: id.parse().unwrap(),
        name: "a task".to_owned(),
        stage: "prod".to_owned(),
        release: "Release-17".to_owned(),
        task: TaskRef { id: "command".to_owned(), version: String::new() },
        inputs: inputs.into_iter().map(own).collect(),
        environment: BTreeMap::new(),
        variables: cutover::variable::Resolved::default(),
        secrets: BTreeMap::new(),
        cancel_timeout_minutes: 1,
    }
}

pub(crate) struct Control {
    pub(crate) stop: StopHandle,
    pub(crate) lines: Arc<Lines>,
}

impl Control {
    pub(crate) fn new() -> Self {
        Self { stop: StopHandle::new(), lines: Arc::new(Lines::default()) }
    }

    pub(crate) fn task(&self) -> TaskControl {
        let log: Arc<dyn LogSink> = Arc::<Lines>::clone(&self.lines);
        TaskControl::new(self.stop.signal(), log)
    }
}

/// Runs the task, and returns what came of it and what it wrote.
pub(crate) fn run(runner: &ProcessRunner, order: TaskOrder) -> (Report, Vec<String>) {
    let control = Control::new();
    let report = block_on(runner.run(order, control.task()));
    (report, control.lines.all())
}

pub(crate) fn failed(message: &str) -> Report {
    Report::Failed { message: message.to_owned() }
}

/// The folder of the record of the task that [`task`] makes.
pub(crate) fn record(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("17-2-1/0/3/try-{number}"))
}

/// Waits until it is so.
#[track_caller]
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + LONG;
    while !is_so() {
        assert!(Instant::now() < end, "never: {what}");
        sleep(Duration::from_millis(5));
    }
}

/// The process id in a file, once it is there.
pub(crate) fn pid_in(path: &Path) -> rustix::process::Pid {
    let read = || {
        let text = std::fs::read_to_string(path).ok()?;
        let pid = text.strip_suffix('\n')?.split(' ').next()?.parse().ok()?;
        rustix::process::Pid::from_raw(pid)
    };
    until("a process id is written", || read().is_some());
    read().unwrap()
}

/// Whether the process is gone, or only waits to be buried.
pub(crate) fn is_gone(pid: rustix::process::Pid) -> bool {
    if !Path::new("/proc/self/stat").exists() {
        return rustix::process::test_kill_process(pid).is_err();
    }
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    stat.is_err()
        || stat.is_ok_and(|stat| stat.rsplit_once(')').is_none_or(|(_, rest)| rest.starts_with(" Z")))
}
