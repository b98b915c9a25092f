//! The small shell program between the runner and the script.
//!
//! The runner may die at any moment; what it started goes on. So it is the wrapper that says that the script began, and how it
//! ended. It uses nothing but what is built into a POSIX shell (and `ps` where there is no `/proc`), because the task's
//! environment decides which programs are found.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{self, Child, Stdio};

use super::record::Record;

/// The shell that runs the wrapper; another one may run the script.
const SHELL: &str = "/bin/sh";

/// `$1` is the record's folder; what follows is the script's shell, what that is told, and the script.
///
/// - A signal to the group is caught and not ignored: the wrapper lives on to write the exit code, and the script, whose signals
///   are reset when it is executed, gets it as if there were no wrapper.
/// - `set -C` makes `>` create the file or fail. If `began` is there already, somebody has decided that this never runs.
/// - At the end it kills its own group, itself included. Nothing that the script left in the background goes on unwatched, and
///   while the wrapper lives, the group's id can't stand for another group.
const WRAPPER: &str = r#"trap : HUP INT TERM
cutover_run() {
  shift
  "$@"
}
cutover_start() {
  if { read -r cutover_stat <"/proc/$$/stat"; } 2>/dev/null; then
    set -- ${cutover_stat##*) }
    cutover_began=${20}
  else
    cutover_began=$(LC_ALL=C TZ=UTC0 /bin/ps -o lstart= -p $$)
  fi
}
cutover_start
set -C
echo $$ $cutover_began >"$1/began" || exit 75
set +C
unset cutover_stat cutover_began
cutover_run "$@"
echo $? >"$1/exit"
kill -KILL -$$
"#;

/// Where what the script writes goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Errors {
    /// All of it in one file, in its order.
    Together,
    /// Standard error in a file of its own.
    Apart,
}

/// What the wrapper runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Command<'c> {
    /// The script's shell.
    pub(super) program: &'c Path,
    /// What it is given before the script.
    pub(super) arguments: &'c [&'c str],
    pub(super) script: &'c Path,
}

/// Starts the wrapper in a process group of its own.
pub(super) fn spawn(
    record: &Record,
    command: Command<'_>,
    directory: &Path,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    errors: Errors,
) -> io::Result<Child> {
    let output = append(&record.output())?;
    let errors = match errors {
        Errors::Together => output.try_clone()?,
        Errors::Apart => append(&record.errors())?,
    };
    // Files and not pipes: nobody needs to read them for the script to go on.
    process::Command::new(SHELL)
        .args(["-c", WRAPPER, "cutover-task"])
        .args([record.folder(), command.program])
        .args(command.arguments)
        .arg(command.script)
        .current_dir(directory)
        .env_clear()
        .envs(environment)
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .process_group(0)
        .spawn()
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::thread;

    use super::super::record::State;
    use super::*;

    fn prepared(folder: &Path) -> Record {
        let record = Record::create(folder, "17/2#1.0.3".parse().unwrap()).unwrap();
        Record::write(&record.script(""), "echo ran").unwrap();
        record.intend(folder).unwrap();
        record
    }

    fn start(record: &Record) -> Child {
        let command = Command { program: Path::new(SHELL), arguments: &[], script: &record.script("") };
        spawn(record, command, record.folder(), [], Errors::Together).unwrap()
    }

    fn has_run(record: &Record) -> bool {
        fs::read_to_string(record.output()).unwrap().contains("ran")
    }

    #[test]
    fn a_wrapper_that_comes_after_the_decision_runs_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let record = prepared(folder.path());
        assert_eq!(record.settle().unwrap(), State::Never);
        assert_eq!(start(&record).wait().unwrap().code(), Some(75));
        assert!(!has_run(&record));
        assert_eq!(record.state().unwrap(), State::Never);
    }

    #[test]
    fn a_second_wrapper_of_one_record_runs_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let record = prepared(folder.path());
        start(&record).wait().unwrap();
        assert_eq!(record.state().unwrap(), State::Ended(0));
        fs::remove_file(record.output()).unwrap();
        assert_eq!(start(&record).wait().unwrap().code(), Some(75));
        assert!(!has_run(&record));
    }

    #[test]
    fn of_a_wrapper_and_a_runner_that_race_one_wins() {
        let folder = tempfile::tempdir().unwrap();
        for round in 0..60_u64 {
            let record = prepared(folder.path());
            let mut wrapper = start(&record);
            // Some win, some lose: a shell takes about a millisecond to come so far.
            thread::sleep(std::time::Duration::from_micros(round * 40));
            let state = record.settle().unwrap();
            wrapper.wait().unwrap();
            assert_eq!(state == State::Never, !has_run(&record), "{state:?}");
            assert_ne!(state, State::Unclear);
        }
    }
}
