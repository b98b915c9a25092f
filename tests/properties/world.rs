//! The core as the tests drive it: transactions against a plain map, and a log of what they recorded, as bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta};
use cutover::deployment::{Answer, Claim, Deadline, Report};
use cutover::store::{Cause, Commit, CommitHeader, Position, RecordedEvent, Sequence};
use cutover::transaction::{Command, Folded, Progress, Proposal, Refusal, Transaction, World as Loaded};
use cutover::{
    ApprovalId, CommandId, CommitId, Context, DeploymentId, DraftEdit, EngineId, Event, IncarnationId, JobId,
    Moment, NewRelease, PipelineCommand, PipelineDefinition, PipelineId, QueueCommand, QueueId, Release,
    ReleaseCommand, ReleaseId, SliceId, StageId, StageQueue, Subject, TaskId, Timestamp,
};

use crate::model::{Ask, Given, Minutes, Outcome, TaskPlace, Told};
use crate::people;

pub const PIPELINE: PipelineId = PipelineId(1);

/// Everything that is recorded, and the state that follows from it in three ways.
pub struct World {
    /// As the transactions left it.
    pub live: Loaded,
    /// Folded from what was recorded, one event after another: so every prefix of every stream is folded once.
    pub folded: Loaded,
    pub streams: BTreeMap<Subject, Vec<RecordedEvent>>,
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

fn task_id(release: u64, place: TaskPlace) -> TaskId {
    let deployment = deployment_id(release, place.stage, place.attempt);
    TaskId { job: JobId { deployment, job: place.job }, slice: 0, task: place.task, retry: 0 }
}

pub fn engine(number: u8) -> EngineId {
    EngineId::new(format!("e{number}")).expect("a short name")
}

fn incarnation(number: u8) -> IncarnationId {
    IncarnationId::new(format!("i{number}")).expect("a short name")
}

impl World {
    /// A pipeline, and nothing else.
    pub fn new(definition: PipelineDefinition, now: Minutes) -> Self {
        let mut world = Self {
            live: Loaded::new(),
            folded: Loaded::new(),
            streams: BTreeMap::new(),
            position: 0,
            attempts: 0,
        };
        let create = PipelineCommand::Create { definition: Arc::new(definition) };
        let context = world.context("ann", 0, now);
        let happened = world.carry_out(Command::Pipeline(PIPELINE, create), context);
        let happened = happened.unwrap_or_else(|what| panic!("the first command: {what}"));
        assert_eq!(happened.outcome, Outcome::Recorded, "{:?}", happened.refusal);
        world
    }

    pub fn release(&self, number: u64) -> Option<&Release> {
        self.live.get(&Subject::Release(ReleaseId(number)))?.state().as_release()
    }

    pub fn releases(&self) -> impl Iterator<Item = &Release> {
        self.live.iter().filter_map(|folded| folded.state().as_release()).filter(|it| it.about().is_some())
    }

    pub fn queue(&self, stage: StageId) -> Option<&StageQueue> {
        self.live.get(&Subject::Queue(QueueId { pipeline: PIPELINE, stage }))?.state().as_queue()
    }

    pub fn queues(&self) -> impl Iterator<Item = (StageId, &StageQueue)> {
        self.live.iter().filter_map(|folded| match folded.subject() {
            Subject::Queue(id) => Some((id.stage, folded.state().as_queue()?)),
            _ => None,
        })
    }

    /// The definition that a release froze, from the snapshot's stream.
    pub fn definition_of(&self, release: &Release) -> Option<&Arc<PipelineDefinition>> {
        let snapshot = self.live.get(&Subject::Snapshot(release.about()?.snapshot))?;
        snapshot.state().as_snapshot()?.definition()
    }

    /// Gives the command twice from what is live, and once from what was folded: all three must come to the same bytes.
    pub fn give(&mut self, given: &Given, clock: Minutes) -> Result<Happened, String> {
        let command = self.command(&given.ask);
        let context = self.context(given.by, given.id, clock);
        self.carry_out(command, context)
    }

    fn context(&mut self, by: &str, id: u64, clock: Minutes) -> Context {
        self.attempts += 1;
        let command = CommandId::new(format!("c{id}")).expect("a short name");
        let commit = CommitId::new(format!("k{}", self.attempts)).expect("a short name");
        let mut context = Context::new(timestamp(clock), people::actor(by), command, commit);
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

    fn command(&self, ask: &Ask) -> Command {
        let comment = String::new();
        let of_pipeline = |command| Command::Pipeline(PIPELINE, command);
        let (number, command) = match ask {
            Ask::Create { release, draft, manual, target, requested_for } => {
                let request = NewRelease {
                    draft: *draft,
                    manual_stages: manual.iter().copied().map(StageId).collect(),
                    target: target.map(StageId),
                    requested_for: requested_for.map(people::user),
                    ..NewRelease::default()
                };
                return of_pipeline(PipelineCommand::CreateRelease { release: ReleaseId(*release), request });
            }
            Ask::Revise { against, plan } => {
                let definition = Arc::new(plan.definition());
                return of_pipeline(PipelineCommand::Revise { against: *against, definition, comment });
            }
            Ask::SettleQueue { stage } => {
                let id = QueueId { pipeline: PIPELINE, stage: StageId(*stage) };
                return Command::Queue(id, QueueCommand::Settle);
            }
            Ask::EditDraft { release, manual, description } => {
                let edit = DraftEdit {
                    description: description.clone(),
                    variables: None,
                    manual_stages: manual
                        .as_ref()
                        .map(|stages| stages.iter().copied().map(StageId).collect()),
                    ..DraftEdit::default()
                };
                (release, ReleaseCommand::EditDraft(edit))
            }
            Ask::Start { release } => (release, ReleaseCommand::Start),
            Ask::Deploy { release, stage } => (
                release,
                ReleaseCommand::Deploy(cutover::DeployRequest::new(StageId(*stage)).saying(comment)),
            ),
            Ask::DeployUpTo { release, stage } => {
                (release, ReleaseCommand::DeployUpTo { target: StageId(*stage), comment })
            }
            Ask::Cancel { release, stage } => {
                (release, ReleaseCommand::Cancel { stage: StageId(*stage), comment })
            }
            Ask::Answer { release, stage, attempt, after, step, yes, until } => {
                let approval = ApprovalId {
                    deployment: deployment_id(*release, *stage, *attempt),
                    moment: if *after { Moment::After } else { Moment::Before },
                    round: 1,
                    step: *step,
                };
                let answer = if *yes { Answer::Approve } else { Answer::Reject };
                let command = match until {
                    None => ReleaseCommand::Answer { approval, answer, comment },
                    Some(until) => {
                        ReleaseCommand::ApproveForLater { approval, until: timestamp(*until), comment }
                    }
                };
                (release, command)
            }
            Ask::Reassign { release, stage, attempt, after, step, to } => {
                let approval = ApprovalId {
                    deployment: deployment_id(*release, *stage, *attempt),
                    moment: if *after { Moment::After } else { Moment::Before },
                    round: 1,
                    step: *step,
                };
                (release, ReleaseCommand::Reassign { approval, to: people::user(to), comment })
            }
            Ask::StartDeferred { release, stage, attempt } => {
                let deployment = deployment_id(*release, *stage, *attempt);
                (release, ReleaseCommand::StartDeferred { deployment, comment })
            }
            Ask::Abandon { release } => (release, ReleaseCommand::Abandon { comment }),
            Ask::Reactivate { release } => (release, ReleaseCommand::Reactivate),
            Ask::Claim { release, task, engine: number } => {
                let claim = Claim { engine: engine(*number), incarnation: incarnation(*number) };
                (release, ReleaseCommand::ClaimTask { task: task_id(*release, *task), claim })
            }
            Ask::Reattach { release, task, engine: number, life } => {
                let (task, engine, incarnation) =
                    (task_id(*release, *task), engine(*number), incarnation(*life));
                (release, ReleaseCommand::ReattachTask { task, engine, incarnation })
            }
            Ask::Report { release, task, engine: number, told } => {
                let message = "so it said".to_owned();
                let report = match told {
                    Told::Succeeded => Report::Succeeded,
                    Told::WithIssues => Report::SucceededWithIssues { message },
                    Told::Failed => Report::Failed { message },
                    Told::Lost => Report::Lost { message },
                };
                let (task, engine) = (task_id(*release, *task), engine(*number));
                (release, ReleaseCommand::ReportTask { task, engine, report })
            }
            Ask::Settle { release, stage, attempt } => {
                (release, ReleaseCommand::Settle(deployment_id(*release, *stage, *attempt)))
            }
            Ask::Ring { release } => {
                let next = self.release(*release).and_then(Release::deadline).map(|(_, deadline)| deadline);
                let job = JobId { deployment: deployment_id(*release, 1, 1), job: 0 };
                let slice = SliceId { job, slice: 0 };
                (release, ReleaseCommand::Reach(next.unwrap_or(Deadline::JobTimesOut(slice))))
            }
        };
        Command::Release(ReleaseId(*number), command)
    }
}

fn advance(transaction: &Transaction, world: &mut Loaded) -> Result<Progress, Refusal> {
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
