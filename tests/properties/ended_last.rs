//! Post-deployment approvals that come in another order than the jobs ended (I17): generated cases meet it seldom.

use crate::ending;
use crate::machine::{Cutover, Reference};
use crate::model::Ask;
use crate::people::USERS;
use crate::plan::{Asking, Plan, Policy, StagePlan, Trigger, Who};
use cutover::{ReleaseId, StageId};
use proptest_state_machine::StateMachineTest as _;

const APPROVER: usize = 1;

#[test]
fn the_release_whose_jobs_ended_last_is_current_although_it_was_approved_first() {
    let after = Asking { steps: vec![(Who::User(APPROVER), 1)], requester_may: true, ..Asking::nobody() };
    let stage = StagePlan {
        trigger: Trigger::AfterRelease,
        policy: Policy::Unlimited,
        jobs_only: false,
        before: Asking::nobody(),
        after,
        jobs: Vec::new(),
    };
    let mut reference = Reference::new(Plan { stages: vec![stage] });
    let mut cutover = Cutover::init_test(&reference);
    let (manual, target, requested_for) = (Vec::new(), None, None);
    let mut releases = Vec::new();
    for _ in 0..2 {
        let release = reference.next_release();
        releases.push(release);
        reference
            .ask("ann", Ask::Create { release, draft: false, manual: manual.clone(), target, requested_for });
        cutover.follow(&reference);
    }
    for release in releases.iter().copied() {
        reference.clock += 5;
        reference.ask("system", Ask::Settle { release, stage: 1, attempt: 1 });
        cutover.follow(&reference);
    }
    for release in releases.iter().copied().rev() {
        reference.clock += 5;
        let answer =
            Ask::Answer { release, stage: 1, attempt: 1, after: true, step: 0, yes: true, until: None };
        reference.ask(USERS[APPROVER], answer);
        cutover.follow(&reference);
    }
    let queue = cutover.world.queue(StageId(1)).expect("releases entered it");
    assert_eq!(queue.current().map(|current| current.release), Some(ReleaseId(releases[1])));
    ending::bring_to_an_end(&mut cutover, reference);
}
