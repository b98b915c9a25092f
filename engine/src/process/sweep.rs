//! What may run still of tasks, going by the records in a folder: an engine that comes back ends what no release wants any more.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use cutover::TaskId;
use rustix::process::Signal;

use super::group::kill_marked;
use super::record::{Machine, Record, State};

/// The tasks whose latest try may run still, in no particular order.
pub(super) fn running(root: &Path) -> io::Result<Vec<TaskId>> {
    let mut running = Vec::new();
    for deployment in folders(root)? {
        for slice in folders(&deployment)? {
            for task in folders(&slice)? {
                if let Some(id) = task_of(&task)
                    && let Some(record) = Record::latest(root, id)?
                    && may_run(&record)?
                {
                    running.push(id);
                }
            }
        }
    }
    Ok(running)
}

/// Kills what runs of the task, and sees to it that nothing of it begins any more.
pub(super) fn kill(root: &Path, task: TaskId) -> io::Result<()> {
    let Some(record) = Record::latest(root, task)? else { return Ok(()) };
    if record.machine()? == Machine::Restarted {
        return Ok(());
    }
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
    Ok(())
}

fn may_run(record: &Record) -> io::Result<bool> {
    let state = record.state()?;
    if matches!(state, State::Ended(_) | State::Never) || record.machine()? == Machine::Restarted {
        return Ok(false);
    }
    Ok(match state {
        State::Began(leader) => leader.is_alive() || leader.has_leftovers(record.folder()),
        State::Open => record.is_intended()?,
        State::Unclear => true,
        State::Ended(_) | State::Never => false,
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
            assert_eq!(running(root.path()).unwrap(), [], "nothing was about to begin");
            record.intend(root.path()).unwrap();
            assert_eq!(running(root.path()).unwrap(), [id]);
            kill(root.path(), id).unwrap();
            assert_eq!(record.state().unwrap(), State::Never);
            assert_eq!(running(root.path()).unwrap(), []);
        }
        for other in ["17-2-1/0/work", "17-2-1/0", "17-2/0/1", "x/y/z"] {
            assert_eq!(task_of(&root.path().join(other)), None, "{other}");
        }
    }
}
