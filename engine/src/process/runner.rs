//! The runner itself. How it starts a task is in `beginning.rs`, how it finds one again in `finding.rs`.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf, absolute};
use std::thread;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use cutover::deployment::{Complaints, Report};
use cutover::{DeploymentId, TaskId, TaskOrder, Timestamp};
use futures::channel::oneshot;

use super::environment::Inherit;
use super::outputs::reported;
use super::record::{Record, deployment_folder};
use super::shell::{Shell, input, is_true};
use super::sweep;
use super::watch::{Dropped, Ending, Watch};
use super::wrapper::Errors;
use crate::secrets::complaining;
use crate::{Found, StillRunning, TaskControl, TaskRunner};

/// Runs command-line tasks as processes of this machine. See [the module](crate::process) for what that means.
///
/// | input | |
/// |---|---|
/// | `script`, or `inlineScript` | what the shell runs |
/// | `filePath`, `scriptPath` or `scriptName` | or the script file that it runs, relative to the working directory; where both are given, `targetType` (`scriptType`) says which counts: `inline` or `filePath` |
/// | `filename` | or the program that is run |
/// | `arguments`, or `args` | of the file or the program, as the shell reads them |
/// | `workingDirectory`, `workingFolder` or `cwd` | where, relative to the job's folder; empty: there |
/// | `failOnStderr`, or `failOnStandardError` | `true`: fails if anything was written to standard error |
///
/// Exit code 0 succeeds, unless the script says otherwise with `##vso[task.complete result=...]message`. If what it wrote can't be read, nobody
/// knows whether it did, and it is lost.
///
/// A script sets variables for later tasks with `##vso[task.setvariable variable=NAME;isOutput=true]value` (J10). The value of one that
/// it sets with `isSecret=true` is put where the host keeps secrets once the task has ended, and where that can't be done is not kept,
/// which the log says, and the task has issues. With `##vso[task.setsecret]value` it has a value hidden from then on, from the tasks after it
/// in the job (in the slice of the job, where there are several), too, as long as the engine is not started anew. What it says on standard
/// output and standard error is read in that order where they are kept apart: a secret is to be declared before anything says it.
///
/// `$(name)` of a secret is replaced in its script and in the values of its own environment (V4). The script's file is readable by its
/// owner only, and removed when such a task has ended or is killed. **What it writes is kept as it wrote it** in its folder, which only its owner may
/// enter, until [`ProcessRunner::forget`]: nothing else lets a later incarnation find it again. What goes to the log is masked.
///
/// It needs no particular executor: each task has a thread. **Dropping the future** of a task that was asked to stop kills it.
/// Dropping the future of any other task leaves it to run on, unwatched but not forgotten: `find` and `resume` take it up again, in
/// this process or the next one.
///
/// ```no_run
/// use cutover_engine::process::ProcessRunner;
///
/// let runner = ProcessRunner::new("/var/lib/shop/tasks").shell("bash");
/// ```
#[derive(Debug, Clone)]
pub struct ProcessRunner {
    settings: Settings,
}

#[derive(Debug, Clone)]
pub(super) struct Settings {
    folder: PathBuf,
    pub(super) shell: Shell,
    pub(super) inherit: Inherit,
    kill_after: Option<Duration>,
}

impl ProcessRunner {
    /// Keeps everything in this folder, which is created where it is missing. One store, one folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        let (shell, inherit) = (Shell::Posix("sh".into()), Inherit::default());
        Self { settings: Settings { folder: folder.into(), shell, inherit, kill_after: None } }
    }

    /// The program that runs scripts: it is given the script's path. A name is looked for in the host's `PATH`. Without this: `sh`.
    #[must_use]
    pub fn shell(mut self, program: impl Into<OsString>) -> Self {
        self.settings.shell = Shell::Posix(program.into());
        self
    }

    /// Scripts are PowerShell's, and this program runs them: `pwsh`, mostly, of version 7 or later. A task fails where it is not installed.
    ///
    /// They stop at the first error, unless `errorActionPreference` says otherwise (`Stop`, `Continue`, `SilentlyContinue`), and fail if what
    /// they ran last did, unless `ignoreLASTEXITCODE` is `true`.
    #[must_use]
    pub fn powershell(mut self, program: impl Into<OsString>) -> Self {
        self.settings.shell = Shell::PowerShell(program.into());
        self
    }

    /// What tasks get of the host's environment.
    #[must_use]
    pub const fn inherit(mut self, inherit: Inherit) -> Self {
        self.settings.inherit = inherit;
        self
    }

    /// What every task is given to stop, in place of its job's cancel time-out.
    #[must_use]
    pub const fn kill_after(mut self, time: Duration) -> Self {
        self.settings.kill_after = Some(time);
        self
    }

    /// Removes the folders, logs and records of a deployment; nothing if there are none.
    ///
    /// Only for one that is over: afterwards nothing keeps its tasks from being run again.
    ///
    /// # Errors
    /// If something in them can't be removed.
    pub fn forget(&self, deployment: DeploymentId) -> io::Result<()> {
        match fs::remove_dir_all(deployment_folder(&self.settings.folder, deployment)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }
}

#[async_trait]
impl TaskRunner for ProcessRunner {
    async fn run(&self, order: TaskOrder, control: TaskControl) -> Report {
        let settings = self.settings.clone();
        let (task, for_thread) = (order.id, control.clone());
        let job = move |dropped: Dropped| match settings.begin(&order, for_thread, dropped) {
            Ok((watch, process)) => watch.until_the_end(process),
            Err(message) => Some(Ending { report: Report::Failed { message }, set: Vec::new() }),
        };
        match on_a_thread(job).await {
            Ok(ending) => told(ending, task, &control).await,
            Err(message) => Report::Failed { message },
        }
    }

    async fn find(&self, order: &TaskOrder) -> Found {
        let (settings, order) = (self.settings.clone(), order.clone());
        let job = move |_| Some(settings.find(&order).unwrap_or_else(|message| Found::NotNow { message }));
        on_a_thread(job).await.unwrap_or_else(|message| Found::NotNow { message })
    }

    async fn resume(&self, order: TaskOrder, control: TaskControl) -> Report {
        let settings = self.settings.clone();
        let (task, for_thread) = (order.id, control.clone());
        let job = move |dropped: Dropped| match settings.resume(&order, &for_thread, &dropped) {
            Ok((watch, process)) => {
                let ended = watch.ended_before(&process);
                let ending = watch.until_the_end(process)?;
                Some(Ending { report: ended.into_iter().fold(ending.report, Report::ended_at), ..ending })
            }
            Err(message) => Some(Ending { report: Report::Lost { message }, set: Vec::new() }),
        };
        match on_a_thread(job).await {
            Ok(ending) => told(ending, task, &control).await,
            Err(message) => {
                self.settings.kill_unwatched(task);
                Report::Lost { message }
            }
        }
    }

    async fn running(&self) -> StillRunning {
        let settings = self.settings.clone();
        let running = on_a_thread(move |_| Some(settings.running())).await.and_then(|running| running);
        running.unwrap_or_else(|message| StillRunning { tasks: Vec::new(), not_all: Some(message) })
    }

    async fn kill(&self, task: TaskId) {
        let settings = self.settings.clone();
        let job = move |_| {
            settings.kill_unwatched(task);
            Some(())
        };
        if let Err(message) = on_a_thread(job).await {
            tracing::warn!(%task, message, "the task could not be killed");
        }
    }
}

/// What is reported of a task that has ended: secrets that it set are put where they are kept first (J10, V4).
async fn told(ending: Ending, task: TaskId, control: &TaskControl) -> Report {
    let Ending { report, set } = ending;
    let (variables, not_kept) = reported(set, &control.secrets).await;
    let mut complaints = Complaints::default();
    for (name, why) in &not_kept {
        let line = format!("the secret variable {name:?} is not kept: {why}");
        control.log.line(task, Timestamp::from(SystemTime::now()), &line);
        // A secret is not found any more in a name that is shortened.
        complaints.add(&control.secrets.mask(name), &control.secrets.mask(why));
    }
    complaining(report, complaints.told("secret variables that are not kept")).setting(variables)
}

/// Runs the job on a thread of its own. It learns when nobody waits for it any more.
async fn on_a_thread<T: Send + 'static>(
    job: impl FnOnce(Dropped) -> Option<T> + Send + 'static,
) -> Result<T, String> {
    struct Waiting(Dropped);

    impl Drop for Waiting {
        fn drop(&mut self) {
            self.0.set();
        }
    }

    let waiting = Waiting(Dropped::default());
    let dropped = waiting.0.clone();
    let (answer, answered) = oneshot::channel();
    let work = move || {
        if let Some(result) = job(dropped) {
            // Nobody may be waiting any more.
            let _ = answer.send(result);
        }
    };
    thread::Builder::new()
        .name("cutover-task".to_owned())
        .spawn(work)
        .map_err(|error| format!("no thread can be started for it: {error}"))?;
    answered.await.map_err(|_| "its watcher panicked; its process was killed".to_owned())
}

impl Settings {
    pub(super) fn kill_unwatched(&self, task: TaskId) {
        if let Err(message) = self.kill(task) {
            tracing::warn!(%task, message, "the task could not be killed");
        }
    }

    pub(super) fn watch(
        &self,
        order: &TaskOrder,
        record: Record,
        control: TaskControl,
        dropped: Dropped,
    ) -> Watch {
        let minutes = Duration::from_secs(60 * u64::from(order.cancel_timeout_minutes));
        let kill_after = self.kill_after.unwrap_or(minutes);
        Watch { task: order.id, record, control, dropped, kill_after, errors: errors(order) }
    }

    fn running(&self) -> Result<StillRunning, String> {
        Ok(sweep::running(&self.root()?))
    }

    fn kill(&self, task: TaskId) -> Result<(), String> {
        let root = self.root()?;
        sweep::kill(&root, task).map_err(because("use a record in", &root))
    }

    pub(super) fn root(&self) -> Result<PathBuf, String> {
        absolute(&self.folder).map_err(because("find", &self.folder))
    }
}

/// For messages: what could not be done with what.
pub(super) fn because(deed: &'static str, path: &Path) -> impl FnOnce(io::Error) -> String + use<> {
    let path = path.to_owned();
    move |error| format!("can't {deed} {}: {error}", path.display())
}

/// Where what it writes to standard error goes.
pub(super) fn errors(order: &TaskOrder) -> Errors {
    match input(order, &["failOnStderr", "failOnStandardError"]) {
        Some(text) if is_true(text) => Errors::Apart,
        Some(_) | None => Errors::Together,
    }
}
