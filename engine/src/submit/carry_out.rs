use std::collections::{BTreeMap, BTreeSet};

use cutover::store::{Cause, Commit, Conflict, EventStore, Mismatch, Position, Sequence, StreamId};
use cutover::transaction::{Command, Happening, Progress, Proposal, Refusal, Transaction, World};
use cutover::{
    Actor, CommandId, Context, GroupId, Identity, PipelineCommand, ReleaseCommand, ReleaseRefusal, Subject,
};

use super::Size;
use super::landing::Landing;
use super::lanes::Lane;
use crate::decode::happening;
use crate::engine::Inner;
use crate::{EngineError, limits};

/// What came of a command that was not refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The commit that it was recorded in. If nothing was to be recorded: where the log stood at least when that was decided.
    pub position: Position,
    /// What was recorded; nothing if it was so already.
    pub events: Vec<Happening>,
    /// Whether the same command was carried out before: then this is what was recorded that time.
    pub repeated: bool,
}

/// Whether the deadlines of other releases are decided before a command that would decide those of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Others {
    GoFirst,
    MayWait,
}

/// What came of a command, or why it did not have its turn.
enum Turn {
    Taken(Outcome),
    OthersAreDue,
}

/// What a transaction came to, seen from what the store has.
enum Decided {
    Ready(Box<Proposal>),
    AlreadySo,
    Repeated(Subject, Sequence),
}

impl Inner {
    /// Decides and commits. A command that comes when deadlines of several releases are due is decided after all of them (Time).
    pub(crate) async fn carry_out(
        &self,
        actor: &Actor,
        id: CommandId,
        command: Command,
    ) -> Result<Outcome, EngineError> {
        for _ in 0..limits::DECISIONS {
            match self.carry_out_once(actor, id.clone(), command.clone(), Others::GoFirst).await? {
                Turn::Taken(outcome) => return Ok(outcome),
                Turn::OthersAreDue => self.reach_deadlines().await?,
            }
        }
        // They come faster than they are decided: this command does not wait for ever.
        match self.carry_out_once(actor, id, command, Others::MayWait).await? {
            Turn::Taken(outcome) => Ok(outcome),
            Turn::OthersAreDue => Err(EngineError::Contended { decisions: limits::DECISIONS }),
        }
    }

    /// What is refused only for want of an identity that is confirmed anew is decided once more if the host confirms it (AP8); meanwhile no
    /// other command waits for this one.
    #[tracing::instrument(
        name = "command",
        level = "debug",
        skip_all,
        fields(%actor, command = %id, subject = %command.subject())
    )]
    async fn carry_out_once(
        &self,
        actor: &Actor,
        id: CommandId,
        command: Command,
        others: Others,
    ) -> Result<Turn, EngineError> {
        let first = self.carry_out_as(actor, Identity::Known, id.clone(), command.clone(), others).await;
        if let Err(error) = &first {
            tracing::debug!(%error, "not carried out");
        }
        let Err(EngineError::Refused(Refusal::Release(ReleaseRefusal::IdentityNotConfirmed { .. }))) = &first
        else {
            return first;
        };
        match actor.as_user() {
            Some(user) if self.identities.confirms_anew(user).await => {
                self.carry_out_as(actor, Identity::ConfirmedAnew, id, command, others).await
            }
            Some(_) | None => first,
        }
    }

    async fn carry_out_as(
        &self,
        actor: &Actor,
        identity: Identity,
        id: CommandId,
        command: Command,
        others: Others,
    ) -> Result<Turn, EngineError> {
        let groups = self.groups_of(actor).await;
        let mut lanes: BTreeSet<Lane> = self.lane_of(&command).await?.into_iter().collect();
        let mut alone = self.lanes.enter(&lanes).await;
        let mut world = World::new();
        for _ in 0..limits::DECISIONS {
            let context = Context { identity, ..self.context(actor, groups.clone(), id.clone()) };
            let transaction = Transaction::new(command.clone(), context);
            let proposal = match self.decide(&transaction, &mut world).await? {
                Decided::Ready(proposal) => *proposal,
                Decided::AlreadySo => {
                    let position = self.store.head().await?;
                    return Ok(Turn::Taken(Outcome { position, events: Vec::new(), repeated: false }));
                }
                Decided::Repeated(subject, sequence) => {
                    return Ok(Turn::Taken(self.repeated(subject, sequence).await?));
                }
            };
            if others == Others::GoFirst && self.overtakes(&command, &proposal).await? {
                return Ok(Turn::OthersAreDue);
            }
            let Proposal { commit, events, states } = proposal;
            let sizes = sizes_of(&commit);
            match self.land(commit).await {
                Ok(Landing::Recorded(position)) => {
                    for folded in states {
                        let further = sizes.get(&folded.subject().stream()).copied().unwrap_or_default();
                        self.cache.put(folded, further);
                    }
                    self.note_written(position);
                    tracing::debug!(%position, events = events.len(), "committed");
                    return Ok(Turn::Taken(Outcome { position, events, repeated: false }));
                }
                Ok(Landing::Conflict(conflict)) => {
                    tracing::debug!(%conflict, "decided again");
                    let before = lanes.len();
                    lanes.extend(self.lanes_of(&conflict).await?);
                    if lanes.len() > before {
                        // Who conflicts about what others share takes turns with them about that, too.
                        drop(alone);
                        alone = self.lanes.enter(&lanes).await;
                    }
                    for mismatch in &conflict.0 {
                        self.look_again(mismatch, &mut world).await?;
                    }
                }
                Err(error) => {
                    self.cache.evict_all(&states);
                    return Err(error);
                }
            }
        }
        Err(EngineError::Contended { decisions: limits::DECISIONS })
    }

    /// Whether deadlines of the command's own release would be decided with it, while others are due that may come before them. A timer's
    /// command decides the first of all that are due; what a runner says ended before some of them does not wait for those (Time).
    async fn overtakes(&self, command: &Command, proposal: &Proposal) -> Result<bool, EngineError> {
        let Command::Release(release, asked) = command else { return Ok(false) };
        let is_timer = matches!(asked, ReleaseCommand::Reach(_));
        let says_when = matches!(asked, ReleaseCommand::ReportTask { report, .. } if report.end().is_some());
        if is_timer
            || says_when
            || !proposal.events.iter().any(|happening| happening.cause == Cause::Deadline)
        {
            return Ok(false);
        }
        self.others_are_due(*release).await
    }

    /// Decides as if now, and records nothing.
    pub(crate) async fn would_happen(
        &self,
        actor: &Actor,
        command: Command,
    ) -> Result<Vec<Happening>, EngineError> {
        let first = self.would_happen_as(actor, Identity::Known, command.clone()).await;
        let Err(EngineError::Refused(Refusal::Release(ReleaseRefusal::IdentityNotConfirmed { .. }))) = &first
        else {
            return first;
        };
        // Nobody is asked for what is not recorded.
        self.would_happen_as(actor, Identity::ConfirmedAnew, command).await
    }

    async fn would_happen_as(
        &self,
        actor: &Actor,
        identity: Identity,
        command: Command,
    ) -> Result<Vec<Happening>, EngineError> {
        let groups = self.groups_of(actor).await;
        let mut world = World::new();
        for _ in 0..limits::DECISIONS {
            let context = Context { identity, ..self.context(actor, groups.clone(), self.draw_command()) };
            let transaction = Transaction::new(command.clone(), context);
            let events = match self.decide(&transaction, &mut world).await? {
                Decided::Ready(proposal) => proposal.events,
                Decided::AlreadySo | Decided::Repeated(..) => return Ok(Vec::new()),
            };
            if !self.refresh(&mut world).await? {
                return Ok(events);
            }
        }
        Err(EngineError::Contended { decisions: limits::DECISIONS })
    }

    /// Advances the transaction to its end. What is in memory may be older than the store; a commit would notice, a refusal would
    /// not, so everything that was read is looked up before anything is refused or said to be so already.
    async fn decide(&self, transaction: &Transaction, world: &mut World) -> Result<Decided, EngineError> {
        let mut decisions = 0;
        while decisions < limits::DECISIONS {
            let refused = match transaction.advance(world) {
                // How often depends on how many streams it touches; each time there is one more to see.
                Ok(Progress::Needs(subjects)) => {
                    for subject in subjects {
                        world.insert(self.loaded(&subject).await?);
                    }
                    continue;
                }
                Ok(Progress::Ready(proposal)) => return Ok(Decided::Ready(proposal)),
                Ok(Progress::Repeated { subject, sequence }) => {
                    return Ok(Decided::Repeated(subject, sequence));
                }
                Ok(Progress::AlreadySo) => None,
                Err(refusal) => Some(refusal),
            };
            decisions += 1;
            if !self.refresh(world).await? {
                return refused.map_or(Ok(Decided::AlreadySo), |refusal: Refusal| Err(refusal.into()));
            }
        }
        Err(EngineError::Contended { decisions: limits::DECISIONS })
    }

    /// What the same command recorded when it was carried out before.
    async fn repeated(&self, subject: Subject, sequence: Sequence) -> Result<Outcome, EngineError> {
        let before = Sequence(sequence.0.saturating_sub(1));
        let found = self.store.read_stream(&subject.stream(), before, 1).await?;
        let position = found.first().map(|event| event.position).ok_or(EngineError::NotFound(subject))?;
        // Nothing is ever recorded between two positions, so that the commit is the first one after the number before its own.
        let page = self.store.read_all(Position(position.0.saturating_sub(1)), 1).await?;
        let commit = page.into_iter().find(|commit| commit.position == position);
        let events = commit.map(|commit| commit.events).unwrap_or_default();
        let events = events.iter().map(happening).collect::<Result<_, _>>()?;
        Ok(Outcome { position, events, repeated: true })
    }

    pub(crate) async fn groups_of(&self, actor: &Actor) -> BTreeSet<GroupId> {
        match actor.as_user() {
            Some(user) => self.identities.groups(user).await,
            None => BTreeSet::new(),
        }
    }

    fn context(&self, actor: &Actor, groups: BTreeSet<GroupId>, command: CommandId) -> Context {
        let mut context = Context::new(self.now(), actor.clone(), command, self.draw_commit());
        context.groups = groups;
        context
    }

    /// What the command waits for its turn at. One that will be refused, or touches nothing that others do, waits for nothing.
    async fn lane_of(&self, command: &Command) -> Result<Option<Lane>, EngineError> {
        Ok(match (command.subject(), command) {
            // It claims a name, and nobody else can know the pipeline's id yet.
            (_, Command::Pipeline(_, PipelineCommand::Create { .. })) => Some(Lane::Of(Subject::Directory)),
            (subject, _) => self.lane_at(subject).await?,
        })
    }

    async fn lane_at(&self, subject: Subject) -> Result<Option<Lane>, EngineError> {
        Ok(match subject {
            Subject::Pipeline(pipeline) | Subject::PipelineStatus(pipeline) => Some(Lane::Pipeline(pipeline)),
            Subject::Queue(queue) => Some(Lane::Pipeline(queue.pipeline)),
            Subject::Release(_) => {
                let folded = self.loaded(&subject).await?;
                let about = folded.state().as_release().and_then(|release| release.about());
                about.map(|about| Lane::Pipeline(about.pipeline))
            }
            subject @ (Subject::Directory
            | Subject::Snapshot(_)
            | Subject::Freezes
            | Subject::Permissions
            | Subject::Artifact(_)
            | Subject::VariableGroup(_)
            | Subject::Locks
            | Subject::Pool(_)
            | Subject::Targets(_)
            | Subject::Cursor(_)) => Some(Lane::Of(subject)),
        })
    }

    /// Where others have their turns at what the commit met them about.
    async fn lanes_of(&self, conflict: &Conflict) -> Result<Vec<Lane>, EngineError> {
        let mut lanes = Vec::new();
        for mismatch in &conflict.0 {
            if let Ok(subject) = Subject::try_from(&mismatch.stream) {
                lanes.extend(self.lane_at(subject).await?);
            }
        }
        Ok(lanes)
    }

    /// Brings a stream that stands elsewhere up to where it stands.
    async fn look_again(&self, mismatch: &Mismatch, world: &mut World) -> Result<(), EngineError> {
        let Ok(subject) = Subject::try_from(&mismatch.stream) else { return Ok(()) };
        if mismatch.actual < mismatch.expected {
            // What is in memory was never recorded: nothing of it can be used.
            self.cache.evict(&subject);
        }
        world.insert(self.newest(&subject).await?);
        Ok(())
    }
}

/// How large the events are that the commit has for each stream.
fn sizes_of(commit: &Commit) -> BTreeMap<StreamId, Size> {
    let mut sizes: BTreeMap<StreamId, Size> = BTreeMap::new();
    for (place, event) in commit.events() {
        if let Some(expected) = commit.streams().get(*place) {
            sizes.entry(expected.stream.clone()).or_default().add(event.payload.as_str().len());
        }
    }
    sizes
}
