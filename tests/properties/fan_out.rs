//! A queue in which more wait than one commit may touch (Q5).

use crate::ending;
use crate::machine::{Cutover, Reference};
use crate::model::Ask;
use crate::plan::{Asking, Plan, Policy, StagePlan, Trigger};
use cutover::{StageId, limits};
use proptest_state_machine::StateMachineTest as _;

fn one_stage(policy: Policy) -> Plan {
    let stage = StagePlan {
        trigger: Trigger::AfterRelease,
        policy,
        jobs_only: false,
        before: Asking::nobody(),
        after: Asking::nobody(),
        jobs: Vec::new(),
    };
    Plan { stages: vec![stage] }
}

/// 150 releases wait, then one of a newer revision enters.
fn turned_to(policy: Policy) -> (Cutover, Reference) {
    let mut reference = Reference::new(one_stage(Policy::InOrder(1)));
    let mut cutover = Cutover::init_test(&reference);
    let create = |reference: &Reference| Ask::Create {
        release: reference.next_release(),
        draft: false,
        manual: Vec::new(),
        target: None,
        requested_for: None,
    };
    for _ in 0..150 {
        reference.ask("ann", create(&reference));
        cutover.follow(&reference);
    }
    reference.ask("ann", Ask::Revise { against: 1, plan: one_stage(policy) });
    cutover.follow(&reference);
    reference.ask("ann", create(&reference));
    cutover.follow(&reference);
    (cutover, reference)
}

#[test]
fn a_limit_that_is_lifted_over_many_waiting_releases_is_granted_in_bounded_commits() {
    let (mut cutover, reference) = turned_to(Policy::Unlimited);
    let queue = cutover.world.queue(StageId(1)).expect("releases entered it");
    assert!(queue.has_pending_work());
    assert_eq!(queue.holders().len(), 1 + limits::FAN_OUT);
    ending::bring_to_an_end(&mut cutover, reference);
}

#[test]
fn a_turn_to_only_the_latest_supersedes_in_bounded_commits_and_grants_nothing_before() {
    let (mut cutover, reference) = turned_to(Policy::OnlyLatest(3));
    let queue = cutover.world.queue(StageId(1)).expect("releases entered it");
    assert!(queue.has_pending_work());
    assert_eq!(queue.holders().len(), 1);
    assert_eq!(queue.waiting().len(), 150 - limits::FAN_OUT);
    ending::bring_to_an_end(&mut cutover, reference);
}
