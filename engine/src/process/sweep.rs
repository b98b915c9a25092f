//! What may run still of tasks, going by the records in a folder: an engine that comes back ends what no release wants any more.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use cutover::TaskId;
use rustix::process::Signal;

use super::group::kill_marked;
use super::record::{Machine, Record, State};
use crate::StillRunning;

/// How far a task came, for whoever ends what nobody watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It may run.
    MayRun,
    /// It never will, or it ran.
    Over,
    /// Whoever prepares it has not come so far.
    Prepared,
}

/// The tasks that may run still. Scripts with secrets of those that do not are removed. What can't be read is passed over: whoever asks
/// hears that these are not all, and asks again.
pub(super) fn running(root: &Path) -> StillRunning {
    let mut running = StillRunning::default();
    let below = |folder: &PathBuf, running: &mut StillRunning| {
        folders(folder).unwrap_or_else(|error| {
            pass_over(running, folder, &error);
            Vec::new()
        })
    };
    for deployment in below(&root.to_owned(), &mut running) {
        for slice in below(&deployment, &mut running) {
            for task in below(&slice, &mut running) {
                let Some(id) = task_of(&task) else { continue };
                match look(root, id) {
                    Ok(Standing::MayRun) => running.tasks.push(id),
                    Ok(Standing::Over | Standing::Prepared) => {}
                    Err(error) => pass_over(&mut running, &task, &error),
                }
            }
        }
    }
    running
}

fn pass_over(running: &mut StillRunning, folder: &Path, error: &io::Error) {
    tracing::warn!(folder = %folder.display(), %error, "what runs still of the tasks here is not known");
    // What is another's stays so.
    if error.kind() != io::ErrorKind::PermissionDenied {
        running.not_all = Some("a record could not be read".to_owned());
    }
}

fn look(root: &Path, task: TaskId) -> io::Result<Standing> {
    let Some(record) = Record::latest(root, task)? else { return Ok(Standing::Prepared) };
    let standing = standing(&record)?;
    if standing == Standing::Over {
        record.remove_secret_script();
    }
    Ok(standing)
}

/// Kills what runs of the task, and sees to it that nothing of it begins any more. Its script has served if secrets stand in it.
pub(super) fn kill(root: &Path, task: TaskId) -> io::Result<()> {
    let Some(record) = Record::latest(root, task)? else { return Ok(()) };
    if record.machine()? != Machine::Restarted {
        let state = match record.clear_state()? {
            State::Open => record.settle()?,
            state @ (State::Never | State::Unclear | State::Began(_) | State::Ended(_)) => state,
        };
        match state {
            State::Began(leader) => {
                leader.signal(Signal::KILL);
                leader.kill_leftovers(record.folder());
            }
            // Its wrapper stopped in the middle of saying who it is.
            State::Unclear => kill_marked(record.folder()),
            State::Open | State::Never | State::Ended(_) => {}
        }
    }
    record.remove_secret_script();
    Ok(())
}

fn standing(record: &Record) -> io::Result<Standing> {
    let state = record.state()?;
    if matches!(state, State::Ended(_) | State::Never) || record.machine()? == Machine::Restarted {
        return Ok(Standing::Over);
    }
    Ok(match state {
        State::Began(leader) if leader.is_alive() || leader.has_leftovers(record.folder()) => {
            Standing::MayRun
        }
        State::Began(_) | State::Ended(_) | State::Never => Standing::Over,
        State::Open if record.is_intended()? => Standing::MayRun,
        State::Open => Standing::Prepared,
        State::Unclear => Standing::MayRun,
    })
}

/// The task whose tries are in this folder; `None` if it is no such folder.
fn task_of(folder: &Path) -> Option<TaskId> {
    let name = |path: &Path| path.file_name()?.to_str().map(str::to_owned);
    let (task, slice) = (name(folder)?, name(folder.parent()?)?);
    let deployment = name(folder.parent()?.parent()?)?;
    let mut numbers = deployment.splitn(3, '-');
    let (release, stage, attempt) = (numbers.next()?, numbers.next()?, numbers.next()?);
    let slice = slice.replacen('.', ":", 1);
    format!("{release}/{stage}#{attempt}.{slice}.{task}").parse().ok()
}

fn folders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        // Forgotten meanwhile, or nothing was ever run.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut folders = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            folders.push(entry.path());
        }
    }
    Ok(folders)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_says_whose_it_is() {
        let root = tempfile::tempdir().unwrap();
        for id in ["17/2#1.0.3", "17/2#1.0.3~2", "17/2#1.0:1.3", "17/2#12.4:10.0~1"] {
            let id: TaskId = id.parse().unwrap();
            let record = Record::create(root.path(), id).unwrap();
            assert_eq!(task_of(record.folder().parent().unwrap()), Some(id));
            Record::write(&record.secret_script(""), "login hunter2").unwrap();
            assert_eq!(running(root.path()).tasks, [], "nothing was about to begin");
            record.intend(root.path()).unwrap();
            assert_eq!(running(root.path()).tasks, [id]);
            assert!(record.secret_script("").exists(), "it may be read any moment");
            kill(root.path(), id).unwrap();
            assert_eq!(record.state().unwrap(), State::Never);
            assert_eq!(running(root.path()).tasks, []);
            assert!(!record.secret_script("").exists());
        }
        for other in ["17-2-1/0/work", "17-2-1/0", "17-2/0/1", "x/y/z"] {
            assert_eq!(task_of(&root.path().join(other)), None, "{other}");
        }
    }

    /// Story: one record that could not be read kept the sweep from all others.
    #[test]
    fn what_can_not_be_read_is_passed_over() {
        let root = tempfile::tempdir().unwrap();
        let ids: [TaskId; 2] = ["17/2#1.0.3".parse().unwrap(), "17/2#1.0.4".parse().unwrap()];
        let [broken, whole] = ids.map(|id| Record::create(root.path(), id).unwrap());
        whole.intend(root.path()).unwrap();
        assert_eq!(running(root.path()), vec![ids[1]].into());
        fs::create_dir(broken.folder().join("exit")).unwrap();
        let not_all = Some("a record could not be read".to_owned());
        assert_eq!(running(root.path()), StillRunning { tasks: vec![ids[1]], not_all });
    }

    /// Story: the scripts of tasks that nobody watched to their end stayed on the disk, with their secrets.
    #[test]
    fn scripts_with_secrets_of_tasks_that_are_over_are_removed() {
        let root = tempfile::tempdir().unwrap();
        let id: TaskId = "17/2#1.0.3".parse().unwrap();
        for (file, content) in [("exit", "0\n"), ("began", "never\n"), ("intent", "another boot\n")] {
            let record = Record::create(root.path(), id).unwrap();
            Record::write(&record.secret_script(""), "login hunter2").unwrap();
            Record::write(&record.script(""), "echo").unwrap();
            fs::write(record.folder().join(file), content).unwrap();
            assert_eq!(running(root.path()).tasks, [], "{file}");
            assert!(!record.secret_script("").exists() && record.script("").exists(), "{file}");
        }
        let record = Record::create(root.path(), id).unwrap();
        Record::write(&record.secret_script(""), "login hunter2").unwrap();
        fs::write(record.folder().join("intent"), "another boot\n").unwrap();
        kill(root.path(), id).unwrap();
        assert!(!record.secret_script("").exists(), "the machine was started again");
    }
}
