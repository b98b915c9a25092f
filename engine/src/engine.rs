use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{SubsecRound, TimeDelta};
use cutover::store::{EventStore, Position};
use cutover::transaction::{Command, Happening};
use cutover::{Actor, CommandId, CursorId, EngineId, IncarnationId, Timestamp};

use crate::drive::{
    Deadlines, DriveState, Feed, Findings, Inherited, NotifierStates, Samplings, Tasks, Troubles,
};
use crate::secrets::Declarations;
use crate::submit::{Cache, Lanes, ReleaseIds, is_reaction};
use crate::{
    Builder, Clock, EngineError, GateProbe, Health, Identities, Ids, LogSink, Notifier, Outcome, Recovery,
    Secrets, Spawn, TaskRunner, Views,
};

/// Carries out commands on a store and, while it is driven, all that follows from them by itself. Clones are the same engine.
///
/// Commands, questions and views work whether it is driven or not; tasks begin and deadlines are kept while somebody polls
/// [`Engine::run`].
#[derive(Clone)]
pub struct Engine(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) store: Arc<dyn EventStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) spawn: Arc<dyn Spawn>,
    pub(crate) runner: Arc<dyn TaskRunner>,
    pub(crate) probe: Arc<dyn GateProbe>,
    pub(crate) log: Arc<dyn LogSink>,
    pub(crate) identities: Arc<dyn Identities>,
    pub(crate) secrets: Arc<dyn Secrets>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) notifiers: BTreeMap<CursorId, Arc<dyn Notifier>>,
    pub(crate) notifier_states: NotifierStates,
    pub(crate) name: EngineId,
    pub(crate) incarnation: IncarnationId,
    pub(crate) tasks_at_once: usize,
    pub(crate) cache: Cache,
    pub(crate) lanes: Lanes,
    pub(crate) release_ids: ReleaseIds,
    pub(crate) feed: Arc<Feed>,
    pub(crate) views: Views,
    pub(crate) tasks: Tasks,
    pub(crate) samplings: Samplings,
    pub(crate) declarations: Declarations,
    pub(crate) deadlines: Deadlines,
    pub(crate) findings: Findings,
    pub(crate) inherited: Inherited,
    pub(crate) troubles: Troubles,
    pub(crate) drive_state: DriveState,
    pub(crate) written: AtomicU64,
}

impl Inner {
    /// The present time, in milliseconds: what is finer would not be the same after it was recorded.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now().trunc_subsecs(3)
    }

    pub(crate) fn note_written(&self, position: Position) {
        self.written.fetch_max(position.0, Ordering::Relaxed);
    }
}

impl Engine {
    /// Begins an engine on a store: an `Arc` of one, or the store itself.
    pub fn builder(store: impl EventStore) -> Builder {
        Builder::new(Arc::new(store))
    }

    /// Decides a command and records what follows from it, as one commit.
    ///
    /// A command that is given again is decided again. Where that matters, give it an id: [`Engine::submit_as`].
    ///
    /// # Errors
    /// - [`EngineError::Refused`], [`EngineError::Reaction`], [`EngineError::Contended`]: nothing was recorded.
    /// - [`EngineError::Commit`]: its source says whether it may have been recorded.
    /// - [`EngineError::Store`], [`EngineError::Fold`]: what it takes to decide could not be read. Where an answer was lost before, it
    ///   may have been recorded.
    pub async fn submit(&self, actor: &Actor, command: Command) -> Result<Outcome, EngineError> {
        self.submit_as(actor, self.0.draw_command(), command).await
    }

    /// The same for a command that has an id: given again with the same id, it is carried out once, and answered by what it did the
    /// first time. A stream remembers its last 64 commands, a pipeline or a release 1,024.
    ///
    /// # Errors
    /// As [`Engine::submit`].
    pub async fn submit_as(
        &self,
        actor: &Actor,
        id: CommandId,
        command: Command,
    ) -> Result<Outcome, EngineError> {
        if is_reaction(&command) {
            return Err(EngineError::Reaction(command.subject()));
        }
        self.0.carry_out(actor, id, command).await
    }

    /// What would be recorded if the command were given now. Nothing is. That of an answer which takes a newly confirmed identity (AP8) is told
    /// as if it were confirmed: nobody is asked for it.
    ///
    /// # Errors
    /// As [`Engine::submit`]; nothing is recorded in any case.
    pub async fn preview(&self, actor: &Actor, command: Command) -> Result<Vec<Happening>, EngineError> {
        if is_reaction(&command) {
            return Err(EngineError::Reaction(command.subject()));
        }
        self.0.would_happen(actor, command).await
    }

    /// Drives: claims and runs tasks, keeps deadlines, goes on with what earlier lives of this engine left. It ends when the engine
    /// is shut down (at once if it was already), and otherwise never by itself. Any executor will do.
    ///
    /// It may be dropped at any time, and called again; tasks that run go on meanwhile. While it is kept it must be polled: a commit
    /// that it has begun keeps other commands of the same pipeline waiting.
    ///
    /// # Errors
    /// - [`EngineError::Store`], [`EngineError::Commit`], [`EngineError::Fold`]: the store failed. Nothing more is begun; tasks that run
    ///   are left to their runners.
    /// - [`EngineError::AlreadyDriven`].
    pub fn run(&self) -> impl Future<Output = Result<(), EngineError>> + Send + 'static + use<> {
        Arc::clone(&self.0).drive()
    }

    /// Ends [`Engine::run`]: nothing more is begun. It returns when the tasks that run here have ended and are reported, or when this
    /// much time has passed; tasks that still run then are left to the next incarnation.
    ///
    /// Commands and questions are still answered.
    pub fn shut_down(&self, within: Duration) {
        let within = TimeDelta::from_std(within).unwrap_or(TimeDelta::MAX);
        let by = self.0.now().checked_add_signed(within).unwrap_or(Timestamp::MAX_UTC);
        self.0.drive_state.shut_down(by);
        self.0.feed.wake();
    }

    /// The lists that it keeps: releases, deployments, approvals that wait, what is deployed where.
    pub fn views(&self) -> &Views {
        &self.0.views
    }

    /// The newest commit that was made through this engine: views that include it show all that its callers have written.
    pub fn written(&self) -> Position {
        Position(self.0.written.load(Ordering::Relaxed))
    }

    /// What it found when it began to drive.
    pub fn found(&self) -> Recovery {
        self.0.findings.so_far()
    }

    /// What it is doing.
    pub fn health(&self) -> Health {
        Health {
            engine: self.0.name.clone(),
            incarnation: self.0.incarnation.clone(),
            driving: self.0.drive_state.driving(),
            running: self.0.tasks.running(),
            gates: self.0.samplings.newest(),
            next_deadline: self.0.deadlines.next(),
            notifiers: self.0.notifier_states.all(),
            troubles: self.0.troubles.all(),
            namesake: self.0.inherited.namesake(),
            views: self.0.views.position(),
        }
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("name", &self.0.name)
            .field("incarnation", &self.0.incarnation)
            .finish_non_exhaustive()
    }
}
