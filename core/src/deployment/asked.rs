//! An approval of a deployment: who is asked, and where it stands (AP).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::approval::{Capacity, Vote};
use crate::{Actor, ApprovalId, Approver, GroupId, Timestamp, UserId};

/// An approval that was asked, or passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Who is asked. A step that was skipped before it was asked keeps none.
    pub approver: Option<Approver>,
    /// How it was handed on from one to the next, the first time first (AP9).
    pub reassigned: Vec<Reassignment>,
    /// The moment before which the jobs are not to begin, as who approved it said (AP10).
    pub deferred_until: Option<Timestamp>,
    /// Where it stands.
    pub standing: Standing,
}

/// An open approval that was handed on to another user (AP9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reassignment {
    /// Who was asked until then.
    pub from: Approver,
    /// Who is asked from then on.
    pub to: UserId,
    /// Who handed it on.
    pub by: Actor,
    /// As what.
    pub capacity: Capacity,
    /// When.
    pub at: Timestamp,
    /// What they said.
    pub comment: String,
}

/// Where an approval stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It waits for an answer.
    Open {
        /// Since when.
        since: Timestamp,
        /// Until when (AP5).
        due: Timestamp,
    },
    /// It was answered.
    Answered {
        /// How.
        answer: Answer,
        /// By whom.
        by: Actor,
        /// As what.
        capacity: Capacity,
        /// When.
        at: Timestamp,
        /// What they said.
        comment: String,
        /// Of the groups that the definition asks anywhere, those that they were a member of at that moment (AP7).
        groups: BTreeSet<GroupId>,
    },
    /// Nobody needed to be asked, since its approver approved the stages before (AP7).
    ApprovedBefore {
        /// When that was found.
        at: Timestamp,
        /// The answers that this rests on, one of each of those stages.
        rests_on: Vec<ApprovalId>,
    },
    /// It approved itself (AP1).
    Automatic {
        /// When.
        at: Timestamp,
    },
    /// Nobody answered in time (AP5).
    TimedOut {
        /// When.
        at: Timestamp,
    },
    /// Enough others approved (AP2).
    Skipped {
        /// When.
        at: Timestamp,
    },
    /// The deployment was rejected or cancelled meanwhile.
    Canceled {
        /// When.
        at: Timestamp,
    },
}

impl Standing {
    /// How it counts; a step that was skipped or cancelled does not.
    pub const fn vote(&self) -> Option<Vote> {
        match self {
            Self::Open { .. } => Some(Vote::Open),
            Self::Answered { answer: Answer::Approve, .. }
            | Self::ApprovedBefore { .. }
            | Self::Automatic { .. } => Some(Vote::Approved),
            Self::Answered { answer: Answer::Reject, .. } | Self::TimedOut { .. } => Some(Vote::Rejected),
            Self::Skipped { .. } | Self::Canceled { .. } => None,
        }
    }
}

/// An approver's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Yes.
    Approve,
    /// No; one is enough (AP4).
    Reject,
}
