//! What a release is refused for, and what not.

use std::num::NonZeroU32;

use super::{Unsupported, unsupported};
use crate::{
    ApprovalStep, Condition, InvalidId, Job, JobKind, Parallelism, PipelineDefinition, Redeploy,
    ReleaseTrigger, Retention, Schedule, ScheduleId, Stage, StageId, TargetLimit, Task, TriggerKind, UserId,
    Weekday,
};

fn pipeline() -> PipelineDefinition {
    let stage = Stage::new(StageId(1), "Dev").after_release();
    PipelineDefinition::new("Web shop").with_stage(stage.with_task(Task::command("./deploy.sh")))
}

fn found(definition: &PipelineDefinition) -> Vec<String> {
    unsupported(definition).iter().map(|each| format!("{} {}", each.path, each.what)).collect()
}

fn found_in_stage(change: impl FnOnce(&mut Stage)) -> Vec<String> {
    let mut definition = pipeline();
    change(&mut definition.stages[0]);
    found(&definition)
}

fn found_in_job(change: impl FnOnce(&mut Job)) -> Vec<String> {
    found_in_stage(|stage| change(&mut stage.jobs[0]))
}

fn schedule() -> Schedule {
    Schedule::daily(ScheduleId(1), 3, 0).on([Weekday::Friday])
}

const NOTHING: [&str; 0] = [];

#[test]
fn a_plain_pipeline_can_be_released() {
    assert_eq!(found(&pipeline()), NOTHING);
}

#[test]
fn what_releases_by_hand_do_not_need_is_not_reported() {
    let mut definition = pipeline();
    let kind = TriggerKind::Scheduled(schedule());
    definition.triggers = vec![ReleaseTrigger { enabled: true, kind }];
    definition.stages[0].retention = Retention { days: 1, releases: 0, keep_build: false };
    assert_eq!(found(&definition), NOTHING);
}

#[test]
fn demands_on_approvers_are_not_reported() -> Result<(), InvalidId> {
    let ann = ApprovalStep::user(UserId::new("ann")?);
    let reported = found_in_stage(|stage| {
        stage.before.approvals.skip_if_approved_before = true;
        stage.before.approvals.revalidate_identity = true;
        stage.before.approvals.steps = vec![ann];
    });
    assert_eq!(reported, NOTHING);
    Ok(())
}

#[test]
fn jobs_on_deployment_groups_and_new_targets_are_not_reported() {
    let at_once = TargetLimit::One;
    let group = JobKind::DeploymentGroup { group: "web".to_owned(), tags: [].into(), at_once };
    let reported = found_in_stage(|stage| {
        stage.redeploy = Some(Redeploy::NewTargets);
        stage.jobs[0].kind = group;
    });
    assert_eq!(reported, NOTHING);
    let reported = found_in_job(|job| job.kind = JobKind::Server);
    assert_eq!(reported, NOTHING);
}

#[test]
fn neither_demands_of_a_job_nor_slices_are_reported() {
    let reported = found_in_job(|job| {
        job.kind = JobKind::Agent { pool: "linux".to_owned(), demands: vec!["java".to_owned()] };
        job.parallelism = Parallelism::MultiAgent { agents: NonZeroU32::MIN, continue_on_error: false };
    });
    assert_eq!(reported, NOTHING);
}

#[test]
fn a_pool_by_its_name_and_conditions_are_not_reported() {
    let conditions = [
        Condition::Succeeded,
        Condition::SucceededOrFailed,
        Condition::Always,
        Condition::Failed,
        Condition::Expression("true".to_owned()),
    ];
    for condition in conditions {
        let reported = found_in_job(|job| {
            job.kind = JobKind::Agent { pool: "linux".to_owned(), demands: Vec::new() };
            job.condition = condition.clone();
            job.tasks[0].condition = condition;
        });
        assert_eq!(reported, NOTHING);
    }
}

#[test]
fn a_person_reads_the_place_and_the_rule() {
    let unsupported = Unsupported { path: "stages[0].redeploy".to_owned(), what: "D6: automatic redeploy" };
    assert_eq!(unsupported.to_string(), "stages[0].redeploy: not supported yet (D6: automatic redeploy)");
}
