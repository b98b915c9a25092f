//! In which order approvals are asked, and when enough have approved (AP1, AP2, AP4).

use std::collections::BTreeMap;

use crate::{ApprovalOrder, Approvals, Approver, Required};

/// Where one step stands. A step that was not asked has no vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vote {
    /// It was asked and not answered.
    Open,
    /// It approved.
    Approved,
    /// It rejected, or its time ran out.
    Rejected,
}

/// What follows from where the steps stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// These steps are asked now, in this order. Never empty.
    Ask(Vec<u32>),
    /// Somebody who was asked must answer.
    Wait,
    /// Enough have approved.
    Passed,
    /// One has rejected (AP4).
    Rejected,
}

/// What follows from the votes so far, by step.
pub fn next(policy: &Approvals, votes: &BTreeMap<u32, Vote>) -> Next {
    if votes.values().any(|vote| *vote == Vote::Rejected) {
        return Next::Rejected;
    }
    let approved = votes.values().filter(|vote| **vote == Vote::Approved).count();
    if approved >= needed(policy) {
        return Next::Passed;
    }
    let ask = steps_to_ask(policy, votes);
    if ask.is_empty() { Next::Wait } else { Next::Ask(ask) }
}

/// How many must approve (AP2).
pub(crate) fn needed(policy: &Approvals) -> usize {
    match policy.required {
        Required::All => policy.steps.len(),
        Required::AtLeast(count) => policy.steps.len().min(count.get() as usize),
    }
}

/// Those of the lowest rank that is not done; without an order, all ranks are one (AP2).
fn steps_to_ask(policy: &Approvals, votes: &BTreeMap<u32, Vote>) -> Vec<u32> {
    let rank_of = |rank: u32| match policy.order {
        ApprovalOrder::AnyOrder => 0,
        ApprovalOrder::InSequence => rank,
    };
    let is_done = |step: u32| votes.get(&step) == Some(&Vote::Approved);
    let steps = || (0_u32..).zip(&policy.steps).map(|(step, asked)| (step, rank_of(asked.rank)));
    let Some(rank) = steps().filter(|(step, _)| !is_done(*step)).map(|(_, rank)| rank).min() else {
        return Vec::new();
    };
    let unasked = |step: &u32| !votes.contains_key(step);
    let mut ask: Vec<u32> =
        steps().filter(|(_, other)| *other == rank).map(|(step, _)| step).filter(unasked).collect();
    // Those that approve themselves go first and alone, so that nobody is asked for what is already enough.
    if ask.iter().any(|step| is_automatic(policy, *step)) {
        ask.retain(|step| is_automatic(policy, *step));
    }
    ask
}

/// Whether the step approves itself (AP1).
pub(crate) fn is_automatic(policy: &Approvals, step: u32) -> bool {
    policy.steps.get(step as usize).is_some_and(|step| step.approver == Approver::Automatic)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ApprovalStep, UserId};

    fn policy(ranks: &[u32], order: ApprovalOrder, required: Required) -> Approvals {
        let steps = ranks.iter().map(|rank| {
            let user = UserId::new(format!("user-{rank}")).expect("a short name");
            ApprovalStep::user(user).with_rank(*rank)
        });
        Approvals { steps: steps.collect(), order, required, ..Approvals::default() }
    }

    fn at_least(count: u32) -> Required {
        Required::AtLeast(count.try_into().expect("not zero"))
    }

    #[test]
    fn without_steps_the_approvals_have_passed() {
        assert_eq!(next(&Approvals::default(), &BTreeMap::new()), Next::Passed);
    }

    #[test]
    fn in_any_order_all_are_asked_at_once_and_all_must_approve() {
        let policy = policy(&[1, 1], ApprovalOrder::AnyOrder, Required::All);
        assert_eq!(next(&policy, &BTreeMap::new()), Next::Ask(vec![0, 1]));
        assert_eq!(next(&policy, &BTreeMap::from([(0, Vote::Open), (1, Vote::Approved)])), Next::Wait);
        assert_eq!(next(&policy, &BTreeMap::from([(0, Vote::Approved), (1, Vote::Approved)])), Next::Passed);
    }

    #[test]
    fn in_sequence_the_next_rank_is_asked_when_this_one_is_done() {
        let policy = policy(&[2, 1, 1], ApprovalOrder::InSequence, Required::All);
        assert_eq!(next(&policy, &BTreeMap::new()), Next::Ask(vec![1, 2]));
        assert_eq!(next(&policy, &BTreeMap::from([(1, Vote::Approved), (2, Vote::Open)])), Next::Wait);
        assert_eq!(
            next(&policy, &BTreeMap::from([(1, Vote::Approved), (2, Vote::Approved)])),
            Next::Ask(vec![0])
        );
    }

    #[test]
    fn any_one_is_enough_where_one_is_required() {
        let policy = policy(&[1, 1], ApprovalOrder::AnyOrder, at_least(1));
        assert_eq!(next(&policy, &BTreeMap::from([(0, Vote::Open), (1, Vote::Approved)])), Next::Passed);
    }

    /// Steps that approve themselves were asked together with the others, who then were asked for what was enough already.
    #[test]
    fn nobody_is_asked_where_a_step_that_approves_itself_is_enough() {
        let mut policy = policy(&[1, 1], ApprovalOrder::AnyOrder, at_least(1));
        policy.steps[1].approver = Approver::Automatic;
        assert_eq!(next(&policy, &BTreeMap::new()), Next::Ask(vec![1]));
        assert_eq!(next(&policy, &BTreeMap::from([(1, Vote::Approved)])), Next::Passed);
        policy.required = Required::All;
        assert_eq!(next(&policy, &BTreeMap::from([(1, Vote::Approved)])), Next::Ask(vec![0]));
    }

    #[test]
    fn in_sequence_the_required_number_counts_over_all_steps() {
        let policy = policy(&[1, 2, 3], ApprovalOrder::InSequence, at_least(2));
        assert_eq!(next(&policy, &BTreeMap::from([(0, Vote::Approved)])), Next::Ask(vec![1]));
        assert_eq!(next(&policy, &BTreeMap::from([(0, Vote::Approved), (1, Vote::Approved)])), Next::Passed);
    }

    #[test]
    fn one_rejection_rejects_whatever_is_required() {
        for required in [Required::All, at_least(1)] {
            let policy = policy(&[1, 1], ApprovalOrder::AnyOrder, required);
            assert_eq!(
                next(&policy, &BTreeMap::from([(0, Vote::Rejected), (1, Vote::Open)])),
                Next::Rejected
            );
        }
    }
}
