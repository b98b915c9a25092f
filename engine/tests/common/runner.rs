use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use cutover::deployment::Report;
use cutover::{TaskId, TaskOrder};
use cutover_engine::{Found, StillRunning, TaskControl, TaskRunner, Urgency};
use futures::channel::oneshot;

/// What a task does, by its script.
pub struct Script;

impl Script {
    pub const OK: &str = "ok";
    pub const FAIL: &str = "fail";
    pub const PANIC: &str = "panic";
    /// Runs until it is released by name, or told to stop.
    pub const HOLD: &str = "hold";
    /// Runs for ever, and hears nothing.
    pub const DEAF: &str = "deaf";
    /// Blocks its thread until it is released.
    pub const BLOCK: &str = "block";
}

/// Does what scripts say, and remembers what it was asked.
#[derive(Clone, Default)]
pub struct ScriptedRunner(Arc<(Mutex<Seen>, Condvar)>);

#[derive(Default)]
struct Seen {
    ran: Vec<TaskId>,
    scripts: Vec<String>,
    resumed: Vec<TaskId>,
    searched: Vec<TaskId>,
    stopped: Vec<(TaskId, Urgency)>,
    held: BTreeMap<TaskId, oneshot::Sender<Report>>,
    at_once: usize,
    most_at_once: usize,
    found: Option<Found>,
    is_unblocked: bool,
    running: Vec<TaskId>,
    silent_looks: usize,
    killed: Vec<TaskId>,
}

impl Seen {
    fn has_one_more(&mut self) {
        self.at_once += 1;
        self.most_at_once = self.most_at_once.max(self.at_once);
    }
}

impl ScriptedRunner {
    pub fn new() -> Self {
        Self::default()
    }

    /// What it says of tasks that it is asked to find.
    pub fn will_find(&self, found: Found) {
        self.seen().found = Some(found);
    }

    pub fn ran(&self) -> Vec<TaskId> {
        self.seen().ran.clone()
    }

    /// What it was told to run, as it was told.
    pub fn scripts(&self) -> Vec<String> {
        self.seen().scripts.clone()
    }

    pub fn resumed(&self) -> Vec<TaskId> {
        self.seen().resumed.clone()
    }

    pub fn searched(&self) -> Vec<TaskId> {
        self.seen().searched.clone()
    }

    pub fn stopped(&self) -> Vec<(TaskId, Urgency)> {
        self.seen().stopped.clone()
    }

    pub fn most_at_once(&self) -> usize {
        self.seen().most_at_once
    }

    /// Ends a task that holds, once it does.
    pub fn end(&self, task: TaskId, report: Report) {
        let held = self.until(&format!("task {task} holds"), |seen| seen.held.remove(&task));
        let _ = held.send(report);
    }

    /// Waits until it was asked to run this many tasks.
    pub fn until_ran(&self, tasks: usize) {
        self.until("a task is run", |seen| (seen.ran.len() >= tasks).then_some(()));
    }

    /// Waits until some task was told to stop so.
    pub fn until_stopped(&self, urgency: Urgency) {
        self.until("a task is told to stop", |seen| {
            seen.stopped.iter().any(|(_, heard)| *heard == urgency).then_some(())
        });
    }

    /// What it says that runs still of earlier lives.
    pub fn has_running(&self, tasks: &[TaskId]) {
        self.seen().running = tasks.to_vec();
    }

    /// It panics when it is asked that, the first times.
    pub fn panics_at_looks(&self, times: usize) {
        self.seen().silent_looks = times;
    }

    pub fn killed(&self) -> Vec<TaskId> {
        self.seen().killed.clone()
    }

    /// Waits until it was told to kill this many tasks.
    pub fn until_killed(&self, tasks: usize) {
        self.until("a task is killed", |seen| (seen.killed.len() >= tasks).then_some(()));
    }

    pub fn unblock(&self) {
        self.note(|seen| seen.is_unblocked = true);
    }

    /// Blocks this thread until `what` is so.
    fn until<T>(&self, what: &str, mut is_so: impl FnMut(&mut Seen) -> Option<T>) -> T {
        let end = Instant::now() + super::PATIENCE;
        let mut seen = self.seen();
        loop {
            if let Some(answer) = is_so(&mut seen) {
                return answer;
            }
            let left = end.checked_duration_since(Instant::now());
            let left = left.unwrap_or_else(|| panic!("waited in vain: {what}"));
            seen = self.0.1.wait_timeout(seen, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, note: impl FnOnce(&mut Seen)) {
        note(&mut self.seen());
        self.0.1.notify_all();
    }

    async fn hold(&self, task: TaskId, control: TaskControl) -> Report {
        let (sender, receiver) = oneshot::channel();
        self.note(|seen| {
            seen.held.insert(task, sender);
        });
        let stopped = Box::pin(control.stop.stopped(Urgency::Gently));
        match futures::future::select(receiver, stopped).await {
            futures::future::Either::Left((report, _)) => {
                report.unwrap_or(Report::Lost { message: "let go".to_owned() })
            }
            futures::future::Either::Right(_) => {
                self.note(|seen| seen.stopped.push((task, Urgency::Gently)));
                Report::Failed { message: "stopped".to_owned() }
            }
        }
    }
}

#[async_trait]
impl TaskRunner for ScriptedRunner {
    async fn run(&self, order: TaskOrder, control: TaskControl) -> Report {
        self.note(|seen| {
            seen.ran.push(order.id);
            seen.scripts.extend(order.inputs.get("script").cloned());
            seen.has_one_more();
        });
        let report = match order.inputs.get("script").map(String::as_str) {
            Some(Script::FAIL) => Report::Failed { message: "as it should".to_owned() },
            Some(Script::PANIC) => panic!("a runner that panics"),
            Some(Script::HOLD) => self.hold(order.id, control).await,
            Some(Script::DEAF) => {
                control.stop.stopped(Urgency::AtOnce).await;
                self.note(|seen| seen.stopped.push((order.id, Urgency::AtOnce)));
                futures::future::pending().await
            }
            Some(Script::BLOCK) => {
                self.until("it is unblocked", |seen| seen.is_unblocked.then_some(()));
                Report::Succeeded
            }
            _ => Report::Succeeded,
        };
        self.note(|seen| seen.at_once -= 1);
        report
    }

    async fn find(&self, order: &TaskOrder) -> Found {
        self.note(|seen| seen.searched.push(order.id));
        self.seen().found.clone().unwrap_or(Found::Lost { message: "nobody knows".to_owned() })
    }

    async fn resume(&self, order: TaskOrder, control: TaskControl) -> Report {
        self.note(|seen| {
            seen.resumed.push(order.id);
            seen.has_one_more();
        });
        let report = self.hold(order.id, control).await;
        self.note(|seen| seen.at_once -= 1);
        report
    }

    async fn running(&self) -> StillRunning {
        let answer = {
            let mut seen = self.seen();
            if seen.silent_looks > 0 {
                seen.silent_looks -= 1;
                None
            } else {
                Some(seen.running.clone().into())
            }
        };
        answer.expect("a runner that panics when it is asked what runs")
    }

    async fn kill(&self, task: TaskId) {
        self.note(|seen| seen.killed.push(task));
    }
}
