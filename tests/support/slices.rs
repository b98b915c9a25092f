//! Steps about the slices of a job (J2).

use std::collections::BTreeSet;

use cucumber::gherkin::Step;
use cucumber::{then, when};
use cutover::deployment::{DeploymentEvent, InterventionAnswer, JobRun, SliceRun, SliceSkip, SliceState};
use cutover::{ReleaseCommand, SliceId, TaskId};

use super::spec::Spec;
use super::then_recorded::deployment_events;
use super::words::lines;
use super::{view, when, when_set};

#[when(
    regex = r#"^task (\S+) in slice "(.+)" of (\S+) of (R\d+) (succeeds|succeeds with issues|fails|is lost|stops)$"#
)]
async fn task_ends(
    spec: &mut Spec,
    name: String,
    slice: String,
    stage: String,
    release: String,
    how: String,
) {
    let task = spec.task_of_slice(&release, &stage, &slice, &name);
    when::report(spec, &release, task, &how).await;
}

#[when(regex = r#"^task (\S+) in slice "(.+)" of (\S+) of (R\d+) (succeeds|fails) and has set:$"#)]
async fn task_sets(
    spec: &mut Spec,
    name: String,
    slice: String,
    stage: String,
    release: String,
    how: String,
    step: &Step,
) {
    let task = spec.task_of_slice(&release, &stage, &slice, &name);
    when_set::report(spec, &release, task, &how, step).await;
}

#[when(regex = r#"^(\S+) (resumes|rejects) task (\S+) in slice "(.+)" of (\S+) of (R\d+)$"#)]
async fn answers(
    spec: &mut Spec,
    who: String,
    answer: String,
    name: String,
    slice: String,
    stage: String,
    release: String,
) {
    let task = spec.task_of_slice(&release, &stage, &slice, &name);
    let answer = match &*answer {
        "resumes" => InterventionAnswer::Resume,
        _ => InterventionAnswer::Reject,
    };
    let comment = String::new();
    spec.give_release(&who, &release, ReleaseCommand::AnswerIntervention { task, answer, comment }).await;
}

fn run<'a>(spec: &'a Spec, job: &str, stage: &str, release: &str) -> Option<&'a JobRun> {
    let state = spec.release(release);
    let stage = spec.stage_of(state, stage);
    let latest = state.latest(stage.id).expect("it was deployed");
    let place = latest.planned_jobs(&stage).iter().position(|planned| planned.name == job);
    latest.jobs.get(place.expect("the stage has the job"))
}

fn told(slice: &SliceRun) -> Vec<String> {
    let state = match &slice.state {
        SliceState::ToBegin => "not begun".to_owned(),
        SliceState::Queued { .. } => "waiting for an agent".to_owned(),
        SliceState::Skipped(SliceSkip::Canceled) => "skipped, canceled".to_owned(),
        SliceState::Skipped(SliceSkip::SliceFailed) => "skipped, another failed".to_owned(),
        SliceState::Skipped(SliceSkip::NoAgent) => "skipped, no agent in time".to_owned(),
        SliceState::Skipped(SliceSkip::TargetOffline) => "skipped, offline".to_owned(),
        SliceState::Skipped(SliceSkip::BatchFailed) => "skipped, a batch failed".to_owned(),
        SliceState::Began { result: None, .. } => "running".to_owned(),
        SliceState::Began { result: Some(result), .. } => view::job_result(*result).to_owned(),
    };
    vec![slice.slice.as_ref().map_or_else(String::new, |slice| slice.name.clone()), state]
}

/// Each line: the slice's name, how far it is, and, where the table says it, its tasks.
#[then(regex = r"^the slices of (\S+) of (\S+) of (R\d+) are:$")]
fn slices(spec: &mut Spec, job: String, stage: String, release: String, step: &Step) {
    let run = run(spec, &job, &stage, &release);
    let expected = lines(step);
    let with_tasks = expected.first().is_some_and(|line| line.len() > 2);
    let slices = run.map_or(&[][..], JobRun::slices).iter();
    let found: Vec<Vec<String>> = slices
        .map(|slice| {
            let tasks: Vec<String> = slice.tasks().iter().map(|task| view::task(Some(task))).collect();
            told(slice).into_iter().chain(with_tasks.then(|| tasks.join(", then "))).collect()
        })
        .collect();
    assert_eq!(found, expected, "name, state, and tasks where they are asked for");
}

/// At most so many, and once so many.
#[then(regex = r"^at most (\d+) slices? of (\S+) of (\S+) of (R\d+) ran at once$")]
fn at_once(spec: &mut Spec, most: usize, job: String, stage: String, release: String) {
    let is_of = |slice: &SliceId| {
        let state = spec.release(&release);
        let stage = spec.stage_of(state, &stage);
        let jobs = state.deployment(slice.deployment()).map(|it| it.planned_jobs(&stage).to_vec());
        jobs.is_some_and(|jobs| jobs[slice.job.job as usize].name == job)
    };
    let (mut running, mut found) = (BTreeSet::new(), 0);
    for event in deployment_events(spec) {
        match event {
            DeploymentEvent::SliceBegan { slice, .. } if is_of(&slice) => {
                running.insert(slice);
            }
            DeploymentEvent::SliceEnded { slice, .. } => {
                running.remove(&slice);
            }
            _ => {}
        }
        found = found.max(running.len());
    }
    assert_eq!(found, most, "so many ran at once");
}

fn order(spec: &Spec, task: TaskId) -> cutover::TaskOrder {
    spec.seen().order(task).expect("it can be told")
}

#[then(regex = r#"^task (\S+) in slice "(.+)" of (\S+) of (R\d+) is told (\S+) = "(.*)"$"#)]
fn is_told(
    spec: &mut Spec,
    task: String,
    slice: String,
    stage: String,
    release: String,
    input: String,
    expected: String,
) {
    let task = spec.task_of_slice(&release, &stage, &slice, &task);
    assert_eq!(order(spec, task).inputs.get(&input), Some(&expected));
}
