//! Manual interventions: who is told of them, and who answers (J8).

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::collections::BTreeSet;

use common::*;
use cutover::deployment::InterventionAnswer;
use cutover::status::StageStatus;
use cutover::*;
use futures::executor::block_on;

#[test]
fn an_intervention_is_pending_for_those_it_is_assigned_to_until_one_answers() -> Fallible {
    let bench = Bench::new();
    let engine = block_on(bench.builder().build())?;
    let look = Task::new("look", TaskRef::new(TaskRef::MANUAL_INTERVENTION));
    let look = look.with_input(OwnTask::USERS, "ann").with_input(OwnTask::GROUPS, "ops");
    let mut dev = Stage::new(DEV, "Dev").after_release().with_task(look);
    dev.jobs[0].kind = JobKind::Server;
    let (_, release) = release_of(&engine, PipelineDefinition::new("Shop").with_stage(dev));

    until(&engine, "an intervention is pending", |views| views.all_pending_interventions().len() == 1);
    let of = |user: &str, groups: &[&str]| {
        let groups: BTreeSet<_> =
            groups.iter().map(|group| GroupId::new(*group).expect("a valid id")).collect();
        engine.views().pending_interventions(&UserId::new(user).expect("a valid id"), &groups)
    };
    assert_eq!((of("ann", &[]).len(), of("bob", &["ops"]).len(), of("bob", &["qa"]).len()), (1, 1, 0));
    let task = of("ann", &[])[0].task;

    let bob = Actor::user("bob")?;
    assert!(block_on(engine.answer_intervention(&bob, task, InterventionAnswer::Resume, "")).is_err());
    block_on(engine.answer_intervention(&ann(), task, InterventionAnswer::Resume, "it looks good"))?;
    until_status(&engine, release, DEV, StageStatus::Succeeded);
    assert_eq!(engine.views().all_pending_interventions(), []);
    Ok(())
}
