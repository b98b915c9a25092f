//! Random histories, replayed under the policies that they had and under others.

use std::num::NonZeroU32;
use std::sync::Arc;

use chrono::TimeDelta;
use cutover::deployment::{Answer, Report};
use cutover::transaction::Command;
use cutover::what_if::Milestone;
use cutover::*;
use proptest::prelude::*;

use crate::bench::{Bench, at_most, queued};
use crate::{DEV, PIPELINE, PROD};

/// One thing that happens in a random history.
#[derive(Debug, Clone)]
enum Happens {
    Time(i64),
    Deadlines,
    Release,
    Work(usize, bool),
    Answer(usize, bool),
    HandOn(usize),
    Cancel(u64, bool),
    Deploy(u64, bool, Option<i64>),
    Abandon(u64),
    Revise(QueuingPolicy),
}

fn policy() -> impl Strategy<Value = QueuingPolicy> {
    prop_oneof![
        Just(QueuingPolicy::Unlimited),
        (1..3_u32).prop_map(|count| QueuingPolicy::in_order(at_most(count))),
        (1..3_u32).prop_map(|count| QueuingPolicy::only_latest(at_most(count))),
    ]
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        4 => (0..90_i64).prop_map(Happens::Time),
        2 => Just(Happens::Deadlines),
        2 => Just(Happens::Release),
        8 => (any::<usize>(), any::<bool>()).prop_map(|(choice, fails)| Happens::Work(choice, fails)),
        3 => (any::<usize>(), any::<bool>()).prop_map(|(choice, yes)| Happens::Answer(choice, yes)),
        1 => any::<usize>().prop_map(Happens::HandOn),
        1 => (1..6_u64, any::<bool>()).prop_map(|(release, prod)| Happens::Cancel(release, prod)),
        2 => (1..6_u64, any::<bool>(), prop::option::of(1..60_i64))
            .prop_map(|(release, prod, at)| Happens::Deploy(release, prod, at)),
        1 => (1..6_u64).prop_map(Happens::Abandon),
        1 => policy().prop_map(Happens::Revise),
    ]
}

prop_compose! {
    fn pipeline()(
        policies in (policy(), policy()),
        jobs_only in any::<bool>(),
        (before, after, of_group) in any::<(bool, bool, bool)>(),
        (empty, minutes, retries) in (any::<bool>(), 0..60_u32, 0..2_u32),
        (slices, goes_on) in (0..4_u32, any::<bool>()),
    ) -> PipelineDefinition {
        let mut ship = Task::command("ship");
        (ship.timeout_minutes, ship.retry_count) = (minutes, retries);
        let step = if of_group {
            ApprovalStep::group(GroupId::new("ops").expect("an id"))
        } else {
            ApprovalStep::user(UserId::new("ann").expect("an id"))
        };
        let dev = Stage::new(DEV, "Dev").after_release().with_queuing(policies.0);
        let dev = if empty { dev } else { dev.with_task(Task::command("try")) };
        let mut prod = Stage::new(PROD, "Prod").after(&[DEV]).with_queuing(policies.1).with_task(ship);
        if let Some(agents) = NonZeroU32::new(slices) {
            // On one agent there is one slice; with more, two of three run at once.
            prod.jobs[0].parallelism = if slices == 1 {
                Parallelism::MultiAgent { agents, continue_on_error: goes_on }
            } else {
                prod.variables.insert("Browser".to_owned(), Variable::plain("A,B,C"));
                let multipliers = vec!["Browser".to_owned()];
                Parallelism::MultiConfiguration { multipliers, at_most: at_most(2), continue_on_error: goes_on }
            };
        }
        prod = if before { prod.with_approval(Moment::Before, step.clone()) } else { prod };
        prod.before.approvals.timeout_minutes = if before { 90 } else { 0 };
        prod = if after { prod.with_approval(Moment::After, step) } else { prod };
        prod.slot_span = if jobs_only { SlotSpan::JobsOnly } else { SlotSpan::ApprovalsAndJobs };
        PipelineDefinition::new("Shop").with_stage(dev).with_stage(prod)
    }
}

fn history_of(definition: PipelineDefinition, happens: Vec<Happens>) -> Bench {
    let mut bench = Bench::new(definition.clone());
    let (mut present, mut revision) = (definition, 1);
    for happens in happens {
        // What can't be done is refused, and nothing is recorded of it.
        let _ = match happens {
            Happens::Time(minutes) => {
                bench.wait(minutes);
                Ok(())
            }
            Happens::Deadlines => {
                bench.keep_time();
                Ok(())
            }
            Happens::Release => {
                bench.release();
                Ok(())
            }
            Happens::Work(choice, fails) => {
                let failed = Report::Failed { message: "no".to_owned() };
                bench.work_on(choice, if fails { failed } else { Report::Succeeded });
                Ok(())
            }
            Happens::Answer(choice, yes) => {
                let open = bench.open_approvals();
                open.get(choice % open.len().max(1)).map_or(Ok(()), |approval| {
                    let answer = if yes { Answer::Approve } else { Answer::Reject };
                    let command =
                        ReleaseCommand::Answer { approval: *approval, answer, comment: String::new() };
                    let told = bench.tell("user:ann", approval.deployment.release, command.clone());
                    told.or_else(|_| bench.tell("user:bob", approval.deployment.release, command))
                })
            }
            Happens::HandOn(choice) => {
                let open = bench.open_approvals();
                open.get(choice % open.len().max(1)).map_or(Ok(()), |approval| {
                    let to = UserId::new("bob").expect("an id");
                    let command =
                        ReleaseCommand::Reassign { approval: *approval, to, comment: String::new() };
                    bench.tell("user:ann", approval.deployment.release, command)
                })
            }
            Happens::Cancel(release, prod) => {
                let stage = if prod { PROD } else { DEV };
                let command = ReleaseCommand::Cancel { stage, comment: String::new() };
                bench.tell("user:eve", ReleaseId(release), command)
            }
            Happens::Deploy(release, prod, at) => {
                let mut request = DeployRequest::new(if prod { PROD } else { DEV });
                request.at = at.map(|minutes| bench.now + TimeDelta::minutes(minutes));
                bench.tell("user:eve", ReleaseId(release), ReleaseCommand::Deploy(request))
            }
            Happens::Abandon(release) => {
                bench.tell("user:eve", ReleaseId(release), ReleaseCommand::Abandon { comment: String::new() })
            }
            Happens::Revise(policy) => {
                present.stages[1].queuing = policy;
                let (definition, comment) = (Arc::new(present.clone()), String::new());
                let command = PipelineCommand::Revise { against: revision, definition, comment };
                let told = bench.give("user:eve", Command::Pipeline(PIPELINE, command));
                let pipeline = bench.world.get(&Subject::Pipeline(PIPELINE)).expect("it exists");
                revision =
                    pipeline.state().as_pipeline().and_then(Pipeline::current).expect("it exists").revision;
                told
            }
        };
    }
    bench
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_unchanged_policy_changes_nothing(
        definition in pipeline(),
        happens in prop::collection::vec(happens(), 1..80),
    ) {
        let bench = history_of(definition, happens);
        let answer = bench.ask(&|definition| definition);
        prop_assert_eq!(&answer.was, &answer.would_be);
        prop_assert_eq!(answer.differences, vec![]);
        prop_assert_eq!(answer.assumed, vec![]);
        prop_assert_eq!(answer.refused, vec![]);
    }

    #[test]
    fn any_other_policy_has_an_answer(
        definition in pipeline(),
        happens in prop::collection::vec(happens(), 1..80),
        policy in policy(),
    ) {
        let bench = history_of(definition, happens);
        let answer = bench.ask(&queued(policy));
        let until = answer.until.expect("something was recorded");
        for milestones in answer.would_be.deployments.values() {
            let reached = Milestone::ALL.iter().filter_map(|milestone| milestones.at(*milestone));
            prop_assert!(reached.clone().all(|at| at <= until));
        }
        // People created these releases, whatever the policy.
        for release in 1..=bench.releases {
            let first = DeploymentId { release: ReleaseId(release), stage: DEV, attempt: NonZeroU32::MIN };
            prop_assert_eq!(answer.was.deployments[&first].triggered, answer.would_be.deployments[&first].triggered);
        }
    }
}
