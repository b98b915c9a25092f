//! A script sets variables that the next one reads (J10).
#![cfg(all(unix, feature = "process"))]
#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::sync::{Arc, Mutex};

use common::*;
use cutover::status::StageStatus;
use cutover::store::EventStore;
use cutover::*;
use cutover_engine::process::ProcessRunner;
use cutover_engine::*;
use futures::executor::block_on;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl LogSink for Lines {
    fn line(&self, task: TaskId, _: Timestamp, line: &str) {
        self.0.lock().expect("nobody panics").push(format!("{task}: {line}"));
    }
}

fn script(script: &str) -> Task {
    let mut task = Task::command("script");
    task.inputs.insert("script".to_owned(), script.to_owned());
    task
}

#[test]
fn a_script_sets_variables_that_later_scripts_read_and_no_log_has_a_secret() -> Fallible {
    let folder = tempfile::tempdir()?;
    let (bench, lines) = (Bench::new(), Lines::default());
    let builder = bench.builder().runner(ProcessRunner::new(folder.path())).log(lines.clone());
    let engine = block_on(builder.build())?;
    let driven = drive(&engine);
    let mut first = script(
        "echo '##vso[task.setvariable variable=color]light blue'\n\
         echo '##vso[task.setvariable variable=version;isOutput=true]1.2'\n\
         echo '##vso[task.setvariable variable=form]round'\n\
         printf '##vso[task.setvariable variable=key;issecret=true]%s' hu''sh; head -c 200000 /dev/zero | tr '\\0' h; echo\n\
         printf 'done hu''sh'; head -c 200000 /dev/zero | tr '\\0' h; echo",
    );
    first.reference_name = "make".to_owned();
    let mut build = Job::agent("Build");
    build.reference_name = "assemble".to_owned();
    build.tasks = vec![first, script("echo \"$COLOR, $(make.version),\" '$(key)'")];
    let mut ship = Job::agent("Ship");
    ship.tasks = vec![script("echo '$(assemble.make.version) $(color)'")];
    let mut stage = stage(DEV, "Dev", &[]);
    stage.jobs = vec![build, ship];
    let (_, release) = release_of(&engine, PipelineDefinition::new("Shop").with_stage(stage));

    until_status(&engine, release, DEV, StageStatus::PartiallySucceeded);
    driven.stop()?;
    let lines = lines.0.lock().expect("nobody panics").clone();
    assert_eq!(
        lines,
        [
            "1/1#1.0.0: ##vso[task.setvariable variable=color]light blue",
            "1/1#1.0.0: ##vso[task.setvariable variable=version;isOutput=true]1.2",
            "1/1#1.0.0: ##vso[task.setvariable variable=form]round",
            "1/1#1.0.0: the variable \"key\" is a secret",
            "1/1#1.0.0: done ",
            "1/1#1.0.0: ***",
            "1/1#1.0.0: the secret variable \"key\" is not kept: it is longer than 8192 bytes",
            "1/1#1.0.1: light blue, 1.2, $(key)",
            "1/1#1.1.0: 1.2 $(color)",
        ]
    );
    let commits = block_on(bench.store.read_all(store::Position::START, usize::MAX))?;
    let recorded = format!("{commits:?}");
    assert!(recorded.contains("light blue") && !recorded.contains("hush"), "{recorded}");
    Ok(())
}
