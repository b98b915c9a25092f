//! V4: what a task declares as secret is hidden in what it writes, whatever it writes.
#![cfg(all(unix, feature = "process"))]
#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]
#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod common;
mod process_support;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use cutover::status::StageStatus;
use cutover::{TaskId, TaskOrder, Timestamp};
use cutover_engine::process::ProcessRunner;
use cutover_engine::{LogSink, SecretsAtHand, StopHandle, TaskControl, TaskRunner};
use futures::executor::block_on;
use process_support::{failed, record, run, task};

fn apart(script: &str) -> TaskOrder {
    let mut order = task(script);
    order.inputs.insert("failOnStderr".to_owned(), "true".to_owned());
    order
}

/// Story: standard error was read in turn with standard output, so that it said a secret before much output that declared it had been read.
#[test]
fn a_secret_is_hidden_on_standard_error_however_much_was_written_before_it_was_declared() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ProcessRunner::new(folder.path());
    let script = "yes 0123456789 | head -c 3000000; echo '##vso[task.setsecret]hunter2'; echo hunter2 >&2";
    assert_eq!(run(&runner, apart(script)).0, failed("it wrote to standard error"));
    // As whoever watches it again reads it: all of it at once, of which standard error was not handed over yet.
    fs::write(record(folder.path(), 1).join("errors.logged"), "").unwrap();
    let lines = Arc::new(process_support::Lines::default());
    let secrets = SecretsAtHand::none();
    let masked = Masked(Arc::clone(&lines), secrets.clone());
    let control = TaskControl::new(StopHandle::new().signal(), Arc::new(masked)).with_secrets(secrets);
    block_on(runner.resume(apart(script), control));
    assert_eq!(lines.all(), ["***"]);
}

/// Hides what is hidden, as the engine does.
struct Masked(Arc<process_support::Lines>, SecretsAtHand);

impl LogSink for Masked {
    fn line(&self, task: TaskId, at: Timestamp, line: &str) {
        self.0.line(task, at, &self.1.mask(line));
    }
}

fn run_masked(folder: &Path, script: &str) -> Vec<String> {
    let lines = Arc::new(process_support::Lines::default());
    let secrets = SecretsAtHand::none();
    let masked = Masked(Arc::clone(&lines), secrets.clone());
    let control = TaskControl::new(StopHandle::new().signal(), Arc::new(masked)).with_secrets(secrets);
    block_on(ProcessRunner::new(folder).run(task(script), control));
    lines.all()
}

/// Story: a value that is longer than what is kept of one was not hidden, although it was declared as a secret.
#[test]
fn a_secret_of_any_length_is_hidden() {
    for command in ["task.setvariable variable=key;issecret=true", "task.setsecret"] {
        for length in [10_000, 100_000, 200_000] {
            let folder = tempfile::tempdir().unwrap();
            let script = format!(
                "head -c {length} /dev/zero | tr '\\0' h > key; printf '##vso[{command}]%s\n' a$(cat key)z\n\
                 echo before; cat key; echo; printf 'a%sz-' $(cat key); echo after"
            );
            let lines = run_masked(folder.path(), &script);
            let longer: Vec<_> = lines.iter().filter(|line| line.len() > 100).map(String::len).collect();
            // All but its first and last character is not the secret.
            assert_eq!(longer.iter().sum::<usize>(), length, "{command}: {lines:?}");
            assert!(lines.concat().contains("***-after"), "{command} {length}");
        }
    }
}

/// Story: what is declared as secret was unbounded in memory, and each line of the log took longer with each of them.
#[test]
fn a_task_that_declares_more_than_can_be_looked_for_is_not_shown_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let script = "echo before; i=0; while [ $i -lt 1100 ]; do echo \"##vso[task.setsecret]a$i.\"; i=$((i+1)); done; echo a1.";
    let lines = run_masked(folder.path(), script);
    assert_eq!(lines[..2], ["before", "a value is hidden from now on"]);
    let last = "what it says is not shown any more: more was declared secret than can be looked for";
    assert_eq!(lines.last().map(String::as_str), Some(last));
}

/// What folds long lines, as `fold` does, tells a secret in pieces.
#[test]
fn a_secret_is_hidden_that_a_script_splits_over_lines() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let bench = common::Bench::new();
    let lines = common::Lines::default();
    let runner = ProcessRunner::new(folder.path());
    let engine = block_on(bench.builder().runner(runner).log(lines.clone()).build())?;
    let driven = common::drive(&engine);
    let script = "echo '##vso[task.setsecret]correct horse battery staple'
        echo 'token correct horse battery staple, and more' | fold -w 9
        echo corr";
    let (_, release) = common::release_of(&engine, common::one_stage(&[script]));
    common::until_status(&engine, release, common::DEV, StageStatus::Succeeded);
    let told = lines.all();
    let expected = ["token ***", "***", "***", "***, ", "and more", "***"];
    assert_eq!(told[1..], expected, "{told:?}");
    Ok(driven.stop()?)
}
