//! Where a task's log is.

use std::path::{Path, PathBuf};

use cutover::{ReleaseId, TaskId};

const EXTENSION: &str = ".log";

pub(super) fn release_folder(folder: &Path, release: ReleaseId) -> PathBuf {
    folder.join(release.to_string())
}

/// All parts of an id are numbers: what stands between them is all that some file systems don't take.
pub(super) fn file(folder: &Path, task: TaskId) -> PathBuf {
    let id = task.to_string();
    let (_, rest) = id.split_once('/').unwrap_or_default();
    let name: String = rest.chars().map(escaped).chain(EXTENSION.chars()).collect();
    release_folder(folder, task.deployment().release).join(name)
}

/// Which task's log has this name in the folder of a release.
pub(super) fn task(release: ReleaseId, name: &str) -> Option<TaskId> {
    let rest = name.strip_suffix(EXTENSION)?;
    let rest: String = rest.chars().map(unescaped).collect();
    let task: TaskId = format!("{release}/{rest}").parse().ok()?;
    (task.to_string() == format!("{release}/{rest}")).then_some(task)
}

const fn escaped(character: char) -> char {
    match character {
        '#' => '-',
        ':' => '_',
        other => other,
    }
}

const fn unescaped(character: char) -> char {
    match character {
        '-' => '#',
        '_' => ':',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_safe_and_says_which_task_it_is() {
        for id in ["17/2#1.0.3", "17/2#1.0:1.3~2", "17/2#12.3:40.5"] {
            let (release, id) = (ReleaseId(17), id.parse().unwrap());
            let path = file(Path::new("logs"), id);
            let name = path.file_name().unwrap().to_str().unwrap();
            assert!(name.chars().all(|each| each.is_ascii_alphanumeric() || "-_.~".contains(each)), "{name}");
            assert_eq!((task(release, name), path.parent()), (Some(id), Some(Path::new("logs/17"))));
        }
        for name in ["", "2-1.0.3", "x.log", "2-1.log"] {
            assert_eq!(task(ReleaseId(17), name), None, "{name}");
        }
    }
}
