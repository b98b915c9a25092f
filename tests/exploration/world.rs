//! A small world: one pipeline, a few releases, and everything that somebody could do next.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::num::NonZeroU32;
use std::sync::Arc;

use chrono::DateTime;
use cutover::deployment::{Answer, Claim, Deadline, Deployment, InterventionAnswer, Report};
use cutover::freeze::{Freezes, FreezesCommand};
use cutover::gate::{Answer as GateAnswer, Taken};
use cutover::transaction::{Command, Folded, Progress, Refusal, Transaction, World as Loaded};
use cutover::{
    Actor, CommandId, CommitId, Context, DeployRequest, EngineId, Event, FreezeId, IncarnationId,
    LockGroupId, Locks, LocksCommand, Moment, NewRelease, PipelineCommand, PipelineDefinition, PipelineId,
    Presence, QueueCommand, QueueId, Release, ReleaseCommand, ReleaseId, ReleaseState, Scope, StageId,
    StageQueue, Subject, TargetGroupId, TargetId, Targets, TargetsCommand, Timestamp, Work,
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
    /// How often somebody stops the line.
    pub freezes: usize,
}

/// A state of the world.
#[derive(Clone)]
pub struct World {
    loaded: Loaded,
    pub definition: Arc<PipelineDefinition>,
    bounds: Bounds,
    created: u64,
    commands: u64,
    frozen: usize,
    /// It stands still, but where gates or a pause wait for a moment.
    pub now: Timestamp,
    /// How many targets may still join the deployment group `web`.
    to_join: u64,
}

/// What somebody did, and what was recorded for it.
pub struct Move {
    pub what: String,
    /// What was asked; nothing if time went on.
    pub command: Option<Command>,
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
            frozen: 0,
            now: DateTime::UNIX_EPOCH,
            to_join: 0,
        };
        let named: BTreeSet<String> =
            definition.stages.iter().flat_map(|stage| &stage.lock_groups).cloned().collect();
        for name in named {
            let group = LockGroupId::new(name).expect("a short name");
            let define = LocksCommand::Define { group, capacity: NonZeroU32::MIN };
            world.give("user:eve", Command::Locks(define)).expect("a new group");
        }
        let create = Command::Pipeline(PIPELINE, PipelineCommand::Create { definition });
        world.give("user:eve", create).expect("the pipeline is valid");
        world
    }

    /// The same world, in which one target has joined the deployment group `web` and as many more may.
    pub fn with_targets(mut self, to_join: u64) -> Self {
        self.to_join = to_join + 1;
        let (_, joined) = self.join().expect("the first one joins");
        joined
    }

    pub fn targets(&self) -> Option<&Targets> {
        self.loaded.get(&Subject::Targets(web()))?.state().as_targets()
    }

    /// The next target joins.
    fn join(&self) -> Option<(Move, Self)> {
        let mut next = self.clone();
        next.to_join = next.to_join.checked_sub(1)?;
        let name = format!("m{}", self.targets().map_or(0, Targets::len));
        let command = TargetsCommand::Register {
            target: TargetId::new(name.clone()).expect("an id"),
            name,
            tags: BTreeSet::new(),
            presence: Presence::Online,
        };
        next.moved("user:eve", false, Command::Targets(web(), command))
    }

    pub fn releases(&self) -> impl Iterator<Item = &Release> {
        (1..=self.created)
            .filter_map(|number| self.loaded.get(&Subject::Release(ReleaseId(number)))?.state().as_release())
    }

    pub fn queue(&self, stage: StageId) -> Option<&StageQueue> {
        self.loaded.get(&Subject::Queue(QueueId { pipeline: PIPELINE, stage }))?.state().as_queue()
    }

    pub fn freezes(&self) -> Freezes {
        let known = self.loaded.get(&Subject::Freezes).and_then(|folded| folded.state().as_freezes());
        known.cloned().unwrap_or_default()
    }

    pub fn locks(&self) -> Locks {
        let known = self.loaded.get(&Subject::Locks).and_then(|folded| folded.state().as_locks());
        known.cloned().unwrap_or_default()
    }

    /// Tells states apart: everything that is known of releases, queues, lock groups and freezes, and nothing of how it came about.
    pub fn key(&self) -> u128 {
        let mut text = format!("{:?} {} {:?}", self.now, self.frozen, self.freezes());
        write!(text, "{:?}", self.locks()).expect("a text takes all");
        for release in self.releases() {
            write!(text, "{release:?}").expect("a text takes all");
        }
        for stage in &self.definition.stages {
            write!(text, "{:?}", self.queue(stage.id)).expect("a text takes all");
        }
        write!(text, "{:?}", self.targets()).expect("a text takes all");
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
        moves.extend(self.join());
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
                for (actor, command) in on_the_way(deployment, self.now) {
                    add(actor, true, command);
                }
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
        moves.extend(self.freezing());
        moves.extend(self.waiting());
        moves
    }

    /// Somebody stops the line, or lets it go on.
    fn freezing(&self) -> Option<(Move, Self)> {
        let freeze = FreezeId::new("stop").expect("an id");
        let mut next = self.clone();
        if self.freezes().get(&freeze).is_some() {
            let lift = FreezesCommand::Lift { freeze, comment: String::new() };
            return next.moved("user:bob", true, Command::Freezes(lift));
        }
        if self.frozen == self.bounds.freezes {
            return None;
        }
        next.frozen += 1;
        let reason = "a fire".to_owned();
        let stop = FreezesCommand::StopTheLine { freeze, scope: Scope::Store, reason };
        next.moved("user:bob", false, Command::Freezes(stop))
    }

    /// Time goes on to the next sample of gates, or to the end of a pause; never to the time-out of what somebody is asked.
    fn waiting(&self) -> Option<(Move, Self)> {
        let samples = self.releases().flat_map(Release::going_on).filter_map(|deployment| {
            let (_, run) = deployment.sampling_gates()?;
            run.next_moment(self.now)
        });
        let pauses =
            self.releases().filter_map(Release::deadline).filter_map(|(at, deadline)| match deadline {
                Deadline::PauseEnds(_) | Deadline::GatesTimeOut(..) => Some(at),
                _ => None,
            });
        let mut next = self.clone();
        next.now = samples.chain(pauses).min()?.max(self.now);
        let mut events = Vec::new();
        while let Some(command) = next.next_of_the_engine() {
            events.extend(next.give("system", command).expect("the engine's own commands are not refused"));
        }
        let what = format!("time goes on to {}", next.now);
        Some((Move { what, command: None, events, is_progress: true }, next))
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
        Some((Move { what, command: Some(command), events, is_progress }, self))
    }

    /// What the engine does at once: what has come due, freezes that are others by now, claims of what may run, and what one commit
    /// could not hold.
    fn next_of_the_engine(&self) -> Option<Command> {
        let freezes = self.freezes();
        for release in self.releases() {
            let id = release.about()?.id;
            if let Some((_, deadline)) = release.deadline().filter(|(at, _)| *at <= self.now) {
                return Some(Command::Release(id, ReleaseCommand::Reach(deadline)));
            }
            if let Some(frozen) = release.frozen_otherwise(&self.definition, &freezes, self.now).first() {
                return Some(Command::Release(id, ReleaseCommand::LookAtFreezes(*frozen)));
            }
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
        if self.locks().has_pending_work() {
            return Some(Command::Locks(LocksCommand::Settle));
        }
        let newest = |group: &TargetGroupId| {
            let known = self.targets().filter(|_| *group == web());
            known.map(Targets::newest).unwrap_or_default()
        };
        for stage in &self.definition.stages {
            if let Some(group) = self.queue(stage.id).and_then(|queue| queue.group_to_observe(newest)) {
                let queue = QueueId { pipeline: PIPELINE, stage: stage.id };
                return Some(Command::Queue(queue, QueueCommand::ObserveTargets(group.clone())));
            }
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
        let transaction = Transaction::new(command, Context::new(self.now, actor, command_id, commit));
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

/// What else brings a deployment on: a sample of its gates that is due, with either outcome; a word on its intervention; that freezes
/// are overridden.
fn on_the_way(deployment: &Deployment, now: Timestamp) -> Vec<(&'static str, ReleaseCommand)> {
    let mut all = Vec::new();
    let id = deployment.id;
    if let Some((moment, run)) = deployment.sampling_gates()
        && let Some(sample) = run.sample_due(now)
    {
        for answer in [GateAnswer::Succeeded, GateAnswer::Failed] {
            let answers: BTreeMap<u32, GateAnswer> = run.gates().iter().map(|gate| (*gate, answer)).collect();
            let taken = Taken { sample, answers, unrecorded: None };
            let begun_at = run.begun_at();
            all.push(("system", ReleaseCommand::SampleGates { deployment: id, moment, begun_at, taken }));
        }
    }
    for (task, ..) in deployment.interventions() {
        for answer in [InterventionAnswer::Resume, InterventionAnswer::Reject] {
            let comment = String::new();
            all.push(("user:ann", ReleaseCommand::AnswerIntervention { task, answer, comment }));
        }
    }
    if matches!(deployment.phase, cutover::deployment::Phase::Frozen { .. }) {
        let comment = "it burns".to_owned();
        all.push(("user:bob", ReleaseCommand::OverrideFreezes { deployment: id, comment }));
    }
    all
}

fn web() -> TargetGroupId {
    TargetGroupId::new("web").expect("an id")
}

fn engine() -> Claim {
    Claim { engine: EngineId::new("e").expect("an id"), incarnation: IncarnationId::new("i").expect("an id") }
}
