//! In which order approvals are asked, and when enough have approved (AP1, AP2, AP4).

use std::collections::{BTreeMap, BTreeSet};

use crate::{ApprovalOrder, Approvals, Required};

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

/// What follows from the votes so far, by step. `settled` are the steps for which nobody needs to be asked when their turn comes:
/// those that approve themselves, and those whose approver approved before (AP7).
pub fn next(policy: &Approvals, votes: &BTreeMap<u32, Vote>, settled: &BTreeSet<u32>) -> Next {
    if votes.values().any(|vote| *vote == Vote::Rejected) {
        return Next::Rejected;
    }
    let approved = votes.values().filter(|vote| **vote == Vote::Approved).count();
    if approved >= needed(policy) {
        return Next::Passed;
    }
    let ask = steps_to_ask(policy, votes, settled);
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
fn steps_to_ask(policy: &Approvals, votes: &BTreeMap<u32, Vote>, settled: &BTreeSet<u32>) -> Vec<u32> {
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
    // Those for which nobody is asked go first and alone, so that nobody is asked for what is already enough.
    if ask.iter().any(|step| settled.contains(step)) {
        ask.retain(|step| settled.contains(step));
    }
    ask
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ApprovalStep, Approver, UserId};

    fn policy(ranks: &[u32], order: ApprovalOrder, required: Required) -> Approvals {
        let steps = ranks.iter().map(|rank| {
            let user = UserId::new(format!("user-{rank}")).expect("a short name");
            ApprovalStep::user(user).with_rank(*rank)
        });
        Approvals { steps: steps.collect(), order, required, ..Approvals::default() }
    }

    fn next_of(policy: &Approvals, votes: &BTreeMap<u32, Vote>) -> Next {
        let automatic = (0..).zip(&policy.steps).filter(|(_, step)| step.approver == Approver::Automatic);
        next(policy, votes, &automatic.map(|(step, _)| step).collect())
    }

    fn at_least(count: u32) -> Required {
        Required::AtLeast(count.try_into().expect("not zero"))
    }

    #[test]
    fn without_steps_the_approvals_have_passed() {
        assert_eq!(next_of(&Approvals::default(), &BTreeMap::new()), Next::Passed);
    }

    #[test]
    fn in_any_order_all_are_asked_at_once_and_all_must_approve() {
        let policy = policy(&[1, 1], ApprovalOrder::AnyOrder, Required::All);
        assert_eq!(next_of(&policy, &BTreeMap::new()), Next::Ask(vec![0, 1]));
        assert_eq!(next_of(&policy, &BTreeMap::from([(0, Vote::Open), (1, Vote::Approved)])), Next::Wait);
        assert_eq!(
            next_of(&policy, &BTreeMap::from([(0, Vote::Approved), (1, Vote::Approved)])),
            Next::Passed
        );
    }

    #[test]
    fn in_sequence_the_next_rank_is_asked_when_this_one_is_done() {
        let policy = policy(&[2, 1, 1], ApprovalOrder::InSequence, Required::All);
        assert_eq!(next_of(&policy, &BTreeMap::new()), Next::Ask(vec![1, 2]));
        assert_eq!(next_of(&policy, &BTreeMap::from([(1, Vote::Approved), (2, Vote::Open)])), Next::Wait);
        assert_eq!(
            next_of(&policy, &BTreeMap::from([(1, Vote::Approved), (2, Vote::Approved)])),
            Next::Ask(vec![0])
        );
    }

    #[test]
    fn any_one_is_enough_where_one_is_required() {
        let policy = policy(&[1, 1], ApprovalOrder::AnyOrder, at_least(1));
        assert_eq!(next_of(&policy, &BTreeMap::from([(0, Vote::Open), (1, Vote::Approved)])), Next::Passed);
    }

    /// Steps that approve themselves were asked together with the others, who then were asked for what was enough already.
    #[test]
    fn nobody_is_asked_where_a_step_that_approves_itself_is_enough() {
        let mut policy = policy(&[1, 1], ApprovalOrder::AnyOrder, at_least(1));
        policy.steps[1].approver = Approver::Automatic;
        assert_eq!(next_of(&policy, &BTreeMap::new()), Next::Ask(vec![1]));
        assert_eq!(next_of(&policy, &BTreeMap::from([(1, Vote::Approved)])), Next::Passed);
        policy.required = Required::All;
        assert_eq!(next_of(&policy, &BTreeMap::from([(1, Vote::Approved)])), Next::Ask(vec![0]));
    }

    #[test]
    fn in_sequence_the_required_number_counts_over_all_steps() {
        let policy = policy(&[1, 2, 3], ApprovalOrder::InSequence, at_least(2));
        assert_eq!(next_of(&policy, &BTreeMap::from([(0, Vote::Approved)])), Next::Ask(vec![1]));
        assert_eq!(
            next_of(&policy, &BTreeMap::from([(0, Vote::Approved), (1, Vote::Approved)])),
            Next::Passed
        );
    }

    #[test]
    fn one_rejection_rejects_whatever_is_required() {
        for required in [Required::All, at_least(1)] {
            let policy = policy(&[1, 1], ApprovalOrder::AnyOrder, required);
            assert_eq!(
                next_of(&policy, &BTreeMap::from([(0, Vote::Rejected), (1, Vote::Open)])),
                Next::Rejected
            );
        }
    }

    #[test]
    fn nobody_is_asked_where_a_step_that_was_approved_before_is_enough() {
        let mut policy = policy(&[1, 1], ApprovalOrder::AnyOrder, at_least(1));
        assert_eq!(next(&policy, &BTreeMap::new(), &BTreeSet::from([1])), Next::Ask(vec![1]));
        policy.required = Required::All;
        let votes = BTreeMap::from([(1, Vote::Approved)]);
        assert_eq!(next(&policy, &votes, &BTreeSet::from([1])), Next::Ask(vec![0]));
    }

    #[test]
    fn in_sequence_what_was_approved_before_waits_for_its_turn() {
        let policy = policy(&[1, 2], ApprovalOrder::InSequence, Required::All);
        assert_eq!(next(&policy, &BTreeMap::new(), &BTreeSet::from([1])), Next::Ask(vec![0]));
    }

    /// Every policy of three steps, with every combination of votes: said once more from the rules, and not from the code.
    #[test]
    fn every_combination_of_order_number_ranks_and_votes_is_as_the_rules_say() {
        let all_votes = [None, Some(Vote::Open), Some(Vote::Approved), Some(Vote::Rejected)];
        let numbers = [(Required::All, 3), (at_least(1), 1), (at_least(2), 2), (at_least(3), 3)];
        let orders = [ApprovalOrder::AnyOrder, ApprovalOrder::InSequence];
        let policies = (0..27_u32).flat_map(|ranks| orders.map(|order| (ranks, order)));
        for ((ranks, order), (required, enough)) in policies.flat_map(|it| numbers.map(|number| (it, number)))
        {
            let ranks = [ranks % 3 + 1, ranks / 3 % 3 + 1, ranks / 9 + 1];
            let policy = policy(&ranks, order, required);
            for combination in 0..64_usize {
                let vote = |step: u32| all_votes[(combination >> (2 * step)) & 3];
                let votes: BTreeMap<u32, Vote> =
                    (0..3).filter_map(|step| Some((step, vote(step)?))).collect();
                let is_done = |step: &u32| vote(*step) == Some(Vote::Approved);
                let rank = |step: u32| ranks[step as usize];
                // AP2: its turn comes at once, or when all of the ranks before it have approved.
                let is_its_turn = |step: u32| {
                    order == ApprovalOrder::AnyOrder
                        || (0..3).filter(|other| rank(*other) < rank(step)).all(|other| is_done(&other))
                };
                let to_ask: Vec<u32> =
                    (0..3).filter(|step| vote(*step).is_none() && is_its_turn(*step)).collect();
                let expected = if votes.values().any(|vote| *vote == Vote::Rejected) {
                    Next::Rejected
                } else if (0..3).filter(is_done).count() >= enough {
                    Next::Passed
                } else if to_ask.is_empty() {
                    Next::Wait
                } else {
                    Next::Ask(to_ask)
                };
                let found = next_of(&policy, &votes);
                assert_eq!(found, expected, "{ranks:?}, {order:?}, {required:?}, {votes:?}");
                let somebody_is_asked = votes.values().any(|vote| *vote == Vote::Open);
                assert!(found != Next::Wait || somebody_is_asked, "it waits for nobody: {votes:?}");
            }
        }
    }
}
