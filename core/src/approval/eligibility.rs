//! Who may answer an approval (AP3, AP6, AP12).

use serde::{Deserialize, Serialize};

use crate::{Actor, Approver, Context, GroupId, UserId};

/// As what somebody answered, or handed a step on (AP11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Capacity {
    /// As the user who was asked.
    User,
    /// As a member of the group that was asked (AP3).
    MemberOf(GroupId),
    /// On behalf of who was asked, as somebody who manages approvals (AP12).
    OnBehalfOf(Approver),
}

/// Why somebody may not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ineligible {
    /// They are not the user, or not in the group, that was asked, and do not manage approvals (AP12).
    NotAnApprover,
    /// They asked for the release or the deployment, and may not approve it (AP6).
    Requester,
}

/// Whether somebody may manage approvals: answer them on behalf of others, and hand them on (AP12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Management {
    /// They may.
    Permitted,
    /// They may not.
    Denied,
}

/// As what the actor of `context` may answer a step of `approver`: as who was asked if they are, else on behalf.
///
/// `requesters` are those who may not approve (AP6): empty where they may, or where the answer is a rejection.
///
/// # Errors
/// Why they may not.
pub fn capacity_of(
    approver: &Approver,
    context: &Context,
    management: Management,
    requesters: &[&UserId],
) -> Result<Capacity, Ineligible> {
    let Actor::User(user) = &context.actor else { return Err(Ineligible::NotAnApprover) };
    let capacity = match (approver, management) {
        (Approver::User(asked), _) if asked == user => Capacity::User,
        (Approver::Group(asked), _) if context.groups.contains(asked) => Capacity::MemberOf(asked.clone()),
        (Approver::User(_) | Approver::Group(_), Management::Permitted) => {
            Capacity::OnBehalfOf(approver.clone())
        }
        (Approver::User(_) | Approver::Group(_), Management::Denied) | (Approver::Automatic, _) => {
            return Err(Ineligible::NotAnApprover);
        }
    };
    if requesters.contains(&user) { Err(Ineligible::Requester) } else { Ok(capacity) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CommandId, CommitId, Timestamp};

    fn user(name: &str) -> UserId {
        UserId::new(name).expect("a short name")
    }

    fn context(name: &str, groups: &[&GroupId]) -> Context {
        let (command, commit) = (CommandId::new("c").expect("short"), CommitId::new("k").expect("short"));
        let mut context = Context::new(Timestamp::UNIX_EPOCH, Actor::User(user(name)), command, commit);
        context.groups = groups.iter().map(|group| (*group).clone()).collect();
        context
    }

    #[test]
    fn who_is_asked_answers_as_themselves_also_if_they_manage_approvals() {
        let ops = GroupId::new("ops").expect("a short name");
        for management in [Management::Permitted, Management::Denied] {
            let asked = Approver::User(user("ann"));
            assert_eq!(capacity_of(&asked, &context("ann", &[]), management, &[]), Ok(Capacity::User));
            let member = capacity_of(&Approver::Group(ops.clone()), &context("cy", &[&ops]), management, &[]);
            assert_eq!(member, Ok(Capacity::MemberOf(ops.clone())));
        }
    }

    #[test]
    fn who_is_not_asked_answers_only_on_behalf_and_only_if_they_manage_approvals() {
        let ops = Approver::Group(GroupId::new("ops").expect("a short name"));
        for asked in [Approver::User(user("ann")), ops] {
            let answer = |management| capacity_of(&asked, &context("bob", &[]), management, &[]);
            assert_eq!(answer(Management::Permitted), Ok(Capacity::OnBehalfOf(asked.clone())));
            assert_eq!(answer(Management::Denied), Err(Ineligible::NotAnApprover));
        }
    }

    #[test]
    fn nobody_answers_a_step_that_approves_itself() {
        let answer = capacity_of(&Approver::Automatic, &context("ann", &[]), Management::Permitted, &[]);
        assert_eq!(answer, Err(Ineligible::NotAnApprover));
    }

    #[test]
    fn a_requester_approves_neither_as_themselves_nor_as_a_member_nor_on_behalf() {
        let ops = GroupId::new("ops").expect("a short name");
        let eve = user("eve");
        for asked in [Approver::User(eve.clone()), Approver::Group(ops.clone()), Approver::User(user("ann"))]
        {
            let answer = capacity_of(&asked, &context("eve", &[&ops]), Management::Permitted, &[&eve]);
            assert_eq!(answer, Err(Ineligible::Requester), "{asked:?}");
        }
    }
}
