//! Process groups, and who a process id stands for.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid};

/// The environment variable by which a process is known to belong to a record.
pub(super) const MARK: &str = "CUTOVER_TASK_RECORD";

/// A process that leads a group, and when it began: together they are never given to another process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Leader {
    pub(super) pid: Pid,
    /// As the wrapper wrote it: clock ticks since the machine started, or what `ps` says.
    pub(super) began: String,
}

impl Leader {
    /// Reads `<pid> <began>`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (pid, began) = text.split_once(' ')?;
        Some(Self { pid: Pid::from_raw(pid.parse().ok()?)?, began: began.to_owned() })
    }

    /// Whether this very process still runs. One that has ended and was not waited for does not.
    pub(super) fn is_alive(&self) -> bool {
        alive_since(self.pid).is_some_and(|began| began == self.began)
    }

    /// Signals its group, if it still leads it.
    pub(super) fn signal(&self, signal: Signal) {
        if self.is_alive() {
            signal_group(self.pid, signal);
        }
    }

    /// Whether something is left of its group, which is known to be this one.
    pub(super) fn has_leftovers(&self, record: &Path) -> bool {
        members(self.pid).any(|member| has_mark(member, record))
    }

    /// Kills what is left of its group after it ended. A group of the same id that is not known to be this one is left alone.
    pub(super) fn kill_leftovers(&self, record: &Path) {
        if self.has_leftovers(record) {
            signal_group(self.pid, Signal::KILL);
        }
    }
}

/// Signals every process of the group. One that is gone needs no signal.
pub(super) fn signal_group(leader: Pid, signal: Signal) {
    if let Err(error) = kill_process_group(leader, signal)
        && error != Errno::SRCH
    {
        tracing::warn!(group = leader.as_raw_nonzero().get(), ?signal, %error, "a process group could not be signalled");
    }
}

/// Whether our child has ended. It is not waited for, so that its id stays its own.
pub(super) fn has_ended(child: Pid) -> Ended {
    match waitid(WaitId::Pid(child), WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT) {
        Ok(Some(_)) => Ended::Yes,
        Ok(None) | Err(Errno::INTR) => Ended::No,
        // The host waits for every child itself, or ignores SIGCHLD.
        Err(_) => Ended::ByAnother,
    }
}

/// What is known of a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// It runs.
    No,
    /// It has ended, and nobody waited for it yet.
    Yes,
    /// Somebody else waited for it: its id may stand for another process by now.
    ByAnother,
}

/// Whether the system shows processes as files.
pub(super) fn has_proc() -> bool {
    Path::new("/proc/self/stat").exists()
}

/// When the process began, in the wrapper's words; `None` if it does not run.
fn alive_since(pid: Pid) -> Option<String> {
    if has_proc() {
        let stat = fs::read(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
        let fields = stat_fields(&stat)?;
        // Counted from the state, which is field 3: field 22 is when it began.
        return match *fields.first()? {
            "Z" | "X" | "x" => None,
            _ => fields.get(19).map(|began| (*began).to_owned()),
        };
    }
    let mut ps = Command::new("/bin/ps");
    ps.args(["-o", "stat=", "-o", "lstart=", "-p", &pid.as_raw_nonzero().to_string()]);
    let output =
        ps.env("LC_ALL", "C").env("TZ", "UTC0").stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut words = text.split_whitespace();
    let is_over = words.next()?.starts_with('Z');
    (!is_over).then(|| words.collect::<Vec<_>>().join(" "))
}

/// The fields of `/proc/<pid>/stat` behind the name, which may hold anything.
fn stat_fields(stat: &[u8]) -> Option<Vec<&str>> {
    let name_end = stat.iter().rposition(|byte| *byte == b')')?;
    Some(std::str::from_utf8(&stat[name_end + 1..]).ok()?.split_whitespace().collect())
}

/// The processes of a group, where the system lists them as files.
fn members(group: Pid) -> impl Iterator<Item = u32> {
    let group = group.as_raw_nonzero().to_string();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes.filter_map(move |entry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let stat = fs::read(entry.path().join("stat")).ok()?;
        (stat_fields(&stat)?.get(2)? == &group).then_some(pid)
    })
}

/// Kills every process that belongs to the record, where the system lists them as files.
pub(super) fn kill_marked(record: &Path) {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    for pid in pids.filter(|pid| has_mark(*pid, record)) {
        if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw)
            && let Err(error) = kill_process(pid, Signal::KILL)
            && error != Errno::SRCH
        {
            tracing::warn!(pid = pid.as_raw_nonzero().get(), %error, "a process could not be killed");
        }
    }
}

fn has_mark(pid: u32, record: &Path) -> bool {
    let mark = format!("{MARK}={}", record.display());
    fs::read(format!("/proc/{pid}/environ")).is_ok_and(|environment| {
        environment.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes())
    })
}

/// What says that the machine has not been started again since; `None` if the system does not tell.
pub(super) fn boot() -> Option<String> {
    if let Ok(id) = fs::read_to_string("/proc/sys/kernel/random/boot_id") {
        return Some(id.trim().to_owned());
    }
    let said = |program: &str| -> io::Result<String> {
        let output = Command::new(program)
            .args(["-n", "kern.boottime"])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().replace('\n', " "))
    };
    ["/usr/sbin/sysctl", "/sbin/sysctl"]
        .into_iter()
        .find_map(|program| said(program).ok())
        .filter(|id| !id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_itself_only_with_its_start_time() {
        let pid = rustix::process::getpid();
        let began = alive_since(pid).unwrap();
        let us = Leader { pid, began: began.clone() };
        assert!(us.is_alive());
        assert!(!Leader { began: format!("{began}0"), ..us.clone() }.is_alive());
        assert_eq!(Leader::parse(&format!("{} {began}", pid.as_raw_nonzero())), Some(us));
    }

    #[test]
    fn what_is_no_leader_is_refused() {
        for text in ["", "12", "x 1", "0 1"] {
            assert_eq!(Leader::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_name_of_a_process_may_look_like_the_rest() {
        assert_eq!(stat_fields(b"7 (a) R 1) S 1 2"), Some(vec!["S", "1", "2"]));
    }

    #[test]
    fn a_dead_process_that_was_not_waited_for_is_not_alive() {
        let mut child = Command::new("/bin/sh").args(["-c", "exit 0"]).spawn().unwrap();
        let pid = Pid::from_child(&child);
        while has_ended(pid) == Ended::No {
            std::thread::yield_now();
        }
        assert_eq!(alive_since(pid), None);
        assert_eq!(has_ended(pid), Ended::Yes);
        child.wait().unwrap();
        assert_eq!(has_ended(pid), Ended::ByAnother);
    }
}
