//! The runner itself: prepares a task, and decides what may run.

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

use super::environment::{Folders, Inherit, environment};
use super::group::Leader;
use super::outputs::reported;
use super::record::{Machine, Record, State, create_folder, deployment_folder, work_folder};
use super::shell::{Shell, find_program, input, is_true};
use super::sweep;
use super::watch::{Dropped, Ending, LOST, Process, Watch};
use super::wrapper::{Command, Errors, spawn};
use crate::secrets::complaining;
use crate::{Found, StillRunning, TaskControl, TaskRunner};

/// Times that it looks for a task that it is to watch again, before it gives it up; the first pause between them, each twice the one before.
const LOOKS: u32 = 6;
const FIRST_PAUSE: Duration = Duration::from_millis(100);

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
struct Settings {
    folder: PathBuf,
    shell: Shell,
    inherit: Inherit,
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
    /// Starts the task. Until this returns well, nothing of it has run.
    fn begin(
        &self,
        order: &TaskOrder,
        control: TaskControl,
        dropped: Dropped,
    ) -> Result<(Watch, Process), String> {
        let secrets = control.secrets.clone();
        if let Some(name) = order.secrets.keys().find(|name| secrets.get(name).is_none()) {
            return Err(format!("it refers to the secret {name:?}, which was not resolved"));
        }
        let root = self.root()?;
        create_folder(&root).map_err(because("create", &root))?;
        let shell = find_program(self.shell.program())?;
        let script = self.shell.script(order, &shell)?;
        let work = work_folder(&root, order.id.slice());
        create_folder(&work).map_err(because("create", &work))?;
        let folders = Folders::new(utf8(&root)?, utf8(&work)?);
        let directory = match input(order, &["workingDirectory", "workingFolder", "cwd"]) {
            Some(path) => work.join(secrets.expand(&folders.expand(path.trim())?).reveal()),
            None => work,
        };
        if !directory.is_dir() {
            return Err(format!("its working directory {} does not exist", directory.display()));
        }
        Self::refuse_twice(&root, order)?;
        let record = Record::create(&root, order.id).map_err(because("create a record in", &root))?;
        let environment = environment(order, &folders, &secrets, self.inherit, record.folder())?;
        let script = secrets.expand(&folders.expand(&script)?);
        if dropped.is_set() || control.stop.urgency().is_some() {
            return Err("it was asked to stop before it began".to_owned());
        }
        let begin = || {
            let ending = self.shell.ending();
            let path =
                if order.secrets.is_empty() { record.script(ending) } else { record.secret_script(ending) };
            Record::write(&path, script.reveal()).map_err(because("write", &path))?;
            record.intend(&root).map_err(because("write into", record.folder()))?;
            let command = Command { program: &shell, arguments: self.shell.arguments(), script: &path };
            let child = spawn(&record, command, &directory, environment, errors(order));
            child.map_err(|error| format!("its process can't be started: {error}"))
        };
        match begin() {
            Ok(child) => Ok((self.watch(order, record, control, dropped), Process::Ours(child))),
            Err(message) => {
                record.remove_secret_script();
                Err(message)
            }
        }
    }

    /// Whatever the engine believes: where a record says that the task began, or may have, it is not run again.
    fn refuse_twice(root: &Path, order: &TaskOrder) -> Result<(), String> {
        match Self::look(root, order)? {
            (Found::NeverBegan, earlier) => {
                // It may be that it was found so, and nobody came so far as to remove it.
                earlier.iter().for_each(Record::remove_secret_script);
                Ok(())
            }
            (Found::Begun | Found::Ended | Found::NotNow { .. } | Found::Lost { .. }, record) => {
                let place = record.as_ref().map_or(root, Record::folder).display();
                Err(format!(
                    "a task with its id, {}, has begun before, says {place}; another store needs another folder",
                    order.id
                ))
            }
        }
    }

    fn find(&self, order: &TaskOrder) -> Result<Found, String> {
        let (found, record) = Self::look(&self.root()?, order)?;
        match (&found, record) {
            (Found::Begun | Found::Ended | Found::NotNow { .. }, _) | (_, None) => {}
            (Found::Lost { .. } | Found::NeverBegan, Some(record)) => {
                // What is lost must not go on: whoever runs it again would run it twice at once.
                if let (Found::Lost { .. }, Ok(Some(leader))) = (&found, record.leader()) {
                    leader.kill_leftovers(record.folder());
                }
                record.remove_secret_script();
            }
        }
        Ok(found)
    }

    /// How far the latest try came. A try that has not begun never will after this.
    fn look(root: &Path, order: &TaskOrder) -> Result<(Found, Option<Record>), String> {
        let latest = Record::latest(root, order.id).map_err(because("read the records in", root))?;
        let Some(record) = latest else { return Ok((Found::NeverBegan, None)) };
        let failed = because("use the record in", record.folder());
        let found = Self::judge(&record).map_err(failed)?;
        Ok((found, Some(record)))
    }

    fn judge(record: &Record) -> io::Result<Found> {
        let lost = |message: &str| Ok(Found::Lost { message: message.to_owned() });
        match (record.clear_state()?, record.machine()?) {
            (State::Never, _) => Ok(Found::NeverBegan),
            (State::Ended(_), _) => Ok(Found::Ended),
            (_, Machine::Restarted) => lost("the machine was restarted while it ran or was about to"),
            (State::Began(leader), Machine::Same | Machine::Unknown) => Self::of(record, &leader),
            (State::Unclear, Machine::Same | Machine::Unknown) => Ok(unclear()),
            (State::Open, Machine::Unknown) => {
                lost("it was about to begin, and nothing says whether the machine was restarted since")
            }
            (State::Open, Machine::Same) => match record.settle()? {
                State::Never => Ok(Found::NeverBegan),
                State::Ended(_) => Ok(Found::Ended),
                State::Began(leader) => Self::of(record, &leader),
                State::Open | State::Unclear => Ok(unclear()),
            },
        }
    }

    fn of(record: &Record, leader: &Leader) -> io::Result<Found> {
        if leader.is_alive() { Ok(Found::Begun) } else { Self::after_death(record) }
    }

    /// It may have ended between two looks: first its state, then its process.
    fn after_death(record: &Record) -> io::Result<Found> {
        Ok(match record.state()? {
            State::Ended(_) => Found::Ended,
            State::Open | State::Never | State::Unclear | State::Began(_) => {
                Found::Lost { message: LOST.to_owned() }
            }
        })
    }

    /// What keeps it from looking passes, mostly. Where it does not, the task is killed: nobody watches it, and it counts as lost.
    fn resume(
        &self,
        order: &TaskOrder,
        control: &TaskControl,
        dropped: &Dropped,
    ) -> Result<(Watch, Process), String> {
        let mut pause = FIRST_PAUSE;
        for looks in 1.. {
            match self.look_again(order, control, dropped) {
                Ok(resumed) => return resumed,
                Err(_) if looks < LOOKS && !dropped.is_set() && control.stop.urgency().is_none() => {
                    thread::sleep(pause);
                    pause *= 2;
                }
                Err(message) => {
                    self.kill_unwatched(order.id);
                    return Err(message);
                }
            }
        }
        Err(LOST.to_owned())
    }

    /// The outer error: why it could not look.
    fn look_again(
        &self,
        order: &TaskOrder,
        control: &TaskControl,
        dropped: &Dropped,
    ) -> Result<Result<(Watch, Process), String>, String> {
        let root = self.root()?;
        let (found, record) = Self::look(&root, order)?;
        let record = match (found, record) {
            (Found::Begun | Found::Ended, Some(record)) => record,
            (Found::NotNow { message }, _) => return Err(message),
            (Found::Lost { message }, _) => return Ok(Err(message)),
            (Found::NeverBegan | Found::Begun | Found::Ended, _) => {
                return Ok(Err("it never began".to_owned()));
            }
        };
        let leader = record.leader().map_err(because("read the record in", record.folder()))?;
        let watch = self.watch(order, record, control.clone(), dropped.clone());
        Ok(Ok((watch, leader.map_or(Process::Over, Process::Found))))
    }

    fn kill_unwatched(&self, task: TaskId) {
        if let Err(message) = self.kill(task) {
            tracing::warn!(%task, message, "the task could not be killed");
        }
    }

    fn watch(&self, order: &TaskOrder, record: Record, control: TaskControl, dropped: Dropped) -> Watch {
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

    fn root(&self) -> Result<PathBuf, String> {
        absolute(&self.folder).map_err(because("find", &self.folder))
    }
}

/// The wrapper has begun to say that it begins, and not gone on: it may yet, or it is dead.
fn unclear() -> Found {
    Found::NotNow { message: "it was about to begin, and nothing says whether it did".to_owned() }
}

fn because(deed: &'static str, path: &Path) -> impl FnOnce(io::Error) -> String + use<> {
    let path = path.to_owned();
    move |error| format!("can't {deed} {}: {error}", path.display())
}

fn utf8(path: &Path) -> Result<&str, String> {
    path.to_str().ok_or_else(|| format!("the path {} is not UTF-8", path.display()))
}

fn errors(order: &TaskOrder) -> Errors {
    match input(order, &["failOnStderr", "failOnStandardError"]) {
        Some(text) if is_true(text) => Errors::Apart,
        Some(_) | None => Errors::Together,
    }
}
