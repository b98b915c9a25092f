use cutover::deployment::Deadline;
use cutover::store::Position;
use cutover::{EngineId, GateId, IncarnationId, ReleaseId, Subject, TaskId, Timestamp};

use super::Deliveries;
use crate::{Evaluation, Urgency};

/// What an engine is doing, and what it waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Its name.
    pub engine: EngineId,
    /// Which of its lives.
    pub incarnation: IncarnationId,
    /// Whether it is driven.
    pub driving: Driving,
    /// The tasks that it runs.
    pub running: Vec<RunningTask>,
    /// What each gate answered last that it samples.
    pub gates: Vec<GateAnswer>,
    /// The next thing that happens by itself, unless something else happens before.
    pub next_deadline: Option<(Timestamp, ReleaseId, Deadline)>,
    /// How far each notifier is, and what it is stuck on, if it is (E4).
    pub notifiers: Vec<Deliveries>,
    /// What it should do by itself and can't, each until something comes of it: it is tried again each minute. Nothing else waits for that.
    pub troubles: Vec<Trouble>,
    /// Another engine that bears its name and works on the same store, as it was seen last since this one was built. Each engine of a store
    /// needs a name of its own ([`Builder::name`](crate::Builder::name)).
    pub namesake: Option<Namesake>,
    /// The newest commit that its views include.
    pub views: Position,
}

/// Something that an engine should do by itself, and can't.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What it is about: a release, a pipeline, a queue ...
    pub about: Subject,
    /// Since when.
    pub since: Timestamp,
    /// What is wrong, for people.
    pub what: String,
}

/// Another engine of the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namesake {
    /// Which of its lives.
    pub incarnation: IncarnationId,
    /// A task that it has claimed, or taken up.
    pub task: TaskId,
}

/// What a gate answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateAnswer {
    /// The gate.
    pub gate: GateId,
    /// When.
    pub at: Timestamp,
    /// What its evaluation came to.
    pub evaluation: Evaluation,
}

/// Whether an engine is driven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Driving {
    /// Nobody polls [`Engine::run`](crate::Engine::run): commands are carried out, but no task begins and no deadline is kept.
    NotDriven,
    /// It drives.
    Driven,
    /// It begins nothing more, and waits for its tasks until then.
    ShuttingDown {
        /// Until when.
        by: Timestamp,
    },
    /// It was shut down.
    ShutDown,
}

/// A task that an engine runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunningTask {
    /// The task.
    pub task: TaskId,
    /// Since when.
    pub since: Timestamp,
    /// How it was told to stop, if it was.
    pub stop: Option<Urgency>,
}
