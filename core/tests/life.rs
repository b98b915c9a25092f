//! The life of a release, from its creation to the end of its last stage, through transactions alone.

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta};
use common::carry_out;
use cutover::deployment::{Answer, Claim, Report};
use cutover::transaction::{Command, World};
use cutover::*;

type Fallible = Result<(), Box<dyn std::error::Error>>;

struct Bench {
    world: World,
    now: Timestamp,
    commands: u64,
}

impl Bench {
    fn new() -> Self {
        Self { world: World::new(), now: DateTime::UNIX_EPOCH + TimeDelta::days(20_000), commands: 0 }
    }

    fn give(&mut self, actor: &str, command: Command) -> Result<Vec<Event>, Box<dyn std::error::Error>> {
        self.commands += 1;
        let actor = actor.parse()?;
        let id = self.commands;
        let context = Context::new(
            self.now,
            actor,
            CommandId::new(format!("c{id}"))?,
            CommitId::new(format!("k{id}"))?,
        );
        let proposal = carry_out(&mut self.world, command, context)?;
        let events = proposal.into_iter().flat_map(|proposal| proposal.events);
        Ok(events.map(|happening| happening.event).collect())
    }

    fn release(&self, id: u64) -> &Release {
        let folded = self.world.get(&Subject::Release(ReleaseId(id))).expect("the release was loaded");
        folded.state().as_release().expect("it is a release")
    }

    fn give_release(
        &mut self,
        actor: &str,
        id: u64,
        command: ReleaseCommand,
    ) -> Result<Vec<Event>, Box<dyn std::error::Error>> {
        self.give(actor, Command::Release(ReleaseId(id), command))
    }
}

#[test]
fn a_release_goes_through_its_stages() -> Fallible {
    let [dev, prod] = [1, 2].map(StageId);
    let ann = UserId::new("ann")?;
    let definition = PipelineDefinition::new("Shop")
        .with_stage(Stage::new(dev, "Dev").after_release().with_task(Task::command("echo dev")))
        .with_stage(
            Stage::new(prod, "Prod")
                .after(&[dev])
                .with_approval(Moment::Before, ApprovalStep::user(ann))
                .with_queuing(QueuingPolicy::in_order(1.try_into()?))
                .with_task(Task::command("echo prod")),
        );
    let mut bench = Bench::new();
    let pipeline = PipelineId(1);
    bench.give(
        "user:eve",
        Command::Pipeline(pipeline, PipelineCommand::Create { definition: Arc::new(definition.clone()) }),
    )?;
    for release in [1, 2].map(ReleaseId) {
        let request = NewRelease::default();
        bench.give(
            "user:eve",
            Command::Pipeline(pipeline, PipelineCommand::CreateRelease { release, request }),
        )?;
    }
    assert_eq!(bench.release(2).about().expect("it exists").name, "Release-2");
    let claim = Claim { engine: EngineId::new("e")?, incarnation: IncarnationId::new("i")? };
    for release in [1, 2] {
        let work = bench.release(release).work(&definition);
        let [Work::Run(task)] = work[..] else { panic!("{work:?}") };
        bench.give_release("system", release, ReleaseCommand::ClaimTask { task, claim: claim.clone() })?;
        let engine = claim.engine.clone();
        bench.give_release(
            "system",
            release,
            ReleaseCommand::ReportTask { task, engine, report: Report::Succeeded },
        )?;
    }
    assert_eq!(bench.release(1).status(prod), status::StageStatus::InProgress);
    assert_eq!(bench.release(2).status(prod), status::StageStatus::Queued);
    let approval =
        bench.release(1).latest(prod).and_then(|it| it.open_approvals().next()).expect("ann is asked").0;
    let answer = |answer| ReleaseCommand::Answer { approval, answer, comment: String::new() };
    assert!(bench.give_release("user:bob", 1, answer(Answer::Approve)).is_err());
    bench.give_release("user:ann", 1, answer(Answer::Reject))?;
    assert_eq!(bench.release(1).status(prod), status::StageStatus::Rejected);
    assert_eq!(bench.release(2).status(prod), status::StageStatus::InProgress);
    // Encoded and decoded, the events fold to the same state; see the stores' round trip in the engine's tests.
    Ok(())
}

/// Story: a release of the largest pipeline that validates needed more events than a commit may hold. A trigger that wanted one could
/// not even decline, and observed its feed no further.
#[test]
fn a_release_of_the_largest_pipeline_is_created_and_abandoned_in_a_commit_each() -> Fallible {
    let approver =
        |number: usize| ApprovalStep::user(UserId::new(format!("user-{number}")).expect("a short text"));
    let mut definition = PipelineDefinition::new("Shop");
    for id in (1..).take(limits::STAGES) {
        let mut stage = Stage::new(StageId(id), format!("Stage {id}")).after_release();
        stage.queuing = QueuingPolicy::Unlimited;
        stage.before.approvals.steps = (0..limits::APPROVAL_STEPS).map(approver).collect();
        stage.before.approvals.order = ApprovalOrder::AnyOrder;
        definition.stages.push(stage);
    }
    let mut bench = Bench::new();
    let create = PipelineCommand::Create { definition: Arc::new(definition) };
    bench.give("user:ann", Command::Pipeline(PipelineId(1), create))?;
    let create = PipelineCommand::CreateRelease { release: ReleaseId(1), request: NewRelease::default() };
    let created = bench.give("trigger:app", Command::Pipeline(PipelineId(1), create))?;
    let asked = limits::STAGES * limits::APPROVAL_STEPS;
    assert!((asked..limits::COMMIT_EVENTS).contains(&created.len()), "{} events", created.len());
    let abandoned = bench.give_release("user:ann", 1, ReleaseCommand::Abandon { comment: String::new() })?;
    assert!((asked..limits::COMMIT_EVENTS).contains(&abandoned.len()), "{} events", abandoned.len());
    Ok(())
}
