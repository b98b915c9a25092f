use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use cutover::store::EventStore;
use cutover::{CursorId, EngineId};

use crate::drive::{
    Deadlines, DriveState, Feed, Findings, Inherited, NotifierStates, Samplings, Tasks, Troubles,
};
use crate::engine::Inner;
use crate::secrets::Declarations;
use crate::submit::{Cache, Lanes, ReleaseIds, draw_incarnation};
use crate::{
    Clock, Engine, EngineError, GateProbe, Identities, Ids, LogSink, NoGroups, NoLog, NoSecrets, Notifier,
    Probes, RandomIds, Runners, Secrets, Spawn, SystemClock, TaskRunner, ThreadSpawn, Views, limits,
};

/// Puts an engine together.
pub struct Builder {
    store: Arc<dyn EventStore>,
    name: Option<EngineId>,
    runner: Arc<dyn TaskRunner>,
    probe: Arc<dyn GateProbe>,
    clock: Option<Arc<dyn Clock>>,
    spawn: Arc<dyn Spawn>,
    log: Arc<dyn LogSink>,
    identities: Arc<dyn Identities>,
    secrets: Arc<dyn Secrets>,
    ids: Arc<dyn Ids>,
    notifiers: BTreeMap<CursorId, Arc<dyn Notifier>>,
    tasks_at_once: usize,
}

impl Builder {
    pub(crate) fn new(store: Arc<dyn EventStore>) -> Self {
        Self {
            store,
            name: None,
            runner: Arc::new(Runners::new()),
            probe: Arc::new(Probes::new()),
            clock: None,
            spawn: Arc::new(ThreadSpawn),
            log: Arc::new(NoLog),
            identities: Arc::new(NoGroups),
            secrets: Arc::new(NoSecrets),
            ids: Arc::new(RandomIds),
            notifiers: BTreeMap::new(),
            tasks_at_once: limits::TASKS_AT_ONCE,
        }
    }

    /// The engine's name, the same over restarts: by it an engine knows the tasks that it claimed in an earlier life. Without one it is
    /// `main`, which is enough for the only engine of a store.
    ///
    /// **Engines that work on one store at the same time have different names.** An engine takes what was claimed in its name before it
    /// began for its own: a second one of the same name takes up what the first one runs, and begins again what its own runner does not
    /// know. What is claimed in its name after it began it leaves alone, and [`Health::namesake`](crate::Health::namesake) says so.
    #[must_use]
    pub fn name(mut self, name: EngineId) -> Self {
        self.name = Some(name);
        self
    }

    /// Who runs tasks; several of them as [`Runners`]. Without one every task fails.
    #[must_use]
    pub fn runner(mut self, runner: impl TaskRunner) -> Self {
        self.runner = Arc::new(runner);
        self
    }

    /// Who evaluates gates; several of them as [`Probes`]. Without one every gate fails.
    #[must_use]
    pub fn probe(mut self, probe: impl GateProbe) -> Self {
        self.probe = Arc::new(probe);
        self
    }

    /// What time it is. Without one: the machine's, [`SystemClock`].
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Where runners are driven. Without one each has a thread of its own, [`ThreadSpawn`].
    #[must_use]
    pub fn spawn(mut self, spawn: impl Spawn) -> Self {
        self.spawn = Arc::new(spawn);
        self
    }

    /// Where goes what tasks write. Without one it is dropped.
    #[must_use]
    pub fn log(mut self, log: impl LogSink) -> Self {
        self.log = Arc::new(log);
        self
    }

    /// Who is a member of which groups. Without one: nobody of any.
    #[must_use]
    pub fn identities(mut self, identities: impl Identities) -> Self {
        self.identities = Arc::new(identities);
        self
    }

    /// Who keeps secrets (V4). Without one: nobody, and tasks that speak of secrets fail.
    #[must_use]
    pub fn secrets(mut self, secrets: impl Secrets) -> Self {
        self.secrets = Arc::new(secrets);
        self
    }

    /// Where ids come from that nobody had before. Without it: from the randomness of the machine, [`RandomIds`].
    #[must_use]
    pub fn ids(mut self, ids: impl Ids) -> Self {
        self.ids = Arc::new(ids);
        self
    }

    /// Who delivers notifications, by a cursor that the store keeps (E4); any number of them, each by a cursor of its own. One that
    /// is new, or was closed, begins with what is recorded from then on, unless somebody opens it elsewhere before
    /// ([`Engine::open_cursor`](crate::Engine::open_cursor)).
    ///
    /// Of several engines on one store, each whose notifier has the cursor delivers everything: give it to one of them.
    #[must_use]
    pub fn notifier(mut self, cursor: CursorId, notifier: impl Notifier) -> Self {
        self.notifiers.insert(cursor, Arc::new(notifier));
        self
    }

    /// How many tasks may run at once; 64 if nothing is said. What is beyond that waits unclaimed, so that another engine can take
    /// it. A task of an earlier life has its place from when its runner is [asked for it](TaskRunner::find): one that never answers keeps the place
    /// until the task is over.
    #[must_use]
    pub const fn tasks_at_once(mut self, tasks: NonZeroUsize) -> Self {
        self.tasks_at_once = tasks.get();
        self
    }

    /// The engine, with its views folded from the log.
    ///
    /// # Errors
    /// - [`EngineError::Store`] if the store can't be read.
    /// - [`EngineError::Fold`] if the log holds events that this version does not know (the source names them), or is damaged.
    pub async fn build(self) -> Result<Engine, EngineError> {
        let feed = Arc::new(Feed::default());
        let name = self.name.unwrap_or_else(default_name);
        let inner = Inner {
            views: Views::new(Arc::clone(&self.store), Arc::clone(&feed)),
            store: self.store,
            clock: self.clock.unwrap_or_else(|| Arc::new(SystemClock::new())),
            spawn: self.spawn,
            runner: self.runner,
            probe: self.probe,
            log: self.log,
            identities: self.identities,
            secrets: self.secrets,
            incarnation: draw_incarnation(&*self.ids),
            ids: self.ids,
            notifiers: self.notifiers,
            notifier_states: NotifierStates::default(),
            name,
            tasks_at_once: self.tasks_at_once,
            cache: Cache::new(limits::STREAMS_CACHED, limits::STREAM_BYTES_CACHED),
            lanes: Lanes::default(),
            release_ids: ReleaseIds::default(),
            feed,
            tasks: Tasks::default(),
            samplings: Samplings::default(),
            declarations: Declarations::default(),
            deadlines: Deadlines::default(),
            findings: Findings::default(),
            inherited: Inherited::default(),
            troubles: Troubles::default(),
            drive_state: DriveState::default(),
            written: AtomicU64::new(0),
        };
        inner.views.latest().await?;
        Ok(Engine(Arc::new(inner)))
    }
}

#[expect(clippy::expect_used, reason = "the name is a constant and valid")]
fn default_name() -> EngineId {
    EngineId::new("main").expect("four letters are a valid id")
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("name", &self.name)
            .field("tasks_at_once", &self.tasks_at_once)
            .finish_non_exhaustive()
    }
}
