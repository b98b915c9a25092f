//! A small world: one pipeline, a few releases, and everything that somebody could do next.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use chrono::DateTime;
use cutover::deployment::{Answer, Claim, Report};
use cutover::transaction::{Command, Folded, Progress, Refusal, Transaction, World as Loaded};
use cutover::{
    Actor, AgentId, Capabilities, CommandId, CommitId, Context, DeployRequest, EngineId, Event,
    IncarnationId, Moment, NewRelease, PipelineCommand, PipelineDefinition, PipelineId, Pool, PoolCommand,
    PoolId, QueueCommand, QueueId, Release, ReleaseCommand, ReleaseId, ReleaseState, StageId, StageQueue,
    Subject, Work,
};

const PIPELINE: PipelineId = PipelineId(1);

/// How large a world is.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// How many releases are created.
    pub releases: u64,
    /// How often each is deployed to a stage.
    pub attempts: usize,
    /// Whether releases are abandoned.
    pub abandons: bool,
}

/// A state of the world.
#[derive(Clone)]
pub struct World {
    loaded: Loaded,
    pub definition: Arc<PipelineDefinition>,
    bounds: Bounds,
    created: u64,
    commands: u64,
}

/// What somebody did, and what was recorded for it.
pub struct Move {
    pub what: String,
    /// What was asked.
    pub command: Command,
    pub events: Vec<Event>,
    /// Whether it brings a deployment nearer to its end without stopping it.
    pub is_progress: bool,
}

impl World {
    pub fn new(definition: PipelineDefinition, bounds: Bounds) -> Self {
        let definition = Arc::new(definition);
        let mut world = Self {
            loaded: Loaded::new(),
            definition: Arc::clone(&definition),
            bounds,
            created: 0,
            commands: 0,
        };
        let create = Command::Pipeline(PIPELINE, PipelineCommand::Create { definition });
        world.give("user:eve", create).expect("the pipeline is valid");
        world
    }

    /// The same with this many agents in the pool of jobs that name none (J11).
    pub fn with_agents(mut self, count: usize) -> Self {
        let agent = |number| AgentId::new(format!("agent{number}")).expect("an id");
        let agents = (1..=count).map(|number| (agent(number), Capabilities::default())).collect();
        for command in [PoolCommand::Define, PoolCommand::SaveAgents { agents }] {
            self.give("user:eve", Command::Pool(pool_id(), command)).expect("it is allowed");
        }
        self
    }

    /// The pool of jobs that name none, if somebody defined it.
    pub fn pool(&self) -> Option<&Pool> {
        let pool = self.loaded.get(&Subject::Pool(pool_id()))?.state().as_pool();
        pool.filter(|pool| pool.is_defined())
    }

    pub fn releases(&self) -> impl Iterator<Item = &Release> {
        (1..=self.created)
            .filter_map(|number| self.loaded.get(&Subject::Release(ReleaseId(number)))?.state().as_release())
    }

    pub fn queue(&self, stage: StageId) -> Option<&StageQueue> {
        self.loaded.get(&Subject::Queue(QueueId { pipeline: PIPELINE, stage }))?.state().as_queue()
    }

    /// Tells states apart: everything that is known of releases and queues, and nothing of how it came about. The clock stands still.
    pub fn key(&self) -> u128 {
        let mut text = String::new();
        for release in self.releases() {
            write!(text, "{release:?}").expect("a text takes all");
        }
        for stage in &self.definition.stages {
            write!(text, "{:?}", self.queue(stage.id)).expect("a text takes all");
        }
        write!(text, "{:?}", self.pool()).expect("a text takes all");
        let half = |salt: u8| {
            let mut hasher = DefaultHasher::new();
            (salt, &text).hash(&mut hasher);
            u128::from(hasher.finish())
        };
        half(0) << 64 | half(1)
    }

    /// Every state that one deed leads to.
    pub fn moves(&self) -> Vec<(Move, Self)> {
        let mut moves = Vec::new();
        if self.created < self.bounds.releases {
            let release = ReleaseId(self.created + 1);
            let create = PipelineCommand::CreateRelease { release, request: NewRelease::default() };
            let mut next = self.clone();
            next.created += 1;
            moves.extend(next.moved("user:eve", true, Command::Pipeline(PIPELINE, create)));
        }
        for release in self.releases() {
            let id = release.about().expect("it was created").id;
            let mut add = |actor: &str, is_progress, command| {
                moves.extend(self.clone().moved(actor, is_progress, Command::Release(id, command)));
            };
            for work in release.work(&self.definition) {
                if let Work::Watch { task, .. } = work {
                    let report =
                        |report| ReleaseCommand::ReportTask { task, engine: engine().engine, report };
                    add("system", true, report(Report::Succeeded));
                    add("system", true, report(Report::Failed { message: String::new() }));
                }
            }
            for deployment in release.going_on() {
                for (approval, ..) in deployment.open_approvals() {
                    let actor = if approval.moment == Moment::Before { "user:ann" } else { "user:pat" };
                    for answer in [Answer::Approve, Answer::Reject] {
                        add(actor, true, ReleaseCommand::Answer { approval, answer, comment: String::new() });
                    }
                }
                let stage = deployment.id.stage;
                add("user:bob", false, ReleaseCommand::Cancel { stage, comment: String::new() });
            }
            for stage in &self.definition.stages {
                let attempts = release.attempts(stage.id);
                let may_again = attempts.last().is_some_and(|latest| latest.is_over());
                if may_again && attempts.len() < self.bounds.attempts {
                    add("user:bob", false, ReleaseCommand::Deploy(DeployRequest::new(stage.id)));
                }
            }
            if self.bounds.abandons && release.state() == ReleaseState::Active {
                add("user:bob", false, ReleaseCommand::Abandon { comment: String::new() });
            }
        }
        moves
    }

    /// The state after a command and all that the engine does then; none if it is refused or changes nothing.
    fn moved(mut self, actor: &str, is_progress: bool, command: Command) -> Option<(Move, Self)> {
        let what = format!("{actor}: {command:?}");
        let mut events = self.give(actor, command.clone()).ok()?;
        if events.is_empty() {
            return None;
        }
        while let Some(command) = self.next_of_the_engine() {
            events.extend(self.give("system", command).expect("the engine's own commands are not refused"));
        }
        Some((Move { what, command, events, is_progress }, self))
    }

    /// What the engine does at once: claims what may run, and goes on with what one commit could not hold.
    fn next_of_the_engine(&self) -> Option<Command> {
        for release in self.releases() {
            let id = release.about()?.id;
            for work in release.work(&self.definition) {
                match work {
                    Work::Run(task) => {
                        return Some(Command::Release(
                            id,
                            ReleaseCommand::ClaimTask { task, claim: engine() },
                        ));
                    }
                    Work::Settle(deployment) => {
                        return Some(Command::Release(id, ReleaseCommand::Settle(deployment)));
                    }
                    _ => {}
                }
            }
        }
        if self.pool().is_some_and(Pool::has_pending_work) {
            return Some(Command::Pool(pool_id(), PoolCommand::Settle));
        }
        let pending = |stage: &StageId| self.queue(*stage).is_some_and(StageQueue::has_pending_work);
        let stage = self.definition.stages.iter().map(|stage| stage.id).find(pending)?;
        Some(Command::Queue(QueueId { pipeline: PIPELINE, stage }, QueueCommand::Settle))
    }

    fn give(&mut self, actor: &str, command: Command) -> Result<Vec<Event>, Refusal> {
        self.commands += 1;
        let actor: Actor = actor.parse().expect("an actor");
        let id = format!("c{}", self.commands);
        let (command_id, commit) =
            (CommandId::new(id.clone()).expect("an id"), CommitId::new(id).expect("an id"));
        let transaction =
            Transaction::new(command, Context::new(DateTime::UNIX_EPOCH, actor, command_id, commit));
        loop {
            match transaction.advance(&self.loaded)? {
                Progress::Needs(subjects) => {
                    for subject in subjects {
                        self.loaded.insert(Arc::new(Folded::empty(subject)));
                    }
                }
                Progress::Ready(proposal) => {
                    for state in proposal.states {
                        self.loaded.insert(state);
                    }
                    return Ok(proposal.events.into_iter().map(|it| it.event).collect());
                }
                Progress::AlreadySo | Progress::Repeated { .. } => return Ok(Vec::new()),
            }
        }
    }
}

fn pool_id() -> PoolId {
    PoolId::new("default").expect("an id")
}

fn engine() -> Claim {
    Claim { engine: EngineId::new("e").expect("an id"), incarnation: IncarnationId::new("i").expect("an id") }
}
