//! A pipeline and what is done with its releases, for every bench.

#![allow(dead_code, reason = "each bench needs some of it")]

use std::sync::Arc;

use chrono::DateTime;
use cutover::deployment::{Answer, Claim, Report};
use cutover::store::{CommitError, EventStore};
use cutover::transaction::{Command, Folded, Progress, Transaction, World};
use cutover::{
    Actor, ApprovalStep, CommandId, CommitId, Context, EngineId, IncarnationId, Moment, NewRelease,
    PipelineCommand, PipelineDefinition, PipelineId, QueuingPolicy, Release, ReleaseCommand, ReleaseId,
    Stage, StageId, Subject, Task, Timestamp, UserId, Work,
};

/// Commands that one release's life takes: it is created, each of its three stages runs a task, two of them ask for an approval.
pub const COMMANDS_OF_A_LIFE: u64 = 1 + 3 * 2 + 2;

/// Dev after release; QA after Dev with an approver; Production after QA, one at a time, with an approver.
pub fn definition(number: u64) -> PipelineDefinition {
    let [dev, qa, production] = [1, 2, 3].map(StageId);
    let step = |name: &str| ApprovalStep::user(UserId::new(name).expect("an id"));
    let one = 1.try_into().expect("not zero");
    PipelineDefinition::new(format!("Shop {number}"))
        .with_stage(Stage::new(dev, "Dev").after_release().with_task(Task::command("deploy dev")))
        .with_stage(
            Stage::new(qa, "QA")
                .after(&[dev])
                .with_approval(Moment::Before, step("ann"))
                .with_task(Task::command("deploy qa")),
        )
        .with_stage(
            Stage::new(production, "Production")
                .after(&[qa])
                .with_queuing(QueuingPolicy::in_order(one))
                .with_approval(Moment::After, step("pat"))
                .with_task(Task::command("deploy production")),
        )
}

/// One pipeline's commands, decided and committed one after another, as an engine does it.
#[derive(Clone)]
pub struct Line {
    store: Option<Arc<dyn EventStore>>,
    world: World,
    pipeline: PipelineId,
    definition: PipelineDefinition,
    now: Timestamp,
    commands: u64,
}

/// How far a release is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// To its first open approval.
    Approval,
    /// Until nothing but its last stage is left, which then waits for a slot, or holds it.
    LastStage,
    /// Through all of its stages.
    End,
}

impl Line {
    /// A pipeline of its own; without a store nothing is committed.
    pub async fn new(store: Option<Arc<dyn EventStore>>, number: u64) -> Self {
        Self::of(store, number, definition(number)).await
    }

    /// The same, with another definition.
    pub async fn of(store: Option<Arc<dyn EventStore>>, number: u64, definition: PipelineDefinition) -> Self {
        let (pipeline, now) = (PipelineId(number), DateTime::UNIX_EPOCH);
        let mut line = Self { store, world: World::new(), pipeline, definition, now, commands: 0 };
        let create = PipelineCommand::Create { definition: Arc::new(line.definition.clone()) };
        line.give("user:eve", Command::Pipeline(pipeline, create)).await;
        line
    }

    /// What is given from now on is given at this moment.
    pub const fn go_to(&mut self, now: Timestamp) {
        self.now = now;
    }

    async fn give(&mut self, actor: &str, command: Command) {
        loop {
            self.commands += 1;
            let id = format!("{}-{}", self.pipeline, self.commands);
            let now = self.now;
            let actor: Actor = actor.parse().expect("an actor");
            let (command_id, commit) =
                (CommandId::new(id.clone()).expect("an id"), CommitId::new(id).expect("an id"));
            let transaction = Transaction::new(command.clone(), Context::new(now, actor, command_id, commit));
            let proposal = loop {
                match transaction.advance(&self.world).expect("it is not refused") {
                    Progress::Needs(subjects) => {
                        for subject in subjects {
                            let folded = self.load(subject).await;
                            self.world.insert(Arc::new(folded));
                        }
                    }
                    Progress::Ready(proposal) => break proposal,
                    Progress::AlreadySo | Progress::Repeated { .. } => return,
                }
            };
            match &self.store {
                None => {}
                Some(store) => match store.commit(proposal.commit).await {
                    Ok(_) => {}
                    // Pipelines meet in the directory, when they are created.
                    Err(CommitError::Conflict(_)) => {
                        self.world = World::new();
                        continue;
                    }
                    Err(error) => panic!("{error}"),
                },
            }
            for state in proposal.states {
                self.world.insert(state);
            }
            return;
        }
    }

    async fn load(&self, subject: Subject) -> Folded {
        let stream = subject.stream();
        let mut folded = Folded::empty(subject);
        if let Some(store) = &self.store {
            let events =
                store.read_stream(&stream, folded.sequence(), usize::MAX).await.expect("it can be read");
            for event in events {
                folded.apply(&event).expect("it can be folded");
            }
        }
        folded
    }

    fn release(&self, id: ReleaseId) -> &Release {
        let folded = self.world.get(&Subject::Release(id)).expect("it is loaded");
        folded.state().as_release().expect("it is a release")
    }

    /// Creates a release and sees it through all of its stages.
    pub async fn live(&mut self, number: u64) {
        let release = ReleaseId(self.pipeline.0 * 10_000_000 + number);
        let before = self.commands;
        self.live_until(release, "user:eve", NewRelease::default(), Until::End).await;
        assert_eq!(self.commands - before, COMMANDS_OF_A_LIFE, "what is measured is a whole life");
    }

    /// Creates a release and sees it so far.
    pub async fn live_until(&mut self, release: ReleaseId, creator: &str, request: NewRelease, until: Until) {
        let create = PipelineCommand::CreateRelease { release, request };
        self.give(creator, Command::Pipeline(self.pipeline, create)).await;
        let engine = EngineId::new("bench").expect("an id");
        let claim = Claim { engine: engine.clone(), incarnation: IncarnationId::new("1").expect("an id") };
        loop {
            let standing = self.release(release);
            let open = standing.going_on().find_map(|it| it.open_approvals().next().map(|(id, ..)| id));
            let last = self.definition.stages.last().map(|stage| stage.id);
            match until {
                Until::Approval if open.is_some() => break,
                Until::LastStage if last.is_some_and(|last| standing.latest(last).is_some()) => break,
                Until::Approval | Until::LastStage | Until::End => {}
            }
            let (actor, next) = match (standing.work(&self.definition).pop(), open) {
                (Some(Work::Run(task)), _) => {
                    ("system", ReleaseCommand::ClaimTask { task, claim: claim.clone() })
                }
                (Some(Work::Watch { task, .. }), _) => (
                    "system",
                    ReleaseCommand::ReportTask { task, engine: engine.clone(), report: Report::Succeeded },
                ),
                (Some(Work::Settle(deployment)), _) => ("system", ReleaseCommand::Settle(deployment)),
                (None, Some(approval)) => {
                    let actor = if approval.moment == Moment::Before { "user:ann" } else { "user:pat" };
                    (
                        actor,
                        ReleaseCommand::Answer { approval, answer: Answer::Approve, comment: String::new() },
                    )
                }
                (Some(Work::Sample(..)), _) => unreachable!("no pipeline of the benches has gates"),
                (None, None) => break,
            };
            self.give(actor, Command::Release(release, next)).await;
        }
        // It is not needed any more, or loaded again: so the world stays as large as what goes on.
        self.world.remove(&Subject::Release(release));
    }
}
