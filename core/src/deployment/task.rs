//! A task of a job, as far as it went (J4, J6).

use serde::{Deserialize, Serialize};

use super::{SkipReason, Wait};
use crate::{EngineId, IncarnationId, Timestamp};

/// A task of a job, as far as it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskRun {
    /// It does not run (J4, J5).
    Skipped(SkipReason),
    /// An engine runs it.
    Running {
        /// Since when it was claimed.
        since: Timestamp,
        /// By whom.
        claim: Claim,
        /// When its time is over (J7).
        times_out_at: Option<Timestamp>,
        /// Whether it is asked to stop.
        stop: Option<Stop>,
        /// The tries before this one (J4).
        earlier: Vec<Try>,
    },
    /// No runner carries it out: it waits for a person, or for a moment (J8, J9).
    Waiting {
        /// Since when.
        since: Timestamp,
        /// For what.
        wait: Wait,
        /// The tries before this one (J4).
        earlier: Vec<Try>,
    },
    /// It failed and is tried again after a pause (J4).
    Pausing {
        /// The tries so far.
        earlier: Vec<Try>,
        /// When the pause is over.
        until: Timestamp,
    },
    /// It failed, its pause is over, and it waits for an engine that tries it again (J4).
    ToRetry {
        /// The tries so far.
        earlier: Vec<Try>,
    },
    /// It ended.
    Ended {
        /// When it was claimed.
        since: Timestamp,
        /// When it ended.
        at: Timestamp,
        /// What came of it.
        result: TaskResult,
        /// Whether it was given up: it did not stop in time, and nobody knows whether it runs still (J7).
        is_given_up: bool,
        /// The tries before the last one (J4).
        earlier: Vec<Try>,
    },
}

/// A try of a task after which it was tried again (J4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Try {
    /// When it was claimed.
    pub since: Timestamp,
    /// When it ended.
    pub at: Timestamp,
    /// What came of it.
    pub result: TaskResult,
    /// Whether it was given up (J7).
    pub is_given_up: bool,
}

impl TaskRun {
    /// The tries before the one that runs, is next, or was the last (J4).
    pub fn earlier(&self) -> &[Try] {
        match self {
            Self::Skipped(_) => &[],
            Self::Running { earlier, .. }
            | Self::Waiting { earlier, .. }
            | Self::Pausing { earlier, .. }
            | Self::ToRetry { earlier }
            | Self::Ended { earlier, .. } => earlier,
        }
    }

    /// How often it was tried before.
    pub(crate) fn retry(&self) -> u32 {
        u32::try_from(self.earlier().len()).unwrap_or(u32::MAX)
    }

    /// Whether it began and is not over: it runs, waits, or is to be tried again.
    pub const fn is_open(&self) -> bool {
        match self {
            Self::Running { .. } | Self::Waiting { .. } | Self::Pausing { .. } | Self::ToRetry { .. } => true,
            Self::Skipped(_) | Self::Ended { .. } => false,
        }
    }
}

/// Which engine runs a task. Only that engine reports what came of it (J6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The engine, by the name that its host gave it.
    pub engine: EngineId,
    /// Which of its lives.
    pub incarnation: IncarnationId,
}

/// A task that is asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stop {
    /// Why.
    pub because: StopReason,
    /// When it is given up.
    pub kill_at: Timestamp,
}

/// Why a task is asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StopReason {
    /// Its deployment is cancelled (D4).
    Canceled,
    /// Its own time is over (J7).
    TimedOut,
    /// Its job's time is over (J7).
    JobTimedOut,
}

/// What came of a task (J6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskResult {
    /// It succeeded.
    Succeeded,
    /// It succeeded, and complained.
    SucceededWithIssues,
    /// It failed.
    Failed,
    /// It was stopped, since its deployment was cancelled.
    Canceled,
    /// It was stopped, since its time was over. Counts as failed.
    TimedOut,
    /// Nobody knows what became of it. Counts as failed.
    Lost,
}
