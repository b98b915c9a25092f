//! Slices: a job that runs several times side by side, each time with variables of its own (J2).
//!
//! What a job is cut into is decided when it begins (`cutting.rs`), and recorded. Each slice is a job run of its own: it has its own
//! time-out, its own tasks and its own result. A job that runs once has one slice, which begins with it and ends with it. Which slice
//! begins when is said by `next.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{JobResult, TaskRun};
use crate::{AgentId, Demand, PoolId, TargetId, Timestamp};

/// What sets a slice of a job apart from the others (J2).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slice {
    /// For people, and in the names of its outputs (J10): its values, its number, or its target's name.
    pub name: String,
    /// Variables of its own, which win over those of the job (V1).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, String>,
    /// The batch that it runs in, from 0: it begins once all of the batches before are over, and not at all if one of them failed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub batch: u32,
    /// The target that it runs on, of a job that runs on a deployment group (J3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<TargetId>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_zero(batch: &u32) -> bool {
    *batch == 0
}

/// A slice of a job that began, as far as it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SliceRun {
    /// What sets it apart; `None`: the job runs once, and this is all of it.
    pub slice: Option<Slice>,
    /// The agent that it was granted, if it needed one; also once it has ended (J11).
    pub agent: Option<SliceAgent>,
    /// How far it went.
    pub state: SliceState,
}

/// The agent that a slice of a job runs on (J11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SliceAgent {
    /// Its pool.
    pub pool: PoolId,
    /// The agent.
    pub agent: AgentId,
}

/// How far a slice of a job went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SliceState {
    /// It has not begun.
    ToBegin,
    /// It waits for an agent, and begins once it is granted one (J11).
    Queued {
        /// Since when.
        since: Timestamp,
        /// The pool that it waits in.
        pool: PoolId,
        /// What the agent must offer.
        demands: Arc<[Demand]>,
        /// Until when at most, since its deployment is cancelling (D4).
        until: Option<Timestamp>,
    },
    /// It does not run.
    Skipped(SliceSkip),
    /// It began.
    Began {
        /// When.
        at: Timestamp,
        /// When its time is over (J7).
        times_out_at: Option<Timestamp>,
        /// Whether its time was over before it ended: nothing more of it begins.
        timed_out: bool,
        /// The tasks so far, in order: the last one may be running.
        tasks: Vec<TaskRun>,
        /// What came of it, once it ended.
        result: Option<JobResult>,
    },
}

/// Why a slice does not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SliceSkip {
    /// Its deployment is cancelled, and its job does not run after a cancel (D4).
    Canceled,
    /// Another slice failed, and the job does not go on then (J2).
    SliceFailed,
    /// A batch before its own failed.
    BatchFailed,
    /// Its target was offline when the job began (J3).
    TargetOffline,
    /// Its deployment is cancelled, and no agent became free for it in time (D4, J11).
    NoAgent,
}

impl SliceRun {
    /// One that has not begun.
    pub(super) const fn to_begin(slice: Slice) -> Self {
        Self { slice: Some(slice), agent: None, state: SliceState::ToBegin }
    }

    /// The batch that it runs in.
    pub(super) fn batch(&self) -> u32 {
        self.slice.as_ref().map_or(0, |slice| slice.batch)
    }

    /// Its tasks so far, in order.
    pub fn tasks(&self) -> &[TaskRun] {
        match &self.state {
            SliceState::Began { tasks, .. } => tasks,
            SliceState::ToBegin | SliceState::Queued { .. } | SliceState::Skipped(_) => &[],
        }
    }

    /// What came of it; `None` if it is not over, or did not run.
    pub const fn result(&self) -> Option<JobResult> {
        match self.state {
            SliceState::Began { result, .. } => result,
            SliceState::ToBegin | SliceState::Queued { .. } | SliceState::Skipped(_) => None,
        }
    }

    /// Whether it began and has not ended.
    pub const fn is_running(&self) -> bool {
        matches!(self.state, SliceState::Began { result: None, .. })
    }

    /// Whether it waits for an agent (J11).
    pub const fn is_queued(&self) -> bool {
        matches!(self.state, SliceState::Queued { .. })
    }

    /// The pool that it waits in, or of whose agents it runs on one (J11).
    pub(super) fn pool(&self) -> Option<&PoolId> {
        match &self.state {
            SliceState::Queued { pool, .. } => Some(pool),
            SliceState::Began { result: None, .. } => self.agent.as_ref().map(|granted| &granted.pool),
            SliceState::Began { .. } | SliceState::ToBegin | SliceState::Skipped(_) => None,
        }
    }

    /// Whether nothing more will happen to it.
    pub const fn is_over(&self) -> bool {
        match self.state {
            SliceState::Skipped(_) => true,
            SliceState::Began { result, .. } => result.is_some(),
            SliceState::ToBegin | SliceState::Queued { .. } => false,
        }
    }

    /// Until when at most it waits for an agent, since its deployment is cancelling (D4).
    pub(crate) const fn waits_until(&self) -> Option<Timestamp> {
        match self.state {
            SliceState::Queued { until, .. } => until,
            SliceState::ToBegin | SliceState::Began { .. } | SliceState::Skipped(_) => None,
        }
    }

    /// When its time is over, unless that was so already (J7).
    pub(crate) const fn ends_at(&self) -> Option<Timestamp> {
        match self.state {
            SliceState::Began { times_out_at, timed_out: false, result: None, .. } => times_out_at,
            SliceState::Began { .. }
            | SliceState::ToBegin
            | SliceState::Queued { .. }
            | SliceState::Skipped(_) => None,
        }
    }
}

impl SliceState {
    /// It begins.
    pub(super) const fn begun(at: Timestamp, times_out_at: Option<Timestamp>) -> Self {
        Self::Began { at, times_out_at, timed_out: false, tasks: Vec::new(), result: None }
    }
}
