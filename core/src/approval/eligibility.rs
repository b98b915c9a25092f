//! Who may answer an approval (AP3, AP6, AP12).

use serde::{Deserialize, Serialize};

use crate::{Actor, Approver, Context, GroupId, UserId};

/// As what somebody answered (AP11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Capacity {
    /// As the user who was asked.
    User,
    /// As a member of the group that was asked (AP3).
    MemberOf(GroupId),
}

/// Why somebody may not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ineligible {
    /// They are not the user, or not in the group, that was asked (AP12).
    NotAnApprover,
    /// They asked for the release or the deployment, and may not approve it (AP6).
    Requester,
}

/// As what the actor of `context` may answer a step of `approver`.
///
/// `requesters` are those who may not approve (AP6): empty where they may, or where the answer is a rejection.
///
/// # Errors
/// Why they may not.
pub fn capacity_of(
    approver: &Approver,
    context: &Context,
    requesters: &[&UserId],
) -> Result<Capacity, Ineligible> {
    let Actor::User(user) = &context.actor else { return Err(Ineligible::NotAnApprover) };
    let capacity = match approver {
        Approver::User(asked) if asked == user => Capacity::User,
        Approver::Group(asked) if context.groups.contains(asked) => Capacity::MemberOf(asked.clone()),
        Approver::User(_) | Approver::Group(_) | Approver::Automatic => {
            return Err(Ineligible::NotAnApprover);
        }
    };
    if requesters.contains(&user) { Err(Ineligible::Requester) } else { Ok(capacity) }
}
