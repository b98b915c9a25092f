use std::fmt;
use std::io;

use cutover::{AgentId, Digest, TaskId, TaskOrder, Timestamp};
use uuid::Uuid;

use crate::{SecretsAtHand, Urgency};

/// A task that an agent has taken, until the lease ends.
#[derive(Clone)]
pub struct Lease {
    /// What the agent proves itself by from now on.
    pub token: LeaseToken,
    /// What is to be done.
    pub order: TaskOrder,
    /// The secrets that it speaks of: [`SecretsAtHand::expand`] replaces what is left of them in its inputs and its environment (V4). They
    /// go to the agent by the host's transport.
    pub secrets: SecretsAtHand,
    /// When it ends, unless a heartbeat comes before.
    pub ends_at: Timestamp,
}

/// By what an agent proves that a lease is its own: whoever has it may speak for the task. What is shown of it is `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct LeaseToken(String);

impl LeaseToken {
    /// What an agent sent.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the agent: 32 letters and digits.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    pub(super) fn draw() -> Self {
        Self(Uuid::new_v4().simple().to_string())
    }

    /// What is kept of it.
    pub(super) fn digest(&self) -> Digest {
        Digest::of(self.0.as_bytes())
    }
}

/// What is answered to a heartbeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heartbeat {
    /// When the lease ends from now on.
    pub ends_at: Timestamp,
    /// Whether the task should stop, and how; `None` while it may go on. A task that stops is reported like any other.
    pub stop: Option<Urgency>,
}

/// How a lease ended before its task was reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaseEnd {
    /// No heartbeat came before this moment.
    Expired {
        /// When it ended.
        at: Timestamp,
    },
    /// Nobody wants the task any more.
    GivenUp,
}

/// Why what an agent says is not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LeaseError {
    /// No lease has this token: it never was one, or was forgotten since.
    #[error("no lease has this token")]
    Unknown,
    /// The lease has ended: the agent must stop what it runs of the task.
    #[error("the lease of task {task} has ended: stop it ({})", match end {
        LeaseEnd::Expired { at } => format!("no heartbeat came before {at}"),
        LeaseEnd::GivenUp => "nobody wants it any more".to_owned(),
    })]
    Ended {
        /// The task.
        task: TaskId,
        /// Who had it.
        agent: AgentId,
        /// How it ended.
        end: LeaseEnd,
    },
    /// The task was reported by the same lease: the agent has done its part.
    #[error("task {task} was reported already")]
    AlreadyReported {
        /// The task.
        task: TaskId,
    },
    /// No engine watches the task at this moment, as after a restart: the agent says it again a little later. Heartbeats are taken.
    #[error("no engine watches task {task} now: say it again a little later")]
    NotNow {
        /// The task.
        task: TaskId,
    },
    /// What is to be kept of it can't be written: the agent says it again a little later.
    #[error("what is kept of the task's lease can't be written")]
    Io(#[from] io::Error),
}

impl fmt::Debug for LeaseToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LeaseToken(***)")
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease")
            .field("task", &self.order.id)
            .field("ends_at", &self.ends_at)
            .finish_non_exhaustive()
    }
}
