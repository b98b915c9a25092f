//! A deployment as it was triggered, and what it waits for first (D1).

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use super::DeploymentReason;
use crate::schedule::OccurrenceId;
use crate::{Actor, DeploymentId, NewTargets, QueueId, QueuingPolicy, SlotSpan, Timestamp};

/// A deployment as it was triggered (D1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of `Deployment`")]
pub struct Trigger {
    pub deployment: DeploymentId,
    pub reason: DeploymentReason,
    pub by: Actor,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub comment: String,
    pub queue: QueueId,
    #[serde(flatten)]
    pub entry: Entry,
    #[serde(default, skip_serializing_if = "SlotSpan::is_default")]
    pub span: SlotSpan,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurrence: Option<OccurrenceId>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub succeeded_before: Vec<SucceededBefore>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<NewTargets>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub overrides_filters: bool,
}

/// A job that is not repeated, since it succeeded in an earlier attempt (D5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SucceededBefore {
    /// The job's place in its stage, from 0.
    pub job: u32,
    /// The attempt.
    pub attempt: NonZeroU32,
}

/// What a queue is told of a deployment that enters it (Q5, Q10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The pipeline's revision that its release froze; the policy of the newest one that entered is in force.
    pub revision: u32,
    /// The policy that its release froze.
    pub policy: QueuingPolicy,
}

impl Trigger {
    /// What it waits for first.
    pub const fn first(&self) -> First {
        match (self.until, self.span) {
            (Some(until), _) => First::Moment(until),
            (None, SlotSpan::ApprovalsAndJobs) => First::Slot,
            (None, SlotSpan::JobsOnly) => First::Checks,
        }
    }
}

/// What a deployment that was triggered waits for first (D1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First {
    /// A moment.
    Moment(Timestamp),
    /// A slot of its stage.
    Slot,
    /// What must pass before its jobs.
    Checks,
}
