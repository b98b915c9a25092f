//! Slices of a job run side by side, and none is in another's way (J2).
#![cfg(all(unix, feature = "process"))]
#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::{Duration, Instant};

use common::*;
use cutover::deployment::Report;
use cutover::status::StageStatus;
use cutover::*;
use cutover_engine::process::ProcessRunner;
use cutover_engine::*;
use futures::executor::block_on;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<BTreeMap<TaskId, Vec<String>>>>);

impl LogSink for Lines {
    fn line(&self, task: TaskId, _: Timestamp, line: &str) {
        self.0.lock().expect("nobody panics").entry(task).or_default().push(line.to_owned());
    }
}

/// A job for each of the browsers A, B and C, `at_most` of them at once.
fn job_for_browsers(at_most: u32, scripts: &[String]) -> PipelineDefinition {
    let mut job = Job::agent("Test");
    job.variables.insert("Browser".to_owned(), Variable::plain("A,B,C"));
    job.parallelism = Parallelism::MultiConfiguration {
        multipliers: vec!["Browser".to_owned()],
        at_most: NonZeroU32::new(at_most).expect("not zero"),
        continue_on_error: true,
    };
    for script in scripts {
        let mut task = Task::command("script");
        task.inputs.insert("script".to_owned(), script.clone());
        job.tasks.push(task);
    }
    let mut stage = stage(DEV, "Dev", &[]);
    stage.jobs.push(job);
    PipelineDefinition::new("Shop").with_stage(stage)
}

fn task(id: &str) -> TaskId {
    id.parse().expect("an id")
}

/// Each waits for the others: one after another they would wait for ever, and be stopped by their time-out.
#[test]
fn slices_are_processes_of_the_same_time_in_folders_of_their_own() -> Fallible {
    let (folder, meeting) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let (bench, lines) = (Bench::new(), Lines::default());
    let builder = bench.builder().runner(ProcessRunner::new(folder.path())).log(lines.clone());
    let engine = block_on(builder.build())?;
    let driven = drive(&engine);
    let place = meeting.path().display();
    let first = format!(
        "test ! -e mark || exit 1; echo $(Browser) > mark; touch {place}/$(Browser)\n\
         until test -e {place}/A && test -e {place}/B && test -e {place}/C; do sleep 0.02; done\n\
         echo met as $BROWSER, $SYSTEM_JOBPOSITIONINPHASE of $SYSTEM_TOTALJOBSINPHASE"
    );
    let (_, release) = release_of(&engine, job_for_browsers(3, &[first, "cat mark".to_owned()]));
    until_status(&engine, release, DEV, StageStatus::Succeeded);
    driven.stop()?;
    let lines = lines.0.lock().expect("nobody panics").clone();
    let expected = [
        ("1/1#1.0.0", "met as A, 1 of 3"),
        ("1/1#1.0.1", "A"),
        ("1/1#1.0:1.0", "met as B, 2 of 3"),
        ("1/1#1.0:1.1", "B"),
        ("1/1#1.0:2.0", "met as C, 3 of 3"),
        ("1/1#1.0:2.1", "C"),
    ];
    assert_eq!(lines, expected.map(|(id, line)| (task(id), vec![line.to_owned()])).into());
    Ok(())
}

/// Waits until there are so many lines in a file.
fn until_lines(path: &Path, count: usize) {
    let end = Instant::now() + Duration::from_mins(1);
    while fs::read_to_string(path).unwrap_or_default().lines().count() < count {
        assert!(Instant::now() < end, "waited in vain for {count} lines in {}", path.display());
        sleep(Duration::from_millis(10));
    }
}

#[test]
fn the_next_life_of_an_engine_takes_up_the_processes_of_all_slices() -> Fallible {
    let (folder, meeting) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let bench = Bench::new();
    let engine = block_on(bench.builder().runner(ProcessRunner::new(folder.path())).build())?;
    let driven = drive(&engine);
    let place = meeting.path().display();
    let script = format!("echo $(Browser) >> {place}/begun; until test -e {place}/go; do sleep 0.02; done");
    let (_, release) = release_of(&engine, job_for_browsers(2, &[script]));
    let begun = meeting.path().join("begun");
    until_lines(&begun, 2);
    driven.stop()?;

    let next = block_on(bench.builder().runner(ProcessRunner::new(folder.path())).build())?;
    let driven = drive(&next);
    fs::write(meeting.path().join("go"), "")?;
    until_status(&next, release, DEV, StageStatus::Succeeded);
    let reattached = vec![task("1/1#1.0.0"), task("1/1#1.0:1.0")];
    assert_eq!(count(&bench.store, "task.reattached"), 2);
    // They are looked for side by side.
    let mut found = next.found();
    found.reattached.sort();
    assert_eq!(found, Recovery { releases: 1, reattached, ..Recovery::default() });
    let mut names: Vec<String> = fs::read_to_string(begun)?.lines().map(str::to_owned).collect();
    names.sort();
    assert_eq!(names, ["A", "B", "C"]);
    Ok(driven.stop()?)
}

#[test]
fn a_cancel_stops_the_tasks_of_all_slices() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, job_for_browsers(2, &[Script::HOLD.to_owned()]));
    bench.runner.until_ran(2);
    block_on(engine.cancel(&ann(), release, DEV, ""))?;
    until_status(&engine, release, DEV, StageStatus::Canceled);
    let mut stopped: Vec<TaskId> = bench.runner.stopped().into_iter().map(|(task, _)| task).collect();
    stopped.sort();
    assert_eq!(stopped, [task("1/1#1.0.0"), task("1/1#1.0:1.0")]);
    assert_eq!(bench.runner.ran().len(), 2);
    Ok(driven.stop()?)
}

#[test]
fn no_more_slices_run_at_once_than_the_job_says_or_the_engine_has_places() -> Fallible {
    for (at_most, places, expected) in [(2, 8, 2), (3, 1, 1)] {
        let bench = Bench::new();
        let places = std::num::NonZeroUsize::new(places).expect("not zero");
        let engine = block_on(bench.builder().tasks_at_once(places).build())?;
        let driven = drive(&engine);
        let (_, release) = release_of(&engine, job_for_browsers(at_most, &[Script::HOLD.to_owned()]));
        bench.runner.until_ran(expected);
        for id in ["1/1#1.0.0", "1/1#1.0:1.0", "1/1#1.0:2.0"] {
            bench.runner.end(task(id), Report::Succeeded);
        }
        until_status(&engine, release, DEV, StageStatus::Succeeded);
        assert_eq!(bench.runner.most_at_once(), expected, "at most {at_most}, {places} places");
        driven.stop()?;
    }
    Ok(())
}
