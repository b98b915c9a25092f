//! What comes of a task that runs to its end, and what it runs in.
#![cfg(all(unix, feature = "process"))]
#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod process_support;

use std::fs;

use cutover::deployment::Report;
use cutover::variable::{Scope, Scopes};
use cutover::{SecretRef, VariableValue};
use cutover_engine::TaskRunner;
use cutover_engine::process::{Inherit, ProcessRunner};
use futures::executor::block_on;
use process_support::{Control, failed, record, run, task, task_with};

#[test]
fn a_script_that_ends_with_0_succeeds() {
    let folder = tempfile::tempdir().unwrap();
    let (report, lines) = run(&ProcessRunner::new(folder.path()), task("echo one; echo two >&2; echo three"));
    assert_eq!(report, Report::Succeeded);
    assert_eq!(lines, ["one", "two", "three"]);
    assert_eq!(fs::read_to_string(record(folder.path(), 1).join("output.log")).unwrap(), "one\ntwo\nthree\n");
}

#[test]
fn an_inline_script_is_a_script_and_names_of_inputs_have_no_case() {
    let folder = tempfile::tempdir().unwrap();
    let order = task_with("17/2#1.0.3", [("InlineScript", "echo hello")]);
    assert_eq!(run(&ProcessRunner::new(folder.path()), order), (Report::Succeeded, vec!["hello".to_owned()]));
}

#[test]
fn a_script_that_ends_with_another_code_fails_with_it() {
    for (script, message) in [
        ("exit 3", "exit code 3"),
        ("kill -KILL $$", "exit code 137: killed by SIGKILL"),
        ("kill -TERM $$", "exit code 143: killed by SIGTERM"),
        ("nothing-of-this-name", "exit code 127: something that it ran was not found"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (report, _) = run(&ProcessRunner::new(folder.path()), task(script));
        assert_eq!(report, failed(message), "{script}");
    }
}

#[test]
fn a_script_says_its_result_but_its_exit_code_counts_too() {
    let complete = |result: &str| format!("echo '##vso[task.complete result={result};]because'");
    for (script, report) in [
        (complete("Succeeded"), Report::Succeeded),
        (complete("SucceededWithIssues"), Report::SucceededWithIssues { message: "because".to_owned() }),
        (complete("Failed"), failed("because")),
        (complete("Succeeded") + "; exit 1", failed("exit code 1")),
        ("echo '##vso[task.logissue type=error]bad'".to_owned(), Report::Succeeded),
    ] {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(run(&ProcessRunner::new(folder.path()), task(&script)).0, report, "{script}");
    }
}

#[test]
fn standard_error_fails_a_task_that_asks_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ProcessRunner::new(folder.path());
    let order = |id, script| task_with(id, [("script", script), ("failOnStderr", "true")]);
    let (report, lines) = run(&runner, order("1/1#1.0.0", "echo bad >&2"));
    assert_eq!((report, lines), (failed("it wrote to standard error"), vec!["bad".to_owned()]));
    assert_eq!(run(&runner, order("1/1#1.0.1", "echo good")).0, Report::Succeeded);
}

#[test]
fn the_tasks_of_a_job_share_a_folder_and_other_jobs_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ProcessRunner::new(folder.path());
    let order = |id, script| task_with(id, [("script", script)]);
    assert_eq!(run(&runner, order("1/1#1.0.0", "mkdir sub; echo kept > sub/file")).0, Report::Succeeded);
    let inputs = [("script", "cat file"), ("workingDirectory", "sub")];
    assert_eq!(run(&runner, task_with("1/1#1.0.1", inputs)).1, ["kept"]);
    let inputs = [("script", "cat file"), ("workingDirectory", "$(System.DefaultWorkingDirectory)/sub")];
    assert_eq!(run(&runner, task_with("1/1#1.0.2", inputs)).1, ["kept"]);
    assert_eq!(run(&runner, order("1/1#1.1.0", "ls")).1, [""; 0]);
    runner.forget("1/1#1".parse().unwrap()).unwrap();
    runner.forget("1/1#1".parse().unwrap()).unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_task_finds_variables_in_its_environment_but_no_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let mut order = task("env; echo cwd=$(pwd -P); echo same=$(System.DefaultWorkingDirectory)");
    let secret = VariableValue::Secret(SecretRef::newest("vault/password"));
    let mut scopes = Scopes::new();
    scopes.set(Scope::Stage, "Color.Of Shop", VariableValue::Plain("blue".to_owned()));
    scopes.set(Scope::Stage, "Text", VariableValue::Plain("a $(color.of shop) one".to_owned()));
    scopes.set(Scope::Stage, "Password", secret);
    order.variables = scopes.resolve();
    order.environment.insert("TEXT_OF_TASK".to_owned(), "two\nlines".to_owned());
    let (report, lines) = run(&ProcessRunner::new(folder.path()), order);
    assert_eq!(report, Report::Succeeded);
    let has = |line: &str| lines.iter().any(|other| other == line);
    assert!(has("COLOR_OF_SHOP=blue") && has("TEXT=a blue one") && has("TEXT_OF_TASK=two"), "{lines:?}");
    assert!(lines.iter().any(|line| line.starts_with("PATH=")));
    let work = fs::canonicalize(folder.path()).unwrap().join("17-2-1/0/work");
    assert!(has(&format!("cwd={}", work.display())), "{lines:?}");
    assert!(lines.iter().any(|line| line.starts_with("same=/") && line.ends_with("17-2-1/0/work")));
    assert!(lines.iter().any(|line| line.starts_with("SYSTEM_DEFAULTWORKINGDIRECTORY=/")));
    assert!(!lines.iter().any(|line| line.contains("PASSWORD") || line.contains("CARGO")), "{lines:?}");
}

#[test]
fn a_host_can_pass_on_all_of_its_environment() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ProcessRunner::new(folder.path()).inherit(Inherit::All);
    assert_eq!(run(&runner, task("echo $CARGO_PKG_NAME")).1, ["cutover-engine"]);
}

#[test]
fn another_shell_runs_the_script() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ProcessRunner::new(folder.path()).shell("/bin/cat");
    assert_eq!(run(&runner, task("not run")).1, ["not run"]);
}

#[test]
fn what_can_not_begin_fails_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let fails = |runner: ProcessRunner, order, part: &str| {
        let (report, _) = run(&runner, order);
        assert!(matches!(&report, Report::Failed { message } if message.contains(part)), "{report:?}");
    };
    let runner = || ProcessRunner::new(folder.path());
    fails(ProcessRunner::new(&file), task("true"), "can't create");
    fails(runner().shell("no-such-shell"), task("true"), "the shell no-such-shell");
    fails(runner(), task_with("17/2#1.0.3", []), "\"script\" is missing");
    let nowhere = [("script", "true"), ("workingDirectory", "nowhere")];
    fails(runner(), task_with("17/2#1.0.3", nowhere), "nowhere does not exist");
    let mut secretive = task("echo $(password)");
    secretive.secrets.insert("password".to_owned(), SecretRef::newest("vault/password"));
    fails(runner(), secretive, "the secret \"password\"");
    let mut odd = task("true");
    odd.environment.insert("A=B".to_owned(), String::new());
    fails(runner(), odd, "can't be an environment variable");
    // None of it counts as having begun.
    assert_eq!(run(&runner(), task("true")).0, Report::Succeeded);
}

#[test]
fn a_task_that_has_begun_is_not_run_again() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ProcessRunner::new(folder.path());
    assert_eq!(run(&runner, task("echo x >> count")).0, Report::Succeeded);
    let (report, _) = run(&runner, task("echo x >> count"));
    assert!(
        matches!(&report, Report::Failed { message } if message.contains("has begun before")),
        "{report:?}"
    );
    assert_eq!(fs::read_to_string(folder.path().join("17-2-1/0/work/count")).unwrap(), "x\n");
}

#[test]
fn a_retry_is_run_though_the_task_has_begun_before() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ProcessRunner::new(folder.path());
    let order = |id| task_with(id, [("script", "echo x >> count; exit 1")]);
    assert_eq!(run(&runner, order("17/2#1.0.3")).0, failed("exit code 1"));
    assert_eq!(run(&runner, order("17/2#1.0.3~1")).0, failed("exit code 1"));
    assert_eq!(fs::read_to_string(folder.path().join("17-2-1/0/work/count")).unwrap(), "x\nx\n");
}

#[test]
fn many_tasks_run_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ProcessRunner::new(folder.path());
    let control = Control::new();
    let tasks = (0..20).map(|job| {
        let order = task_with(&format!("17/2#1.{job}.0"), [("script", "echo $$")]);
        runner.run(order, control.task())
    });
    let reports = block_on(futures::future::join_all(tasks));
    assert!(reports.iter().all(|report| *report == Report::Succeeded), "{reports:?}");
    assert_eq!(control.lines.all().len(), 20);
}
