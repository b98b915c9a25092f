//! Watches a task's process until its end: hands over what it writes, and stops it when asked to.

use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use cutover::deployment::Report;
use cutover::{TaskId, Timestamp};
use rustix::process::{Pid, Signal};

use super::group::{Ended, Leader, has_ended, has_proc, signal_group};
use super::output::Output;
use super::outputs::Setting;
use super::record::{Record, State};
use super::tail::More;
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
        let mut guard = Guard { process: Some(process), record: &self.record };
        let mut output = Output::open(&self);
        let mut stopping = Stopping::No;
        let mut poll = FIRST_POLL;
        let longest = guard.process.as_ref()?.longest_poll();
        loop {
            let process = guard.process.as_mut()?;
            // Looked at before reading, so that what it wrote last is read too.
            let ended = process.ended();
            let more = output.advance(&self);
            if self.dropped.is_set() {
                self.leave(guard.process.take()?);
                return None;
            }
            if ended != Ended::No {
                // What is left of it is killed before it is read to its end: otherwise there might be none.
                let death = guard.process.take()?.bury(ended, &self.record);
                output.drain(&self);
                self.record.remove_secret_script();
                let set = output.take_settings();
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
            self.record.remove_secret_script();
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
struct Guard<'w> {
    process: Option<Process>,
    record: &'w Record,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            process.signal(Signal::KILL);
            self.record.remove_secret_script();
            if let Process::Ours(child) = process {
                let _ = child.wait();
            }
        }
    }
}
