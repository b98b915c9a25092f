//! V4: the script of a task that speaks of a secret does not stay on the disk, however the task ends.
#![cfg(all(unix, feature = "process"))]
#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod process_support;

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use cutover::deployment::Report;
use cutover::{SecretRef, TaskId, TaskOrder, Timestamp};
use cutover_engine::process::ProcessRunner;
use cutover_engine::{Found, LogSink, Secret, SecretsAtHand, StopHandle, TaskControl, TaskRunner, Urgency};
use futures::executor::block_on;
use process_support::{Control, pid_in, record, task, until};

/// Runs until it may go on.
const WAITS: &str = "echo $$ > parent; : '$(password)'; while ! [ -e go ]; do sleep 0.02; done";

fn secret_task(script: &str) -> TaskOrder {
    let mut order = task(script);
    order.secrets.insert("password".to_owned(), SecretRef::newest("shop/password"));
    order
}

fn knowing(control: TaskControl) -> TaskControl {
    control.with_secrets(SecretsAtHand::none().with("password", Secret::new("hunter2")))
}

/// The files of the task's record that hold its secret.
fn with_secret(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(record(folder, 1)).unwrap().map(|file| file.unwrap().path());
    files.filter(|path| std::fs::read_to_string(path).is_ok_and(|text| text.contains("hunter2"))).collect()
}

/// Begins the task, and says what waits for it.
fn begun(
    runner: &ProcessRunner,
    folder: &Path,
    control: &Control,
) -> Pin<Box<dyn Future<Output = Report> + Send>> {
    let (runner, control) = (runner.clone(), knowing(control.task()));
    let mut future: Pin<Box<dyn Future<Output = Report> + Send>> =
        Box::pin(async move { runner.run(secret_task(WAITS), control).await });
    assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    pid_in(&folder.join("17-2-1/0/work/parent"));
    assert_eq!(with_secret(folder), [record(folder, 1).join("script-with-secrets")]);
    future
}

fn until_gone(folder: &Path) {
    until("the script is gone", || with_secret(folder).is_empty());
}

#[test]
fn the_script_of_a_task_that_has_ended_is_removed_and_any_other_stays() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ProcessRunner::new(folder.path());
    let report =
        block_on(runner.run(secret_task("[ $(password) = hunter2 ]"), knowing(Control::new().task())));
    assert_eq!(report, Report::Succeeded);
    assert_eq!(with_secret(folder.path()), [] as [PathBuf; 0]);
    let folder = tempfile::tempdir().unwrap();
    process_support::run(&ProcessRunner::new(folder.path()), task("true"));
    assert!(record(folder.path(), 1).join("script").exists());
}

/// Story: only who watched a task to its end removed its script.
#[test]
fn the_script_of_a_task_that_was_given_up_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let (runner, control) = (ProcessRunner::new(folder.path()), Control::new());
    let future = begun(&runner, folder.path(), &control);
    control.stop.stop(Urgency::Gently);
    drop(future);
    until_gone(folder.path());
}

#[test]
fn the_script_of_a_task_that_nobody_watches_is_removed_when_it_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let (runner, control) = (ProcessRunner::new(folder.path()), Control::new());
    drop(begun(&runner, folder.path(), &control));
    assert_eq!(block_on(runner.running()).tasks, [task(WAITS).id]);
    assert_eq!(with_secret(folder.path()).len(), 1, "it runs on, and may read it");
    block_on(runner.kill(task(WAITS).id));
    assert_eq!(with_secret(folder.path()), [] as [PathBuf; 0]);
}

/// Story: whether the script held a secret was judged by what the task's release was when it was found, and not when it began.
#[test]
fn the_script_is_removed_also_where_the_task_speaks_of_no_secret_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let (runner, control) = (ProcessRunner::new(folder.path()), Control::new());
    drop(begun(&runner, folder.path(), &control));
    std::fs::write(folder.path().join("17-2-1/0/work/go"), "").unwrap();
    let plain = task(WAITS);
    assert_ne!(block_on(runner.find(&plain)), Found::NeverBegan);
    block_on(runner.resume(plain, Control::new().task()));
    assert_eq!(with_secret(folder.path()), [] as [PathBuf; 0]);
}

#[test]
fn the_script_of_a_task_whose_watcher_panics_is_removed() {
    struct Broken;

    impl LogSink for Broken {
        fn line(&self, _: TaskId, _: Timestamp, _: &str) {
            panic!("the log is broken, as the test wants it");
        }
    }

    let folder = tempfile::tempdir().unwrap();
    let control = knowing(TaskControl::new(StopHandle::new().signal(), Arc::new(Broken)));
    block_on(ProcessRunner::new(folder.path()).run(secret_task("echo; sleep 1000 # $(password)"), control));
    assert_eq!(with_secret(folder.path()), [] as [PathBuf; 0]);
}

#[test]
fn a_sweep_removes_the_scripts_of_tasks_that_are_over() {
    let folder = tempfile::tempdir().unwrap();
    let (runner, control) = (ProcessRunner::new(folder.path()), Control::new());
    drop(begun(&runner, folder.path(), &control));
    std::fs::write(folder.path().join("17-2-1/0/work/go"), "").unwrap();
    until("it is over", || block_on(runner.running()).tasks.is_empty());
    assert_eq!(with_secret(folder.path()), [] as [PathBuf; 0]);
}

#[test]
fn the_script_of_a_try_that_never_began_is_removed_when_it_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let earlier = record(folder.path(), 1);
    std::fs::create_dir_all(&earlier).unwrap();
    std::fs::write(earlier.join("began"), "never\n").unwrap();
    std::fs::write(earlier.join("script-with-secrets"), "login hunter2").unwrap();
    process_support::run(&ProcessRunner::new(folder.path()), task("true"));
    assert_eq!(with_secret(folder.path()), [] as [PathBuf; 0]);
    assert!(record(folder.path(), 2).join("exit").exists());
}
