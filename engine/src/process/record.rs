//! What is kept on disk of a task, so that it is never run twice and can be found again.
//!
//! ```text
//! <folder>/17-2-1/0/work/            where the tasks of job 0 of deployment 17/2#1 run
//! <folder>/17-2-1/0/3/try-1/         the record of task 17/2#1.0.3
//! <folder>/17-2-1/0/3~1/try-1/       that of its first retry, 17/2#1.0.3~1
//! <folder>/17-2-1/0.1/               the same of the job's second slice: 17/2#1.0:1.3 and so on
//!     script                         what it runs (script.ps1 where PowerShell does), or, of a task that speaks of secrets:
//!     script-with-secrets            the same; gone after its end
//!     output.log, output.logged      what it writes; how far that was handed over
//!     errors.log, errors.logged      its standard error, where that is kept apart
//!     intent     "<boot>\n"          by the runner, before the wrapper: from here on it may begin
//!     began      "<pid> <start>\n"   by the wrapper, before the script: whoever creates this file decides
//!                "never\n"           by a runner that found nobody else had: it never begins
//!     exit       "<code>\n"          by the wrapper, after the script
//! ```
//!
//! A state file without its line end is not written yet, and counts as missing.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use cutover::{DeploymentId, SliceId, TaskId, Timestamp};

use super::group::{Leader, boot};

const NEVER: &str = "never";
/// How long a wrapper may take between creating `began` and writing into it, before it counts as dead.
const BEGIN_WAIT: Duration = Duration::from_secs(2);
const BEGIN_POLL: Duration = Duration::from_millis(5);
/// A try of a task is recorded anew only after an engine died before it began; a retry (J4) has a folder of its own.
const TRIES: u32 = 1000;

/// The record of one try at a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    folder: PathBuf,
}

/// How far a task came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// Its wrapper may begin it, or not.
    Open,
    /// It never began and never will.
    Never,
    /// It was about to begin, and nothing says that it did.
    Unclear,
    /// It began.
    Began(Leader),
    /// Its script ended with this code.
    Ended(i32),
}

/// What happened to the machine since a task was about to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Machine {
    /// Nothing: what was written then can be read now, on disk or not.
    Same,
    /// It was started again: no process is left, and a file that is missing may have been there.
    Restarted,
    /// The system does not tell.
    Unknown,
}

pub(super) fn deployment_folder(folder: &Path, id: DeploymentId) -> PathBuf {
    folder.join(format!("{}-{}-{}", id.release, id.stage, id.attempt))
}

/// Each slice of a job has a folder of its own, so that none is in another's way (J2).
fn slice_folder(folder: &Path, id: SliceId) -> PathBuf {
    let name = match id.slice {
        0 => id.job.job.to_string(),
        slice => format!("{}.{slice}", id.job.job),
    };
    deployment_folder(folder, id.deployment()).join(name)
}

pub(super) fn work_folder(folder: &Path, id: SliceId) -> PathBuf {
    slice_folder(folder, id).join("work")
}

fn tries_folder(folder: &Path, id: TaskId) -> PathBuf {
    let name = match id.retry {
        0 => id.task.to_string(),
        retry => format!("{}~{retry}", id.task),
    };
    slice_folder(folder, id.slice()).join(name)
}

/// Creates the folder and what it lies in, for its owner only.
pub(super) fn create_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

impl Record {
    /// The record of the latest try at the task; `None` if there was none.
    pub(super) fn latest(folder: &Path, task: TaskId) -> io::Result<Option<Self>> {
        let tries = tries_folder(folder, task);
        let mut latest = None;
        for number in 1..=TRIES {
            let folder = tries.join(format!("try-{number}"));
            if !folder.try_exists()? {
                break;
            }
            latest = Some(Self { folder });
        }
        Ok(latest)
    }

    /// A record for a new try. It fails if another try appears at the same time.
    pub(super) fn create(folder: &Path, task: TaskId) -> io::Result<Self> {
        let tries = tries_folder(folder, task);
        create_folder(&tries)?;
        for number in 1..=TRIES {
            let path = tries.join(format!("try-{number}"));
            if !path.try_exists()? {
                DirBuilder::new().mode(0o700).create(&path)?;
                return Ok(Self { folder: path });
            }
        }
        Err(io::Error::other(format!("it was tried {TRIES} times")))
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The script, with what its name has to end with.
    pub(super) fn script(&self, ending: &str) -> PathBuf {
        self.folder.join(format!("script{ending}"))
    }

    /// The script of a task that speaks of secrets: its name says that it must not stay.
    pub(super) fn secret_script(&self, ending: &str) -> PathBuf {
        self.folder.join(format!("script-with-secrets{ending}"))
    }

    pub(super) fn output(&self) -> PathBuf {
        self.folder.join("output.log")
    }

    pub(super) fn errors(&self) -> PathBuf {
        self.folder.join("errors.log")
    }

    /// Says that a wrapper is about to be started. It survives a power cut from here on, and with it that the task may have begun.
    pub(super) fn intend(&self, root: &Path) -> io::Result<()> {
        let mut file = File::create_new(self.folder.join("intent"))?;
        file.write_all(format!("{}\n", boot().unwrap_or_default()).as_bytes())?;
        file.sync_all()?;
        for folder in self.folder.ancestors().take_while(|folder| folder.starts_with(root)) {
            sync_folder(folder)?;
        }
        // The root may be new in its own folder, which need not be ours to read.
        match root.parent().map(sync_folder) {
            Some(Err(error)) if error.kind() != io::ErrorKind::PermissionDenied => Err(error),
            Some(Ok(()) | Err(_)) | None => Ok(()),
        }
    }

    /// Whether a wrapper was about to be started for it.
    pub(super) fn is_intended(&self) -> io::Result<bool> {
        self.folder.join("intent").try_exists()
    }

    /// How far the task came, as far as is written.
    pub(super) fn state(&self) -> io::Result<State> {
        if let Some(code) = self.read("exit")?.and_then(|code| code.parse().ok()) {
            return Ok(State::Ended(code));
        }
        Ok(match self.read("began")? {
            Some(text) if text == NEVER => State::Never,
            Some(text) => Leader::parse(&text).map_or(State::Unclear, State::Began),
            None if self.folder.join("began").try_exists()? => State::Unclear,
            None => State::Open,
        })
    }

    /// When its script ended, as the file system says; `None` if it has not, or that does not say.
    pub(super) fn ended_at(&self) -> Option<Timestamp> {
        let written = fs::metadata(self.folder.join("exit")).and_then(|file| file.modified());
        written.ok().map(Timestamp::from)
    }

    /// The wrapper of a task that began; `None` if its record does not say.
    pub(super) fn leader(&self) -> io::Result<Option<Leader>> {
        Ok(self.read("began")?.and_then(|text| Leader::parse(&text)))
    }

    /// Like [`state`](Self::state), but gives a wrapper that is just beginning the time to say so.
    pub(super) fn clear_state(&self) -> io::Result<State> {
        let until = Instant::now() + BEGIN_WAIT;
        loop {
            let state = self.state()?;
            if state != State::Unclear || Instant::now() >= until {
                return Ok(state);
            }
            sleep(BEGIN_POLL);
        }
    }

    /// Takes the wrapper's place, so that it never begins. Whether that succeeded is in what this returns.
    pub(super) fn settle(&self) -> io::Result<State> {
        match File::create_new(self.folder.join("began")) {
            Ok(mut file) => {
                file.write_all(format!("{NEVER}\n").as_bytes())?;
                file.sync_all()?;
                sync_folder(&self.folder)?;
                Ok(State::Never)
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => self.clear_state(),
            Err(error) => Err(error),
        }
    }

    /// Whether the machine runs as it did when the wrapper was about to start.
    pub(super) fn machine(&self) -> io::Result<Machine> {
        // Without an intent there never was a wrapper, and nothing that a power cut could have taken.
        let Some(intent) = self.read("intent")? else { return Ok(Machine::Same) };
        Ok(match boot() {
            Some(boot) if boot == intent => Machine::Same,
            Some(_) if !intent.is_empty() => Machine::Restarted,
            Some(_) | None => Machine::Unknown,
        })
    }

    /// The line in a state file; `None` if it is not there, or not all of it.
    fn read(&self, name: &str) -> io::Result<Option<String>> {
        match fs::read_to_string(self.folder.join(name)) {
            Ok(text) => Ok(text.strip_suffix('\n').map(str::to_owned)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            // Torn by a power cut.
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes a file for the wrapper, which only its owner reads: secrets may stand in it.
    pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(text.as_bytes())
    }

    /// Removes the script if it holds secrets: it has served (V4).
    pub(super) fn remove_secret_script(&self) {
        // Whoever removes it need not know whose script it is.
        for ending in ["", ".ps1"] {
            match fs::remove_file(self.secret_script(ending)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    tracing::warn!(%error, record = %self.folder.display(), "a script with secrets could not be removed");
                }
                Ok(()) | Err(_) => {}
            }
        }
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        // Some file systems can't, and say so.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        result => result,
    }
}
