//! What is kept on disk of leases, so that no restart loses a task that an agent has, or a report that it gave.
//!
//! ```text
//! <folder>/17-2-1/0.0.3~0/           of task 17/2#1.0.3: job 0, slice 0, task 3, no retry
//!     taken      {"agent": .., "token": digest of the token}
//!     report     what its agent reported; secrets are masked by then
//!     ended      {"expired": moment} or {"given-up": true}
//! ```
//!
//! `taken` is on disk before the agent has its lease: a task without it never began. The others are on disk before the agent is answered. Each is
//! written once, as a whole.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use cutover::deployment::Report;
use cutover::{AgentId, DeploymentId, Digest, TaskId};
use serde_json::{Value, json};

use super::lease::LeaseEnd;

/// A folder of leases.
#[derive(Debug)]
pub(super) struct Kept {
    folder: PathBuf,
}

/// What is kept of one task.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) task: TaskId,
    pub(super) agent: AgentId,
    pub(super) token: Digest,
    pub(super) report: Option<Report>,
    pub(super) ended: Option<LeaseEnd>,
}

impl Kept {
    pub(super) fn open(folder: PathBuf) -> io::Result<Self> {
        create_folder(&folder)?;
        Ok(Self { folder })
    }

    pub(super) fn take(&self, task: TaskId, agent: &AgentId, token: Digest) -> io::Result<()> {
        let record = json!({"agent": agent.to_string(), "token": token.to_string()});
        self.put(task, "taken", record.to_string().as_bytes())
    }

    pub(super) fn report(&self, task: TaskId, report: &Report) -> io::Result<()> {
        self.put(task, "report", &serde_json::to_vec(report)?)
    }

    pub(super) fn end(&self, task: TaskId, end: LeaseEnd) -> io::Result<()> {
        let ended = match end {
            LeaseEnd::Expired { at } => json!({"expired": at.to_rfc3339()}),
            LeaseEnd::GivenUp => json!({"given-up": true}),
        };
        self.put(task, "ended", ended.to_string().as_bytes())
    }

    /// All tasks that were taken.
    pub(super) fn all(&self) -> io::Result<Vec<Record>> {
        let mut all = Vec::new();
        for deployment in folders(&self.folder)? {
            for folder in folders(&deployment)? {
                let task = task_of(&folder);
                if let (Some(task), Some(taken_by)) = (task, read(&folder, "taken")?) {
                    let text = |name: &str| taken_by[name].as_str().unwrap_or_default().to_owned();
                    let agent = AgentId::new(text("agent")).map_err(invalid)?;
                    let token = Digest::try_from(text("token")).map_err(invalid)?;
                    let report = read(&folder, "report")?.map(serde_json::from_value).transpose()?;
                    let ended = read(&folder, "ended")?.map(|ended| end_of(&ended)).transpose()?;
                    all.push(Record { task, agent, token, report, ended });
                }
            }
        }
        Ok(all)
    }

    pub(super) fn forget(&self, deployment: DeploymentId) -> io::Result<()> {
        match fs::remove_dir_all(deployment_folder(&self.folder, deployment)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }

    /// Writes a file as a whole, durably before it returns.
    fn put(&self, task: TaskId, name: &str, bytes: &[u8]) -> io::Result<()> {
        let folder = task_folder(&self.folder, task);
        create_folder(&folder)?;
        let new = folder.join(format!("{name}.new"));
        let mut file = File::create(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&new, folder.join(name))?;
        for folder in folder.ancestors().take_while(|folder| folder.starts_with(&self.folder)) {
            sync_folder(folder)?;
        }
        Ok(())
    }
}

fn deployment_folder(folder: &Path, id: DeploymentId) -> PathBuf {
    folder.join(format!("{}-{}-{}", id.release, id.stage, id.attempt))
}

fn task_folder(folder: &Path, id: TaskId) -> PathBuf {
    let name = format!("{}.{}.{}~{}", id.job.job, id.slice, id.task, id.retry);
    deployment_folder(folder, id.deployment()).join(name)
}

/// Which task's folder it is.
fn task_of(folder: &Path) -> Option<TaskId> {
    let deployment = folder.parent()?.file_name()?.to_str()?;
    let mut parts = deployment.splitn(3, '-');
    let (release, stage, attempt) = (parts.next()?, parts.next()?, parts.next()?);
    let (places, retry) = folder.file_name()?.to_str()?.split_once('~')?;
    let mut places = places.splitn(3, '.');
    let (job, slice, task) = (places.next()?, places.next()?, places.next()?);
    let mut id: TaskId = format!("{release}/{stage}#{attempt}.{job}.{task}").parse().ok()?;
    id.slice = slice.parse().ok()?;
    id.retry = retry.parse().ok()?;
    Some(id)
}

fn folders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            folders.push(entry.path());
        }
    }
    Ok(folders)
}

fn read(folder: &Path, name: &str) -> io::Result<Option<Value>> {
    match fs::read(folder.join(name)) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn end_of(ended: &Value) -> io::Result<LeaseEnd> {
    match ended["expired"].as_str() {
        Some(moment) => {
            let at = DateTime::parse_from_rfc3339(moment).map_err(invalid)?.with_timezone(&Utc);
            Ok(LeaseEnd::Expired { at })
        }
        None => Ok(LeaseEnd::GivenUp),
    }
}

fn invalid(error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

/// Creates the folder and what it lies in, for its owner only.
fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        // Some file systems can't, and say so.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        result => result,
    }
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_says_whose_it_is() {
        for id in ["17/2#1.0.3", "17/2#1.0:1.3~2"] {
            let id = id.parse().unwrap();
            assert_eq!(task_of(&task_folder(Path::new("leases"), id)), Some(id));
        }
        for other in ["leases/17-2-1/work", "leases/17-2/0.0.3~0", "leases/17-2-1/0.0~0", "x"] {
            assert_eq!(task_of(Path::new(other)), None, "{other}");
        }
    }
}
