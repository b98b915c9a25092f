//! P3, P4, Q, X, K: stages, one by one and as a graph.

use super::{NOTHING, number, pipeline, problems, problems_after, problems_of_stage};
use crate::{
    AfterStage, PipelineDefinition, QueuingPolicy, Retention, Schedule, ScheduleId, Stage, StageId,
    StageTrigger, Weekday, limits,
};

/// A pipeline of stages named `S1`, `S2`, ..., each after those that are given for it.
fn graph(after: &[&[u32]]) -> PipelineDefinition {
    let mut pipeline = PipelineDefinition::new("Graph");
    for (id, earlier) in (1..).zip(after) {
        let stage = Stage::new(StageId(id), format!("S{id}"));
        let earlier: Vec<_> = earlier.iter().copied().map(StageId).collect();
        pipeline = pipeline.with_stage(if earlier.is_empty() { stage } else { stage.after(&earlier) });
    }
    pipeline
}

#[test]
fn a_pipeline_has_1_to_100_stages() {
    let of = |count: u32| {
        (1..=count).fold(PipelineDefinition::new("Many"), |pipeline, id| {
            pipeline.with_stage(Stage::new(StageId(id), format!("S{id}")))
        })
    };
    assert_eq!(problems(&of(0)), ["stages: must have 1 to 100 stages, has 0"]);
    assert_eq!(problems(&of(1)), NOTHING);
    assert_eq!(problems(&of(100)), NOTHING);
    assert_eq!(problems(&of(101)), ["stages: must have 1 to 100 stages, has 101"]);
}

#[test]
fn two_stages_have_neither_the_same_id_nor_the_same_name_without_case() {
    let found = problems(&pipeline().with_stage(Stage::new(StageId(1), "QA")));
    assert_eq!(found, ["stages[1].id: 1 is already that of stages[0]"]);
    let found = problems(&pipeline().with_stage(Stage::new(StageId(2), "DEV")));
    assert_eq!(found, ["stages[1].name: \"DEV\" is already that of stages[0], spelled \"Dev\""]);
}

#[test]
fn a_stage_has_a_name_that_may_hold_what_a_path_may_not() {
    assert_eq!(problems_of_stage(|stage| stage.name = "QA: EU/US".to_owned()), NOTHING);
    assert_eq!(
        problems_of_stage(|stage| stage.name = String::new()),
        ["stages[0].name: must have 1 to 256 characters, has 0"]
    );
    assert_eq!(problems_of_stage(|stage| stage.name = "x".repeat(256)), NOTHING);
    assert_eq!(problems_of_stage(|stage| stage.name = "x".repeat(257)).len(), 1);
}

#[test]
fn forks_and_joins_of_any_shape_are_allowed() {
    assert_eq!(problems(&graph(&[&[], &[1], &[1], &[2, 3], &[1, 4]])), NOTHING);
    assert_eq!(problems(&graph(&[&[2], &[3], &[]])), NOTHING);
}

#[test]
fn a_stage_that_comes_after_itself_is_reported_with_its_path() {
    let found = problems(&graph(&[&[], &[1, 2]]));
    assert_eq!(found, ["stages[1].trigger.after-stages[1].stage: a stage can't come after itself"]);
}

#[test]
fn a_stage_that_comes_after_an_unknown_one_is_reported_with_its_path() {
    let found = problems(&graph(&[&[], &[7]]));
    assert_eq!(found, ["stages[1].trigger.after-stages[0].stage: there is no stage with id 7"]);
}

#[test]
fn a_stage_names_each_earlier_stage_once() {
    let found = problems(&graph(&[&[], &[1, 1]]));
    assert_eq!(found, ["stages[1].trigger.after-stages[1].stage: names the stage with id 1 more than once"]);
}

#[test]
fn a_stage_after_stages_names_at_least_one() {
    let found = problems_of_stage(|stage| stage.trigger = StageTrigger::AfterStages(Vec::new()));
    assert_eq!(found, ["stages[0].trigger.after-stages: must name at least one stage"]);
}

#[test]
fn a_circle_is_reported_once_with_its_stages_in_the_order_in_which_they_start() {
    // S1 -> S2 -> S3 -> S1, S4 before the circle, S5 behind it.
    let found = problems(&graph(&[&[3, 4], &[1], &[2], &[], &[3]]));
    let circle = "stages wait for each other in a circle: S1 -> S2 -> S3 -> S1";
    assert_eq!(found, [format!("stages[0].trigger.after-stages: {circle}")]);
}

#[test]
fn circles_that_share_no_stage_are_all_reported() {
    let found = problems(&graph(&[&[2], &[1], &[4, 2], &[3]]));
    let expected = [
        "stages[0].trigger.after-stages: stages wait for each other in a circle: S1 -> S2 -> S1",
        "stages[2].trigger.after-stages: stages wait for each other in a circle: S3 -> S4 -> S3",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_circle_through_all_stages_that_a_pipeline_may_have_is_found() {
    let earlier: Vec<[u32; 1]> = (1..=100).map(|id| [if id == 1 { 100 } else { id - 1 }]).collect();
    let earlier: Vec<&[u32]> = earlier.iter().map(<[u32; 1]>::as_slice).collect();
    let found = problems(&graph(&earlier));
    assert_eq!(found.len(), 1);
    assert!(found[0].ends_with("S99 -> S100 -> S1"), "{found:?}");
}

#[test]
fn stages_with_the_same_id_do_not_confuse_the_graph() {
    let after = |stage| AfterStage { stage, or_partially: false };
    let mut definition = graph(&[&[], &[1], &[2]]);
    definition.stages[2].id = StageId(1);
    definition.stages[0].trigger = StageTrigger::AfterStages(vec![after(StageId(2))]);
    let expected = [
        "stages[0].trigger.after-stages: stages wait for each other in a circle: S1 -> S2 -> S1",
        "stages[2].id: 1 is already that of stages[0]",
    ];
    assert_eq!(problems(&definition), expected);
}

#[test]
fn a_stage_takes_1_to_1000_deployments_at_once_or_any_number() {
    for count in [1, 1_000] {
        let queuing = QueuingPolicy::in_order(number(count));
        assert_eq!(problems_of_stage(|stage| stage.queuing = queuing), NOTHING);
    }
    let queuing = QueuingPolicy::only_latest(number(1_001));
    assert_eq!(
        problems_of_stage(|stage| stage.queuing = queuing),
        ["stages[0].queuing.at-most.deployments: must be 1 to 1000, is 1001"]
    );
}

#[test]
fn a_stage_names_at_most_8_lock_groups_each_once() {
    let groups = |count: usize| (0..count).map(|group| format!("group {group}")).collect();
    assert_eq!(problems_of_stage(|stage| stage.lock_groups = groups(8)), NOTHING);
    assert_eq!(
        problems_of_stage(|stage| stage.lock_groups = groups(9)),
        ["stages[0].lock_groups: must have at most 8 entries, has 9"]
    );
    assert_eq!(
        problems_of_stage(|stage| stage.lock_groups = vec!["db".to_owned(), "DB".to_owned()]),
        ["stages[0].lock_groups[1]: \"DB\" is already that of lock_groups[0], spelled \"db\""]
    );
}

#[test]
fn releases_are_kept_1_to_365_days_and_0_to_25_of_them() {
    let of = |days, releases| {
        problems_of_stage(|stage| stage.retention = Retention { days, releases, keep_build: false })
    };
    assert_eq!(of(1, 0), NOTHING);
    assert_eq!(of(365, 25), NOTHING);
    assert_eq!(of(0, 3), ["stages[0].retention.days: must be 1 to 365, is 0"]);
    assert_eq!(of(366, 3), ["stages[0].retention.days: must be 1 to 365, is 366"]);
    assert_eq!(of(30, 26), ["stages[0].retention.releases: must be 0 to 25, is 26"]);
    let default = Retention::default();
    assert_eq!((default.days, default.releases), (30, 3));
    assert_eq!(of(default.days, default.releases), NOTHING);
}

#[test]
fn a_schedule_has_a_day_a_time_of_day_and_a_known_zone() {
    let schedule = |hour, minute, zone: &str| {
        Schedule::daily(ScheduleId(1), hour, minute).on([Weekday::Monday]).in_zone(zone)
    };
    let of = |schedule| problems_of_stage(|stage| stage.schedules = vec![schedule]);
    assert_eq!(of(schedule(0, 0, "")), NOTHING);
    assert_eq!(of(schedule(23, 59, "Europe/Warsaw")), NOTHING);
    assert_eq!(of(schedule(24, 0, "")), ["stages[0].schedules[0].hour: must be 0 to 23, is 24"]);
    assert_eq!(of(schedule(0, 60, "")), ["stages[0].schedules[0].minute: must be 0 to 59, is 60"]);
    assert_eq!(of(schedule(0, 0, "Europe/Atlantis")).len(), 1);
    let never = Schedule { days: [].into(), ..schedule(0, 0, "") };
    assert_eq!(of(never), ["stages[0].schedules[0].days: must have at least one day"]);
}

#[test]
fn schedules_of_a_stage_have_ids_of_their_own() {
    let schedules = |ids: &[u32]| ids.iter().map(|&id| Schedule::daily(ScheduleId(id), 3, 0)).collect();
    let of = |ids: &[u32]| problems_of_stage(|stage| stage.schedules = schedules(ids));
    assert_eq!(of(&[1, 2]), NOTHING);
    assert_eq!(of(&[1, 1]), ["stages[0].schedules[1].id: 1 is already that of stages[0].schedules[0]"]);
}

#[test]
fn what_is_beyond_the_allowed_length_of_a_list_is_not_looked_into() {
    let found = problems_after(|pipeline| {
        let stage = Stage::new(StageId(1), "Dev");
        pipeline.stages = vec![stage; limits::STAGES + 50];
    });
    // The list itself, and an id and a name for each of the allowed ones but the first.
    assert_eq!(found.len(), 1 + 2 * (limits::STAGES - 1));
}
