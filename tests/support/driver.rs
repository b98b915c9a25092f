//! Plays the engine, step by step and without waiting: a store, a clock that a test moves, and commands carried out by
//! transactions. After each commit it folds what the store gives back, and compares (I15).
//!
//! Nothing happens by itself but what the rules make happen: deadlines when time passes, tasks that begin as soon as they may,
//! and what is recorded although nothing runs (D7). How tasks end and what approvers say is up to the test, or to a [`Script`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta};
use cutover::deployment::{Answer, Claim, Report};
use cutover::gate::{Answer as Answered, Asked, GateRun, Recording, Sampling, Verdict};
use cutover::notification::{Mark, Narrator, Notification, NotificationId, caused_by};
use cutover::permission::Permissions;
use cutover::store::{
    Cause, Commit, CommitHeader, EventStore, NewEvent, Position, RecordedCommit, Sequence, StoreExt,
};
use cutover::transaction::{Command, Folded, Happening, Progress, Refusal, Transaction, World};
use cutover::{
    Actor, ApprovalId, Approver, CommandId, CommitId, Context, CursorId, DeletingWork, DeploymentId,
    DirectoryCommand, EngineId, Event, GroupId, IdKind, Identity, IncarnationId, Locks, LocksCommand, Moment,
    Pipeline, PipelineDefinition, PipelineId, PipelineStatus, PipelineStatusCommand, Pool, PoolCommand,
    PoolId, QueueCommand, QueueId, Release, ReleaseCommand, ReleaseId, StageQueue, Subject, TargetGroupId,
    Targets, TaskOrder, Timestamp, UserId, VariableGroup, VariableGroupId, Work, limits, work_of_deleting,
};
use cutover_engine::simulation::invariants_hold;
use futures::{StreamExt as _, TryStreamExt as _};

/// Gives the store; a second time the same one, as somebody finds it who opens it anew.
pub type Open = Box<dyn Fn() -> Arc<dyn EventStore>>;

/// What came of a command that was not refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// This was recorded.
    Recorded(Vec<Happening>),
    /// What was asked for is so already.
    AlreadySo,
    /// The same command was carried out before.
    Repeated,
}

/// What people and runners do without being asked by the test.
#[derive(Debug, Clone, Copy, Default)]
pub struct Script {
    /// Every task succeeds as soon as it runs.
    pub tasks_succeed: bool,
    /// Every approval is granted as soon as it is asked for.
    pub approvals_are_granted: bool,
}

/// A command as it was given, so that it can be given again.
#[derive(Debug, Clone)]
struct Given {
    actor: Actor,
    command: Command,
    id: CommandId,
}

/// A store and all that has been recorded there.
pub struct Driver {
    open: Open,
    store: Option<Arc<dyn EventStore>>,
    /// As transactions left it.
    pub(super) world: World,
    /// As the store tells it.
    mirror: BTreeMap<Subject, Folded>,
    /// Everything that was recorded.
    log: Vec<RecordedCommit>,
    now: Timestamp,
    numbers: u64,
    lives: u32,
    free_ids: std::ops::Range<u64>,
    last: Option<Given>,
    /// The largest number of approvals that were ever open at once.
    pub most_pending: usize,
    /// What happens by itself.
    pub script: Script,
    /// How gates answer, by name: those that are not named succeed, and one with `None` does not answer.
    pub gates: BTreeMap<String, Option<Answered>>,
    samplings: BTreeMap<(DeploymentId, Moment, Timestamp), (Sampling, Option<Asked>)>,
    /// Whether the engine is down: then no deadline is noticed and no task begins.
    pub is_down: bool,
    /// Who is in which group, as the host's identities have it.
    pub groups: BTreeMap<GroupId, BTreeSet<UserId>>,
    /// Whose identity the host confirms anew whenever they act.
    pub confirmed: BTreeSet<UserId>,
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").field("now", &self.now).field("commits", &self.log.len()).finish()
    }
}

impl Driver {
    /// A driver of a new store, on 1 January 2024.
    pub fn new(open: Open) -> Self {
        let store = open();
        Self {
            open,
            store: Some(store),
            world: World::new(),
            mirror: BTreeMap::new(),
            log: Vec::new(),
            now: DateTime::UNIX_EPOCH + TimeDelta::days(19_723),
            numbers: 0,
            lives: 1,
            free_ids: 0..0,
            last: None,
            most_pending: 0,
            script: Script::default(),
            gates: BTreeMap::new(),
            samplings: BTreeMap::new(),
            is_down: false,
            groups: BTreeMap::new(),
            confirmed: BTreeSet::new(),
        }
    }

    fn store(&self) -> &Arc<dyn EventStore> {
        self.store.as_ref().expect("only a restart takes it out for a moment")
    }

    /// What the clock shows.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Sets the clock, backwards too. Deadlines are not looked for.
    pub const fn set_clock(&mut self, now: Timestamp) {
        self.now = now;
    }

    /// Everything that was recorded, in order.
    pub fn log(&self) -> &[RecordedCommit] {
        &self.log
    }

    /// A command, and all that the engine does then.
    pub async fn give(&mut self, actor: &Actor, command: Command) -> Result<Outcome, Refusal> {
        let id = self.next_command_id();
        self.last = Some(Given { actor: actor.clone(), command: command.clone(), id: id.clone() });
        let outcome = self.carry_out(actor, command, id).await?;
        self.go_on().await;
        Ok(outcome)
    }

    /// The last command once more, under the same id.
    pub async fn repeat(&mut self) -> Result<Outcome, Refusal> {
        let Given { actor, command, id } = self.last.clone().expect("a command was given before");
        self.carry_out(&actor, command, id).await
    }

    fn next_command_id(&mut self) -> CommandId {
        self.numbers += 1;
        CommandId::new(format!("command-{}", self.numbers)).expect("a short text")
    }

    /// A command and nothing else.
    async fn carry_out(
        &mut self,
        actor: &Actor,
        command: Command,
        id: CommandId,
    ) -> Result<Outcome, Refusal> {
        self.numbers += 1;
        let commit = CommitId::new(format!("commit-{}", self.numbers)).expect("a short text");
        let mut context = Context::new(self.now, actor.clone(), id, commit);
        if let Actor::User(user) = actor {
            let groups = self.groups.iter().filter(|(_, members)| members.contains(user));
            context.groups = groups.map(|(group, _)| group.clone()).collect();
            if self.confirmed.contains(user) {
                context.identity = Identity::ConfirmedAnew;
            }
        }
        let transaction = Transaction::new(command, context);
        loop {
            match transaction.advance(&self.world)? {
                Progress::Needs(subjects) => {
                    for subject in subjects {
                        let folded = self.load(subject).await;
                        self.world.insert(Arc::new(folded));
                    }
                }
                Progress::Ready(proposal) => {
                    self.store().commit(proposal.commit).await.expect("nobody else writes");
                    proposal.states.into_iter().for_each(|state| self.world.insert(state));
                    self.read_back().await;
                    let last = self.log.last().expect("a commit was made");
                    invariants_hold(&self.world, last).unwrap_or_else(|what| panic!("{what}"));
                    self.most_pending = self.most_pending.max(self.pending_approvals().len());
                    return Ok(Outcome::Recorded(proposal.events));
                }
                Progress::AlreadySo => return Ok(Outcome::AlreadySo),
                Progress::Repeated { .. } => return Ok(Outcome::Repeated),
            }
        }
    }

    async fn load(&self, subject: Subject) -> Folded {
        let stream = subject.stream();
        let mut folded = Folded::empty(subject);
        let mut events = self.store().events_of(&stream, Sequence::NONE);
        while let Some(event) = events.next().await {
            folded.apply(&event.expect("the store reads")).expect("what was recorded folds");
        }
        folded
    }

    /// I15: what the store gives back folds, and to the same as what the transaction left.
    async fn read_back(&mut self) {
        let after = self.log.last().map_or(Position::START, |commit| commit.position);
        let commits: Vec<RecordedCommit> =
            self.store().commits_after(after).try_collect().await.expect("the store reads");
        for event in commits.iter().flat_map(|commit| &commit.events) {
            let subject = Subject::try_from(&event.stream).expect("a stream of an aggregate");
            let folded = self.mirror.entry(subject.clone()).or_insert_with(|| Folded::empty(subject));
            folded.apply(event).expect("what was recorded folds (I15)");
        }
        for event in commits.iter().flat_map(|commit| &commit.events) {
            let subject = Subject::try_from(&event.stream).expect("a stream of an aggregate");
            if let Some(live) = self.world.get(&subject) {
                assert_eq!(
                    self.mirror.get(&subject),
                    Some(&**live),
                    "I15: {subject} folds to something else"
                );
            }
        }
        self.log.extend(commits);
    }

    /// Ends this life of the engine and begins the next: everything is read from the store again (I15).
    pub async fn restart(&mut self) {
        self.store = None;
        self.store = Some((self.open)());
        self.lives += 1;
        self.free_ids = 0..0;
        self.samplings.clear();
        self.world = World::new();
        let mirror = std::mem::take(&mut self.mirror);
        for (subject, expected) in &mirror {
            let folded = self.load(subject.clone()).await;
            assert_eq!(folded, *expected, "I15: {subject} folds to something else after a restart");
            self.world.insert(Arc::new(folded));
        }
        self.mirror = mirror;
        self.is_down = false;
        // What came due meanwhile is decided before anything else.
        self.pass(TimeDelta::zero()).await;
        self.go_on().await;
    }

    /// Writes history that no command of this driver made, all in one commit.
    pub async fn write_history(&mut self, subject: Subject, events: &[Event]) {
        self.numbers += 1;
        let header = CommitHeader {
            id: CommitId::new(format!("commit-{}", self.numbers)).expect("a short text"),
            command: CommandId::new(format!("command-{}", self.numbers)).expect("a short text"),
            actor: Actor::System,
            time: self.now,
        };
        let at = self.mirror.get(&subject).map_or(Sequence::NONE, Folded::sequence);
        let stream = subject.stream();
        let builder = events.iter().fold(Commit::builder(header), |builder, event| {
            let (name, schema, payload) = event.encode().expect("an event is JSON");
            builder.append(
                &stream,
                at,
                NewEvent { name: name.into(), schema, cause: Cause::Command, payload },
            )
        });
        self.store().commit(builder.build().expect("not empty")).await.expect("nobody else writes");
        self.catch_up(&subject).await;
    }

    /// Its store, for somebody else who writes to it; it [catches up](Self::catch_up) with that.
    pub fn shared_store(&self) -> Arc<dyn EventStore> {
        Arc::clone(self.store())
    }

    /// Takes over what somebody else recorded in this stream.
    pub async fn catch_up(&mut self, subject: &Subject) {
        self.world.remove(subject);
        self.read_back().await;
        if let Some(folded) = self.mirror.get(subject) {
            self.world.insert(Arc::new(folded.clone()));
        }
    }

    /// The number of the next release, from a block that the directory handed out (R1).
    pub async fn release_id(&mut self) -> ReleaseId {
        if self.free_ids.is_empty() {
            let count = NonZeroU32::new(limits::ID_BLOCK).expect("not zero");
            let reserve = DirectoryCommand::ReserveIds { kind: IdKind::Release, count };
            let id = self.next_command_id();
            let outcome = self.carry_out(&Actor::System, Command::Directory(reserve), id).await;
            let Ok(Outcome::Recorded(events)) = outcome else { panic!("{outcome:?}") };
            let Some(Event::Directory(cutover::DirectoryEvent::IdsReserved { first, count, .. })) =
                events.first().map(|happening| &happening.event)
            else {
                panic!("{events:?}")
            };
            self.free_ids = *first..first + u64::from(*count);
        }
        ReleaseId(self.free_ids.next().expect("a block is not empty"))
    }

    /// Lets time pass: deadlines are decided as they come, each at its moment, in order of (instant, release, stage).
    pub async fn pass(&mut self, duration: TimeDelta) {
        let until = self.now + duration;
        while !self.is_down {
            let sample = self.next_sample_moment().filter(|at| *at <= until);
            let deadline = self.next_deadline().filter(|(at, _)| *at <= until);
            let Some((at, reach)) = deadline.filter(|(at, _)| sample.is_none_or(|sample| *at <= sample))
            else {
                let Some(at) = sample else { break };
                self.now = at;
                self.go_on().await;
                continue;
            };
            self.now = self.now.max(at);
            let id = self.next_command_id();
            self.carry_out(&Actor::System, reach, id).await.expect("a deadline is not refused");
            // What is due already goes before what else there is to do.
            if self.next_deadline().is_none_or(|(at, ..)| at > self.now) {
                self.go_on().await;
            }
        }
        self.now = self.now.max(until);
    }

    /// All that the engine does by itself now, one thing after another until there is nothing left to do.
    pub async fn go_on(&mut self) {
        while !self.is_down {
            let action = match self.next_of_triggers().await {
                Some(of_trigger) => Some(of_trigger),
                None => self.next_sample().or_else(|| self.next_action()),
            };
            let Some((actor, command)) = action else { return };
            let id = self.next_command_id();
            let outcome = self.carry_out(&actor, command, id).await;
            assert!(matches!(outcome, Ok(Outcome::Recorded(_))), "the engine's own command: {outcome:?}");
        }
    }

    fn next_action(&self) -> Option<(Actor, Command)> {
        let settle = self.queues().find(|(_, queue)| queue.has_pending_work());
        if let Some((id, _)) = settle {
            return Some((Actor::System, Command::Queue(id, QueueCommand::Settle)));
        }
        if self.locks().has_pending_work() {
            return Some((Actor::System, Command::Locks(LocksCommand::Settle)));
        }
        if let Some((id, _)) = self.pools().find(|(_, pool)| pool.has_pending_work()) {
            return Some((Actor::System, Command::Pool(id.clone(), PoolCommand::Settle)));
        }
        let newest = |group: &TargetGroupId| self.targets(group).map(Targets::newest).unwrap_or_default();
        let behind = self.queues().find_map(|(id, queue)| Some((id, queue.group_to_observe(newest)?)));
        if let Some((id, group)) = behind {
            return Some((Actor::System, Command::Queue(id, QueueCommand::ObserveTargets(group.clone()))));
        }
        self.next_of_deleting()
            .or_else(|| self.releases().find_map(|(id, release)| self.thaw(id, release)))
            .or_else(|| self.releases().find_map(|(id, release)| self.next_work(id, release)))
            .or_else(|| self.script.approvals_are_granted.then(|| self.grant())?)
    }

    /// The freezes that hold a deployment are others than was recorded (F1).
    fn thaw(&self, id: ReleaseId, release: &Release) -> Option<(Actor, Command)> {
        let freezes = self.world.get(&Subject::Freezes)?.state().as_freezes()?;
        let otherwise = release.frozen_otherwise(self.definition_of(release), freezes, self.now);
        let look = ReleaseCommand::LookAtFreezes(*otherwise.first()?);
        Some((Actor::System, Command::Release(id, look)))
    }

    /// P6: what is not over is cancelled, and then the pipeline is deleted.
    fn next_of_deleting(&self) -> Option<(Actor, Command)> {
        let deleting = self.world.iter().filter_map(|folded| match folded.subject() {
            Subject::PipelineStatus(id) if folded.state().as_pipeline_status()?.is_deleting() => Some(*id),
            _ => None,
        });
        deleting.into_iter().find_map(|pipeline| {
            let queues = self.queues().filter(|(id, _)| id.pipeline == pipeline);
            let queues: Vec<_> = queues.map(|(_, queue)| queue).collect();
            let command = match work_of_deleting(&queues, |id| self.release(id.release)) {
                DeletingWork::Cancel(id) => {
                    Command::Release(id.release, ReleaseCommand::CancelSinceDeleted(id))
                }
                DeletingWork::Finish => {
                    let stages = self.pipeline(pipeline)?.stages_ever().collect();
                    Command::PipelineStatus(pipeline, PipelineStatusCommand::FinishDeleting { stages })
                }
                DeletingWork::Wait => return None,
            };
            Some((Actor::System, command))
        })
    }

    fn next_work(&self, id: ReleaseId, release: &Release) -> Option<(Actor, Command)> {
        let work = release.work(self.definition_of(release));
        let command = work.into_iter().find_map(|work| match work {
            Work::Settle(deployment) => Some(ReleaseCommand::Settle(deployment)),
            Work::Run(task) => Some(ReleaseCommand::ClaimTask { task, claim: self.claim() }),
            Work::Watch { task, .. } if self.script.tasks_succeed => {
                Some(ReleaseCommand::ReportTask { task, engine: self.engine(), report: Report::Succeeded })
            }
            // Gates are sampled before anything else is done.
            Work::Watch { .. } | Work::Sample(..) => None,
        })?;
        Some((Actor::System, Command::Release(id, command)))
    }

    fn sampled(&self) -> Vec<(DeploymentId, Moment, GateRun)> {
        let going_on = self.releases().flat_map(|(_, release)| release.going_on());
        let sampled = going_on.filter_map(|it| it.sampling_gates().map(|(moment, run)| (it.id, moment, run)));
        sampled.map(|(id, moment, run)| (id, moment, run.clone())).collect()
    }

    /// When a sample begins next.
    fn next_sample_moment(&self) -> Option<Timestamp> {
        let next = self.sampled().into_iter().filter_map(|(id, moment, run)| {
            let (sampling, _) = self.samplings.get(&(id, moment, run.begun_at()))?;
            sampling.next_moment(&run, self.now).filter(|at| *at > self.now)
        });
        next.min()
    }

    /// Takes samples as an engine does, until one must be recorded.
    fn next_sample(&mut self) -> Option<(Actor, Command)> {
        for (id, moment, run) in self.sampled() {
            let definition = self.definition_of(self.release(id.release)?);
            let gates = definition.stage(id.stage)?.checks(moment).gates.clone()?.gates;
            let answers: Vec<_> = gates
                .iter()
                .map(|gate| self.gates.get(&gate.name).copied().unwrap_or(Some(Answered::Succeeded)))
                .collect();
            let now = self.now;
            let (sampling, open) = self.samplings.entry((id, moment, run.begun_at())).or_default();
            loop {
                for gate in open.iter().flat_map(|asked| asked.gates.iter().copied()) {
                    if let (Some(asked), Some(answer)) = (&*open, answers[gate as usize]) {
                        // One that was given before, or comes too late, is not heard.
                        let _not_heard = sampling.answer(&run, asked.sample, gate, answer, now);
                    }
                }
                if let Some(taken) = sampling.take(&run, now) {
                    *open = None;
                    match run.conclude(&taken, now) {
                        Ok(Verdict::Waiting { recording: Recording::NotNeeded, .. }) => {
                            sampling.count(&run, taken.sample);
                        }
                        Ok(Verdict::Passed(_) | Verdict::Waiting { .. }) => {
                            let command = ReleaseCommand::SampleGates {
                                deployment: id,
                                moment,
                                begun_at: run.begun_at(),
                                taken,
                            };
                            return Some((Actor::System, Command::Release(id.release, command)));
                        }
                        Ok(Verdict::TimedOut) | Err(_) => {}
                    }
                }
                let Some(asked) = sampling.begin(&run, now) else { break };
                *open = Some(asked);
            }
        }
        None
    }

    fn grant(&self) -> Option<(Actor, Command)> {
        let pending = self.pending_approvals();
        let (approval, approver) = pending.first()?;
        let user = match approver {
            Approver::User(user) => user.clone(),
            Approver::Group(group) => self.groups.get(group)?.first()?.clone(),
            Approver::Automatic => return None,
        };
        let answer =
            ReleaseCommand::Answer { approval: *approval, answer: Answer::Approve, comment: String::new() };
        Some((Actor::User(user), Command::Release(approval.deployment.release, answer)))
    }

    /// The engine that claims tasks.
    pub fn engine(&self) -> EngineId {
        EngineId::new("engine").expect("a short text")
    }

    /// The engine's claim, in its present life.
    pub fn claim(&self) -> Claim {
        let incarnation = IncarnationId::new(format!("life-{}", self.lives)).expect("a short text");
        Claim { engine: self.engine(), incarnation }
    }

    /// Open approvals with who is asked, those that were asked first at the front.
    pub fn pending_approvals(&self) -> Vec<(ApprovalId, Approver)> {
        let mut open: Vec<_> = self
            .releases()
            .flat_map(|(_, release)| release.going_on().flat_map(|deployment| deployment.open_approvals()))
            .map(|(id, approver, since, _)| (since, id, approver.clone()))
            .collect();
        open.sort();
        open.into_iter().map(|(_, id, approver)| (id, approver)).collect()
    }

    /// Every release, by number.
    pub fn releases(&self) -> impl Iterator<Item = (ReleaseId, &Release)> {
        self.world.iter().filter_map(|folded| match folded.subject() {
            Subject::Release(id) => {
                folded.state().as_release().filter(|it| it.about().is_some()).map(|it| (*id, it))
            }
            _ => None,
        })
    }

    /// Every pipeline.
    pub fn pipelines(&self) -> impl Iterator<Item = (PipelineId, &Pipeline)> {
        self.world.iter().filter_map(|folded| match folded.subject() {
            Subject::Pipeline(id) => folded.state().as_pipeline().map(|pipeline| (*id, pipeline)),
            _ => None,
        })
    }

    /// Every queue.
    pub fn queues(&self) -> impl Iterator<Item = (QueueId, &StageQueue)> {
        self.world.iter().filter_map(|folded| match folded.subject() {
            Subject::Queue(id) => folded.state().as_queue().map(|queue| (*id, queue)),
            _ => None,
        })
    }

    /// A release.
    pub fn release(&self, id: ReleaseId) -> Option<&Release> {
        self.world.get(&Subject::Release(id))?.state().as_release().filter(|it| it.about().is_some())
    }

    /// Whether a pipeline is active.
    pub fn pipeline_status(&self, id: PipelineId) -> PipelineStatus {
        let folded = self.world.get(&Subject::PipelineStatus(id));
        folded.and_then(|folded| folded.state().as_pipeline_status()).cloned().unwrap_or_default()
    }

    /// A deployment group, if a target was ever registered in it.
    pub fn targets(&self, group: &TargetGroupId) -> Option<&Targets> {
        self.world.get(&Subject::Targets(group.clone()))?.state().as_targets()
    }

    /// The lock groups.
    pub fn locks(&self) -> Locks {
        let folded = self.world.get(&Subject::Locks);
        folded.and_then(|folded| folded.state().as_locks()).cloned().unwrap_or_default()
    }

    /// The pools of agents of which anything was ever recorded.
    pub fn pools(&self) -> impl Iterator<Item = (&PoolId, &Pool)> {
        self.world.iter().filter_map(|folded| match folded.subject() {
            Subject::Pool(id) => folded.state().as_pool().map(|pool| (id, pool)),
            _ => None,
        })
    }

    /// The permissions.
    pub fn permissions(&self) -> Permissions {
        let folded = self.world.get(&Subject::Permissions);
        folded.and_then(|folded| folded.state().as_permissions()).cloned().unwrap_or_default()
    }

    /// What there is to tell of everything that was recorded (E4).
    pub fn notifications(&self) -> Vec<Notification> {
        let mut narrators: BTreeMap<ReleaseId, Narrator> = BTreeMap::new();
        let mut notifications = Vec::new();
        for commit in &self.log {
            for recorded in &commit.events {
                let subject = Subject::try_from(&recorded.stream).expect("a stream of an aggregate");
                let event = Event::decode(&subject, recorded).expect("an event of this version");
                let (Subject::Release(id), Event::Release(event)) = (subject, event) else { continue };
                let narrator = narrators.entry(id).or_default();
                let digest = narrator.snapshot_for(&event).expect("it was created first");
                let snapshot = self.world.get(&Subject::Snapshot(digest)).expect("it was kept");
                let definition = snapshot.state().as_snapshot().and_then(|it| it.definition());
                let definition = definition.expect("it was kept");
                let news = narrator.tell(&event, commit.header.time, definition);
                if let Some(news) = news.expect("what was recorded folds (I15)") {
                    notifications.push(Notification {
                        id: NotificationId { position: commit.position, index: recorded.index },
                        at: commit.header.time,
                        by: caused_by(commit, recorded.index),
                        release: narrator.told(definition).expect("it was created first"),
                        news,
                    });
                }
            }
        }
        notifications
    }

    /// How far a cursor is, if it is open.
    pub fn cursor(&self, id: &CursorId) -> Option<Mark> {
        self.world.get(&Subject::Cursor(id.clone()))?.state().as_cursor()?.mark()
    }

    /// A pipeline.
    pub fn pipeline(&self, id: PipelineId) -> Option<&Pipeline> {
        self.world.get(&Subject::Pipeline(id))?.state().as_pipeline()
    }

    /// A variable group, once it was saved.
    pub fn variable_group(&self, id: &VariableGroupId) -> Option<&VariableGroup> {
        self.world.get(&Subject::VariableGroup(id.clone()))?.state().as_variable_group()
    }

    /// A stage's queue, once anything entered it.
    pub fn queue(&self, id: QueueId) -> Option<&StageQueue> {
        self.world.get(&Subject::Queue(id))?.state().as_queue()
    }

    /// The definition that a release froze.
    pub fn definition_of(&self, release: &Release) -> &PipelineDefinition {
        let about = release.about().expect("it exists");
        let folded = self.world.get(&Subject::Snapshot(about.snapshot)).expect("it was kept");
        folded.state().as_snapshot().and_then(|snapshot| snapshot.definition()).expect("it was kept")
    }

    /// What a runner is told of a task.
    pub fn order(&self, task: cutover::TaskId) -> Result<TaskOrder, cutover::OrderError> {
        let release = self.release(task.deployment().release).expect("it exists");
        release.task_order(self.definition_of(release), task)
    }
}
