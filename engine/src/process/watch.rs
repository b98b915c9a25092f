//! Watches a task's process until its end: hands over what it writes, and stops it when asked to.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use cutover::deployment::Report;
use cutover::{TaskId, Timestamp, limits};
use rustix::process::{Pid, Signal};

use super::group::{Ended, Leader, has_ended, has_proc, signal_group};
use super::outputs::{Outputs, Setting, Value};
use super::record::{Record, State};
use super::tail::{Line, More, Tail};
use super::vso::{self, Deed, Verdict};
use super::wrapper::Errors;
use crate::{TaskControl, Urgency};

/// A task that ends soon is noticed soon.
const FIRST_POLL: Duration = Duration::from_millis(2);
const LONGEST_POLL: Duration = Duration::from_millis(40);
/// Where looking after a process that is not ours means to run `ps`.
const LONGEST_COSTLY_POLL: Duration = Duration::from_millis(500);

/// The process that is watched.
#[derive(Debug)]
pub(super) enum Process {
    /// We started it.
    Ours(Child),
    /// An earlier incarnation did.
    Found(Leader),
    /// It has ended: only its record is left.
    Over,
}

/// Set when the future that waits for the task is dropped.
#[derive(Debug, Clone, Default)]
pub(super) struct Dropped(Arc<AtomicBool>);

impl Dropped {
    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// What was done to stop the task.
#[derive(Debug, Clone, Copy)]
enum Stopping {
    No,
    Asked { kill_at: Option<Instant> },
    Killed,
}

pub(super) struct Watch {
    pub(super) task: TaskId,
    pub(super) record: Record,
    pub(super) control: TaskControl,
    pub(super) dropped: Dropped,
    /// What it is given to stop after it was asked gently.
    pub(super) kill_after: Duration,
    pub(super) errors: Errors,
    /// Whether secrets stand in its script.
    pub(super) script: Script,
}

/// What becomes of a task's script after its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    /// It stays, for whoever wants to read it.
    Stays,
    /// It is removed, for secrets stand in it.
    HasSecrets,
}

/// How a task ended, and what it set.
pub(super) struct Ending {
    pub(super) report: Report,
    pub(super) set: Vec<Setting>,
}

/// How the watched process ended.
enum Death {
    /// We waited for it.
    Ours(ExitStatus),
    /// Somebody else did.
    Unseen,
}

impl Watch {
    /// Returns how the task ended; `None` once nobody waits for that any more.
    pub(super) fn until_the_end(self, process: Process) -> Option<Ending> {
        let mut guard = Guard(Some(process));
        let mut output = Output::open(&self);
        let mut stopping = Stopping::No;
        let mut poll = FIRST_POLL;
        let longest = guard.0.as_ref()?.longest_poll();
        loop {
            let process = guard.0.as_mut()?;
            // Looked at before reading, so that what it wrote last is read too.
            let ended = process.ended();
            let more = output.advance(&self);
            if self.dropped.is_set() {
                self.leave(guard.0.take()?);
                return None;
            }
            if ended != Ended::No {
                // What is left of it is killed before it is read to its end: otherwise there might be none.
                let death = guard.0.take()?.bury(ended, &self.record);
                output.drain(&self);
                if self.script == Script::HasSecrets {
                    self.record.remove_script();
                }
                let set = std::mem::take(&mut output.heard.outputs).into_settings();
                return Some(Ending { report: self.report(output, stopping, &death), set });
            }
            self.stop(process, &mut stopping);
            if more == More::No {
                sleep(poll);
                poll = (poll * 2).min(longest);
            } else {
                poll = FIRST_POLL;
            }
        }
    }

    /// When it ended, of a task that had ended before anybody watched it.
    pub(super) fn ended_before(&self, process: &Process) -> Option<Timestamp> {
        match process {
            Process::Over | Process::Found(_) if process.ended() != Ended::No => self.record.ended_at(),
            Process::Over | Process::Found(_) | Process::Ours(_) => None,
        }
    }

    fn stop(&self, process: &Process, stopping: &mut Stopping) {
        match (self.control.stop.urgency(), *stopping) {
            (None, _) | (_, Stopping::Killed) => {}
            (Some(Urgency::Gently), Stopping::No) => {
                process.signal(Signal::TERM);
                *stopping = Stopping::Asked { kill_at: Instant::now().checked_add(self.kill_after) };
            }
            (Some(Urgency::Gently), Stopping::Asked { kill_at })
                if kill_at.is_none_or(|at| Instant::now() < at) => {}
            (Some(Urgency::Gently | Urgency::AtOnce), _) => {
                process.signal(Signal::KILL);
                *stopping = Stopping::Killed;
            }
        }
    }

    /// Nobody waits any more. A task that was asked to stop was given up: it is killed. Any other goes on, to be found later.
    fn leave(&self, mut process: Process) {
        if self.control.stop.urgency().is_some() {
            process.signal(Signal::KILL);
        }
        if let Process::Ours(child) = &mut process {
            // So that it does not stay behind as a zombie.
            let _ = child.wait();
        }
    }

    fn report(&self, output: Output, stopping: Stopping, death: &Death) -> Report {
        let state = match self.record.state() {
            Ok(state) => state,
            Err(error) => return Report::Lost { message: format!("its record can't be read: {error}") },
        };
        if let State::Ended(code) = state {
            return if code != 0 {
                Report::Failed { message: exit_message(code) }
            } else if self.errors == Errors::Apart && output.has_errors() {
                Report::Failed { message: "it wrote to standard error".to_owned() }
            } else {
                output.verdict()
            };
        }
        let killed = match (stopping, death) {
            (Stopping::Killed, _) => Some("it was killed, for it did not stop in time".to_owned()),
            (_, Death::Ours(status)) => Some(status.signal().map_or_else(
                || {
                    format!(
                        "its wrapper ended with {status}; the end of {} says why",
                        self.record.output().display()
                    )
                },
                |signal| format!("killed by {}", signal_name(signal)),
            )),
            (_, Death::Unseen) => None,
        };
        // A child of ours is known to be dead, with all of its group. That is a failure, and not a riddle.
        match killed {
            Some(message) => Report::Failed { message },
            None => Report::Lost { message: LOST.to_owned() },
        }
    }
}

/// What is said of a task whose process is gone without an exit code.
pub(super) const LOST: &str = "its process is gone, and did not leave behind how it ended";

/// `128 + n` is how a shell says that signal `n` killed what it ran.
fn exit_message(code: i32) -> String {
    match code {
        129..=192 => format!("exit code {code}: killed by {}", signal_name(code - 128)),
        126 => "exit code 126: something that it ran is not executable".to_owned(),
        127 => "exit code 127: something that it ran was not found".to_owned(),
        _ => format!("exit code {code}"),
    }
}

fn signal_name(number: i32) -> String {
    let Some(signal) = Signal::from_named_raw(number) else { return format!("signal {number}") };
    let names = [
        (Signal::HUP, "SIGHUP"),
        (Signal::INT, "SIGINT"),
        (Signal::QUIT, "SIGQUIT"),
        (Signal::ILL, "SIGILL"),
        (Signal::ABORT, "SIGABRT"),
        (Signal::BUS, "SIGBUS"),
        (Signal::FPE, "SIGFPE"),
        (Signal::KILL, "SIGKILL"),
        (Signal::SEGV, "SIGSEGV"),
        (Signal::PIPE, "SIGPIPE"),
        (Signal::ALARM, "SIGALRM"),
        (Signal::TERM, "SIGTERM"),
        (Signal::XCPU, "SIGXCPU"),
        (Signal::XFSZ, "SIGXFSZ"),
    ];
    let name = names.into_iter().find(|(known, _)| *known == signal);
    name.map_or_else(|| format!("signal {number}"), |(_, name)| name.to_owned())
}

impl Process {
    fn longest_poll(&self) -> Duration {
        match self {
            Self::Found(_) if !has_proc() => LONGEST_COSTLY_POLL,
            Self::Ours(_) | Self::Found(_) | Self::Over => LONGEST_POLL,
        }
    }

    fn ended(&self) -> Ended {
        match self {
            Self::Ours(child) => has_ended(Pid::from_child(child)),
            Self::Found(leader) if leader.is_alive() => Ended::No,
            Self::Found(_) | Self::Over => Ended::ByAnother,
        }
    }

    fn signal(&self, signal: Signal) {
        match self {
            // Nobody has waited for it: the id is still its own.
            Self::Ours(child) if has_ended(Pid::from_child(child)) != Ended::ByAnother => {
                signal_group(Pid::from_child(child), signal);
            }
            Self::Ours(_) | Self::Over => {}
            Self::Found(leader) => leader.signal(signal),
        }
    }

    /// Kills what is left of its group. The wrapper does that itself unless it was killed.
    fn bury(self, ended: Ended, record: &Record) -> Death {
        match self {
            Self::Ours(mut child) => {
                if ended == Ended::Yes {
                    signal_group(Pid::from_child(&child), Signal::KILL);
                }
                child.wait().map_or(Death::Unseen, Death::Ours)
            }
            Self::Found(leader) => {
                leader.kill_leftovers(record.folder());
                Death::Unseen
            }
            Self::Over => Death::Unseen,
        }
    }
}

/// Kills the process if its watcher panics: nothing may run unwatched in a host that believes that it watches.
struct Guard(Option<Process>);

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(process) = &mut self.0 {
            process.signal(Signal::KILL);
            if let Process::Ours(child) = process {
                let _ = child.wait();
            }
        }
    }
}

/// What the task said of itself.
#[derive(Default)]
struct Heard {
    verdict: Verdict,
    outputs: Outputs,
}

/// What the task writes, on its way to the log.
struct Output {
    tails: Vec<Tail>,
    /// For each of them, whether the line that goes on there, if any, holds a secret.
    is_secret: Vec<bool>,
    heard: Heard,
    /// Why not all of it could be read. The task goes on without a log.
    failure: Option<io::Error>,
}

impl Output {
    fn open(watch: &Watch) -> Self {
        let mut paths = vec![watch.record.output()];
        if watch.errors == Errors::Apart {
            paths.push(watch.record.errors());
        }
        let tails = paths.iter().map(|path| Tail::open(path)).collect::<io::Result<Vec<_>>>();
        let (tails, failure) = match tails {
            Ok(tails) => (tails, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        let is_secret = vec![false; tails.len()];
        Self { tails, is_secret, heard: Heard::default(), failure }
    }

    /// Hands over a bounded part of what there is.
    fn advance(&mut self, watch: &Watch) -> More {
        let mut more = More::No;
        if self.failure.is_some() {
            return more;
        }
        for (tail, is_secret) in self.tails.iter_mut().zip(&mut self.is_secret) {
            let hand_over = |line: Line<'_>| watch.hand_over(&mut self.heard, is_secret, line);
            match tail.advance(watch.control.secrets.masks(), hand_over) {
                Ok(More::No) => {}
                Ok(More::Perhaps) => more = More::Perhaps,
                Err(error) => self.failure = Some(error),
            }
        }
        more
    }

    /// Hands over all that is left. What got away from its group may write for ever: what it writes from now on counts no more.
    fn drain(&mut self, watch: &Watch) {
        let ends: Vec<_> = self.tails.iter().map(|tail| tail.bytes().unwrap_or(u64::MAX)).collect();
        let is_left = |tails: &[Tail]| tails.iter().zip(&ends).any(|(tail, end)| !tail.has_read(*end));
        while self.advance(watch) == More::Perhaps && is_left(&self.tails) && !watch.dropped.is_set() {}
        if self.failure.is_none() {
            for (tail, is_secret) in self.tails.iter_mut().zip(&mut self.is_secret) {
                tail.finish(|line| watch.hand_over(&mut self.heard, is_secret, line));
            }
        }
    }

    /// What the task says of itself, its exit code being 0. Of one whose output can't be read nobody knows what it said, unless the worst of
    /// it was heard.
    fn verdict(self) -> Report {
        match (self.heard.verdict, self.failure) {
            (verdict, None) => verdict.report(),
            (Verdict::Failed(message), Some(_)) => Report::Failed { message },
            (Verdict::None | Verdict::Succeeded | Verdict::SucceededWithIssues(_), Some(error)) => {
                let message = format!("its output can't be read, and may say that it failed: {error}");
                Report::Lost { message }
            }
        }
    }

    fn has_errors(&self) -> bool {
        self.tails.get(1).is_some_and(|errors| !errors.is_empty())
    }
}

impl Watch {
    /// What names a secret is not handed over: no log may show it (V4). `is_secret` tells of the line that goes on in the same file.
    fn hand_over(&self, heard: &mut Heard, is_secret: &mut bool, line: Line<'_>) {
        let mut instead = None;
        if line.is_start {
            heard.verdict.hear(line.text);
            instead = vso::deed(line.text).and_then(|deed| self.carry_out(heard, deed, line));
            *is_secret = instead.is_some();
        } else if *is_secret {
            return;
        }
        if !line.is_known {
            self.say(instead.as_deref().unwrap_or(line.text));
        }
    }

    /// Does what a line says; returns what is shown in its place, if it must not be.
    fn carry_out(&self, heard: &mut Heard, deed: Deed, line: Line<'_>) -> Option<String> {
        let mut setting = match deed {
            Deed::Hide(value) => {
                self.control.secrets.hide(&value);
                return Some("a value is hidden from now on".to_owned());
            }
            Deed::Set(setting) => setting,
        };
        if line.is_cut {
            // Its value is not all here. It counts as what it was: too long.
            setting.value = match setting.value {
                Value::Plain(_) => Value::Plain(line.text.to_owned()),
                Value::Secret(_) | Value::TooLong => Value::TooLong,
            };
        }
        let name = &setting.name;
        let instead = match &setting.value {
            Value::Plain(_) => None,
            Value::Secret(value) => {
                self.control.secrets.hide(value);
                Some(format!("the variable {name:?} is a secret"))
            }
            Value::TooLong => {
                let most = limits::OUTPUT_BYTES;
                Some(format!(
                    "the variable {name:?} is a secret, and is not kept: it is longer than {most} bytes"
                ))
            }
        };
        heard.outputs.set(setting);
        instead
    }

    fn say(&self, text: &str) {
        self.control.log.line(self.task, Timestamp::from(SystemTime::now()), text);
    }
}
