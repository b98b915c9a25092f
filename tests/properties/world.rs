//! The core as the tests drive it: transactions against a plain map, and a log of what they recorded, as bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta};
use cutover::freeze::Freezes;
use cutover::store::{Cause, Commit, CommitHeader, Position, RecordedEvent, Sequence};
use cutover::transaction::{Command, Folded, Progress, Proposal, Refusal, Transaction, World as Loaded};
use cutover::{
    CommandId, CommitId, Context, DeploymentId, Event, Explanation, Locks, PipelineCommand,
    PipelineDefinition, PipelineId, QueueId, Release, ReleaseId, StageId, StageQueue, Subject, Timestamp,
};

use crate::model::{Given, Minutes, Outcome};
use crate::{people, seen};

pub const PIPELINE: PipelineId = PipelineId(1);

/// The ids of the first commands come after all others.
const FIRST: u64 = 1_000_000;

/// Everything that is recorded, and the state that follows from it in three ways.
pub struct World {
    /// As the transactions left it.
    pub live: Loaded,
    /// Folded from what was recorded, one event after another: so every prefix of every stream is folded once.
    pub folded: Loaded,
    pub streams: BTreeMap<Subject, Vec<RecordedEvent>>,
    /// Every commit, in order.
    pub log: Vec<cutover::what_if::Recorded>,
    position: u64,
    attempts: u64,
}

/// What came of a command.
pub struct Happened {
    pub outcome: Outcome,
    pub refusal: Option<Refusal>,
    pub recorded: Option<Recorded>,
}

/// A commit, read back from its bytes.
pub struct Recorded {
    pub header: CommitHeader,
    pub events: Vec<(Subject, Event, Cause)>,
    /// Streams that are written to, and those that are only guarded.
    pub written: Vec<Subject>,
    pub guarded: Vec<Subject>,
    /// The newest time in any of them before.
    pub newest_before: Option<Timestamp>,
}

pub fn timestamp(minutes: Minutes) -> Timestamp {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::minutes(minutes)
}

pub fn minutes(time: Timestamp) -> Minutes {
    (time - timestamp(0)).num_minutes()
}

pub fn deployment_id(release: u64, stage: u32, attempt: u32) -> DeploymentId {
    let attempt = NonZeroU32::new(attempt).expect("attempts count from 1");
    DeploymentId { release: ReleaseId(release), stage: StageId(stage), attempt }
}

impl World {
    /// Nothing at all.
    pub fn empty() -> Self {
        Self {
            live: Loaded::new(),
            folded: Loaded::new(),
            streams: BTreeMap::new(),
            log: Vec::new(),
            position: 0,
            attempts: 0,
        }
    }

    /// A pipeline, and nothing else.
    pub fn new(definition: PipelineDefinition, now: Minutes) -> Self {
        let mut world = Self::empty();
        world.create(PIPELINE, definition, timestamp(now));
        world
    }

    /// Another pipeline.
    pub fn create(&mut self, pipeline: PipelineId, definition: PipelineDefinition, now: Timestamp) {
        let create = PipelineCommand::Create { definition: Arc::new(definition) };
        let happened = self.ask("ann", FIRST + pipeline.0, now, Command::Pipeline(pipeline, create));
        let happened = happened.unwrap_or_else(|what| panic!("the first commands: {what}"));
        assert_eq!(happened.outcome, Outcome::Recorded, "{:?}", happened.refusal);
    }

    pub fn release(&self, number: u64) -> Option<&Release> {
        seen::release(&self.live, ReleaseId(number))
    }

    pub fn releases(&self) -> impl Iterator<Item = &Release> {
        seen::releases(&self.live)
    }

    /// A queue of the first pipeline.
    pub fn queue(&self, stage: StageId) -> Option<&StageQueue> {
        self.queue_of(QueueId { pipeline: PIPELINE, stage })
    }

    pub fn queue_of(&self, id: QueueId) -> Option<&StageQueue> {
        seen::queue(&self.live, id)
    }

    pub fn queues(&self) -> impl Iterator<Item = (QueueId, &StageQueue)> {
        seen::queues(&self.live)
    }

    pub fn freezes(&self) -> Freezes {
        seen::freezes(&self.live)
    }

    pub fn locks(&self) -> Locks {
        seen::locks(&self.live)
    }

    /// The definition that a release froze, from the snapshot's stream.
    pub fn definition_of(&self, release: &Release) -> Option<&Arc<PipelineDefinition>> {
        seen::definition_of(&self.live, release)
    }

    /// What a stage of a release waits for (E1).
    pub fn told(&self, release: ReleaseId, stage: StageId) -> Option<Explanation> {
        seen::told(&self.live, release, stage)
    }

    /// Gives the command twice from what is live, and once from what was folded: all three must come to the same bytes.
    pub fn give(&mut self, given: &Given, clock: Minutes) -> Result<Happened, String> {
        let command = self.command(&given.ask);
        self.ask(given.by, given.id, timestamp(clock), command)
    }

    /// The same with a command of the core. `id` is the command's.
    pub fn ask(&mut self, by: &str, id: u64, now: Timestamp, command: Command) -> Result<Happened, String> {
        let context = self.context(by, id, now);
        self.carry_out(command, context)
    }

    fn context(&mut self, by: &str, id: u64, now: Timestamp) -> Context {
        self.attempts += 1;
        let command = CommandId::new(format!("c{id}")).expect("a short name");
        let commit = CommitId::new(format!("k{}", self.attempts)).expect("a short name");
        let mut context = Context::new(now, people::actor(by), command, commit);
        context.groups = people::groups_of(by);
        context
    }

    fn carry_out(&mut self, command: Command, context: Context) -> Result<Happened, String> {
        let transaction = Transaction::new(command.clone(), context.clone());
        let progress = advance(&transaction, &mut self.live);
        let again = advance(&transaction, &mut self.live);
        let from_folded = advance(&transaction, &mut self.folded);
        for other in [&again, &from_folded] {
            if !is_same(&progress, other) {
                return Err(format!("determinism: decided twice, once {progress:#?} and once {other:#?}"));
            }
        }
        let nothing = |outcome, refusal| Happened { outcome, refusal, recorded: None };
        match progress {
            Err(refusal) => Ok(nothing(Outcome::Refused, Some(refusal))),
            Ok(Progress::AlreadySo) => Ok(nothing(Outcome::AlreadySo, None)),
            Ok(Progress::Repeated { subject, sequence }) => {
                self.i16_answers_from_what_was_recorded(&command, &context.command, subject, sequence)?;
                Ok(nothing(Outcome::Repeated, None))
            }
            Ok(Progress::Ready(proposal)) => {
                let recorded = Some(self.record(&proposal)?);
                Ok(Happened { outcome: Outcome::Recorded, refusal: None, recorded })
            }
            Ok(Progress::Needs(subjects)) => Err(format!("it asks for {subjects:?} again and again")),
        }
    }

    /// I16: what a repeated command is answered with is the first event that the command recorded there.
    fn i16_answers_from_what_was_recorded(
        &self,
        command: &Command,
        id: &CommandId,
        subject: Subject,
        sequence: Sequence,
    ) -> Result<(), String> {
        let stream = self.streams.get(&subject).map(Vec::as_slice).unwrap_or_default();
        let first = stream.iter().find(|it| it.header.command == *id && it.cause == Cause::Command);
        if subject == command.subject() && first.map(|it| it.sequence) == Some(sequence) {
            return Ok(());
        }
        Err(format!("I16: {id} is answered with {subject} {sequence}, its first event is {first:?}"))
    }

    /// Appends the commit, and reads it back.
    fn record(&mut self, proposal: &Proposal) -> Result<Recorded, String> {
        self.position += 1;
        let Proposal { commit, events, states } = proposal;
        let subjects = subjects_of(commit)?;
        let header = Arc::new(commit.header().clone());
        self.log.push(cutover::what_if::Recorded { header: Arc::clone(&header), events: events.clone() });
        let mut recorded = Recorded {
            header: commit.header().clone(),
            events: Vec::new(),
            written: subjects.clone(),
            guarded: Vec::new(),
            newest_before: None,
        };
        for guard in commit.guards() {
            recorded.guarded.push(Subject::try_from(&guard.stream).map_err(|error| error.to_string())?);
        }
        let read = recorded.written.iter().chain(&recorded.guarded);
        recorded.newest_before = read.filter_map(|it| self.live.get(it)?.newest()).max();
        for expected in commit.expectations() {
            let subject = Subject::try_from(&expected.stream).map_err(|error| error.to_string())?;
            let stands = self.streams.get(&subject).map_or(0, Vec::len);
            if expected.at != Sequence(stands as u64) {
                return Err(format!("{subject} is expected at {}, it stands at {stands}", expected.at));
            }
        }
        for (index, (place, event)) in commit.events().iter().enumerate() {
            let subject = subjects[*place].clone();
            let stream = self.streams.entry(subject.clone()).or_default();
            let stored = RecordedEvent {
                stream: subject.stream(),
                sequence: Sequence(stream.len() as u64 + 1),
                position: Position(self.position),
                index: u32::try_from(index).expect("few events"),
                header: Arc::clone(&header),
                cause: event.cause,
                name: event.name.clone(),
                schema: event.schema,
                payload: event.payload.clone(),
            };
            let decoded = Event::decode(&subject, &stored).map_err(|error| format!("I15: {error}"))?;
            if decoded != events[index].event {
                return Err(format!("I15: {:?} reads back as {decoded:?}", events[index].event));
            }
            let mut folded =
                self.folded.get(&subject).map_or_else(|| Folded::empty(subject.clone()), |it| (**it).clone());
            folded.apply(&stored).map_err(|error| format!("I15: {error}: {error:?}"))?;
            self.folded.insert(Arc::new(folded));
            recorded.events.push((subject, decoded, event.cause));
            stream.push(stored);
        }
        for state in states {
            self.live.insert(Arc::clone(state));
        }
        let written: BTreeSet<_> = states.iter().map(|state| state.subject()).collect();
        if written != subjects.iter().collect() {
            return Err(format!("the commit writes to {subjects:?}, the states are of {written:?}"));
        }
        Ok(recorded)
    }
}

pub fn advance(transaction: &Transaction, world: &mut Loaded) -> Result<Progress, Refusal> {
    // Each time something is missing that was never seen; streams that do not exist are empty.
    for _ in 0..1_000 {
        match transaction.advance(world)? {
            Progress::Needs(subjects) => {
                for subject in subjects {
                    world.insert(Arc::new(Folded::empty(subject)));
                }
            }
            done @ (Progress::Ready(_) | Progress::AlreadySo | Progress::Repeated { .. }) => return Ok(done),
        }
    }
    transaction.advance(world)
}

fn subjects_of(commit: &Commit) -> Result<Vec<Subject>, String> {
    let all = commit.streams().iter().map(|expected| Subject::try_from(&expected.stream));
    all.collect::<Result<_, _>>().map_err(|error| error.to_string())
}

/// Whether two decisions came to the same, to the byte.
fn is_same(one: &Result<Progress, Refusal>, other: &Result<Progress, Refusal>) -> bool {
    match (one, other) {
        (Ok(Progress::Ready(one)), Ok(Progress::Ready(other))) => one.commit == other.commit,
        (Ok(Progress::AlreadySo), Ok(Progress::AlreadySo)) => true,
        (
            Ok(Progress::Repeated { subject: one, sequence: at }),
            Ok(Progress::Repeated { subject: other, sequence: other_at }),
        ) => (one, at) == (other, other_at),
        (Err(one), Err(other)) => one == other,
        _ => false,
    }
}
