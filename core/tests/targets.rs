//! Jobs on deployment groups, through transactions alone: what their decisions rest on, and how much one commit holds (J3, D6).

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Arc;

use chrono::DateTime;
use common::carry_out;
use cutover::deployment::{Claim, JobRun, Report};
use cutover::status::StageStatus;
use cutover::store::{Commit, StreamId};
use cutover::transaction::{Command, World};
use cutover::*;

type Fallible = Result<(), Box<dyn std::error::Error>>;

const PROD: StageId = StageId(1);
const QUEUE: QueueId = QueueId { pipeline: PipelineId(1), stage: PROD };

struct Bench {
    world: World,
    commands: u64,
    definition: PipelineDefinition,
}

impl Bench {
    /// A group with so many targets, and a release whose job runs on all of them at once.
    fn new(targets: usize, tasks: usize) -> Self {
        let mut install = Job::agent("Install");
        let at_once = TargetLimit::Percent(NonZeroU32::new(100).expect("not zero"));
        install.kind = JobKind::DeploymentGroup { group: "web".to_owned(), tags: BTreeSet::new(), at_once };
        for _ in 0..tasks {
            let mut task = Task::command("copy");
            task.enabled = tasks == 1;
            install.tasks.push(task);
        }
        let mut stage = Stage::new(PROD, "Prod").after_release().with_job(install);
        stage.redeploy = Some(Redeploy::NewTargets);
        let definition = PipelineDefinition::new("Shop").with_stage(stage);
        let mut bench = Self { world: World::new(), commands: 0, definition: definition.clone() };
        for number in 0..targets {
            bench.register(number);
        }
        let definition = Arc::new(definition);
        bench.give(Command::Pipeline(PipelineId(1), PipelineCommand::Create { definition }));
        let (release, request) = (ReleaseId(1), NewRelease::default());
        bench.give(Command::Pipeline(PipelineId(1), PipelineCommand::CreateRelease { release, request }));
        bench
    }

    fn register(&mut self, number: usize) {
        let command = TargetsCommand::Register {
            target: TargetId::new(format!("m{number}")).expect("an id"),
            name: format!("m{number}"),
            tags: BTreeSet::new(),
            presence: Presence::Online,
        };
        self.give(Command::Targets(web(), command)).expect("it is registered");
    }

    fn give(&mut self, command: Command) -> Option<Commit> {
        self.commands += 1;
        let id = self.commands.to_string();
        let (command_id, commit) =
            (CommandId::new(id.clone()).expect("an id"), CommitId::new(id).expect("an id"));
        let context = Context::new(DateTime::UNIX_EPOCH, Actor::System, command_id, commit);
        let proposal = carry_out(&mut self.world, command, context).expect("it is not refused");
        proposal.map(|proposal| proposal.commit)
    }

    fn release(&self) -> &Release {
        let folded = self.world.get(&Subject::Release(ReleaseId(1))).expect("it was created");
        folded.state().as_release().expect("it is a release")
    }

    /// What an engine does next, and what it commits.
    fn go_on(&mut self) -> Option<(Work, Commit)> {
        let work = self.release().work(&self.definition).into_iter().next()?;
        let claim = claim();
        let command = match &work {
            Work::Run(task) => ReleaseCommand::ClaimTask { task: *task, claim },
            Work::Watch { task, .. } => {
                ReleaseCommand::ReportTask { task: *task, engine: claim.engine, report: Report::Succeeded }
            }
            Work::Settle(deployment) => ReleaseCommand::Settle(*deployment),
            Work::Sample(..) => return None,
        };
        let commit = self.give(Command::Release(ReleaseId(1), command)).expect("it leads on");
        Some((work, commit))
    }
}

fn claim() -> Claim {
    Claim { engine: EngineId::new("e").expect("an id"), incarnation: IncarnationId::new("i").expect("an id") }
}

fn web() -> TargetGroupId {
    TargetGroupId::new("web").expect("an id")
}

fn is_guarded(commit: &Commit) -> bool {
    let stream: StreamId = Subject::Targets(web()).stream();
    commit.guards().iter().any(|guard| guard.stream == stream)
}

#[test]
fn a_job_begins_in_a_commit_that_holds_only_if_the_group_is_still_as_it_was_read() -> Fallible {
    let mut bench = Bench::new(2, 1);
    assert!(bench.release().latest(PROD).is_some_and(|it| it.begun_at.is_some() && it.jobs.is_empty()));
    let (work, commit) = bench.go_on().ok_or("the job is to begin")?;
    assert!(matches!(work, Work::Settle(_)), "{work:?}");
    assert!(is_guarded(&commit), "{:?}", commit.guards());
    // What comes of the tasks is none of the group's business.
    while let Some((work, commit)) = bench.go_on() {
        assert!(!is_guarded(&commit), "{work:?}");
    }
    assert_eq!(bench.release().status(PROD), StageStatus::Succeeded);
    bench.register(2);
    let observed = bench.give(Command::Queue(QUEUE, QueueCommand::ObserveTargets(web())));
    assert!(is_guarded(&observed.ok_or("one has joined")?));
    assert_eq!(bench.release().attempts(PROD).len(), 2);
    Ok(())
}

#[test]
fn a_job_on_as_many_targets_as_may_be_begins_and_ends_in_bounded_commits() {
    let mut bench = Bench::new(limits::TARGETS, 3);
    let (mut largest, mut commits) = (0, 0);
    while let Some((_, commit)) = bench.go_on() {
        largest = largest.max(commit.events().len());
        commits += 1;
    }
    assert_eq!(bench.release().status(PROD), StageStatus::Succeeded);
    let slices = bench.release().latest(PROD).and_then(|it| it.jobs.first()).map_or(&[][..], JobRun::slices);
    assert_eq!(slices.len(), limits::TARGETS);
    assert!(largest <= limits::TARGETS + limits::JOB_STEPS, "{largest} events in one commit");
    assert!(commits > 10, "{commits} commits");
}
