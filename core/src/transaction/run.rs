use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::slice::from_ref;
use std::sync::Arc;

use super::react::react;
use super::{Command, Folded, Refusal, World};
use crate::deployment::deadlines_before;
use crate::flow::Facts;
use crate::permission::{Denied, Need, Permissions, read_for, required};
use crate::store::{Cause, Commit, CommitHeader, NewEvent, Sequence};
use crate::{Actor, Context, Event, ReleaseCommand, Subject, Timestamp, limits};

/// A command on its way to a commit.
///
/// ```
/// use std::sync::Arc;
/// use cutover::transaction::{Command, Folded, Progress, Transaction, World};
/// use cutover::{Actor, CommandId, CommitId, Context, DirectoryCommand, IdKind};
///
/// let command = Command::Directory(DirectoryCommand::ReserveIds { kind: IdKind::Release, count: 10.try_into()? });
/// let now = chrono::DateTime::UNIX_EPOCH;
/// let context = Context::new(now, Actor::System, CommandId::new("c-1")?, CommitId::new("k-1")?);
/// let transaction = Transaction::new(command, context);
/// let mut world = World::new();
/// let proposal = loop {
///     match transaction.advance(&world)? {
///         // Here a store's caller reads the streams; this one knows that they are empty.
///         Progress::Needs(subjects) => subjects.into_iter().for_each(|subject| world.insert(Arc::new(Folded::empty(subject)))),
///         Progress::Ready(proposal) => break proposal,
///         Progress::AlreadySo | Progress::Repeated { .. } => unreachable!("nothing is recorded yet"),
///     }
/// };
/// assert_eq!(proposal.commit.events().len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Transaction {
    command: Command,
    context: Context,
}

/// How far a transaction has come.
#[derive(Debug)]
pub enum Progress {
    /// It has to see these subjects: load them into the world, and advance it again. Never empty.
    Needs(Vec<Subject>),
    /// It is quiet: nothing more follows.
    Ready(Box<Proposal>),
    /// Nothing needs to be recorded: what was asked for is so.
    AlreadySo,
    /// The same command was carried out before: this is the first event that it recorded in the stream it was addressed to.
    Repeated {
        /// The stream.
        subject: Subject,
        /// The event.
        sequence: Sequence,
    },
}

/// What would be recorded, and how things would stand then. Committed, it is what happened; thrown away, it was a preview.
#[derive(Debug)]
pub struct Proposal {
    /// For the store.
    pub commit: Commit,
    /// The same events, in the order in which they were decided.
    pub events: Vec<Happening>,
    /// Every stream that is written to, as it stands after the commit.
    pub states: Vec<Arc<Folded>>,
}

/// An event that was decided, and where it is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// The aggregate.
    pub subject: Subject,
    /// The event.
    pub event: Event,
    /// What it followed from.
    pub cause: Cause,
}

/// Subjects that have to be loaded before a decision can be taken.
struct Missing(Vec<Subject>);

enum Stopped {
    Missing(Missing),
    Refused(Refusal),
}

impl From<Missing> for Stopped {
    fn from(missing: Missing) -> Self {
        Self::Missing(missing)
    }
}

impl From<Refusal> for Stopped {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Transaction {
    /// A command that nothing was decided about yet.
    pub const fn new(command: Command, context: Context) -> Self {
        Self { command, context }
    }

    /// Decides the command, and all that follows, from what the world holds.
    ///
    /// # Errors
    /// Why the command is refused.
    pub fn advance(&self, world: &World) -> Result<Progress, Refusal> {
        let mut context = self.context.clone();
        loop {
            let mut run = Run {
                world,
                context: &context,
                staged: BTreeMap::new(),
                read: BTreeMap::new(),
                passed: BTreeSet::new(),
                happenings: Vec::new(),
            };
            match run.carry_out(&self.command) {
                Ok(Some(sequence)) => {
                    return Ok(Progress::Repeated { subject: self.command.subject(), sequence });
                }
                Err(Stopped::Missing(Missing(subjects))) => return Ok(Progress::Needs(subjects)),
                Err(Stopped::Refused(refusal)) if run.latest_seen() <= context.now => return Err(refusal),
                // Decided too early: a stream that was read is ahead of the clock.
                Ok(None) | Err(Stopped::Refused(_)) => {}
            }
            // Decide again, at the newest time that was read.
            let latest = run.latest_seen();
            if latest > context.now {
                context.now = latest;
                continue;
            }
            return run.finish();
        }
    }
}

/// Whether a command says only that the moment of a deadline has come.
const fn is_timer(command: &Command) -> bool {
    matches!(command, Command::Release(_, ReleaseCommand::Reach(_)))
}

/// One attempt to carry a command out.
struct Run<'w> {
    world: &'w World,
    context: &'w Context,
    /// The streams that are written to, each with where it stood before.
    staged: BTreeMap<Subject, (Folded, Sequence)>,
    /// The streams that were read.
    read: BTreeMap<&'w Subject, &'w Folded>,
    /// Those in which a command found nothing to record: it may find something where the stream stands elsewhere.
    passed: BTreeSet<Subject>,
    happenings: Vec<Happening>,
}

impl Run<'_> {
    /// Decides the command's deadlines, the command and their reactions. Returns the first event of the same command if it was
    /// carried out before.
    fn carry_out(&mut self, command: &Command) -> Result<Option<Sequence>, Stopped> {
        let subject = command.subject();
        self.see(from_ref(&subject))?;
        if let Some(sequence) =
            self.folded(&subject).and_then(|folded| folded.recorded_by(&self.context.command))
        {
            return Ok(Some(sequence));
        }
        // An approval that comes one second after its time-out is too late, also if nobody was there to say so.
        let is_timer = is_timer(command);
        let until = self.brought_up_to(command);
        while let Some(due) = self.folded(&subject).and_then(|folded| folded.state().due(&subject, until)) {
            let before = self.happenings.len();
            self.until_quiet(due, Cause::Deadline)?;
            if self.happenings.len() == before {
                return Err(Refusal::NotRecordable {
                    what: "a deadline from which nothing follows".to_owned(),
                }
                .into());
            }
            // A later one may come after that of another release: who keeps the time asks again, in the order of them all.
            if is_timer {
                return Ok(None);
            }
        }
        self.expect_permitted(command)?;
        self.until_quiet(command.clone(), Cause::Command)?;
        Ok(None)
    }

    /// Up to which moment the deadlines are decided before the command.
    fn brought_up_to(&self, command: &Command) -> Timestamp {
        let now = self.context.now;
        let Command::Release(id, ReleaseCommand::ReportTask { task, report, .. }) = command else {
            return now;
        };
        let release = self.folded(&Subject::Release(*id)).and_then(|folded| folded.state().as_release());
        let deployment = release.and_then(|release| release.deployment(task.deployment()));
        deployment.map_or(now, |deployment| deadlines_before(deployment, *task, report, now))
    }

    /// U3: the actor has every permission that the command needs. What follows from it needs none, nor do the system and triggers.
    fn expect_permitted(&mut self, command: &Command) -> Result<(), Stopped> {
        let Actor::User(_) = self.context.actor else { return Ok(()) };
        self.see(&[Subject::Permissions])?;
        let is_granted = |permissions: &Permissions| !permissions.is_empty();
        if !self
            .folded(&Subject::Permissions)
            .and_then(|it| it.state().as_permissions())
            .is_some_and(is_granted)
        {
            return Ok(());
        }
        let subject = command.subject();
        let reads = self.folded(&subject).map(|folded| read_for(command, folded.state())).unwrap_or_default();
        self.see(&reads)?;
        let facts =
            Facts::of(&subject, reads.iter().filter_map(|read| Some((read, self.folded(read)?.state()))));
        let permissions = self.folded(&Subject::Permissions).and_then(|it| it.state().as_permissions());
        let (Some(permissions), Some(folded)) = (permissions, self.folded(&subject)) else { return Ok(()) };
        let Context { actor, groups, .. } = self.context;
        for Need { permission, site } in required(command, folded.state(), &facts) {
            if !permissions.allow(actor, groups, permission, &site) {
                let (actor, scope) = (actor.clone(), site.scope().clone());
                return Err(Refusal::from(Denied { actor, permission, scope }).into());
            }
        }
        Ok(())
    }

    fn until_quiet(&mut self, command: Command, cause: Cause) -> Result<(), Stopped> {
        let mut open = VecDeque::from([(command, cause)]);
        while let Some((command, cause)) = open.pop_front() {
            let subject = command.subject();
            let events = self.decide(&subject, &command)?;
            if events.is_empty() {
                self.passed.insert(subject.clone());
            }
            let reactions = react(&subject, &events);
            for (event, reactions) in events.into_iter().zip(reactions) {
                let place = u32::try_from(self.happenings.len()).unwrap_or(u32::MAX);
                self.stage(&subject, &event, cause)?;
                self.happenings.push(Happening { subject: subject.clone(), event, cause });
                open.extend(reactions.into_iter().map(|reaction| (reaction, Cause::Event(place))));
            }
            if self.happenings.len() > limits::COMMIT_EVENTS {
                return Err(Refusal::TooManyEvents.into());
            }
        }
        Ok(())
    }

    fn decide(&mut self, subject: &Subject, command: &Command) -> Result<Vec<Event>, Stopped> {
        self.see(from_ref(subject))?;
        let mut needs =
            self.folded(subject).map(|folded| folded.state().needs(subject, command)).unwrap_or_default();
        self.see(&needs)?;
        let facts = self.facts(subject, &needs);
        let state = self.folded(subject).map(Folded::state);
        let further = state.map(|state| state.needs_further(command, &facts)).unwrap_or_default();
        self.see(&further)?;
        needs.extend(further);
        let facts = self.facts(subject, &needs);
        match self.folded(subject) {
            Some(folded) => Ok(folded.state().decide(command, self.context, &facts)?),
            None => Err(Missing(vec![subject.clone()]).into()),
        }
    }

    /// What was read of these subjects.
    fn facts<'f>(&'f self, this: &'f Subject, needs: &'f [Subject]) -> Facts<'f> {
        Facts::of(this, needs.iter().filter_map(|need| Some((need, self.folded(need)?.state()))))
    }

    /// Notes that these subjects are read.
    fn see(&mut self, subjects: &[Subject]) -> Result<(), Missing> {
        let mut missing = Vec::new();
        for subject in subjects {
            if self.staged.contains_key(subject) || self.read.contains_key(subject) {
                continue;
            }
            match self.world.get(subject) {
                Some(folded) => {
                    self.read.insert(folded.subject(), folded);
                }
                None => missing.push(subject.clone()),
            }
        }
        if missing.is_empty() { Ok(()) } else { Err(Missing(missing)) }
    }

    fn folded(&self, subject: &Subject) -> Option<&Folded> {
        match self.staged.get(subject) {
            Some((folded, _)) => Some(folded),
            None => self.world.get(subject).map(AsRef::as_ref),
        }
    }

    fn stage(&mut self, subject: &Subject, event: &Event, cause: Cause) -> Result<(), Stopped> {
        let (folded, _) = match self.staged.entry(subject.clone()) {
            Entry::Occupied(staged) => staged.into_mut(),
            Entry::Vacant(place) => {
                let folded = self.world.get(subject).ok_or_else(|| Missing(vec![subject.clone()]))?;
                place.insert((Folded::clone(folded), folded.sequence()))
            }
        };
        let command = (cause == Cause::Command).then_some(&self.context.command);
        let taken = folded.take(event, self.context.now, command);
        Ok(taken.map_err(|error| Refusal::NotRecordable { what: format!("{subject}: {error}") })?)
    }

    /// The newest time in the streams that were read.
    fn latest_seen(&self) -> Timestamp {
        let newest = self.read.values().filter_map(|folded| folded.newest()).max();
        newest.map_or(self.context.now, |newest| newest.max(self.context.now))
    }

    fn finish(self) -> Result<Progress, Refusal> {
        if self.happenings.is_empty() {
            return Ok(Progress::AlreadySo);
        }
        let unwritable = |error: &dyn std::fmt::Display| Refusal::NotRecordable { what: error.to_string() };
        let Context { now, actor, command, commit, .. } = self.context.clone();
        let mut builder = Commit::builder(CommitHeader { id: commit, command, actor, time: now });
        for Happening { subject, event, cause } in &self.happenings {
            let (name, schema, payload) = event.encode().map_err(|error| unwritable(&error))?;
            let name = name.into();
            let Some((folded, at)) = self.staged.get(subject) else { continue };
            builder = builder.append(folded.stream(), *at, NewEvent { name, schema, cause: *cause, payload });
        }
        for (subject, folded) in &self.read {
            let needs_none = subject.is_immutable() || self.staged.contains_key(*subject);
            if !needs_none && (folded.state().is_guarded() || self.passed.contains(*subject)) {
                builder = builder.guard(folded.stream(), folded.sequence());
            }
        }
        let commit = builder.build().map_err(|error| unwritable(&error))?;
        let states = self.staged.into_values().map(|(folded, _)| Arc::new(folded)).collect();
        Ok(Progress::Ready(Box::new(Proposal { commit, events: self.happenings, states })))
    }
}
