use cutover::deployment::Deadline;
use cutover::store::Position;
use cutover::{EngineId, GateId, IncarnationId, ReleaseId, TaskId, Timestamp};

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
    /// The newest commit that its views include.
    pub views: Position,
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
