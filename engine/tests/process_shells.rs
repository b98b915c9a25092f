//! Script files and their arguments, programs, and PowerShell.

#![cfg(all(unix, feature = "process"))]
#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod process_support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cutover::deployment::Report;
use cutover::{SecretRef, TaskOrder, TaskRef};
use cutover_engine::process::{BASH, COMMAND_LINE, POWERSHELL, ProcessRunner};
use cutover_engine::{Runners, Secret, SecretsAtHand, TaskRunner};
use futures::executor::block_on;
use process_support::*;

fn order<const N: usize>(number: u32, inputs: [(&str, &str); N]) -> TaskOrder {
    task_with(&format!("17/2#1.0.{number}"), inputs)
}

/// Puts a script where the job works.
fn put(folder: &Path, name: &str, text: &str) -> PathBuf {
    let work = folder.join("17-2-1/0/work");
    fs::create_dir_all(&work).unwrap();
    let path = work.join(name);
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn a_script_file_is_run_with_its_arguments() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ProcessRunner::new(folder.path()).shell("bash");
    let script = "echo \"$# $1 $2\"; echo \"${BASH_VERSION:+bash}\"; exit $3";
    let path = put(folder.path(), "it's a script.sh", script);
    let inputs = [
        ("targetType", "filePath"),
        ("filePath", "it's a script.sh"),
        ("arguments", "'one word' \"$HOME_OF\" 0"),
        ("script", "# Write your commands here"),
    ];
    let mut named = order(0, inputs);
    named.environment.insert("HOME_OF".to_owned(), "shop".to_owned());
    let (report, lines) = run(&runner, named);
    assert_eq!((report, lines), (Report::Succeeded, vec!["3 one word shop".to_owned(), "bash".to_owned()]));
    // An older version names them otherwise.
    let inputs = [("scriptPath", path.to_str().unwrap()), ("args", "a b 7"), ("inline", "")];
    assert_eq!(run(&runner, order(1, inputs)).0, failed("exit code 7"));
    let gone = [("targetType", "FilePath"), ("filePath", "gone.sh")];
    assert!(matches!(run(&runner, order(2, gone)).0, Report::Failed { message } if message.contains("127")));
    let none = [("targetType", "filePath"), ("filePath", " "), ("script", "echo no")];
    assert_eq!(run(&runner, order(3, none)).0, failed("its input \"filePath\" is missing"));
    let inline = [("targetType", "inline"), ("filePath", "gone.sh"), ("script", "echo inline")];
    assert_eq!(run(&runner, order(4, inline)).1, ["inline"]);
}

#[test]
fn a_program_is_run_with_its_arguments() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ProcessRunner::new(folder.path());
    let work = folder.path().join("17-2-1/0/work/sub");
    fs::create_dir_all(&work).unwrap();
    let inputs = [("filename", "printf"), ("arguments", "'%s-' a 'b c'; pwd -P"), ("workingFolder", "sub")];
    let (report, lines) = run(&runner, order(0, inputs));
    assert_eq!(report, Report::Succeeded);
    // The program takes the shell's place: what follows it never comes.
    assert_eq!(lines, ["a-b c-"]);
}

/// Says how it was called, and shows the script that it was given.
fn pretended(folder: &Path) -> PathBuf {
    let path = folder.join("pretended-pwsh");
    let text = "#!/bin/sh\nfor last; do :; done\necho \"$@\" | sed \"s|$last|FILE|\"\n\
        case $last in *.ps1) ;; *) echo \"no .ps1: $last\"; exit 9;; esac\ncat \"$last\"\n";
    // Written by a process of its own: another test's may be about to begin meanwhile, with all that this one has open for writing.
    let mut write = Command::new("/bin/sh");
    write.args(["-c", "printf %s \"$1\" > \"$0\" && chmod 755 \"$0\""]).arg(&path).arg(text);
    assert!(write.status().unwrap().success());
    path
}

#[test]
fn powershell_is_told_how_to_run_a_script() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ProcessRunner::new(folder.path()).powershell(pretended(folder.path()));
    let (report, lines) = run(&runner, order(0, [("script", "Write-Host 'hello'")]));
    assert_eq!(report, Report::Succeeded);
    let expected = [
        "-NoLogo -NoProfile -NonInteractive -ExecutionPolicy Unrestricted -File FILE",
        "$ErrorActionPreference = 'Stop'",
        "Write-Host 'hello'",
        "if (Test-Path -LiteralPath variable:\\LASTEXITCODE) { exit $LASTEXITCODE }",
    ];
    assert_eq!(lines, expected);
    let inputs = [
        ("targetType", "filePath"),
        ("filePath", "deploy it's.ps1"),
        ("arguments", "-Stage 'prod'"),
        ("errorActionPreference", "silentlyContinue"),
        ("ignoreLASTEXITCODE", "true"),
    ];
    let (_, lines) = run(&runner, order(1, inputs));
    assert_eq!(
        lines[1..],
        ["$ErrorActionPreference = 'SilentlyContinue'", "& 'deploy it''s.ps1' -Stage 'prod'"]
    );
    let wrong = [("script", "x"), ("errorActionPreference", "'; evil; '")];
    let message = "its input \"errorActionPreference\" is none of Stop, Continue, SilentlyContinue";
    assert_eq!(run(&runner, order(2, wrong)).0, failed(message));
}

#[test]
fn the_script_of_powershell_is_removed_too_if_it_holds_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ProcessRunner::new(folder.path()).powershell(pretended(folder.path()));
    let mut order = order(3, [("script", "login $(Password)")]);
    order.secrets.insert("password".to_owned(), SecretRef::newest("vault/password"));
    let control = Control::new();
    let secrets = SecretsAtHand::none().with("password", Secret::new("hunter2"));
    let report = block_on(runner.run(order, control.task().with_secrets(secrets)));
    assert_eq!(report, Report::Succeeded);
    assert!(control.lines.all().contains(&"login hunter2".to_owned()), "{:?}", control.lines.all());
    let names: Vec<_> =
        fs::read_dir(record(folder.path(), 1)).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!names.iter().any(|name| name.to_string_lossy().starts_with("script")), "{names:?}");
}

/// Where PowerShell is installed it has to do what is said of it.
#[test]
fn powershell_runs_scripts_where_it_is_installed() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ProcessRunner::new(folder.path()).powershell("pwsh");
    let hello =
        "Write-Host \"hello $env:NAME\"\nWrite-Host '##vso[task.complete result=SucceededWithIssues]slow'";
    let mut first = order(0, [("script", hello)]);
    first.environment.insert("NAME".to_owned(), "shop".to_owned());
    let (report, lines) = run(&runner, first);
    if report == failed("the shell pwsh is not an executable program here") {
        return;
    }
    assert_eq!(report, Report::SucceededWithIssues { message: "slow".to_owned() });
    assert_eq!(lines[0], "hello shop");
    assert_eq!(run(&runner, order(1, [("script", "sh -c 'exit 7'")])).0, failed("exit code 7"));
    assert_eq!(run(&runner, order(2, [("script", "throw 'no'\nexit 0")])).0, failed("exit code 1"));
}

#[test]
fn the_ready_made_runners_know_the_public_tasks_and_the_host_adds_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let runners = Runners::ready_made(folder.path());
    let run_by = |runners: &Runners, id: &str, number, script| {
        let mut order = order(number, [("script", script)]);
        order.task = TaskRef::new(id);
        let control = Control::new();
        (block_on(runners.run(order, control.task())), control.lines.all())
    };
    for (number, id) in [TaskRef::COMMAND, COMMAND_LINE, &BASH.to_uppercase()].into_iter().enumerate() {
        let number = u32::try_from(number).unwrap();
        assert_eq!(run_by(&runners, id, number, "echo hello").1, ["hello"], "{id}");
    }
    assert_eq!(run_by(&runners, BASH, 3, "echo ${BASH_VERSION:+bash}").1, ["bash"]);
    let (report, _) = run_by(&runners, POWERSHELL, 4, "Write-Host 'hello'");
    let is_missing = report == failed("the shell pwsh is not an executable program here");
    assert!(is_missing || report == Report::Succeeded, "{report:?}");
    let (report, _) = run_by(&runners, "another", 5, "");
    assert!(matches!(report, Report::Failed { message } if message.contains("nobody runs tasks of id")));
    let own = runners.with("another", ProcessRunner::new(folder.path()).shell("/bin/cat"));
    assert_eq!(run_by(&own, "Another", 6, "of the host").1, ["of the host"]);
}

/// The importer keeps the ids of tasks as they are; these must be the same.
#[test]
fn the_ids_are_those_of_exported_definitions() {
    use cutover_azure::tasks;
    assert_eq!([COMMAND_LINE, BASH, POWERSHELL], [tasks::COMMAND_LINE, tasks::BASH, tasks::POWERSHELL]);
    #[cfg(feature = "http")]
    assert_eq!(cutover_engine::http::RestCall::ID, tasks::INVOKE_REST_API);
}
