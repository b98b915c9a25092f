//! Who must agree to a deployment, before it or after it (AP).

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use crate::{GroupId, UserId};

/// Who must agree, in which order, and when enough have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approvals {
    /// Who is asked (AP1). Empty: nobody.
    #[serde(default)]
    pub steps: Vec<ApprovalStep>,
    /// Whether they are asked at once or by rank (AP2).
    #[serde(default)]
    pub order: ApprovalOrder,
    /// How many must approve (AP2).
    #[serde(default)]
    pub required: Required,
    /// After how many minutes without an answer a step is rejected: 1 to 525,600 (365 days); 0 means 30 days (AP5).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub timeout_minutes: u32,
    /// Whether who created the release or started the deployment may approve it (AP6).
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub requester_may_approve: bool,
    /// Whether a step is skipped if its approver approved the stage before (AP7).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub skip_if_approved_before: bool,
    /// Whether the host must confirm the approver's identity anew (AP8).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub revalidate_identity: bool,
    /// Before or after the gates of the same side (G7); `None`: before them before the jobs, after them after the jobs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_order: Option<CheckOrder>,
}

/// One who is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalStep {
    /// Who it is.
    pub approver: Approver,
    /// Its place in a sequence, from 1; those of the same rank are asked at once.
    #[serde(default = "first")]
    pub rank: u32,
    /// Whether the approver is told that the step is open.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub notify: bool,
}

/// Who answers a step.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Approver {
    /// This user.
    User(UserId),
    /// Any one member of this group, as its members are at the moment of answering (AP3).
    Group(GroupId),
    /// Nobody: the step approves itself (AP1).
    Automatic,
}

/// In which order the steps are asked (AP2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ApprovalOrder {
    /// All at once.
    #[default]
    AnyOrder,
    /// By rank; those of the same rank at once, the next rank when this one is done.
    InSequence,
}

/// How many steps must be approved (AP2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Required {
    /// All of them.
    #[default]
    All,
    /// This many; the others are then skipped.
    AtLeast(NonZeroU32),
}

/// How approvals stand to the gates of the same side (G7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckOrder {
    /// Approvals first, then gates.
    BeforeGates,
    /// Gates first; approvals only if they passed.
    AfterSuccessfulGates,
    /// Gates first; approvals whatever the gates said.
    AfterGatesAlways,
}

impl Default for Approvals {
    fn default() -> Self {
        Self {
            steps: Vec::new(),
            order: ApprovalOrder::AnyOrder,
            required: Required::All,
            timeout_minutes: 0,
            requester_may_approve: true,
            skip_if_approved_before: false,
            revalidate_identity: false,
            check_order: None,
        }
    }
}

impl Approvals {
    /// Whether nothing is said here that differs from asking nobody.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl ApprovalStep {
    /// A step that a user answers, of rank 1.
    pub const fn user(user: UserId) -> Self {
        Self { approver: Approver::User(user), rank: 1, notify: true }
    }

    /// A step that any member of a group answers, of rank 1.
    pub const fn group(group: GroupId) -> Self {
        Self { approver: Approver::Group(group), rank: 1, notify: true }
    }

    /// The same step at another place of the sequence.
    #[must_use]
    pub fn with_rank(mut self, rank: u32) -> Self {
        self.rank = rank;
        self
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_zero(minutes: &u32) -> bool {
    *minutes == 0
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_yes(value: &bool) -> bool {
    *value
}

const fn first() -> u32 {
    1
}
