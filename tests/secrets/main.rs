//! V4: no secret appears in an event, a view, an error, a log or a `Debug` text.
//!
//! A whole pipeline has secrets in a group, in itself, in a stage, in a job and in what a task sets. Its tasks show them in every way
//! that they can think of, the engine crashes on the way, and the last one fails telling them. Then every byte that is stored and
//! everything that is said is searched for them.
#![cfg(unix)]

mod heard;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

use cutover::status::StageStatus;
use cutover::{
    Actor, DeployRequest, Job, NewRelease, PipelineDefinition, ReleaseId, Stage, StageId, Subject, Task,
    TaskId, Timestamp, Variable, VariableGroupId,
};
use cutover_engine::process::ProcessRunner;
use cutover_engine::{
    BoxFuture, DeploymentFilter, Engine, EngineError, GivenValue, LogSink, MemorySecrets, ReleaseFilter,
    Runners, Secret, Spawn,
};
use cutover_store_file::{FileStore, FileStoreOptions};
use futures::executor::block_on;
use futures::future::{AbortHandle, abortable};

use heard::Heard;

const PATIENCE: Duration = Duration::from_secs(60);
const DEV: StageId = StageId(1);

const GROUP: &str = "group-hunter2";
const PIPELINE: &str = "pipe\"line;hunter2]";
const STAGE: &str = "-----BEGIN KEY-----\nMIIEpAIBAAKCAQEA7\n\n9q8w7e6r5t4y3u2i1\n-----END KEY-----\n";
const JOB: &str = "job-hunter2";
/// Put together by the script that sets them, so that the definition does not have them.
const OUTPUT: &str = "output-hunter2";
const HIDDEN: &str = "set-hunter2";
/// Given where it can't be taken.
const REFUSED: &str = "refused-hunter2";

fn secrets() -> Vec<&'static str> {
    let lines = STAGE.lines().filter(|line| line.contains(char::is_numeric));
    [GROUP, PIPELINE, STAGE, JOB, OUTPUT, HIDDEN, REFUSED].into_iter().chain(lines).collect()
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    fn all(&self) -> Vec<String> {
        self.0.lock().expect("nobody panics").clone()
    }
}

impl LogSink for Lines {
    fn line(&self, _: TaskId, _: Timestamp, line: &str) {
        self.0.lock().expect("nobody panics").push(line.to_owned());
    }
}

fn ann() -> Actor {
    Actor::user("ann").expect("a valid id")
}

fn script(reference: &str, script: &str) -> Task {
    let mut task = Task::command("script");
    task.reference_name = reference.to_owned();
    task.inputs.insert("script".to_owned(), script.to_owned());
    task
}

/// Five tasks: one sets a secret, one shows everything, one runs while the engine crashes, and in the next job one fails telling them.
fn jobs() -> Vec<Job> {
    let make = script(
        "make",
        "key=output-$(printf hun)ter2\n\
         echo \"##vso[task.setvariable variable=key;issecret=true;isoutput=true]$key\"\n\
         echo \"made $key\"\n\
         echo \"##vso[task.setvariable variable=url]https://ann:$key@shop\"",
    );
    let mut show = script(
        "show",
        "cat <<'end'\ngroup $(Password)$(password)\npipeline $(TOP), in '$(header)'\nstage $(Pem)job $(Own)\noutput $(make.key)\nend\n\
         echo \"environment $TOKEN\"\n\
         printf 'in two writes: gro'; sleep 0.3; echo up-hunter2\n\
         echo \"to standard error: $TOKEN\" >&2\n\
         echo \"##vso[task.setsecret]set-$(printf hun)ter2\"; echo \"hidden set-$(printf hun)ter2\"\n\
         head -c 65530 /dev/zero | tr '\\0' x; echo \"$TOKEN is at the end of a long line\"",
    );
    show.environment.insert("TOKEN".to_owned(), "$(password)".to_owned());
    let wait = script(
        "wait",
        "echo 'before $(Top)'\nuntil [ -e go ]; do sleep 0.02; done\necho 'after $(Top) $(url)'",
    );
    let mut build = Job::agent("Build");
    build.reference_name = "assemble".to_owned();
    build.variables.insert("Own".to_owned(), Variable::secret("shop/job"));
    build.tasks = vec![make, show, wait];
    let fail = script(
        "fail",
        "echo '$(assemble.make.key) from an earlier job'\necho '##vso[task.complete result=Failed]not $(assemble.make.key), nor $(Password)'",
    );
    let mut ship = Job::agent("Ship");
    ship.tasks = vec![fail];
    vec![build, ship]
}

struct Driven {
    engine: Engine,
    thread: JoinHandle<Result<(), EngineError>>,
    tasks: Executor,
}

/// Gives each future a thread, and can take them all away.
#[derive(Clone, Default)]
struct Executor(Arc<Mutex<Vec<Spawned>>>);

type Spawned = (AbortHandle, JoinHandle<()>);

impl Executor {
    fn end(&self) {
        for (handle, thread) in std::mem::take(&mut *self.0.lock().expect("nobody panics")) {
            handle.abort();
            thread.join().expect("it does not panic");
        }
    }
}

impl Spawn for Executor {
    fn spawn(&self, future: BoxFuture<'static, ()>) {
        let (future, handle) = abortable(future);
        let thread = std::thread::spawn(move || {
            // Whether it was taken away does not matter.
            let _ = block_on(future);
        });
        self.0.lock().expect("nobody panics").push((handle, thread));
    }
}

impl Driven {
    /// Opens the store and goes on with what is there.
    fn open(folder: &Path, secrets: &MemorySecrets, lines: &Lines) -> Self {
        let store = FileStore::open(folder.join("store"), FileStoreOptions::default()).expect("it opens");
        let runner = Runners::new().with("command", ProcessRunner::new(folder.join("tasks")));
        let tasks = Executor::default();
        let builder = Engine::builder(store).runner(runner).spawn(tasks.clone()).secrets(secrets.clone());
        let engine = block_on(builder.log(lines.clone()).build()).expect("the store can be read");
        let run = engine.run();
        Self { engine, thread: std::thread::spawn(move || block_on(run)), tasks }
    }

    fn stop(self) {
        self.engine.shut_down(Duration::ZERO);
        self.thread.join().expect("it does not panic").expect("the store works");
        self.tasks.end();
    }
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "never: {what}");
        sleep(Duration::from_millis(10));
    }
}

/// A pipeline with secrets everywhere, and a release of it.
async fn release_with_secrets(engine: &Engine, said: &mut String) -> Result<ReleaseId, EngineError> {
    let group = VariableGroupId::new("shop").expect("a valid id");
    let given = GivenValue::NewSecret(Secret::new(GROUP));
    let given = BTreeMap::from([("Password".to_owned(), given)]);
    said.push_str(&format!("{given:?}"));
    engine.save_variables(&ann(), &group, 0, given, "").await?;
    let top = engine.keep_secret("shop/top", Secret::new(PIPELINE)).await?;
    let pem = engine.keep_secret("shop/pem", Secret::new(STAGE)).await?;
    engine.keep_secret("shop/job", Secret::new(JOB)).await?;

    let mut stage = Stage::new(DEV, "Dev").after_release();
    stage.jobs = jobs();
    stage.variables.insert("Pem".to_owned(), Variable::secret(pem));
    let mut definition = PipelineDefinition::new("Shop")
        .with_stage(stage)
        .with_variable("Top", Variable::secret(top).settable())
        .with_variable("header", Variable::plain("Bearer $(Top)"));
    definition.variable_groups = vec!["shop".to_owned()];
    let pipeline = engine.create_pipeline(&ann(), definition).await?;
    let mut request = NewRelease::default();
    request.variables.insert("Top".to_owned(), REFUSED.to_owned());
    let refused = engine.create_release(&ann(), pipeline, request).await.expect_err("it would be recorded");
    let _ = write!(said, "{refused} {refused:?}");
    engine.create_release(&ann(), pipeline, NewRelease::default()).await
}

/// Everything that the engine says when it is asked.
async fn all_that_is_said(engine: &Engine, secrets: &MemorySecrets, release: ReleaseId) -> String {
    let views = engine.views().latest().await.expect("the log can be read");
    let summary = views.release(release).expect("it exists");
    let group = VariableGroupId::new("shop").expect("a valid id");
    let at = engine.release(release).await.expect("it exists");
    let mut said =
        format!("{engine:?} {secrets:?} {:?} {:?} {summary:?} {at:?}", engine.health(), engine.found());
    let deployments = views.deployments(&DeploymentFilter::going_on());
    let releases = views.releases(&ReleaseFilter::all());
    let _ = write!(said, "{deployments:?} {releases:?} {:?}", views.pipelines());
    for subject in [
        Subject::Release(release),
        Subject::VariableGroup(group.clone()),
        Subject::Pipeline(summary.pipeline),
    ] {
        let _ = write!(said, "{:?}", engine.history(&subject).await.expect("it can be read"));
    }
    let _ = write!(said, "{:?}", engine.variable_group(&group).await.expect("it exists"));
    let _ = write!(said, "{:?}", engine.explain(release, DEV).await.expect("it exists"));
    for task in ["1/1#1.0.1", "1/1#1.1.0"] {
        let task = task.parse().expect("an id");
        let _ = write!(said, "{:?}", at.release().task_order(at.definition(), task).expect("there is one"));
    }
    let mut again = DeployRequest::new(DEV);
    again.variables.insert("Pem".to_owned(), REFUSED.to_owned());
    let refused = engine.deploy(&ann(), release, again).await.expect_err("it would be recorded");
    let _ = write!(said, "{refused} {refused:?}");
    said
}

fn expect_none(what: &str, bytes: &[u8]) {
    for secret in secrets() {
        let found = bytes.windows(secret.len()).position(|part| part == secret.as_bytes());
        let around = found.map(|place| String::from_utf8_lossy(&bytes[place.saturating_sub(80)..place]));
        assert_eq!(around, None, "{secret:?} stands in {what}");
    }
}

/// Every file of the folder and of those in it.
fn expect_none_in(folder: &Path) -> u32 {
    let mut searched = 0;
    for entry in fs::read_dir(folder).expect("it can be read") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            searched += expect_none_in(&path);
        } else {
            expect_none(&path.display().to_string(), &fs::read(&path).expect("it can be read"));
            searched += 1;
        }
    }
    searched
}

#[test]
fn no_secret_appears_anywhere() {
    let heard = Heard::everything();
    let folder = tempfile::tempdir().expect("a folder");
    let (secrets, lines, mut said) = (MemorySecrets::new(), Lines::default(), String::new());
    let driven = Driven::open(folder.path(), &secrets, &lines);
    let release = block_on(release_with_secrets(&driven.engine, &mut said)).expect("a release");
    until("the third task runs", || lines.all().iter().any(|line| line.starts_with("before")));
    driven.stop();

    // The script still runs. Whoever watches it now has never heard of its secrets.
    let driven = Driven::open(folder.path(), &secrets, &lines);
    until("it is watched again", || !driven.engine.found().reattached.is_empty());
    fs::write(folder.path().join("tasks/1-1-1/0/work/go"), "").expect("it can be written");
    until("the stage has failed", || {
        let views = block_on(driven.engine.views().latest()).expect("the log can be read");
        views.release(release).is_some_and(|release| release.status(DEV) == StageStatus::Rejected)
    });
    said.push_str(&block_on(all_that_is_said(&driven.engine, &secrets, release)));
    driven.stop();

    let log = lines.all();
    let shortened: Vec<_> = log.iter().map(|line| line.trim_start_matches('x')).collect();
    expect_none("the log", log.join("\n").as_bytes());
    assert_eq!(shortened, EXPECTED);
    expect_none("what is said", said.as_bytes());
    expect_none("what is traced", heard.all().as_bytes());
    assert!(heard.all().contains("the task ended"), "it hears what the engine traces");
    assert!(said.contains("not ***, nor ***"), "the task's own words are among it");
    assert!(expect_none_in(&folder.path().join("store")) > 0);
    // Scripts with secrets are gone, and nothing else in the folders of tasks can be entered by others.
    let script = |task: &str| folder.path().join(format!("tasks/1-1-1/{task}/try-1/script")).exists();
    assert_eq!(["0/0", "0/1", "0/2", "1/0"].map(script), [true, false, false, false]);
}

const EXPECTED: [&str; 23] = [
    "the variable \"key\" is a secret",
    "made ***",
    // It waits for the next line, since it ends as a secret begins; until then its value, which holds a secret, is one.
    "##vso[task.setvariable variable=url]***",
    "group ***",
    "pipeline ***, in 'Bearer ***'",
    "stage ***",
    "***",
    "",
    "***",
    "***",
    "job ***",
    "output ***",
    "environment ***",
    "in two writes: ***",
    "to standard error: ***",
    "a value is hidden from now on",
    "hidden ***",
    "",
    "*** is at the end of a long line",
    "before ***",
    "after *** ***",
    "*** from an earlier job",
    "##vso[task.complete result=Failed]not ***, nor ***",
];

/// The search itself is tried on what it must find.
#[test]
fn the_search_finds_what_is_there() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("deep")).expect("it can be made");
    assert_eq!(expect_none_in(folder.path()), 0);
    fs::write(folder.path().join("deep/file"), [b"\0\xff".as_slice(), JOB.as_bytes(), b"x"].concat())
        .expect("it can be written");
    assert!(std::panic::catch_unwind(|| expect_none_in(folder.path())).is_err());
}
