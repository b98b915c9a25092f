//! A job in slices, every way: how many run at once, which of them still begin after a failure or a cancel, and what the job comes to
//! (J2).

use std::num::NonZeroU32;

use cutover::deployment::{Deployment, JobResult, JobRun, Phase, SliceRun, SliceState};
use cutover::{Condition, Job, Parallelism, PipelineDefinition, Stage, StageId, Task, Variable};

use crate::world::{Bounds, World};

/// A job for each of three browsers, two at once, and one that tells of failures.
fn definition(continue_on_error: bool) -> PipelineDefinition {
    let mut tests = Job::agent("Test").with_task(Task::command("test"));
    let mut tidy = Task::command("tidy");
    tidy.condition = Condition::Always;
    tests.tasks.push(tidy);
    tests.variables.insert("Browser".to_owned(), Variable::plain("A,B,C"));
    tests.parallelism = Parallelism::MultiConfiguration {
        multipliers: vec!["Browser".to_owned()],
        at_most: NonZeroU32::new(2).expect("not zero"),
        continue_on_error,
    };
    let mut tell = Job::agent("Tell").with_task(Task::command("mail"));
    tell.condition = Condition::Failed;
    PipelineDefinition::new("Shop")
        .with_stage(Stage::new(StageId(1), "QA").after_release().with_job(tests).with_job(tell))
}

fn check(world: &World, continue_on_error: bool) {
    for deployment in world.releases().filter_map(|release| release.latest(StageId(1))) {
        let Some(JobRun::Began { slices, result, .. }) = deployment.jobs.first() else { continue };
        let count = |fits: &dyn Fn(&SliceRun) -> bool| slices.iter().filter(|slice| fits(slice)).count();
        let (running, waiting) = (count(&SliceRun::is_running), count(&|it| it.state == SliceState::ToBegin));
        let skipped = count(&|it| matches!(it.state, SliceState::Skipped(_)));
        let failed = count(&|it| it.result() == Some(JobResult::Failed));
        let was_canceled = is_canceled(deployment);
        assert_eq!(slices.len(), 3);
        assert!(running <= 2, "more than two run at once: {slices:?}");
        assert!(waiting == 0 || running == 2, "one waits although there is room: {slices:?}");
        assert!(waiting == 0 || !was_canceled, "one waits after a cancel: {slices:?}");
        if continue_on_error {
            assert!(skipped == 0 || was_canceled, "one was skipped for nothing: {slices:?}");
        } else {
            assert!(waiting == 0 || failed == 0, "one waits after a failure: {slices:?}");
            assert!(skipped == 0 || failed > 0 || was_canceled, "one was skipped for nothing: {slices:?}");
        }
        assert_eq!(result.is_some(), running + waiting == 0, "a job ends with its last slice: {slices:?}");
        if let Some(result) = result.filter(|_| !was_canceled) {
            assert_eq!(result == JobResult::Failed, failed > 0, "{slices:?}");
        }
        let followers = deployment.jobs.len() - 1;
        assert!(followers == 0 || result.is_some(), "the next job begins too early");
    }
}

fn is_canceled(deployment: &Deployment) -> bool {
    match &deployment.phase {
        Phase::Cancelling { .. } => true,
        Phase::Over { end, .. } => matches!(end, cutover::deployment::End::Canceled(_)),
        Phase::Scheduled { .. }
        | Phase::Queued { .. }
        | Phase::Checking { .. }
        | Phase::Deferred { .. }
        | Phase::Frozen { .. }
        | Phase::Locking { .. }
        | Phase::Running { .. } => false,
    }
}

#[test]
fn slices_go_every_way_and_end() {
    for continue_on_error in [false, true] {
        let bounds = Bounds { releases: 1, attempts: 1, abandons: false };
        let states = crate::explore_with(definition(continue_on_error), bounds, |world| {
            check(world, continue_on_error);
            crate::explained::is_sound(world);
        });
        println!("a job in slices, continue on error {continue_on_error}: {states} states");
        assert!(states > 100, "so few states are not every way: {states}");
    }
}
