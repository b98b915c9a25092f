//! Queues that are paused and put in another order, automatic redeploys, variable groups, and pipelines that are deleted.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use cutover::deployment::Report;
use cutover::transaction::Command;
use cutover::*;

use crate::bench::{Bench, shop, with_prod};
use crate::{PIPELINE, PROD, deployment};

const QUEUE: QueueId = QueueId { pipeline: PIPELINE, stage: PROD };

fn one_at_a_time() -> Stage {
    shop().with_queuing(QueuingPolicy::in_order(NonZeroU32::MIN))
}

fn unlimited() -> impl Fn(PipelineDefinition) -> PipelineDefinition {
    with_prod(|stage| stage.with_queuing(QueuingPolicy::Unlimited))
}

#[test]
fn a_queue_is_paused_and_put_in_another_order_when_it_was() {
    let mut bench = Bench::new(PipelineDefinition::new("Shop").with_stage(one_at_a_time()));
    for _ in 0..3 {
        bench.release_of(PIPELINE);
        bench.go(10);
    }
    let comment = String::new();
    let to_front = QueueCommand::MoveToFront { deployment: deployment(3), comment: comment.clone() };
    bench.must("user:ann", Command::Queue(QUEUE, to_front));
    bench.must("user:ann", Command::Queue(QUEUE, QueueCommand::Pause { reason: "a fire".to_owned() }));
    bench.end(deployment(1), Report::Succeeded);
    bench.go(30);
    bench.must("user:ann", Command::Queue(QUEUE, QueueCommand::Resume { comment }));
    for release in [3, 2] {
        bench.go(10);
        bench.end(deployment(release), Report::Succeeded);
    }
    bench.expect_nothing_to_change();
    let answer = bench.ask(&unlimited());
    let told: Vec<_> = answer.differences.iter().map(ToString::to_string).collect();
    assert!(told.contains(&"release 2, Prod: would begin 1 h earlier".to_owned()), "{told:#?}");
    // Nothing waited that could have been moved.
    let refused: Vec<_> = answer.refused.iter().map(|it| it.subject.clone()).collect();
    assert_eq!(refused, [Subject::Queue(QUEUE)]);
}

#[test]
fn what_was_good_is_deployed_again_only_where_the_policy_says_so() {
    let mut stage = one_at_a_time();
    stage.redeploy = Some(Redeploy::LastGood);
    let mut bench = Bench::new(PipelineDefinition::new("Shop").with_stage(stage));
    bench.release_of(PIPELINE);
    bench.go(10);
    bench.end(deployment(1), Report::Succeeded);
    bench.release_of(PIPELINE);
    bench.go(10);
    bench.end(deployment(2), Report::Failed { message: "no".to_owned() });
    bench.go(10);
    let again = DeploymentId { attempt: NonZeroU32::MIN.saturating_add(1), ..deployment(1) };
    bench.end(again, Report::Succeeded);
    bench.expect_nothing_to_change();
    let none = with_prod(|mut stage| {
        stage.redeploy = None;
        stage
    });
    assert_eq!(bench.told(&none), ["release 1, Prod (attempt 2): would not exist"]);
}

/// And the other way round: a redeploy that nobody had takes as long as the release took before.
#[test]
fn what_was_good_would_be_deployed_again() {
    let mut bench = Bench::new(PipelineDefinition::new("Shop").with_stage(one_at_a_time()));
    bench.release_of(PIPELINE);
    bench.go(10);
    bench.end(deployment(1), Report::Succeeded);
    bench.release_of(PIPELINE);
    bench.go(10);
    bench.end(deployment(2), Report::Failed { message: "no".to_owned() });
    bench.go(60);
    bench.release_of(PIPELINE);
    let answer = bench.ask(&with_prod(|mut stage| {
        stage.redeploy = Some(Redeploy::LastGood);
        stage
    }));
    let told: Vec<_> = answer.differences.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(told[0].starts_with("release 1, Prod (attempt 2): would exist"), "{told:#?}");
    assert_eq!(answer.assumed[0].like, Some(deployment(2)));
}

#[test]
fn variable_groups_say_what_they_said_then() {
    let save = |against: u32, value: &str| {
        let variables = Variables::from([("stop".to_owned(), Variable::plain(value))]);
        let (group, comment) = (VariableGroupId::new("shop").expect("an id"), String::new());
        Command::VariableGroup(group, VariableGroupCommand::Save { against, variables, comment })
    };
    let mut stage = one_at_a_time();
    stage.variable_groups = vec!["shop".to_owned()];
    let mut tell = Job::agent("Tell").with_task(Task::command("tell"));
    tell.condition = Condition::Expression("eq(variables['stop'], 'no')".to_owned());
    stage.jobs.push(tell);
    let mut bench = Bench::empty();
    bench.must("user:eve", save(0, "no"));
    bench.create(PIPELINE, PipelineDefinition::new("Shop").with_stage(stage));
    bench.release_of(PIPELINE);
    bench.must("user:eve", save(1, "yes"));
    bench.release_of(PIPELINE);
    for release in [1, 1, 2] {
        bench.go(10);
        bench.end(deployment(release), Report::Succeeded);
    }
    bench.go(10);
    bench.recorded_until_now();
    bench.expect_nothing_to_change();
    let told = bench.told(&with_prod(|mut stage| {
        stage.jobs[1].condition = Condition::Expression("eq(variables['stop'], 'yes')".to_owned());
        stage
    }));
    assert_eq!(told[0], "release 1, Prod: would end its jobs 10 min earlier");
    // It begins ten minutes earlier, and tells for ten minutes.
    assert!(told.contains(&"release 2, Prod: would begin 10 min earlier".to_owned()), "{told:#?}");
    assert!(!told.contains(&"release 2, Prod: would be over 10 min earlier".to_owned()), "{told:#?}");
}

fn delete(bench: &Bench, not_over: NotOver) -> Command {
    let pipeline = bench.world.get(&Subject::Pipeline(PIPELINE)).expect("it exists");
    let stages = pipeline.state().as_pipeline().into_iter().flat_map(Pipeline::stages_ever);
    let (stages, comment) = (stages.collect::<BTreeSet<_>>(), "it is over".to_owned());
    Command::PipelineStatus(PIPELINE, PipelineStatusCommand::Delete { stages, not_over, comment })
}

#[test]
fn what_goes_on_when_its_pipeline_is_deleted_is_cancelled() {
    let mut bench = Bench::new(PipelineDefinition::new("Shop").with_stage(one_at_a_time()));
    for _ in 0..3 {
        bench.release_of(PIPELINE);
    }
    bench.go(10);
    let delete = delete(&bench, NotOver::Cancel);
    bench.must("user:eve", delete);
    bench.go(20);
    bench.must("user:eve", Command::PipelineStatus(PIPELINE, PipelineStatusCommand::Restore));
    bench.expect_nothing_to_change();
    let answer = bench.ask(&unlimited());
    let ends: Vec<_> = answer.would_be.deployments.values().map(|it| it.over.is_some()).collect();
    assert_eq!(ends, [true; 3], "{:#?}", answer.would_be);
    assert_eq!(answer.refused, []);
}

#[test]
fn a_pipeline_in_which_something_would_go_on_would_not_be_deleted() {
    let mut bench = Bench::new(PipelineDefinition::new("Shop").with_stage(one_at_a_time()));
    bench.release_of(PIPELINE);
    bench.go(10);
    bench.end(deployment(1), Report::Succeeded);
    let delete = delete(&bench, NotOver::Refuse);
    bench.must("user:eve", delete);
    bench.expect_nothing_to_change();
    let answer = bench.ask(&with_prod(|stage| {
        stage.with_approval(Moment::After, ApprovalStep::user(UserId::new("ann").expect("an id")))
    }));
    assert_eq!(answer.refused.len(), 1);
    assert_eq!(answer.refused[0].subject, Subject::PipelineStatus(PIPELINE));
}
