//! What is appended: commits as releases make them.

use std::sync::Arc;

/// Events of one commit, for one stream.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The stream's name.
    pub stream: String,
    /// How many events the stream has.
    pub expected: u64,
    /// Which of [`commits`] it is.
    pub step: usize,
    /// The stored events.
    pub events: Arc<[Event]>,
}

/// A stored event.
#[derive(Debug)]
pub struct Event {
    /// The name of its kind.
    pub name: &'static str,
    /// What it says, as JSON.
    pub payload: String,
}

/// The commits of one appender: releases one after another, each a stream of its own.
#[derive(Debug)]
pub struct Workload {
    appender: usize,
    release: u64,
    step: usize,
    written: u64,
    commits: Arc<[Arc<[Event]>]>,
}

macro_rules! stored {
    ($($name:literal),+) => {
        [$(Event::stored($name, include_str!(concat!("../../../core/tests/golden/", $name, ".json")))),+]
    };
}

impl Event {
    /// From a stored example of the event, which names itself too.
    fn stored(name: &'static str, example: &str) -> Self {
        let example: serde_json::Value = serde_json::from_str(example).expect("the example is JSON");
        Self { name, payload: example["payload"].to_string() }
    }
}

/// What one deployment records, commit by commit.
pub fn commits() -> Arc<[Arc<[Event]>]> {
    let commits: [Arc<[Event]>; 6] = [
        Arc::new(stored!(
            "release.created",
            "release.started",
            "deployment.triggered",
            "deployment.slot-asked"
        )),
        Arc::new(stored!("deployment.slot-granted", "deployment.snapshot-taken", "approval.asked")),
        Arc::new(stored!("approval.answered", "deployment.begun", "job.began")),
        Arc::new(stored!("task.claimed")),
        Arc::new(stored!("task.ended", "job.ended", "deployment.jobs-ended", "deployment.over")),
        Arc::new(stored!("release.kept-forever")),
    ];
    Arc::new(commits)
}

impl Workload {
    /// The commits of the appender of this number, made of `commits`.
    pub fn new(appender: usize, commits: Arc<[Arc<[Event]>]>) -> Self {
        Self { appender, release: 0, step: 0, written: 0, commits }
    }

    /// The next commit, which follows from the one before.
    pub fn next(&mut self) -> Prepared {
        if self.step == self.commits.len() {
            (self.step, self.written) = (0, 0);
            self.release += 1;
        }
        let events = Arc::clone(&self.commits[self.step]);
        let stream = format!("release-{}", 1_000_000 * self.appender as u64 + self.release);
        let prepared = Prepared { stream, expected: self.written, step: self.step, events };
        self.step += 1;
        self.written += prepared.events.len() as u64;
        prepared
    }
}
