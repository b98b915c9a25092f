//! AP, G: what stands before and after the jobs.

use super::{NOTHING, number, problems_of_stage};
use crate::{
    ApprovalOrder, ApprovalStep, Approvals, Approver, CheckOrder, Gate, Gates, GroupId, InvalidId, Required,
    TaskRef, UserId, limits,
};

fn problems_of_approvals(change: impl FnOnce(&mut Approvals)) -> Vec<String> {
    problems_of_stage(|stage| change(&mut stage.before.approvals))
}

/// Gates with one gate, and with what is said here beside it.
fn gates(change: impl FnOnce(&mut Gates)) -> Gates {
    let gate = Gate {
        name: "No open incidents".to_owned(),
        task: TaskRef::new("incidents"),
        inputs: [].into(),
        enabled: true,
    };
    let mut gates = Gates { gates: vec![gate], ..Gates::default() };
    change(&mut gates);
    gates
}

fn problems_of_gates(change: impl FnOnce(&mut Gates)) -> Vec<String> {
    problems_of_stage(|stage| stage.before.gates = Some(gates(change)))
}

fn user(name: &str) -> Result<ApprovalStep, InvalidId> {
    Ok(ApprovalStep::user(UserId::new(name)?))
}

#[test]
fn ranks_begin_at_1() -> Result<(), InvalidId> {
    let (first, zeroth) = (user("ann")?, user("ann")?.with_rank(0));
    assert_eq!(problems_of_approvals(|approvals| approvals.steps = vec![first]), NOTHING);
    assert_eq!(
        problems_of_approvals(|approvals| approvals.steps = vec![zeroth]),
        ["stages[0].before.approvals.steps[0].rank: must be at least 1, is 0"]
    );
    Ok(())
}

#[test]
fn an_approval_waits_at_most_365_days() {
    assert_eq!(problems_of_approvals(|approvals| approvals.timeout_minutes = 0), NOTHING);
    assert_eq!(problems_of_approvals(|approvals| approvals.timeout_minutes = 525_600), NOTHING);
    assert_eq!(
        problems_of_approvals(|approvals| approvals.timeout_minutes = 525_601),
        ["stages[0].before.approvals.timeout_minutes: must be 0 to 525600, is 525601"]
    );
}

#[test]
fn no_more_approvals_are_required_than_are_asked_for() -> Result<(), InvalidId> {
    let steps = vec![user("ann")?, user("bob")?];
    let of = |required| {
        problems_of_approvals(|approvals| {
            approvals.steps.clone_from(&steps);
            approvals.required = Required::AtLeast(number(required));
        })
    };
    assert_eq!(of(1), NOTHING);
    assert_eq!(of(2), NOTHING);
    assert_eq!(
        of(3),
        ["stages[0].before.approvals.required.at-least: must not be more than the number of steps, 2, is 3"]
    );
    Ok(())
}

#[test]
fn nobody_is_asked_twice_at_the_same_time() -> Result<(), InvalidId> {
    let steps = vec![user("ann")?, ApprovalStep::group(GroupId::new("ann")?), user("ann")?.with_rank(2)];
    let of = |order| {
        problems_of_approvals(|approvals| {
            approvals.steps.clone_from(&steps);
            approvals.order = order;
        })
    };
    assert_eq!(of(ApprovalOrder::InSequence), NOTHING);
    let twice = "is already asked, at the same time, by steps[0]";
    let expected = [format!("stages[0].before.approvals.steps[2].approver: {twice}")];
    assert_eq!(of(ApprovalOrder::AnyOrder), expected);
    Ok(())
}

#[test]
fn steps_that_approve_themselves_may_repeat() {
    let automatic = ApprovalStep { approver: Approver::Automatic, rank: 1, notify: false };
    assert_eq!(problems_of_approvals(|approvals| approvals.steps = vec![automatic; 2]), NOTHING);
}

#[test]
fn steps_are_skipped_for_an_earlier_approval_only_before_the_jobs() {
    assert_eq!(problems_of_stage(|stage| stage.before.approvals.skip_if_approved_before = true), NOTHING);
    let place = "stages[0].after.approvals.skip_if_approved_before";
    assert_eq!(
        problems_of_stage(|stage| stage.after.approvals.skip_if_approved_before = true),
        [format!("{place}: is for approvals before the jobs only")]
    );
}

#[test]
fn approvers_who_overrule_gates_are_somebody() -> Result<(), InvalidId> {
    let ann = user("ann")?;
    let of = |steps: &[ApprovalStep], gates| {
        problems_of_stage(|stage| {
            stage.after.approvals.steps = steps.to_vec();
            stage.after.approvals.check_order = Some(CheckOrder::AfterGatesAlways);
            stage.after.gates = gates;
        })
    };
    assert_eq!(of(&[ann], Some(gates(|_| {}))), NOTHING);
    assert_eq!(of(&[], None), NOTHING);
    assert_eq!(of(&[], Some(gates(|gates| gates.enabled = false))), NOTHING);
    let found = of(&[], Some(gates(|_| {})));
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("stages[0].after.approvals.check_order: "), "{found:?}");
    Ok(())
}

#[test]
fn the_times_of_gates_have_limits() {
    let widest = |gates: &mut Gates| {
        gates.delay_minutes = 2_880;
        gates.timeout_minutes = 21_600;
        gates.sampling_interval_seconds = 1;
    };
    assert_eq!(problems_of_gates(widest), NOTHING);
    assert_eq!(
        problems_of_gates(|gates| gates.delay_minutes = 2_881),
        ["stages[0].before.gates.delay_minutes: must be 0 to 2880, is 2881"]
    );
    assert_eq!(
        problems_of_gates(|gates| gates.sampling_interval_seconds = 0),
        ["stages[0].before.gates.sampling_interval_seconds: must be 1 to 1296000, is 0"]
    );
    assert_eq!(
        problems_of_gates(|gates| gates.timeout_minutes = 21_601),
        ["stages[0].before.gates.timeout_minutes: must be 1 to 21600, is 21601"]
    );
}

#[test]
fn gates_time_out_only_after_the_delay_and_the_larger_of_interval_and_minimum() {
    let times = |interval, minimum, timeout| {
        problems_of_gates(|gates| {
            gates.delay_minutes = 5;
            gates.sampling_interval_seconds = interval;
            gates.minimum_success_minutes = minimum;
            gates.timeout_minutes = timeout;
        })
    };
    // The delay and a quarter of an hour are 20 minutes.
    assert_eq!(times(900, 10, 21), NOTHING);
    assert_eq!(times(900, 10, 20).len(), 1);
    assert_eq!(times(600, 15, 21), NOTHING);
    assert_eq!(times(600, 15, 20).len(), 1);
    assert!(
        times(600, 15, 20)[0].starts_with("stages[0].before.gates.timeout_minutes: must be longer than 1200")
    );
}

#[test]
fn each_time_of_gates_has_two_edges() {
    // The delay, the interval in seconds, the minimum, the time-out; alone each of them may be as short or as long as this.
    let of = |delay, interval, minimum, timeout| {
        problems_of_gates(|gates| {
            gates.delay_minutes = delay;
            gates.sampling_interval_seconds = interval;
            gates.minimum_success_minutes = minimum;
            gates.timeout_minutes = timeout;
        })
    };
    assert_eq!(of(0, 1, 0, 1), NOTHING);
    assert_eq!(of(0, 59, 0, 1), NOTHING);
    assert_eq!(of(0, 60, 0, 1).len(), 1, "the time-out is not longer than the interval");
    assert_eq!(of(0, 1_295_999, 0, 21_600), NOTHING);
    assert_eq!(of(0, 1, 21_599, 21_600), NOTHING);
    assert_eq!(of(0, 1, 21_600, 21_600).len(), 1, "the time-out is not longer than the minimum");
    assert_eq!(of(2_880, 1, 0, 2_881), NOTHING);
    assert_eq!(of(2_880, 1, 0, 2_880).len(), 1, "the time-out is not longer than the delay");
    assert_eq!(of(2_880, 60, 0, 2_881).len(), 1, "the time-out is not longer than delay and interval");
    let place = "stages[0].before.gates";
    assert_eq!(of(0, 1, 0, 0), [format!("{place}.timeout_minutes: must be 1 to 21600, is 0")]);
    assert_eq!(
        of(0, 1, 21_601, 21_600),
        [format!("{place}.minimum_success_minutes: must be 0 to 21600, is 21601")]
    );
    assert_eq!(
        of(0, 1_296_001, 0, 21_600),
        [format!("{place}.sampling_interval_seconds: must be 1 to 1296000, is 1296001")]
    );
}

#[test]
fn gates_after_the_jobs_have_the_same_limits() {
    let of = |interval| {
        problems_of_stage(|stage| {
            stage.after.gates = Some(gates(|gates| gates.sampling_interval_seconds = interval));
        })
    };
    assert_eq!(of(1), NOTHING);
    assert_eq!(of(0), ["stages[0].after.gates.sampling_interval_seconds: must be 1 to 1296000, is 0"]);
}

#[test]
fn gates_that_are_not_in_force_may_have_any_times() {
    assert_eq!(
        problems_of_gates(|gates| {
            gates.enabled = false;
            gates.timeout_minutes = 0;
        }),
        NOTHING
    );
    assert_eq!(
        problems_of_stage(|stage| stage.after.gates = Some(Gates { timeout_minutes: 0, ..Gates::default() })),
        NOTHING
    );
}

#[test]
fn a_gate_says_what_evaluates_it() {
    assert_eq!(
        problems_of_gates(|gates| gates.gates[0].task.id.clear()),
        ["stages[0].before.gates.gates[0].task.id: must not be empty"]
    );
}

#[test]
fn steps_and_gates_are_counted() {
    let automatic = ApprovalStep { approver: Approver::Automatic, rank: 1, notify: false };
    let steps = |count| problems_of_approvals(|approvals| approvals.steps = vec![automatic; count]);
    let most = limits::APPROVAL_STEPS;
    assert_eq!((steps.clone())(most), NOTHING);
    assert_eq!(steps(most + 1), ["stages[0].before.approvals.steps: must have at most 100 entries, has 101"]);
    let of = |count| problems_of_gates(|gates| gates.gates = vec![gates.gates[0].clone(); count]);
    assert_eq!(of(limits::GATES), NOTHING);
    assert_eq!(of(limits::GATES + 1), ["stages[0].before.gates.gates: must have at most 50 entries, has 51"]);
}
