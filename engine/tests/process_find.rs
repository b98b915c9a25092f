//! A task is found again after its engine died, and never runs twice.
#![cfg(all(unix, feature = "process"))]
#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod process_support;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use cutover::TaskOrder;
use cutover::deployment::Report;
use cutover_engine::process::ProcessRunner;
use cutover_engine::{Found, NoLog, StopHandle, TaskControl, TaskRunner, Urgency};
use futures::executor::block_on;
use process_support::{Control, failed, is_gone, pid_in, record, run, task, until};
use rustix::process::{Signal, kill_process, kill_process_group};

const FOLDER: &str = "CUTOVER_TEST_FOLDER";

const SCRIPT: &str = "echo first; echo x >> count; echo $$ > parent
    while ! [ -e go ]; do sleep 0.02; done
    echo last; exit 4";

/// Not a test of its own: the engine that dies, in a process of its own.
#[test]
fn doomed_engine() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let stop = StopHandle::new();
    let control = TaskControl::new(stop.signal(), std::sync::Arc::new(NoLog));
    block_on(ProcessRunner::new(folder).run(task(SCRIPT), control));
}

/// Starts an engine that runs the script, and kills it in the middle.
fn killed_in_the_middle(folder: &Path) {
    let mut engine = Engine::start(folder);
    pid_in(&folder.join("17-2-1/0/work/parent"));
    until("the first line is handed over", || {
        fs::read_to_string(record(folder, 1).join("output.logged")).is_ok_and(|mark| mark.ends_with("6\n"))
    });
    engine.0.kill().unwrap();
    engine.0.wait().unwrap();
}

struct Engine(Child);

impl Engine {
    fn start(folder: &Path) -> Self {
        let mut engine = Command::new(std::env::current_exe().unwrap());
        engine.args(["--exact", "doomed_engine"]).env(FOLDER, folder);
        Self(engine.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }
}

fn go(folder: &Path) {
    fs::write(folder.join("17-2-1/0/work/go"), "").unwrap();
}

fn count(folder: &Path) -> String {
    fs::read_to_string(folder.join("17-2-1/0/work/count")).unwrap()
}

fn resume(runner: &ProcessRunner) -> (Report, Vec<String>) {
    let control = Control::new();
    let report = block_on(runner.resume(task(SCRIPT), control.task()));
    (report, control.lines.all())
}

#[track_caller]
fn assert_lost(found: &Found, part: &str) {
    assert!(matches!(found, Found::Lost { message } if message.contains(part)), "{found:?}");
}

#[track_caller]
fn assert_not_now(found: &Found, part: &str) {
    assert!(matches!(found, Found::NotNow { message } if message.contains(part)), "{found:?}");
}

#[test]
fn a_task_that_still_runs_is_watched_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ProcessRunner::new(folder.path());
    killed_in_the_middle(folder.path());
    assert_eq!(block_on(runner.find(&task(SCRIPT))), Found::Begun);
    go(folder.path());
    // It may have ended before it was looked at; the first line is not logged again.
    let (report, lines) = resume(&runner);
    assert_eq!((report.outcome(), &lines[..]), (&failed("exit code 4"), &["last".to_owned()][..]));
    assert_eq!(count(folder.path()), "x\n");
}

#[test]
fn a_task_that_ended_meanwhile_is_known_with_its_result() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ProcessRunner::new(folder.path());
    killed_in_the_middle(folder.path());
    go(folder.path());
    let exit = record(folder.path(), 1).join("exit");
    until("it has ended", || fs::read_to_string(&exit).is_ok_and(|code| code == "4\n"));
    let at = fs::metadata(&exit).unwrap().modified().unwrap();
    for _ in 0..2 {
        assert_eq!(block_on(runner.find(&task(SCRIPT))), Found::Ended);
        assert_eq!(resume(&runner).0, failed("exit code 4").ended_at(at.into()));
    }
    let (report, _) = run(&runner, task(SCRIPT));
    assert!(matches!(report, Report::Failed { message } if message.contains("has begun before")));
    assert_eq!(count(folder.path()), "x\n");
}

#[test]
fn a_task_that_is_watched_again_can_be_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ProcessRunner::new(folder.path());
    killed_in_the_middle(folder.path());
    let control = Control::new();
    control.stop.stop(Urgency::Gently);
    let report = block_on(runner.resume(task(SCRIPT), control.task()));
    assert_eq!(report, failed("exit code 143: killed by SIGTERM"));
}

#[test]
fn a_task_whose_processes_all_died_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ProcessRunner::new(folder.path());
    killed_in_the_middle(folder.path());
    let wrapper = pid_in(&record(folder.path(), 1).join("began"));
    kill_process_group(wrapper, Signal::KILL).unwrap();
    until("it is gone", || is_gone(wrapper));
    assert_lost(&block_on(runner.find(&task(SCRIPT))), "its process is gone");
    assert!(matches!(resume(&runner).0, Report::Lost { .. }));
}

#[cfg(target_os = "linux")]
#[test]
fn a_script_without_its_wrapper_is_lost_and_killed() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ProcessRunner::new(folder.path());
    killed_in_the_middle(folder.path());
    let wrapper = pid_in(&record(folder.path(), 1).join("began"));
    let script = pid_in(&folder.path().join("17-2-1/0/work/parent"));
    kill_process(wrapper, Signal::KILL).unwrap();
    until("it is gone", || is_gone(wrapper));
    assert!(!is_gone(script));
    assert_lost(&block_on(runner.find(&task(SCRIPT))), "its process is gone");
    until("the script is gone", || is_gone(script));
}

#[test]
fn another_process_with_the_same_id_is_not_the_task() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ProcessRunner::new(folder.path());
    assert_eq!(run(&runner, task("true")).0, Report::Succeeded);
    let record = record(folder.path(), 1);
    fs::remove_file(record.join("exit")).unwrap();
    fs::write(record.join("began"), format!("{} 1\n", std::process::id())).unwrap();
    assert_lost(&block_on(runner.find(&task("true"))), "its process is gone");
}

#[test]
fn a_task_without_a_record_never_began() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ProcessRunner::new(folder.path());
    assert_eq!(block_on(runner.find(&task(SCRIPT))), Found::NeverBegan);
    assert_eq!(resume(&runner).0, Report::Lost { message: "it never began".to_owned() });
}

#[test]
fn a_task_that_was_about_to_begin_when_the_machine_stopped_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ProcessRunner::new(folder.path());
    assert_eq!(run(&runner, task("true")).0, Report::Succeeded);
    let record = record(folder.path(), 1);
    // A power cut takes what was not yet on disk: that it began, and how it ended.
    fs::remove_file(record.join("exit")).unwrap();
    fs::remove_file(record.join("began")).unwrap();
    fs::write(record.join("intent"), "another boot\n").unwrap();
    for _ in 0..2 {
        assert_lost(&block_on(runner.find(&task("true"))), "the machine was restarted");
    }
}

#[test]
fn a_task_that_never_began_is_run_with_a_new_record() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ProcessRunner::new(folder.path());
    fs::create_dir_all(record(folder.path(), 1)).unwrap();
    for _ in 0..2 {
        assert_eq!(block_on(runner.find(&task("true"))), Found::NeverBegan);
    }
    assert_eq!(run(&runner, task("true")).0, Report::Succeeded);
    assert!(record(folder.path(), 2).join("exit").exists());
    assert!(!record(folder.path(), 1).join("exit").exists());
}

/// Story: a wrapper that was stopped for two seconds in the middle of saying that it begins counted as lost, and ran on.
#[cfg(target_os = "linux")]
#[test]
fn half_a_beginning_may_go_on_and_is_killed_if_it_does_not() {
    let folder = tempfile::tempdir().unwrap();
    killed_in_the_middle(folder.path());
    let runner = ProcessRunner::new(folder.path());
    let began = record(folder.path(), 1).join("began");
    let script = pid_in(&folder.path().join("17-2-1/0/work/parent"));
    let whole = fs::read_to_string(&began).unwrap();
    fs::write(&began, whole.trim_end()).unwrap();
    assert_not_now(&block_on(runner.find(&task(SCRIPT))), "about to begin");
    fs::write(&began, &whole).unwrap();
    assert_eq!(block_on(runner.find(&task(SCRIPT))), Found::Begun);
    fs::write(&began, "12").unwrap();
    assert!(!is_gone(script));
    block_on(runner.kill(task(SCRIPT).id));
    until("the script is killed", || is_gone(script));
}

/// Story: what kept the runner from looking for a moment was taken for an answer, and the task counted as lost.
#[test]
fn what_keeps_it_from_looking_loses_no_task() {
    let folder = tempfile::tempdir().unwrap();
    killed_in_the_middle(folder.path());
    let runner = ProcessRunner::new(folder.path());
    let (began, aside) = (record(folder.path(), 1).join("began"), record(folder.path(), 1).join("aside"));
    fs::rename(&began, &aside).unwrap();
    fs::create_dir(&began).unwrap();
    assert_not_now(&block_on(runner.find(&task(SCRIPT))), "can't use the record in");
    let resumed = thread::spawn({
        let runner = runner.clone();
        move || resume(&runner)
    });
    thread::sleep(Duration::from_millis(50));
    fs::remove_dir(&began).unwrap();
    fs::rename(&aside, &began).unwrap();
    go(folder.path());
    assert_eq!(resumed.join().unwrap().0.outcome(), &failed("exit code 4"));
}

/// Story: what was given up while its engine was down ran for ever.
#[test]
fn what_runs_still_is_known_and_can_be_killed() {
    let folder = tempfile::tempdir().unwrap();
    killed_in_the_middle(folder.path());
    let runner = ProcessRunner::new(folder.path());
    let id = task(SCRIPT).id;
    assert_eq!(block_on(runner.running()).tasks, [id]);
    let script = pid_in(&folder.path().join("17-2-1/0/work/parent"));
    block_on(runner.kill("17/2#2.0.3".parse().unwrap()));
    assert!(!is_gone(script));
    block_on(runner.kill(id));
    until("the script is killed", || is_gone(script));
    until("nothing runs", || block_on(runner.running()).tasks.is_empty());
    block_on(runner.kill(id));
}

/// Story: a task that had said that it failed counted as one that succeeded with issues, since some of its output could not be read.
#[test]
fn a_task_whose_output_can_not_be_read_has_not_succeeded() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ProcessRunner::new(folder.path());
    let order = |script: &str| {
        process_support::task_with("17/2#1.0.3", [("script", script), ("failOnStderr", "true")])
    };
    let says = "echo '##vso[task.complete result=Failed;]no room'";
    for (number, (script, unreadable, expected)) in (1..).zip([
        (says, "errors.log", Ok("no room")),
        ("exit 3", "errors.log", Ok("exit code 3")),
        (says, "output.log", Err("its output can't be read, and may say that it failed: ")),
        ("true", "errors.log", Err("its output can't be read, and may say that it failed: ")),
    ]) {
        let id = format!("17/2#{number}.0.3");
        let order = TaskOrder { id: id.parse().unwrap(), ..order(script) };
        run(&runner, order.clone());
        let path = folder.path().join(format!("17-2-{number}/0/3/try-1")).join(unreadable);
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        let report = block_on(runner.resume(order, Control::new().task()));
        match (report.outcome(), expected) {
            (Report::Failed { message }, Ok(expected)) => assert_eq!(message, expected),
            (Report::Lost { message }, Err(expected)) => assert!(message.starts_with(expected), "{message}"),
            _ => panic!("{script}: {report:?}"),
        }
    }
}

/// Story: a mark that was torn by a power cut was no text, and then the output counted as unreadable.
#[test]
fn a_mark_that_is_no_text_only_repeats_lines() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ProcessRunner::new(folder.path());
    let order = task("echo '##vso[task.complete result=Failed;]no room'");
    assert_eq!(run(&runner, order.clone()).0, failed("no room"));
    let mark = record(folder.path(), 1).join("output.logged");
    for is_folder in [false, true] {
        fs::remove_file(&mark).unwrap();
        if is_folder { fs::create_dir(&mark) } else { fs::write(&mark, b"\xff\xfe") }.unwrap();
        let control = Control::new();
        let report = block_on(runner.resume(order.clone(), control.task()));
        assert_eq!(report.outcome(), &failed("no room"));
        assert_eq!(control.lines.all().len(), 1);
    }
}
